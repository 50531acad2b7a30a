//! One object of a binary property list, to and from its bytes. Knows nothing of other objects but their numbers.

use crate::document::{Raw, Refusal};
use crate::formats::plist::tree::Kind;
use crate::formats::plist::turn::empty;
use crate::formats::plist::{DATE, INTEGER, NULL, REAL, STRING, UID};

/// The kind of an array; the two others are sets, which are read like arrays and stay what they are.
pub(super) const ARRAY: u8 = 0xA0;
const ORDERED_SET: u8 = 0xB0;
const SET: u8 = 0xC0;

/// An object.
pub(super) enum Object {
    Scalar(Raw),
    /// Its kind, and the numbers of its elements.
    Array(u8, Vec<usize>),
    /// The numbers of its names, and of its values.
    Dict(Vec<usize>, Vec<usize>),
}

/// The number that big-endian bytes are, where it is one of a place.
pub(super) fn number(bytes: &[u8]) -> Option<usize> {
    let wide = bytes.iter().try_fold(0_u64, |n, byte| (n >> 56 == 0).then_some(n << 8 | u64::from(*byte)))?;
    usize::try_from(wide).ok()
}

/// The object that starts with these bytes.
pub(super) fn parse(bytes: &[u8], ref_size: usize) -> Option<Object> {
    let (marker, rest) = bytes.split_first()?;
    let (kind, low) = (marker & 0xF0, marker & 0x0F);
    let other = |tag, bytes: &[u8]| Raw::Other { tag, bytes: bytes.to_vec() };
    let raw = match (kind, low) {
        (0, 0) => other(NULL, &[]),
        (0, 8) => Raw::Bool(false),
        (0, 9) => Raw::Bool(true),
        (0x10, 0..=4) => integer(rest.get(..1 << low)?),
        (0x20, 2 | 3) => other(REAL, rest.get(..1 << low)?),
        (0x30, 3) => other(DATE, rest.get(..8)?),
        (0x80, _) => other(UID, rest.get(..usize::from(low) + 1)?),
        _ => {
            let (count, rest) = count(low, rest)?;
            let refs = |range: std::ops::Range<usize>| {
                let bytes = rest.get(range.start.checked_mul(ref_size)?..range.end.checked_mul(ref_size)?)?;
                bytes.chunks(ref_size).map(number).collect::<Option<Vec<usize>>>()
            };
            match kind {
                0x40 => Raw::Bytes(rest.get(..count)?.to_vec()),
                0x50 => {
                    let text = std::str::from_utf8(rest.get(..count)?).ok().filter(|text| text.is_ascii());
                    text.map_or_else(|| other(STRING, rest.get(..count).unwrap_or_default()), Raw::text)
                }
                0x60 => {
                    let bytes = rest.get(..count.checked_mul(2)?)?;
                    let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
                    String::from_utf16(&units).map_or_else(|_| other(STRING, bytes), Raw::Text)
                }
                0x70 => {
                    let bytes = rest.get(..count)?;
                    std::str::from_utf8(bytes).map_or_else(|_| other(STRING, bytes), Raw::text)
                }
                ARRAY | ORDERED_SET | SET => return Some(Object::Array(kind, refs(0..count)?)),
                0xD0 => return Some(Object::Dict(refs(0..count)?, refs(count..count.checked_mul(2)?)?)),
                _ => return None,
            }
        }
    };
    Some(Object::Scalar(raw))
}

/// A count: in the marker, or as an integer behind it.
fn count(low: u8, rest: &[u8]) -> Option<(usize, &[u8])> {
    if low < 15 {
        return Some((usize::from(low), rest));
    }
    let (marker, rest) = rest.split_first()?;
    let length = 1_usize << (marker & 0x0F);
    let is_integer = marker & 0xF0 == 0x10 && length <= 8;
    let (digits, rest) = rest.split_at_checked(length).filter(|_| is_integer)?;
    Some((number(digits)?, rest))
}

