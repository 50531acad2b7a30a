//! OpenStep text, read only: `{ name = value; }`, `( value, value )`, `<hex>`, strings with and without quotes, and
//! GNUstep's typed `<*I5>`. A file of `name = value;` without braces is a dictionary too. Knows nothing of edits.

use std::collections::BTreeMap;

use super::tree::{Budget, DEPTH, Kind, Node, assign};
use super::{DATE, Ids, REAL, STRING};
use crate::document::{Document, Edits, Key, Raw, Refusal, expected};
use crate::formats::lines;
use crate::patch::Patch;

/// OpenStep text, opened.
pub(super) struct OpenStep {
    entries: BTreeMap<Key, Raw>,
}

impl OpenStep {
    pub(super) fn open(text: &[u8], ids: Ids) -> Result<OpenStep, Refusal> {
        let mut parser = Parser { text, at: 0 };
        let mut root = parser
            .document()
            .map_err(|message| Refusal::at(lines::numbers(text, [parser.at]).first().copied().unwrap_or_default(), message))?;
        Ok(OpenStep { entries: assign(&mut root, ids, &mut Budget::new())? })
    }
}

impl Document for OpenStep {
    crate::formats::looked_up!(entries);

    fn only_read(&self) -> Option<(&'static str, &'static str)> {
        Some(("it is OpenStep text, which is only read", "on a Mac, plutil -convert xml1 makes XML of it; then plan again"))
    }

    fn render(&self, edits: &Edits) -> Result<Patch, Refusal> {
        if expected(self.entries.clone(), edits) == self.entries {
            return Ok(Patch::default());
        }
        Err(Refusal::new("expected an XML or binary property list, found OpenStep text, which is only read"))
    }
}

struct Parser<'a> {
    text: &'a [u8],
    at: usize,
}

