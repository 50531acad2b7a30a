//! Being told what happens, in the caller's own language, and being asked whether to stop.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use waxseal::plan as core;
use waxseal::problem;
use waxseal::report;

use crate::{Counts, Problem, ProfilePlan, Report, WaxsealError};

/// Is told what happens while plans are carried out or taken back. It may be called on another thread than the one that
/// called, never on two at once. What it throws stops the work as a cancellation does. Calls that only read ask it whether to
/// stop, and tell it nothing.
#[uniffi::export(with_foreign)]
pub trait ProgressListener: Send + Sync {
    /// One profile is done with.
    fn done(&self, done: Done) -> Result<(), WaxsealError>;

    /// Whether to stop: asked before each profile. What was begun is brought to its end, and every profile is whole.
    fn is_cancelled(&self) -> Result<bool, WaxsealError>;
}

/// What became of one profile.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Done {
    /// What was intended for it.
    pub plan: ProfilePlan,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of one profile.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum Outcome {
    /// Its changes are written, verified and can be undone.
    Changed,
    /// There was nothing to do.
    Unchanged,
    /// Nothing was tried.
    Refused {
        /// Why.
        problem: Problem,
    },
    /// It was tried, failed, and the profile is as it was.
    Failed {
        /// Why.
        problem: Problem,
    },
}

/// Stands between the engine and a caller's progress: keeps the problems, and the first thing that the caller threw.
pub(crate) struct Told {
    progress: Option<Arc<dyn ProgressListener>>,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    problems: Vec<Problem>,
    /// How many homes were told of, and the last of them: they come one after the other.
    homes: u64,
    last: Option<std::path::PathBuf>,
    cancelled: bool,
    thrown: Option<WaxsealError>,
}

impl Told {
    pub(crate) fn new(progress: Option<Arc<dyn ProgressListener>>) -> Told {
        Told { progress, inner: Mutex::default() }
    }

    /// Adds problems that were known before anything began.
    pub(crate) fn know(&self, problems: Vec<Problem>) {
        self.inner().problems.extend(problems);
    }

    /// Whether a call that only reads goes on: it stops where the caller wishes so, or threw.
    pub(crate) fn go_on(&self) -> Result<(), WaxsealError> {
        if !report::Progress::is_cancelled(self) {
            return Ok(());
        }
        match self.inner().thrown.take() {
            Some(WaxsealError::Callback { reason, .. }) => Err(WaxsealError::Callback { operation: None, reason }),
            Some(thrown) => Err(WaxsealError::Callback { operation: None, reason: thrown.to_string() }),
            None => Err(WaxsealError::Cancelled),
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The report; or what the caller threw, with the operation that it left.
    pub(crate) fn end(self, report: &report::Report, homes: Option<u64>) -> Result<Report, WaxsealError> {
        let inner = self.inner.into_inner().unwrap_or_else(PoisonError::into_inner);
        let operation = report.operation.map(|operation| operation.0);
        match inner.thrown {
            Some(WaxsealError::Callback { reason, .. }) => return Err(WaxsealError::Callback { operation, reason }),
            Some(thrown) => return Err(WaxsealError::Callback { operation, reason: thrown.to_string() }),
            None => {}
        }
        let homes = homes.unwrap_or(inner.homes);
        let counts = Counts { homes, ..Counts::from(&report.counts) };
        Ok(Report { operation, counts, problems: inner.problems, cancelled: inner.cancelled })
    }
}

impl report::Progress for Told {
    fn done(&self, plan: &core::ProfilePlan, outcome: &report::Outcome) {
        let shown = ProfilePlan::from(plan);
        let outcome = match outcome {
            report::Outcome::Changed => Outcome::Changed,
            report::Outcome::Unchanged => Outcome::Unchanged,
            report::Outcome::Refused(problem) => Outcome::Refused { problem: problem.clone().into() },
            report::Outcome::Failed(problem) => Outcome::Failed { problem: problem.clone().into() },
        };
        let mut inner = self.inner();
        if inner.last.as_ref() != Some(&plan.profile.home.path) {
            inner.last = Some(plan.profile.home.path.clone());
            inner.homes += 1;
        }
        if let Outcome::Refused { problem } | Outcome::Failed { problem } = &outcome {
            inner.problems.push(problem.clone());
        }
        inner.problems.extend(shown.problems.iter().chain(shown.accounts.iter().flat_map(|account| &account.problems)).cloned());
        let silent = inner.thrown.is_some();
        // The caller's code may be slow, or call back in.
        drop(inner);
        if let (Some(progress), false) = (&self.progress, silent)
            && let Err(thrown) = progress.done(Done { plan: shown, outcome })
        {
            self.inner().thrown.get_or_insert(thrown);
        }
    }

    fn problem(&self, problem: &problem::Problem) {
        self.inner().problems.push(problem.clone().into());
    }

    fn recovered(&self, result: &Result<waxseal::recover::Recovered, problem::Problem>) {
        // What can't be recovered is met again at each try.
        if let Err(problem) = result {
            let problem = Problem::from(problem.clone());
            let mut inner = self.inner();
            if !inner.problems.contains(&problem) {
                inner.problems.push(problem);
            }
        }
    }

    fn is_cancelled(&self) -> bool {
        if self.inner().thrown.is_some() {
            return true;
        }
        let asked = self.progress.as_ref().map_or(Ok(false), |progress| progress.is_cancelled());
        let mut inner = self.inner();
        match asked {
            Ok(stop) => inner.cancelled |= stop,
            Err(thrown) => {
                inner.thrown.get_or_insert(thrown);
            }
        }
        inner.cancelled || inner.thrown.is_some()
    }
}
