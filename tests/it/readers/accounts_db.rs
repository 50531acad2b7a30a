//! The Accounts database by SQL and by the plist crate: every row of every table, as `TABLE[ROW].COLUMN`. Rows go by their number; an
//! account's by its identifier, a property's by its account's and its name (of two such the second has a 2 behind it), an entity's
//! by its name. An archive reads as what it holds: `TABLE[ROW].COLUMN/NAME/PLACE`.

use std::collections::BTreeMap;

use libtest_mimic::Failed;
use plist::Value;
use rusqlite::Connection;
use rusqlite::types::Value as Sql;

use super::{Found, database};

pub(super) fn read(bytes: &[u8]) -> Result<Found, Failed> {
    let (_folder, connection) = database(bytes)?;
    let accounts = names(&connection, "SELECT Z_PK, ZIDENTIFIER FROM ZACCOUNT")?;
    let mut found = Found::new();
    let mut statement = connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")?;
    let tables: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    for table in tables {
        rows(&connection, &table, &accounts, &mut found)?;
    }
    let mut schema = connection.prepare("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL")?;
    for row in schema.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))? {
        let (name, sql) = row?;
        found.insert(format!("schema[{name}]"), toml::Value::String(sql));
    }
    Ok(found)
}

/// The database with its log in it, as SQLite itself puts it there.
pub(crate) fn folded(bytes: &[u8], log: &[u8]) -> Result<Vec<u8>, Failed> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("folded.sqlite");
    std::fs::write(&path, bytes)?;
    std::fs::write(folder.path().join("folded.sqlite-wal"), log)?;
    let connection = Connection::open(&path)?;
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    drop(connection);
    Ok(std::fs::read(&path)?)
}

fn names(connection: &Connection, sql: &str) -> Result<BTreeMap<i64, String>, Failed> {
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, Option<String>>(1)?.unwrap_or_default())))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn rows(connection: &Connection, table: &str, accounts: &BTreeMap<i64, String>, found: &mut Found) -> Result<(), Failed> {
    let mut statement = connection.prepare(&format!("SELECT * FROM \"{table}\""))?;
    let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let mut rows = statement.query([])?;
    let mut count = 0;
    while let Some(row) = rows.next()? {
        count += 1;
        let mut values: Vec<(&String, Sql)> = Vec::new();
        for (at, column) in columns.iter().enumerate() {
            values.push((column, row.get(at)?));
        }
        let of = |wanted: &str| values.iter().find(|(column, _)| *column == wanted).map(|(_, value)| value);
        let number = |wanted: &str| if let Some(Sql::Integer(number)) = of(wanted) { *number } else { count };
        let text = |wanted: &str| if let Some(Sql::Text(text)) = of(wanted) { text.clone() } else { String::new() };
        let owner = |wanted: &str| accounts.get(&number(wanted)).cloned().unwrap_or_default();
        let name = match table {
            "ZACCOUNT" => text("ZIDENTIFIER"),
            "ZACCOUNTPROPERTY" if of("ZOWNER").is_some() => format!("{} {}", owner("ZOWNER"), text("ZKEY")),
            "Z_PRIMARYKEY" => text("Z_NAME"),
            _ => number("Z_PK").to_string(),
        };
        // A second row of one name.
        let known = found.contains_key(&format!("{table}[{name}].Z_PK"));
        let name = if known { format!("{name} 2") } else { name };
        for (column, value) in &values {
            let key = format!("{table}[{name}].{column}");
            let value = match value {
                Sql::Null => continue,
                Sql::Integer(number) => toml::Value::Integer(*number),
                Sql::Real(number) => toml::Value::Float(*number),
                Sql::Text(text) => toml::Value::String(text.clone()),
                Sql::Blob(bytes) => match plist::from_bytes::<Value>(bytes) {
                    Ok(archive) if archived(&archive, &key, found).is_some() => continue,
                    _ => digits(bytes),
                },
            };
            found.insert(key, value);
        }
    }
    Ok(())
}

fn digits(bytes: &[u8]) -> toml::Value {
    toml::Value::String(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// What an archive holds, below a key; none of what is no archive.
fn archived(archive: &Value, key: &str, found: &mut Found) -> Option<()> {
    let archive = archive.as_dictionary()?;
    let objects = archive.get("$objects")?.as_array()?;
    object(archive.get("$top")?.as_dictionary()?.get("root")?, objects, key, found)
}

fn object(reference: &Value, objects: &[Value], key: &str, found: &mut Found) -> Option<()> {
    let value = match objects.get(usize::try_from(reference.as_uid()?.get()).ok()?)? {
        Value::Boolean(switch) => toml::Value::Boolean(*switch),
        Value::Integer(number) => toml::Value::Integer(number.as_signed()?),
        Value::String(text) => toml::Value::String(text.clone()),
        Value::Dictionary(members) => {
            let values = members.get("NS.objects")?.as_array()?;
            let names = members.get("NS.keys").and_then(Value::as_array);
            for (at, value) in values.iter().enumerate() {
                let name =
                    names.and_then(|names| objects.get(usize::try_from(names.get(at)?.as_uid()?.get()).ok()?)?.as_string());
                object(value, objects, &format!("{key}/{}", name.map_or_else(|| at.to_string(), str::to_owned)), found)?;
            }
            return Some(());
        }
        _ => return None,
    };
    found.insert(key.to_owned(), value);
    Some(())
}

/// The database after a write that changes nothing but counters.
pub(crate) fn touched(bytes: &[u8]) -> Result<Vec<u8>, Failed> {
    written(bytes, "UPDATE ZACCOUNT SET Z_OPT = Z_OPT + 1")
}

/// The database as the system would leave it: another account is seen, one of its properties is new, one is written anew.
pub(crate) fn rewritten(bytes: &[u8]) -> Result<Vec<u8>, Failed> {
    written(
        bytes,
        "BEGIN;
         UPDATE Z_PRIMARYKEY SET Z_MAX = Z_MAX + 1 WHERE Z_NAME = 'AccountProperty';
         INSERT INTO ZACCOUNTPROPERTY SELECT Z_MAX, Z_ENT, 1, 1, 'LastSeen', x'00' FROM Z_PRIMARYKEY WHERE Z_NAME = 'AccountProperty';
         UPDATE ZACCOUNTPROPERTY SET Z_OPT = Z_OPT + 1 WHERE ZOWNER = 2;
         UPDATE ZACCOUNT SET Z_OPT = Z_OPT + 1, ZDATE = ZDATE + 86400;
         COMMIT",
    )
}

fn written(bytes: &[u8], sql: &str) -> Result<Vec<u8>, Failed> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("written.sqlite");
    std::fs::write(&path, bytes)?;
    let connection = Connection::open(&path)?;
    connection.execute_batch(sql)?;
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    drop(connection);
    Ok(std::fs::read(&path)?)
}
