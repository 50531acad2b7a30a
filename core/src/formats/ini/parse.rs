//! The sections and keys of an INI file as spans. Knows nothing of edits.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use encoding_rs::Encoding;

use super::dialect::{Bare, Blanks, Case, Dialect, Header, Sections, Spelling};
use super::value::{hex, text};
use crate::document::{Key, Odd};

/// A section that counts.
pub(super) struct Section {
    /// Its names; none before the first section line.
    pub(super) path: Vec<String>,
    /// Where a new key goes: behind its last key line, else behind its own line.
    pub(super) end: usize,
    /// Its last key line: what a new one is to look like.
    pub(super) like: Option<Line>,
}

/// A line with a key.
#[derive(Clone)]
pub(super) struct Line {
    /// The key, the section spelled as on its first line.
    pub(super) key: Key,
    /// Its number, from 1.
    pub(super) number: usize,
    /// The line with its end.
    pub(super) whole: Range<usize>,
    /// From the key's first byte to the value's last.
    pub(super) text: Range<usize>,
    /// The value without the blanks around it; none without `=`.
    pub(super) value: Option<Range<usize>>,
    /// Whether the program puts variables into the value.
    pub(super) expands: bool,
}

/// What a file says.
pub(super) struct Parsed {
    pub(super) sections: Vec<Section>,
    pub(super) lines: BTreeMap<Key, Vec<Line>>,
    pub(super) odd: Vec<Odd>,
}

/// The segments of a key.
pub(super) fn segments(key: &Key) -> Vec<String> {
    key.segments().collect()
}

/// The key with letter case taken away where it doesn't matter.
pub(super) fn folded(segments: &[String], dialect: &Dialect) -> Key {
    let Some((name, path)) = segments.split_last() else { return Key::raw("") };
    let path = folded_section(path, dialect);
    let name = if dialect.key_case == Case::Folded { name.to_ascii_lowercase() } else { name.clone() };
    Key::of(path.iter().chain([&name]).map(String::as_str))
}

/// The names of a section, likewise.
pub(super) fn folded_section(path: &[String], dialect: &Dialect) -> Vec<String> {
    match dialect.section_case {
        Case::Folded => path.iter().map(|name| name.to_ascii_lowercase()).collect(),
        Case::Matters => path.to_vec(),
    }
}

/// A line without its end and with it.
fn lines(bytes: &[u8], lone_cr: bool) -> impl Iterator<Item = (Range<usize>, Range<usize>)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at;
        let rest = bytes.get(at..).filter(|rest| !rest.is_empty())?;
        let ends = |c: &u8| *c == b'\n' || (lone_cr && *c == b'\r');
        let end = rest.iter().position(ends).map_or(bytes.len(), |length| start + length);
        let crlf = bytes.get(end..end + 2) == Some(b"\r\n".as_slice());
        at = (end + if crlf { 2 } else { 1 }).min(bytes.len());
        let mut text = start..end;
        while text.end > start && bytes.get(text.end - 1) == Some(&b'\r') {
            text.end -= 1;
        }
        Some((text, start..at))
    })
}

/// Whether a byte is a blank within a line.
pub(super) fn is_blank(c: u8) -> bool {
    matches!(c, b' ' | b'\t' | 0x0b | 0x0c | b'\r')
}

fn trimmed(bytes: &[u8], mut span: Range<usize>) -> Range<usize> {
    let blank = |at: usize| bytes.get(at).copied().is_some_and(is_blank);
    while span.start < span.end && blank(span.start) {
        span.start += 1;
    }
    while span.end > span.start && blank(span.end - 1) {
        span.end -= 1;
    }
    span
}

struct Reader<'a> {
    bytes: &'a [u8],
    dialect: &'static Dialect,
    encoding: &'static Encoding,
    found: Parsed,
    /// The sections by folded name: a section that comes again is told by it.
    known: BTreeMap<Vec<String>, usize>,
    /// The section that lines belong to now.
    now: Option<usize>,
    frozen: BTreeSet<usize>,
    frozen_file: bool,
    /// Whether a section line was seen.
    headed: bool,
}

