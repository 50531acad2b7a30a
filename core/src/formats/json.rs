//! JSON as spans: a value, a member or an element changes, and no other byte. Object members are segments by name, array
//! elements by an identity member where one is named (`logins/id=1/hostname`; of equal ids the second is `id=1#2`), else
//! by index. Empty objects and arrays are values, members with an empty name have no key, of duplicate members the last
//! one counts. Knows no file by name but Mozilla's `logins.json`, whose identity member it names.

mod parse;
mod render;
#[cfg(test)]
mod tests;
mod tree;

use std::collections::BTreeMap;

use crate::document::{Document, Edits, Key, Raw, Refusal};
use crate::patch::Patch;
use parse::{Tree, parse};
use tree::Node;

/// The tag of a number that is not an integer of 64 bits.
pub const NUMBER: u32 = 1;
/// The tag of `null`.
pub const NULL: u32 = 2;
/// The tag of an object in which no member has a key.
pub const OBJECT: u32 = 3;
/// The tag of an empty array.
pub const ARRAY: u32 = 4;
/// The tag of a string that is not Unicode: half a surrogate pair, or bytes that are not UTF-8.
pub const STRING: u32 = 5;

/// The arrays whose elements go by an identity: the array's key, and the name of the identity member.
pub type Ids = &'static [(&'static str, &'static str)];

/// Opens JSON whose top is an object or an array; a byte order mark is kept.
///
/// # Errors
/// What is not JSON, with its line; more than 128 levels.
pub fn open_with(bytes: &[u8], ids: Ids) -> Result<Box<dyn Document>, Refusal> {
    Ok(Box::new(Json::open(bytes, ids)?))
}

/// Opens JSON without identities.
///
/// # Errors
/// As `open_with`.
pub fn open(bytes: &[u8]) -> Result<Box<dyn Document>, Refusal> {
    open_with(bytes, &[])
}

/// Opens Mozilla's `logins.json`.
///
/// # Errors
/// As `open_with`.
pub fn open_logins(bytes: &[u8]) -> Result<Box<dyn Document>, Refusal> {
    open_with(bytes, &[("logins", "id")])
}

/// JSON, opened.
struct Json {
    bytes: Box<[u8]>,
    ids: Ids,
    root: Node,
    entries: BTreeMap<Key, Raw>,
}

impl Json {
    fn open(bytes: &[u8], ids: Ids) -> Result<Json, Refusal> {
        let Tree { root, entries } = parse(bytes, ids)?;
        Ok(Json { bytes: bytes.into(), ids, root, entries })
    }
}

impl Document for Json {
    crate::formats::looked_up!(entries);

    fn render(&self, edits: &Edits) -> Result<Patch, Refusal> {
        render::render(self, edits)
    }
}
