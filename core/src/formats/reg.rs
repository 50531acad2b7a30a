//! Registry text (`.reg`, versions 4 and 5) in the key space of `hive`: the path below HKEY_CURRENT_USER and `@name`, or below
//! the key of a user in HKEY_USERS, where all of the text is about that one. A key of another root starts with a segment that no
//! name can be, `\HKEY_LOCAL_MACHINE`. What counts is what an import into
//! an empty registry leaves: of several lines the last, and nothing of what a later line deletes. Knows no client.

mod charset;
mod make;
mod parse;
mod render;
#[cfg(test)]
mod tests;
mod write;

use std::collections::BTreeMap;

use encoding_rs::{Encoding, WINDOWS_1252};

use super::hive::names::{self, Spot, spot};
use super::keys_under;
use crate::document::{Document, Edits, Key, Odd, Raw, Refusal};
use crate::patch::Patch;
use charset::Charset;
pub use make::{bytes, make};
use parse::{Parsed, Statement};

/// Opens registry text whose bytes are not Unicode as of the Western European code page.
///
/// # Errors
/// What does not start with the line of either version.
pub fn open(bytes: &[u8]) -> Result<Box<dyn Document>, Refusal> {
    open_ansi(bytes, WINDOWS_1252)
}

/// Opens registry text, with the code page of the Windows that wrote it, for version 4 and for text without a mark.
///
/// # Errors
/// As `open`.
pub fn open_ansi(bytes: &[u8], ansi: &'static Encoding) -> Result<Box<dyn Document>, Refusal> {
    Ok(Box::new(Reg::open(bytes, ansi)?))
}

/// Registry text, opened.
struct Reg {
    bytes: Box<[u8]>,
    charset: Charset,
    /// Where the part of the registry is that keys are paths in, if it isn't the current user's.
    user: Vec<String>,
    statements: Vec<Statement>,
    /// What is left in the end, by the key in capitals.
    values: BTreeMap<String, (Key, usize)>,
    /// How keys are spelled, by their path in capitals: as they stand first.
    spellings: BTreeMap<String, String>,
    entries: BTreeMap<Key, Raw>,
    odd: Vec<Odd>,
}

impl Reg {
    fn open(bytes: &[u8], ansi: &'static Encoding) -> Result<Reg, Refusal> {
        let Parsed { charset, user, statements, odd } = parse::parse(bytes, ansi)?;
        let mut reg = Reg {
            bytes: bytes.into(),
            charset,
            user,
            statements,
            values: BTreeMap::new(),
            spellings: BTreeMap::new(),
            entries: BTreeMap::new(),
            odd,
        };
        reg.settle();
        Ok(reg)
    }

    /// Works out what the statements leave.
    fn settle(&mut self) {
        for (at, statement) in self.statements.iter().enumerate() {
            let folded = names::fold(Spot::Key(statement.path.clone()).key().as_str());
            match &statement.says {
                parse::Says::Key { gone: true } => {
                    let below = Key::raw(folded);
                    self.values.retain(|known, _| !Key::raw(known.as_str()).is_under(&below));
                }
                parse::Says::Key { gone: false } => {
                    let mut path = Vec::new();
                    for name in &statement.path {
                        path.push(name.clone());
                        let folded = names::fold(Spot::Key(path.clone()).key().as_str());
                        self.spellings.entry(folded).or_insert_with(|| name.clone());
                    }
                }
                parse::Says::Value { name, raw, .. } => {
                    let key = Spot::Value(statement.path.clone(), name.clone()).key();
                    let folded = names::fold(key.as_str());
                    match raw {
                        None => drop(self.values.remove(&folded)),
                        Some(_) => drop(self.values.insert(folded, (key, at))),
                    }
                }
            }
        }
        let raw = |at: usize| match self.statements.get(at).map(|statement| &statement.says) {
            Some(parse::Says::Value { raw, .. }) => raw.clone(),
            _ => None,
        };
        let found = self.values.values().filter_map(|(key, at)| Some((self.canonical(key), raw(*at)?)));
        let found: BTreeMap<Key, Raw> = found.collect();
        self.entries = found;
    }
}

impl Document for Reg {
    fn get(&self, key: &Key) -> Option<Raw> {
        self.entries.get(&self.canonical(key)).cloned()
    }

    fn entries(&self) -> BTreeMap<Key, Raw> {
        self.entries.clone()
    }

    fn keys(&self, under: &str) -> Vec<Key> {
        let under = Key::raw(under.strip_suffix('/').unwrap_or(under));
        keys_under(&self.entries, self.canonical(&under).as_str())
    }

    fn canonical(&self, key: &Key) -> Key {
        let Some(spot) = spot(key) else { return key.clone() };
        let mut path: Vec<String> = Vec::new();
        for name in spot.path() {
            path.push(name.clone());
            let folded = names::fold(Spot::Key(path.clone()).key().as_str());
            if let (Some(known), Some(last)) = (self.spellings.get(&folded), path.last_mut()) {
                last.clone_from(known);
            }
        }
        match spot {
            Spot::Key(_) => Spot::Key(path).key(),
            Spot::Value(_, name) => {
                let asked = Spot::Value(path.clone(), name).key();
                let known = self.values.get(&names::fold(asked.as_str())).map(|(known, _)| known.clone());
                match known.and_then(|known| names::spot(&known)) {
                    Some(Spot::Value(_, name)) => Spot::Value(path, name).key(),
                    _ => asked,
                }
            }
        }
    }

    fn render(&self, edits: &Edits) -> Result<Patch, Refusal> {
        render::render(self, edits)
    }

    fn odd(&self) -> &[Odd] {
        &self.odd
    }
}
