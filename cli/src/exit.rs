//! How a run ends: exit codes, and the errors that stop it. The only place that knows which code stands for what.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use waxseal::journal::JournalError;
use waxseal::plan::ProfilePlan;
use waxseal::policy::{Fault, PolicyError};
use waxseal::problem::{Code, Problem};

/// Done, or nothing to do.
pub(crate) const DONE: u8 = 0;
/// `plan --check` found changes pending.
pub(crate) const PENDING: u8 = 1;
/// Wrong usage, or a policy that can't be.
pub(crate) const USAGE: u8 = 2;
/// Something failed or was refused; the rest is done.
pub(crate) const PARTLY: u8 = 3;
/// Nothing could be done at all.
pub(crate) const BLOCKED: u8 = 4;

/// Why a run stops before its end.
#[derive(Debug)]
pub(crate) enum Stop {
    /// An error to be said, with the exit code.
    Error {
        /// The exit code.
        code: u8,
        /// What, where, and both values.
        message: String,
        /// What to do next.
        hint: Option<String>,
    },
    /// A policy, or a users' file, that can't be.
    Policy {
        /// The file, where it is one.
        path: Option<PathBuf>,
        /// All that is wrong with it.
        faults: Vec<Fault>,
    },
    /// Whoever read the output has left: no failure.
    Closed,
}

impl Stop {
    /// Wrong usage: nothing was tried.
    pub(crate) fn usage(message: impl Into<String>, hint: impl Into<String>) -> Stop {
        Stop::Error { code: USAGE, message: message.into(), hint: Some(hint.into()) }
    }

    /// A file that can't be a policy, or a users' file.
    pub(crate) fn wrong(path: &Path, error: PolicyError) -> Stop {
        Stop::Policy { path: Some(path.to_owned()), faults: named(path, error.faults).collect() }
    }

    /// A failure without an exit code of its own.
    pub(crate) fn failed(message: impl Into<String>) -> Stop {
        Stop::Error { code: PARTLY, message: message.into(), hint: None }
    }

    /// The exit code.
    pub(crate) fn code(&self) -> u8 {
        match self {
            Stop::Error { code, .. } => *code,
            Stop::Policy { .. } => USAGE,
            Stop::Closed => DONE,
        }
    }
}

/// The faults of a file: one that stands in no line names the file itself.
pub(crate) fn named(path: &Path, faults: Vec<Fault>) -> impl Iterator<Item = Fault> {
    faults.into_iter().map(move |fault| match fault.place {
        Some(_) => fault,
        None => Fault { message: format!("{}: {}", path.display(), fault.message), ..fault },
    })
}

/// An error of the system in its own words, without its number.
pub(crate) fn words(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error ").next().unwrap_or(&text).to_lowercase()
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Stop {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Stop::Closed,
            _ => Stop::failed(format!("the output can't be written: {}", words(&error))),
        }
    }
}

impl From<PolicyError> for Stop {
    fn from(error: PolicyError) -> Stop {
        Stop::Policy { path: None, faults: error.faults }
    }
}

impl From<JournalError> for Stop {
    fn from(error: JournalError) -> Stop {
        let (code, hint) = match &error {
            JournalError::Busy { .. } => (BLOCKED, Some("wait until it is done, or name another folder with --state")),
            JournalError::NoOperation(_) => (USAGE, Some("waxseal log lists the operations")),
            JournalError::Interrupted => (PARTLY, Some("run waxseal recover")),
            _ => (PARTLY, None),
        };
        Stop::Error { code, message: error.to_string(), hint: hint.map(str::to_owned) }
    }
}

/// What went wrong on the way, for the exit code.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    codes: BTreeSet<Code>,
}

impl Tally {
    /// Counts a problem.
    pub(crate) fn problem(&mut self, problem: &Problem) {
        self.codes.insert(problem.code);
    }

    /// Counts the problems of a plan.
    pub(crate) fn plan(&mut self, plan: &ProfilePlan) {
        self.codes.extend(plan.all_problems().map(|problem| problem.code));
    }

    /// The exit code, given how many accounts changed (or would) and whether locks, running clients or stale plans were
    /// in the way.
    pub(crate) fn code(&self, changed: usize, blocked: bool) -> u8 {
        match changed {
            _ if self.codes.is_empty() => DONE,
            0 if blocked => BLOCKED,
            0 if self.codes.iter().all(|code| *code == Code::InsecureHost) => USAGE,
            _ => PARTLY,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use waxseal::problem::{Code, Problem};

    use super::{BLOCKED, DONE, PARTLY, Stop, Tally, USAGE};

    fn code(codes: &[Code], changed: usize, blocked: bool) -> u8 {
        let mut tally = Tally::default();
        codes.iter().for_each(|code| tally.problem(&Problem::new(*code, "")));
        tally.code(changed, blocked)
    }

    #[test]
    fn the_exit_code_says_how_much_was_done() {
        assert_eq!(code(&[], 0, false), DONE);
        assert_eq!(code(&[], 3, false), DONE);
        assert_eq!(code(&[Code::Collision], 0, false), PARTLY);
        assert_eq!(code(&[Code::ClientRunning], 0, true), BLOCKED);
        assert_eq!(code(&[Code::ClientRunning], 1, true), PARTLY);
        assert_eq!(code(&[Code::InsecureHost], 0, false), USAGE);
        assert_eq!(code(&[Code::InsecureHost, Code::Collision], 0, false), PARTLY);
        assert_eq!(code(&[Code::InsecureHost], 1, false), PARTLY);
    }

    #[test]
    fn a_reader_that_has_left_is_no_failure() {
        assert_eq!(Stop::from(io::Error::from(io::ErrorKind::BrokenPipe)).code(), DONE);
        assert_eq!(Stop::from(io::Error::from(io::ErrorKind::StorageFull)).code(), PARTLY);
    }
}
