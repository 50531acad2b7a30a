//! In what characters registry text is written: UTF-16 or UTF-8, told by a mark or by the bytes, else a code page.
//! Characters come with the places of their bytes, so that every span is one of the original. Knows no grammar.

use encoding_rs::Encoding;

/// A character set.
#[derive(Debug, Clone, Copy)]
pub(super) enum Charset {
    /// UTF-16, low byte first.
    Utf16,
    /// UTF-8.
    Utf8,
    /// A code page.
    Ansi(&'static Encoding),
}

/// A character, and where its bytes start. What is no character stands for itself as U+FFFF. A text is never so long that a place in
/// it takes more than four bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Char {
    pub(super) c: char,
    at: u32,
}

impl Char {
    /// Where its bytes start.
    pub(super) fn at(self) -> usize {
        self.at as usize
    }
}

/// What stands for bytes that are no character.
pub(super) const BROKEN: char = '\u{FFFF}';

impl Charset {
    /// The character set of a text, and where its text starts.
    pub(super) fn of(bytes: &[u8], ansi: &'static Encoding) -> (Charset, usize) {
        match bytes {
            [0xFF, 0xFE, ..] => (Charset::Utf16, 2),
            [0xEF, 0xBB, 0xBF, ..] => (Charset::Utf8, 3),
            _ if bytes.starts_with(b"W\0i\0") => (Charset::Utf16, 0),
            _ if bytes.starts_with(b"Windows") && std::str::from_utf8(bytes).is_ok() => (Charset::Utf8, 0),
            _ => (Charset::Ansi(ansi), 0),
        }
    }

    /// The characters from a place to the end.
    pub(super) fn chars(self, bytes: &[u8], from: usize) -> Vec<Char> {
        let size = if matches!(self, Charset::Utf16) { 2 } else { 1 };
        let mut chars = Vec::with_capacity(bytes.len() / size);
        let mut at = from;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            let (c, length) = self.first(rest);
            chars.push(Char { c, at: u32::try_from(at).unwrap_or(u32::MAX) });
            at += length;
        }
        chars
    }

    fn first(self, rest: &[u8]) -> (char, usize) {
        match (self, rest) {
            (Charset::Utf16, _) => first_utf16(rest),
            (_, [c @ 0..0x80, ..]) => (char::from(*c), 1),
            (Charset::Utf8, _) => first_of(rest, |bytes| std::str::from_utf8(bytes).ok()?.chars().next()),
            (Charset::Ansi(ansi), _) => first_of(rest, |bytes| {
                let text = ansi.decode_without_bom_handling_and_without_replacement(bytes)?;
                let mut chars = text.chars();
                chars.next().filter(|_| chars.next().is_none())
            }),
        }
    }

    /// The bytes of a text; `None` if they would not read as the same text.
    pub(super) fn bytes(self, text: &str) -> Option<Vec<u8>> {
        let bytes = match self {
            Charset::Utf16 => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            Charset::Utf8 => text.as_bytes().to_vec(),
            Charset::Ansi(ansi) => ansi.encode(text).0.into_owned(),
        };
        let back: String = self.chars(&bytes, 0).into_iter().map(|char| char.c).collect();
        (back == text && !text.contains(BROKEN)).then_some(bytes)
    }
}

fn first_utf16(rest: &[u8]) -> (char, usize) {
    let unit = |at: usize| rest.get(at..)?.first_chunk().map(|unit| u16::from_le_bytes(*unit));
    let Some(one) = unit(0) else { return (BROKEN, 1) };
    match char::decode_utf16([one].into_iter().chain(unit(2))).next() {
        Some(Ok(c)) => (c, c.len_utf16() * 2),
        _ => (BROKEN, 2),
    }
}

fn first_of(rest: &[u8], read: impl Fn(&[u8]) -> Option<char>) -> (char, usize) {
    let found = (1..=4).find_map(|length| Some((read(rest.get(..length)?)?, length)));
    found.unwrap_or((BROKEN, 1))
}
