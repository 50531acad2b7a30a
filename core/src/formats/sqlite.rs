//! SQLite databases as images: bytes to a connection in memory, and back. Nothing of a database runs: no trigger, no
//! view, no function of its schema. The journal mode that the header names is kept. Knows no table by name.

mod content;
#[cfg(test)]
mod tests;
mod wal;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, MAIN_DB};

use crate::document::Refusal;
use crate::patch::{Patch, Splice};
pub(super) use content::{digest, raw, tables};
pub use wal::{SIDES, fold};

/// The tag of a number that is no integer: its 8 bytes.
pub const REAL: u32 = 31;
/// The tag of text that is not UTF-8: its bytes.
pub const TEXT: u32 = 32;

/// What every database begins with.
const MAGIC: &[u8] = b"SQLite format 3\0";
/// Where the header says how the file is written and read: 1 is a rollback journal, 2 a write-ahead log.
const VERSIONS: std::ops::Range<usize> = 18..20;
/// How long the header is.
const HEADER: usize = 100;

/// Opens an image in memory.
///
/// # Errors
/// An empty file, another format, a database that SQLite finds broken.
pub(super) fn open(image: &[u8]) -> Result<Connection, Refusal> {
    if image.is_empty() {
        return Err(Refusal::new("expected a database, found an empty file: is reading it permitted?"));
    }
    if !image.starts_with(MAGIC) || image.len() < HEADER {
        return Err(Refusal::new("expected an SQLite database, found another kind of file"));
    }
    // A database in memory has no log beside it.
    let mut rollback = image.to_vec();
    match rollback.get_mut(VERSIONS) {
        Some(versions @ ([1, 1] | [2, 2])) => versions.fill(1),
        _ => return Err(Refusal::new("expected version 1 or 2 of the SQLite format, found another")),
    }
    (|| {
        let mut connection = Connection::open_in_memory()?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
        connection.deserialize_read_exact(MAIN_DB, &*rollback, rollback.len(), false)?;
        connection.execute_batch("PRAGMA cell_size_check = on; PRAGMA journal_mode = memory; PRAGMA temp_store = memory")?;
        Ok(connection)
    })()
    .map_err(broken)
}

/// The image that a connection holds, with the journal mode of the original.
///
/// # Errors
/// What SQLite finds broken in it.
pub(super) fn image(mut connection: Connection, original: &[u8]) -> Result<Vec<u8>, Refusal> {
    let found: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(broken)?;
    if found != "ok" {
        return Err(Refusal::new(format!("expected a whole database, found {found}")));
    }
    let mut image = connection.serialize(MAIN_DB).map_err(broken)?.to_vec();
    if let (Some(versions), Some(kept)) = (image.get_mut(VERSIONS), original.get(VERSIONS)) {
        versions.copy_from_slice(kept);
    }
    Ok(image)
}

/// The patch from one image to the next: only the bytes that differ, run by run.
pub(super) fn patch(before: &[u8], after: &[u8]) -> Patch {
    const RUN: usize = 512;
    let common = before.len().min(after.len());
    let (old, new) = (before.get(..common).unwrap_or_default(), after.get(..common).unwrap_or_default());
    let mut splices = Vec::new();
    for (at, (old, new)) in old.chunks(RUN).zip(new.chunks(RUN)).enumerate() {
        let differs = |(old, new): (&u8, &u8)| old != new;
        let first = old.iter().zip(new).position(differs);
        let last = old.iter().zip(new).rposition(differs);
        if let (Some(first), Some(last)) = (first, last) {
            splices.push(Splice::new(at * RUN + first..at * RUN + last + 1, new.get(first..=last).unwrap_or_default()));
        }
    }
    if before.len() != after.len() {
        splices.push(Splice::new(common..before.len(), after.get(common..).unwrap_or_default()));
    }
    Patch::new(splices).unwrap_or_default()
}

/// A refusal in SQLite's words.
pub(super) fn broken(error: rusqlite::Error) -> Refusal {
    Refusal::new(format!("expected a whole SQLite database: {error}"))
}

/// A name as SQL quotes it.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
