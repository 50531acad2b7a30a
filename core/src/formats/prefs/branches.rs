//! Prefs of which one lists names, and others are named after those: `network.hosts.imap_servers` lists servers, and
//! `mail.imap.server.NAME.userName` belongs to one. A name is a value here, and its prefs lie below it: `imap/0` is the first
//! name, `imap/0/userName` one of its prefs. So a new name is one edit, and what is named after the old one is renamed with it,
//! whatever it holds. Every other pref is as in any such file.

use std::collections::BTreeMap;
use std::ops::Range;

use super::{Prefs, name_of, render};
use crate::document::{Document, Edit, Edits, Key, Odd, Raw, Refusal, expected};
use crate::patch::{Patch, Splice};

/// Which prefs hang together.
#[derive(Debug)]
pub struct Branches {
    /// The pref that lists the names, commas between them.
    pub list: &'static str,
    /// What comes before a name in those named after it; a dot and their own part follow.
    pub start: &'static str,
    /// The one own part, with its dot, that has further ones below it.
    pub deep: &'static str,
    /// The first segment of their keys.
    pub segment: &'static str,
}

/// A file, opened.
pub(super) struct Branched {
    prefs: Prefs,
    branches: &'static Branches,
    /// The names as listed, each once, with their places in the list's text.
    names: Vec<(String, Range<usize>)>,
}

/// What a key stands for.
enum Place {
    /// A pref that belongs to no name.
    Plain,
    /// A name of the list.
    Name(usize),
    /// A pref of a name, by its own part.
    Own(usize, String),
    /// Nothing.
    Nowhere,
}

impl Branched {
    pub(super) fn of(bytes: &[u8], branches: &'static Branches) -> Result<Branched, Refusal> {
        let prefs = Prefs::of(bytes)?;
        let text = prefs.get(&Key::of([branches.list]));
        let names = text.as_ref().and_then(Raw::as_text).map(listed).unwrap_or_default();
        Ok(Branched { prefs, branches, names })
    }

    /// The name that a pref is named after, and its own part.
    fn owner<'a>(&self, pref: &'a str) -> Option<(usize, &'a str)> {
        let rest = pref.strip_prefix(self.branches.start)?;
        let own = |name: &str| {
            let part = rest.strip_prefix(name)?.strip_prefix('.')?;
            let single = !part.strip_prefix(self.branches.deep).unwrap_or(part).contains('.');
            (single && !part.is_empty()).then_some(part)
        };
        self.names.iter().enumerate().find_map(|(at, (name, _))| Some((at, own(name)?)))
    }

    fn hides(&self, pref: &str) -> bool {
        (pref == self.branches.list && !self.names.is_empty()) || self.owner(pref).is_some()
    }

    fn pref(&self, at: usize, part: &str) -> Option<String> {
        self.names.get(at).map(|(name, _)| format!("{}{name}.{part}", self.branches.start))
    }

    fn place(&self, key: &Key) -> Place {
        if let Some(name) = name_of(key) {
            return if self.hides(&name) { Place::Nowhere } else { Place::Plain };
        }
        let segments: Vec<String> = key.segments().collect();
        let name = |number: &str| {
            let at: usize = number.parse().ok()?;
            (at < self.names.len() && at.to_string() == number).then_some(at)
        };
        match segments.as_slice() {
            [first, number] if first == self.branches.segment => name(number).map_or(Place::Nowhere, Place::Name),
            [first, number, part] if first == self.branches.segment && Key::of(segments.iter().map(String::as_str)) == *key => {
                let its = |at: &usize| self.pref(*at, part).is_some_and(|pref| self.owner(&pref) == Some((*at, part)));
                name(number).filter(its).map_or(Place::Nowhere, |at| Place::Own(at, part.clone()))
            }
            _ => Place::Nowhere,
        }
    }

    fn key(&self, at: usize, part: &str) -> Key {
        Key::of([self.branches.segment, &at.to_string(), part])
    }

    /// The edits as prefs have them, and what each name that changes becomes.
    fn plain(&self, edits: &Edits) -> Result<(Edits, BTreeMap<usize, String>), Refusal> {
        let refuse = |key: &Key| Refusal::new(format!("expected a pref or a listed name, found \"{key}\""));
        let mut names = BTreeMap::new();
        for (key, edit) in edits {
            if let (Place::Name(at), Edit::Put(raw)) = (self.place(key), edit) {
                let text = raw.as_text().ok_or_else(|| refuse(key))?;
                if listed(text).first().is_none_or(|(only, _)| only != text) {
                    return Err(Refusal::new(format!("expected a name that a list can hold, found \"{text}\"")));
                }
                names.extend((self.names.get(at).is_some_and(|(old, _)| old != text)).then(|| (at, text.to_owned())));
            }
        }
        let mut plain = Edits::new();
        for (key, edit) in edits {
            let known = match (self.place(key), edit) {
                (Place::Name(_), Edit::Put(_)) => continue,
                (Place::Nowhere, Edit::Remove)
                    if expected(self.entries(), &Edits::from([(key.clone(), Edit::Remove)])) == self.entries() =>
                {
                    continue;
                }
                (Place::Plain, Edit::CopyOf(from)) if !matches!(self.place(from), Place::Plain) => return Err(refuse(from)),
                (Place::Plain, _) => key.clone(),
                (Place::Own(at, part), Edit::Put(_) | Edit::Remove) => {
                    let old = Key::of([self.pref(at, &part).ok_or_else(|| refuse(key))?.as_str()]);
                    match names.get(&at).filter(|_| self.prefs.get(&old).is_none()) {
                        Some(name) => Key::of([format!("{}{name}.{part}", self.branches.start).as_str()]),
                        None => old,
                    }
                }
                _ => return Err(refuse(key)),
            };
            plain.insert(known, edit.clone());
        }
        if let Some(Raw::Text(mut list)) = self.prefs.get(&Key::of([self.branches.list])).filter(|_| !names.is_empty()) {
            for (at, (_, span)) in self.names.iter().enumerate().rev() {
                if let Some(name) = names.get(&at) {
                    list.replace_range(span.clone(), name);
                }
            }
            plain.insert(Key::of([self.branches.list]), Edit::Put(Raw::Text(list)));
        }
        Ok((plain, names))
    }

    /// New names for the prefs that stay, each in its place.
    fn renamed(&self, plain: &Edits, names: &BTreeMap<usize, String>) -> Result<Vec<Splice>, Refusal> {
        let mut splices = Vec::new();
        for statement in &self.prefs.statements {
            let Ok(pref) = std::str::from_utf8(statement.name(&self.prefs.bytes)) else { continue };
            let Some((at, part)) = self.owner(pref) else { continue };
            if let Some(name) = names.get(&at).filter(|_| plain.get(&Key::of([pref])) != Some(&Edit::Remove)) {
                let mut quoted = Vec::new();
                render::quote(format!("{}{name}.{part}", self.branches.start).as_bytes(), &mut quoted)?;
                splices.push(Splice::new(statement.name.quoted(), quoted));
            }
        }
        Ok(splices)
    }
}

