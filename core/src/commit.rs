//! The transaction engine of apply and undo: many profiles at once, each wholly old or wholly new. Knows bytes, paths and
//! the journal; no client, no plan, no policy.

mod put;
mod recover;
#[cfg(test)]
mod tests;
mod work;

use std::collections::BTreeSet;
use std::sync::OnceLock;

use rayon::iter::{IntoParallelRefMutIterator, ParallelIterator};
use rayon::{ThreadPool, ThreadPoolBuilder};

pub(crate) use recover::{Outcome, Recovered, recover};
use work::Work;

use crate::home::StorePath;
use crate::journal::{Journal, JournalError, NewRecord, OperationId, State};
use crate::problem::{Code, Problem};
use crate::system::{Guard, Staged, Writer};

/// What a store's bytes were and are to be; `None` means that there is no such file.
#[derive(Debug)]
pub(crate) struct Rewrite {
    pub(crate) path: StorePath,
    pub(crate) before: Option<Vec<u8>>,
    pub(crate) after: Option<Vec<u8>>,
}

/// The rewrites of one profile, which succeed together or not at all.
pub(crate) struct Transaction {
    /// Which profile: JSON, for the journal.
    pub(crate) profile: String,
    /// The plan, for the journal.
    pub(crate) detail: String,
    /// The record that it takes back.
    pub(crate) undoes: Option<(OperationId, u64)>,
    pub(crate) rewrites: Vec<Rewrite>,
    /// The files among them that others lock while they work in them.
    pub(crate) databases: Vec<StorePath>,
    /// Keeps the client from starting until the group is done.
    pub(crate) guard: Box<dyn Guard>,
}

/// Who carries groups of transactions out.
pub(crate) struct Committer<'a> {
    system: &'a dyn Writer,
    journal: &'a Journal,
    /// For the steps of many, made for the first of them: a step of what is being written must not queue behind a whole group
    /// of plans. Only steps run on them, so that nobody who waits for the disk keeps one.
    threads: OnceLock<Option<ThreadPool>>,
}

/// From how many on a step is shared among threads.
pub(crate) const MANY: usize = 8;

impl<'a> Committer<'a> {
    pub(crate) fn new(system: &'a dyn Writer, journal: &'a Journal) -> Committer<'a> {
        Committer { system, journal, threads: OnceLock::new() }
    }

    /// Carries out a group of transactions. Each is durable, verified and marked when it comes back as done; one that fails
    /// is put back whole and doesn't keep the others.
    pub(crate) fn commit(&self, operation: OperationId, group: Vec<Transaction>) -> Vec<Result<(), Problem>> {
        let mut group: Vec<Work> = group.into_iter().map(Work::new).collect();
        self.each(&mut group, |work| work.place(self.system));
        self.intend(operation, &mut group);
        self.each(&mut group, |work| work.stage(self.system));
        self.sync(&mut group);
        self.each(&mut group, |work| work.publish(self.system));
        self.settle(&mut group);
        self.each(&mut group, |work| work.verify(self.system));
        put::back(self.system, &mut group);
        self.mark(operation, &mut group);
        let end = |work: Work| {
            drop(work.transaction.guard);
            work.failed.map_or(Ok(()), Err)
        };
        group.into_iter().map(end).collect()
    }

    /// Does one step for each that has not failed yet.
    fn each(&self, group: &mut [Work], step: impl Fn(&mut Work) -> Result<(), Problem> + Sync) {
        let take = |work: &mut Work| {
            if work.failed.is_none() {
                work.failed = step(work).err();
            }
        };
        let threads = || self.threads.get_or_init(|| ThreadPoolBuilder::new().build().ok()).as_ref();
        match if group.len() < MANY { None } else { threads() } {
            Some(threads) => threads.install(|| group.par_iter_mut().for_each(take)),
            None => group.iter_mut().for_each(take),
        }
    }

    fn intend(&self, operation: OperationId, group: &mut [Work]) {
        let going: Vec<&Work> = group.iter().filter(|work| work.failed.is_none()).collect();
        if going.is_empty() {
            return;
        }
        let new: Vec<NewRecord<'_>> = going.iter().map(|work| work.new_record()).collect();
        match self.journal.intend(operation, &new) {
            Ok(records) => {
                let going = group.iter_mut().filter(|work| work.failed.is_none());
                going.zip(records).for_each(|(work, record)| work.record = Some(record));
            }
            Err(error) => self.each(group, |_| Err(unwritten(&error))),
        }
    }

    /// Syncs all together. If that fails it can't be told whose bytes are lost, and a second sync would not say so again:
    /// each is then written anew and synced for itself.
    fn sync(&self, group: &mut [Work]) {
        let system = self.system;
        let all: Vec<Staged> =
            group.iter().filter(|work| work.failed.is_none()).flat_map(|work| work.staged.iter().cloned()).collect();
        if system.sync(&all).is_err() {
            self.each(group, |work| {
                work.sweep(system)?;
                work.stage(system)?;
                system.sync(&work.staged).map_err(|error| work.failure("could not be made durable", &error))
            });
        }
    }

    fn settle(&self, group: &mut [Work]) {
        let going = group.iter().filter(|work| work.failed.is_none());
        let folders: Vec<StorePath> = going.flat_map(Work::folders).collect::<BTreeSet<_>>().into_iter().collect();
        if self.system.settle(&folders).is_err() {
            self.each(group, |work| {
                let folders: Vec<StorePath> = work.folders().collect();
                self.system.settle(&folders).map_err(|error| work.failure("could not be made durable in its folder", &error))
            });
        }
    }

    /// Marks what is done, and what failed and is as it was. What could not be put back stays for recovery.
    fn mark(&self, operation: OperationId, group: &mut [Work]) {
        let seqs = |state: State, group: &[Work]| -> Vec<u64> {
            let ended = |work: &&Work| match &work.failed {
                None => state == State::Done,
                Some(problem) => state == State::Failed && problem.code != Code::RestoreFailed,
            };
            group.iter().filter(ended).filter_map(|work| work.record.as_ref().map(|record| record.seq)).collect()
        };
        let done = seqs(State::Done, group);
        let failed = seqs(State::Failed, group);
        if !done.is_empty()
            && let Err(error) = self.journal.settle(operation, &done, State::Done)
        {
            let message = format!("everything is written, but the journal could not be marked: {error}");
            self.each(group, |_| Err(Problem::new(Code::Interrupted, message.clone()).hint("run waxseal recover")));
        }
        if !failed.is_empty() {
            // An unmarked failure is found as it was by recovery, which marks it then.
            let _ = self.journal.settle(operation, &failed, State::Failed);
        }
    }
}

fn unwritten(error: &JournalError) -> Problem {
    Problem::new(Code::WriteFailed, format!("the journal could not be written, so nothing else was: {error}"))
}
