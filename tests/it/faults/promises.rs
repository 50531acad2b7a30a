//! Promises that no fault has to break first: what is durable before what, no secret in anything that is kept or shown, the
//! same output each time.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use libtest_mimic::{Failed, Trial};

use super::Scene;
use crate::need::{Need, root, trial};
use crate::world::{Times, World, differences};

pub(super) fn trials() -> Vec<Trial> {
    vec![
        trial("promise::durable-before-it-counts", &[Need::Unix, Need::Program("strace")], durable),
        trial("promise::no-secret-is-kept-or-shown", &[], no_secret),
        trial("promise::same-input-same-output", &[], same_output),
        trial("promise::a-home-of-any-name-is-put-back", &[Need::Unix], any_name),
        trial("promise::what-is-done-is-not-planned-again", &[Need::Unix, Need::Program("strace")], not_twice),
    ]
}

/// Promise 2, by the calls that an apply makes: backups, journal and new files are durable before the first rename, the
/// renames before the journal is marked.
fn durable() -> Result<(), Failed> {
    let scene = Scene::new()?;
    let calls = ["-y", "-e", "trace=write,pwrite64,fsync,fdatasync,syncfs,rename,renameat,renameat2"];
    scene.traced(&calls, "apply", &["--yes", "--json"])?.exits(&[0])?;
    let text = |path: &std::path::Path| path.to_string_lossy().into_owned();
    let (home, state) = (text(&scene.world.home), text(&scene.world.state));
    let (mut written, mut renamed) = (BTreeSet::new(), BTreeSet::new());
    let (mut backups, mut renames, mut marks) = (0, 0, 0);
    for line in scene.calls()?.lines() {
        let Some((call, path)) = called(line) else { continue };
        // The index of the journal's log is memory that readers share: it is made anew from the log.
        let of_state = path.starts_with(&state) && !path.ends_with("/lock") && !path.ends_with("-shm");
        match call {
            "write" | "pwrite64" if of_state || path.starts_with(&home) => {
                backups += usize::from(path.contains("/backups/"));
                marks += usize::from(of_state && renames > 0);
                if of_state && !renamed.is_empty() {
                    return Err(format!("{path} is written before the names in {renamed:?} are durable").into());
                }
                written.insert(path.to_owned());
            }
            "syncfs" => {
                written.clear();
                renamed.clear();
            }
            "fsync" | "fdatasync" => {
                written.remove(path);
                renamed.remove(path);
            }
            call if call.starts_with("rename") && path.starts_with(&home) => {
                if !written.is_empty() {
                    return Err(format!("a rename in {path} before {written:?} are durable").into());
                }
                renames += 1;
                renamed.insert(path.to_owned());
            }
            _ => {}
        }
    }
    // A trace in which one of them never comes proves nothing.
    if renames >= 7 && backups > 0 && marks > 0 {
        Ok(())
    } else {
        Err(format!("{renames} renames, {backups} backups, {marks} marks").into())
    }
}

/// A call's name, and where the first open file among its arguments really is.
fn called(line: &str) -> Option<(&str, &str)> {
    let (head, rest) = line.split_once('(')?;
    let path = rest.split_once('<')?.1.split_once('>')?.0;
    Some((head.rsplit(' ').next()?, path))
}

/// Promise 8: what is stored as a secret is in no output, plan file or journal. Backups hold whole stores.
fn no_secret() -> Result<(), Failed> {
    let case = root().join("tests/stores/msmtp/child-matches-too");
    let world = World::copy_of(&case.join("in"), &[])?;
    let store = world.home.join(".msmtprc");
    let secret = "correct-horse-battery-staple";
    let with_secret = fs::read_to_string(&store)?.replace("password x", &format!("password {secret}"));
    if !with_secret.contains(secret) {
        return Err("the case has no password".into());
    }
    fs::write(&store, with_secret)?;
    let text = |path: &std::path::Path| path.to_string_lossy().into_owned();
    let (home, state, policy) = (text(&world.home), text(&world.state), text(&case.join("policy.toml")));
    let file = text(&world.folder().join("kept.plan"));
    let of_home = ["--home", &home, "--os", "linux"];
    let of_policy = [&of_home[..], &["--policy", &policy]].concat();
    let closed = ["--state", &state, "--yes", "--assume-closed"];
    let mut said = Vec::new();
    for arguments in [
        [&["list"][..], &of_home].concat(),
        [&["list", "--json"][..], &of_home].concat(),
        [&["audit", "--json"][..], &of_home].concat(),
        [&["plan"][..], &of_policy].concat(),
        [&["plan", "--json"][..], &of_policy].concat(),
        [&["plan", "--out", &file][..], &of_policy].concat(),
        [&["apply", "--json"][..], &of_policy, &closed].concat(),
        [&["undo", "--json"][..], &closed].concat(),
        [&["log", "--json", "--state"][..], &[state.as_str()]].concat(),
    ] {
        let run = world.waxseal(&arguments)?;
        run.exits(&[0, 1])?;
        said.push((arguments.join(" "), format!("{}{}", run.stdout, run.stderr).into_bytes()));
    }
    said.push(("the plan file".to_owned(), fs::read(&file)?));
    for entry in fs::read_dir(&world.state)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            said.push((entry.file_name().to_string_lossy().into_owned(), fs::read(entry.path())?));
        }
    }
    let shows = |bytes: &[u8]| bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
    match said.iter().find(|(_, bytes)| shows(bytes)) {
        Some((what, _)) => Err(format!("{what} holds the password").into()),
        None if said.iter().any(|(what, _)| what == "journal.db") => Ok(()),
        None => Err("there is no journal to look into".into()),
    }
}

