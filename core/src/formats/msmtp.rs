//! The configuration of msmtp and mpop: a setting a line, in the sections `defaults` and `account NAME [: PARENT,…]`. Keys
//! are `account=NAME/host`, `defaults/tls`, `defaults=2/tls` for a second such section. What can only be read: `:accounts`,
//! the names in order, and `account=NAME/:inherits`, the sections that fill what the account itself does not say, nearest
//! first. Knows no setting's meaning.

mod parse;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use self::parse::{LINE, Section, Statement, sections, unquoted};
use super::fields::{Additions, Dialect, Fields, Found, Says, one_line, raw_of};
use crate::document::{Document, Key, Raw, Refusal};

/// The key of the names of all accounts, in order, joined by commas.
pub const ACCOUNTS: &str = ":accounts";

/// The last segment of the key of the sections that an account inherits from, joined by commas.
pub const INHERITS: &str = ":inherits";

/// Opens a configuration.
///
/// # Errors
/// None: what is not understood is kept.
pub fn open(bytes: &[u8]) -> Result<Box<dyn Document>, Refusal> {
    Ok(Box::new(Fields::open(bytes, &DIALECT)))
}

const DIALECT: Dialect = Dialect { parse, read: |argument| raw_of(unquoted(argument)), write, add };

fn parse(bytes: &[u8]) -> Found {
    let file = sections(bytes);
    let mut found = Found::default();
    found.odd.extend(file.odd);
    let counted = |text: String| Says::Counted(Raw::Text(text));
    let accounts: Vec<&str> = file.sections.iter().filter_map(Section::account).collect();
    if !accounts.is_empty() {
        found.push(ACCOUNTS, counted(accounts.join(",")), 0..0);
    }
    for section in &file.sections {
        if section.account().is_some() {
            let whole = section.header.as_ref().map_or(0..0, |header| header.whole.clone());
            found.push(Key::of([section.name.as_str(), INHERITS]).as_str(), counted(section.inherits.join(",")), whole);
        }
        for setting in &section.settings {
            let Ok(keyword) = std::str::from_utf8(bytes.get(setting.keyword.clone()).unwrap_or_default()) else { continue };
            let key = Key::of([section.name.as_str(), keyword]);
            found.push(key.as_str(), Says::At(setting.argument.clone()), setting.whole.clone());
        }
    }
    found
}

fn is_blank(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

fn is_quoted(value: &[u8]) -> bool {
    matches!(value, [b'"', .., b'"'])
}

/// The value in the place of an old one: in quotes where that was, and where it would read otherwise without. An old
/// one that is missing is the blank space after the keyword.
fn write(raw: &Raw, old: &[u8]) -> Result<Vec<u8>, Refusal> {
    let value = one_line(raw)?;
    let missing = old.iter().all(is_blank);
    if missing && value.is_empty() {
        return Ok(old.to_vec());
    }
    let written = quoted(value, is_quoted(old));
    Ok(if missing { [b" ", written.as_slice()].concat() } else { written })
}

fn quoted(value: &[u8], by_habit: bool) -> Vec<u8> {
    let blank_ends = value.first().is_none_or(is_blank) || value.last().is_none_or(is_blank);
    match by_habit || blank_ends || is_quoted(value) {
        true => [b"\"", value, b"\""].concat(),
        false => value.to_vec(),
    }
}

fn add(store: &Fields, new: &BTreeMap<Key, Raw>) -> Result<Additions, Refusal> {
    let file = sections(&store.bytes);
    let mut additions = Additions::new();
    for (key, raw) in new {
        let segments: Vec<String> = key.segments().collect();
        let [name, keyword] = segments.as_slice() else { return Err(misplaced(key)) };
        let at = file.sections.iter().position(|section| section.name == *name).ok_or_else(|| misplaced(key))?;
        if !is_keyword(keyword) {
            return Err(Refusal::new(format!("expected a setting's name, found \"{keyword}\"")));
        }
        let (Some(last), style) = (file.sections.get(at).and_then(Section::last), Style::of(&file.sections, at, &store.bytes))
        else {
            return Err(misplaced(key));
        };
        let line = style.line(keyword.as_bytes(), one_line(raw)?);
        if line.len() > LINE {
            return Err(Refusal::new(format!("expected a line of at most {LINE} bytes, found one of {} for {key}", line.len())));
        }
        additions.entry(last.whole.end).or_default().push(line);
    }
    Ok(additions)
}

fn misplaced(key: &Key) -> Refusal {
    Refusal::new(format!("expected a setting of a section that is there, found \"{key}\""))
}

/// What the program would read as the name of a setting, and nothing else.
fn is_keyword(word: &str) -> bool {
    !word.is_empty()
        && !word.starts_with(['#', ':'])
        && !matches!(word, "account" | "defaults" | "eval")
        && !word.contains([' ', '\t', '\n', '\r', '\0'])
}

/// How the lines of a section look.
struct Style<'a> {
    indent: &'a [u8],
    gap: &'a [u8],
    /// How wide keyword and gap are together, where values stand in a column.
    column: Option<usize>,
    quotes: bool,
}

impl<'a> Style<'a> {
    /// That of the section's last setting; without any, that of the nearest section before it, else after it.
    fn of(sections: &[Section], at: usize, bytes: &'a [u8]) -> Style<'a> {
        let slice = |range: std::ops::Range<usize>| bytes.get(range).unwrap_or_default();
        let (before, after) = sections.split_at((at + 1).min(sections.len()));
        let peers = before.iter().rev().chain(after).map(|section| section.settings.as_slice()).find(|peers| !peers.is_empty());
        let peers = peers.unwrap_or_default();
        let Some(last) = peers.last() else { return Style { indent: b"", gap: b" ", column: None, quotes: false } };
        let gap = |setting: &Statement| slice(setting.keyword.end..setting.argument.start);
        let width = |setting: &Statement| setting.argument.start - setting.keyword.start;
        let spaces = peers.iter().all(|peer| gap(peer).iter().all(|byte| *byte == b' '));
        let aligned =
            spaces && peers.iter().any(|peer| gap(peer).len() > 1) && peers.iter().all(|peer| width(peer) == width(last));
        Style {
            indent: slice(last.whole.start..last.keyword.start),
            gap: if gap(last).is_empty() { b" " } else { gap(last) },
            column: aligned.then(|| width(last)),
            quotes: peers.iter().all(|peer| is_quoted(slice(peer.argument.clone()))),
        }
    }

    fn line(&self, keyword: &[u8], value: &[u8]) -> Vec<u8> {
        let gap = match self.column {
            Some(column) => vec![b' '; column.saturating_sub(keyword.len()).max(1)],
            None => self.gap.to_vec(),
        };
        [self.indent, keyword, &gap, &quoted(value, self.quotes)].concat()
    }
}