/// Up to four bytes are unsigned, more are signed.
fn integer(bytes: &[u8]) -> Raw {
    let negative = bytes.len() >= 8 && bytes.first().is_some_and(|byte| *byte >= 0x80);
    let start = if negative { -1_i128 } else { 0 };
    let wide = bytes.iter().fold(start, |n, byte| n << 8 | i128::from(*byte));
    i64::try_from(wide).map_or_else(|_| Raw::Other { tag: INTEGER, bytes: bytes.to_vec() }, Raw::Int)
}

/// The object of a raw.
pub(super) fn of(raw: &Raw) -> Result<Object, Refusal> {
    match empty(raw) {
        Some(Kind::Array) => Ok(Object::Array(ARRAY, Vec::new())),
        Some(_) => Ok(Object::Dict(Vec::new(), Vec::new())),
        None if scalar(raw).is_some() => Ok(Object::Scalar(raw.clone())),
        None => Err(Refusal::new("expected a value of a binary property list, found one that it has no object for")),
    }
}

/// The bytes of an object.
pub(super) fn bytes(object: &Object, ref_size: usize) -> Vec<u8> {
    let refs = |numbers: &[usize], out: &mut Vec<u8>| numbers.iter().for_each(|n| out.extend(big_endian(*n, ref_size)));
    match object {
        Object::Scalar(raw) => scalar(raw).unwrap_or_default(),
        Object::Array(kind, values) => {
            let mut out = counted(*kind, values.len());
            refs(values, &mut out);
            out
        }
        Object::Dict(keys, values) => {
            let mut out = counted(0xD0, values.len());
            refs(keys, &mut out);
            refs(values, &mut out);
            out
        }
    }
}

/// The bytes of a single value.
pub(in crate::formats::plist) fn scalar(raw: &Raw) -> Option<Vec<u8>> {
    let with = |marker: u8, bytes: &[u8]| Some([&[marker], bytes].concat());
    match raw {
        Raw::Bool(on) => Some(vec![if *on { 9 } else { 8 }]),
        Raw::Int(n) => Some(int(*n)),
        Raw::Text(text) if text.is_ascii() => Some([counted(0x50, text.len()), text.clone().into_bytes()].concat()),
        Raw::Text(text) => {
            let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
            Some([counted(0x60, units.len() / 2), units].concat())
        }
        Raw::Bytes(bytes) => Some([counted(0x40, bytes.len()), bytes.clone()].concat()),
        Raw::Other { tag: NULL, bytes } if bytes.is_empty() => Some(vec![0]),
        Raw::Other { tag: INTEGER, bytes } if bytes.len() == 16 => with(0x14, bytes),
        Raw::Other { tag: REAL, bytes } if bytes.len() == 4 => with(0x22, bytes),
        Raw::Other { tag: REAL, bytes } if bytes.len() == 8 => with(0x23, bytes),
        Raw::Other { tag: DATE, bytes } if bytes.len() == 8 => with(0x33, bytes),
        Raw::Other { tag: UID, bytes } => {
            let low = u8::try_from(bytes.len()).ok().filter(|length| (1..=16).contains(length))? - 1;
            with(0x80 | low, bytes)
        }
        Raw::Other { .. } => None,
    }
}

fn counted(kind: u8, count: usize) -> Vec<u8> {
    match u8::try_from(count).ok().filter(|count| *count < 15) {
        Some(low) => vec![kind | low],
        None => [vec![kind | 15], int(i64::try_from(count).unwrap_or(i64::MAX))].concat(),
    }
}

/// The fewest bytes that hold a number: 1, 2 or 4 unsigned, else 8.
fn int(n: i64) -> Vec<u8> {
    let low = match n {
        0..=0xFF => 0,
        0x100..=0xFFFF => 1,
        0x1_0000..=0xFFFF_FFFF => 2,
        _ => 3,
    };
    let bytes = n.to_be_bytes();
    [&[0x10 | low], bytes.get(8 - (1 << low)..).unwrap_or_default()].concat()
}

/// A number in this many bytes.
pub(super) fn big_endian(n: usize, size: usize) -> Vec<u8> {
    let bytes = (n as u64).to_be_bytes();
    bytes.get(8_usize.saturating_sub(size)..).unwrap_or_default().to_vec()
}
