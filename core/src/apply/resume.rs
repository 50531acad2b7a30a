//! Going on with an operation that ended before its work did: which of it is done.

use std::collections::HashSet;

use crate::discover::Profile;
use crate::journal::{Journal, JournalError, Kind, OperationId, State};

/// The profiles that an operation has done, and that stand: what goes on with it passes them over.
///
/// # Errors
/// It can't be gone on with, or the journal can't be read.
pub fn done(journal: &Journal, operation: OperationId) -> Result<HashSet<Profile>, CannotResume> {
    let records = journal.records(operation)?;
    match journal.operations()?.into_iter().find(|known| known.id == operation) {
        Some(known) if known.kind == Kind::Undo => return Err(CannotResume::Undo),
        Some(known) if known.undone > 0 => return Err(CannotResume::TakenBack),
        _ => {}
    }
    let done = records.iter().filter(|record| record.state == State::Done);
    Ok(done.filter_map(|record| serde_json::from_str(&record.profile).ok()).collect())
}

/// Why an operation can't be gone on with.
#[derive(Debug, thiserror::Error)]
pub enum CannotResume {
    /// Only an apply has plans to go on with.
    #[error("is an undo, which can't be gone on with")]
    Undo,
    /// What it did doesn't stand any more.
    #[error("was taken back")]
    TakenBack,
    /// There is no such operation, or the journal can't be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
}
