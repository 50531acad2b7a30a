//! XML bytes to a tree of spans. As strict as Apple's own reader about tags; a value without a known meaning is kept as
//! it stands. Knows nothing of edits and encodings.

use std::ops::Range;

use super::Span;
use crate::document::{Raw, Refusal};
use crate::formats::lines;
use crate::formats::plist::base64;
use crate::formats::plist::tree::{DEPTH, Kind, Node};
use crate::formats::plist::{DATA, DATE, INTEGER, REAL, STRING};

/// A file as a tree, where its values are, and where odd ones start.
pub(super) struct Parsed {
    pub(super) root: Node,
    pub(super) spans: Vec<Span>,
    pub(super) odd: Vec<(usize, String)>,
}

/// Parses a whole file.
pub(super) fn parse(text: &[u8]) -> Result<Parsed, Refusal> {
    let mut parser = Parser { text, at: 0, spans: Vec::new(), odd: Vec::new() };
    match parser.document() {
        Ok(root) => Ok(Parsed { root, spans: parser.spans, odd: parser.odd }),
        Err(message) => Err(Refusal::at(lines::numbers(text, [parser.at]).first().copied().unwrap_or_default(), message)),
    }
}

struct Parser<'a> {
    text: &'a [u8],
    at: usize,
    spans: Vec<Span>,
    odd: Vec<(usize, String)>,
}

type Parse<T> = Result<T, String>;

