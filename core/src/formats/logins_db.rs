//! The saved logins of Gecko 1.9.1 to 31 (`signons.sqlite`). Keys are those of the file that came after it, so that what is
//! filed in the one follows as in the other: `logins/id=3/hostname` for a column of a row of `moz_logins`, `nextId` for the
//! id that a new row gets. A row that is copied takes its secrets along without their being seen. Every other table is one
//! value, its hash. Source: Mozilla, toolkit/components/passwordmgr/src/storage-mozStorage.js, schema versions 1 to 6.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use rusqlite::types::Value;
use rusqlite::{Connection, params};

use super::sqlite::{self, REAL, broken, digest, quoted, raw, tables};
use crate::document::{Document, Edit, Edits, Key, Raw, Refusal, expected};
use crate::patch::Patch;

const TABLE: &str = "moz_logins";
/// The columns that a lookup goes by. A database without one of them is another one.
const USED: [&str; 3] = ["id", "hostname", "httpRealm"];
const LOGINS: &str = "logins";
const NEXT: &str = "nextId";
const ID: &str = "id=";

/// Opens saved logins.
///
/// # Errors
/// What is no whole database; a table or a column that is missing, by its name.
pub fn open(image: &[u8]) -> Result<Box<dyn Document>, Refusal> {
    let connection = sqlite::open(image)?;
    let columns = columns(&connection)?;
    let entries = entries(&connection, &columns)?;
    Ok(Box::new(LoginsDb { image: image.into(), columns, entries }))
}

/// Saved logins, opened.
struct LoginsDb {
    image: Box<[u8]>,
    columns: Vec<String>,
    entries: BTreeMap<Key, Raw>,
}

/// The columns of the table, in order.
fn columns(connection: &Connection) -> Result<Vec<String>, Refusal> {
    let fault = |what: String| Refusal::new(format!("expected saved logins, found a database without {what}"));
    if !tables(connection).map_err(broken)?.iter().any(|table| table == TABLE) {
        return Err(fault(format!("the table {TABLE}")));
    }
    let mut statement = connection.prepare("SELECT name FROM pragma_table_info(?1)").map_err(broken)?;
    let columns = statement.query_map([TABLE], |row| row.get(0)).map_err(broken)?;
    let columns: Vec<String> = columns.collect::<rusqlite::Result<_>>().map_err(broken)?;
    match USED.iter().find(|used| !columns.iter().any(|column| column == *used)) {
        Some(missing) => Err(fault(format!("the column {missing} of {TABLE}"))),
        None => Ok(columns),
    }
}

fn entries(connection: &Connection, columns: &[String]) -> Result<BTreeMap<Key, Raw>, Refusal> {
    let mut found = BTreeMap::new();
    let mut last = Some(0);
    (|| {
        let names = columns.iter().map(|column| quoted(column)).collect::<Vec<_>>().join(", ");
        let mut statement = connection.prepare(&format!("SELECT id, {names} FROM {TABLE}"))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let id: i64 = row.get(0)?;
            last = last.max(Some(id));
            let row_key = Key::of([LOGINS, &format!("{ID}{id}")]);
            for (at, column) in columns.iter().enumerate() {
                if let Some(raw) = raw(row.get_ref(at + 1)?)
                    && found.insert(row_key.child(column), raw).is_some()
                {
                    last = None;
                }
            }
        }
        for table in tables(connection)?.iter().filter(|table| *table != TABLE) {
            let hash = digest(connection, &format!("SELECT * FROM {}", quoted(table)))?;
            found.insert(Key::of(["tables", table]), Raw::Bytes(hash));
        }
        let schema = "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name";
        found.insert(Key::of(["schema"]), Raw::Bytes(digest(connection, schema)?));
        Ok(())
    })()
    .map_err(broken)?;
    let Some(last) = last else { return Err(Refusal::new(format!("expected each id of {TABLE} once, found one twice"))) };
    if let Some(next) = last.checked_add(1) {
        found.insert(Key::of([NEXT]), Raw::Int(next));
    }
    Ok(found)
}

