//! Backups: whole stores (of large ones the difference), for the user alone, durable before the intent is. Those of one group
//! are one archive, with the plans that they are of, so that a thousand homes don't need a thousand files, and any tar can
//! unpack them.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::Ordering;

use super::inverse::{inverse, revert};
use super::{Backup, Journal, JournalError, Kept, OperationId, Record, StoreRecord, place};
use crate::fingerprint::Fingerprint;

/// From which size on a store is kept as what turns its new bytes into the old ones, in bytes.
const LARGE: usize = 1 << 20;

/// The archive of one group, on its way.
pub(super) struct Pack<'a> {
    journal: &'a Journal,
    pub(super) operation: OperationId,
    name: String,
    archive: Option<tar::Builder<Counted>>,
}

/// A file, and how many bytes have gone into it.
struct Counted(BufWriter<File>, u64);

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.0.write(bytes)?;
        self.1 += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl<'a> Pack<'a> {
    /// The archive of the group whose first record has this place; no file before there is something to keep.
    pub(super) fn new(journal: &'a Journal, operation: OperationId, first: u64) -> Pack<'a> {
        Pack { journal, operation, name: format!("{operation}/{first}.tar"), archive: None }
    }

    /// Keeps what a store's bytes are before they become others; its name in the archive begins with `id`.
    pub(super) fn keep(&mut self, id: &str, path: &Path, before: &[u8], after: Option<&[u8]>) -> Result<Backup, JournalError> {
        let difference = after.filter(|_| before.len() > LARGE).map(|after| inverse(before, after));
        let mut name = PathBuf::from(id);
        name.extend(path.components().filter(|part| matches!(part, Component::Normal(_))));
        if difference.is_some() {
            name.as_mut_os_string().push(".inverse");
        }
        Ok(Backup { kept: self.add(&name, difference.as_deref().unwrap_or(before))?, whole: difference.is_none() })
    }

    /// Keeps what is to be done for a record.
    pub(super) fn keep_detail(&mut self, seq: u64, detail: &str) -> Result<Kept, JournalError> {
        self.add(Path::new(&format!("{seq}.json")), detail.as_bytes())
    }

    /// The name of the new file beside a store.
    pub(super) fn temp(&self, seq: u64, n: u64) -> String {
        format!(".waxseal-{}-{}-{seq}-{n}.tmp", self.journal.mark, self.operation)
    }

    fn path(&self) -> PathBuf {
        self.journal.backups().join(&self.name)
    }

    fn add(&mut self, name: &Path, bytes: &[u8]) -> Result<Kept, JournalError> {
        self.append(name, bytes).map_err(|error| JournalError::io(&self.path(), error))
    }

    fn append(&mut self, name: &Path, bytes: &[u8]) -> io::Result<Kept> {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o600);
        header.set_mtime(super::write::now().unsigned_abs());
        let archive = match &mut self.archive {
            Some(archive) => archive,
            None => self.archive.insert(self.journal.new_archive(self.operation, &self.name)?),
        };
        archive.append_data(&mut header, name, bytes)?;
        let len = bytes.len() as u64;
        let at = archive.get_ref().1 - len.next_multiple_of(BLOCK);
        Ok(Kept { archive: self.name.clone(), at, len })
    }

    /// Makes it durable.
    pub(super) fn close(&mut self) -> Result<(), JournalError> {
        let Some(archive) = self.archive.take() else { return Ok(()) };
        let (journal, path) = (self.journal, self.path());
        let file = archive.into_inner().and_then(|counted| counted.0.into_inner().map_err(io::IntoInnerError::into_error));
        let (own, all) = (journal.backups_of(self.operation), journal.backups());
        let folders = [&*own, &all, &journal.folder];
        // The folders above the archive's own are new with the first archive only.
        let known = journal.durable.load(Ordering::Relaxed) == self.operation.0;
        let folders = if known { &folders[..1] } else { &folders[..] };
        file.and_then(|file| crate::system::sync_file(&file, folders)).map_err(|error| JournalError::io(&path, error))?;
        journal.durable.store(self.operation.0, Ordering::Relaxed);
        Ok(())
    }

    /// Drops it: it belongs to no record.
    pub(super) fn drop_kept(self) {
        // One that stays gives way to the next of its name, and goes with its operation.
        let _ = std::fs::remove_file(self.path());
    }
}

