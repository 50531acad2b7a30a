//! What the journal tells.

use waxseal::{journal as core, recover};

use crate::{Problem, text};

/// One apply or undo.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct JournalOperation {
    /// Its number, growing, never used twice.
    pub id: u64,
    /// What it does.
    pub kind: OperationKind,
    /// The operation that it takes back.
    pub of: Option<u64>,
    /// When it began, in seconds since 1970 UTC.
    pub started: i64,
    /// When it ended, in seconds since 1970 UTC.
    pub finished: Option<i64>,
    /// The command or program that began it.
    pub command: String,
    /// In how many homes.
    pub homes: u64,
    /// On how many profiles.
    pub profiles: u64,
    /// How many of them are done and still stand.
    pub done: u64,
    /// How many failed, and are as they were.
    pub failed: u64,
    /// How many have been taken back since.
    pub undone: u64,
    /// How many are interrupted, or under way.
    pub interrupted: u64,
    /// How many have a store that could not be put back.
    pub broken: u64,
    /// Whether its backups have been dropped: it can't be taken back any more.
    pub forgotten: bool,
}

/// What an operation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, uniffi::Enum)]
pub enum OperationKind {
    /// Carries out a plan.
    Apply,
    /// Takes an operation back.
    Undo,
}

/// What became of a profile that was under way when a process ended.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Recovered {
    /// The operation that was interrupted.
    pub operation: u64,
    /// The home, if the journal still tells.
    pub home: Option<String>,
    /// The profile's folder, if the journal still tells.
    pub profile: Option<String>,
    /// Whether everything had been written already: it is done. Else it is as it was before.
    pub finished: bool,
}

/// What became of everything that was under way.
#[derive(Debug, Clone, Default, PartialEq, Eq, uniffi::Record)]
pub struct Recovery {
    /// The profiles that are whole again.
    pub recovered: Vec<Recovered>,
    /// What could not be recovered yet, and why: try again.
    pub problems: Vec<Problem>,
}

impl FromIterator<Result<recover::Recovered, waxseal::problem::Problem>> for Recovery {
    fn from_iter<I: IntoIterator<Item = Result<recover::Recovered, waxseal::problem::Problem>>>(results: I) -> Recovery {
        let mut recovery = Recovery::default();
        for result in results {
            match result {
                Ok(done) => recovery.recovered.push(done.into()),
                Err(problem) => recovery.problems.push(problem.into()),
            }
        }
        recovery
    }
}

impl From<core::Operation> for JournalOperation {
    fn from(operation: core::Operation) -> JournalOperation {
        JournalOperation {
            id: operation.id.0,
            kind: match operation.kind {
                core::Kind::Apply => OperationKind::Apply,
                core::Kind::Undo => OperationKind::Undo,
            },
            of: operation.of.map(|of| of.0),
            started: operation.started,
            finished: operation.finished,
            command: operation.command,
            homes: operation.homes,
            profiles: operation.profiles,
            done: operation.done,
            failed: operation.failed,
            undone: operation.undone,
            interrupted: operation.interrupted,
            broken: operation.broken,
            forgotten: operation.forgotten,
        }
    }
}

impl From<recover::Recovered> for Recovered {
    fn from(recovered: recover::Recovered) -> Recovered {
        Recovered {
            operation: recovered.operation.0,
            home: recovered.profile.as_ref().map(|profile| text(&profile.home.path)),
            profile: recovered.profile.as_ref().map(|profile| profile.folder.to_string()),
            finished: recovered.finished,
        }
    }
}