impl Document for LoginsDb {
    crate::formats::looked_up!(entries);

    /// What the edits make of the rows is compared with what they ask for: so the next id can be asked for, which no
    /// statement sets.
    fn render(&self, edits: &Edits) -> Result<Patch, Refusal> {
        let wanted = expected(self.entries.clone(), edits);
        if wanted == self.entries {
            return Ok(Patch::default());
        }
        let connection = sqlite::open(&self.image)?;
        connection.execute_batch("BEGIN IMMEDIATE").map_err(broken)?;
        for (key, edit) in edits {
            self.write(&connection, key, edit)?;
        }
        connection.execute_batch("COMMIT").map_err(broken)?;
        let found = entries(&connection, &self.columns)?;
        let differs = |(key, raw): &(&Key, &Raw)| found.get(*key) != Some(*raw);
        if let Some((key, _)) = wanted.iter().find(differs).or_else(|| found.iter().find(|(key, _)| !wanted.contains_key(*key))) {
            return Err(Refusal::new(format!("expected rows that hold what is asked for, found that \"{key}\" would differ")));
        }
        Ok(sqlite::patch(&self.image, &sqlite::image(connection, &self.image)?))
    }
}

impl LoginsDb {
    fn write(&self, connection: &Connection, key: &Key, edit: &Edit) -> Result<(), Refusal> {
        let no_place = || Refusal::new(format!("expected a login, or a column of one, found \"{key}\""));
        let segments: Vec<String> = key.segments().collect();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let done = match (segments.as_slice(), edit) {
            _ if matches!(edit, Edit::Put(raw) if self.entries.get(key) == Some(raw)) => return Ok(()),
            ([NEXT], Edit::Put(_)) => return Ok(()),
            ([LOGINS, row], Edit::Remove) => {
                connection.execute(&format!("DELETE FROM {TABLE} WHERE id = ?1"), params![id(row).ok_or_else(no_place)?])
            }
            ([LOGINS, row], Edit::CopyOf(from)) => {
                let from: Vec<String> = from.segments().collect();
                let from = match from.as_slice() {
                    [above, row] if above == LOGINS => id(row),
                    _ => None,
                };
                let rest: Vec<String> =
                    self.columns.iter().filter(|column| *column != "id").map(|column| quoted(column)).collect();
                let rest = rest.join(", ");
                let sql = format!("INSERT INTO {TABLE} (id, {rest}) SELECT ?1, {rest} FROM {TABLE} WHERE id = ?2");
                connection.execute(&sql, params![id(row).ok_or_else(no_place)?, from.ok_or_else(no_place)?])
            }
            ([LOGINS, row, column], Edit::Put(_) | Edit::Remove) if self.columns.iter().any(|known| known == column) => {
                let sql = format!("UPDATE {TABLE} SET {} = ?2 WHERE id = ?1", quoted(column));
                connection.execute(&sql, params![id(row).ok_or_else(no_place)?, value(edit).ok_or_else(no_place)?])
            }
            _ => return Err(no_place()),
        };
        done.map(drop).map_err(broken)
    }
}

fn id(row: &str) -> Option<i64> {
    row.strip_prefix(ID)?.parse().ok()
}

fn value(edit: &Edit) -> Option<Value> {
    Some(match edit {
        Edit::Remove => Value::Null,
        Edit::Put(Raw::Text(text)) => Value::Text(text.clone()),
        Edit::Put(Raw::Int(number)) => Value::Integer(*number),
        Edit::Put(Raw::Bytes(bytes)) => Value::Blob(bytes.clone()),
        Edit::Put(Raw::Other { tag: REAL, bytes }) => Value::Real(f64::from_be_bytes(bytes.as_slice().try_into().ok()?)),
        _ => return None,
    })
}
