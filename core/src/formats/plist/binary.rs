//! Binary property lists. No byte of an object changes: what is new is appended, with the offset table and the trailer
//! behind it, and references go where they have to. Knows no file by name.

pub(super) mod object;
mod render;
mod table;

use std::collections::BTreeMap;

use super::tree::{Budget, DEPTH, Kind, Node, assign, child_key, size};
use super::{Ids, STRING, turn};
use crate::document::{Document, Edits, Key, Odd, Raw, Refusal};
use crate::patch::Patch;
use object::Object;
use table::Table;

/// A binary property list, opened. Nodes are known by the numbers of their objects.
pub(super) struct Binary {
    bytes: Box<[u8]>,
    table: Table,
    ids: Ids,
    root: Node,
    /// How often each object is referred to by what can be reached from the top.
    counts: Vec<u32>,
    entries: BTreeMap<Key, Raw>,
    odd: Vec<Odd>,
}

impl Binary {
    pub(super) fn open(bytes: &[u8], ids: Ids) -> Result<Binary, Refusal> {
        let table = Table::of(bytes)?;
        let mut budget = Budget::new();
        let objects = table.offsets.len();
        let mut walk = Walk {
            bytes,
            table: &table,
            budget: &mut budget,
            open: vec![false; objects],
            seen: vec![false; objects],
            counts: vec![0; objects],
        };
        walk.refer(table.top)?;
        let mut root = walk.node(table.top, 0)?;
        let counts = walk.counts;
        let entries = assign(&mut root, ids, &mut budget)?;
        let odd = odd(&root);
        Ok(Binary { bytes: bytes.into(), table, ids, root, counts, entries, odd })
    }
}

struct Walk<'a> {
    bytes: &'a [u8],
    table: &'a Table,
    budget: &'a mut Budget,
    /// Which objects lie above the one at hand.
    open: Vec<bool>,
    /// Whose references are counted.
    seen: Vec<bool>,
    counts: Vec<u32>,
}

impl Walk<'_> {
    fn refer(&mut self, number: usize) -> Result<(), Refusal> {
        let Some(count) = self.counts.get_mut(number) else {
            let most = self.table.offsets.len();
            return Err(Refusal::new(format!("expected a reference to one of {most} objects, found one to number {number}")));
        };
        *count = count.saturating_add(1);
        Ok(())
    }

    fn node(&mut self, number: usize, depth: usize) -> Result<Node, Refusal> {
        if depth >= DEPTH {
            return Err(Refusal::new(format!("expected at most {DEPTH} levels, found more")));
        }
        if self.open.get(number) == Some(&true) {
            return Err(Refusal::new(format!("expected a tree of objects, found number {number} inside itself")));
        }
        let object = self.table.object(self.bytes, number)?;
        self.budget.take(128)?;
        let (kind, keys, values) = match object {
            Object::Scalar(raw) => {
                self.budget.take(size(&raw))?;
                return Ok(Node::scalar(number, raw));
            }
            Object::Array(_, values) => (Kind::Array, Vec::new(), values),
            Object::Dict(keys, values) => (Kind::Dict, keys, values),
        };
        self.budget.take((keys.len() + values.len()) * 8)?;
        if self.seen.get_mut(number).is_some_and(|seen| !std::mem::replace(seen, true)) {
            keys.iter().chain(&values).try_for_each(|number| self.refer(*number))?;
        }
        self.mark(number, true);
        let mut children = Vec::with_capacity(values.len());
        for (at, value) in values.into_iter().enumerate() {
            let name = match keys.get(at).map(|key| self.table.object(self.bytes, *key)).transpose()? {
                Some(Object::Scalar(Raw::Text(name))) => {
                    self.budget.take(name.len())?;
                    Some(name)
                }
                _ => None,
            };
            children.push(self.node(value, depth + 1)?.named(name));
        }
        self.mark(number, false);
        Ok(Node::container(kind, number, children))
    }

    fn mark(&mut self, number: usize, open: bool) {
        if let Some(mark) = self.open.get_mut(number) {
            *mark = open;
        }
    }
}

/// What readers may not agree on: of members with one name Apple's reader takes the first or the last. Also members
/// without a name, and strings that are none.
fn odd(root: &Node) -> Vec<Odd> {
    let odd = |message: &str, hides| Odd { line: 0, message: message.to_owned(), hides };
    let (mut found, mut open) = (Vec::new(), vec![(root, String::new())]);
    while let Some((node, key)) = open.pop() {
        if matches!(node.raw, Some(Raw::Other { tag: STRING, .. })) {
            found.push(odd("expected a string of Unicode, found other bytes", Some(Key::raw(key.as_str()))));
        }
        for child in node.children.iter().rev() {
            match &child.segment {
                Some(segment) if child.shadowed => {
                    let hides = Key::raw(child_key(&key, segment));
                    found.push(odd("expected each member once, found two of one name", Some(hides)));
                }
                Some(segment) => open.push((child, child_key(&key, segment))),
                None => found.push(odd("expected a member with a name, found one without", None)),
            }
        }
    }
    found
}

impl Document for Binary {
    crate::formats::looked_up!(entries);

    fn render(&self, edits: &Edits) -> Result<Patch, Refusal> {
        let standing = turn::Standing { root: &self.root, entries: &self.entries, ids: self.ids };
        let reread = |patch: &Patch| Ok(Binary::open(&patch.apply(&self.bytes), self.ids)?.entries);
        turn::render(&standing, edits, |turn, copied| render::patch(self, turn, copied), reread)
    }

    fn odd(&self) -> &[Odd] {
        &self.odd
    }
}
