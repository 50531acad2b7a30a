//! One writer in a state folder: a lock on a file that names its process.

use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use super::{JournalError, place};

/// Takes the lock; closing the file frees it.
pub(super) fn take(folder: &Path) -> Result<File, JournalError> {
    let path = folder.join("lock");
    let io = |error| JournalError::io(&path, error);
    let mut file = place::private().read(true).write(true).create(true).truncate(false).open(&path).map_err(io)?;
    match file.try_lock() {
        Ok(()) => {
            sign(&mut file).map_err(io)?;
            Ok(file)
        }
        Err(TryLockError::WouldBlock) => Err(JournalError::Busy { folder: folder.to_owned(), holder: holder(&mut file) }),
        Err(TryLockError::Error(error)) => Err(io(error)),
    }
}

fn sign(file: &mut File) -> std::io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())
}

fn holder(file: &mut File) -> String {
    let mut text = String::new();
    match file.take(20).read_to_string(&mut text) {
        Ok(_) if !text.trim().is_empty() => format!("process {}", text.trim()),
        _ => "its process can't be told".to_owned(),
    }
}
