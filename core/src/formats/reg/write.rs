//! Values and keys as registry text. Strings of version 4 that stand as bytes are of the text's own character set there,
//! and UTF-16 everywhere else. Knows no places.

use super::charset::Charset;
use super::parse::ROOT;
use crate::document::{Raw, Refusal};
use crate::formats::hive::value::{raw, typed};

/// The types whose bytes are text.
const TEXTS: [u32; 3] = [1, 2, 7];
/// How many characters a line of bytes has at most.
const WIDTH: usize = 79;

/// The bytes of a value of version 4 as the registry holds them; `None` if they can't come back as they were.
pub(super) fn widened(charset: Charset, kind: u32, data: Vec<u8>) -> Option<Vec<u8>> {
    if !TEXTS.contains(&kind) || matches!(charset, Charset::Utf16) {
        return Some(data);
    }
    let text: String = charset.chars(&data, 0).into_iter().map(|char| char.c).collect();
    (charset.bytes(&text)? == data).then(|| text.encode_utf16().flat_map(u16::to_le_bytes).collect())
}

fn narrowed(charset: Charset, kind: u32, data: Vec<u8>) -> Option<Vec<u8>> {
    if !TEXTS.contains(&kind) || matches!(charset, Charset::Utf16) {
        return Some(data);
    }
    let (units, []) = data.as_chunks::<2>() else { return None };
    let text: String = char::decode_utf16(units.iter().map(|unit| u16::from_le_bytes(*unit))).collect::<Result<_, _>>().ok()?;
    charset.bytes(&text)
}

/// A value, after so many characters of its line. `narrow` is the character set of a text of version 4.
pub(super) fn value(of: &Raw, column: usize, narrow: Option<Charset>, eol: &str) -> Result<String, Refusal> {
    let (kind, mut data) = typed(of)?;
    match of {
        Raw::Int(number) => return Ok(format!("dword:{number:08x}")),
        Raw::Text(text) if !text.chars().any(char::is_control) => return Ok(quoted(text)),
        _ => {}
    }
    if let Some(charset) = narrow {
        let lost = || Refusal::new(format!("expected characters of this text's own character set, found others in {of}"));
        data = narrowed(charset, kind, data).ok_or_else(lost)?;
        let back = widened(charset, kind, data.clone()).map(|data| raw(kind, data));
        back.filter(|back| back == of).ok_or_else(lost)?;
    }
    let mut text = if kind == 3 { "hex:".to_owned() } else { format!("hex({kind:x}):") };
    let mut column = column + text.len();
    for (at, byte) in data.iter().enumerate() {
        let comma = if at + 1 < data.len() { "," } else { "" };
        if column + 3 > WIDTH {
            text.push_str(&format!("\\{eol}  "));
            column = 2;
        }
        text.push_str(&format!("{byte:02x}{comma}"));
        column += 3;
    }
    Ok(text)
}

/// The name of a value and its equals sign.
pub(super) fn name(name: &str) -> Result<String, Refusal> {
    if name.chars().any(char::is_control) {
        return Err(Refusal::new(format!("expected a value's name without control characters, found {name:?}")));
    }
    Ok(if name.is_empty() { "@=".to_owned() } else { format!("{}=", quoted(name)) })
}

/// The header of a section.
pub(super) fn header(path: &[String]) -> Result<String, Refusal> {
    let (root, names) = match path.split_first() {
        Some((root, names)) if root.starts_with('\\') => (root.trim_start_matches('\\'), names),
        _ => (ROOT, path),
    };
    let odd = names.iter().any(|name| name.contains('\\') || name.chars().any(char::is_control) || name.chars().count() > 255);
    if odd || !root.starts_with("HKEY_") || root.contains('\\') {
        return Err(Refusal::new(format!("expected the path of a registry key, found \"{}\"", path.join("/"))));
    }
    Ok(format!("[{}]", [&[root.to_owned()], names].concat().join("\\")))
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
