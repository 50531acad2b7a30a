//! Carrying plans out: hold the profile, read again, render and prove, commit. Looks at nothing but plans; reads no
//! policy.

mod hold;
mod prepare;
mod resume;
mod run;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, VecDeque};
use std::iter::Peekable;
use std::path::PathBuf;

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

pub(crate) use hold::{databases, hold, stores};
use prepare::prepare;
pub(crate) use prepare::transaction;
pub use resume::{CannotResume, done};
pub(crate) use run::Run;
use run::UnderWay;

use crate::commit::{Committer, MANY, Transaction};
use crate::home::StorePath;
use crate::journal::{Journal, Kind, OperationId};
use crate::plan::ProfilePlan;
use crate::recover::Stuck;
use crate::report::{Outcome, Progress, Report};
use crate::system::Writer;

/// Carries out plans, group by group; each profile is wholly changed, or as it was. What an earlier run left half done is
/// recovered before the first plan is drawn, so that plans made on the way are about what stands then.
pub fn apply(
    system: &dyn Writer,
    plans: impl Iterator<Item = ProfilePlan>,
    options: &ApplyOptions,
    journal: &Journal,
    progress: &dyn Progress,
) -> Report {
    let mut run = Run { system, journal, options, progress, report: Report::default(), kind: Kind::Apply, of: None };
    run.report.operation = options.resume;
    let Some(stuck) = run.recover() else { return run.report };
    let size = options.group.clamp(1, (system.room() / (WRITTEN + 1)).max(1));
    // Who takes few at a time wants to be able to stop between them.
    let at_once = if size < MANY { 1 } else { WRITTEN };
    let mut plans = plans.peekable();
    let committer = Committer::new(system, journal);
    std::thread::scope(|threads| {
        let mut under_way: VecDeque<UnderWay<'_>> = VecDeque::new();
        loop {
            let busy = under_way.iter().flat_map(|group| &group.stores).cloned().collect();
            let group = run.draw(&mut plans, size, busy, &stuck);
            let is_over = group.is_empty() && plans.peek().is_none();
            let next = if progress.is_cancelled() { Vec::new() } else { run.prepare(group) };
            // Where nothing is to be added, what comes next may wait for what is being written.
            run.wait(&mut under_way, if next.is_empty() { 0 } else { at_once - 1 });
            if is_over {
                return run.finish();
            }
            if progress.is_cancelled() {
                run.wait(&mut under_way, 0);
                return run.cancel();
            }
            under_way.extend(run.begin(next).map(|begun| begun.under_way(threads, &committer)));
        }
    })
}

/// How many groups are written at once while the next is worked out: writing mostly waits for the disk, and while one group
/// waits, another's files are made.
const WRITTEN: usize = 3;

/// How plans are carried out.
#[derive(Debug, Clone)]
pub struct ApplyOptions {
    /// Whether to go on where it can't be known that the client is closed.
    pub assume_closed: bool,
    /// How many profiles share their syncs; fewer where the system does not let so many files be open. What is asked to stop
    /// ends the groups that are under way: one of few, some of many.
    pub group: usize,
    /// The command that was given, for the log.
    pub command: String,
    /// The operation that this goes on with, if it ended before its work did: what is written is added to it.
    pub resume: Option<OperationId>,
    /// In which homes an undo takes back what the operation did; in all if there are none. Apply goes by its plans.
    pub homes: Vec<PathBuf>,
}

impl Default for ApplyOptions {
    fn default() -> ApplyOptions {
        ApplyOptions { assume_closed: false, group: 128, command: String::new(), resume: None, homes: Vec::new() }
    }
}

impl Run<'_> {
    /// The next plans that can be carried out together. Two clients can keep their settings in one file: the second waits
    /// until the first is written.
    fn draw<I: Iterator<Item = ProfilePlan>>(
        &mut self,
        plans: &mut Peekable<I>,
        size: usize,
        mut written: BTreeSet<StorePath>,
        stuck: &Stuck,
    ) -> Vec<ProfilePlan> {
        let mut group = Vec::new();
        while group.len() < size
            && !self.progress.is_cancelled()
            && let Some(plan) = plans.next_if(|plan| !stores(plan).any(|store| written.contains(store)))
        {
            // What has nothing to write takes no place in a group: few changes among many homes share their syncs too.
            if plan.is_empty() {
                self.report.add(&plan, &Outcome::Unchanged, self.progress);
            } else if let Some(problem) = stuck.problem(&plan.profile) {
                self.report.add(&plan, &Outcome::Refused(problem), self.progress);
            } else {
                written.extend(stores(&plan).cloned());
                group.push(plan);
            }
        }
        group
    }

    /// Holds the profiles of a group and works their new bytes out.
    fn prepare(&mut self, group: Vec<ProfilePlan>) -> Vec<(ProfilePlan, Transaction)> {
        let ready: Vec<_> = group.par_iter().map(|plan| prepare(self.system, plan, self.options)).collect();
        let mut prepared = Vec::new();
        for (plan, ready) in group.into_iter().zip(ready) {
            match ready {
                Ok(ready) => prepared.push((plan, ready)),
                Err(problem) => self.report.add(&plan, &Outcome::Refused(problem), self.progress),
            }
        }
        prepared
    }
}
