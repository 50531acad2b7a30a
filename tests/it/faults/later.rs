//! Undo after something has happened in between.

use std::fs;
use std::path::Path;

use libtest_mimic::{Failed, Trial};

use super::{PROFILE, Scene, codes};
use crate::need::{root, trial};
use crate::world::World;

pub(super) fn trials() -> Vec<Trial> {
    vec![
        trial("fault::undo-after-the-user-changed-a-value", &[], user_changed),
        trial("fault::undo-after-the-user-worked-with-a-copy", &[], worked_with_a_copy),
        trial("fault::undo-after-a-list-became-binary", &[], became_binary),
        trial("fault::undo-after-the-profile-was-deleted", &[], profile_deleted),
        trial("fault::undo-after-the-state-folder-was-moved", &[], state_moved),
    ]
}

/// A port stood in XML as a real, which the binary list that the client has made of it since can't hold as it was spelled: it goes
/// back as the number that it was.
fn became_binary() -> Result<(), Failed> {
    let case = root().join("tests/stores/apple-mail/odd-spellings");
    let world = World::copy_of(&case.join("in"), &[])?;
    let list = world.home.join("Library/Mail/V2/MailData/Accounts.plist");
    fs::write(&list, fs::read_to_string(&list)?.replace("<string>110</string>", "<real>110.0</real>"))?;
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let (home, state, policy) = (text(&world.home), text(&world.state), text(&case.join("policy.toml")));
    let write = ["--yes", "--assume-closed", "--json", "--state", &state];
    world.waxseal(&[&["apply", "--os", "macos", "--home", &home, "--policy", &policy], &write[..]].concat())?.exits(&[3])?;
    fs::write(&list, crate::readers::plist::rewritten(&fs::read(&list)?)?)?;
    let undone = world.waxseal(&[&["undo"], &write[..]].concat())?;
    undone.exits(&[0])?;
    let found = crate::readers::read("plist", &fs::read(&list)?)?;
    let is = |key: &str, value: &str| found.get(key).and_then(|found| found.as_str()) == Some(value);
    match is("MailAccounts[uniqueId=C1].PortNumber", "110") && is("MailAccounts[uniqueId=C1].Hostname", "pop.old.example") {
        true => Ok(()),
        false => Err(undone.failed(&format!("not as before: {found:?}"))),
    }
}

fn applied() -> Result<Scene, Failed> {
    let scene = Scene::new()?;
    scene.waxseal("apply", &["--yes", "--json"])?.exits(&[0])?;
    Ok(scene)
}

/// One value is the user's own now, and stays; the others go back.
fn user_changed() -> Result<(), Failed> {
    let scene = applied()?;
    scene.write("prefs.js", |text| text.replace("\"mail.server.server2.port\", 993", "\"mail.server.server2.port\", 9993"))?;
    let undone = scene.waxseal("undo", &["--yes", "--json"])?;
    undone.exits(&[3])?;
    if codes(&undone)? != ["changed-since"] {
        return Err(undone.failed("expected one changed-since"));
    }
    let before = scene.before[".thunderbird/abcd1234.default-esr/prefs.js"].bytes().unwrap_or_default();
    let wanted =
        String::from_utf8_lossy(before).replace("\"mail.server.server2.port\", 143", "\"mail.server.server2.port\", 9993");
    let found = fs::read_to_string(scene.path("prefs.js"))?;
    if found == wanted { Ok(()) } else { Err(undone.failed("the other values are not back")) }
}

/// Two accounts shared an outgoing server, and one of them got a copy. The user has changed the copy since: it stays, whole, and
/// the account goes on sending through it; the incoming server goes back.
fn worked_with_a_copy() -> Result<(), Failed> {
    let case = root().join("tests/stores/thunderbird/shared-smtp-one-matches");
    let world = World::copy_of(&case.join("in"), &[])?;
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let (home, state, policy) = (text(&world.home), text(&world.state), text(&case.join("policy.toml")));
    let apply = ["apply", "--yes", "--json", "--os", "linux", "--home", &home, "--state", &state, "--policy", &policy];
    world.waxseal(&apply)?.exits(&[0])?;
    let prefs = world.home.join(PROFILE).join("prefs.js");
    let changed =
        fs::read_to_string(&prefs)?.replace("\"mail.smtpserver.smtp2.port\", 465", "\"mail.smtpserver.smtp2.port\", 8025");
    fs::write(&prefs, &changed)?;
    let undone = world.waxseal(&["undo", "--yes", "--json", "--state", &state])?;
    undone.exits(&[3])?;
    let found = fs::read_to_string(&prefs)?;
    let copy = |text: &str| -> Vec<String> {
        let of_copy =
            |line: &&str| line.contains(".smtp2.") || line.contains("smtpServer\"") || line.contains("mail.smtpservers\"");
        text.lines().filter(of_copy).map(str::to_owned).collect()
    };
    if codes(&undone)?.iter().any(|code| code != "changed-since") || copy(&found) != copy(&changed) || copy(&found).len() < 9 {
        return Err(undone.failed("the copy is not as the user left it"));
    }
    match found.contains("\"mail.server.server1.hostname\", \"pop.old.example\"") {
        true => Ok(()),
        false => Err(undone.failed("the incoming server is not back")),
    }
}

fn profile_deleted() -> Result<(), Failed> {
    let scene = applied()?;
    fs::remove_dir_all(scene.path(""))?;
    let undone = scene.waxseal("undo", &["--yes", "--json"])?;
    undone.exits(&[3, 4])?;
    if codes(&undone)?.is_empty() || scene.path("").exists() {
        return Err(undone.failed("no problem, or a profile made anew"));
    }
    Ok(())
}

fn state_moved() -> Result<(), Failed> {
    let mut scene = applied()?;
    let moved = scene.world.folder().join("moved");
    fs::rename(&scene.world.state, &moved)?;
    scene.world.state = moved;
    scene.waxseal("undo", &["--yes", "--json"])?.exits(&[0])?;
    scene.is_old()
}
