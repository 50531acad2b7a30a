//! A process killed at every call that writes, and at moments that nobody chose.

use std::fmt::Write;
use std::fs;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use libtest_mimic::{Failed, Trial};

use super::{Scene, is_full};
use crate::need::{Need, trial};

const NEEDS: &[Need] = &[Need::Unix, Need::Program("strace")];

/// The calls by which anything gets onto the disk, or its name changes.
const CALLS: &str =
    "write,pwrite64,fsync,fdatasync,syncfs,rename,renameat,renameat2,unlink,unlinkat,ftruncate,fchown,fchmod,mkdir";

/// How many points are tried when not all are.
const SAMPLE: usize = 60;

pub(super) fn trials() -> Vec<Trial> {
    vec![
        trial("fault::killed-at-every-call", NEEDS, at_every_call),
        trial("fault::killed-at-any-moment", &[Need::Unix], at_any_moment),
    ]
}

/// strace counts each call by its own name: a point is a name and its number.
fn points() -> Result<Vec<(String, usize)>, Failed> {
    let scene = Scene::new()?;
    scene.traced(&["-e", &format!("trace={CALLS}")], "apply", &["--yes", "--json"])?.exits(&[0])?;
    let mut counts = std::collections::BTreeMap::<String, usize>::new();
    let text = String::from_utf8_lossy(&fs::read(scene.trace())?).into_owned();
    let name = |line: &str| Some(line.split_once('(')?.0.rsplit(' ').next()?.to_owned());
    let mut points = Vec::new();
    for call in text.lines().filter(|line| !line.contains("resumed>")).filter_map(name) {
        let count = counts.entry(call.clone()).or_default();
        *count += 1;
        points.push((call, *count));
    }
    Ok(points)
}

fn at_every_call() -> Result<(), Failed> {
    let after = Scene::after()?;
    let all = points()?;
    let renames = all.iter().filter(|(call, _)| call.starts_with("rename")).count();
    if renames < 7 {
        return Err(format!("{renames} renames, expected at least 7").into());
    }
    let step = if is_full() { 1 } else { all.len().div_ceil(SAMPLE) };
    let (mut old, mut new) = (0, 0);
    for (at, (call, when)) in all.iter().enumerate() {
        if at % step != 0 && !call.starts_with("rename") {
            continue;
        }
        let scene = Scene::new()?;
        let inject = format!("inject={call}:signal=KILL:when={when}");
        let killed = scene.traced(&["-e", &format!("trace={call}"), "-e", &inject], "apply", &["--yes", "--json"])?;
        let survived = scene.survives(&after);
        let new_now =
            survived.map_err(|failed| killed.failed(&format!("{call} {when}: {}", failed.message().unwrap_or_default())))?;
        if new_now { new += 1 } else { old += 1 }
    }
    // A matrix in which one side never comes out has not killed where it matters.
    if old > 0 && new > 0 { Ok(()) } else { Err(format!("{old} came out old and {new} new").into()) }
}

/// Where in an apply a kill has hit, told by what it left.
fn phase(scene: &Scene, after: &crate::world::Tree) -> Result<&'static str, Failed> {
    let now = scene.world.tree()?;
    let changed = crate::world::differences(&scene.before, &now, crate::world::Times::Aside);
    let temps = changed.iter().filter(|path| path.contains(".waxseal-")).count();
    let new = changed.len() - temps;
    let all = crate::world::differences(&scene.before, after, crate::world::Times::Aside).len();
    Ok(match (scene.world.state.join("journal.db").exists(), temps, new) {
        (false, ..) => "before the journal",
        (true, 0, 0) => "journal",
        (true, _, 0) => "new files",
        (true, _, new) if new < all => "renames",
        _ => "after the renames",
    })
}

fn at_any_moment() -> Result<(), Failed> {
    let after = Scene::after()?;
    let started = Instant::now();
    Scene::new()?.waxseal("apply", &["--yes", "--json"])?.exits(&[0])?;
    let whole = started.elapsed();
    let rounds: u32 = if is_full() { 500 } else { 25 };
    let mut hit = std::collections::BTreeMap::<&str, usize>::new();
    for round in 0..rounds {
        let scene = Scene::new()?;
        let mut child = Command::new(env!("CARGO_BIN_EXE_waxseal"))
            .args(scene.arguments("apply", &["--yes", "--json"]))
            .env("HOME", scene.world.folder())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        sleep(whole.mul_f64(f64::from(round) / f64::from(rounds)).max(Duration::from_millis(1)));
        child.kill()?;
        child.wait()?;
        *hit.entry(phase(&scene, &after)?).or_default() += 1;
        if scene.world.state.exists() {
            scene.survives(&after).map_err(|failed| format!("round {round}: {}", failed.message().unwrap_or_default()))?;
        }
    }
    let mut histogram = String::new();
    hit.iter().for_each(|(phase, count)| _ = writeln!(histogram, "{phase}: {count}"));
    Ok(fs::write(std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("killed-at-any-moment.txt"), histogram)?)
}
