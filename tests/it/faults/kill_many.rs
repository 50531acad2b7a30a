//! An apply over many homes, killed across a group's renames and at moments that nobody chose.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Child;
use std::thread::sleep;
use std::time::{Duration, Instant};

use libtest_mimic::{Failed, Trial};

use super::kill::{CALLS, NEEDS, is_rename};
use super::trace::{Point, sample};
use super::{PROFILE, Scene, group, is_full};
use crate::need::{Need, trial};
use crate::world::{Times, Tree, differences, tree};

/// More than a group.
const HOMES: usize = 100;

pub(super) fn trials() -> Vec<Trial> {
    let mut all = vec![
        trial("fault::a-hundred-homes-killed-among-calls", NEEDS, among_calls),
        trial("fault::a-hundred-homes-killed-at-any-moment", &[Need::Unix], || at_any_moment(HOMES, rounds(25, 500))),
    ];
    if is_full() {
        all.push(trial("fault::two-thousand-homes-killed-at-any-moment", &[Need::Unix], || at_any_moment(2_000, 20)));
    }
    all
}

fn rounds(few: usize, full: usize) -> usize {
    if is_full() { full } else { few }
}

/// strace stops for these calls alone. It injects nothing then (version 6.1).
const FAST: &[&str] = &["--seccomp-bpf"];

fn among_calls() -> Result<(), Failed> {
    let after = Scene::after()?;
    let scene = Scene::of(HOMES)?;
    let all = scene.points(CALLS, "apply", FAST)?;
    scene.survives(&after)?;
    let (renames, others): (Vec<Point>, Vec<Point>) = all.into_iter().partition(is_rename);
    if renames.len() < 7 * HOMES {
        return Err(format!("{} renames, expected 7 in each of {HOMES} homes", renames.len()).into());
    }
    let mut mixed = 0;
    for point in sample(&renames, rounds(5, 200)).into_iter().chain(sample(&others, rounds(3, 100))) {
        scene.again()?;
        let killed = scene.injected(&point, "signal=KILL", "apply", &[])?;
        let told = |failed: Failed| killed.failed(&format!("{point:?}: {}", failed.message().unwrap_or_default()));
        let new = scene.survives(&after).map_err(told)?;
        mixed += usize::from(new > 0 && new < HOMES);
    }
    if mixed > 0 { Ok(()) } else { Err("no kill came out with some homes new and some old".into()) }
}

/// Where in an apply a kill has hit, told by what it left. The groups follow each other.
fn phase(scene: &Scene, after: &Tree) -> Result<&'static str, Failed> {
    let (mut temps, mut new) = (0, 0);
    for home in &scene.homes {
        let changed = differences(&scene.before, &tree(home)?, Times::Aside);
        let new_files = changed.iter().filter(|path| path.contains(".waxseal-")).count();
        (temps, new) = (temps + new_files, new + changed.len() - new_files);
    }
    let of_group = differences(&scene.before, after, Times::Aside).len() * group();
    Ok(match (scene.world.state.join("journal.db").exists(), temps, new) {
        (false, ..) => "before the journal",
        (true, 0, 0) => "before the first new file",
        (true, 0, _) => "after a group's renames",
        (true, _, new) if new % of_group == 0 => "new files",
        _ => "renames",
    })
}

/// The number of the file that is a home's settings: another one once the new file is in place.
#[cfg(unix)]
fn file(home: &Path) -> Option<u64> {
    use std::os::unix::fs::MetadataExt;
    fs::metadata(home.join(PROFILE).join("prefs.js")).ok().map(|meta| meta.ino())
}

#[cfg(not(unix))]
fn file(_: &Path) -> Option<u64> {
    None
}

/// Waits until a home has its new settings, or the process has ended.
pub(super) fn until_renamed(child: &mut Child, home: &Path, old: Option<u64>) -> Result<(), Failed> {
    while file(home) == old && child.try_wait()?.is_none() {
        sleep(Duration::from_micros(50));
    }
    Ok(())
}

/// What `until_renamed` compares with.
pub(super) fn settings_of(home: &Path) -> Option<u64> {
    file(home)
}

/// How long a whole apply takes, and how long the renames of its first group.
fn durations(scene: &Scene) -> Result<(Duration, Duration), Failed> {
    let (first, last) = (&scene.homes[0], &scene.homes[group().min(scene.homes.len()) - 1]);
    let (old_first, old_last) = (file(first), file(last));
    let started = Instant::now();
    let mut child = scene.under_way()?;
    until_renamed(&mut child, first, old_first)?;
    let renaming = Instant::now();
    until_renamed(&mut child, last, old_last)?;
    let renamed = renaming.elapsed();
    match child.wait()?.code() {
        Some(0) => Ok((started.elapsed(), renamed)),
        code => Err(format!("exit {code:?}, undisturbed").into()),
    }
}

/// Every other kill waits for the first rename, so that enough of them hit among the renames, which are short.
fn at_any_moment(homes: usize, rounds: usize) -> Result<(), Failed> {
    let after = Scene::after()?;
    let scene = Scene::of(homes)?;
    let (whole, renames) = durations(&scene)?;
    scene.survives(&after)?;
    let mut hit = BTreeMap::<&str, usize>::new();
    let mut round = 0;
    let among = |hit: &BTreeMap<&str, usize>| hit.get("renames").copied().unwrap_or(0);
    // A busy machine misses the renames at times: then some more are aimed at them.
    while round < rounds || (among(&hit) * 5 < round && round < 2 * rounds) {
        scene.again()?;
        let old = file(&scene.homes[0]);
        let mut child = scene.under_way()?;
        let share = f64::from(u32::try_from(round * 7 % rounds)?) / f64::from(u32::try_from(rounds)?);
        if round % 2 == 1 || round >= rounds {
            until_renamed(&mut child, &scene.homes[0], old)?;
            sleep(renames.mul_f64(share));
        } else {
            sleep(whole.mul_f64(share).max(Duration::from_millis(1)));
        }
        child.kill()?;
        child.wait()?;
        *hit.entry(phase(&scene, &after)?).or_default() += 1;
        if scene.world.state.exists() {
            scene.survives(&after).map_err(|failed| format!("round {round}: {}", failed.message().unwrap_or_default()))?;
        }
        round += 1;
    }
    let mut histogram = String::new();
    hit.iter().for_each(|(phase, count)| _ = writeln!(histogram, "{phase}: {count}"));
    fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("killed-over-{homes}-homes.txt")), &histogram)?;
    if among(&hit) * 5 < round { Err(format!("too few among the renames:\n{histogram}").into()) } else { Ok(()) }
}
