//! Values of INI files: from bytes to raws and back, in the spelling of a dialect. What is written is read again, and
//! refused if it would not be the same.

use encoding_rs::{Encoding, UTF_8};

use super::dialect::{Dialect, Spelling};
use super::parse::is_blank;
use crate::document::{Raw, Refusal};

/// The tag of a value that its own escapes or variables make unreadable as text; its bytes are as they stand.
const AS_IT_STANDS: u32 = 1;

/// Bytes as text, if they are the encoding's own spelling of it.
pub(super) fn text(bytes: &[u8], encoding: &'static Encoding) -> Option<String> {
    let text = encoding.decode_without_bom_handling_and_without_replacement(bytes)?;
    let same = encoding == UTF_8 || encoding.encode(&text).0 == bytes;
    same.then(|| text.into_owned())
}

/// A byte of two hexadecimal digits.
pub(super) fn hex(high: u8, low: u8) -> Option<u8> {
    let digit = |c: u8| char::from(c).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some(digit(high)? << 4 | digit(low)?)
}

/// What a value says.
pub(super) fn decode(bytes: &[u8], expands: bool, dialect: &Dialect, encoding: &'static Encoding) -> Raw {
    let plain = match dialect.spelling {
        Spelling::Plain => Some(bytes.to_vec()),
        Spelling::Quoted => Some(unquoted(bytes).to_vec()),
        Spelling::GKeyFile => unescaped(bytes, false),
        Spelling::KConfig => unescaped(bytes, true).filter(|_| !(expands && bytes.contains(&b'$'))),
    };
    match plain {
        None => Raw::Other { tag: AS_IT_STANDS, bytes: bytes.to_vec() },
        Some(plain) => text(&plain, encoding).map_or(Raw::Bytes(plain), Raw::Text),
    }
}

/// The bytes of a value, in the place of these.
pub(super) fn encode(
    raw: &Raw,
    old: &[u8],
    expands: bool,
    dialect: &Dialect,
    encoding: &'static Encoding,
) -> Result<Vec<u8>, Refusal> {
    let plain = match raw {
        Raw::Text(text) => match encoding.encode(text) {
            (bytes, _, false) => bytes.into_owned(),
            _ => return Err(Refusal::new(format!("expected text that {} can spell, found \"{text}\"", encoding.name()))),
        },
        Raw::Bytes(bytes) | Raw::Other { tag: AS_IT_STANDS, bytes } => bytes.clone(),
        _ => return Err(Refusal::new("expected text, found another kind of value")),
    };
    let spelled = match (raw, dialect.spelling) {
        (Raw::Other { .. }, _) | (_, Spelling::Plain) => plain,
        (_, Spelling::Quoted) => quoted(&plain, old),
        (_, Spelling::GKeyFile) => escaped(&plain, false),
        (_, Spelling::KConfig) => escaped(&plain, true),
    };
    if spelled.iter().any(|c| matches!(c, b'\n' | b'\r' | 0)) {
        return Err(Refusal::new("expected one line of text, found a line end or a NUL in it"));
    }
    match decode(&spelled, expands, dialect, encoding) == *raw {
        true => Ok(spelled),
        false => Err(Refusal::new("expected a value that this file can hold, found one that would read differently")),
    }
}

/// A value without one pair of matching quotes.
fn unquoted(bytes: &[u8]) -> &[u8] {
    match bytes {
        [first @ (b'"' | b'\''), inner @ .., last] if first == last => inner,
        _ => bytes,
    }
}

/// A value in the quotes that stood there, else in quotes only where it would lose something without.
fn quoted(plain: &[u8], old: &[u8]) -> Vec<u8> {
    let ends_blank = plain.first().copied().is_some_and(is_blank) || plain.last().copied().is_some_and(is_blank);
    let quote = match old {
        [first @ (b'"' | b'\''), .., last] if first == last => Some(*first),
        _ if ends_blank || unquoted(plain) != plain => Some(b'"'),
        _ => None,
    };
    quote.into_iter().chain(plain.iter().copied()).chain(quote).collect()
}

/// A value without escapes; none where one means nothing.
fn unescaped(bytes: &[u8], kde: bool) -> Option<Vec<u8>> {
    let mut plain = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((c, more)) = rest.split_first() {
        rest = more;
        if *c != b'\\' {
            plain.push(*c);
            continue;
        }
        let (sign, more) = rest.split_first()?;
        rest = more;
        match sign {
            b's' => plain.push(b' '),
            b't' => plain.push(b'\t'),
            b'n' => plain.push(b'\n'),
            b'r' => plain.push(b'\r'),
            b'\\' => plain.push(b'\\'),
            b';' | b',' if kde => plain.extend([b'\\', *sign]),
            b'x' if kde => {
                let [high, low, more @ ..] = rest else { return None };
                plain.push(hex(*high, *low)?);
                rest = more;
            }
            _ => return None,
        }
    }
    Some(plain)
}

/// A value with escapes, as the owning programs write it.
fn escaped(plain: &[u8], kde: bool) -> Vec<u8> {
    let first_text = plain.iter().position(|c| !matches!(c, b' ' | b'\t')).unwrap_or(plain.len());
    let valid = std::str::from_utf8(plain).is_ok();
    let mut out = Vec::with_capacity(plain.len() + 8);
    for (at, c) in plain.iter().enumerate() {
        let leading = at < first_text;
        let last = at + 1 == plain.len();
        match c {
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' if kde || leading => out.extend_from_slice(b"\\t"),
            b' ' if leading && (!kde || at == 0) => out.extend_from_slice(b"\\s"),
            b' ' if kde && last => out.extend_from_slice(b"\\s"),
            0x00..=0x1f | 0x7f if kde => out.extend_from_slice(format!("\\x{c:02x}").as_bytes()),
            0x80.. if kde && !valid => out.extend_from_slice(format!("\\x{c:02x}").as_bytes()),
            _ => out.push(*c),
        }
    }
    out
}
