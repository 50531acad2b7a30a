//! How values are spelled in XML: as Apple's writer does it, indented like the file. Knows nothing of spans.

use super::parse::parse;
use crate::document::{Raw, Refusal};
use crate::formats::plist::base64;
use crate::formats::plist::tree::Kind;
use crate::formats::plist::turn::empty;
use crate::formats::plist::{DATA, DATE, INTEGER, REAL, STRING};

/// How many base64 digits are on a line.
const DIGITS: usize = 68;

/// How a file is laid out.
pub(super) struct Layout {
    /// Its line end.
    pub(super) eol: Vec<u8>,
    /// What a level is indented by.
    pub(super) unit: Vec<u8>,
    /// Whether each value has its line.
    pub(super) lines: bool,
    /// Whether characters that are not ASCII have to be written as entities.
    pub(super) ascii: bool,
}

impl Layout {
    /// The separator before a value at this indentation.
    pub(super) fn line(&self, indent: &[u8]) -> Vec<u8> {
        if self.lines { [&self.eol, indent].concat() } else { Vec::new() }
    }

    /// The element of a scalar or an empty container.
    pub(super) fn element(&self, raw: &Raw, indent: &[u8]) -> Result<Vec<u8>, Refusal> {
        let element = |name: &str, content: &[u8]| [b"<", name.as_bytes(), b">", content, b"</", name.as_bytes(), b">"].concat();
        let other = |name: &str, content: &[u8]| {
            let element = element(name, content);
            let again = parse(&element).ok().and_then(|parsed| parsed.root.raw);
            (again.as_ref() == Some(raw)).then_some(element)
        };
        let written = match raw {
            Raw::Bool(on) => Some(format!("<{on}/>").into_bytes()),
            Raw::Int(n) => Some(element("integer", n.to_string().as_bytes())),
            Raw::Text(text) => Some(element("string", &escaped(text, self.ascii)?)),
            Raw::Bytes(bytes) => {
                let text = base64::encode(bytes);
                let lines = text.as_bytes().chunks(DIGITS).flat_map(|line| [self.line(indent), line.to_vec()].concat());
                let mut content: Vec<u8> = lines.collect();
                content.extend(self.line(indent));
                Some(element("data", &content))
            }
            Raw::Other { tag: INTEGER, bytes } => other("integer", bytes),
            Raw::Other { tag: REAL, bytes } => other("real", bytes),
            Raw::Other { tag: DATE, bytes } => other("date", bytes),
            Raw::Other { tag: DATA, bytes } => other("data", bytes),
            Raw::Other { tag: STRING, bytes } => other("string", bytes),
            raw => empty(raw).map(|kind| format!("<{}/>", name(kind)).into_bytes()),
        };
        written.ok_or_else(|| Refusal::new("expected a value of an XML property list, found one that it has no element for"))
    }

    /// The element of a member's name.
    pub(super) fn key(&self, name: &str) -> Result<Vec<u8>, Refusal> {
        Ok([b"<key>", escaped(name, self.ascii)?.as_slice(), b"</key>"].concat())
    }
}

/// The name of a container's element.
pub(super) fn name(kind: Kind) -> &'static str {
    if kind == Kind::Array { "array" } else { "dict" }
}

/// Text as it stands between tags.
pub(super) fn escaped(text: &str, ascii: bool) -> Result<Vec<u8>, Refusal> {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\r' => out.push_str("&#13;"),
            '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {
                return Err(Refusal::new(format!("expected characters that XML can hold, found {c:?}")));
            }
            c if ascii && !c.is_ascii() => out.push_str(&format!("&#{};", u32::from(c))),
            c => out.push(c),
        }
    }
    Ok(out.into_bytes())
}
