//! A store, opened: keys and raws over bytes, and the drafting of edits. One trait serves every format. A document is
//! immutable and does no I/O; a draft lays pending edits over it. Knows no client and no setting.

use std::borrow::{Borrow, Cow};
use std::collections::BTreeMap;
use std::fmt;

use memchr::memchr2;
use serde::{Deserialize, Serialize};

use crate::patch::Patch;

/// A place in a store: segments joined by `/`, with `~1` for a slash and `~0` for a tilde inside a segment (RFC 6901).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Key(String);

impl Key {
    /// The key with these segments, which are escaped as needed.
    pub fn of<'a>(segments: impl IntoIterator<Item = &'a str>) -> Key {
        let mut segments = segments.into_iter();
        let first = segments.next().unwrap_or_default();
        // One segment fits, further ones nearly always.
        let mut text = String::with_capacity(first.len() + segments.size_hint().0 * 24);
        Key::escape_into(first, &mut text);
        for segment in segments {
            text.push('/');
            Key::escape_into(segment, &mut text);
        }
        Key(text)
    }

    /// The key as written, its segments escaped already.
    pub fn raw(text: impl Into<String>) -> Key {
        Key(text.into())
    }

    /// Appends a segment, escaped.
    pub fn escape_into(segment: &str, text: &mut String) {
        // Segments are short.
        if !segment.bytes().any(|byte| matches!(byte, b'~' | b'/')) {
            return text.push_str(segment);
        }
        for c in segment.chars() {
            match c {
                '~' => text.push_str("~0"),
                '/' => text.push_str("~1"),
                c => text.push(c),
            }
        }
    }

    /// The segments, unescaped.
    pub fn segments(&self) -> impl Iterator<Item = String> {
        let plain = |segment: &str| segment.replace("~1", "/").replace("~0", "~");
        self.0.split('/').map(move |segment| if segment.contains('~') { plain(segment) } else { segment.to_owned() })
    }

    /// A segment as it stands in a key.
    pub(crate) fn escaped(segment: &str) -> Cow<'_, str> {
        match memchr2(b'~', b'/', segment.as_bytes()) {
            None => Cow::Borrowed(segment),
            Some(_) => Cow::Owned(Key::of([segment]).0),
        }
    }

    /// Whether it is one segment that stands as it is.
    pub(crate) fn is_plain(&self) -> bool {
        memchr2(b'~', b'/', self.0.as_bytes()).is_none()
    }

    /// The key as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The key one segment further down.
    pub fn child(&self, segment: &str) -> Key {
        let mut text = String::with_capacity(self.0.len() + 1 + segment.len());
        text.push_str(&self.0);
        if !text.is_empty() {
            text.push('/');
        }
        Key::escape_into(segment, &mut text);
        Key(text)
    }

    /// Whether it is this key or lies below it.
    pub fn is_under(&self, above: &Key) -> bool {
        is_under(&self.0, &above.0)
    }
}

/// The same of keys as they are written.
pub(crate) fn is_under(key: &str, above: &str) -> bool {
    key.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || above.is_empty())
}

impl Borrow<str> for Key {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A value exactly as it stands in a store. The variant is the type tag of the format.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Raw {
    /// `true`, `<true/>`.
    Bool(bool),
    /// A number, a DWORD, `<integer>`.
    Int(i64),
    /// A string, REG_SZ, `<string>`.
    Text(String),
    /// Bytes: REG_BINARY, `<data>`, BLOB, a string that is not text.
    Bytes(Vec<u8>),
    /// What no codec edits: kept, compared, put back.
    Other {
        /// The format's own type number.
        tag: u32,
        /// The value as the format stores it.
        bytes: Vec<u8>,
    },
}

impl Raw {
    /// Text of anything that turns into a string.
    pub fn text(text: impl Into<String>) -> Raw {
        Raw::Text(text.into())
    }

    /// The text, where it is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Raw::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The text, of bytes with a letter for each: a name is made of those that every code page has.
    pub fn letters(&self) -> Option<String> {
        match self {
            Raw::Text(text) => Some(text.clone()),
            Raw::Bytes(bytes) => Some(bytes.iter().copied().map(char::from).collect()),
            _ => None,
        }
    }

    /// The text of bytes that are text in UTF-16, low byte first, with one NUL at its end.
    pub fn as_wide(&self) -> Option<String> {
        let Raw::Bytes(bytes) = self else { return None };
        let (units, []) = bytes.as_chunks::<2>() else { return None };
        let ([0, 0], units) = units.split_last()? else { return None };
        let units = units.iter().map(|unit| u16::from_le_bytes(*unit));
        let text: String = char::decode_utf16(units).collect::<Result<_, _>>().ok()?;
        (!text.contains('\0')).then_some(text)
    }
}

impl fmt::Display for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Raw::Bool(on) => on.fmt(f),
            Raw::Int(n) => n.fmt(f),
            Raw::Text(text) => write!(f, "{text:?}"),
            Raw::Bytes(bytes) | Raw::Other { bytes, .. } => match self.as_wide() {
                Some(text) if bytes.len() > 4 => write!(f, "{text:?} in UTF-16"),
                _ => write!(f, "<{} bytes>", bytes.len()),
            },
        }
    }
}

