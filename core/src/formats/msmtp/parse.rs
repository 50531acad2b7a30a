//! Statements and sections as the programs themselves read them: lines end at LF, a comment is a line that begins with
//! `#`, quotes count only around a whole value, and an account takes over what its parents set before it.

use std::ops::Range;

use crate::document::{Key, Odd};
use crate::formats::lines::numbers;

/// How long a line may be, without its end; the programs refuse a file with a longer one.
pub(super) const LINE: usize = 499;

/// A line that says something.
#[derive(Debug, Clone)]
pub(super) struct Statement {
    /// The line and its end.
    pub(super) whole: Range<usize>,
    pub(super) keyword: Range<usize>,
    /// The value with its quotes; without one, the rest of the line.
    pub(super) argument: Range<usize>,
}

/// What belongs together.
#[derive(Debug, Default)]
pub(super) struct Section {
    /// `account=NAME`, `defaults`, `defaults=2` …
    pub(super) name: String,
    /// Its first line; none where settings come before any section.
    pub(super) header: Option<Statement>,
    pub(super) settings: Vec<Statement>,
    /// Of an account: its parents and theirs, nearest first, then the `defaults` before it, last first.
    pub(super) inherits: Vec<String>,
}

impl Section {
    /// The account's name.
    pub(super) fn account(&self) -> Option<&str> {
        self.name.strip_prefix("account=")
    }

    /// Its last line.
    pub(super) fn last(&self) -> Option<&Statement> {
        self.settings.last().or(self.header.as_ref())
    }
}

/// A configuration.
#[derive(Default)]
pub(super) struct File {
    pub(super) sections: Vec<Section>,
    pub(super) odd: Vec<Odd>,
}

/// A line, by its ends: without and with the line end.
struct Line {
    start: usize,
    end: usize,
    next: usize,
}

fn lines(bytes: &[u8]) -> impl Iterator<Item = Line> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at;
        let rest = bytes.get(start..).filter(|rest| !rest.is_empty())?;
        let newline = rest.iter().position(|byte| *byte == b'\n');
        at = newline.map_or(bytes.len(), |length| start + length + 1);
        let text = newline.and_then(|length| rest.get(..length)).unwrap_or(rest);
        // A string of C ends at NUL; only the CR of a CRLF goes.
        let text = match text.iter().position(|byte| *byte == 0) {
            Some(nul) => text.get(..nul).unwrap_or_default(),
            None if newline.is_some() => text.strip_suffix(b"\r").unwrap_or(text),
            None => text,
        };
        Some(Line { start, end: start + text.len(), next: at })
    })
}

