//! A process killed at every call that writes, of an apply, of an undo, and of a recover.

use libtest_mimic::{Failed, Trial};

use super::trace::{Point, sample};
use super::{Scene, is_full};
use crate::need::{Need, trial};

pub(super) const NEEDS: &[Need] = &[Need::Unix, Need::Program("strace")];

/// The calls by which anything gets onto the disk, or its name changes.
pub(super) const CALLS: &str =
    "write,pwrite64,fsync,fdatasync,syncfs,rename,renameat,renameat2,unlink,unlinkat,ftruncate,fchown,fchmod,mkdir";

pub(super) fn trials() -> Vec<Trial> {
    vec![
        trial("fault::killed-at-every-call", NEEDS, at_every_call),
        trial("fault::undo-killed-at-every-call", NEEDS, undo),
        trial("fault::recover-killed-at-every-call", NEEDS, recover),
    ]
}

pub(super) fn is_rename((call, _): &Point) -> bool {
    call.starts_with("rename")
}

/// All points in full; else the renames and a sample of the others.
fn chosen(all: Vec<Point>, wanted: usize) -> Vec<Point> {
    let keep = if is_full() { all.clone() } else { sample(&all, wanted) };
    all.into_iter().filter(|point| is_rename(point) || keep.contains(point)).collect()
}

fn at_every_call() -> Result<(), Failed> {
    let after = Scene::after()?;
    let all = Scene::new()?.points(CALLS, "apply", &[])?;
    let renames = all.iter().filter(|point| is_rename(point)).count();
    if renames < 7 {
        return Err(format!("{renames} renames, expected at least 7").into());
    }
    let (mut old, mut new) = (0, 0);
    for point in chosen(all, 60) {
        let scene = Scene::new()?;
        let killed = scene.injected(&point, "signal=KILL", "apply", &[])?;
        let survived = scene.survives(&after);
        match survived.map_err(|failed| killed.failed(&format!("{point:?}: {}", failed.message().unwrap_or_default())))? {
            0 => old += 1,
            _ => new += 1,
        }
    }
    // A matrix in which one side never comes out has not killed where it matters.
    if old > 0 && new > 0 { Ok(()) } else { Err(format!("{old} came out old and {new} new").into()) }
}

/// An undo that is killed ends, after recover, wholly undone or not at all; then it can be had again.
fn undo() -> Result<(), Failed> {
    let after = Scene::after()?;
    let applied = || {
        let scene = Scene::new()?;
        scene.waxseal("apply", &["--yes", "--json"])?.exits(&[0])?;
        Ok::<Scene, Failed>(scene)
    };
    let (mut old, mut new) = (0, 0);
    for point in chosen(applied()?.points(CALLS, "undo", &[])?, 20) {
        let scene = applied()?;
        let killed = scene.injected(&point, "signal=KILL", "undo", &[])?;
        let told = |failed: Failed| killed.failed(&format!("{point:?}: {}", failed.message().unwrap_or_default()));
        scene.every_store_is_whole(&after).map_err(told)?;
        scene.waxseal("recover", &["--json"])?.exits(&[0]).map_err(told)?;
        if scene.new_ones(&after).map_err(told)? == 1 {
            new += 1;
            scene.waxseal("undo", &["--yes", "--json"])?.exits(&[0]).map_err(told)?;
        } else {
            old += 1;
        }
        scene.is_old().map_err(told)?;
    }
    if old > 0 && new > 0 { Ok(()) } else { Err(format!("{old} came out old and {new} new").into()) }
}

/// A recover that is killed is done by the next.
fn recover() -> Result<(), Failed> {
    let after = Scene::after()?;
    let renames: Vec<Point> = Scene::new()?.points(CALLS, "apply", &[])?.into_iter().filter(is_rename).collect();
    let halfway = &renames[renames.len() / 2];
    let crashed = || {
        let scene = Scene::new()?;
        scene.injected(halfway, "signal=KILL", "apply", &[])?;
        Ok::<Scene, Failed>(scene)
    };
    for point in chosen(crashed()?.points(CALLS, "recover", &[])?, 20) {
        let scene = crashed()?;
        let killed = scene.injected(&point, "signal=KILL", "recover", &[])?;
        let survived = scene.survives(&after);
        survived.map_err(|failed| killed.failed(&format!("{point:?}: {}", failed.message().unwrap_or_default())))?;
    }
    Ok(())
}