/// What is to become of a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Edit {
    /// This raw stands there; the key is made if it is missing.
    Put(Raw),
    /// The key goes, and all below it.
    Remove,
    /// A copy of another entry stands there, made by the format, so that its secrets pass through no plan and no
    /// journal. Further edits below the new key change the copy.
    CopyOf(Key),
}

/// The edits of one store.
pub type Edits = BTreeMap<Key, Edit>;

/// Something that a document kept but did not understand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Odd {
    /// The line, from 1; 0 where the format has none.
    pub line: usize,
    /// What was expected and what was found, lower case, without a period.
    pub message: String,
    /// The key that it may hide, if that can be told.
    pub hides: Option<Key>,
}

/// A refusal to open a store, or to render edits into it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}", if *line > 0 { format!("line {line}: ") } else { String::new() })]
pub struct Refusal {
    /// The line, from 1; 0 where there is none.
    pub line: usize,
    /// What was expected and what was found, lower case, without a period.
    pub message: String,
}

impl Refusal {
    /// A refusal that no line is to blame for.
    pub fn new(message: impl Into<String>) -> Refusal {
        Refusal { line: 0, message: message.into() }
    }

    /// A refusal because of a line.
    pub fn at(line: usize, message: impl Into<String>) -> Refusal {
        Refusal { line, message: message.into() }
    }
}

/// A store, opened. Parsing only finds spans; `render` splices.
pub trait Document: Send + Sync {
    /// The effective raw of a key: of duplicates the one that the client would take.
    fn get(&self, key: &Key) -> Option<Raw>;

    /// Every key and its raw. Verification compares this map before and after.
    fn entries(&self) -> BTreeMap<Key, Raw>;

    /// Shows every key and its raw, in any order: what [`entries`](Self::entries) holds, where no map of it is wanted.
    fn visit<'a>(&'a self, see: &mut dyn FnMut(Cow<'a, str>, Raw)) {
        self.entries().into_iter().for_each(|(key, raw)| see(Cow::Owned(key.0), raw));
    }

    /// Visits the keys below `under` in order, without reading their raws.
    fn keys(&self, under: &str) -> Vec<Key>;

    /// The key as this store spells it, where its letter case does not matter; the key itself elsewhere. Edits are
    /// keyed by it.
    fn canonical(&self, key: &Key) -> Key {
        key.clone()
    }

    /// The patch that makes exactly these edits. Pure: sees the whole edit set, may refuse.
    ///
    /// # Errors
    /// What the format can't hold, or a key that it has no place for.
    fn render(&self, edits: &Edits) -> Result<Patch, Refusal>;

    /// Why nothing of it can be changed, where it is of a kind that is only read, and what to do about it.
    fn only_read(&self) -> Option<(&'static str, &'static str)> {
        None
    }

    /// The line that a key's effective raw stands on, from 1; 0 where there is none to name.
    fn line(&self, _key: &Key) -> usize {
        0
    }

    /// What was kept but not understood.
    fn odd(&self) -> &[Odd] {
        &[]
    }
}

/// Opens the bytes of a store.
pub type Open = fn(&[u8]) -> Result<Box<dyn Document>, Refusal>;

/// The map of a document after edits, worked out without the format: what verification expects to find.
pub fn expected(mut entries: BTreeMap<Key, Raw>, edits: &Edits) -> BTreeMap<Key, Raw> {
    for (key, edit) in edits {
        match edit {
            Edit::Put(raw) => {
                fill(&mut entries, key);
                entries.insert(key.clone(), raw.clone());
            }
            Edit::Remove => entries.retain(|known, _| !known.is_under(key)),
            Edit::CopyOf(from) => {
                let copied: Vec<(Key, Raw)> = entries
                    .range::<Key, _>(from..)
                    .take_while(|(known, _)| known.as_str().starts_with(from.as_str()))
                    .filter(|(known, _)| known.is_under(from))
                    .map(|(known, raw)| (Key::raw(format!("{key}{}", &known.as_str()[from.as_str().len()..])), raw.clone()))
                    .collect();
                entries.extend(copied);
            }
        }
    }
    entries
}

/// The keys that a key lies below.
pub(crate) fn above(key: &Key) -> impl Iterator<Item = &str> {
    key.as_str().match_indices('/').filter_map(|(at, _)| key.as_str().get(..at))
}

/// An empty container that gets a key is empty no more, and no value of its own.
fn fill(entries: &mut BTreeMap<Key, Raw>, key: &Key) {
    for above in above(key) {
        if matches!(entries.get(above), Some(Raw::Other { .. })) {
            entries.remove(above);
        }
    }
}