fn is_blank(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// The range of the bytes without blanks at its ends.
fn trimmed(bytes: &[u8], range: Range<usize>) -> Range<usize> {
    let text = bytes.get(range.clone()).unwrap_or_default();
    match (text.iter().position(|byte| !is_blank(byte)), text.iter().rposition(|byte| !is_blank(byte))) {
        (Some(first), Some(last)) => range.start + first..range.start + last + 1,
        _ => range,
    }
}

/// A value without blanks and quotes around it.
pub(super) fn unquoted(text: &[u8]) -> &[u8] {
    match trim(text) {
        [b'"', inner @ .., b'"'] => inner,
        text => text,
    }
}

/// What a line says, if anything.
fn statement(bytes: &[u8], line: &Line) -> Option<Statement> {
    let text = bytes.get(line.start..line.end)?;
    let start = text.iter().position(|byte| !is_blank(byte)).filter(|at| text.get(*at) != Some(&b'#'))?;
    let length = text.get(start..)?.iter().position(is_blank).unwrap_or(text.len() - start);
    let keyword = line.start + start..line.start + start + length;
    Some(Statement { whole: line.start..line.next, argument: trimmed(bytes, keyword.end..line.end), keyword })
}

/// The sections of a configuration.
pub(super) fn sections(bytes: &[u8]) -> File {
    let mut file = File::default();
    // Where the current section is; a header that is not understood hides what follows it.
    let mut current: Option<Option<usize>> = None;
    let mut odd: Vec<(usize, String, Option<Key>)> = Vec::new();
    for line in lines(bytes) {
        if !fits(bytes, &line) {
            odd.push((line.start, format!("expected a line of at most {LINE} bytes, found more"), file.here(current)));
            continue;
        }
        let Some(statement) = statement(bytes, &line) else { continue };
        let argument = unquoted(bytes.get(statement.argument.clone()).unwrap_or_default());
        match bytes.get(statement.keyword.clone()).unwrap_or_default() {
            b"defaults" => {
                let count = file.sections.iter().filter(|section| section.account().is_none()).count();
                let name = if count == 0 { "defaults".to_owned() } else { format!("defaults={}", count + 1) };
                current = Some(Some(file.open(Section { name, header: Some(statement), ..Section::default() })));
            }
            b"account" => match file.account(argument) {
                Ok((name, inherits)) => {
                    current = Some(Some(file.open(Section { name, header: Some(statement), inherits, ..Section::default() })));
                }
                Err((message, hides)) => {
                    odd.push((line.start, message, Some(hides)));
                    current = Some(None);
                }
            },
            keyword => {
                let at = *current.get_or_insert_with(|| Some(file.open(implicit())));
                let Some(section) = at.and_then(|at| file.sections.get_mut(at)) else { continue };
                if keyword == b"eval" {
                    let message = "expected a setting, found a command whose output is one".to_owned();
                    odd.push((line.start, message, Some(Key::of([section.name.as_str(), "eval"]))));
                }
                if std::str::from_utf8(keyword).is_ok() && !keyword.starts_with(b":") {
                    section.settings.push(statement);
                }
            }
        }
    }
    let lines = numbers(bytes, odd.iter().map(|(at, ..)| *at));
    file.odd = odd.into_iter().zip(lines).map(|((_, message, hides), line)| Odd { line, message, hides }).collect();
    file
}

/// Whether a line is one that the programs read.
fn fits(bytes: &[u8], line: &Line) -> bool {
    let text = bytes.get(line.start..line.next).unwrap_or_default();
    text.strip_suffix(b"\n").unwrap_or(text).len() <= LINE
}

/// Settings before any section make an account of this name.
fn implicit() -> Section {
    Section { name: "account=default".to_owned(), ..Section::default() }
}

impl File {
    fn open(&mut self, section: Section) -> usize {
        self.sections.push(section);
        self.sections.len() - 1
    }

    fn here(&self, current: Option<Option<usize>>) -> Option<Key> {
        let section = current.flatten().and_then(|at| self.sections.get(at));
        Some(section.map_or_else(|| Key::raw("account=default"), |section| Key::of([section.name.as_str()])))
    }

    /// What `account` says: the section's name, and what it inherits from. The error says what is wrong, and what that
    /// hides.
    fn account(&self, argument: &[u8]) -> Result<(String, Vec<String>), (String, Key)> {
        let (name, parents) = match argument.iter().position(|byte| *byte == b':') {
            Some(colon) => (unquoted(cut(argument, ..colon)), Some(cut(argument, colon + 1..))),
            None => (argument, None),
        };
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let section = format!("account={}", text(name));
        let hides = Key::of([section.as_str()]);
        if name.is_empty() || name.contains(&b',') || std::str::from_utf8(name).is_err() {
            return Err((format!("expected an account's name, found \"{}\"", text(name)), hides));
        }
        if self.sections.iter().any(|known| known.name == section) {
            return Err((format!("expected a new account, found \"{}\" again", text(name)), hides));
        }
        let mut inherits: Vec<String> = Vec::new();
        // A later parent wins over an earlier one.
        for parent in parents.into_iter().flat_map(|parents| parents.rsplit(|byte| *byte == b',')) {
            let parent = format!("account={}", text(unquoted(trim(parent))));
            let Some(known) = self.sections.iter().find(|known| known.name == parent) else {
                return Err((format!("expected an account that is defined above, found \"{parent}\""), hides));
            };
            let theirs = known.inherits.iter().filter(|name| name.starts_with("account="));
            inherits.extend([&known.name].into_iter().chain(theirs).cloned());
        }
        inherits.extend(self.sections.iter().rev().filter(|known| known.account().is_none()).map(|known| known.name.clone()));
        let mut nearest = Vec::new();
        inherits.into_iter().for_each(|name| {
            if !nearest.contains(&name) {
                nearest.push(name)
            }
        });
        Ok((section, nearest))
    }
}

fn cut(bytes: &[u8], range: impl std::slice::SliceIndex<[u8], Output = [u8]>) -> &[u8] {
    trim(bytes.get(range).unwrap_or_default())
}

fn trim(bytes: &[u8]) -> &[u8] {
    bytes.get(trimmed(bytes, 0..bytes.len())).filter(|text| !text.iter().all(is_blank)).unwrap_or_default()
}
