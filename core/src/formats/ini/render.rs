//! The edits of an INI file as splices: a value changes on the line that counts, a new key gets a line beside its
//! neighbours, a removed one loses every line. What would not read back as wanted is refused.

use std::collections::BTreeMap;

use super::dialect::{Blanks, Header, Spelling};
use super::parse::{Line, segments};
use super::value::encode;
use super::{Ini, parse};
use crate::document::{Edits, Key, Raw, Refusal, expected};
use crate::formats::lines::eol_near;
use crate::patch::{Patch, Splice};

/// Makes the patch.
pub(super) fn render(ini: &Ini, edits: &Edits) -> Result<Patch, Refusal> {
    let wanted = expected(ini.entries.clone(), edits);
    if wanted == ini.entries {
        return Ok(Patch::default());
    }
    let mut splices = Vec::new();
    for lines in ini.lines.values() {
        let Some(line) = ini.winner(lines) else { continue };
        match (wanted.get(&line.key), ini.entries.get(&line.key)) {
            (Some(raw), now) if now == Some(raw) => {}
            (Some(raw), _) => splices.push(changed(ini, line, raw)?),
            (None, Some(_)) => splices.extend(lines.iter().map(|line| Splice::new(line.whole.clone(), []))),
            (None, None) => {}
        }
    }
    let new = wanted.iter().filter(|(key, _)| !ini.lines.contains_key(&ini.folded(key)));
    splices.extend(added(ini, new)?);
    let patch = Patch::new(splices).map_err(|splice| Refusal::new(format!("two edits meet at byte {}", splice.range.start)))?;
    let found = Ini::read(&patch.apply(&ini.bytes), ini.dialect, ini.encoding).entries;
    let differs = |(key, raw): &(&Key, &Raw)| found.get(*key) != Some(*raw);
    match wanted.iter().find(differs).or_else(|| found.iter().find(|(key, _)| !wanted.contains_key(*key))) {
        Some((key, _)) => {
            Err(Refusal::new(format!("expected edits that this file can hold, found that \"{key}\" would read differently")))
        }
        None => Ok(patch),
    }
}

/// The line that counts, with another value.
fn changed(ini: &Ini, line: &Line, raw: &Raw) -> Result<Splice, Refusal> {
    let Some(value) = line.value.clone() else {
        // No `=`, or marked as deleted: the key stays as it is spelled, the rest of the line goes.
        let name = segments(&line.key).pop().unwrap_or_default();
        let mut text = name_bytes(ini, &name)?;
        text.push(b'=');
        text.extend(encode(raw, b"", false, ini.dialect, ini.encoding)?);
        return Ok(Splice::new(line.text.clone(), text));
    };
    let old = ini.bytes.get(value.clone()).unwrap_or_default();
    Ok(Splice::new(value, encode(raw, old, line.expands, ini.dialect, ini.encoding)?))
}

/// The lines of new keys, section by section.
fn added<'a>(ini: &Ini, new: impl Iterator<Item = (&'a Key, &'a Raw)>) -> Result<Vec<Splice>, Refusal> {
    let mut sections: BTreeMap<Vec<String>, Vec<(String, &Raw)>> = BTreeMap::new();
    for (key, raw) in new {
        let mut path = segments(key);
        let name = path.pop().filter(|name| !name.is_empty() && (ini.dialect.headless || !path.is_empty()));
        let shaped = ini.dialect.header == Header::Nested || path.len() == 1;
        match name.filter(|name| shaped && Key::of(path.iter().chain([name]).map(String::as_str)) == *key) {
            Some(name) => sections.entry(path).or_default().push((name, raw)),
            None => return Err(Refusal::new(format!("expected section/key, found \"{key}\""))),
        }
    }
    let folded = |path: &[String]| parse::folded_section(path, ini.dialect);
    let mut places: BTreeMap<usize, Vec<Vec<u8>>> = BTreeMap::new();
    for (path, keys) in sections {
        let known = ini.sections.iter().find(|section| folded(&section.path) == folded(&path));
        let at = known.map_or(ini.bytes.len(), |section| section.end);
        let lines = places.entry(at).or_default();
        if known.is_none() {
            if parts(ini) && !(lines.is_empty() && ends_parted(ini)) {
                lines.push(Vec::new());
            }
            lines.push(header(ini, &path)?);
        }
        for (name, raw) in keys {
            lines.push(line(ini, known.and_then(|section| section.like.as_ref()), &name, raw)?);
        }
    }
    let splice = |(at, lines): (usize, Vec<Vec<u8>>)| {
        let eol = match eol_near(&ini.bytes, at) {
            b"\r" if !ini.dialect.lone_cr => b"\n",
            eol => eol,
        };
        let last = at.checked_sub(1).and_then(|at| ini.bytes.get(at));
        let ended = last.is_none_or(|c| *c == b'\n' || (*c == b'\r' && ini.dialect.lone_cr));
        let text = lines.join(eol);
        Splice::new(at..at, if ended { [text.as_slice(), eol].concat() } else { [eol, text.as_slice()].concat() })
    };
    Ok(places.into_iter().map(splice).collect())
}

