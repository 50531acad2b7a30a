//! A registry hive (`regf` 1.3 to 1.6) as one key space: a value's key is the path of its registry key and `@name`, so
//! `Software/Vendor/@Port`, and `Software/Vendor/@` is the default value; `names` tells the rest. Letter case does not
//! matter. An edit changes the cells that it has to and the header, no other byte. Knows no client and no path of a file.

mod base;
mod cells;
mod edit;
mod heap;
mod look;
mod marvin;
pub(crate) mod names;
mod records;
mod replay;
mod security;
mod subkeys;
#[cfg(test)]
mod tests;
mod tree;
pub(crate) mod value;
mod walk;
pub(crate) mod wanted;

use std::collections::BTreeMap;

use crate::document::{Document, Edits, Key, Odd, Raw, Refusal};
use crate::image::Sides;
use crate::patch::Patch;
use cells::Bins;
pub(crate) use look::may_have;
use names::Spot;
pub(crate) use replay::is_clean;
pub use replay::{is_dirty, replay};
use tree::Tree;

/// What follows a hive's file name in the names of its logs, in the order in which `replay` takes them; letter case varies.
pub const LOGS: [&str; 3] = [".LOG1", ".LOG2", ".LOG"];

/// The logs of a hive as its sides. They stay: beside a clean hive they are not looked at.
pub static SIDES: Sides = Sides { names: &LOGS, fold, go: false };

fn fold(bytes: &[u8], logs: &[Option<&[u8]>]) -> Result<Vec<u8>, Refusal> {
    replay(bytes, &logs.iter().copied().flatten().collect::<Vec<_>>())
}

/// The type of a string.
pub const SZ: u32 = 1;
/// The type of bytes.
pub const BINARY: u32 = 3;
/// The type of a number of four bytes.
pub const DWORD: u32 = 4;

/// Opens a hive that needs no log.
///
/// # Errors
/// What is no hive, or a version that is not known; a dirty hive, whose last changes are still in its logs.
pub fn open(bytes: &[u8]) -> Result<Box<dyn Document>, Refusal> {
    Ok(Box::new(Hive::open(bytes.into(), None)?))
}

/// Opens a hive with its logs. What the logs hold is part of every key and of the first patch that changes anything.
///
/// # Errors
/// As `open` and `replay`.
pub fn open_with_logs(bytes: &[u8], logs: &[&[u8]]) -> Result<Box<dyn Document>, Refusal> {
    if !is_dirty(bytes) {
        return open(bytes);
    }
    Ok(Box::new(Hive::open(replay(bytes, logs)?.into(), Some(bytes.into()))?))
}

/// A hive, opened.
struct Hive {
    /// The bytes as they are stored, where logs have changed them.
    stored: Option<Box<[u8]>>,
    /// The bytes with the logs in them.
    bytes: Box<[u8]>,
    tree: Tree,
}

impl Hive {
    fn open(bytes: Box<[u8]>, stored: Option<Box<[u8]>>) -> Result<Hive, Refusal> {
        let base = base::parse(&bytes)?;
        let tree = walk::walk(Bins::new(base::bins(&bytes, &base)), base.root)?;
        Ok(Hive { stored, bytes, tree })
    }

    fn bins(&self) -> Bins<'_> {
        Bins::new(self.bytes.get(base::SIZE..).unwrap_or_default())
    }

    /// The place of a value: its cell.
    fn value(&self, key: &Key) -> Option<u32> {
        let Spot::Value(path, name) = names::spot(key)? else { return None };
        self.tree.value(self.tree.find(&path)?, &name).map(|value| value.cell)
    }
}

impl Document for Hive {
    fn get(&self, key: &Key) -> Option<Raw> {
        value::read(self.bins(), self.value(key)?)
    }

    fn entries(&self) -> BTreeMap<Key, Raw> {
        let mut entries = Vec::new();
        self.tree.visit(0, &mut |key, value| entries.extend(value::read(self.bins(), value.cell).map(|raw| (key, raw))));
        entries.into_iter().collect()
    }

    fn keys(&self, under: &str) -> Vec<Key> {
        let under = Key::raw(under.strip_suffix('/').unwrap_or(under));
        let mut keys = Vec::new();
        match names::spot(&under) {
            Some(Spot::Value(..)) => keys.extend(self.value(&under).map(|_| self.canonical(&under))),
            Some(Spot::Key(path)) => {
                if let Some(at) = self.tree.find(&path) {
                    self.tree.visit(at, &mut |key, _| keys.push(key));
                }
            }
            None => {}
        }
        keys.sort_unstable();
        keys
    }

    fn canonical(&self, key: &Key) -> Key {
        let Some(spot) = names::spot(key) else { return key.clone() };
        let path = spot.path();
        let known = (0..=path.len()).rev().find_map(|count| Some((count, self.tree.find(path.get(..count)?)?)));
        let (count, at) = known.unwrap_or_default();
        let mut names = self.tree.names(at);
        names.extend(path.iter().skip(count).map(String::as_str));
        let path = names.into_iter().map(str::to_owned).collect();
        match &spot {
            Spot::Key(_) => Spot::Key(path),
            Spot::Value(of, name) => {
                let known = Some(at).filter(|_| of.len() == count).and_then(|at| self.tree.value(at, name));
                Spot::Value(path, known.map_or(name.as_str(), |value| self.tree.name_of(value)).to_owned())
            }
        }
        .key()
    }

    fn render(&self, edits: &Edits) -> Result<Patch, Refusal> {
        edit::render(self, edits)
    }

    fn odd(&self) -> &[Odd] {
        &self.tree.odd
    }
}
