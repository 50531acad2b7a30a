//! After a crash: every profile that was under way becomes wholly new or wholly old.

use std::collections::BTreeSet;

use super::put;
use crate::fingerprint::Fingerprint;
use crate::home::StorePath;
use crate::journal::{Journal, JournalError, OperationId, Record, State, StoreRecord};
use crate::problem::{Code, Problem};
use crate::system::{Guard, Writer};

/// How an interrupted record ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Everything was written already: it is done.
    Finished,
    /// It is as it was before.
    PutBack,
}

/// A record that is not interrupted any more.
#[derive(Debug)]
pub(crate) struct Recovered {
    pub(crate) record: Record,
    pub(crate) outcome: Outcome,
}

/// Holds the profile of a record while it is recovered.
pub(crate) type Hold<'a> = &'a dyn Fn(&Record) -> Result<Box<dyn Guard>, Problem>;

/// Recovers every interrupted record, and ends their operations. What fails stays interrupted, and can be tried again.
pub(crate) fn recover(system: &dyn Writer, journal: &Journal, hold: Hold<'_>) -> Vec<Result<Recovered, Problem>> {
    let records = match journal.interrupted() {
        Ok(records) => records,
        Err(error) => return vec![Err(unreadable(&error))],
    };
    let operations: BTreeSet<OperationId> = records.iter().map(|record| record.operation).collect();
    let mut results: Vec<_> = records.into_iter().map(|record| one(system, journal, hold, record)).collect();
    let left: BTreeSet<OperationId> =
        journal.interrupted().map(|left| left.iter().map(|record| record.operation).collect()).unwrap_or_default();
    for operation in operations.difference(&left) {
        if let Err(error) = journal.finish(*operation) {
            results.push(Err(unreadable(&error)));
        }
    }
    results
}

fn unreadable(error: &JournalError) -> Problem {
    Problem::new(Code::Interrupted, error.to_string())
}

fn one(system: &dyn Writer, journal: &Journal, hold: Hold<'_>, record: Record) -> Result<Recovered, Problem> {
    let _guard = hold(&record)?;
    for store in &record.stores {
        put::unstage(system, &store.place, &store.temp)?;
    }
    let mut found = Vec::with_capacity(record.stores.len());
    for store in &record.stores {
        found.push(put::content(system, &store.place)?.as_deref().map(Fingerprint::of));
    }
    let stores = || record.stores.iter().zip(&found);
    // What is found may be a rename that is not durable yet.
    let folders: BTreeSet<StorePath> = record.stores.iter().map(|store| store.place.parent()).collect();
    let folders: Vec<StorePath> = folders.into_iter().collect();
    system.settle(&folders).map_err(|error| Problem::new(Code::WriteFailed, error.to_string()))?;
    let (state, outcome) = if stores().all(|(store, found)| *found == store.after) {
        (State::Done, Ok(Outcome::Finished))
    } else {
        let mut strange = None;
        for (store, found) in stores() {
            if *found == store.before {
                continue;
            }
            if *found == store.after {
                put_back(system, journal, store)?;
            } else {
                strange = strange.or(Some(store));
            }
        }
        match strange {
            None => (State::Failed, Ok(Outcome::PutBack)),
            Some(store) => (State::Broken, Err(neither(journal, store))),
        }
    };
    journal.settle(record.operation, &[record.seq], state).map_err(|error| unreadable(&error))?;
    outcome.map(|outcome| Recovered { record, outcome })
}

fn put_back(system: &dyn Writer, journal: &Journal, store: &StoreRecord) -> Result<(), Problem> {
    let now = put::content(system, &store.place)?;
    let bytes = journal
        .restored(store, now.as_deref())
        .map_err(|error| Problem::new(Code::RestoreFailed, error.to_string()).at(store.place.full()))?;
    put::store(system, &store.place, &store.temp, bytes.as_deref())
}

fn neither(journal: &Journal, store: &StoreRecord) -> Problem {
    let message = "the store was changed by someone else during an interrupted operation, and was left alone";
    let problem = Problem::new(Code::RestoreFailed, message).at(store.place.full());
    match (journal.unpack(store), journal.backup_path(store)) {
        (Some(backup), _) => problem.hint(format!("what it was before is kept in {}", backup.display())),
        (None, Some(archive)) => problem.hint(format!("what is kept of it is in the archive {}", archive.display())),
        (None, None) => problem.hint("before the operation there was no such file"),
    }
}