/// Reads a file.
pub(super) fn parse(bytes: &[u8], dialect: &'static Dialect, encoding: &'static Encoding) -> Parsed {
    let found = Parsed { sections: Vec::new(), lines: BTreeMap::new(), odd: Vec::new() };
    let (known, frozen) = (BTreeMap::new(), BTreeSet::new());
    let mut reader = Reader { bytes, dialect, encoding, found, known, now: None, frozen, frozen_file: false, headed: false };
    if dialect.headless {
        reader.enter(Vec::new(), 0);
    }
    for (number, (text, whole)) in lines(bytes, dialect.lone_cr).enumerate() {
        reader.line(number + 1, text, whole);
    }
    reader.found
}

impl Reader<'_> {
    fn line(&mut self, number: usize, text: Range<usize>, whole: Range<usize>) {
        let text = if self.dialect.blanks == Blanks::Count {
            text
        } else {
            // A blank behind a value may belong to it; the one before a line never does.
            trimmed(self.bytes, text.clone()).start..text.end
        };
        match self.bytes.get(text.clone()).and_then(<[u8]>::first) {
            None => {}
            Some(sign) if self.dialect.comments.contains(sign) => {}
            Some(b'[') => self.section(number, &text, &whole),
            Some(_) => self.key(number, text, whole),
        }
    }

    fn tell(&mut self, line: usize, message: impl Into<String>, hides: Option<Key>) {
        self.found.odd.push(Odd { line, message: message.into(), hides });
    }

    fn enter(&mut self, path: Vec<String>, end: usize) {
        let folded = folded_section(&path, self.dialect);
        let next = self.found.sections.len();
        let before = self.known.get(&folded).copied();
        self.now = match (before, self.dialect.sections) {
            (Some(_), Sections::First) => None,
            (Some(known), Sections::Merged) => Some(known),
            (None, _) => {
                self.known.insert(folded, next);
                self.found.sections.push(Section { path, end, like: None });
                Some(next)
            }
        };
    }

    fn section(&mut self, number: usize, text: &Range<usize>, whole: &Range<usize>) {
        let span = text.start + 1..text.end;
        let inner = self.bytes.get(span).unwrap_or_default();
        let (names, rest) = match self.dialect.header {
            Header::FirstBracket => split(inner, inner.iter().position(|c| *c == b']')),
            Header::LastBracket => split(inner, inner.iter().rposition(|c| *c == b']')),
            Header::Whole => split(inner, inner.iter().position(|c| *c == b']')),
            Header::Nested => nested(inner),
        };
        (self.now, self.headed) = (None, true);
        if names.is_empty() || (self.dialect.header == Header::Whole && !rest.iter().copied().all(is_blank)) {
            let name = names.first().map_or(inner, Vec::as_slice);
            let hides = text_of(name, self).map(|name| Key::of([name.as_str()]));
            self.tell(number, "expected \"[section]\", found a line that only begins like one; its keys are passed over", hides);
            return;
        }
        let frozen = self.dialect.header == Header::Nested && names.last().is_some_and(|name| name.as_slice() == b"$i");
        let names: Vec<&Vec<u8>> = names.iter().take(names.len() - usize::from(frozen)).collect();
        if names.is_empty() {
            self.frozen_file = true;
            self.tell(number, "expected a file that may be changed, found the mark [$i]", None);
            self.enter(Vec::new(), whole.end);
            return;
        }
        let read: Option<Vec<String>> = names.iter().map(|name| text_of(name, self)).collect();
        let Some(path) = read else {
            self.tell(number, "expected text as a section's name, found other bytes; its keys are passed over", None);
            return;
        };
        self.enter(path, whole.end);
        if let Some(now) = self.now.filter(|_| frozen) {
            self.frozen.insert(now);
        }
    }

    fn key(&mut self, number: usize, text: Range<usize>, whole: Range<usize>) {
        let equals = self.bytes.get(text.clone()).and_then(|line| line.iter().position(|c| *c == b'=')).map(|at| text.start + at);
        let Some(section) = self.now else {
            if equals.is_some() && !self.headed {
                self.tell(number, "expected a section before the first key, found none", None);
            }
            return;
        };
        let plain = self.dialect.blanks == Blanks::Count;
        let name = text.start..equals.unwrap_or(text.end);
        let name = if plain { name } else { trimmed(self.bytes, name) };
        let options = self.options(name.clone());
        let deleted = options.deleted && equals.is_none();
        let path = self.found.sections.get(section).map(|section| section.path.clone()).unwrap_or_default();
        let key =
            options.name.filter(|name| !name.is_empty()).map(|name| Key::of(path.iter().chain([&name]).map(String::as_str)));
        if equals.is_none() && !deleted {
            match self.dialect.bare {
                Bare::Nothing => return,
                Bare::Breaks => {
                    let message = "expected \"key=value\", found a line that makes the client reject the file";
                    return self.tell(number, message, key);
                }
                Bare::Hides => self.tell(number, "expected \"key=value\", found no \"=\"", key.clone()),
            }
        }
        let Some(key) = key else { return };
        if options.frozen || self.frozen_file || self.frozen.contains(&section) {
            self.tell(number, "expected a key that may be changed, found the mark [$i]", Some(key.clone()));
        }
        let value = equals.map(|at| match self.dialect.blanks {
            Blanks::Count => at + 1..text.end,
            Blanks::BeforeValue => trimmed(self.bytes, at + 1..text.end).start..text.end,
            Blanks::AroundValue => trimmed(self.bytes, at + 1..text.end),
        });
        let value = value.filter(|_| !options.deleted);
        let end = value.as_ref().map_or(if plain { text.end } else { trimmed(self.bytes, text.clone()).end }, |value| value.end);
        let line = Line { key, number, whole, text: text.start..end, value, expands: options.expands };
        if let Some(section) = self.found.sections.get_mut(section) {
            section.end = line.whole.end;
            section.like = Some(line.clone());
        }
        self.found.lines.entry(folded(&segments(&line.key), self.dialect)).or_default().push(line);
    }

    /// Takes the options off a key.
    fn options(&self, span: Range<usize>) -> Options {
        let mut name = self.bytes.get(span).unwrap_or_default();
        let mut options = Options::default();
        while self.dialect.spelling == Spelling::KConfig
            && let Some(rest) = name.strip_suffix(b"]")
            && let Some(at) = rest.iter().rposition(|c| *c == b'[')
            && let Some(marks) = rest.get(at + 1..).and_then(|option| option.strip_prefix(b"$"))
        {
            options.frozen |= marks.contains(&b'i');
            options.expands |= marks.contains(&b'e');
            options.deleted |= marks.contains(&b'd');
            name = rest.get(..at).unwrap_or_default();
        }
        options.name = text_of(name, self);
        options
    }
}

