//! Property lists: XML by spans, binary by appended objects, OpenStep text to read. The bytes tell the kind. Dictionary
//! members are segments by name, array elements by an identity member where one is named (`MailAccounts/uniqueId=5`; of
//! equal ones the second is `uniqueId=5#2`), else by index. Empty containers are values, members with an empty name have
//! no key, of duplicate members the last one counts. Knows no client and no file by name.

mod base64;
mod binary;
mod openstep;
#[cfg(test)]
mod tests;
mod tree;
mod turn;
mod xml;

use crate::document::{Document, Raw, Refusal};
pub(super) use tree::size;

/// The tag of an integer that is not one of 64 signed bits: its text in XML, its 16 bytes in binary.
pub const INTEGER: u32 = 1;
/// The tag of a real: its text in XML, its 4 or 8 bytes in binary.
pub const REAL: u32 = 2;
/// The tag of a date: its text in XML, its 8 bytes in binary.
pub const DATE: u32 = 3;
/// The tag of a keyed archive's reference: its bytes in binary.
pub const UID: u32 = 4;
/// The tag of a null object, which only binary has.
pub const NULL: u32 = 5;
/// The tag of a dictionary in which no member has a key; without bytes, so that every spelling of it is the same.
pub const DICT: u32 = 6;
/// The tag of an empty array; without bytes.
pub const ARRAY: u32 = 7;
/// The tag of a string that is not Unicode, or whose entities have no known meaning: as it stands there.
pub const STRING: u32 = 8;
/// The tag of data that is not base64: as it stands there.
pub const DATA: u32 = 9;

/// The arrays whose elements go by an identity: the array's key, and the identity members, of which the first that an
/// element has is taken.
pub type Ids = &'static [(&'static str, &'static [&'static str])];

/// Opens a property list of any kind.
///
/// # Errors
/// What is no property list, with its line where it has lines; more than 512 levels; more values than its size warrants.
pub fn open(bytes: &[u8]) -> Result<Box<dyn Document>, Refusal> {
    open_with(bytes, &[])
}

/// Opens a property list with identities for the elements of arrays.
///
/// # Errors
/// As `open`.
pub fn open_with(bytes: &[u8], ids: Ids) -> Result<Box<dyn Document>, Refusal> {
    if bytes.is_empty() {
        return Err(Refusal::new("expected a property list, found an empty file: is reading it permitted?"));
    }
    if bytes.starts_with(b"bplist") {
        return Ok(Box::new(binary::Binary::open(bytes, ids)?));
    }
    let text = xml::Text::of(bytes)?;
    match xml::is_xml(text.utf8(bytes)) {
        true => Ok(Box::new(xml::Xml::open(bytes, text, ids)?)),
        false => Ok(Box::new(openstep::OpenStep::open(text.utf8(bytes), ids)?)),
    }
}

/// The whole number that a real is, if it is one that fits into 32 bits.
pub fn whole(raw: &Raw) -> Option<i64> {
    let Raw::Other { tag: REAL, bytes } = raw else { return None };
    let real = match bytes.as_slice() {
        text if text.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+')) => {
            std::str::from_utf8(text).ok()?.parse().ok()?
        }
        // Whole numbers of that size end with zeros, which no text has.
        &[a, b, c, d] => f64::from(f32::from_be_bytes([a, b, c, d])),
        bytes => f64::from_be_bytes(bytes.try_into().ok()?),
    };
    (real.fract() == 0.0 && real.abs() <= f64::from(u32::MAX)).then_some(real as i64)
}

/// The bytes of a value's object in a binary property list; `None` of a container, or of what it has no object for.
pub(super) fn object(raw: &Raw) -> Option<Vec<u8>> {
    binary::object::scalar(raw)
}
