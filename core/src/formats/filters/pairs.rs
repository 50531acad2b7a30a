//! Pairs `attribute="value"` as the client cuts and unescapes them: an attribute ends at `=` or a blank, a value at a quote
//! or a line end, and the first thing that is no pair ends the file. Knows no attribute.

use std::borrow::Cow;
use std::ops::Range;

/// A pair; the value is what stands between the quotes.
pub(super) struct Pair {
    pub(super) name: Range<usize>,
    pub(super) value: Range<usize>,
    pub(super) whole: Range<usize>,
}

/// The pairs, and where and why the client stops before the end of the file.
pub(super) fn pairs(bytes: &[u8]) -> (Vec<Pair>, Option<(usize, &'static str)>) {
    let mut pairs = Vec::with_capacity(bytes.len() / 32);
    let mut at = 0;
    loop {
        let start = skip_blanks(bytes, at);
        let rest = bytes.get(start..).unwrap_or_default();
        if rest.is_empty() {
            return (pairs, None);
        }
        let Some(length) = rest.iter().position(|c| *c == b'=' || is_blank(*c)) else {
            return (pairs, Some((start, "expected attribute=\"value\", found the end of the file")));
        };
        let name = start..start + length;
        let open = skip_blanks(bytes, name.end + 1);
        if bytes.get(open) != Some(&b'"') {
            return (pairs, Some((start, "expected attribute=\"value\", found no quote, and the client reads no further")));
        }
        let Some(end) = value_end(bytes, open + 1) else {
            return (pairs, Some((start, "expected a quote at the end of a value, found the end of the file")));
        };
        at = if bytes.get(end) == Some(&b'"') { end + 1 } else { end };
        pairs.push(Pair { name, value: open + 1..end, whole: start..at });
    }
}

fn is_blank(c: u8) -> bool {
    matches!(c, b' ' | b'\t'..=b'\r')
}

fn skip_blanks(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().position(|c| !is_blank(*c)).unwrap_or(rest.len())
}

/// Where the value ends that starts here: at a quote or a line end that no backslash hides.
fn value_end(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += bytes.get(at..)?.iter().position(|c| matches!(c, b'"' | b'\\' | b'\n' | b'\r'))?;
        at += match bytes.get(at..)? {
            [b'\\', b'\\', _, ..] => 3,
            [b'\\', _, ..] => 2,
            [b'\\'] => 1,
            _ => return Some(at),
        };
    }
}

/// What a value says: `\"` is a quote; behind two backslashes, which are one, the next byte is itself.
pub(super) fn decode(value: &[u8]) -> Cow<'_, [u8]> {
    if !value.contains(&b'\\') {
        return value.into();
    }
    let mut text = Vec::with_capacity(value.len());
    let mut rest = value;
    loop {
        rest = match rest {
            [b'\\', b'\\', c, rest @ ..] => {
                text.extend_from_slice(&[b'\\', *c]);
                rest
            }
            [b'\\', b'"', rest @ ..] => {
                text.push(b'"');
                rest
            }
            [b'\\', c, rest @ ..] => {
                text.extend_from_slice(&[b'\\', *c]);
                rest
            }
            [c, rest @ ..] => {
                text.push(*c);
                rest
            }
            [] => return text.into(),
        };
    }
}

/// The value that says this text, as the client writes it where that reads back; none where nothing does.
pub(super) fn encode(text: &[u8]) -> Option<Vec<u8>> {
    let mut value = Vec::with_capacity(text.len());
    let mut rest = text;
    loop {
        rest = match rest {
            [b'"', rest @ ..] => {
                value.extend_from_slice(b"\\\"");
                rest
            }
            [b'\\', c @ (b'"' | b'\\'), rest @ ..] => {
                value.extend_from_slice(&[b'\\', b'\\', *c]);
                rest
            }
            [b'\\', c, rest @ ..] => {
                value.extend_from_slice(&[b'\\', *c]);
                rest
            }
            [b'\\'] => return None,
            [c, rest @ ..] => {
                value.push(*c);
                rest
            }
            [] => return Some(value),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::{decode, encode};

    #[test]
    fn what_is_encoded_decodes_again() {
        for text in [&b"plain"[..], b"\"q\"", b"a\\b", b"a\\\\b", b"a\\\"b", b"\\\\\\x", b"\xF6", b"", b"\\\\", b"\\\"\\\""] {
            assert_eq!(encode(text).map(|value| decode(&value).into_owned()).as_deref(), Some(text));
        }
        assert_eq!(encode(b"\\"), None);
        assert_eq!(encode(b"\\\\\\"), None);
        assert_eq!(encode(b"say \"so\"").as_deref(), Some(&b"say \\\"so\\\""[..]));
    }
}
