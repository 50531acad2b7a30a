//! A disk that fails, is full or can't be written; a store that changes meanwhile; a wish to stop.

use std::process::Command;

use libtest_mimic::{Failed, Trial};

use super::{Scene, codes};
use crate::need::{Need, trial};

const NEEDS: &[Need] = &[Need::Unix, Need::Program("strace")];

pub(super) fn trials() -> Vec<Trial> {
    let mut all = vec![
        trial("fault::a-key-that-matters-changes-after-the-plan", &[], || {
            planned_then("prefs.js", |text| text.replace("\"imap.old.example\"", "\"other.example\""), 4)
        }),
        trial("fault::a-key-that-does-not-matter-changes-after-the-plan", &[], || {
            planned_then("prefs.js", |text| text + "user_pref(\"mail.biff.alert\", true);\n", 0)
        }),
        trial("fault::a-store-changes-before-its-rename", NEEDS, changes_before_rename),
        trial("fault::no-permission", &[Need::Unix, Need::Program("setpriv")], no_permission),
    ];
    // Each call fails once, at its first to third time: what was begun is put back, or nothing was begun.
    for (call, error) in [
        ("fsync", "EIO"),
        ("syncfs", "EIO"),
        ("fdatasync", "EIO"),
        ("renameat", "ENOSPC"),
        ("renameat", "EROFS"),
        ("renameat", "EPERM"),
        ("write", "ENOSPC"),
        ("fchown", "EPERM"),
    ] {
        all.push(trial(format!("fault::{call}-says-{error}"), NEEDS, move || says(call, error)));
    }
    all
}

/// A call that fails at one of its first times, and from then on.
fn says(call: &str, error: &str) -> Result<(), Failed> {
    let after = Scene::after()?;
    for when in ["1", "2", "3", "5", "7"] {
        let scene = Scene::new()?;
        // Output goes through `write` too: only what is written below the home is to fail.
        let home = scene.path("");
        let temps: Vec<String> =
            if call == "write" { vec!["-P".to_owned(), home.to_string_lossy().into_owned()] } else { Vec::new() };
        let inject = format!("inject={call}:error={error}:when={when}");
        let options: Vec<String> = [format!("-etrace={call}"), format!("-e{inject}")].into_iter().chain(temps).collect();
        let run = scene.traced(&options, "apply", &["--yes", "--json"])?;
        scene.every_store_is_whole(&after).map_err(|failed| run.failed(failed.message().unwrap_or_default()))?;
        run.exits(&[0, 3, 4])?;
        let is_new = scene
            .is_new(&after)
            .map_err(|failed| run.failed(&format!("{call} {when}: {}", failed.message().unwrap_or_default())))?;
        if !is_new && run.code == Some(0) {
            return Err(run.failed("exit 0, and nothing was done"));
        }
        if !is_new && !run.stderr.contains("journal") && !codes(&run)?.iter().any(|code| code == "write-failed") {
            return Err(run.failed("no clear problem"));
        }
        scene.survives(&after)?;
    }
    Ok(())
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
    let untouched = crate::world::differences(&changed, &scene.world.tree()?, crate::world::Times::Aside).is_empty();
    if stale == (exit != 0) && untouched == (exit != 0) { Ok(()) } else { Err(run.failed("stale, or not, the wrong way")) }
}

/// The first rename is held up; meanwhile a store that comes later is changed by someone else. Undo must not lose that.
fn changes_before_rename() -> Result<(), Failed> {
    let after = Scene::after()?;
    let scene = Scene::new()?;
    let arguments = scene.arguments("apply", &["--yes", "--json"]);
    let mut child = Command::new("strace")
        .args(["-f", "-qq", "-o", "/dev/null", "-e", "trace=syncfs,fsync", "-e", "inject=syncfs,fsync:delay_exit=1500000"])
        .arg(env!("CARGO_BIN_EXE_waxseal"))
        .args(arguments)
        .env("HOME", scene.world.folder())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()?;
    // Its new file is there: read, planned, staged, and not yet in its place.
    let folder = scene.path("");
    let staged = || {
        std::fs::read_dir(&folder)
            .is_ok_and(|all| all.flatten().any(|one| one.file_name().to_string_lossy().starts_with(".waxseal-")))
    };
    let started = std::time::Instant::now();
    while !staged() {
        if started.elapsed().as_secs() > 50 {
            child.kill()?;
            return Err("nothing was staged".into());
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let added = "user_pref(\"mail.biff.alert\", true);\n";
    scene.write("prefs.js", |text| text + added)?;
    let status = child.wait()?;
    if status.code() != Some(4) {
        return Err(format!("exit {status:?}, expected 4").into());
    }
    scene.write("prefs.js", |text| text.replace(added, ""))?;
    scene.is_old()?;
    scene.survives(&after).map(|_| ())
}

/// As another user, who may read the home and not write it.
fn no_permission() -> Result<(), Failed> {
    let scene = Scene::new()?;
    if !rustix_is_root() {
        return Ok(());
    }
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

fn rustix_is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|out| out.stdout.starts_with(b"0\n"))
}
