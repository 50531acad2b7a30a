//! Registry text (`.reg`, versions 4 and 5) in the key space of `hive`: the path below HKEY_CURRENT_USER and `@name`, or below
//! the key of a user's part in HKEY_USERS or HKEY_LOCAL_MACHINE, where all of the text is about that one. A key of another root
//! starts with a segment that no name can be, `\HKEY_LOCAL_MACHINE`. What counts is what an import into an empty registry
//! leaves: of several lines the last, and nothing of what a later line deletes. Knows no client.

mod charset;
mod make;
mod parse;
mod render;
#[cfg(test)]
mod tests;
mod write;

use std::collections::BTreeMap;

use encoding_rs::{BIG5, EUC_KR, Encoding, GBK, SHIFT_JIS, WINDOWS_1252};

use super::hive::names::{self, Spot, spot};
use super::keys_under;
use crate::document::{Document, Edits, Key, Odd, Raw, Refusal};
use crate::patch::Patch;
use charset::Charset;
pub use make::{bytes, make};
use parse::{Parsed, Says, Statement};

/// The code pages in which a byte of a character can look like a backslash or a quote.
const OF_TWO_BYTES: [&Encoding; 4] = [SHIFT_JIS, GBK, BIG5, EUC_KR];

/// Opens registry text. Text that is not Unicode doesn't say of which code page it is: it is taken for the Western European one, unless
/// only another one makes sense of every line.
///
/// # Errors
/// What does not start with the line of either version.
pub fn open(bytes: &[u8]) -> Result<Box<dyn Document>, Refusal> {
    let western = Reg::open(bytes, WINDOWS_1252)?;
    if western.odd.is_empty() || !matches!(western.charset, Charset::Ansi(_)) {
        return Ok(Box::new(western));
    }
    let others = OF_TWO_BYTES.iter().filter_map(|ansi| Reg::open(bytes, ansi).ok());
    let whole = others.into_iter().find(|other| other.odd.is_empty());
    Ok(Box::new(whole.unwrap_or(western)))
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
        let mut section = String::new();
        for (at, statement) in self.statements.iter().enumerate() {
            match &statement.says {
                Says::Key { gone: true } => {
                    let below = Key::raw(statement.folded.as_str());
                    self.values.retain(|known, _| !Key::raw(known.as_str()).is_under(&below));
                }
                Says::Key { gone: false } => {
                    let mut folded = String::new();
                    section.clear();
                    for name in &*statement.path {
                        names::push_subkey(&names::fold(name), &mut folded);
                        let spelled = self.spellings.entry(folded.clone()).or_insert_with(|| name.clone());
                        names::push_subkey(spelled, &mut section);
                    }
                }
                Says::Value { raw: None, .. } => drop(self.values.remove(&statement.folded)),
                Says::Value { name, .. } => {
                    let mut key = section.clone();
                    names::push_value(name, &mut key);
                    self.values.insert(statement.folded.clone(), (Key::raw(key), at));
                }
            }
        }
        let raw = |at: usize| match self.statements.get(at).map(|statement| &statement.says) {
            Some(Says::Value { raw, .. }) => raw.clone(),
            _ => None,
        };
        self.entries = self.values.values().filter_map(|(key, at)| Some((key.clone(), raw(*at)?))).collect();
    }
}

impl Document for Reg {
    fn get(&self, key: &Key) -> Option<Raw> {
        self.entries.get(key).or_else(|| self.entries.get(&self.canonical(key))).cloned()
    }

    fn entries(&self) -> BTreeMap<Key, Raw> {
        self.entries.clone()
    }

    fn keys(&self, under: &str) -> Vec<Key> {
        let under = Key::raw(under.strip_suffix('/').unwrap_or(under));
        keys_under(&self.entries, self.canonical(&under).as_str())
    }

    fn canonical(&self, key: &Key) -> Key {
        let Some(spot) = spot(key).filter(|_| !self.entries.contains_key(key)) else { return key.clone() };
        let (mut folded, mut spelled) = (String::new(), String::new());
        for name in spot.path() {
            names::push_subkey(&names::fold(name), &mut folded);
            names::push_subkey(self.spellings.get(&folded).unwrap_or(name), &mut spelled);
        }
        if let Spot::Value(_, name) = &spot {
            names::push_value(&names::fold(name), &mut folded);
            if let Some((known, _)) = self.values.get(&folded) {
                return known.clone();
            }
            names::push_value(name, &mut spelled);
        }
        Key::raw(spelled)
    }

    fn render(&self, edits: &Edits) -> Result<Patch, Refusal> {
        render::render(self, edits)
    }

    fn odd(&self) -> &[Odd] {
        &self.odd
    }
}
