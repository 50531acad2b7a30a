//! Calls that fail, once or from then on.

use std::process::Command;

use libtest_mimic::{Failed, Trial};

use super::trace::sample;
use super::{Scene, codes};
use crate::need::{Need, trial};

const NEEDS: &[Need] = &[Need::Unix, Need::Program("strace")];

pub(super) fn trials() -> Vec<Trial> {
    let mut all = vec![
        trial("fault::few-files-may-be-open", &[Need::Unix, Need::Program("sh")], few_files),
        trial("fault::no-permission", &[Need::Unix, Need::Root, Need::Program("setpriv")], no_permission),
        // Only a file of somebody else has to change hands.
        trial("fault::fchown-says-EPERM", &[Need::Unix, Need::Root, Need::Program("strace")], || says("fchown", "EPERM")),
    ];
    for (calls, error) in [
        ("fsync", "EIO"),
        ("syncfs", "EIO"),
        ("rename,renameat,renameat2", "ENOSPC"),
        ("rename,renameat,renameat2", "EROFS"),
        ("rename,renameat,renameat2", "EPERM"),
        ("write", "ENOSPC"),
        ("write", "EIO"),
    ] {
        let name = calls.split(',').next().unwrap_or(calls);
        all.push(trial(format!("fault::{name}-says-{error}"), NEEDS, move || says(calls, error)));
    }
    all
}

/// The system lets few files be open: groups are smaller then, and all is done and taken back.
fn few_files() -> Result<(), Failed> {
    let after = Scene::after()?;
    let scene = Scene::of(80)?;
    for (verb, new) in [("apply", 80), ("undo", 0)] {
        let mut command = Command::new("sh");
        command.args(["-c", "ulimit -n 128; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_waxseal")]);
        let done = scene.world.run(command.args(scene.arguments(verb, &["--yes", "--json"])))?;
        done.exits(&[0])?;
        if scene.new_ones(&after)? != new {
            return Err(done.failed(&format!("{verb}: not all homes are done")));
        }
    }
    Ok(())
}

/// A call that fails at one of its times: then the profile is wholly old or new, and a problem says so. And one that fails
/// from then on: then even what was begun can't be put back, until recover can.
fn says(calls: &str, error: &str) -> Result<(), Failed> {
    let after = Scene::after()?;
    let made = || {
        // Few files are synced one by one.
        let scene = Scene::of(if calls == "syncfs" { 2 } else { 1 })?;
        if calls == "fchown" {
            scene.give_away()?;
        }
        Ok::<_, Failed>(scene)
    };
    for point in sample(&made()?.points(calls, "apply", &[])?, 4) {
        // What is said goes through `write` too: it would not be heard.
        for from_then_on in [false, true].into_iter().filter(|on| !on || calls != "write") {
            let scene = made()?;
            let fault = format!("error={error}");
            let run = match from_then_on {
                true => scene.injected_from(&point, &fault, "apply", &[])?,
                false => scene.injected(&point, &fault, "apply", &[])?,
            };
            let told = |failed: Failed| run.failed(&format!("{point:?}: {}", failed.message().unwrap_or_default()));
            scene.every_store_is_whole(&after).map_err(told)?;
            run.exits(&[0, 3, 4]).map_err(told)?;
            if !from_then_on {
                let new = scene.new_ones(&after).map_err(told)?;
                if new == 0 && run.code == Some(0) {
                    return Err(told("exit 0, and nothing was done".into()));
                }
            }
            let problems = codes(&run)?;
            let is_told = problems.iter().any(|code| matches!(code.as_str(), "write-failed" | "restore-failed" | "interrupted"));
            if run.code != Some(0) && !is_told && !run.stderr.contains("journal") && !run.stderr.contains("state folder") {
                return Err(told("no clear problem".into()));
            }
            scene.survives(&after).map_err(told)?;
        }
    }
    Ok(())
}

/// As another user, who may read the home and not write it.
fn no_permission() -> Result<(), Failed> {
    let scene = Scene::new()?;
    let path = scene.world.folder();
    std::fs::create_dir(&scene.world.state)?;
    let open = Command::new("chmod").args(["-R", "a+rX"]).arg(path).status()?;
    let own = Command::new("chown").arg("65534:65534").arg(&scene.world.state).status()?;
    if !open.success() || !own.success() {
        return Err("the world could not be prepared".into());
    }
    let binary = path.join("waxseal");
    std::fs::copy(env!("CARGO_BIN_EXE_waxseal"), &binary)?;
    let before = scene.world.tree()?;
    let run = scene.world.run(
        Command::new("setpriv")
            .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
            .arg(binary)
            .args(scene.arguments("apply", &["--yes", "--json", "--assume-closed"])),
    )?;
    run.exits(&[3, 4])?;
    if codes(&run)?.is_empty() || before != scene.world.tree()? {
        return Err(run.failed("no problem, or something written"));
    }
    Ok(())
}
