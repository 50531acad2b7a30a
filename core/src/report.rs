//! What became of plans: outcomes, counts, and who is told of them. Prints nothing.

use serde::Serialize;

use crate::journal::OperationId;
use crate::plan::{AccountPlan, ProfilePlan};
use crate::problem::{Code, Problem};
use crate::recover::Recovered;

/// What became of one profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Its changes are written, verified and can be undone.
    Changed,
    /// There was nothing to do.
    Unchanged,
    /// Nothing was tried, and why.
    Refused(Problem),
    /// It was tried, failed, and the profile is as it was.
    Failed(Problem),
}

/// Accounts by what became of them; homes and the operation beside them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Homes that were looked at.
    pub homes: usize,
    /// Accounts that were looked at.
    pub accounts: usize,
    /// Accounts of which something changed.
    pub changed: usize,
    /// Accounts that were as wanted already, or that no rule wants anything of.
    pub unchanged: usize,
    /// Accounts that a rule wants changed and that were refused.
    pub skipped: usize,
    /// Accounts whose profile failed.
    pub failed: usize,
}

/// What an apply or undo did, in sum. What it did to each profile is told to a `Progress` as it happens.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// The operation, if anything was written.
    pub operation: Option<OperationId>,
    /// Accounts by what became of them.
    pub counts: Counts,
    /// How many problems there were.
    pub problems: usize,
    /// Whether nothing could be done because of a lock, a running client, a stale plan or a wish to stop.
    pub blocked: bool,
}

/// Is told what happens, and may ask to stop between two groups of profiles.
pub trait Progress: Sync {
    /// One profile is done with.
    fn done(&self, plan: &ProfilePlan, outcome: &Outcome);

    /// Something is wrong that belongs to no profile, or to one that has no plan.
    fn problem(&self, problem: &Problem);

    /// What an earlier run left under way was put right before anything new is begun, or could not be: a problem.
    fn recovered(&self, result: &Result<Recovered, Problem>) {
        if let Err(problem) = result {
            self.problem(problem);
        }
    }

    /// Whether to stop: a group that is begun is ended, no other is begun.
    fn is_cancelled(&self) -> bool {
        false
    }
}

/// Tells nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn done(&self, _: &ProfilePlan, _: &Outcome) {}

    fn problem(&self, _: &Problem) {}
}

impl Counts {
    /// Counts the accounts of a plan by what became, or is to become, of them.
    pub fn add(&mut self, plan: &ProfilePlan, outcome: &Outcome) {
        for account in &plan.accounts {
            self.accounts += 1;
            let field = match (outcome, account.is_changed()) {
                (Outcome::Changed, true) => &mut self.changed,
                (Outcome::Refused(_), true) => &mut self.skipped,
                (Outcome::Failed(_), true) => &mut self.failed,
                _ if !account.problems.is_empty() => &mut self.skipped,
                _ => &mut self.unchanged,
            };
            *field += 1;
        }
    }
}

impl AccountPlan {
    /// Whether anything changes.
    pub fn is_changed(&self) -> bool {
        !self.changes.is_empty()
    }
}

/// What may be out of the way another time.
const BLOCKING: [Code; 5] = [Code::ClientRunning, Code::ClosedUnknown, Code::Busy, Code::Stale, Code::Interrupted];

impl Report {
    /// Something that kept work from being begun.
    pub(crate) fn problem(&mut self, problem: &Problem) {
        self.problems += 1;
        self.blocked |= BLOCKING.contains(&problem.code);
    }

    pub(crate) fn add(&mut self, plan: &ProfilePlan, outcome: &Outcome, progress: &dyn Progress) {
        self.counts.add(plan, outcome);
        plan.all_problems().for_each(|problem| self.problem(problem));
        match outcome {
            Outcome::Refused(problem) => self.problem(problem),
            Outcome::Failed(_) => self.problems += 1,
            Outcome::Changed | Outcome::Unchanged => {}
        }
        progress.done(plan, outcome);
    }
}
