//! The text of a store in UTF-8, whatever its encoding, and the way back from its places to the store's. Knows no tags.

use std::ops::Range;

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};

use crate::document::Refusal;

/// A text, read.
pub(in crate::formats::plist) struct Text {
    encoding: Kind,
    /// The bytes before the text: a byte order mark.
    mark: usize,
    /// The text, where the store's own bytes are not UTF-8.
    converted: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Utf8,
    Utf16 {
        big: bool,
    },
    /// A byte for each character.
    Bytewise(&'static Encoding),
}

impl Text {
    /// Finds the encoding by the mark, by the zeros of UTF-16, else by the XML declaration.
    pub(in crate::formats::plist) fn of(bytes: &[u8]) -> Result<Text, Refusal> {
        let (encoding, mark) = match bytes {
            [0xEF, 0xBB, 0xBF, ..] => (Kind::Utf8, 3),
            [0xFE, 0xFF, ..] => (Kind::Utf16 { big: true }, 2),
            [0xFF, 0xFE, ..] => (Kind::Utf16 { big: false }, 2),
            [0, 1..=255, ..] => (Kind::Utf16 { big: true }, 0),
            [1..=255, 0, ..] => (Kind::Utf16 { big: false }, 0),
            _ => (declared(bytes)?, 0),
        };
        let rest = bytes.get(mark..).unwrap_or_default();
        let converted = match encoding {
            Kind::Utf8 => None,
            Kind::Utf16 { big } => Some(from_utf16(rest, big)?),
            Kind::Bytewise(of) => Some(of.decode_without_bom_handling(rest).0.into_owned()),
        };
        Ok(Text { encoding, mark, converted })
    }

    /// The text, of the bytes that it was made of.
    pub(in crate::formats::plist) fn utf8<'a>(&'a self, bytes: &'a [u8]) -> &'a [u8] {
        match &self.converted {
            Some(text) => text.as_bytes(),
            None => bytes.get(self.mark..).unwrap_or_default(),
        }
    }

    /// Whether it can hold every character.
    pub(super) fn is_unicode(&self) -> bool {
        !matches!(self.encoding, Kind::Bytewise(_))
    }

    /// The store's bytes of a range of the text.
    pub(super) fn range(&self, range: Range<usize>) -> Range<usize> {
        let Some(text) = &self.converted else { return range.start + self.mark..range.end + self.mark };
        let length = |range: Range<usize>| {
            let part = text.get(range).unwrap_or_default();
            if self.is_unicode() { part.encode_utf16().count() * 2 } else { part.chars().count() }
        };
        let start = self.mark + length(0..range.start);
        start..start + length(range)
    }

    /// A text in the store's encoding.
    pub(super) fn encode(&self, text: &[u8]) -> Vec<u8> {
        match self.encoding {
            Kind::Utf8 => text.to_vec(),
            Kind::Utf16 { big } => {
                let units = String::from_utf8_lossy(text).encode_utf16().collect::<Vec<_>>();
                units.into_iter().flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
            }
            Kind::Bytewise(of) => of.encode(&String::from_utf8_lossy(text)).0.into_owned(),
        }
    }
}

fn from_utf16(bytes: &[u8], big: bool) -> Result<String, Refusal> {
    let encoding = if big { UTF_16BE } else { UTF_16LE };
    encoding
        .decode_without_bom_handling_and_without_replacement(bytes)
        .map(|text| text.into_owned())
        .ok_or_else(|| Refusal::new("expected text in UTF-16, found bytes that are none"))
}

/// The encoding that the XML declaration names.
fn declared(bytes: &[u8]) -> Result<Kind, Refusal> {
    let declaration = bytes.trim_ascii_start().strip_prefix(b"<?xml").and_then(|rest| {
        let end = rest.iter().position(|c| *c == b'>')?;
        std::str::from_utf8(rest.get(..end)?).ok()
    });
    let label = declaration.and_then(|text| {
        let rest = text.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        rest.get(1..)?.split_once(quote).map(|(label, _)| label)
    });
    match label.map(|label| (label, Encoding::for_label(label.as_bytes()))) {
        None => Ok(Kind::Utf8),
        Some((_, Some(encoding))) if encoding == encoding_rs::UTF_8 => Ok(Kind::Utf8),
        Some((_, Some(encoding))) if encoding.is_single_byte() => Ok(Kind::Bytewise(encoding)),
        Some((label, _)) => Err(Refusal::at(1, format!("expected text in the declared encoding \"{label}\", found other bytes"))),
    }
}
