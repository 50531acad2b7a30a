//! Backups: whole stores, for the user alone, durable before the intent is.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::{Journal, JournalError, OperationId, StoreRecord, place};
use crate::fingerprint::Fingerprint;

impl Journal {
    /// The bytes that a store had before; `None`: there was none.
    ///
    /// # Errors
    /// The backup is gone (forgotten) or not what it was.
    pub fn backup(&self, store: &StoreRecord) -> Result<Option<Vec<u8>>, JournalError> {
        let Some(before) = store.before else { return Ok(None) };
        let path = self.backup_path(store).ok_or_else(|| JournalError::Backup(self.backups()))?;
        match std::fs::read(&path) {
            Ok(bytes) if Fingerprint::of(&bytes) == before => Ok(Some(bytes)),
            Ok(_) => Err(JournalError::Backup(path)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(JournalError::Backup(path)),
            Err(error) => Err(JournalError::io(&path, error)),
        }
    }

    /// Where a store's backup lies.
    pub fn backup_path(&self, store: &StoreRecord) -> Option<PathBuf> {
        store.backup.as_ref().map(|name| self.backups().join(name))
    }

    pub(super) fn backups(&self) -> PathBuf {
        self.folder.join("backups")
    }

    pub(super) fn backups_of(&self, operation: OperationId) -> PathBuf {
        self.backups().join(operation.to_string())
    }

    /// Writes the backups of an operation, by name below `backups`, and makes them durable.
    pub(super) fn keep(&self, operation: OperationId, backups: &[(String, &[u8])]) -> Result<(), JournalError> {
        if backups.is_empty() {
            return Ok(());
        }
        let folder = self.backups_of(operation);
        let io = |path: &Path, error| JournalError::io(path, error);
        place::make_folder(&folder).map_err(|error| io(&folder, error))?;
        let mut files = Vec::with_capacity(backups.len());
        for (name, bytes) in backups {
            let path = self.backups().join(name);
            files.push(write(&path, bytes).map_err(|error| io(&path, error))?);
        }
        let folders = [folder.as_path(), &self.backups(), &self.folder];
        sync(files, &folders).map_err(|error| io(&folder, error))
    }

    /// Drops the backups of an operation.
    pub(super) fn drop_backups(&self, operation: OperationId) -> Result<(), JournalError> {
        let folder = self.backups_of(operation);
        match std::fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(JournalError::io(&folder, error)),
            _ => Ok(()),
        }
    }
}

/// Writes a new file. One that is there belongs to no record (an interrupted intent), and gives way.
fn write(path: &Path, bytes: &[u8]) -> io::Result<File> {
    let mut file = match place::new_file(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            std::fs::remove_file(path)?;
            place::new_file(path)?
        }
        file => file?,
    };
    file.write_all(bytes)?;
    Ok(file)
}

fn sync(files: Vec<File>, folders: &[&Path]) -> io::Result<()> {
    crate::system::sync_files(files.into_iter().map(Into::into).collect(), folders)
}
