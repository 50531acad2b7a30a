//! The saved logins of old versions by SQL: every row of every table, as `TABLE[ID].COLUMN`; and the rows that each index of
//! hosts finds, so that an index which was not kept in step shows.

use libtest_mimic::Failed;
use rusqlite::Connection;
use rusqlite::types::Value as Sql;

use super::{Found, database};

pub(super) fn read(bytes: &[u8]) -> Result<Found, Failed> {
    let (_folder, connection) = database(bytes)?;
    let mut found = Found::new();
    for table in names(&connection, "table")? {
        rows(&connection, &table, &mut found)?;
    }
    for index in names(&connection, "index")?.iter().filter(|index| index.contains("hostname")) {
        let mut statement =
            connection.prepare(&format!("SELECT id, hostname FROM moz_logins INDEXED BY {index} WHERE hostname > ''"))?;
        for row in statement.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))? {
            let (id, host) = row?;
            found.insert(format!("index[{index}][{id}]"), toml::Value::String(host));
        }
    }
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    found.insert("user_version".to_owned(), toml::Value::Integer(version));
    Ok(found)
}

fn names(connection: &Connection, kind: &str) -> Result<Vec<String>, Failed> {
    let mut statement = connection.prepare("SELECT name FROM sqlite_schema WHERE type = ?1 AND sql IS NOT NULL ORDER BY name")?;
    let names = statement.query_map([kind], |row| row.get(0))?;
    Ok(names.collect::<Result<_, _>>()?)
}

fn rows(connection: &Connection, table: &str, found: &mut Found) -> Result<(), Failed> {
    let mut statement = connection.prepare(&format!("SELECT rowid, * FROM \"{table}\""))?;
    let columns: Vec<String> = statement.column_names().skip(1).map(str::to_owned).collect();
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let id: i64 = row.get(0)?;
        for (at, column) in columns.iter().enumerate() {
            let value = match row.get(at + 1)? {
                Sql::Null => continue,
                Sql::Integer(number) => toml::Value::Integer(number),
                Sql::Real(number) => toml::Value::Float(number),
                Sql::Text(text) => toml::Value::String(text),
                Sql::Blob(bytes) => toml::Value::String(bytes.iter().map(|byte| format!("{byte:02x}")).collect()),
            };
            found.insert(format!("{table}[{id}].{column}"), value);
        }
    }
    Ok(())
}

/// The database as the client leaves it on any day: a login more, another used.
pub(crate) fn rewritten(bytes: &[u8]) -> Result<Vec<u8>, Failed> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("written.sqlite");
    std::fs::write(&path, bytes)?;
    let connection = Connection::open(&path)?;
    let added = "INSERT INTO moz_logins (hostname, httpRealm, usernameField, passwordField, encryptedUsername, encryptedPassword)
         VALUES ('https://calendar.example.net', 'calendar', '', '', 'MDIEEPgA', 'MDoEEPgA')";
    connection.execute_batch(added)?;
    // Older schemas have no such column.
    let _ = connection.execute("UPDATE moz_logins SET timesUsed = timesUsed + 1", []);
    drop(connection);
    Ok(std::fs::read(&path)?)
}