/// A start tag, or an empty-element tag.
struct Tag<'a> {
    name: &'a [u8],
    start: usize,
    empty: bool,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn slice(&self, range: Range<usize>) -> &'a [u8] {
        self.text.get(range).unwrap_or_default()
    }

    fn fault<T>(&self, expected: &str) -> Parse<T> {
        let found = match self.rest() {
            [] => "the end of the file".to_owned(),
            [b'<', rest @ ..] => {
                let end = rest.iter().position(|c| !matches!(c, b'/' | b'!' | b'?' | b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9'));
                format!("\"<{}\"", String::from_utf8_lossy(rest.get(..end.unwrap_or(rest.len()).min(20)).unwrap_or_default()))
            }
            _ => "text".to_owned(),
        };
        Err(format!("expected {expected}, found {found}"))
    }

    /// Goes on behind the next occurrence of a mark.
    fn behind(&mut self, mark: &[u8], of: &str) -> Parse<()> {
        match self.rest().windows(mark.len()).position(|window| window == mark) {
            Some(found) => self.at += found + mark.len(),
            None => return Err(format!("expected \"{}\" at the end of {of}, found none", String::from_utf8_lossy(mark))),
        }
        Ok(())
    }

    /// A comment or a processing instruction, if one starts here.
    fn aside(&mut self) -> Parse<bool> {
        if self.rest().starts_with(b"<!--") {
            self.at += 4;
            self.behind(b"-->", "a comment")?;
        } else if self.rest().starts_with(b"<?") {
            self.behind(b"?>", "an instruction")?;
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    /// Blanks, comments and instructions.
    fn blanks(&mut self) -> Parse<()> {
        loop {
            self.at += self.rest().iter().take_while(|c| c.is_ascii_whitespace()).count();
            if !self.aside()? {
                return Ok(());
            }
        }
    }

    fn document(&mut self) -> Parse<Node> {
        self.blanks()?;
        if self.rest().starts_with(b"<!DOCTYPE") {
            self.doctype()?;
            self.blanks()?;
        }
        let start = self.at;
        let tag = self.tag("a property list")?;
        let root = if tag.name == b"plist" && !tag.empty {
            self.blanks()?;
            let root = self.value(0)?;
            self.blanks()?;
            self.close(b"plist")?;
            root
        } else {
            self.at = start;
            self.value(0)?
        };
        self.blanks()?;
        if self.rest().is_empty() { Ok(root) } else { self.fault("the end of the file") }
    }

    fn doctype(&mut self) -> Parse<()> {
        let (mut quote, mut depth) = (None, 0_usize);
        while let Some(c) = self.text.get(self.at).copied() {
            if quote.is_none() && depth > 0 && self.rest().starts_with(b"<!--") {
                self.aside()?;
                continue;
            }
            self.at += 1;
            match (quote, c) {
                (Some(mark), c) if mark == c => quote = None,
                (None, b'"' | b'\'') => quote = Some(c),
                (None, b'[') => depth += 1,
                (None, b']') => depth = depth.saturating_sub(1),
                (None, b'>') if depth == 0 => return Ok(()),
                _ => {}
            }
        }
        self.fault("\">\" at the end of the DOCTYPE")
    }

    fn tag(&mut self, expected: &str) -> Parse<Tag<'a>> {
        let start = self.at;
        let [b'<', b'a'..=b'z' | b'A'..=b'Z', ..] = self.rest() else { return self.fault(expected) };
        let ends = |c: &u8| c.is_ascii_whitespace() || matches!(c, b'/' | b'>' | b'<');
        let length = self.rest().iter().skip(1).position(ends).unwrap_or(self.rest().len() - 1);
        let name = self.slice(start + 1..start + 1 + length);
        self.at += 1 + length;
        let mut quote = None;
        while let Some(c) = self.text.get(self.at).copied() {
            self.at += 1;
            match (quote, c) {
                (Some(mark), c) if mark == c => quote = None,
                (None, b'"' | b'\'') => quote = Some(c),
                (None, b'<') => break,
                (None, b'>') => return Ok(Tag { name, start, empty: self.text.get(self.at - 2) == Some(&b'/') }),
                _ => {}
            }
        }
        self.at = start;
        self.fault("\">\" at the end of a tag")
    }

    fn close(&mut self, name: &[u8]) -> Parse<()> {
        let blanks = |rest: &[u8]| rest.iter().take_while(|c| c.is_ascii_whitespace()).count();
        let after = self.rest().strip_prefix(b"</").and_then(|rest| rest.strip_prefix(name));
        match after.map(|rest| (blanks(rest), rest)) {
            Some((blanks, rest)) if rest.get(blanks) == Some(&b'>') => self.at += 2 + name.len() + blanks + 1,
            _ => return self.fault(&format!("\"</{}>\"", String::from_utf8_lossy(name))),
        }
        Ok(())
    }

    fn value(&mut self, depth: usize) -> Parse<Node> {
        if depth >= DEPTH {
            return Err(format!("expected at most {DEPTH} levels, found more"));
        }
        let tag = self.tag("a value")?;
        let at = self.spans.len();
        self.spans.push(Span::default());
        let from = self.at;
        let node = match tag.name {
            b"dict" => Node::container(Kind::Dict, at, self.children(&tag, |parser| parser.member(depth + 1))?),
            b"array" => Node::container(Kind::Array, at, self.children(&tag, |parser| parser.value(depth + 1))?),
            b"string" | b"integer" | b"real" | b"true" | b"false" | b"data" | b"date" => {
                let content = if tag.empty { Some(Vec::new()) } else { self.content()? };
                let raw = self.scalar(&tag, content, from..self.at);
                Node::scalar(at, raw)
            }
            _ => {
                self.at = tag.start;
                return self.fault("a value");
            }
        };
        let inner = (!tag.empty).then_some(from..self.at);
        if !tag.empty {
            self.close(tag.name)?;
        }
        if let Some(span) = self.spans.get_mut(at) {
            *span = Span { name: None, value: tag.start..self.at, inner };
        }
        Ok(node)
    }

    fn children(&mut self, tag: &Tag<'_>, child: impl Fn(&mut Self) -> Parse<Node>) -> Parse<Vec<Node>> {
        let mut children = Vec::new();
        if tag.empty {
            return Ok(children);
        }
        loop {
            self.blanks()?;
            if self.rest().starts_with(b"</") {
                return Ok(children);
            }
            children.push(child(self)?);
        }
    }

    fn member(&mut self, depth: usize) -> Parse<Node> {
        let tag = self.tag("a key")?;
        if tag.name != b"key" {
            self.at = tag.start;
            return self.fault("a key");
        }
        let from = self.at;
        let content = if tag.empty { Some(Vec::new()) } else { self.content()? };
        let name = content.and_then(|bytes| String::from_utf8(bytes).ok());
        if name.is_none() {
            let text = String::from_utf8_lossy(self.slice(from..self.at)).into_owned();
            self.odd.push((tag.start, format!("expected a key in plain text, found \"{text}\"")));
        }
        if !tag.empty {
            self.close(b"key")?;
        }
        let end = self.at;
        self.blanks()?;
        let node = self.value(depth)?;
        if let Some(span) = self.spans.get_mut(node.at) {
            span.name = Some(tag.start..end);
        }
        Ok(node.named(name))
    }

    /// The text up to the next tag; none if an entity in it has no known meaning.
    fn content(&mut self) -> Parse<Option<Vec<u8>>> {
        let (mut text, mut whole) = (Vec::new(), true);
        loop {
            let plain = self.rest().iter().position(|c| matches!(c, b'<' | b'&')).unwrap_or(self.rest().len());
            text.extend_from_slice(self.rest().get(..plain).unwrap_or_default());
            self.at += plain;
            if self.rest().starts_with(b"<![CDATA[") {
                let from = self.at + 9;
                self.at = from;
                self.behind(b"]]>", "a CDATA section")?;
                text.extend_from_slice(self.slice(from..self.at - 3));
            } else if self.rest().first() == Some(&b'&') {
                let Some(length) = self.rest().iter().take(32).position(|c| *c == b';') else {
                    return self.fault("\";\" at the end of an entity");
                };
                match entity(self.slice(self.at + 1..self.at + length)) {
                    Some(c) => text.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
                    None => whole = false,
                }
                self.at += length + 1;
            } else if !self.aside()? {
                return Ok(Some(text).filter(|_| whole));
            }
        }
    }

    fn scalar(&mut self, tag: &Tag<'_>, content: Option<Vec<u8>>, inner: Range<usize>) -> Raw {
        let known = content.as_deref().and_then(|content| match tag.name {
            b"string" => String::from_utf8(content.to_vec()).ok().map(Raw::Text),
            b"integer" => integer(content),
            b"real" => is_real(content).then(|| Raw::Other { tag: REAL, bytes: content.to_vec() }),
            b"date" => is_date(content).then(|| Raw::Other { tag: DATE, bytes: content.to_vec() }),
            b"data" => base64::decode(content).map(Raw::Bytes),
            name => content.trim_ascii().is_empty().then_some(Raw::Bool(name == b"true")),
        });
        known.unwrap_or_else(|| {
            let bytes = if tag.empty { Vec::new() } else { self.slice(inner).to_vec() };
            let name = String::from_utf8_lossy(tag.name);
            let shown: String = String::from_utf8_lossy(&bytes).chars().take(40).collect();
            self.odd.push((tag.start, format!("expected a value of <{name}>, found {shown:?}")));
            let tag = match tag.name {
                b"integer" => INTEGER,
                b"real" => REAL,
                b"date" => DATE,
                b"data" => DATA,
                _ => STRING,
            };
            Raw::Other { tag, bytes }
        })
    }
}

/// The character of an entity that XML itself has.
fn entity(name: &[u8]) -> Option<char> {
    match name {
        b"lt" => Some('<'),
        b"gt" => Some('>'),
        b"amp" => Some('&'),
        b"quot" => Some('"'),
        b"apos" => Some('\''),
        [b'#', b'x', digits @ ..] => number(digits, 16),
        [b'#', digits @ ..] => number(digits, 10),
        _ => None,
    }
}

fn number(digits: &[u8], radix: u32) -> Option<char> {
    let text = std::str::from_utf8(digits).ok().filter(|text| !text.starts_with('+'))?;
    u32::from_str_radix(text, radix).ok().and_then(char::from_u32)
}

/// An integer as Apple's reader takes it: a sign, blanks, `0x`; larger ones of 64 unsigned bits are kept as text.
pub(super) fn integer(content: &[u8]) -> Option<Raw> {
    let text = std::str::from_utf8(content.trim_ascii_start()).ok()?;
    let text = text.trim_ascii_end();
    let (sign, digits) = match text.as_bytes().first()? {
        b'-' => ("-", text.get(1..)?.trim_ascii_start()),
        b'+' => ("", text.get(1..)?.trim_ascii_start()),
        _ => ("", text),
    };
    let (radix, digits) = match digits.strip_prefix("0x").or(digits.strip_prefix("0X")) {
        Some(hex) => (16, hex),
        None => (10, digits),
    };
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    match i64::from_str_radix(&format!("{sign}{digits}"), radix) {
        Ok(n) => Some(Raw::Int(n)),
        Err(_) if sign.is_empty() && u64::from_str_radix(digits, radix).is_ok() => {
            Some(Raw::Other { tag: INTEGER, bytes: content.to_vec() })
        }
        Err(_) => None,
    }
}

/// Whether a text is a real.
pub(super) fn is_real(content: &[u8]) -> bool {
    std::str::from_utf8(content).is_ok_and(|text| text.trim_ascii().parse::<f64>().is_ok())
}

/// Whether a text is a date: `2011-11-18T10:00:00Z`.
pub(super) fn is_date(content: &[u8]) -> bool {
    let content = content.strip_prefix(b"-").unwrap_or(content);
    let Some(dash) = content.iter().position(|c| *c == b'-') else { return false };
    let (year, rest) = content.split_at(dash);
    let shape = b"-00-00T00:00:00Z";
    let fits = |(c, shape): (&u8, &u8)| if *shape == b'0' { c.is_ascii_digit() } else { c == shape };
    !year.is_empty() && year.iter().all(u8::is_ascii_digit) && rest.len() == shape.len() && rest.iter().zip(shape).all(fits)
}
