//! Root works on the home of a user who swaps files, folders and temp files for links meanwhile: nothing outside is opened
//! or written.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use libtest_mimic::{Failed, Trial};

use super::{Scene, is_full};
use crate::need::{Need, trial};
use crate::world::tree;

pub(super) fn trials() -> Vec<Trial> {
    vec![trial("fault::hostile-user", &[Need::Unix, Need::Root, Need::Program("strace")], hostile)]
}

/// What opens anything, with the path that each open file really has.
const WATCH: &[&str] = &["-y", "-e", "trace=open,openat,openat2"];

fn hostile() -> Result<(), Failed> {
    let scene = Scene::new()?;
    let outside = scene.world.folder().join("outside");
    copy(&scene.path(""), &outside)?;
    let canaries = tree(&outside)?;
    scene.give_away()?;
    let wanted = if is_full() { 10_000 } else { 300 };
    let (swaps, temps, stop) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicBool::new(false));
    let result = std::thread::scope(|threads| {
        threads.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                swap(&scene.path(""), &outside, swaps.fetch_add(1, Ordering::Relaxed), &temps);
            }
        });
        let result = attacked(&scene, &outside, || swaps.load(Ordering::Relaxed) >= wanted && temps.load(Ordering::Relaxed) > 0);
        stop.store(true, Ordering::Relaxed);
        result
    });
    result?;
    if tree(&outside)? == canaries { Ok(()) } else { Err("something outside the home was written".into()) }
}

/// Runs verbs until enough was swapped. Fails if one of them opened anything outside, or if none ever met a link.
fn attacked(scene: &Scene, outside: &Path, is_enough: impl Fn() -> bool) -> Result<(), Failed> {
    let (mut runs, mut met) = (0, 0);
    let opened = format!("<{}", outside.display());
    while runs < 10 || !is_enough() {
        if runs > 3_000 {
            return Err("no new file was ever swapped".into());
        }
        for (verb, more) in [("apply", &["--yes"][..]), ("undo", &["--yes"]), ("recover", &[])] {
            let run = scene.traced(WATCH, verb, &[more, &["--json", "--assume-closed"]].concat())?;
            let calls = scene.calls()?;
            met += calls.lines().filter(|line| line.contains("ELOOP") || line.contains("EXDEV")).count();
            if let Some(line) = calls.lines().find(|line| line.contains(&opened)) {
                return Err(run.failed(&format!("opened outside the home: {line}")));
            }
        }
        runs += 1;
    }
    if met > 0 { Ok(()) } else { Err("no run ever met a link".into()) }
}

/// Swaps one name for a link to its like outside, and back; each other time a new file that is not in its place yet.
fn swap(profile: &Path, outside: &Path, at: usize, temps: &AtomicUsize) {
    let names = ["prefs.js", "ImapMail", "logins.json", "Mail", "virtualFolders.dat", ""];
    let name = names[at / 2 % names.len()];
    let temp = temp(profile).filter(|_| at.is_multiple_of(2));
    let is_temp = temp.is_some();
    let (path, to) = match temp {
        Some(temp) => (temp, outside.join("prefs.js")),
        None if name.is_empty() => (profile.to_owned(), outside.to_owned()),
        None => (profile.join(name), outside.join(name)),
    };
    let aside = profile.with_file_name("aside");
    // What can't be swapped now is swapped the next time.
    if fs::rename(&path, &aside).is_ok() {
        if link(&to, &path) && is_temp {
            temps.fetch_add(1, Ordering::Relaxed);
        }
        std::thread::sleep(std::time::Duration::from_micros(500));
        let _ = fs::remove_file(&path);
        let _ = fs::rename(&aside, &path);
    }
    std::thread::sleep(std::time::Duration::from_micros(200));
}

/// A new file beside its target.
fn temp(profile: &Path) -> Option<PathBuf> {
    let names = fs::read_dir(profile).ok()?;
    names.flatten().find(|entry| entry.file_name().to_string_lossy().starts_with(".waxseal-")).map(|entry| entry.path())
}

#[cfg(unix)]
fn link(to: &Path, from: &Path) -> bool {
    std::os::unix::fs::symlink(to, from).is_ok()
}

#[cfg(not(unix))]
fn link(_: &Path, _: &Path) -> bool {
    false
}

fn copy(from: &Path, to: &Path) -> Result<(), Failed> {
    let copied = Command::new("cp").arg("-r").arg(from).arg(to).status()?;
    if copied.success() { Ok(()) } else { Err("the canaries could not be made".into()) }
}
