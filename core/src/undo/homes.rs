//! In which homes something is to be taken back. The journal knows them as they were: they may be gone, or mounted elsewhere now.

use std::path::{Path, PathBuf};

use crate::discover::Profile;
use crate::journal::{Journal, JournalError, Kind, OperationId, Record, State};

/// Says of a home whether it is meant.
pub type IsMeant<'a> = &'a dyn Fn(&Path) -> bool;

/// The home in which a record's work was done, if the journal still tells.
pub fn home(record: &Record) -> Option<PathBuf> {
    serde_json::from_str::<Profile>(&record.profile).ok().map(|profile| profile.home.path)
}

/// The newest apply of which something still stands in one of these homes.
///
/// # Errors
/// The journal can't be read.
pub fn newest_in(journal: &Journal, is_meant: IsMeant<'_>) -> Result<Option<OperationId>, JournalError> {
    let stands = |record: &Record| record.state == State::Done && home(record).is_some_and(|home| is_meant(&home));
    for operation in journal.operations()?.iter().filter(|operation| operation.kind == Kind::Apply && !operation.forgotten) {
        if journal.records(operation.id)?.iter().any(stands) {
            return Ok(Some(operation.id));
        }
    }
    Ok(None)
}

/// Those of an operation's homes that are meant, as its records name them.
///
/// # Errors
/// There is no such operation; the journal can't be read.
pub fn homes_of(journal: &Journal, operation: OperationId, is_meant: IsMeant<'_>) -> Result<Vec<PathBuf>, JournalError> {
    let records = journal.records(operation)?;
    let mut homes: Vec<PathBuf> = records.iter().filter_map(home).filter(|home| is_meant(home)).collect();
    homes.dedup();
    Ok(homes)
}
