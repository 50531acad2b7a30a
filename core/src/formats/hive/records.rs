//! The records that cells hold: key nodes, values, subkey lists. Reads fields, and follows nothing. Knows no edits.

use super::cells::{Bins, u16_at, u32_at};

/// Where a field of a key node is.
pub(super) mod nk {
    pub(in super::super) const FLAGS: usize = 2;
    pub(in super::super) const TIME: usize = 4;
    pub(in super::super) const PARENT: usize = 16;
    pub(in super::super) const SUBKEYS: usize = 20;
    pub(in super::super) const SUBKEY_LIST: usize = 28;
    pub(in super::super) const VOLATILE_LIST: usize = 32;
    pub(in super::super) const VALUES: usize = 36;
    pub(in super::super) const VALUE_LIST: usize = 40;
    pub(in super::super) const SECURITY: usize = 44;
    pub(in super::super) const CLASS: usize = 48;
    pub(in super::super) const LONGEST_SUBKEY: usize = 52;
    pub(in super::super) const VIRTUAL: usize = 54;
    pub(in super::super) const LONGEST_VALUE: usize = 60;
    pub(in super::super) const LARGEST_DATA: usize = 64;
    pub(in super::super) const NAME_LENGTH: usize = 72;
    pub(in super::super) const CLASS_LENGTH: usize = 74;
    pub(in super::super) const NAME: usize = 76;
}

/// Where a field of a value is.
pub(super) mod vk {
    pub(in super::super) const NAME_LENGTH: usize = 2;
    pub(in super::super) const SIZE: usize = 4;
    pub(in super::super) const DATA: usize = 8;
    pub(in super::super) const TYPE: usize = 12;
    pub(in super::super) const FLAGS: usize = 16;
    pub(in super::super) const NAME: usize = 20;
}

/// The flag of a key whose name is one byte a character.
pub(super) const NARROW_KEY: u16 = 0x20;
/// The flag of a value whose name is one byte a character.
pub(super) const NARROW_VALUE: u16 = 1;
/// The flags of a key that can't be deleted: the entry of a hive, and one that is marked so.
pub(super) const STAYS: u16 = 0x4 | 0x8;
/// The flags of a key that holds no values of its own: a symbolic link, a handle.
pub(super) const LEADS_ELSEWHERE: u16 = 0x10 | 0x40;
/// The bit of a data size which says that the data stands in the record.
pub(super) const INLINE: u32 = 1 << 31;
/// The largest data that one cell holds where a hive has records of big data, in bytes.
pub(super) const SEGMENT: usize = 16_344;

/// Appends a name as stored.
fn name(record: &[u8], at: usize, length: usize, narrow: bool, text: &mut String) -> Option<()> {
    let bytes = record.get(at..at + length)?;
    if narrow {
        match std::str::from_utf8(bytes).ok().filter(|name| name.is_ascii()) {
            Some(name) => text.push_str(name),
            None => text.extend(bytes.iter().copied().map(char::from)),
        }
        return Some(());
    }
    let (units, []) = bytes.as_chunks::<2>() else { return None };
    let before = text.len();
    for c in char::decode_utf16(units.iter().map(|unit| u16::from_le_bytes(*unit))) {
        match c {
            Ok(c) => text.push(c),
            Err(_) => {
                text.truncate(before);
                return None;
            }
        }
    }
    Some(())
}

/// A name as it is to be stored, and whether it is one byte a character.
pub(super) fn stored_name(name: &str) -> (Vec<u8>, bool) {
    let narrow: Result<Vec<u8>, _> = name.chars().map(u8::try_from).collect();
    match narrow {
        Ok(bytes) => (bytes, true),
        Err(_) => (name.encode_utf16().flat_map(u16::to_le_bytes).collect(), false),
    }
}

/// Appends the name of a key node.
pub(super) fn key_name(record: &[u8], text: &mut String) -> Option<()> {
    let narrow = u16_at(record, nk::FLAGS)? & NARROW_KEY != 0;
    name(record, nk::NAME, u16_at(record, nk::NAME_LENGTH)?.into(), narrow, text)
}

/// Appends the name of a value.
pub(super) fn value_name(record: &[u8], text: &mut String) -> Option<()> {
    let narrow = u16_at(record, vk::FLAGS)? & NARROW_VALUE != 0;
    name(record, vk::NAME, u16_at(record, vk::NAME_LENGTH)?.into(), narrow, text)
}

/// The record in a cell, if it is of this kind.
pub(super) fn record<'a>(bins: Bins<'a>, at: u32, kind: &[u8; 2]) -> Option<&'a [u8]> {
    bins.cell(at).filter(|record| record.starts_with(kind))
}

/// The kinds of subkey lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `lf`: each with the start of its name.
    Hint,
    /// `lh`: each with a hash of its name.
    Hash,
    /// `li`: offsets alone.
    Plain,
    /// `ri`: a list of lists.
    Root,
}

impl Kind {
    /// The kind of a record, if it is a subkey list.
    pub(super) fn of(record: &[u8]) -> Option<Kind> {
        Some(match record.first_chunk()? {
            b"lf" => Kind::Hint,
            b"lh" => Kind::Hash,
            b"li" => Kind::Plain,
            b"ri" => Kind::Root,
            _ => return None,
        })
    }

    /// The two bytes that it starts with.
    pub(super) fn mark(self) -> [u8; 2] {
        *match self {
            Kind::Hint => b"lf",
            Kind::Hash => b"lh",
            Kind::Plain => b"li",
            Kind::Root => b"ri",
        }
    }

    /// The size of an element, in bytes.
    pub(super) fn step(self) -> usize {
        if matches!(self, Kind::Hint | Kind::Hash) { 8 } else { 4 }
    }
}

/// The offsets in a subkey list, as many as its cell holds, and how many it says there are.
pub(super) fn list(record: &[u8], kind: Kind) -> (Vec<u32>, usize) {
    let count = usize::from(u16_at(record, 2).unwrap_or_default());
    let elements = record.get(4..).unwrap_or_default().chunks_exact(kind.step());
    (elements.take(count).filter_map(|element| u32_at(element, 0)).collect(), count)
}
