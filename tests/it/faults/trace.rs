//! Runs below `strace`, which sees every call and makes one of them fail, wait or kill. Knows no promise.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use libtest_mimic::Failed;

use super::Scene;
use crate::world::Run;

/// A call, by its name and how many times its thread has made it: so `strace` counts.
pub(super) type Point = (String, usize);

impl Scene {
    /// Runs a verb below `strace`.
    pub(super) fn traced(&self, options: &[&str], verb: &str, more: &[&str]) -> Result<Run, Failed> {
        self.world.run(self.strace(options).args(self.arguments(verb, more)))
    }

    /// `strace` of the command, still without its arguments.
    pub(super) fn strace(&self, options: &[&str]) -> Command {
        let mut strace = Command::new("strace");
        // On one thread the same call is the same number each time.
        strace.env("RAYON_NUM_THREADS", "1");
        strace.args(["-f", "-qq", "-o"]).arg(self.trace()).args(options).arg(env!("CARGO_BIN_EXE_waxseal"));
        strace
    }

    fn trace(&self) -> PathBuf {
        self.world.folder().join("trace")
    }

    /// What the last traced run called, a line each.
    pub(super) fn calls(&self) -> Result<String, Failed> {
        Ok(String::from_utf8_lossy(&fs::read(self.trace())?).into_owned())
    }

    /// Runs a verb and lets one call do what is injected. Fails if that call was never made.
    pub(super) fn injected(&self, point: &Point, fault: &str, verb: &str, options: &[&str]) -> Result<Run, Failed> {
        self.inject(point, fault, "", verb, options)
    }

    /// The same with every such call that follows.
    pub(super) fn injected_from(&self, point: &Point, fault: &str, verb: &str, options: &[&str]) -> Result<Run, Failed> {
        self.inject(point, fault, "+", verb, options)
    }

    fn inject(&self, (call, when): &Point, fault: &str, on: &str, verb: &str, options: &[&str]) -> Result<Run, Failed> {
        let (trace, inject) = (format!("trace={call}"), format!("inject={call}:{fault}:when={when}{on}"));
        let run = self.traced(&[options, &["-e", &trace, "-e", &inject]].concat(), verb, confirmed(verb))?;
        match fault.starts_with("signal=KILL") {
            true if run.code.is_some() => Err(run.failed(&format!("{call} {when}: not killed"))),
            false if !self.calls()?.contains("(INJECTED)") => Err(run.failed(&format!("{call} {when}: never called"))),
            _ => Ok(run),
        }
    }

    /// The calls of these names that a verb makes on files of this world when nothing disturbs it, in their order.
    pub(super) fn points(&self, calls: &str, verb: &str, options: &[&str]) -> Result<Vec<Point>, Failed> {
        let trace = format!("trace={calls}");
        self.traced(&[options, &["-y", "-e", &trace]].concat(), verb, confirmed(verb))?.exits(&[0])?;
        let here = self.world.folder().to_string_lossy().into_owned();
        let mut counts = BTreeMap::<(&str, &str), usize>::new();
        let mut points = Vec::new();
        let mut known = BTreeSet::new();
        let seen = self.calls()?;
        for line in seen.lines().filter(|line| !line.contains("resumed>")) {
            let Some((thread, call)) = line.split_once('(').and_then(|(head, _)| head.trim().split_once(' ')) else { continue };
            let count = counts.entry((thread, call.trim())).or_default();
            *count += 1;
            let point = (call.trim().to_owned(), *count);
            if line.contains(&here) && known.insert(point.clone()) {
                points.push(point);
            }
        }
        if points.is_empty() { Err(format!("{verb} never calls {calls}").into()) } else { Ok(points) }
    }
}

/// What lets a verb write without asking.
fn confirmed(verb: &str) -> &'static [&'static str] {
    if verb == "recover" { &["--json"] } else { &["--yes", "--json"] }
}

/// So many of them, from the first to the last.
pub(super) fn sample<T: Clone>(all: &[T], wanted: usize) -> Vec<T> {
    if all.len() <= wanted {
        return all.to_vec();
    }
    (0..wanted).map(|at| all[at * (all.len() - 1) / (wanted - 1).max(1)].clone()).collect()
}
