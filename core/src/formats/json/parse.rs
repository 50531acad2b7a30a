//! JSON bytes to a tree of spans. Strict, but for a byte order mark and for strings that are
//! not Unicode, which are kept as they are. Knows nothing of edits.

use std::collections::BTreeMap;

use super::tree::{Kind, Node, assign};
use super::{Ids, NULL, NUMBER, STRING};
use crate::document::{Key, Raw, Refusal};
use crate::formats::lines;

const DEPTH: usize = 128;

/// A file as a tree, and its values by key.
pub(super) struct Tree {
    pub(super) root: Node,
    pub(super) entries: BTreeMap<Key, Raw>,
}

/// Parses a whole file.
pub(super) fn parse(bytes: &[u8], ids: Ids) -> Result<Tree, Refusal> {
    let at = if bytes.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
    let mut parser = Parser { bytes, at };
    let mut root = parser.document().map_err(|message| {
        let line = lines::numbers(bytes, [parser.at]).first().copied().unwrap_or_default();
        Refusal::at(line, message)
    })?;
    if root.kind == Kind::Scalar {
        return Err(Refusal::at(1, "expected an object or an array, found a single value"));
    }
    let mut entries = BTreeMap::new();
    assign(&mut root, "", bytes, ids, &mut entries);
    Ok(Tree { root, entries })
}

/// The value that a single token holds, if it is one.
pub(super) fn scalar(token: &[u8]) -> Option<Raw> {
    let mut node = Parser { bytes: token, at: 0 }.document().ok()?;
    if node.kind != Kind::Scalar {
        assign(&mut node, "", token, &[], &mut BTreeMap::new());
    }
    node.raw
}

struct Parser<'a> {
    bytes: &'a [u8],
    at: usize,
}

