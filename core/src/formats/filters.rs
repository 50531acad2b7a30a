//! Mozilla's `msgFilterRules.dat`: pairs `attribute="value"`, where each `name` starts a filter, read as the client reads
//! them. Filters go by name, the second of a name by `name#2`, so that one keeps its key while others come and go: `version`, `logging`,
//! `filter/NAME/name`, `filter/NAME/enabled`, `filter/NAME/type`, `filter/NAME/condition`, `filter/NAME/action/0/name`,
//! `filter/NAME/action/0/value`. Attributes that the client doesn't know, or that belong to no filter, are kept and have no
//! key. Whole filters can be added at the end, and taken out.

mod pairs;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::fields::{Additions, Dialect, Fields, Found, Says, one_line, raw_of, with_line};
use super::lines::numbers;
use crate::document::{Document, Key, Odd, Raw, Refusal};
use pairs::{Pair, decode, encode, pairs};

/// Opens message filters.
///
/// # Errors
/// None: what is not understood is kept.
pub fn open(bytes: &[u8]) -> Result<Box<dyn Document>, Refusal> {
    Ok(Box::new(Fields::open(bytes, &DIALECT)))
}

const DIALECT: Dialect = Dialect { parse, read: |value| raw_of(&decode(value)), write, add };

/// The attributes of a filter, in the client's order; the rest stands behind the actions.
const BEFORE: [&str; 5] = ["name", "enabled", "description", "type", "scriptName"];
const ACTION: [(&str, &str); 3] = [("action", "name"), ("actionValue", "value"), ("customId", "customId")];
const HEAD: [&str; 2] = ["version", "logging"];
const CONDITION: &str = "condition";

/// An attribute that the client knows, in whatever letter case, and the part of an action that it is.
fn known(name: &[u8]) -> Option<(&'static str, Option<&'static str>)> {
    let is = |known: &&str| name.eq_ignore_ascii_case(known.as_bytes());
    let plain = || BEFORE.iter().find(|known| is(known)).or_else(|| HEAD.iter().find(|known| is(known)));
    match ACTION.iter().find(|(known, _)| is(known)) {
        Some((known, part)) => Some((known, Some(part))),
        None if is(&CONDITION) => Some((CONDITION, None)),
        None => plain().map(|known| (*known, None)),
    }
}

fn parse(bytes: &[u8]) -> Found {
    let mut found = Found::default();
    let mut at = Place::default();
    let (pairs, fault) = pairs(bytes);
    found.fields.reserve_exact(pairs.len());
    for Pair { name, value, whole } in pairs {
        let name = bytes.get(name).unwrap_or_default();
        if let Some(key) = at.key(name, bytes.get(value.clone()).unwrap_or_default()) {
            found.push(key, Says::At(value), with_line(bytes, whole));
        }
    }
    if let Some((at, message)) = fault {
        let line = numbers(bytes, [at]).first().copied().unwrap_or_default();
        found.broken = Some(Refusal::at(line, message));
        found.odd.push(Odd { line, message: message.into(), hides: None });
    }
    found
}

/// How far into the file the reading has come.
#[derive(Default)]
struct Place {
    /// The key of the last attribute.
    key: String,
    /// What the keys of the filter that the next attribute belongs to begin with; nothing before the first.
    filter: String,
    /// The same of its last action.
    action: String,
    actions: usize,
    /// The filters so far, with how many have each name.
    known: BTreeMap<String, usize>,
}

impl Place {
    /// The key of the next attribute.
    fn key(&mut self, name: &[u8], value: &[u8]) -> Option<&str> {
        let (name, part) = known(name)?;
        if HEAD.contains(&name) {
            return Some(name);
        }
        if name == "name" {
            let name = self.fresh(String::from_utf8_lossy(&decode(value)).into_owned());
            self.filter = Key::of(["filter", &name, ""]).to_string();
            (self.action, self.actions) = (String::new(), 0);
        }
        if name == "action" && !self.filter.is_empty() {
            self.action = format!("{}action/{}/", self.filter, self.actions);
            self.actions += 1;
        }
        let start = if part.is_some() { &self.action } else { &self.filter };
        if start.is_empty() {
            return None;
        }
        self.key.clear();
        self.key.push_str(start);
        self.key.push_str(part.unwrap_or(name));
        Some(&self.key)
    }

    /// What a filter of this name goes by.
    fn fresh(&mut self, name: String) -> String {
        let Some(mut count) = self.known.get(&name).copied() else {
            self.known.insert(name.clone(), 1);
            return name;
        };
        let free = loop {
            count += 1;
            let text = format!("{name}#{count}");
            if !self.known.contains_key(&text) {
                break text;
            }
        };
        self.known.extend([(name, count), (free.clone(), 1)]);
        free
    }
}

fn write(raw: &Raw, _: &[u8]) -> Result<Vec<u8>, Refusal> {
    let text = one_line(raw)?;
    encode(text).ok_or_else(|| Refusal::new("expected a value that the client can read back, found a backslash at its end"))
}

fn add(store: &Fields, new: &BTreeMap<Key, Raw>) -> Result<Additions, Refusal> {
    if let Some(broken) = &store.found.broken {
        return Err(broken.clone());
    }
    let mut ranked = Vec::new();
    for (key, raw) in new {
        let (at, rank, name) = rank(store, key).ok_or_else(|| {
            Refusal::new(format!("expected \"version\", \"logging\" or an attribute of a new filter, found \"{key}\""))
        })?;
        ranked.push((at, rank, [name.as_bytes(), b"=\"", &write(raw, b"")?, b"\""].concat()));
    }
    ranked.sort();
    let mut additions = Additions::new();
    for (at, _, line) in ranked {
        additions.entry(at).or_default().push(line);
    }
    Ok(additions)
}

/// The order of new lines at one place: the filter, then the attribute's own.
type Rank = (String, [usize; 3]);

/// Where a new key goes: before which byte, its rank there, and its attribute.
fn rank(store: &Fields, key: &Key) -> Option<(usize, Rank, &'static str)> {
    let segments: Vec<String> = key.segments().collect();
    match segments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [head] => {
            let rank = HEAD.iter().position(|known| *known == head)?;
            let behind = store.found.fields.iter().filter(|field| rank == 1 && store.found.key(field) == "version");
            let at = behind.map(|field| field.whole.end).max().unwrap_or_default();
            Some((at, (String::new(), [0, rank, 0]), HEAD.get(rank)?))
        }
        ["filter", filter, attribute] => {
            let before = BEFORE.iter().position(|known| *known == attribute);
            let (place, rank, name) = match before {
                Some(rank) => (0, rank, *BEFORE.get(rank)?),
                None => (2, 0, Some(CONDITION).filter(|known| *known == attribute)?),
            };
            Some((store.bytes.len(), (new_filter(store, filter)?, [place, rank, 0]), name))
        }
        ["filter", filter, "action", action, part] => {
            let rank = ACTION.iter().position(|(_, known)| *known == part)?;
            let (name, _) = ACTION.get(rank)?;
            Some((store.bytes.len(), (new_filter(store, filter)?, [1, action.parse().ok()?, rank]), name))
        }
        _ => None,
    }
}

/// A filter that isn't there yet.
fn new_filter(store: &Fields, filter: &str) -> Option<String> {
    let above = Key::of(["filter", filter]);
    let known = store.fields_under(&above).next().is_some();
    (!known).then(|| filter.to_owned())
}