/// A new line, spaced like its neighbour.
fn line(ini: &Ini, like: Option<&Line>, name: &str, raw: &Raw) -> Result<Vec<u8>, Refusal> {
    let like = like.filter(|_| ini.dialect.blanks != Blanks::Count);
    let mut text = like.and_then(|like| ini.bytes.get(like.whole.start..like.text.start)).unwrap_or_default().to_vec();
    text.extend(name_bytes(ini, name)?);
    let between = like.and_then(|like| {
        let before = ini.bytes.get(like.text.start..like.value.as_ref()?.start)?;
        let equals = before.iter().position(|c| *c == b'=')?;
        let blanks = before.get(..equals)?.iter().rev().take_while(|c| matches!(c, b' ' | b'\t')).count();
        before.get(equals - blanks..)
    });
    text.extend_from_slice(between.unwrap_or(b"="));
    text.extend(encode(raw, b"", false, ini.dialect, ini.encoding)?);
    Ok(text)
}

fn header(ini: &Ini, path: &[String]) -> Result<Vec<u8>, Refusal> {
    let mut text = Vec::new();
    for name in path {
        text.push(b'[');
        text.extend(name_bytes(ini, name)?);
        text.push(b']');
    }
    Ok(text)
}

/// A name as it is written: in KDE's files what would end it is coded.
fn name_bytes(ini: &Ini, name: &str) -> Result<Vec<u8>, Refusal> {
    let (bytes, _, lost) = ini.encoding.encode(name);
    if lost || bytes.iter().any(|c| matches!(c, b'\n' | b'\r' | 0)) {
        return Err(Refusal::new(format!(
            "expected a name on one line that {} can spell, found \"{name}\"",
            ini.encoding.name()
        )));
    }
    if ini.dialect.spelling != Spelling::KConfig {
        return Ok(bytes.into_owned());
    }
    // `key[de]` is a key of another language: its brackets at the end are its own.
    let locale = name
        .strip_suffix(']')
        .and_then(|rest| rest.rfind('['))
        .filter(|at| !name.get(*at + 1..).unwrap_or_default().starts_with('$'));
    let code = |(at, c): (usize, &u8)| match c {
        b'=' | b'\\' | b'[' | b']' if locale.is_none_or(|locale| at < locale) => format!("\\x{c:02x}").into_bytes(),
        c => vec![*c],
    };
    Ok(bytes.iter().enumerate().flat_map(code).collect())
}

/// Whether the file's sections are parted by empty lines.
fn parts(ini: &Ini) -> bool {
    let mut before: Option<&[u8]> = None;
    for line in ini.bytes.split(|c| *c == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.starts_with(b"[") && before.is_some_and(<[u8]>::is_empty) {
            return true;
        }
        before = Some(line);
    }
    false
}

/// Whether the file ends in an empty line, or has none.
fn ends_parted(ini: &Ini) -> bool {
    let text = ini.bytes.strip_suffix(b"\n").map(|text| text.strip_suffix(b"\r").unwrap_or(text));
    ini.bytes.is_empty() || text.is_some_and(|text| text.is_empty() || text.ends_with(b"\n"))
}