type Parse<T> = Result<T, String>;

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn blanks(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    fn fault<T>(&self, expected: &str) -> Parse<T> {
        match self.peek() {
            None => Err(format!("expected {expected}, found the end of the file")),
            Some(c @ 0x21..=0x7e) if c.is_ascii_punctuation() => Err(format!("expected {expected}, found \"{}\"", char::from(c))),
            Some(_) => Err(format!("expected {expected}, found something else")),
        }
    }

    fn mark(&mut self, mark: u8, expected: &str) -> Parse<()> {
        if self.peek() != Some(mark) {
            return self.fault(expected);
        }
        self.at += 1;
        Ok(())
    }

    fn document(&mut self) -> Parse<Node> {
        self.blanks();
        let root = self.value(0)?;
        self.blanks();
        if self.at < self.bytes.len() { self.fault("the end of the file") } else { Ok(root) }
    }

    fn value(&mut self, depth: usize) -> Parse<Node> {
        let start = self.at;
        let mut children = Vec::new();
        let mut raw = None;
        let mut kind = Kind::Scalar;
        match self.peek() {
            Some(b'{' | b'[') if depth >= DEPTH => return Err(format!("expected at most {DEPTH} levels, found more")),
            Some(b'{') => {
                kind = Kind::Object;
                children = self.children(b'}', "\",\" or \"}\"", |parser| parser.member(depth + 1))?;
            }
            Some(b'[') => {
                kind = Kind::Array;
                children = self.children(b']', "\",\" or \"]\"", |parser| parser.value(depth + 1))?;
            }
            Some(b'"') => {
                let text = self.string()?;
                let token = self.bytes.get(start..self.at).unwrap_or_default();
                raw = Some(text.map_or_else(|| Raw::Other { tag: STRING, bytes: token.to_vec() }, Raw::Text));
            }
            Some(b'-' | b'0'..=b'9') => raw = Some(self.number()?),
            _ => raw = Some(self.word()?),
        }
        Ok(Node { kind, name: None, value: start..self.at, segment: None, shadowed: false, raw, children })
    }

    fn children(&mut self, close: u8, expected: &str, child: impl Fn(&mut Self) -> Parse<Node>) -> Parse<Vec<Node>> {
        let mut children = Vec::new();
        self.at += 1;
        self.blanks();
        if self.peek() == Some(close) {
            self.at += 1;
            return Ok(children);
        }
        loop {
            children.push(child(self)?);
            self.blanks();
            if self.peek() == Some(close) {
                self.at += 1;
                return Ok(children);
            }
            self.mark(b',', expected)?;
            self.blanks();
        }
    }

    fn member(&mut self, depth: usize) -> Parse<Node> {
        let start = self.at;
        if self.peek() != Some(b'"') {
            return self.fault("a member's name");
        }
        let name = self.string()?;
        let end = self.at;
        self.blanks();
        self.mark(b':', "\":\" after a member's name")?;
        self.blanks();
        let value = self.value(depth)?;
        Ok(Node { name: Some(start..end), segment: name.filter(|name| !name.is_empty()), ..value })
    }

    fn word(&mut self) -> Parse<Raw> {
        let words: [(&[u8], Raw); 3] = [
            (b"true", Raw::Bool(true)),
            (b"false", Raw::Bool(false)),
            (b"null", Raw::Other { tag: NULL, bytes: b"null".into() }),
        ];
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        match words.into_iter().find(|(word, _)| rest.starts_with(word)) {
            Some((word, raw)) => {
                self.at += word.len();
                Ok(raw)
            }
            None => self.fault("a value"),
        }
    }

    fn digits(&mut self) -> Parse<()> {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        if self.at == start { self.fault("a digit") } else { Ok(()) }
    }

    fn number(&mut self) -> Parse<Raw> {
        let start = self.at;
        self.at += usize::from(self.peek() == Some(b'-'));
        match self.peek() {
            Some(b'0') => self.at += 1,
            _ => self.digits()?,
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), Some(b'+' | b'-')));
            self.digits()?;
        }
        let token = self.bytes.get(start..self.at).unwrap_or_default();
        let int = std::str::from_utf8(token).ok().filter(|token| *token != "-0").and_then(|token| token.parse().ok());
        Ok(int.map_or_else(|| Raw::Other { tag: NUMBER, bytes: token.to_vec() }, Raw::Int))
    }

    /// A string; none where it is not Unicode.
    fn string(&mut self) -> Parse<Option<String>> {
        let mut text = Vec::new();
        let mut whole = true;
        self.at += 1;
        loop {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            let plain = rest.iter().position(|c| matches!(c, b'"' | b'\\' | 0..0x20)).unwrap_or(rest.len());
            text.extend_from_slice(rest.get(..plain).unwrap_or_default());
            self.at += plain;
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    self.at += 1;
                    match self.escape()? {
                        Some(c) => text.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
                        None => whole = false,
                    }
                }
                _ => return self.fault("'\"' at the end of a string"),
            }
        }
        self.at += 1;
        Ok(String::from_utf8(text).ok().filter(|_| whole))
    }

    /// What follows a backslash; none for half a surrogate pair.
    fn escape(&mut self) -> Parse<Option<char>> {
        let c = match self.peek() {
            Some(c @ (b'"' | b'\\' | b'/')) => char::from(c),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.at += 1;
                return self.unicode();
            }
            _ => return self.fault("an escape"),
        };
        self.at += 1;
        Ok(Some(c))
    }

    fn unicode(&mut self) -> Parse<Option<char>> {
        let high = self.hex()?;
        let follows = self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(b"\\u"));
        if !(0xd800..0xdc00).contains(&high) || !follows {
            return Ok(char::from_u32(high));
        }
        let back = self.at;
        self.at += 2;
        let low = self.hex()?;
        if !(0xdc00..0xe000).contains(&low) {
            self.at = back;
            return Ok(None);
        }
        Ok(char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00)))
    }

    fn hex(&mut self) -> Parse<u32> {
        let mut value = 0;
        for _ in 0..4 {
            let Some(digit) = self.peek().and_then(|c| char::from(c).to_digit(16)) else {
                return self.fault("four hexadecimal digits");
            };
            value = value << 4 | digit;
            self.at += 1;
        }
        Ok(value)
    }
}
