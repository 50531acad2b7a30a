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

use super::last::Last;
use super::lines;
use crate::document::{Document, Edits, Key, Odd, Raw, Refusal};
use crate::patch::Patch;
pub use branches::Branches;
pub use calls::{Call, calls};
use parse::{LARGEST, Parsed, Statement, parse};

/// Opens a prefs file.
///
/// # Errors
/// That it is larger than 4 GB. What is broken is kept, and told by `odd`.
pub fn open(bytes: &[u8]) -> Result<Box<dyn Document>, Refusal> {
    Ok(Box::new(Prefs::of(bytes)?))
}

/// Opens a prefs file in which one pref lists names that others begin with.
///
/// # Errors
/// As of [`open`].
pub fn open_branches(bytes: &[u8], branches: &'static Branches) -> Result<Box<dyn Document>, Refusal> {
    Ok(Box::new(branches::Branched::of(bytes, branches)?))
}

/// A prefs file, opened.
struct Prefs {
    bytes: Box<[u8]>,
    statements: Vec<Statement>,
    last: Last,
    odd: Vec<Odd>,
}

impl Prefs {
    fn of(bytes: &[u8]) -> Result<Prefs, Refusal> {
        if bytes.len() > LARGEST {
            return Err(Refusal::new(format!("expected at most {LARGEST} bytes, found {}", bytes.len())));
        }
        let bytes: Box<[u8]> = bytes.into();
        let Parsed { statements, odd } = parse(&bytes);
        let last = Last::of(statements.len(), |at| name(&statements, at, &bytes));
        Ok(Prefs { bytes, statements, last, odd })
    }

    /// The statement of a name that counts.
    fn last(&self, wanted: &[u8]) -> Option<&Statement> {
        let at = self.last.find(wanted, |at| name(&self.statements, at, &self.bytes))?;
        self.statements.get(at)
    }

    /// The statements that set a name, in the file's order.
    fn all(&self, name: &[u8]) -> impl Iterator<Item = &Statement> {
        self.statements.iter().filter(move |statement| statement.name(&self.bytes) == name)
    }

    /// The last statement of each name that begins so and has a key, in the file's order, which nearly always is that of the names.
    fn effective(&self, start: &str) -> impl Iterator<Item = (&str, &Statement)> {
        let named = self.statements.iter().enumerate().map(|(at, statement)| (at, statement.name(&self.bytes), statement));
        let wanted = named.filter(move |(_, name, _)| name.starts_with(start.as_bytes()) && !name.is_empty());
        let last = wanted.filter(|(at, ..)| self.last.counts(*at));
        last.filter_map(|(_, name, statement)| Some((std::str::from_utf8(name).ok()?, statement)))
    }
}

/// The name that a statement sets, by its number.
fn name<'a>(statements: &'a [Statement], at: usize, bytes: &'a [u8]) -> &'a [u8] {
    statements.get(at).map(|statement| statement.name(bytes)).unwrap_or_default()
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

    fn visit<'a>(&'a self, see: &mut dyn FnMut(Cow<'a, str>, Raw)) {
        self.effective("").for_each(|(name, statement)| see(Key::escaped(name), statement.raw(&self.bytes)));
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
        self.last(name.as_bytes())
            .and_then(|statement| lines::numbers(&self.bytes, [statement.span.range().start]).pop())
            .unwrap_or(0)
    }

    fn odd(&self) -> &[Odd] {
        &self.odd
    }
}
