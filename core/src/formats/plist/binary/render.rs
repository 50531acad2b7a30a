//! Turns as appended objects. An object that nothing else refers to keeps its number, and the table of offsets points at
//! its new bytes; of a shared one, and of all below it, a new object is made and the container that refers to it is made
//! anew, deepest first. Knows no file.

use std::collections::BTreeMap;

use super::Binary;
use super::object::{ARRAY, Object, big_endian, bytes, of};
use crate::document::{Raw, Refusal};
use crate::formats::plist::tree::{Kind, Node};
use crate::formats::plist::turn::{New, Turn};
use crate::patch::{Patch, Splice};

/// The patch of a turn of the root; `copied` are the nodes that copies are made of.
pub(super) fn patch(binary: &Binary, turn: &Turn<'_>, copied: &[&Node]) -> Result<Patch, Refusal> {
    let mut writer =
        Writer { binary, counts: binary.counts.clone(), next: binary.table.offsets.len(), made: Vec::new(), names: None };
    // A copy shares the objects of its original.
    copied.iter().for_each(|node| writer.share(node));
    let top = writer.turn(&binary.root, turn, false)?;
    Ok(Patch::new(vec![writer.tail(top)?]).unwrap_or_default())
}

struct Writer<'a> {
    binary: &'a Binary,
    counts: Vec<u32>,
    /// The next number of an object.
    next: usize,
    /// New objects, in the order in which they are written.
    made: Vec<(usize, Object)>,
    /// The numbers of strings that are names, once they are needed.
    names: Option<BTreeMap<String, usize>>,
}

impl Writer<'_> {
    fn share(&mut self, node: &Node) {
        if let Some(count) = self.counts.get_mut(node.at) {
            *count = count.saturating_add(1);
        }
        node.children.iter().for_each(|child| self.share(child));
    }

    /// Writes an object under its old number, or under a new one.
    fn make(&mut self, object: Object, number: Option<usize>) -> usize {
        let number = number.unwrap_or_else(|| {
            self.next += 1;
            self.next - 1
        });
        self.made.push((number, object));
        number
    }

    /// What refers to the node is to refer to this number then.
    fn turn(&mut self, node: &Node, turn: &Turn<'_>, shared: bool) -> Result<usize, Refusal> {
        let shared = shared || self.counts.get(node.at).is_none_or(|count| *count > 1);
        let own = (!shared).then_some(node.at);
        match turn {
            Turn::Keep | Turn::Gone => Ok(node.at),
            Turn::Fresh(new) => self.fresh(new, own),
            Turn::Inside(turns, added) => {
                let (kind, mut keys, old) = match self.binary.table.object(&self.binary.bytes, node.at)? {
                    Object::Array(kind, values) => (kind, Vec::new(), values),
                    Object::Dict(keys, values) => (0, keys, values),
                    Object::Scalar(_) => return Err(Refusal::new("expected a container, found a single value")),
                };
                let (old_keys, mut values) = (std::mem::take(&mut keys), Vec::with_capacity(old.len()));
                for (at, (child, turn)) in node.children.iter().zip(turns).enumerate() {
                    if !matches!(turn, Turn::Gone) {
                        values.push(self.turn(child, turn, shared)?);
                        keys.extend(old_keys.get(at));
                    }
                }
                for (name, new) in added {
                    if node.kind == Kind::Dict {
                        keys.push(self.name(name));
                    }
                    values.push(self.fresh(new, None)?);
                }
                if values == old && keys == old_keys {
                    return Ok(node.at);
                }
                let object = if node.kind == Kind::Dict { Object::Dict(keys, values) } else { Object::Array(kind, values) };
                Ok(self.make(object, own))
            }
        }
    }

    fn fresh(&mut self, new: &New<'_>, number: Option<usize>) -> Result<usize, Refusal> {
        let object = match new {
            New::Raw(raw) => of(raw)?,
            New::Copy(node, turn) => return self.turn(node, turn, true),
            New::Container(kind, children) => {
                let (mut keys, mut values) = (Vec::new(), Vec::new());
                for (name, new) in children {
                    if *kind == Kind::Dict {
                        keys.push(self.name(name));
                    }
                    values.push(self.fresh(new, None)?);
                }
                if *kind == Kind::Dict { Object::Dict(keys, values) } else { Object::Array(ARRAY, values) }
            }
        };
        Ok(self.make(object, number))
    }

    /// The number of a name: of one that is there already, else of a new string.
    fn name(&mut self, name: &str) -> usize {
        let binary = self.binary;
        let names = self.names.get_or_insert_with(|| {
            let mut names = BTreeMap::new();
            containers(binary, |_, object| {
                if let Object::Dict(keys, _) = object {
                    for key in keys {
                        if let Ok(Object::Scalar(Raw::Text(text))) = binary.table.object(&binary.bytes, key) {
                            names.entry(text).or_insert(key);
                        }
                    }
                }
            });
            names
        });
        if let Some(number) = names.get(name) {
            return *number;
        }
        let number = self.next;
        names.insert(name.to_owned(), number);
        self.make(Object::Scalar(Raw::text(name)), None)
    }

    /// The new objects, the table and the trailer in place of the old table and trailer.
    fn tail(mut self, top: usize) -> Result<Splice, Refusal> {
        let table = &self.binary.table;
        let ref_size = table.ref_size.max(width(self.next - 1));
        if ref_size > table.ref_size {
            let made: std::collections::BTreeSet<usize> = self.made.iter().map(|(number, _)| *number).collect();
            containers(self.binary, |number, object| {
                if !made.contains(&number) {
                    self.made.push((number, object));
                }
            });
        }
        let mut offsets = table.offsets.clone();
        offsets.resize(self.next, 0);
        let mut tail = Vec::new();
        for (number, object) in &self.made {
            if let Some(offset) = offsets.get_mut(*number) {
                *offset = table.end + tail.len();
            }
            tail.extend(bytes(object, ref_size));
        }
        let table_at = table.end + tail.len();
        let offset_size = table.offset_size.max(width(offsets.iter().copied().max().unwrap_or_default()));
        offsets.iter().for_each(|offset| tail.extend(big_endian(*offset, offset_size)));
        tail.extend(table.head);
        tail.extend([offset_size, ref_size].map(|size| u8::try_from(size).unwrap_or_default()));
        [offsets.len(), top, table_at].iter().for_each(|n| tail.extend(big_endian(*n, 8)));
        Ok(Splice::new(table.end..self.binary.bytes.len(), tail))
    }
}

/// Visits every container that can be reached, once.
fn containers(binary: &Binary, mut visit: impl FnMut(usize, Object)) {
    let mut seen = vec![false; binary.table.offsets.len()];
    let mut open = vec![&binary.root];
    while let Some(node) = open.pop() {
        let Some(mark) = seen.get_mut(node.at).filter(|mark| node.kind != Kind::Scalar && !**mark) else { continue };
        *mark = true;
        if let Ok(object) = binary.table.object(&binary.bytes, node.at) {
            visit(node.at, object);
        }
        open.extend(node.children.iter().rev());
    }
}

/// How many bytes a number takes: 1, 2, 4 or 8.
fn width(n: usize) -> usize {
    match n {
        0..=0xFF => 1,
        0x100..=0xFFFF => 2,
        0x1_0000..=0xFFFF_FFFF => 4,
        _ => 8,
    }
}
