//! Everything that has no key of its own, as one hash a table: what must be the same after a write. Left out are the
//! counters that Core Data keeps for itself.

use std::collections::BTreeMap;

use rusqlite::Connection;
use rusqlite::types::ValueRef;
use sha2::{Digest, Sha256};

use super::{ACCOUNT, PROPERTY};
use crate::document::{Key, Raw, Refusal};
use crate::formats::sqlite::{broken, quoted};

/// The hashes of the schema, and of each table but for what has keys.
pub(super) fn digests(connection: &Connection) -> Result<BTreeMap<Key, Raw>, Refusal> {
    let mut found = BTreeMap::new();
    let mut put = |name: &str, sql: &str| -> rusqlite::Result<()> {
        found.insert(Key::of([name]), Raw::Bytes(digest(connection, sql)?));
        Ok(())
    };
    (|| {
        put("sqlite_schema", "SELECT type, name, tbl_name, rootpage, sql FROM sqlite_schema ORDER BY name")?;
        for table in tables(connection)? {
            let sql = match &*table {
                // Rows that nobody owns; the others have keys.
                PROPERTY => "SELECT * FROM ZACCOUNTPROPERTY WHERE typeof(ZKEY) <> 'text' OR ZKEY = '' OR NOT EXISTS \
                     (SELECT 1 FROM ZACCOUNT WHERE Z_PK = ZOWNER) ORDER BY Z_PK"
                    .to_owned(),
                ACCOUNT => "SELECT Z_PK, Z_ENT, ZIDENTIFIER FROM ZACCOUNT ORDER BY Z_PK".to_owned(),
                "Z_PRIMARYKEY" => "SELECT Z_ENT, Z_NAME, Z_SUPER FROM Z_PRIMARYKEY ORDER BY Z_ENT".to_owned(),
                other => format!("SELECT * FROM {}", quoted(other)),
            };
            put(&table, &sql)?;
        }
        Ok(())
    })()
    .map_err(broken)?;
    Ok(found)
}

/// The tables that hold rows themselves, by name.
fn tables(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement =
        connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 ORDER BY name")?;
    statement.query_map([], |row| row.get(0))?.collect()
}

fn digest(connection: &Connection, sql: &str) -> rusqlite::Result<Vec<u8>> {
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
