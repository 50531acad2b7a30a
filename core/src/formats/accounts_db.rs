//! The Accounts database of Mac OS (`Accounts3.sqlite`, `Accounts4.sqlite`): a Core Data store of accounts, each with
//! columns, properties and settings of its data classes. Keys are named after the tables: `ZACCOUNT/ID/ZUSERNAME`,
//! `ZACCOUNTPROPERTY/ID/Hostname`, `ZDATACLASSPROPERTIES/ID/com.apple.Dataclass.Mail/NumberOfDaysToKeepJunk`, with an account's
//! `ZIDENTIFIER` for ID. Archived values read as what they hold. Core Data's own counters have no key; every other table is
//! one value, its hash. Knows no client.

mod read;
mod rest;
#[cfg(test)]
mod tests;
mod write;

use std::collections::BTreeMap;

use super::{keys_under, sqlite};
use crate::document::{Document, Edit, Edits, Key, Odd, Raw, Refusal};
use crate::patch::Patch;

/// The tag of an archive that holds more than a single value, and of what is no archive: its bytes.
pub const ARCHIVE: u32 = 30;

const ACCOUNT: &str = "ZACCOUNT";
const PROPERTY: &str = "ZACCOUNTPROPERTY";
const DATA_CLASSES: &str = "ZDATACLASSPROPERTIES";

/// Opens an Accounts database.
///
/// # Errors
/// What is no whole database; a table, a column or an entity that is missing, by its name.
pub fn open(image: &[u8]) -> Result<Box<dyn Document>, Refusal> {
    let connection = sqlite::open(image)?;
    let mut model = read::model(&connection)?;
    model.entries.extend(rest::digests(&connection)?);
    Ok(Box::new(AccountsDb { image: image.into(), model }))
}

/// An Accounts database, opened.
struct AccountsDb {
    image: Box<[u8]>,
    model: read::Model,
}

impl Document for AccountsDb {
    fn get(&self, key: &Key) -> Option<Raw> {
        self.model.entries.get(key).cloned()
    }

    fn entries(&self) -> BTreeMap<Key, Raw> {
        self.model.entries.clone()
    }

    fn keys(&self, under: &str) -> Vec<Key> {
        keys_under(&self.model.entries, under)
    }

    fn render(&self, edits: &Edits) -> Result<Patch, Refusal> {
        let stands = |(key, edit): &(&Key, &Edit)| match (edit, self.model.entries.get(*key)) {
            (Edit::Put(raw), Some(there)) => raw == there,
            (Edit::Remove, None) => self.keys(key.as_str()).is_empty(),
            _ => false,
        };
        let edits: Vec<(&Key, &Edit)> = edits.iter().filter(|edit| !stands(edit)).collect();
        if edits.is_empty() {
            return Ok(Patch::default());
        }
        let connection = sqlite::open(&self.image)?;
        write::write(&connection, &self.model, &edits)?;
        let after = sqlite::image(connection, &self.image)?;
        Ok(sqlite::patch(&self.image, &after))
    }

    fn odd(&self) -> &[Odd] {
        &self.model.odd
    }
}
