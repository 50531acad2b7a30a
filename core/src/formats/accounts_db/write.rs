//! Edits as statements, in one transaction: the row changes, its version goes up by one, and Core Data's counter of rows
//! knows of new ones.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, params};

use super::read::{Model, Pk};
use super::{ACCOUNT, ARCHIVE, DATA_CLASSES, PROPERTY};
use crate::document::{Edit, Key, Raw, Refusal};
use crate::formats::keyed_archive;
use crate::formats::sqlite::broken;

/// The columns of an account that may change.
const COLUMNS: &[&str] = &["ZUSERNAME", "ZACCOUNTDESCRIPTION"];

/// Makes exactly these edits.
pub(super) fn write(connection: &Connection, model: &Model, edits: &[(&Key, &Edit)]) -> Result<(), Refusal> {
    let writer = Writer { connection, model };
    connection.execute_batch("BEGIN IMMEDIATE").map_err(broken)?;
    let mut archives = BTreeMap::new();
    for (key, edit) in edits {
        let segments: Vec<String> = key.segments().collect();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        match segments.as_slice() {
            [ACCOUNT, id, column] if COLUMNS.contains(column) => writer.column(id, column, key, edit)?,
            [PROPERTY, id, name] if !name.is_empty() => writer.property(id, name, key, edit)?,
            [DATA_CLASSES, id, below @ ..] if !below.is_empty() => {
                let archive = match archives.get(*id) {
                    Some(archive) => archive,
                    None => model.archives.get(*id).ok_or_else(|| no_place(key))?,
                };
                let archive = keyed_archive::edited(archive, &Key::of(below.iter().copied()), edit)?;
                archives.insert((*id).to_owned(), archive);
            }
            _ => return Err(no_place(key)),
        }
    }
    for (id, archive) in archives {
        let sql = "UPDATE ZACCOUNT SET ZDATACLASSPROPERTIES = ?2, Z_OPT = coalesce(Z_OPT, 0) + 1 WHERE Z_PK = ?1";
        writer.one(sql, params![writer.account(&id, &Key::of([DATA_CLASSES, &id]))?, archive])?;
    }
    connection.execute_batch("COMMIT").map_err(broken)
}

fn no_place(key: &Key) -> Refusal {
    Refusal::new(format!("expected a user name, a property or a data class's setting of an account, found \"{key}\""))
}

struct Writer<'a> {
    connection: &'a Connection,
    model: &'a Model,
}

impl Writer<'_> {
    fn account(&self, id: &str, key: &Key) -> Result<Pk, Refusal> {
        self.model.accounts.get(id).copied().ok_or_else(|| no_place(key))
    }

    /// A statement that has to change one row.
    fn one(&self, sql: &str, values: &[&dyn rusqlite::ToSql]) -> Result<(), Refusal> {
        match self.connection.execute(sql, values).map_err(broken)? {
            1 => Ok(()),
            count => Err(Refusal::new(format!("expected one row to change, found {count}"))),
        }
    }

    fn column(&self, id: &str, column: &str, key: &Key, edit: &Edit) -> Result<(), Refusal> {
        let value = match edit {
            Edit::Put(Raw::Text(text)) => Some(text),
            Edit::Remove => None,
            _ => return Err(Refusal::new(format!("expected text for \"{key}\", found something else"))),
        };
        let sql = format!("UPDATE ZACCOUNT SET {column} = ?2, Z_OPT = coalesce(Z_OPT, 0) + 1 WHERE Z_PK = ?1");
        self.one(&sql, params![self.account(id, key)?, value])
    }

    fn property(&self, id: &str, name: &str, key: &Key, edit: &Edit) -> Result<(), Refusal> {
        // Where there are several rows of one name, all of them get the value.
        let there = self.model.properties.get(key).map(Vec::as_slice).unwrap_or_default();
        let archive = match edit {
            Edit::Put(Raw::Other { tag: ARCHIVE, .. }) if there.len() > 1 => return Err(no_place(key)),
            Edit::Put(Raw::Other { tag: ARCHIVE, bytes }) => bytes.clone(),
            Edit::Put(raw) => keyed_archive::of(raw)?,
            Edit::Remove => {
                return there.iter().try_for_each(|pk| self.one("DELETE FROM ZACCOUNTPROPERTY WHERE Z_PK = ?1", params![pk]));
            }
            Edit::CopyOf(_) => return Err(no_place(key)),
        };
        if !there.is_empty() {
            let sql = "UPDATE ZACCOUNTPROPERTY SET ZVALUE = ?2, Z_OPT = coalesce(Z_OPT, 0) + 1 WHERE Z_PK = ?1";
            return there.iter().try_for_each(|pk| self.one(sql, params![pk, archive]));
        }
        let (entity, pk) = self.next("AccountProperty", PROPERTY)?;
        let sql = "INSERT INTO ZACCOUNTPROPERTY (Z_PK, Z_ENT, Z_OPT, ZOWNER, ZKEY, ZVALUE) VALUES (?1, ?2, 1, ?3, ?4, ?5)";
        self.one(sql, params![pk, entity, self.account(id, key)?, name, archive])
    }

    /// An entity's number and its next row's, which is taken then.
    fn next(&self, entity: &str, table: &str) -> Result<(i64, Pk), Refusal> {
        let own = "SELECT Z_ENT FROM Z_PRIMARYKEY WHERE Z_NAME = ?1";
        let number: i64 = self.connection.query_row(own, [entity], |row| row.get(0)).map_err(broken)?;
        // Rows are counted by the topmost of the entities that share a table.
        let above = "SELECT Z_SUPER FROM Z_PRIMARYKEY WHERE Z_ENT = ?1 AND typeof(Z_SUPER) = 'integer' AND Z_SUPER <> 0";
        let mut top = number;
        for _ in 0..16 {
            match self.connection.query_row(above, [top], |row| row.get(0)).optional().map_err(broken)? {
                Some(next) => top = next,
                None => break,
            }
        }
        let last = format!(
            "SELECT max(coalesce((SELECT Z_MAX FROM Z_PRIMARYKEY WHERE Z_ENT = ?1), 0), coalesce((SELECT max(Z_PK) FROM {table}), 0))"
        );
        let last: Pk = self.connection.query_row(&last, [top], |row| row.get(0)).map_err(broken)?;
        let next =
            last.checked_add(1).ok_or_else(|| Refusal::new(format!("expected room for another row of {table}, found none")))?;
        self.one("UPDATE Z_PRIMARYKEY SET Z_MAX = ?2 WHERE Z_ENT = ?1", params![top, next])?;
        Ok((number, next))
    }
}
