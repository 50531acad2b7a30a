//! Figures that must not grow: how many instructions a home costs, which is the same on every run and every machine of a
//! kind. Kept in `figures.tsv` beside this file; `UPDATE=1` writes it.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use libtest_mimic::{Failed, Trial};

use crate::need::{Need, root, trial};
use crate::world::World;

/// By how much a figure may grow before somebody has to look at it, in percent.
const GROWTH: u64 = 10;

/// A home with two accounts, of which seven stores in five folders change.
const CASE: &str = "tests/stores/thunderbird/both";

/// The trials.
pub(crate) fn trials() -> Vec<Trial> {
    let figure =
        |verb: &'static str| trial(format!("figure::{verb}-one-home"), &[Need::Program("valgrind")], move || figure(verb));
    vec![figure("list"), figure("plan")]
}

fn figure(verb: &str) -> Result<(), Failed> {
    let few = instructions(verb, 2)?;
    let many = instructions(verb, 12)?;
    let now = many.saturating_sub(few) / 10;
    let kept = fs::read_to_string(path())?;
    let mut figures: BTreeMap<&str, u64> = kept
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .filter_map(|(verb, figure)| Some((verb, figure.parse().ok()?)))
        .collect();
    if std::env::var_os("UPDATE").is_some() {
        figures.insert(verb, now);
        let lines: String = figures.iter().map(|(verb, figure)| format!("{verb}\t{figure}\n")).collect();
        return Ok(fs::write(path(), lines)?);
    }
    let kept = *figures.get(verb).ok_or("no figure is kept; UPDATE=1 writes it")?;
    if now > kept + kept * GROWTH / 100 {
        return Err(format!(
            "{verb} of one home takes {now} instructions, {kept} before: make it cheaper, or say why with UPDATE=1"
        )
        .into());
    }
    Ok(())
}

/// How many instructions it takes for so many homes.
fn instructions(verb: &str, homes: usize) -> Result<u64, Failed> {
    let case = root().join(CASE);
    let world = World::copy_of(&case.join("in"), &[])?;
    let folder = world.folder().join("homes");
    fs::create_dir_all(&folder)?;
    for home in 0..homes {
        world.run(Command::new("cp").arg("-r").arg(&world.home).arg(folder.join(format!("user{home}"))))?.exits(&[0])?;
    }
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null", env!("CARGO_BIN_EXE_waxseal"), verb, "--json"]);
    command.arg("--homes").arg(folder.join("*")).arg("--state").arg(&world.state).env("RAYON_NUM_THREADS", "1");
    if verb == "plan" {
        command.arg("--policy").arg(case.join("policy.toml"));
    }
    let run = world.run(&mut command)?;
    let said = run.stderr.lines().find_map(|line| line.split_once("Collected :")).map(|(_, figure)| figure.trim().parse());
    match said {
        Some(Ok(figure)) if figure > 0 => Ok(figure),
        _ => Err(format!("valgrind says no figure: {}", run.stderr).into()),
    }
}

fn path() -> PathBuf {
    root().join("tests/it/figures.tsv")
}
