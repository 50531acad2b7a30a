//! Figures that must not grow: the memory that many homes take, and how many instructions a home costs, which is the same on
//! every run and every machine of a kind. Instructions are kept in `figures.tsv` beside this file; `UPDATE=1` writes it.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

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
    let memory = |verb: &'static str| trial(format!("figure::{verb}-memory"), &[Need::Proc], move || memory(verb));
    vec![figure("list"), figure("plan"), memory("list"), memory("plan"), memory("apply")]
}

/// By how much the peak memory over many homes may be above that over few, in percent.
const MORE_MEMORY: u64 = 20;

/// Homes stream: twenty times as many take no more memory.
fn memory(verb: &str) -> Result<(), Failed> {
    let (few, many) = (peak(verb, 300)?, peak(verb, 6_000)?);
    if many > few + few * MORE_MEMORY / 100 {
        return Err(format!("{verb} takes {few} kB over 300 homes and {many} kB over 6,000").into());
    }
    Ok(())
}

const SECURE: [&str; 4] = ["--set", "outgoing.security=implicit-tls", "--probe", "off"];

/// The peak memory of a verb over so many homes, in kB, as the kernel counts it; its last value before the end is taken.
fn peak(verb: &str, homes: usize) -> Result<u64, Failed> {
    let world = tempfile::tempdir()?;
    for home in 0..homes {
        let folder = world.path().join("homes").join(format!("user{home:05}"));
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(".msmtprc"), format!("account a\nhost old.example\nfrom user{home}@old.example\n"))?;
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_waxseal"));
    command.args([verb, "--json", "--client", "msmtp", "--homes"]).arg(world.path().join("homes").join("*"));
    match verb {
        "plan" => _ = command.args(SECURE),
        "apply" => _ = command.args(SECURE).args(["--yes", "--assume-closed"]),
        _ => {}
    }
    command.arg("--state").arg(world.path().join("state")).env("HOME", world.path());
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let said_by = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    let ended = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        let said = fs::read_to_string(&said_by).unwrap_or_default();
        let kilobytes = said.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok());
        peak = kilobytes.unwrap_or(peak);
        sleep(Duration::from_millis(1));
    };
    match (ended.code(), peak) {
        (Some(0), 1..) => Ok(peak),
        (code, _) => Err(format!("{verb}: exit {code:?} after {peak} kB").into()),
    }
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
