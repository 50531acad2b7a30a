//! What a database says: its tables, the values in them, and hashes of what has no key of its own.

use rusqlite::Connection;
use rusqlite::types::ValueRef;
use sha2::{Digest, Sha256};

use super::{REAL, TEXT};
use crate::document::Raw;

/// A value; none of NULL.
pub(in crate::formats) fn raw(value: ValueRef<'_>) -> Option<Raw> {
    Some(match value {
        ValueRef::Null => return None,
        ValueRef::Integer(number) => Raw::Int(number),
        ValueRef::Real(number) => Raw::Other { tag: REAL, bytes: number.to_be_bytes().to_vec() },
        ValueRef::Text(text) => match std::str::from_utf8(text) {
            Ok(text) => Raw::text(text),
            Err(_) => Raw::Other { tag: TEXT, bytes: text.to_vec() },
        },
        ValueRef::Blob(bytes) => Raw::Bytes(bytes.to_vec()),
    })
}

/// The tables that hold rows themselves, by name.
pub(in crate::formats) fn tables(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement =
        connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 ORDER BY name")?;
    statement.query_map([], |row| row.get(0))?.collect()
}

/// A hash of what a query finds, row by row.
pub(in crate::formats) fn digest(connection: &Connection, sql: &str) -> rusqlite::Result<Vec<u8>> {
    let mut hash = Sha256::new();
    let mut statement = connection.prepare(sql)?;
    let columns = statement.column_count();
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        for at in 0..columns {
            let (tag, bytes) = match row.get_ref(at)? {
                ValueRef::Null => (0_u8, Vec::new()),
                ValueRef::Integer(number) => (1, number.to_be_bytes().to_vec()),
                ValueRef::Real(number) => (2, number.to_be_bytes().to_vec()),
                ValueRef::Text(text) => (3, text.to_vec()),
                ValueRef::Blob(bytes) => (4, bytes.to_vec()),
            };
            hash.update([tag]);
            hash.update((bytes.len() as u64).to_be_bytes());
            hash.update(bytes);
        }
    }
    Ok(hash.finalize().to_vec())
}
