//! What the small line formats share: fields, each a key, what it says and its lines, and edits over them. A removed field takes
//! its line along, new lines go where the format says, and a patch that would not read back as wanted is refused.
//! Knows no format.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use super::last::Last;
use super::lines::{after_eol, eol_near, line_start};
use crate::document::{Document, Edits, Key, Odd, Raw, Refusal, expected, is_under};
use crate::patch::{Patch, Splice};

/// One entry of a store.
pub(super) struct Field {
    /// Where its key is among the keys.
    key: Range<usize>,
    pub(super) says: Says,
    /// What goes with it: its lines.
    pub(super) whole: Range<usize>,
}

/// What a field says.
pub(super) enum Says {
    /// What its format reads in these bytes.
    At(Range<usize>),
    /// What was only counted.
    Counted(Raw),
}

/// What a format finds in bytes.
#[derive(Default)]
pub(super) struct Found {
    /// In order; of equal keys the last one counts.
    pub(super) fields: Vec<Field>,
    /// The fields' keys, in one piece: there can be many, of which few are asked for.
    keys: String,
    pub(super) odd: Vec<Odd>,
    /// Why nothing can be added at the end.
    pub(super) broken: Option<Refusal>,
}

impl Found {
    /// Adds a field under a key as it is written.
    pub(super) fn push(&mut self, key: &str, says: Says, whole: Range<usize>) {
        let start = self.keys.len();
        self.keys.push_str(key);
        self.fields.push(Field { key: start..self.keys.len(), says, whole });
    }

    /// A field's key.
    pub(super) fn key(&self, field: &Field) -> &str {
        self.keys.get(field.key.clone()).unwrap_or_default()
    }

    /// The key of a field, by its number.
    fn key_of(&self, at: usize) -> &[u8] {
        self.fields.get(at).map(|field| self.key(field).as_bytes()).unwrap_or_default()
    }
}

/// New lines, by the place before which they go.
pub(super) type Additions = BTreeMap<usize, Vec<Vec<u8>>>;

/// A format.
pub(super) struct Dialect {
    pub(super) parse: fn(&[u8]) -> Found,
    /// What the bytes of a value say. Asked for where it is wanted: of many fields few are.
    pub(super) read: fn(&[u8]) -> Raw,
    /// The bytes of a value, in the place of these.
    pub(super) write: fn(&Raw, &[u8]) -> Result<Vec<u8>, Refusal>,
    /// The lines for keys that are new.
    pub(super) add: fn(&Fields, &BTreeMap<Key, Raw>) -> Result<Additions, Refusal>,
}

/// A store of fields, opened.
pub(super) struct Fields {
    dialect: &'static Dialect,
    pub(super) bytes: Box<[u8]>,
    pub(super) found: Found,
    last: Last,
}

impl Fields {
    pub(super) fn open(bytes: &[u8], dialect: &'static Dialect) -> Fields {
        let found = (dialect.parse)(bytes);
        let last = Last::of(found.fields.len(), |at| found.key_of(at));
        Fields { dialect, bytes: bytes.into(), found, last }
    }

    /// The fields below a key.
    pub(super) fn fields_under(&self, above: &Key) -> impl Iterator<Item = &Field> {
        self.found.fields.iter().filter(|field| is_under(self.found.key(field), above.as_str()))
    }

    /// The field that counts for a key.
    fn of(&self, wanted: &Key) -> Option<&Field> {
        let at = self.last.find(wanted.as_str().as_bytes(), |at| self.found.key_of(at))?;
        self.found.fields.get(at)
    }

    /// The fields that count and their keys, in the file's order.
    fn effective(&self) -> impl Iterator<Item = (&str, &Field)> {
        let counting = self.found.fields.iter().enumerate().filter(|(at, _)| self.last.counts(*at));
        counting.map(|(_, field)| (self.found.key(field), field))
    }

    fn raw(&self, field: &Field) -> Raw {
        match &field.says {
            Says::At(value) => (self.dialect.read)(self.bytes.get(value.clone()).unwrap_or_default()),
            Says::Counted(raw) => raw.clone(),
        }
    }

