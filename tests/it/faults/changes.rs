//! A store that somebody else changes: after the plan, before its rename, between two renames.

use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use libtest_mimic::{Failed, Trial};

use super::kill_many::{settings_of, until_renamed};
use super::{PROFILE, Scene, codes};
use crate::need::{Need, root, trial};
use crate::world::{Times, World, differences};

const NEEDS: &[Need] = &[Need::Unix, Need::Program("strace")];

pub(super) fn trials() -> Vec<Trial> {
    vec![
        trial("fault::a-key-that-matters-changes-after-the-plan", &[], || {
            planned_then("prefs.js", |text| text.replace("\"imap.old.example\"", "\"other.example\""), 4)
        }),
        trial("fault::a-key-that-does-not-matter-changes-after-the-plan", &[], || {
            planned_then("prefs.js", |text| text + "user_pref(\"mail.biff.alert\", true);\n", 0)
        }),
        trial("fault::a-store-that-matters-is-new-after-the-plan", &[], || new_after_the_plan(OTHER, 4)),
        trial("fault::a-store-that-does-not-matter-is-new-after-the-plan", &[], || new_after_the_plan(&["vfolder"], 0)),
        trial("fault::a-store-changes-before-its-rename", NEEDS, changes_before_rename),
        trial("fault::a-store-changes-between-two-renames", NEEDS, changes_between_renames),
    ]
}

fn planned_then(store: &str, change: impl FnOnce(String) -> String, exit: i32) -> Result<(), Failed> {
    let scene = Scene::new()?;
    let file = scene.world.folder().join("kept.plan").to_string_lossy().into_owned();
    scene.waxseal("plan", &["--out", &file])?.exits(&[0])?;
    scene.write(store, change)?;
    let changed = scene.world.tree()?;
    let run = scene.waxseal("apply", &["--plan", &file, "--yes", "--json"])?;
    run.exits(&[exit])?;
    let stale = codes(&run)?.iter().any(|code| code == "stale");
    let untouched = differences(&changed, &scene.world.tree()?, Times::Aside).is_empty();
    if stale == (exit != 0) && untouched == (exit != 0) { Ok(()) } else { Err(run.failed("stale, or not, the wrong way")) }
}

/// The account that shares its outgoing server, and its identity.
const OTHER: &[&str] = &["1700000002.4242.1@desk", "1700000002.4242.2@desk"];

/// Evolution's accounts are whatever files are in a folder: one of another account may turn out to share a server.
fn new_after_the_plan(new: &[&str], exit: i32) -> Result<(), Failed> {
    let case = root().join("tests/stores/evolution/shared-transport");
    let world = World::copy_of(&case.join("in"), &[])?;
    let sources = world.home.join(".config/evolution/sources");
    let aside = world.folder().join("aside");
    std::fs::create_dir(&aside)?;
    let file = |name: &str| format!("{name}.source");
    for name in OTHER.iter().chain(new).collect::<std::collections::BTreeSet<_>>() {
        std::fs::rename(sources.join(file(name)), aside.join(file(name)))?;
    }
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let (home, state, policy) = (text(&world.home), text(&world.state), text(&case.join("policy.toml")));
    let kept = text(&world.folder().join("kept.plan"));
    let homes = ["--home", &home, "--os", "linux", "--policy", &policy];
    world.waxseal(&[&["plan", "--out", &kept][..], &homes].concat())?.exits(&[0])?;
    for name in new {
        std::fs::rename(aside.join(file(name)), sources.join(file(name)))?;
    }
    let before = world.tree()?;
    let run = world.waxseal(&["apply", "--plan", &kept, "--state", &state, "--yes", "--json", "--assume-closed"])?;
    run.exits(&[exit])?;
    let untouched = before == world.tree()?;
    let stale = codes(&run)?.iter().any(|code| code == "stale");
    if stale == (exit != 0) && untouched == (exit != 0) { Ok(()) } else { Err(run.failed("stale, or not, the wrong way")) }
}

/// An apply that is slowed down by `strace`.
fn slow(scene: &Scene, options: &[&str]) -> Result<Child, Failed> {
    let mut command = scene.strace(options);
    command.args(scene.arguments("apply", &["--yes", "--json"])).env("HOME", scene.world.folder());
    Ok(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?)
}

/// What somebody else adds to the settings meanwhile.
const ADDED: &str = "user_pref(\"mail.biff.alert\", true);\n";

/// Everything is staged, and held up before the first rename; meanwhile a store is changed by someone else. That is not
/// lost, and nothing else is done.
fn changes_before_rename() -> Result<(), Failed> {
    let after = Scene::after()?;
    let scene = Scene::new()?;
    let held = ["-e", "trace=syncfs,fsync", "-e", "inject=syncfs,fsync:delay_exit=1500000"];
    let mut child = slow(&scene, &held)?;
    let folder = scene.path("");
    let staged = || {
        std::fs::read_dir(&folder)
            .is_ok_and(|all| all.flatten().any(|one| one.file_name().to_string_lossy().starts_with(".waxseal-")))
    };
    let started = Instant::now();
    while !staged() {
        if started.elapsed().as_secs() > 50 {
            child.kill()?;
            return Err("nothing was staged".into());
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    scene.write("prefs.js", |text| text + ADDED)?;
    ends_stale(child)?;
    scene.write("prefs.js", |text| text.replace(ADDED, ""))?;
    scene.is_old()?;
    scene.survives(&after).map(|_| ())
}

/// Some stores are renamed already when another that is still to come changes: that change stays, and the others go back.
fn changes_between_renames() -> Result<(), Failed> {
    let after = Scene::after()?;
    let last = last_renamed()?;
    let scene = Scene::new()?;
    let old = settings_of(&scene.world.home);
    let mut child = slow(&scene, &["-e", "trace=renameat", "-e", "inject=renameat:delay_exit=400000"])?;
    until_renamed(&mut child, &scene.world.home, old)?;
    // White space at its end changes what no format reads.
    scene.write(&last, |text| text + "\n")?;
    ends_stale(child)?;
    scene.write(&last, |text| text.strip_suffix('\n').unwrap_or(&text).to_owned())?;
    scene.is_old()?;
    scene.survives(&after).map(|_| ())
}

/// The store that is put in place last, below the profile's folder.
fn last_renamed() -> Result<String, Failed> {
    let scene = Scene::new()?;
    scene.traced(&["-y", "-e", "trace=renameat"], "apply", &["--yes", "--json"])?.exits(&[0])?;
    let calls = scene.calls()?;
    let last = calls.lines().last().unwrap_or_default();
    // renameat(5</…/profile/Mail>, ".waxseal-…", 5</…/profile/Mail>, "name") = 0
    let folder = last.split(['<', '>']).nth(1).and_then(|path| path.split_once(PROFILE)).map(|(_, below)| below);
    match (folder, last.split('"').nth(3)) {
        (Some(below), Some(name)) => Ok(format!("{below}/{name}").trim_start_matches('/').to_owned()),
        _ => Err(format!("no rename: {last}").into()),
    }
}

/// Exit 4 is for what is in the way and goes by: a store that changed.
fn ends_stale(mut child: Child) -> Result<(), Failed> {
    let status = child.wait()?;
    if status.code() == Some(4) { Ok(()) } else { Err(format!("exit {status:?}, expected 4").into()) }
}
