//! The edits of a prefs file as splices: a value changes in the last statement of its name, a new statement gets its own
//! line where the client's sorting would put it, a removed name loses every statement. Knows no pref by name.

use std::collections::BTreeMap;
use std::ops::Range;

use super::parse::Statement;
use super::token::comment_end;
use super::{Prefs, name_of};
use crate::document::{Document, Edit, Edits, Key, Raw, Refusal};
use crate::formats::lines::{after_eol, eol_near, line_start};
use crate::patch::{Patch, Splice};

/// Makes the patch.
pub(super) fn render(prefs: &Prefs, edits: &Edits) -> Result<Patch, Refusal> {
    let wanted = resolve(prefs, edits)?;
    let mut splices = Vec::new();
    let mut added = Vec::new();
    for (name, raw) in &wanted {
        let last = prefs.last(name.as_bytes());
        match (raw, last) {
            (Some(raw), Some(statement)) => splices.push(Splice::new(statement.value.range(), value(raw)?)),
            (Some(raw), None) => added.push(line(name, raw)?),
            (None, _) => {
                let spans = prefs.all(name.as_bytes()).map(|statement| removal(&prefs.bytes, statement.span.range()));
                splices.extend(spans.map(|span| Splice::new(span, [])));
            }
        }
    }
    let gone = |statement: &Statement| {
        let name = std::str::from_utf8(statement.name(&prefs.bytes)).unwrap_or_default();
        wanted.get(name) == Some(&None)
    };
    splices.extend(insertions(prefs, added, gone)?);
    Patch::new(splices).map_err(|splice| Refusal::new(format!("two edits meet at byte {}", splice.range.start)))
}

/// What each name is to hold in the end; names that keep their raw are left out.
fn resolve(prefs: &Prefs, edits: &Edits) -> Result<BTreeMap<String, Option<Raw>>, Refusal> {
    let mut wanted: BTreeMap<String, Option<Raw>> = BTreeMap::new();
    for (key, edit) in edits {
        let Some(name) = name_of(key) else {
            match edit {
                Edit::Remove if !key.as_str().is_empty() => continue,
                _ => return Err(Refusal::new(format!("expected a pref name in one segment, found \"{key}\""))),
            }
        };
        let raw = match edit {
            Edit::Put(raw) => Some(raw.clone()),
            Edit::Remove => None,
            Edit::CopyOf(from) => Some(source(prefs, &wanted, from)?),
        };
        if prefs.get(key) != raw {
            wanted.insert(name.into_owned(), raw);
        }
    }
    Ok(wanted)
}

/// The raw of another name, as the edits before have left it.
fn source(prefs: &Prefs, wanted: &BTreeMap<String, Option<Raw>>, from: &Key) -> Result<Raw, Refusal> {
    let pending = name_of(from).and_then(|name| wanted.get(&*name).cloned());
    pending
        .unwrap_or_else(|| prefs.get(from))
        .ok_or_else(|| Refusal::new(format!("expected \"{from}\" to copy, found no such pref")))
}

fn line(name: &str, raw: &Raw) -> Result<Vec<u8>, Refusal> {
    let mut line = b"user_pref(".to_vec();
    quote(name.as_bytes(), &mut line)?;
    line.extend_from_slice(b", ");
    line.extend(value(raw)?);
    line.extend_from_slice(b");");
    Ok(line)
}

fn value(raw: &Raw) -> Result<Vec<u8>, Refusal> {
    let mut out = Vec::new();
    match raw {
        Raw::Bool(on) => out.extend_from_slice(on.to_string().as_bytes()),
        Raw::Int(n) if i32::try_from(*n).is_ok() => out.extend_from_slice(n.to_string().as_bytes()),
        Raw::Int(n) => return Err(Refusal::new(format!("expected a number from -2147483648 to 2147483647, found {n}"))),
        Raw::Text(text) => quote(text.as_bytes(), &mut out)?,
        Raw::Bytes(bytes) if std::str::from_utf8(bytes).is_err() => quote(bytes, &mut out)?,
        Raw::Bytes(_) => return Err(Refusal::new("expected bytes that are not UTF-8, found text, which is put as text")),
        Raw::Other { .. } => return Err(Refusal::new("expected a bool, an int or a string, found another kind of value")),
    }
    Ok(out)
}

/// Writes a string as the client does.
pub(super) fn quote(text: &[u8], out: &mut Vec<u8>) -> Result<(), Refusal> {
    out.push(b'"');
    for c in text {
        match c {
            0 => return Err(Refusal::new("expected a string, found a NUL in it")),
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', *c]),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            _ => out.push(*c),
        }
    }
    out.push(b'"');
    Ok(())
}

/// The whole lines of a statement that stands alone on them, else the statement.
fn removal(bytes: &[u8], span: Range<usize>) -> Range<usize> {
    alone(bytes, &span).unwrap_or(span)
}