    fn splices(&self, wanted: &BTreeMap<Key, Raw>) -> Result<Vec<Splice>, Refusal> {
        let mut splices = Vec::new();
        for (at, field) in self.found.fields.iter().enumerate() {
            match (wanted.get(self.found.key(field)), &field.says) {
                (None, _) => splices.push(Splice::new(field.whole.clone(), [])),
                (Some(raw), _) if *raw == self.raw(field) || !self.last.counts(at) => {}
                (Some(raw), Says::At(value)) => {
                    let old = self.bytes.get(value.clone()).unwrap_or_default();
                    splices.push(Splice::new(value.clone(), (self.dialect.write)(raw, old)?));
                }
                (Some(_), Says::Counted(_)) => {
                    return Err(Refusal::new(format!("expected \"{}\" to stay: it is only counted", self.found.key(field))));
                }
            }
        }
        let new = wanted.iter().filter(|(key, _)| self.of(key).is_none());
        let new: BTreeMap<Key, Raw> = new.map(|(key, raw)| (key.clone(), raw.clone())).collect();
        if new.is_empty() {
            return Ok(splices);
        }
        for (at, lines) in (self.dialect.add)(self, &new)? {
            let eol = eol_near(&self.bytes, at);
            let unended = at > 0 && line_start(&self.bytes, at) < at;
            let text = lines.join(eol);
            let text = if unended { [eol, text.as_slice()].concat() } else { [text.as_slice(), eol].concat() };
            splices.push(Splice::new(at..at, text));
        }
        Ok(splices)
    }
}

impl Document for Fields {
    fn get(&self, key: &Key) -> Option<Raw> {
        self.of(key).map(|field| self.raw(field))
    }

    fn entries(&self) -> BTreeMap<Key, Raw> {
        self.effective().map(|(key, field)| (Key::raw(key), self.raw(field))).collect()
    }

    fn visit<'a>(&'a self, see: &mut dyn FnMut(Cow<'a, str>, Raw)) {
        self.effective().for_each(|(key, field)| see(key.into(), self.raw(field)));
    }

    fn keys(&self, under: &str) -> Vec<Key> {
        let above = under.strip_suffix('/').unwrap_or(under);
        let mut keys: Vec<Key> = self.effective().filter(|(key, _)| is_under(key, above)).map(|(key, _)| Key::raw(key)).collect();
        keys.sort();
        keys
    }

    fn render(&self, edits: &Edits) -> Result<Patch, Refusal> {
        let entries = self.entries();
        let wanted = expected(entries.clone(), edits);
        if wanted == entries {
            return Ok(Patch::default());
        }
        let patch = Patch::new(self.splices(&wanted)?)
            .map_err(|splice| Refusal::new(format!("two edits meet at byte {}", splice.range.start)))?;
        let found = Fields::open(&patch.apply(&self.bytes), self.dialect).entries();
        let differs = |(key, raw): &(&Key, &Raw)| found.get(*key) != Some(*raw);
        match wanted.iter().find(differs).or_else(|| found.iter().find(|(key, _)| !wanted.contains_key(*key))) {
            Some((key, _)) => {
                Err(Refusal::new(format!("expected edits that touch no other key, found that \"{key}\" would change too")))
            }
            None => Ok(patch),
        }
    }

    fn odd(&self) -> &[Odd] {
        &self.found.odd
    }
}

/// Bytes as a raw: text where they are UTF-8.
pub(super) fn raw_of(bytes: &[u8]) -> Raw {
    std::str::from_utf8(bytes).map_or_else(|_| Raw::Bytes(bytes.to_vec()), Raw::text)
}

/// The bytes of a value that has to fit on one line.
pub(super) fn one_line(raw: &Raw) -> Result<&[u8], Refusal> {
    let bytes = match raw {
        Raw::Text(text) => text.as_bytes(),
        Raw::Bytes(bytes) if std::str::from_utf8(bytes).is_err() => bytes,
        _ => return Err(Refusal::new("expected text, found another kind of value")),
    };
    match bytes.iter().any(|c| matches!(c, b'\n' | b'\r' | 0)) {
        true => Err(Refusal::new("expected one line of text, found a line end or a NUL in it")),
        false => Ok(bytes),
    }
}

/// The lines of a span that stands alone on them, else the span.
pub(super) fn with_line(bytes: &[u8], span: Range<usize>) -> Range<usize> {
    let start = line_start(bytes, span.start);
    let blank = |c: &u8| matches!(c, b' ' | b'\t' | 0x0b | 0x0c);
    let rest = bytes.get(span.end..).unwrap_or_default();
    let end = span.end + rest.iter().position(|c| !blank(c)).unwrap_or(rest.len());
    let alone = bytes.get(start..span.start).is_some_and(|before| before.iter().all(blank));
    match after_eol(bytes, end) {
        Some(next) if alone => start..next,
        None if alone && end == bytes.len() => start..end,
        _ => span,
    }
}