/// Archives hold whole blocks.
const BLOCK: u64 = 512;

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
        let backup = store.backup.as_ref().ok_or_else(|| JournalError::Backup(self.backups()))?;
        let path = self.backups().join(&backup.kept.archive);
        let kept = self.part(&backup.kept)?;
        let bytes = if backup.whole {
            Some(kept)
        } else {
            let ours = now.filter(|now| Some(Fingerprint::of(now)) == store.after);
            let ours = ours.ok_or_else(|| JournalError::Rewritten(path.clone()))?;
            revert(&kept, ours)
        };
        match bytes.filter(|bytes| Fingerprint::of(bytes) == before) {
            Some(bytes) => Ok(Some(bytes)),
            None => Err(JournalError::Backup(path)),
        }
    }

    /// The archive that a store's backup is in.
    pub fn backup_path(&self, store: &StoreRecord) -> Option<PathBuf> {
        store.backup.as_ref().map(|backup| self.backups().join(&backup.kept.archive))
    }

    /// The plan of a record, as its caller gave it.
    ///
    /// # Errors
    /// It was forgotten; what keeps it is gone, or not what it was.
    pub fn detail(&self, record: &Record) -> Result<String, JournalError> {
        let kept = record.detail.as_ref().ok_or_else(|| JournalError::Backup(self.backups_of(record.operation)))?;
        String::from_utf8(self.part(kept)?).map_err(|_| JournalError::Backup(self.backups().join(&kept.archive)))
    }

    fn part(&self, kept: &Kept) -> Result<Vec<u8>, JournalError> {
        let path = self.backups().join(&kept.archive);
        part(&path, kept).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::UnexpectedEof => JournalError::Backup(path),
            _ => JournalError::io(&path, error),
        })
    }

    /// Writes a store's backup into a file of its own, for a person to look at; `None` if it is not there, or not whole.
    pub(crate) fn unpack(&self, store: &StoreRecord) -> Option<PathBuf> {
        let bytes = self.backup(store).ok()??;
        let backup = store.backup.as_ref()?;
        let name = format!("{}-{}", backup.kept.at, store.path.name());
        let path = self.backups().join(&backup.kept.archive).with_file_name(name);
        write(&path).and_then(|mut file| file.write_all(&bytes)).ok().map(|()| path)
    }

    pub(super) fn backups(&self) -> PathBuf {
        self.folder.join("backups")
    }

    pub(super) fn backups_of(&self, operation: OperationId) -> PathBuf {
        self.backups().join(operation.to_string())
    }

    fn new_archive(&self, operation: OperationId, name: &str) -> io::Result<tar::Builder<Counted>> {
        place::make_folder(&self.backups_of(operation))?;
        let file = write(&self.backups().join(name))?;
        Ok(tar::Builder::new(Counted(BufWriter::with_capacity(1 << 17, file), 0)))
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

/// What an archive keeps in one place.
fn part(archive: &Path, kept: &Kept) -> io::Result<Vec<u8>> {
    let mut file = File::open(archive)?;
    file.seek(SeekFrom::Start(kept.at))?;
    let mut bytes = Vec::new();
    file.take(kept.len).read_to_end(&mut bytes)?;
    if bytes.len() as u64 == kept.len { Ok(bytes) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

/// Makes a new file. One that is there belongs to no record (an interrupted intent), and gives way.
fn write(path: &Path) -> io::Result<File> {
    match place::new_file(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            std::fs::remove_file(path)?;
            place::new_file(path)
        }
        file => file,
    }
}
