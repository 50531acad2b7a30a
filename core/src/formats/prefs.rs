//! Mozilla's `prefs.js` and `user.js`: `user_pref("name", value);` statements over bytes, read as the client reads them.
//! A key is a pref's name as one segment; names that are empty or not UTF-8 have no key. Of duplicates the last one wins.
//! A byte order mark is a broken token to the client, so it is one here. Knows no pref by name.

mod branches;
#[cfg(test)]
mod branches_tests;
mod calls;
mod parse;
mod render;
#[cfg(test)]
mod tests;
mod token;
mod usual;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::lines;
use crate::document::{Document, Edits, Key, Odd, Raw, Refusal};
use crate::patch::Patch;
pub use branches::Branches;
pub use calls::{Call, calls};
use parse::{Parsed, Statement, parse};

/// Opens a prefs file.
///
/// # Errors
/// None: what is broken is kept, and told by `odd`.
pub fn open(bytes: &[u8]) -> Result<Box<dyn Document>, Refusal> {
    Ok(Box::new(Prefs::of(bytes)))
}

/// Opens a prefs file in which one pref lists names that others begin with.
///
/// # Errors
/// None, as of [`open`].
pub fn open_branches(bytes: &[u8], branches: &'static Branches) -> Result<Box<dyn Document>, Refusal> {
    Ok(Box::new(branches::Branched::of(bytes, branches)))
}

/// A prefs file, opened.
struct Prefs {
    bytes: Box<[u8]>,
    statements: Vec<Statement>,
    /// The last statement of each name: what is asked for most.
    last: HashTable<usize>,
    hasher: DefaultHashBuilder,
    /// The statements that set what a later one sets again, in order; nearly always none.
    shadowed: Vec<usize>,
    odd: Vec<Odd>,
}

impl Prefs {
    fn of(bytes: &[u8]) -> Prefs {
        let bytes: Box<[u8]> = bytes.into();
        let Parsed { statements, odd } = parse(&bytes);
        let hasher = DefaultHashBuilder::default();
        let (mut last, mut shadowed) = (HashTable::with_capacity(statements.len()), Vec::new());
        let named = |at: usize| statements.get(at).map(|statement| statement.name(&bytes)).unwrap_or_default();
        for at in 0..statements.len() {
            let name = named(at);
            let known = last.entry(hasher.hash_one(name), |at| named(*at) == name, |at| hasher.hash_one(named(*at)));
            known.and_modify(|known| shadowed.push(std::mem::replace(known, at))).or_insert(at);
        }
        shadowed.sort_unstable();
        Prefs { bytes, statements, last, hasher, shadowed, odd }
    }

    fn named(&self, at: usize) -> &[u8] {
        self.statements.get(at).map(|statement| statement.name(&self.bytes)).unwrap_or_default()
    }

    /// The statement of a name that counts.
    fn last(&self, name: &[u8]) -> Option<&Statement> {
        let at = self.last.find(self.hasher.hash_one(name), |at| self.named(*at) == name)?;
        self.statements.get(*at)
    }

    /// The statements that set a name, in the file's order.
    fn all(&self, name: &[u8]) -> impl Iterator<Item = &Statement> {
        self.statements.iter().filter(move |statement| statement.name(&self.bytes) == name)
    }

    /// The last statement of each name that begins so and has a key, in the file's order, which nearly always is that of the names.
    fn effective(&self, start: &str) -> impl Iterator<Item = (&str, &Statement)> {
        let named = self.statements.iter().enumerate().map(|(at, statement)| (at, statement.name(&self.bytes), statement));
        let wanted = named.filter(move |(_, name, _)| name.starts_with(start.as_bytes()) && !name.is_empty());
        let last = wanted.filter(|(at, ..)| self.shadowed.binary_search(at).is_err());
        last.filter_map(|(_, name, statement)| Some((std::str::from_utf8(name).ok()?, statement)))
    }
}

/// The pref name of a key, if it can be one: a single segment, canonically escaped, not empty.
fn name_of(key: &Key) -> Option<Cow<'_, str>> {
    if key.is_plain() {
        return Some(key.as_str()).filter(|name| !name.is_empty()).map(Cow::Borrowed);
    }
    let mut segments = key.segments();
    let name = segments.next().filter(|name| !name.is_empty())?;
    (segments.next().is_none() && Key::of([name.as_str()]) == *key).then_some(Cow::Owned(name))
}

impl Document for Prefs {
    fn get(&self, key: &Key) -> Option<Raw> {
        let name = name_of(key)?;
        self.last(name.as_bytes()).map(|statement| statement.raw(&self.bytes))
    }

    fn entries(&self) -> BTreeMap<Key, Raw> {
        self.effective("").map(|(name, statement)| (Key::of([name]), statement.raw(&self.bytes))).collect()
    }

    /// Names have no segments: `under` is the start of the key, such as `mail.server.`.
    fn keys(&self, under: &str) -> Vec<Key> {
        // A name is spelled as its key up to the first letter that is escaped.
        let start = under.split(['~', '/']).next().unwrap_or_default();
        let keys = self.effective(start).map(|(name, _)| Key::of([name])).filter(|key| key.as_str().starts_with(under));
        let mut keys: Vec<Key> = keys.collect();
        keys.sort();
        keys
    }

    fn render(&self, edits: &Edits) -> Result<Patch, Refusal> {
        render::render(self, edits)
    }

    fn line(&self, key: &Key) -> usize {
        let name = name_of(key).unwrap_or_default();
        self.last(name.as_bytes()).and_then(|statement| lines::numbers(&self.bytes, [statement.span.start]).pop()).unwrap_or(0)
    }

    fn odd(&self) -> &[Odd] {
        &self.odd
    }
}
