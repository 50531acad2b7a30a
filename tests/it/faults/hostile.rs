//! Root works on the home of a user who swaps files and folders for links meanwhile: nothing outside is read or written.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use libtest_mimic::{Failed, Trial};

use super::{Scene, is_full};
use crate::need::{Need, trial};

pub(super) fn trials() -> Vec<Trial> {
    vec![trial("fault::hostile-user", &[Need::Unix, Need::Program("chown")], hostile)]
}

#[cfg(not(unix))]
fn hostile() -> Result<(), Failed> {
    Ok(())
}

#[cfg(unix)]
fn hostile() -> Result<(), Failed> {
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|out| out.stdout.starts_with(b"0\n"));
    if !is_root {
        return Ok(());
    }
    let scene = Scene::new()?;
    let outside = scene.world.folder().join("outside");
    copy(&scene.path(""), &outside)?;
    let canaries = crate::world::tree(&outside)?;
    if !Command::new("chown").args(["-R", "65534:65534"]).arg(&scene.world.home).status()?.success() {
        return Err("the home could not be given away".into());
    }
    let wanted = if is_full() { 10_000 } else { 300 };
    let (swaps, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    let result = std::thread::scope(|threads| {
        threads.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                swap(&scene.path(""), &outside, swaps.fetch_add(1, Ordering::Relaxed));
            }
        });
        let mut runs = 0;
        let result = loop {
            let done = scene.waxseal("apply", &["--yes", "--json", "--assume-closed"]).and_then(|_| {
                scene.waxseal("undo", &["--yes", "--json", "--assume-closed"])?;
                scene.waxseal("recover", &["--json", "--assume-closed"])
            });
            runs += 1;
            match done {
                Err(failed) => break Err(failed),
                Ok(_) if swaps.load(Ordering::Relaxed) >= wanted && runs >= 10 => break Ok(()),
                Ok(_) => {}
            }
        };
        stop.store(true, Ordering::Relaxed);
        result
    });
    result?;
    if crate::world::tree(&outside)? == canaries { Ok(()) } else { Err("something outside the home was written".into()) }
}

/// Swaps one name for a link to its like outside, and back.
#[cfg(unix)]
fn swap(profile: &Path, outside: &Path, at: usize) {
    let names = ["prefs.js", "ImapMail", "logins.json", "Mail", "virtualFolders.dat", ""];
    let name = names[at % names.len()];
    let (path, aside) = (profile.join(name), profile.with_file_name("aside"));
    let path = if name.is_empty() { profile.to_owned() } else { path };
    // What can't be swapped now is swapped the next time.
    if fs::rename(&path, &aside).is_ok() {
        let _ = std::os::unix::fs::symlink(outside.join(name), &path);
        std::thread::sleep(std::time::Duration::from_micros(500));
        let _ = fs::remove_file(&path);
        let _ = fs::rename(&aside, &path);
    }
    std::thread::sleep(std::time::Duration::from_micros(200));
}

#[cfg(unix)]
fn copy(from: &Path, to: &Path) -> Result<(), Failed> {
    let copied = Command::new("cp").arg("-r").arg(from).arg(to).status()?;
    if copied.success() { Ok(()) } else { Err("the canaries could not be made".into()) }
}
