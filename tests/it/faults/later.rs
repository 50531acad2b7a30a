//! Undo after something has happened in between.

use std::fs;

use libtest_mimic::{Failed, Trial};

use super::{Scene, codes};
use crate::need::trial;

pub(super) fn trials() -> Vec<Trial> {
    vec![
        trial("fault::undo-after-the-user-changed-a-value", &[], user_changed),
        trial("fault::undo-after-the-profile-was-deleted", &[], profile_deleted),
        trial("fault::undo-after-the-state-folder-was-moved", &[], state_moved),
    ]
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
