//! The record of operations: what was to be written, what it replaces, and how it ended. Backups and plans lie beside it. It keeps
//! what its caller says of a profile and a plan as text, and doesn't know what it means.

mod backup;
mod error;
mod inverse;
mod lock;
mod place;
mod read;
mod schema;
#[cfg(test)]
mod tests;
mod types;
mod write;

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, OpenFlags};

pub use error::JournalError;
pub use types::{Age, Backup, Content, Kept, Kind, NewRecord, NewStore, Operation, OperationId, Record, State, StoreRecord};

/// A journal. A writer is alone in its state folder; readers are not counted, and leave no trace.
#[derive(Debug)]
pub struct Journal {
    folder: PathBuf,
    /// Tells this journal's temp files from another's.
    mark: String,
    database: Mutex<Connection>,
    /// The operation whose folder of backups is known to be durable.
    durable: AtomicU64,
    /// A writer's; freed after the database is closed.
    lock: Option<std::fs::File>,
}

impl Journal {
    /// Opens the journal of a state folder for writing; makes the folder (for the user alone) and the journal if there
    /// are none.
    ///
    /// # Errors
    /// Another waxseal works with this state folder; a journal of another version; whatever the disk says.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Journal, JournalError> {
        let folder = folder.into();
        place::make_folder(&folder).map_err(|error| JournalError::io(&folder, error))?;
        let lock = lock::take(&folder)?;
        let path = database_path(&folder);
        place::make_file(&path).map_err(|error| JournalError::io(&path, error))?;
        let database = Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_WRITE | PLAIN)?;
        schema::prepare(&database, crate::system::is_shared(&folder))?;
        let journal = Journal {
            mark: schema::mark(&database)?,
            folder,
            database: Mutex::new(database),
            durable: AtomicU64::new(0),
            lock: Some(lock),
        };
        journal.drop_empty(None)?;
        Ok(journal)
    }

    /// Opens the journal of a state folder for reading, also from a medium that can't be written; `None` if there is none.
    ///
    /// # Errors
    /// A journal of another version, or one whose own last write was interrupted; whatever the disk says.
    pub fn peek(folder: impl Into<PathBuf>) -> Result<Option<Journal>, JournalError> {
        let folder = folder.into();
        let path = database_path(&folder);
        match std::fs::metadata(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(JournalError::io(&path, error)),
            Ok(found) if found.len() == 0 => return Ok(None),
            Ok(_) => {}
        }
        let database = Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_ONLY | PLAIN)?;
        if !schema::check(&database)? {
            return Ok(None);
        }
        Ok(Some(Journal {
            mark: schema::mark(&database)?,
            folder,
            database: Mutex::new(database),
            durable: AtomicU64::new(0),
            lock: None,
        }))
    }

    /// Who writes with a state folder now, as far as can be told: what is under way there is not interrupted.
    pub fn writer(folder: &Path) -> Option<String> {
        lock::writer(folder)
    }

    /// The state folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn database(&self) -> MutexGuard<'_, Connection> {
        self.database.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        if self.lock.is_some() {
            schema::end(&self.database());
        }
    }
}

/// A file name is a file name, and the connection is guarded by our own mutex.
const PLAIN: OpenFlags = OpenFlags::SQLITE_OPEN_NO_MUTEX;

fn database_path(folder: &Path) -> PathBuf {
    folder.join("journal.db")
}
