//! Backups: whole stores (of large ones the difference), for the user alone, durable before the intent is.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use super::{Journal, JournalError, OperationId, StoreRecord, place};
use crate::fingerprint::Fingerprint;

/// From which size on a store is kept as what turns its new bytes into the old ones, in bytes.
const LARGE: usize = 1 << 20;

/// The end of such a backup's name.
const INVERSE: &str = ".inverse";

/// A backup's name and content, by the store's bytes before and after.
pub(super) fn new<'a>(name: &str, before: &'a [u8], after: Option<&[u8]>) -> (String, Cow<'a, [u8]>) {
    match after {
        Some(after) if before.len() > LARGE => (format!("{name}{INVERSE}"), Cow::Owned(inverse(before, after))),
        _ => (name.to_owned(), Cow::Borrowed(before)),
    }
}

/// How many bytes both have in common at the start and at the end (two numbers), and what the old one has between.
fn inverse(before: &[u8], after: &[u8]) -> Vec<u8> {
    let start = before.iter().zip(after).take_while(|(one, other)| one == other).count();
    let (old, new) = (before.get(start..).unwrap_or_default(), after.get(start..).unwrap_or_default());
    let end = old.iter().rev().zip(new.iter().rev()).take_while(|(one, other)| one == other).count();
    let between = old.get(..old.len() - end).unwrap_or_default();
    [&(start as u64).to_le_bytes(), &(end as u64).to_le_bytes(), between].concat()
}

fn revert(inverse: &[u8], after: &[u8]) -> Option<Vec<u8>> {
    let (start, rest) = inverse.split_first_chunk::<8>()?;
    let (end, between) = rest.split_first_chunk::<8>()?;
    let [start, end] = [*start, *end].map(|bytes| usize::try_from(u64::from_le_bytes(bytes)).ok());
    Some([after.get(..start?)?, between, after.get(after.len().checked_sub(end?)?..)?].concat())
}

impl Journal {
    /// The bytes that a store had before, if they are kept whole; `None`: there was none.
    ///
    /// # Errors
    /// As [`restored`](Self::restored); a large store is not kept whole.
    pub fn backup(&self, store: &StoreRecord) -> Result<Option<Vec<u8>>, JournalError> {
        self.restored(store, None)
    }

    /// The bytes that a store had before, given those that it has now; `None`: there was none. A large store is kept as
    /// its difference from what was written: it comes back only while that is still there.
    ///
    /// # Errors
    /// The backup is gone (forgotten) or not what it was; a large store has been written by someone else since.
    pub fn restored(&self, store: &StoreRecord, now: Option<&[u8]>) -> Result<Option<Vec<u8>>, JournalError> {
        let Some(before) = store.before else { return Ok(None) };
        let path = self.backup_path(store).ok_or_else(|| JournalError::Backup(self.backups()))?;
        let kept = match std::fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(JournalError::Backup(path)),
            kept => kept.map_err(|error| JournalError::io(&path, error))?,
        };
        let bytes = if store.backup.as_ref().is_some_and(|name| name.ends_with(INVERSE)) {
            let ours = now.filter(|now| Some(Fingerprint::of(now)) == store.after);
            let ours = ours.ok_or_else(|| JournalError::Rewritten(path.clone()))?;
            revert(&kept, ours)
        } else {
            Some(kept)
        };
        match bytes.filter(|bytes| Fingerprint::of(bytes) == before) {
            Some(bytes) => Ok(Some(bytes)),
            None => Err(JournalError::Backup(path)),
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
    pub(super) fn keep(&self, operation: OperationId, backups: &[(String, Cow<'_, [u8]>)]) -> Result<(), JournalError> {
        if backups.is_empty() {
            return Ok(());
        }
        let folder = self.backups_of(operation);
        let io = |path: &Path, error| JournalError::io(path, error);
        place::make_folder(&folder).map_err(|error| io(&folder, error))?;
        let all = self.backups();
        let kept = |(name, bytes): &(String, Cow<'_, [u8]>)| {
            let path = all.join(name);
            write(&path, bytes).map_err(|error| JournalError::io(&path, error))
        };
        let files = backups.par_iter().map(kept).collect::<Result<Vec<_>, _>>()?;
        let folders = [folder.as_path(), &all, &self.folder];
        sync(files, &folders).map_err(|error| io(&folder, error))
    }

    /// Drops backups that belong to no record, as far as they have got.
    pub(super) fn drop_kept(&self, backups: &[(String, Cow<'_, [u8]>)]) {
        for (name, _) in backups {
            // One that stays gives way to the next of its name, and goes with its operation.
            let _ = std::fs::remove_file(self.backups().join(name));
        }
    }

    /// Drops the backups of an operation.
    pub(super) fn drop_backups(&self, operation: OperationId) -> Result<(), JournalError> {
        let folder = self.backups_of(operation);
        match std::fs::remove_dir_all(&folder) {
            Err(error) if !matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                Err(JournalError::io(&folder, error))
            }
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
