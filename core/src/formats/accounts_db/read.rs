//! The rows as keys. What a row is known by when it is written is kept beside them.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};

use super::{ACCOUNT, ARCHIVE, DATA_CLASSES, PROPERTY};
use crate::document::{Key, Odd, Raw, Refusal};
use crate::formats::keyed_archive;
use crate::formats::sqlite::{broken, raw};

/// The tables and columns that are used. A database without one of them is another one.
const USED: &[(&str, &[&str])] = &[
    (
        ACCOUNT,
        &[
            "Z_PK",
            "Z_ENT",
            "Z_OPT",
            "ZACCOUNTTYPE",
            "ZPARENTACCOUNT",
            "ZACCOUNTDESCRIPTION",
            "ZIDENTIFIER",
            "ZUSERNAME",
            DATA_CLASSES,
        ],
    ),
    (PROPERTY, &["Z_PK", "Z_ENT", "Z_OPT", "ZOWNER", "ZKEY", "ZVALUE"]),
    ("ZACCOUNTTYPE", &["Z_PK", "ZIDENTIFIER"]),
    ("Z_PRIMARYKEY", &["Z_ENT", "Z_NAME", "Z_SUPER", "Z_MAX"]),
];

/// The entities that are used, by name: their numbers differ between releases.
const ENTITIES: &[&str] = &["Account", "AccountProperty"];

/// A row's number.
pub(super) type Pk = i64;

/// What the database holds.
#[derive(Default)]
pub(super) struct Model {
    pub(super) entries: BTreeMap<Key, Raw>,
    /// The accounts' rows by their ids.
    pub(super) accounts: BTreeMap<String, Pk>,
    /// The properties' rows by their keys: some editors add a row without looking whether there is one.
    pub(super) properties: BTreeMap<Key, Vec<Pk>>,
    /// The archives of data classes by the accounts' ids.
    pub(super) archives: BTreeMap<String, Vec<u8>>,
    pub(super) odd: Vec<Odd>,
}

/// Reads all accounts.
pub(super) fn model(connection: &Connection) -> Result<Model, Refusal> {
    is_known(connection)?;
    let mut model = Model::default();
    let types: BTreeMap<Pk, String> = pairs(connection, "SELECT Z_PK, ZIDENTIFIER FROM ZACCOUNTTYPE").map_err(broken)?;
    let ids = ids(pairs(connection, "SELECT Z_PK, ZIDENTIFIER FROM ZACCOUNT").map_err(broken)?);
    model.accounts(connection, &ids, &types).map_err(broken)?;
    model.properties(connection, &ids).map_err(broken)?;
    Ok(model)
}

fn is_known(connection: &Connection) -> Result<(), Refusal> {
    let fault = |what: String| Err(Refusal::new(format!("expected the Accounts database, found one without {what}")));
    for (table, columns) in USED {
        let sql = "SELECT name FROM pragma_table_info(?1) WHERE EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1)";
        let mut statement = connection.prepare(sql).map_err(broken)?;
        let names = statement.query_map([table], |row| row.get::<_, String>(0)).map_err(broken)?;
        let names: BTreeSet<String> = names.collect::<rusqlite::Result<_>>().map_err(broken)?;
        if names.is_empty() {
            return fault(format!("the table {table}"));
        }
        if let Some(missing) = columns.iter().find(|column| !names.contains(**column)) {
            return fault(format!("the column {missing} of {table}"));
        }
    }
    for entity in ENTITIES {
        let sql = "SELECT count(*) FROM Z_PRIMARYKEY WHERE Z_NAME = ?1 AND typeof(Z_ENT) = 'integer'";
        let count: i64 = connection.query_row(sql, [entity], |row| row.get(0)).map_err(broken)?;
        if count != 1 {
            return fault(format!("one entity {entity} in Z_PRIMARYKEY"));
        }
    }
    Ok(())
}

fn pairs(connection: &Connection, sql: &str) -> rusqlite::Result<BTreeMap<Pk, String>> {
    let mut found = BTreeMap::new();
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let text = row.get_ref(1)?.as_str_or_null().ok().flatten().unwrap_or_default();
        found.insert(row.get(0)?, text.to_owned());
    }
    Ok(found)
}

/// The accounts' ids: their identifiers; the row's number where there is none, or another row has the same.
fn ids(identifiers: BTreeMap<Pk, String>) -> BTreeMap<Pk, String> {
    let mut taken = BTreeSet::new();
    let id = |(pk, text): (Pk, String)| {
        let own = !text.is_empty() && taken.insert(text.clone());
        (pk, if own { text } else { format!("Z_PK={pk}") })
    };
    identifiers.into_iter().map(id).collect()
}

