//! Everything that has no key of its own, as one hash a table: what must be the same after a write. Left out are the
//! counters that Core Data keeps for itself.

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::{ACCOUNT, PROPERTY};
use crate::document::{Key, Raw, Refusal};
use crate::formats::sqlite::{broken, digest, quoted, tables};

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