/// Promise 9: however many work side by side, the same homes give the same words in the same order.
fn same_output() -> Result<(), Failed> {
    let scene = Scene::of(20)?;
    let mut before: Option<String> = None;
    for threads in ["1", "4", "4", "7"] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_waxseal"));
        command.env("RAYON_NUM_THREADS", threads).args(scene.arguments("plan", &["--json"]));
        let run = scene.world.run(&mut command)?;
        run.exits(&[0])?;
        if before.as_ref().is_some_and(|before| *before != run.stdout) {
            return Err(run.failed(&format!("another output with {threads} threads")));
        }
        before = Some(run.stdout);
    }
    Ok(())
}

/// An operation that is gone on with opens no store that only a plan looks into of a profile that it has done: what shows that
/// there is a profile is all that is read of it.
fn not_twice() -> Result<(), Failed> {
    let scene = Scene::of(3)?;
    let [done, rest @ ..] = scene.homes.as_slice() else { return Err("no home".into()) };
    let text = |path: &std::path::Path| path.to_string_lossy().into_owned();
    let (home, state, policy) = (text(done), text(&scene.world.state), text(&root().join(super::CASE).join("policy.toml")));
    let first = ["apply", "--home", &home, "--os", "linux", "--policy", &policy, "--state", &state, "--yes", "--json"];
    scene.world.waxseal(&first)?.exits(&[0])?;
    let opens = ["-y", "-e", "trace=open,openat,openat2"];
    scene.traced(&opens, "apply", &["--resume", "1", "--yes", "--json"])?.exits(&[0])?;
    let calls = scene.calls()?;
    let opened = |home: &std::path::Path, store: &str| {
        let home = text(home);
        calls.lines().filter(|line| line.contains(&home) && line.contains(store)).count()
    };
    for store in ["logins.json", "virtualFolders.dat", "msgFilterRules.dat", "popstate.dat"] {
        if opened(done, store) > 0 {
            return Err(format!("{store} of a home that is done was opened").into());
        }
        // A trace in which nobody opens it proves nothing.
        if let Some(home) = rest.iter().find(|home| opened(home, store) == 0) {
            return Err(format!("{store} of {} was not opened", home.display()).into());
        }
    }
    Ok(())
}

/// Promise 4 where a home's name is no text: what was done there can be told, gone on with and taken back.
fn any_name() -> Result<(), Failed> {
    use std::os::unix::ffi::OsStrExt;
    let Scene { mut world, before, .. } = Scene::new()?;
    let home = world.home.with_file_name(std::ffi::OsStr::from_bytes(b"J\xF6rg"));
    fs::rename(&world.home, &home)?;
    world.home = home;
    let policy = root().join(super::CASE).join("policy.toml");
    let kept = world.folder().join("kept.plan");
    let run = |verb: &str, flags: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_waxseal"));
        command.arg(verb).args(flags);
        if matches!(verb, "plan" | "apply") && !flags.contains(&"--plan") {
            command.arg("--home").arg(&world.home).args(["--os", "linux", "--policy"]).arg(&policy);
        }
        match verb {
            "plan" => command.arg("--out").arg(&kept),
            "apply" => command.arg("--yes").arg("--state").arg(&world.state),
            _ => command.arg("--yes").arg("--state").arg(&world.state).arg("--home").arg(&world.home),
        };
        world.run(&mut command)
    };
    run("plan", &[])?.exits(&[0])?;
    run("apply", &["--plan", &kept.to_string_lossy()])?.exits(&[0])?;
    if differences(&before, &world.tree()?, Times::Aside).is_empty() {
        return Err("nothing was changed".into());
    }
    run("apply", &["--resume", "1"])?.exits(&[0])?;
    run("undo", &[])?.exits(&[0])?;
    let differ = differences(&before, &world.tree()?, Times::Aside);
    if differ.is_empty() { Ok(()) } else { Err(format!("not as it was: {differ:?}").into()) }
}