type Parse<T> = Result<T, String>;

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn fault<T>(&self, expected: &str) -> Parse<T> {
        Err(match self.rest().first() {
            None => format!("expected {expected}, found the end of the file"),
            Some(c) if c.is_ascii_graphic() => format!("expected {expected}, found \"{}\"", char::from(*c)),
            Some(_) => format!("expected {expected}, found something else"),
        })
    }

    fn blanks(&mut self) -> Parse<()> {
        loop {
            self.at += self.rest().iter().take_while(|c| c.is_ascii_whitespace()).count();
            let end: &[u8] = match self.rest() {
                [b'/', b'/', ..] => b"\n",
                [b'/', b'*', ..] => b"*/",
                _ => return Ok(()),
            };
            let found = self.rest().windows(end.len()).skip(2).position(|window| window == end);
            self.at += match found {
                Some(found) => 2 + found + end.len(),
                None if end == b"\n" => self.rest().len(),
                None => return self.fault("\"*/\" at the end of a comment"),
            };
        }
    }

    /// Takes a mark, if it stands here.
    fn mark(&mut self, mark: u8) -> Parse<bool> {
        self.blanks()?;
        let found = self.rest().first() == Some(&mark);
        self.at += usize::from(found);
        Ok(found)
    }

    fn document(&mut self) -> Parse<Node> {
        self.blanks()?;
        let root = match self.rest().first() {
            Some(b'{' | b'(') => self.value(0)?,
            _ => Node::container(Kind::Dict, 0, self.members(0)?),
        };
        self.blanks()?;
        if self.rest().is_empty() { Ok(root) } else { self.fault("the end of the file") }
    }

    fn members(&mut self, depth: usize) -> Parse<Vec<Node>> {
        let mut children = Vec::new();
        loop {
            self.blanks()?;
            if matches!(self.rest().first(), None | Some(b'}')) {
                return Ok(children);
            }
            let name = match self.string()? {
                Raw::Text(name) => Some(name),
                _ => None,
            };
            // A name alone is its own value.
            let value = match self.mark(b'=')? {
                true => self.value(depth + 1)?,
                false => Node::scalar(0, Raw::text(name.clone().unwrap_or_default())),
            };
            children.push(value.named(name));
            if !self.mark(b';')? && !matches!(self.rest().first(), Some(b'}')) {
                return self.fault("\";\" behind a value");
            }
        }
    }

    fn value(&mut self, depth: usize) -> Parse<Node> {
        if depth >= DEPTH {
            return Err(format!("expected at most {DEPTH} levels, found more"));
        }
        self.blanks()?;
        match self.rest().first() {
            Some(b'{') => {
                self.at += 1;
                let children = self.members(depth)?;
                if self.mark(b'}')? { Ok(Node::container(Kind::Dict, 0, children)) } else { self.fault("\"}\"") }
            }
            Some(b'(') => {
                self.at += 1;
                let mut children = Vec::new();
                while !self.mark(b')')? {
                    children.push(self.value(depth + 1)?);
                    if !self.mark(b',')? && self.rest().first() != Some(&b')') {
                        return self.fault("\",\" or \")\"");
                    }
                }
                Ok(Node::container(Kind::Array, 0, children))
            }
            Some(b'<') => Ok(Node::scalar(0, self.data()?)),
            _ => Ok(Node::scalar(0, self.string()?)),
        }
    }

    fn string(&mut self) -> Parse<Raw> {
        if let Some(quote @ (b'"' | b'\'')) = self.rest().first().copied() {
            return self.quoted(quote);
        }
        let is_plain = |c: &&u8| c.is_ascii_alphanumeric() || b"_$/:.-+%~@".contains(c) || **c >= 0x80;
        let length = self.rest().iter().take_while(is_plain).count();
        if length == 0 {
            return self.fault("a value");
        }
        let bytes = self.rest().get(..length).unwrap_or_default();
        self.at += length;
        Ok(std::str::from_utf8(bytes).map_or_else(|_| Raw::Other { tag: STRING, bytes: bytes.to_vec() }, Raw::text))
    }

    fn quoted(&mut self, quote: u8) -> Parse<Raw> {
        let start = self.at;
        let (mut bytes, mut units, mut whole) = (Vec::new(), Vec::new(), true);
        self.at += 1;
        loop {
            let Some(c) = self.rest().first().copied() else { return self.fault("the end of a string") };
            self.at += 1;
            if c == b'\\' && self.rest().first() == Some(&b'U') {
                units.push(self.unit()?);
                continue;
            }
            let text = String::from_utf16_lossy(&units);
            whole &= units.is_empty() || String::from_utf16(&units).is_ok();
            units.clear();
            bytes.extend(text.into_bytes());
            match c {
                c if c == quote => break,
                b'\\' => match self.escape()? {
                    Some(c) => bytes.push(c),
                    None => whole = false,
                },
                c => bytes.push(c),
            }
        }
        let token = self.text.get(start..self.at).unwrap_or_default();
        let text = String::from_utf8(bytes).ok().filter(|_| whole);
        Ok(text.map_or_else(|| Raw::Other { tag: STRING, bytes: token.to_vec() }, Raw::Text))
    }

    fn unit(&mut self) -> Parse<u16> {
        let digits = self.rest().get(1..).unwrap_or_default();
        let length = digits.iter().take(4).take_while(|c| c.is_ascii_hexdigit()).count();
        let text = std::str::from_utf8(digits.get(..length).unwrap_or_default()).unwrap_or_default();
        let Ok(unit) = u16::from_str_radix(text, 16) else { return self.fault("hexadecimal digits behind \"\\U\"") };
        self.at += 1 + length;
        Ok(unit)
    }

    /// What follows a backslash; none for an octal number outside ASCII, which is of an encoding of its own.
    fn escape(&mut self) -> Parse<Option<u8>> {
        let Some(c) = self.rest().first().copied() else { return self.fault("an escape") };
        if (b'0'..=b'7').contains(&c) {
            let length = self.rest().iter().take(3).take_while(|c| (b'0'..=b'7').contains(c)).count();
            let digits = self.rest().get(..length).unwrap_or_default();
            self.at += length;
            let n = digits.iter().fold(0_u32, |n, digit| n * 8 + u32::from(digit - b'0'));
            return Ok(u8::try_from(n).ok().filter(u8::is_ascii));
        }
        self.at += 1;
        Ok(Some(match c {
            b'a' => 7,
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'v' => 11,
            c => c,
        }))
    }

    /// Data in hexadecimal digits, or GNUstep's typed value.
    fn data(&mut self) -> Parse<Raw> {
        let Some(length) = self.rest().iter().position(|c| *c == b'>') else { return self.fault("\">\" at the end of data") };
        let content = self.rest().get(1..length).unwrap_or_default();
        let raw = match content {
            [b'*', b'I', digits @ ..] => std::str::from_utf8(digits).ok().and_then(|text| text.parse().ok()).map(Raw::Int),
            b"*BY" => Some(Raw::Bool(true)),
            b"*BN" => Some(Raw::Bool(false)),
            [b'*', b'R', text @ ..] => Some(Raw::Other { tag: REAL, bytes: text.to_vec() }),
            [b'*', b'D', text @ ..] => Some(Raw::Other { tag: DATE, bytes: text.to_vec() }),
            content => hex(content).map(Raw::Bytes),
        };
        match raw {
            Some(raw) => {
                self.at += length + 1;
                Ok(raw)
            }
            None => self.fault("data in pairs of hexadecimal digits"),
        }
    }
}

fn hex(content: &[u8]) -> Option<Vec<u8>> {
    let digits: Vec<u8> = content.iter().copied().filter(|c| !c.is_ascii_whitespace()).collect();
    let pairs = digits.chunks(2).map(|pair| {
        let text = std::str::from_utf8(pair).ok().filter(|text| text.len() == 2 && !text.starts_with('+'))?;
        u8::from_str_radix(text, 16).ok()
    });
    pairs.collect()
}
