//! One operation of apply or undo, group after group: begun with the first that writes, told of as it goes, ended. Knows no plan's
//! content.

use std::collections::{BTreeSet, VecDeque};
use std::thread::{Scope, ScopedJoinHandle};

use super::{ApplyOptions, stores};
use crate::commit::{Committer, Transaction};
use crate::home::StorePath;
use crate::journal::{Journal, Kind, OperationId};
use crate::plan::ProfilePlan;
use crate::problem::{Code, Problem};
use crate::recover::{Stuck, recover};
use crate::report::{Outcome, Progress, Report};
use crate::system::Writer;

/// One operation, on its way through its groups.
pub(crate) struct Run<'a> {
    pub(crate) system: &'a dyn Writer,
    pub(crate) journal: &'a Journal,
    pub(crate) options: &'a ApplyOptions,
    pub(crate) progress: &'a dyn Progress,
    pub(crate) report: Report,
    pub(crate) kind: Kind,
    pub(crate) of: Option<OperationId>,
}

impl Run<'_> {
    /// Puts right what an earlier run left under way, before anything new is begun; nothing is, if the journal can't tell.
    pub(crate) fn recover(&mut self) -> Option<Stuck> {
        for result in recover(self.system, self.journal, self.options) {
            self.progress.recovered(&result);
            if let Err(problem) = result {
                self.report.problem(&problem);
            }
        }
        match Stuck::of(self.journal) {
            Ok(stuck) => Some(stuck),
            Err(error) => {
                self.report.problems += 1;
                self.progress.problem(&Problem::new(Code::Unreadable, format!("the journal can't be read: {error}")));
                None
            }
        }
    }

    /// Commits a group.
    pub(crate) fn commit(&mut self, committer: &Committer<'_>, group: Vec<(ProfilePlan, Transaction)>) {
        if let Some(begun) = self.begin(group) {
            self.end(&begun.plans, committer.commit(begun.operation, begun.transactions));
        }
    }

    /// What is to be committed for a group. The operation begins with the first that has anything to write.
    pub(super) fn begin(&mut self, group: Vec<(ProfilePlan, Transaction)>) -> Option<Begun> {
        if group.is_empty() {
            return None;
        }
        let operation = match self.report.operation {
            Some(operation) => Ok(operation),
            None => self.journal.begin(self.kind, self.of, &self.options.command),
        };
        let operation = match operation {
            Ok(operation) => operation,
            Err(error) => {
                for (plan, _) in &group {
                    let problem = Problem::new(Code::WriteFailed, format!("the journal could not be written: {error}"));
                    self.report.add(plan, &Outcome::Failed(plan.profile.blame(problem)), self.progress);
                }
                return None;
            }
        };
        self.report.operation = Some(operation);
        let (plans, transactions) = group.into_iter().unzip();
        Some(Begun { operation, plans, transactions })
    }

    /// What became of a group.
    pub(super) fn end(&mut self, plans: &[ProfilePlan], results: Vec<Result<(), Problem>>) {
        for (plan, result) in plans.iter().zip(results) {
            let outcome = match result {
                Ok(()) => Outcome::Changed,
                Err(problem) if matches!(problem.code, Code::Stale | Code::ClientRunning) => {
                    Outcome::Refused(plan.profile.blame(problem))
                }
                Err(problem) => Outcome::Failed(plan.profile.blame(problem)),
            };
            self.report.add(plan, &outcome, self.progress);
        }
    }

    /// Waits, oldest first, until no more than so many groups are under way.
    pub(super) fn wait(&mut self, under_way: &mut VecDeque<UnderWay<'_>>, most: usize) {
        while under_way.len() > most
            && let Some(group) = under_way.pop_front()
        {
            let (plans, results) = group.results();
            self.end(&plans, results);
        }
    }

    /// Ends before all is done: what is prepared is let go, since nothing of it is begun.
    pub(crate) fn cancel(mut self) -> Report {
        let problem = Problem::new(Code::Cancelled, "stopped before all was done, as somebody asked; what was begun is whole");
        self.progress.problem(&problem.hint("the same command does the rest"));
        self.report.problems += 1;
        self.report.blocked = true;
        self.finish()
    }

    /// Ends the operation; one that wrote nothing leaves no trace.
    pub(crate) fn finish(mut self) -> Report {
        if let Some(operation) = self.report.operation
            && let Err(error) = self.journal.finish(operation)
        {
            self.report.problems += 1;
            self.progress.problem(&Problem::new(Code::WriteFailed, format!("the journal could not be ended: {error}")));
        }
        if self.report.counts.changed == 0 {
            self.report.operation = None;
        }
        self.report
    }
}

/// A group that is all ready to be written.
pub(super) struct Begun {
    operation: OperationId,
    plans: Vec<ProfilePlan>,
    transactions: Vec<Transaction>,
}

impl Begun {
    pub(super) fn under_way<'s>(self, threads: &'s Scope<'s, '_>, committer: &'s Committer<'_>) -> UnderWay<'s> {
        let stores = self.plans.iter().flat_map(stores).cloned().collect();
        let Begun { operation, plans, transactions } = self;
        UnderWay { plans, stores, thread: threads.spawn(move || committer.commit(operation, transactions)) }
    }
}

/// A group that is being written: by a thread of its own, while others are written and the next is worked out.
pub(super) struct UnderWay<'s> {
    plans: Vec<ProfilePlan>,
    /// What it writes.
    pub(super) stores: BTreeSet<StorePath>,
    thread: ScopedJoinHandle<'s, Vec<Result<(), Problem>>>,
}

impl UnderWay<'_> {
    /// Waits until it is written.
    pub(super) fn results(self) -> (Vec<ProfilePlan>, Vec<Result<(), Problem>>) {
        let results = self.thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        (self.plans, results)
    }
}
