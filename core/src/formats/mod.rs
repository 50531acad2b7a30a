//! Formats: bytes to spans to patch. A format knows no client, no path, and does no I/O.

pub mod accounts_db;
mod fields;
pub mod filters;
pub mod hive;
pub mod ini;
pub mod json;
pub mod keyed_archive;
mod last;
#[cfg(test)]
mod law;
mod lines;
pub mod logins_db;
pub mod msmtp;
pub mod nsreg;
pub mod plist;
pub mod popstate;
pub mod prefs;
pub mod reg;
pub mod registry;
pub mod signons;
pub mod sqlite;
pub mod srs;
pub mod uidls;
pub mod virtual_folders;

use std::collections::BTreeMap;

use crate::document::{Key, Raw};

/// The looking up of a document that keeps all keys and raws in a map.
macro_rules! looked_up {
    ($entries:tt) => {
        fn get(&self, key: &crate::document::Key) -> Option<crate::document::Raw> {
            self.$entries.get(key).cloned()
        }

        fn entries(&self) -> std::collections::BTreeMap<crate::document::Key, crate::document::Raw> {
            self.$entries.clone()
        }

        fn visit<'a>(&'a self, see: &mut dyn FnMut(std::borrow::Cow<'a, str>, crate::document::Raw)) {
            self.$entries.iter().for_each(|(key, raw)| see(key.as_str().into(), raw.clone()));
        }

        fn keys(&self, under: &str) -> Vec<crate::document::Key> {
            crate::formats::keys_under(&self.$entries, under)
        }
    };
}
pub(crate) use looked_up;

/// The keys of a map at or below this one, which may end in a slash.
pub(crate) fn keys_under(entries: &BTreeMap<Key, Raw>, under: &str) -> Vec<Key> {
    let above = Key::raw(under.strip_suffix('/').unwrap_or(under));
    let keys = entries.range::<Key, _>(&above..).map(|(key, _)| key).take_while(|key| key.as_str().starts_with(above.as_str()));
    keys.filter(|key| key.is_under(&above)).cloned().collect()
}
