//! One writer in a state folder: a lock on a file that names its process.

use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::time::Duration;

use super::{JournalError, place};

/// Takes the lock; closing the file frees it.
pub(super) fn take(folder: &Path) -> Result<File, JournalError> {
    let path = folder.join("lock");
    let io = |error| JournalError::io(&path, error);
    let mut file = place::private().read(true).write(true).create(true).truncate(false).open(&path).map_err(io)?;
    let mut tries = GLANCES;
    loop {
        match file.try_lock() {
            Ok(()) => {
                sign(&mut file).map_err(io)?;
                return Ok(file);
            }
            Err(TryLockError::WouldBlock) if tries > 0 => {
                tries -= 1;
                std::thread::sleep(Duration::from_millis(20));
            }
            Err(TryLockError::WouldBlock) => {
                return Err(JournalError::Busy { folder: folder.to_owned(), holder: holder(&mut file) });
            }
            Err(TryLockError::Error(error)) => return Err(io(error)),
        }
    }
}

/// How often a writer tries again: somebody who only looks whether there is a writer holds the lock for a moment.
const GLANCES: u32 = 5;

/// Who writes in a state folder now; `None` is nobody, as far as can be told. Leaves no trace.
pub(super) fn writer(folder: &Path) -> Option<String> {
    let mut file = File::open(folder.join("lock")).ok()?;
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => Some(holder(&mut file)),
        _ => None,
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
