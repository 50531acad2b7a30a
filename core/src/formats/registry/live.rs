//! The live registry as text: a first line, then a line for each value, sorted by key without letter case, so that what is
//! written reads back as the same bytes. Key, type and data, parted by tabs; in a key `%09`, `%0A`, `%0D` and `%25` stand
//! for what a line can't hold. Knows no system.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::document::{Document, Edits, Key, Raw, Refusal};
use crate::formats::hive::names::{Spot, fold, spot};
use crate::formats::hive::value::{raw, typed};
use crate::formats::hive::wanted::wanted;
use crate::formats::keys_under;
use crate::patch::{Patch, Splice};

/// The first line.
pub(crate) const FIRST: &str = "live registry 1\n";

/// The values of a registry: type and data by key.
#[cfg(any(windows, test))]
pub(crate) type Values = BTreeMap<Key, (u32, Vec<u8>)>;

/// Writes values as text.
#[cfg(any(windows, test))]
pub(crate) fn write(values: &Values) -> Vec<u8> {
    let mut sorted: Vec<(String, String)> =
        values.iter().map(|(key, (kind, data))| (fold(key.as_str()), line(key, *kind, data))).collect();
    sorted.sort();
    FIRST.chars().chain(sorted.iter().flat_map(|(_, line)| line.chars())).collect::<String>().into_bytes()
}

fn line(key: &Key, kind: u32, data: &[u8]) -> String {
    let digits: String = data.iter().map(|byte| format!("{byte:02x}")).collect();
    let key = key.as_str().replace('%', "%25").replace('\t', "%09").replace('\n', "%0A").replace('\r', "%0D");
    format!("{key}\t{kind:x}\t{digits}\n")
}

/// Reads text back.
#[cfg(any(windows, test))]
pub(crate) fn read(bytes: &[u8]) -> Result<Values, Refusal> {
    Ok(lines(bytes)?.into_iter().map(|(key, kind, data, _)| (key, (kind, data))).collect())
}

type Line = (Key, u32, Vec<u8>, Range<usize>);

fn lines(bytes: &[u8]) -> Result<Vec<Line>, Refusal> {
    let text = std::str::from_utf8(bytes).ok().and_then(|text| text.strip_prefix(FIRST));
    let text = text.ok_or_else(|| Refusal::at(1, "expected a copy of the live registry, found something else"))?;
    let mut lines = Vec::new();
    let mut at = FIRST.len();
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let span = at..at + line.len();
        at = span.end;
        let (key, kind, data) =
            parsed(line).ok_or_else(|| Refusal::at(number + 2, "expected a key, a type and data, found something else"))?;
        lines.push((key, kind, data, span));
    }
    Ok(lines)
}

fn parsed(line: &str) -> Option<(Key, u32, Vec<u8>)> {
    let mut parts = line.strip_suffix('\n')?.split('\t');
    let key = parts.next()?.replace("%09", "\t").replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%");
    let kind = u32::from_str_radix(parts.next()?, 16).ok()?;
    let (pairs, []) = parts.next()?.as_bytes().as_chunks::<2>() else { return None };
    let byte = |pair: &[u8; 2]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    Some((Key::raw(key), kind, pairs.iter().map(byte).collect::<Option<_>>()?))
}

/// Opens a copy of the live registry.
///
/// # Errors
/// What is none.
pub(super) fn open(bytes: &[u8]) -> Result<Box<dyn Document>, Refusal> {
    let mut live = Live { length: bytes.len(), lines: BTreeMap::new(), names: BTreeMap::new(), entries: BTreeMap::new() };
    for (number, (key, kind, data, span)) in lines(bytes)?.into_iter().enumerate() {
        let folded = fold(key.as_str());
        let rises = live.lines.last_key_value().is_none_or(|(last, _)| *last < folded);
        let is_value = spot(&key).is_some_and(|spot| matches!(spot, Spot::Value(..)) && spot.key() == key);
        let as_written = bytes.get(span.clone()) == Some(line(&key, kind, &data).as_bytes());
        if !(rises && is_value && as_written) {
            return Err(Refusal::at(number + 2, "expected a value after the one before, as we write it, found something else"));
        }
        for end in key.as_str().match_indices('/').map(|(at, _)| at) {
            let prefix = key.as_str().get(..end).unwrap_or_default();
            live.names.entry(fold(prefix)).or_insert_with(|| prefix.to_owned());
        }
        live.lines.insert(folded, (key.clone(), span));
        live.entries.insert(key, raw(kind, data));
    }
    Ok(Box::new(live))
}

/// A copy of the live registry, opened.
struct Live {
    length: usize,
    /// The values by their key in capitals: the key as it is spelled, and its line.
    lines: BTreeMap<String, (Key, Range<usize>)>,
    /// How paths are spelled.
    names: BTreeMap<String, String>,
    entries: BTreeMap<Key, Raw>,
}

impl Document for Live {
    fn get(&self, key: &Key) -> Option<Raw> {
        self.entries.get(&self.lines.get(&fold(key.as_str()))?.0).cloned()
    }

