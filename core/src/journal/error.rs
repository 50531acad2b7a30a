//! What can go wrong with a journal.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ffi;

use super::OperationId;

/// Why the journal could not be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Another waxseal writes with this state folder.
    #[error("{}: another waxseal works with this state folder ({holder})", .folder.display())]
    Busy {
        /// The state folder.
        folder: PathBuf,
        /// Who, as far as can be told.
        holder: String,
    },
    /// The journal has another version than this program.
    #[error("the journal has version {found}, this waxseal knows version {known}")]
    Version {
        /// The version found.
        found: i64,
        /// The version that is known.
        known: i64,
    },
    /// The last write to the journal itself was interrupted; opening it for writing puts it in order.
    #[error("interrupted operation: run waxseal recover")]
    Interrupted,
    /// There is no such operation.
    #[error("no operation {0} in the journal")]
    NoOperation(OperationId),
    /// The operation is still under way, or was interrupted.
    #[error("operation {0} was interrupted: run waxseal recover first")]
    Unfinished(OperationId),
    /// A backup is not there any more, or not what it was.
    #[error("{}: the backup is missing or damaged", .0.display())]
    Backup(PathBuf),
    /// A large store is kept as its difference from what was written, and that is not there any more.
    #[error("{}: only the difference from what waxseal wrote is kept, and the store has changed since", .0.display())]
    Rewritten(PathBuf),
    /// The journal holds what waxseal doesn't write.
    #[error("the journal is damaged: {0}")]
    Damaged(String),
    /// The disk.
    #[error("the state folder can't be used: {}: {error}", .path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// The database.
    #[error("the journal can't be used: {0}")]
    Database(String),
}

impl JournalError {
    pub(super) fn io(path: &Path, error: io::Error) -> JournalError {
        JournalError::Io { path: path.to_owned(), error }
    }
}

impl From<rusqlite::Error> for JournalError {
    fn from(error: rusqlite::Error) -> JournalError {
        let extended = error.sqlite_error().map(|error| error.extended_code);
        match extended {
            Some(ffi::SQLITE_READONLY_ROLLBACK | ffi::SQLITE_READONLY_RECOVERY | ffi::SQLITE_READONLY_CANTINIT) => {
                JournalError::Interrupted
            }
            _ => JournalError::Database(error.to_string()),
        }
    }
}