impl Model {
    fn accounts(
        &mut self,
        connection: &Connection,
        ids: &BTreeMap<Pk, String>,
        types: &BTreeMap<Pk, String>,
    ) -> rusqlite::Result<()> {
        let mut statement = connection.prepare("SELECT * FROM ZACCOUNT ORDER BY Z_PK")?;
        let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let pk: Pk = row.get("Z_PK")?;
            let Some(id) = ids.get(&pk) else { continue };
            self.accounts.insert(id.clone(), pk);
            for (at, column) in columns.iter().enumerate() {
                self.column(id, column, row.get_ref(at)?, ids, types);
            }
        }
        Ok(())
    }

    fn column(&mut self, id: &str, column: &str, value: ValueRef<'_>, ids: &BTreeMap<Pk, String>, types: &BTreeMap<Pk, String>) {
        let Some(raw) = raw(value) else { return };
        // What a number refers to is said in words that other databases understand too.
        let named = |names: &BTreeMap<Pk, String>| match &raw {
            Raw::Int(pk) => names.get(pk).cloned().map(Raw::Text),
            _ => None,
        };
        let raw = match column {
            "Z_PK" | "Z_ENT" | "Z_OPT" => return,
            "ZACCOUNTTYPE" => named(types).unwrap_or(raw),
            "ZPARENTACCOUNT" => named(ids).unwrap_or(raw),
            DATA_CLASSES => return self.data_classes(id, raw),
            _ => raw,
        };
        self.entries.insert(Key::of([ACCOUNT, id, column]), raw);
    }

    fn data_classes(&mut self, id: &str, raw: Raw) {
        let key = Key::of([DATA_CLASSES, id]);
        let Raw::Bytes(bytes) = raw else { return drop(self.entries.insert(key, raw)) };
        match keyed_archive::read(&bytes).filter(|found| !found.contains_key("")) {
            Some(found) => {
                self.entries.extend(found.into_iter().map(|(below, raw)| (Key::raw(format!("{key}/{below}")), raw)));
                self.archives.insert(id.to_owned(), bytes);
            }
            None => drop(self.entries.insert(key, Raw::Other { tag: ARCHIVE, bytes })),
        }
    }

    fn properties(&mut self, connection: &Connection, ids: &BTreeMap<Pk, String>) -> rusqlite::Result<()> {
        let mut statement = connection.prepare("SELECT Z_PK, ZOWNER, ZKEY, ZVALUE FROM ZACCOUNTPROPERTY ORDER BY Z_PK")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let Some((owner, name)) = owner_and_name(row)?.and_then(|(owner, name)| Some((ids.get(&owner)?, name))) else {
                continue;
            };
            let key = Key::of([PROPERTY, owner, &name]);
            self.properties.entry(key.clone()).or_default().push(row.get(0)?);
            let raw = archived(row.get_ref(3)?);
            let raw = match self.entries.remove(&key).filter(|known| *known != raw) {
                Some(known) => self.either(&key, &name, known, raw),
                None => raw,
            };
            self.entries.insert(key, raw);
        }
        Ok(())
    }

    /// Of two rows for one property either may count, so that its value can't be told where they differ.
    fn either(&mut self, key: &Key, name: &str, one: Raw, other: Raw) -> Raw {
        let message = format!("expected each property once, found two that differ named {name}");
        self.odd.push(Odd { line: 0, message, hides: Some(key.clone()) });
        let bytes = [one, other].into_iter().flat_map(|raw| match raw {
            Raw::Other { tag: ARCHIVE, bytes } => bytes,
            raw => keyed_archive::of(&raw).unwrap_or_else(|_| raw.to_string().into_bytes()),
        });
        Raw::Other { tag: ARCHIVE, bytes: bytes.collect() }
    }
}

/// Whose property a row is, and its name, if it has both.
fn owner_and_name(row: &Row<'_>) -> rusqlite::Result<Option<(Pk, String)>> {
    let owner = row.get_ref(1)?.as_i64_or_null().ok().flatten();
    let name = row.get_ref(2)?.as_str_or_null().ok().flatten().filter(|name| !name.is_empty());
    Ok(owner.zip(name.map(str::to_owned)))
}

/// What an archived value holds, if it is a single one; else the archive.
fn archived(value: ValueRef<'_>) -> Raw {
    match raw(value) {
        Some(Raw::Bytes(bytes)) => {
            let single = keyed_archive::read(&bytes).and_then(|mut found| found.remove(&Key::raw("")));
            single
                .filter(|raw| !matches!(raw, Raw::Other { tag: keyed_archive::CLASS, .. }))
                .unwrap_or(Raw::Other { tag: ARCHIVE, bytes })
        }
        // Not archived: no value that Mail would take.
        Some(raw) => Raw::Other { tag: ARCHIVE, bytes: raw.to_string().into_bytes() },
        None => Raw::Other { tag: ARCHIVE, bytes: Vec::new() },
    }
}