#[derive(Default)]
struct Options {
    name: Option<String>,
    frozen: bool,
    expands: bool,
    deleted: bool,
}

/// A name as text; of KDE's with its `\xHH`.
fn text_of(name: &[u8], reader: &Reader<'_>) -> Option<String> {
    if reader.dialect.spelling != Spelling::KConfig {
        return text(name, reader.encoding);
    }
    let mut plain = Vec::with_capacity(name.len());
    let mut rest = name;
    while let Some((c, more)) = rest.split_first() {
        let coded = match rest {
            [b'\\', b'x', high, low, ..] => hex(*high, *low),
            _ => None,
        };
        plain.push(coded.unwrap_or(*c));
        rest = if coded.is_some() { rest.get(4..).unwrap_or_default() } else { more };
    }
    text(&plain, reader.encoding)
}

fn split(inner: &[u8], at: Option<usize>) -> (Vec<Vec<u8>>, &[u8]) {
    match at.and_then(|at| inner.split_at_checked(at)) {
        Some((name, rest)) => (vec![name.to_vec()], rest.get(1..).unwrap_or_default()),
        None => (Vec::new(), inner),
    }
}

/// `a][b]` as its names; none if it is not of that shape.
fn nested(inner: &[u8]) -> (Vec<Vec<u8>>, &[u8]) {
    let mut names = Vec::new();
    let mut rest = inner;
    loop {
        let Some(at) = rest.iter().position(|c| *c == b']') else { return (Vec::new(), inner) };
        names.push(rest.get(..at).unwrap_or_default().to_vec());
        rest = rest.get(at + 1..).unwrap_or_default();
        match rest.strip_prefix(b"[") {
            Some(more) => rest = more,
            None if rest.iter().copied().all(is_blank) => return (names, rest),
            None => return (Vec::new(), inner),
        }
    }
}
