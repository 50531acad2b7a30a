//! One transaction under way: its steps, each of which can be done beside those of others. Knows no group.

use std::collections::BTreeSet;

use super::{Rewrite, Transaction, put};
use crate::fingerprint::Fingerprint;
use crate::home::StorePath;
use crate::image;
use crate::journal::{Content, NewRecord, NewStore, Record};
use crate::problem::{Code, Problem};
use crate::system::{Staged, Writer};

/// One transaction under way.
pub(super) struct Work {
    pub(super) transaction: Transaction,
    /// The paths as planned; the rewrites' own become where they lead.
    planned: Vec<StorePath>,
    prints: Vec<Prints>,
    pub(super) record: Option<Record>,
    pub(super) staged: Vec<Staged>,
    /// How many of its rewrites have been begun to be put in place.
    pub(super) begun: usize,
    pub(super) failed: Option<Problem>,
}

/// What a store's bytes were and are to be, without the bytes.
type Prints = (Option<Fingerprint>, Option<Fingerprint>);

impl Work {
    pub(super) fn new(transaction: Transaction) -> Work {
        let (planned, prints, staged) = (Vec::new(), Vec::new(), Vec::new());
        Work { transaction, planned, prints, record: None, staged, begun: 0, failed: None }
    }

    /// What the journal is told.
    pub(super) fn new_record<'a>(&'a self) -> NewRecord<'a> {
        let Transaction { profile, detail, undoes, rewrites, .. } = &self.transaction;
        let content = |bytes: &'a Option<Vec<u8>>, print: Option<Fingerprint>| {
            bytes.as_deref().zip(print).map(|(bytes, print)| Content { bytes, print })
        };
        let store = |((rewrite, path), prints): ((&'a Rewrite, &'a StorePath), &Prints)| NewStore {
            path,
            place: &rewrite.path,
            before: content(&rewrite.before, prints.0),
            after: content(&rewrite.after, prints.1),
        };
        let stores = rewrites.iter().zip(&self.planned).zip(&self.prints).map(store).collect();
        NewRecord { profile, detail, undoes: *undoes, stores }
    }

    /// Finds where each write goes and what its bytes are told by, before the journal is told.
    pub(super) fn place(&mut self, system: &dyn Writer) -> Result<(), Problem> {
        for rewrite in &mut self.transaction.rewrites {
            let place = system.place(&rewrite.path).map_err(|error| put::failed(&rewrite.path, "can't be written", &error))?;
            self.planned.push(std::mem::replace(&mut rewrite.path, place));
            let print = |bytes: &Option<Vec<u8>>| bytes.as_deref().map(Fingerprint::of);
            self.prints.push((print(&rewrite.before), print(&rewrite.after)));
        }
        Ok(())
    }

    pub(super) fn stage(&mut self, system: &dyn Writer) -> Result<(), Problem> {
        for (rewrite, temp) in self.transaction.rewrites.iter().zip(temps(self.record.as_ref())) {
            if let Some(after) = &rewrite.after {
                let staged = system.stage(&rewrite.path, temp, after);
                self.staged.push(staged.map_err(|error| put::failed(&rewrite.path, "could not be written", &error))?);
            }
        }
        Ok(())
    }

    /// Removes what is staged, or half so.
    pub(super) fn sweep(&mut self, system: &dyn Writer) -> Result<(), Problem> {
        self.staged.clear();
        let rewrites = self.transaction.rewrites.iter().zip(temps(self.record.as_ref()));
        let mut first = Ok(());
        for (rewrite, temp) in rewrites {
            first = first.and(put::unstage(system, &rewrite.path, temp));
        }
        first
    }

    /// Each store is looked at once more right before it is replaced: whoever else has changed it meanwhile, or has begun to
    /// work in it, loses nothing.
    pub(super) fn publish(&mut self, system: &dyn Writer) -> Result<(), Problem> {
        if let Some(problem) = image::in_use(system, &self.transaction.databases) {
            return Err(problem);
        }
        let mut staged = self.staged.iter();
        for rewrite in &self.transaction.rewrites {
            if put::content(system, &rewrite.path)? != rewrite.before {
                let message = "the store has changed since it was read for this operation";
                return Err(Problem::new(Code::Stale, message).at(rewrite.path.full()).hint("plan again"));
            }
            self.begun += 1;
            let done = match rewrite.after.as_ref().and_then(|_| staged.next()) {
                Some(staged) => system.publish(staged),
                None => system.remove(&rewrite.path),
            };
            done.map_err(|error| put::failed(&rewrite.path, "could not be put in place", &error))?;
        }
        Ok(())
    }

    pub(super) fn verify(&mut self, system: &dyn Writer) -> Result<(), Problem> {
        for rewrite in &self.transaction.rewrites {
            if put::content(system, &rewrite.path)? != rewrite.after {
                let message = "the store does not read back as it was written";
                return Err(Problem::new(Code::VerifyFailed, message).at(rewrite.path.full()));
            }
        }
        Ok(())
    }

    pub(super) fn folders(&self) -> impl Iterator<Item = StorePath> + use<> {
        self.transaction.rewrites.iter().map(|rewrite| rewrite.path.parent()).collect::<BTreeSet<_>>().into_iter()
    }

    pub(super) fn failure(&self, what: &str, error: &std::io::Error) -> Problem {
        match self.transaction.rewrites.first() {
            Some(rewrite) => put::failed(&rewrite.path, what, error),
            None => Problem::new(Code::WriteFailed, format!("{what}: {error}")),
        }
    }
}

pub(super) fn temps(record: Option<&Record>) -> impl Iterator<Item = &str> {
    record.into_iter().flat_map(|record| &record.stores).map(|store| store.temp.as_str())
}