/// The names of a list, as the client finds them: blanks around them are skipped, and so is one that comes again.
fn listed(text: &str) -> Vec<(String, Range<usize>)> {
    let mut names: Vec<(String, Range<usize>)> = Vec::new();
    let mut at = 0;
    for part in text.split(',') {
        let name = part.trim_matches([' ', '\t', '\r', '\n']);
        let start = at + (part.len() - part.trim_start_matches([' ', '\t', '\r', '\n']).len());
        if !name.is_empty() && !names.iter().any(|(known, _)| known == name) {
            names.push((name.to_owned(), start..start + name.len()));
        }
        at += part.len() + 1;
    }
    names
}

impl Document for Branched {
    fn get(&self, key: &Key) -> Option<Raw> {
        match self.place(key) {
            Place::Plain => self.prefs.get(key),
            Place::Name(at) => self.names.get(at).map(|(name, _)| Raw::text(name)),
            Place::Own(at, part) => self.prefs.get(&Key::of([self.pref(at, &part)?.as_str()])),
            Place::Nowhere => None,
        }
    }

    fn entries(&self) -> BTreeMap<Key, Raw> {
        let names = self.names.iter().enumerate();
        let names = names.map(|(at, (name, _))| (Key::of([self.branches.segment, &at.to_string()]), Raw::text(name)));
        let prefs = self.prefs.effective("").filter_map(|(pref, statement)| {
            let key = match self.owner(pref) {
                Some((at, part)) => self.key(at, part),
                None if self.hides(pref) => return None,
                None => Key::of([pref]),
            };
            Some((key, statement.raw(&self.prefs.bytes)))
        });
        names.chain(prefs).collect()
    }

    fn keys(&self, under: &str) -> Vec<Key> {
        self.entries().into_keys().filter(|key| key.as_str().starts_with(under)).collect()
    }

    fn render(&self, edits: &Edits) -> Result<Patch, Refusal> {
        let (plain, names) = self.plain(edits)?;
        let patch = self.prefs.render(&plain)?;
        let splices = patch.splices().iter().cloned().chain(self.renamed(&plain, &names)?).collect();
        let patch =
            Patch::new(splices).map_err(|splice| Refusal::new(format!("two edits meet at byte {}", splice.range.start)))?;
        let found = Branched::of(&patch.apply(&self.prefs.bytes), self.branches)?.entries();
        match found == expected(self.entries(), edits) {
            true => Ok(patch),
            false => Err(Refusal::new("expected a name that nothing is named after yet, found prefs that already are")),
        }
    }

    fn line(&self, key: &Key) -> usize {
        match self.place(key) {
            Place::Plain => self.prefs.line(key),
            Place::Name(_) => self.prefs.line(&Key::of([self.branches.list])),
            Place::Own(at, part) => self.pref(at, &part).map_or(0, |pref| self.prefs.line(&Key::of([pref.as_str()]))),
            Place::Nowhere => 0,
        }
    }

    fn odd(&self) -> &[Odd] {
        self.prefs.odd()
    }
}