    fn entries(&self) -> BTreeMap<Key, Raw> {
        self.entries.clone()
    }

    fn keys(&self, under: &str) -> Vec<Key> {
        let under = Key::raw(under.strip_suffix('/').unwrap_or(under));
        keys_under(&self.entries, self.canonical(&under).as_str())
    }

    fn canonical(&self, key: &Key) -> Key {
        if let Some((known, _)) = self.lines.get(&fold(key.as_str())) {
            return known.clone();
        }
        let text = key.as_str();
        let ends = text.match_indices('/').map(|(at, _)| at).chain([text.len()]);
        let known = |end: usize| Some((self.names.get(&fold(text.get(..end)?))?, text.get(end..)?));
        let longest = ends.filter_map(known).next_back();
        longest.map_or_else(|| key.clone(), |(known, rest)| Key::raw(format!("{known}{rest}")))
    }

    fn render(&self, edits: &Edits) -> Result<Patch, Refusal> {
        let wanted = wanted(self, edits)?;
        let goes = |key: &&Key| wanted.trees.iter().any(|tree| key.is_under(tree)) && !wanted.values.contains_key(*key);
        let gone = self.entries.keys().filter(goes).map(|key| (key, None));
        let mut splices = Vec::new();
        let mut added: BTreeMap<usize, Vec<(String, String)>> = BTreeMap::new();
        for (key, raw) in gone.chain(wanted.values.iter().map(|(key, raw)| (key, raw.as_ref()))) {
            let folded = fold(key.as_str());
            let new = raw.map(|raw| typed(raw).map(|(kind, data)| line(key, kind, &data))).transpose()?;
            match (self.lines.get(&folded), new) {
                (Some((_, span)), new) => splices.push(Splice::new(span.clone(), new.unwrap_or_default().into_bytes())),
                (None, Some(new)) => {
                    if !matches!(spot(key), Some(Spot::Value(..))) {
                        return Err(Refusal::new(format!("expected a value's name, found \"{key}\"")));
                    }
                    let next = self.lines.range(folded.clone()..).next().map_or(self.length, |(_, (_, span))| span.start);
                    added.entry(next).or_default().push((folded, new));
                }
                (None, None) => {}
            }
        }
        for (at, mut new) in added {
            new.sort();
            let text: String = new.into_iter().map(|(_, line)| line).collect();
            match splices.iter_mut().find(|splice| splice.range.start == at) {
                Some(splice) => splice.bytes = [text.as_bytes(), &splice.bytes].concat(),
                None => splices.push(Splice::new(at..at, text.into_bytes())),
            }
        }
        splices.sort_by_key(|splice| splice.range.start);
        Patch::new(splices).map_err(|splice| Refusal::new(format!("two edits meet at byte {}", splice.range.start)))
    }
}

#[cfg(test)]
mod tests {
    use super::{Values, open, read, write};
    use crate::document::{Edit, Edits, Key, Raw, expected};

    fn values() -> Values {
        let of = |key: &str, kind: u32, data: &[u8]| (Key::raw(key), (kind, data.to_vec()));
        [
            of("Software/b/@x", 4, &[7, 0, 0, 0]),
            of("Software/B~1c/@tab\there", 1, b"a\0\0\0"),
            of("Software/A/@", 3, &[]),
            of("Software/A/z/@Host%", 1, b"h\0\0\0"),
        ]
        .into()
    }

    #[test]
    fn what_is_written_reads_back() {
        assert_eq!(read(&write(&values())).unwrap(), values());
        assert!(read(b"live registry 2\n").is_err());
        assert!(open(b"live registry 1\nx\t1\n").is_err());
    }

    #[test]
    fn an_edited_copy_is_what_would_be_written_then() {
        let bytes = write(&values());
        let document = open(&bytes).unwrap();
        assert_eq!(document.get(&Key::raw("SOFTWARE/a/Z/@HOST%")), Some(Raw::text("h")));
        assert_eq!(document.canonical(&Key::raw("software/a/new/@q")), Key::raw("Software/A/new/@q"));
        let puts = [
            ("Software/A/@aa", Raw::Int(1)),
            ("Software/A/@", Raw::Bytes(vec![1])),
            ("Software/A/z/@a", Raw::text("ü")),
            ("Software/zz/@end", Raw::Bytes(vec![255])),
            ("Software/A/@ab", Raw::Int(2)),
        ];
        let mut edits: Edits = puts.into_iter().map(|(key, raw)| (Key::raw(key), Edit::Put(raw))).collect();
        edits.insert(Key::raw("Software/b/@x"), Edit::Remove);
        let patch = document.render(&edits).unwrap();
        let new = patch.apply(&bytes);
        assert_eq!(open(&new).unwrap().entries(), expected(document.entries(), &edits));
        assert_eq!(write(&read(&new).unwrap()), new);
        assert_eq!(patch.invert(&bytes).apply(&new), bytes);
    }
}
