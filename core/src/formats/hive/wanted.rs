//! What edits come to, in terms of the registry: trees that go, values that go, values that stand there in the end.
//! The same for a hive and for text. Knows no bytes.

use std::collections::BTreeMap;

use super::names::{Spot, fold, spot};
use crate::document::{Document, Edit, Edits, Key, Raw, Refusal};

/// What edits come to; what they leave as it is does not appear.
#[derive(Default)]
pub(crate) struct Wanted {
    /// Keys that go with all below them, before anything is put.
    pub(crate) trees: Vec<Key>,
    /// Values: what stands there in the end, or that nothing does.
    pub(crate) values: BTreeMap<Key, Option<Raw>>,
}

impl Wanted {
    fn raw(&self, document: &dyn Document, key: &Key) -> Option<Raw> {
        match self.values.get(key) {
            Some(raw) => raw.clone(),
            None if self.trees.iter().any(|tree| key.is_under(tree)) => None,
            None => document.get(key),
        }
    }

    /// The keys of the values under a key, as the edits before have left them.
    fn keys(&self, document: &dyn Document, under: &Key) -> Vec<Key> {
        let mut keys = document.keys(under.as_str());
        keys.extend(self.values.keys().filter(|key| key.is_under(under)).cloned());
        keys.sort_unstable();
        keys.dedup();
        keys
    }
}

/// Works out what edits come to, in their order.
///
/// # Errors
/// A key that is not spelled as the document spells it, or that can't be one.
pub(crate) fn wanted(document: &dyn Document, edits: &Edits) -> Result<Wanted, Refusal> {
    let mut wanted = Wanted::default();
    for (key, edit) in edits {
        let (spot, edit) = match (spelled(document, key)?, edit) {
            (None, Edit::Remove) => continue,
            (None, _) => return Err(Refusal::new(format!("expected a registry path, found \"{key}\""))),
            (Some(spot), edit) => (spot, edit),
        };
        match (edit, spot) {
            (Edit::Put(raw), Spot::Value(..)) => {
                wanted.values.insert(key.clone(), Some(raw.clone()));
            }
            (Edit::Remove, Spot::Value(..)) => {
                wanted.values.insert(key.clone(), None);
            }
            (Edit::Remove, Spot::Key(path)) if !path.is_empty() => {
                wanted.values.retain(|known, _| !known.is_under(key));
                wanted.trees.push(key.clone());
            }
            (Edit::CopyOf(from), spot) => copy(document, &mut wanted, from, key, &spot)?,
            (_, Spot::Key(_)) => return Err(Refusal::new(format!("expected a value's name, starting with @, found \"{key}\""))),
        }
    }
    let values = std::mem::take(&mut wanted.values);
    let changes = values.into_iter().filter(|(key, raw)| wanted.raw(document, key) != *raw).collect();
    wanted.values = changes;
    one_spelling(&wanted)?;
    Ok(wanted)
}

fn spelled(document: &dyn Document, key: &Key) -> Result<Option<Spot>, Refusal> {
    let Some(spot) = spot(key) else { return Ok(None) };
    let canonical = document.canonical(key);
    match canonical == *key {
        true => Ok(Some(spot)),
        false => Err(Refusal::new(format!("expected the key \"{canonical}\" as it is spelled here, found \"{key}\""))),
    }
}

fn copy(document: &dyn Document, wanted: &mut Wanted, from: &Key, to: &Key, spot: &Spot) -> Result<(), Refusal> {
    let missing = || Refusal::new(format!("expected values at \"{from}\" to copy, found none"));
    match (spelled(document, from)?, spot) {
        (Some(Spot::Value(..)), Spot::Value(..)) => {
            let raw = wanted.raw(document, from).ok_or_else(missing)?;
            wanted.values.insert(to.clone(), Some(raw));
        }
        (Some(Spot::Key(source)), Spot::Key(path)) if !source.is_empty() && !path.is_empty() => {
            let pairs: Vec<(Key, Raw)> = wanted
                .keys(document, from)
                .into_iter()
                .filter_map(|key| {
                    let rest = key.as_str().get(from.as_str().len()..)?;
                    Some((Key::raw(format!("{to}{rest}")), wanted.raw(document, &key)?))
                })
                .collect();
            if pairs.is_empty() {
                return Err(missing());
            }
            for (key, raw) in pairs {
                spelled(document, &key)?;
                wanted.values.insert(key, Some(raw));
            }
        }
        _ => return Err(Refusal::new(format!("expected two values or two keys, found \"{from}\" to be copied to \"{to}\""))),
    }
    Ok(())
}

/// Two spellings of one new key would become one key.
fn one_spelling(wanted: &Wanted) -> Result<(), Refusal> {
    let mut spellings: BTreeMap<String, &str> = BTreeMap::new();
    for key in wanted.values.iter().filter_map(|(key, raw)| raw.as_ref().map(|_| key)) {
        let text = key.as_str();
        for end in text.match_indices('/').map(|(at, _)| at).chain([text.len()]) {
            let prefix = text.get(..end).unwrap_or_default();
            let known = *spellings.entry(fold(prefix)).or_insert(prefix);
            if known != prefix {
                return Err(Refusal::new(format!("expected one spelling of \"{known}\", found \"{prefix}\" too")));
            }
        }
    }
    Ok(())
}
