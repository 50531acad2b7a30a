//! The list in which a key holds its subkeys, sorted by name: one leaf, or a root over several. A new subkey goes to its
//! place in the order; the kind of list stays as it is. Knows no values.

use super::cells::{NONE, u16_at, u32_at};
use super::heap::{Heap, broken};
use super::names;
use super::records::{self, Kind, nk};
use crate::document::Refusal;

/// The most subkeys that a leaf is grown to.
const MOST: usize = 511;

/// A subkey list as it stands: its leaves, and the root over them, if there is one.
struct List {
    root: Option<u32>,
    leaves: Vec<u32>,
}

impl List {
    fn of(heap: &Heap, parent: u32) -> Result<List, Refusal> {
        let record = heap.cell(parent)?;
        let at = u32_at(record, nk::SUBKEY_LIST).unwrap_or(NONE);
        if u32_at(record, nk::SUBKEYS).unwrap_or_default() == 0 || at == NONE {
            return Ok(List { root: None, leaves: Vec::new() });
        }
        match leaf(heap, at)? {
            (Kind::Root, leaves) => Ok(List { root: Some(at), leaves }),
            _ => Ok(List { root: None, leaves: vec![at] }),
        }
    }

    /// Stores the leaves in the parent, under a root if there are several or was one.
    fn store(self, heap: &mut Heap, parent: u32, count: u32) -> Result<(), Refusal> {
        let at = match (self.root, self.leaves.as_slice()) {
            (None, []) => NONE,
            (None, [leaf]) => *leaf,
            (Some(root), []) => {
                heap.release(root)?;
                NONE
            }
            (root, leaves) => {
                let elements: Vec<u8> = leaves.iter().flat_map(|leaf| leaf.to_le_bytes()).collect();
                let record = record(Kind::Root, &elements)?;
                match root {
                    Some(root) => heap.restore(root, &record)?,
                    None => heap.store(&record)?,
                }
            }
        };
        heap.put(parent, nk::SUBKEY_LIST, at)?;
        heap.put(parent, nk::SUBKEYS, count)
    }
}

/// Every cell that the list of a key takes.
pub(super) fn cells(heap: &Heap, parent: u32) -> Result<Vec<u32>, Refusal> {
    let list = List::of(heap, parent)?;
    Ok(list.root.into_iter().chain(list.leaves).collect())
}

/// Puts a subkey into the list of its parent.
pub(super) fn insert(heap: &mut Heap, parent: u32, child: u32, name: &str, minor: u32) -> Result<(), Refusal> {
    let count = u32_at(heap.cell(parent)?, nk::SUBKEYS).unwrap_or_default();
    let mut list = List::of(heap, parent)?;
    let units = names::units(name);
    let mut number = 0;
    for at in 1..list.leaves.len() {
        let first =
            list.leaves.get(at).map_or(Ok(None), |leaf_at| leaf(heap, *leaf_at).map(|(_, cells)| cells.first().copied()))?;
        if first.is_some_and(|first| key_units(heap, first).is_some_and(|first| first <= units)) {
            number = at;
        }
    }
    let Some(at) = list.leaves.get(number).copied() else {
        let kind = if minor >= 5 { Kind::Hash } else { Kind::Hint };
        list.leaves.push(heap.store(&record(kind, &element(kind, child, name, &units))?)?);
        return list.store(heap, parent, count + 1);
    };
    let (kind, cells) = leaf(heap, at)?;
    let place = cells.iter().position(|cell| key_units(heap, *cell).is_some_and(|known| known > units)).unwrap_or(cells.len());
    let mut elements = heap.cell(at)?.get(4..4 + cells.len() * kind.step()).ok_or_else(|| broken(at))?.to_vec();
    let place = place * kind.step();
    elements.splice(place..place, element(kind, child, name, &units));
    let length = elements.len() / kind.step();
    let rest = elements.split_off(if length > MOST { length / 2 * kind.step() } else { elements.len() });
    let stored = heap.restore(at, &record(kind, &elements)?)?;
    if let Some(leaf) = list.leaves.get_mut(number) {
        *leaf = stored;
    }
    if !rest.is_empty() {
        list.leaves.insert(number + 1, heap.store(&record(kind, &rest)?)?);
    }
    list.store(heap, parent, count + 1)
}

/// Takes a subkey out of the list of its parent.
pub(super) fn remove(heap: &mut Heap, parent: u32, child: u32) -> Result<(), Refusal> {
    let count = u32_at(heap.cell(parent)?, nk::SUBKEYS).unwrap_or_default();
    let mut list = List::of(heap, parent)?;
    for number in 0..list.leaves.len() {
        let Some(at) = list.leaves.get(number).copied() else { break };
        let (kind, cells) = leaf(heap, at)?;
        let Some(place) = cells.iter().position(|cell| *cell == child) else { continue };
        let mut elements = heap.cell(at)?.get(4..4 + cells.len() * kind.step()).ok_or_else(|| broken(at))?.to_vec();
        elements.drain(place * kind.step()..(place + 1) * kind.step());
        if elements.is_empty() {
            heap.release(at)?;
            list.leaves.remove(number);
        } else {
            heap.restore(at, &record(kind, &elements)?)?;
        }
        return list.store(heap, parent, count.saturating_sub(1));
    }
    Err(broken(parent))
}

fn leaf(heap: &Heap, at: u32) -> Result<(Kind, Vec<u32>), Refusal> {
    let cell = heap.cell(at)?;
    let kind = Kind::of(cell).ok_or_else(|| broken(at))?;
    Ok((kind, records::list(cell, kind).0))
}

fn key_units(heap: &Heap, at: u32) -> Option<Vec<u16>> {
    let mut name = String::new();
    records::key_name(heap.cell(at).ok()?, &mut name)?;
    Some(names::units(&name))
}

fn record(kind: Kind, elements: &[u8]) -> Result<Vec<u8>, Refusal> {
    let count =
        u16::try_from(elements.len() / kind.step()).map_err(|_| Refusal::new("expected at most 65535 subkeys, found more"))?;
    Ok([&kind.mark(), &count.to_le_bytes()[..], elements].concat())
}

fn element(kind: Kind, child: u32, name: &str, units: &[u16]) -> Vec<u8> {
    let mut element = child.to_le_bytes().to_vec();
    match kind {
        Kind::Hash => {
            let hash = units.iter().fold(0_u32, |hash, unit| hash.wrapping_mul(37).wrapping_add((*unit).into()));
            element.extend(hash.to_le_bytes());
        }
        Kind::Hint => {
            let mut hint = [0; 4];
            let narrow: Option<Vec<u8>> = name.chars().take(4).map(|c| u8::try_from(c).ok()).collect();
            hint.iter_mut().zip(narrow.unwrap_or_default()).for_each(|(to, from)| *to = from);
            element.extend(hint);
        }
        Kind::Plain | Kind::Root => {}
    }
    element
}

/// Whether a key's record has room for another name to be the longest: its sixteen bits.
pub(super) fn note_longest(heap: &mut Heap, parent: u32, units: usize) -> Result<(), Refusal> {
    let bytes = u16::try_from(units * 2).unwrap_or(u16::MAX);
    let known = u16_at(heap.cell(parent)?, nk::LONGEST_SUBKEY).unwrap_or_default();
    heap.write(parent, nk::LONGEST_SUBKEY, &known.max(bytes).to_le_bytes())
}