/// The lines of a statement, if nothing but blanks stands beside it.
fn alone(bytes: &[u8], span: &Range<usize>) -> Option<Range<usize>> {
    let start = line_start(bytes, span.start);
    let rest = bytes.get(span.end..)?;
    let end = span.end + rest.iter().position(|c| !is_blank(c)).unwrap_or(rest.len());
    let next = if end == bytes.len() { end } else { after_eol(bytes, end)? };
    bytes.get(start..span.start)?.iter().all(is_blank).then_some(start..next)
}

/// A place for new lines, between two tokens, and the line ends that it needs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    at: usize,
    eol_before: bool,
    eol_after: bool,
}

fn insertions(prefs: &Prefs, mut added: Vec<Vec<u8>>, gone: impl Fn(&Statement) -> bool) -> Result<Vec<Splice>, Refusal> {
    let bytes = &*prefs.bytes;
    added.sort();
    let mut places: BTreeMap<Place, Vec<Vec<u8>>> = BTreeMap::new();
    let sorted = if added.is_empty() { Vec::new() } else { sorted_lines(prefs, gone) };
    for line in added {
        let after = sorted.partition_point(|(known, _)| *known < line.as_slice());
        let place = match (sorted.get(after), after.checked_sub(1).and_then(|before| sorted.get(before))) {
            (Some((_, next)), _) => Place { at: next.start, eol_before: false, eol_after: true },
            (None, Some((_, last))) => {
                let ended = bytes.get(last.clone()).is_some_and(|line| matches!(line.last(), Some(b'\n' | b'\r')));
                Place { at: last.end, eol_before: !ended, eol_after: ended }
            }
            (None, None) => unsorted_place(prefs)?,
        };
        places.entry(place).or_default().push(line);
    }
    let splice = |(place, lines): (Place, Vec<Vec<u8>>)| {
        let eol = eol_near(bytes, place.at);
        let mut text = if place.eol_before { eol.to_vec() } else { Vec::new() };
        text.extend(lines.join(eol));
        text.extend_from_slice(if place.eol_after { eol } else { b"" });
        Splice::new(place.at..place.at, text)
    };
    Ok(places.into_iter().map(splice).collect())
}

/// The statements that stand alone on one line and stay, with their lines; none if they are not in the client's order.
fn sorted_lines(prefs: &Prefs, gone: impl Fn(&Statement) -> bool) -> Vec<(&[u8], Range<usize>)> {
    let bytes = &*prefs.bytes;
    let line = |statement: &Statement| {
        let span = statement.span.range();
        let text = bytes.get(span.clone())?;
        let one_line = !text.iter().any(|c| matches!(c, b'\n' | b'\r'));
        Some((text, alone(bytes, &span).filter(|_| one_line && !gone(statement))?))
    };
    let lines: Vec<_> = prefs.statements.iter().filter_map(line).collect();
    if lines.is_sorted_by_key(|(text, _)| *text) { lines } else { Vec::new() }
}

/// Behind the last statement; where there is none, behind the comments at the top.
fn unsorted_place(prefs: &Prefs) -> Result<Place, Refusal> {
    let bytes = &*prefs.bytes;
    let Some(last) = prefs.statements.last() else {
        let gaps = gaps(bytes, 0);
        return match gaps.end.or(gaps.starts.last().copied().map(Place::line)) {
            Some(place) if place.at > 0 || !bytes.starts_with(b"\xEF\xBB\xBF") => Ok(place),
            _ => Err(Refusal::at(1, "expected a place for a new pref, found a byte order mark, which hides what follows")),
        };
    };
    let end = last.span.range().end;
    let gaps = gaps(bytes, end);
    let behind = Place { at: end, eol_before: true, eol_after: true };
    Ok(gaps.starts.first().copied().map(Place::line).or(gaps.end).unwrap_or(behind))
}

impl Place {
    fn line(at: usize) -> Place {
        Place { at, eol_before: false, eol_after: true }
    }
}

/// The places between two tokens where a line starts, and the end of the file, if only comments come before it.
struct Gaps {
    starts: Vec<usize>,
    end: Option<Place>,
}

fn gaps(bytes: &[u8], from: usize) -> Gaps {
    let starts_line = |at: usize| at == 0 || matches!(bytes.get(at - 1), Some(b'\n' | b'\r'));
    let mut starts = Vec::new();
    let mut at = from;
    loop {
        if starts_line(at) {
            starts.push(at);
        }
        at = match bytes.get(at) {
            None | Some(0) => {
                let eol_after = starts_line(at) || at < bytes.len();
                return Gaps { starts, end: Some(Place { at, eol_before: !starts_line(at), eol_after }) };
            }
            Some(b'\n' | b'\r') => after_eol(bytes, at).unwrap_or(at + 1),
            Some(c) if is_blank(c) => at + 1,
            Some(_) => match comment_end(bytes, at) {
                Some(end) => end,
                None => return Gaps { starts, end: None },
            },
        };
    }
}

fn is_blank(c: &u8) -> bool {
    matches!(c, b' ' | b'\t' | 0x0b | 0x0c)
}
