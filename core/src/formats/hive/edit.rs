//! The edits of a hive: a scratch copy is changed cell by cell, and what differs from the stored bytes is the patch.
//! There is no clock here: a key keeps its time of writing, and a new one has its parent's.

use std::collections::{BTreeMap, BTreeSet};

use super::cells::{NONE, scan, u16_at, u32_at};
use super::heap::{Heap, broken};
use super::names::{self, Spot, spot};
use super::records::{self, INLINE, LEADS_ELSEWHERE, NARROW_KEY, NARROW_VALUE, SEGMENT, STAYS, nk, vk};
use super::value::{Place, typed};
use super::wanted::wanted;
use super::{Hive, base, security, subkeys};
use crate::document::{Edits, Raw, Refusal};
use crate::patch::{Patch, Splice};

/// Makes the patch.
pub(super) fn render(hive: &Hive, edits: &Edits) -> Result<Patch, Refusal> {
    let wanted = wanted(hive, edits)?;
    if wanted.values.is_empty() && wanted.trees.iter().all(|tree| at(hive, tree).is_none()) {
        return Ok(Patch::default());
    }
    if !hive.tree.sound {
        return Err(Refusal::new("expected bins and cells that follow each other, found damage: the hive stays as it is"));
    }
    let base = base::parse(&hive.bytes)?;
    let scan = scan(base::bins(&hive.bytes, &base));
    let heap = Heap::new(hive.bytes.to_vec(), base.bins, scan);
    let mut editor = Editor {
        hive,
        heap,
        minor: base.minor,
        made: BTreeMap::new(),
        gone: BTreeSet::new(),
        shared: BTreeMap::new(),
        sharing: BTreeMap::new(),
    };
    for tree in &wanted.trees {
        if let Some(at) = at(hive, tree).filter(|at| !editor.gone.contains(at)) {
            editor.remove_tree(at)?;
        }
    }
    for (key, raw) in &wanted.values {
        let Some(Spot::Value(path, name)) = spot(key) else { continue };
        match raw {
            Some(raw) => editor.put(&path, &name, raw)?,
            None => editor.remove(&path, &name)?,
        }
    }
    let new = editor.finish()?;
    let stored = hive.stored.as_deref().unwrap_or(&hive.bytes);
    Patch::new(differences(stored, &new)).map_err(|splice| broken(u32::try_from(splice.range.start).unwrap_or(NONE)))
}

fn at(hive: &Hive, tree: &crate::document::Key) -> Option<usize> {
    hive.tree.find(spot(tree)?.path())
}

struct Editor<'a> {
    hive: &'a Hive,
    heap: Heap,
    minor: u32,
    /// New keys, by their path in capitals.
    made: BTreeMap<Vec<String>, u32>,
    /// Keys of the tree that were removed.
    gone: BTreeSet<usize>,
    /// By how many keys more or less a security descriptor is used.
    shared: BTreeMap<u32, i64>,
    /// How many new keys use one.
    sharing: BTreeMap<u32, u32>,
}

impl Editor<'_> {
    fn remove_tree(&mut self, top: usize) -> Result<(), Refusal> {
        let tree = &self.hive.tree;
        let mut below = vec![top];
        let mut all = Vec::new();
        while let Some(at) = below.pop() {
            let Some(node) = tree.node(at).filter(|_| !self.gone.contains(&at)) else { continue };
            below.extend(tree.children(node));
            all.push((at, node));
        }
        let parent = all.first().map(|(_, node)| node.parent).filter(|_| top > 0);
        let parent = parent.ok_or_else(|| Refusal::new("expected a subkey to remove, found the root"))?;
        self.may_change(parent)?;
        let parent = self.cell_of(parent)?;
        let cell = self.cell_of(top)?;
        subkeys::remove(&mut self.heap, parent, cell)?;
        for (at, node) in all {
            self.may_change(at)?;
            let record = self.heap.cell(node.cell)?;
            let field = |field| u32_at(record, field).unwrap_or(NONE);
            if u16_at(record, nk::FLAGS).is_none_or(|flags| flags & STAYS != 0) {
                return Err(Refusal::new(format!(
                    "expected a key that may go, found \"{}\", which is marked to stay",
                    tree.name(node)
                )));
            }
            let mut cells = subkeys::cells(&self.heap, node.cell)?;
            cells.push(node.cell);
            if field(nk::VALUES) > 0 && field(nk::VALUE_LIST) != NONE {
                cells.push(field(nk::VALUE_LIST));
            }
            if u16_at(record, nk::CLASS_LENGTH).is_some_and(|length| length > 0) {
                cells.push(field(nk::CLASS));
            }
            *self.shared.entry(field(nk::SECURITY)).or_default() -= 1;
            for value in tree.values(node) {
                cells.push(value.cell);
                cells.extend(self.place(value.cell)?.cells());
            }
            for cell in cells {
                self.heap.release(cell)?;
            }
            self.gone.insert(at);
        }
        Ok(())
    }

    fn cell_of(&self, at: usize) -> Result<u32, Refusal> {
        self.hive.tree.node(at).map(|node| node.cell).ok_or_else(|| broken(NONE))
    }

    /// Whether a key that was there may be changed.
    fn may_change(&self, at: usize) -> Result<(), Refusal> {
        match self.hive.tree.node(at) {
            Some(node) if node.whole => Ok(()),
            _ => Err(Refusal::new(format!("expected a whole key, found damage in \"{}\"", self.hive.tree.names(at).join("/")))),
        }
    }

    /// The key of the tree at a path, if it is still there.
    fn known(&self, path: &[String]) -> Option<usize> {
        let at = self.hive.tree.find(path)?;
        (!self.gone.contains(&at)).then_some(at)
    }

    fn put(&mut self, path: &[String], name: &str, raw: &Raw) -> Result<(), Refusal> {
        let known = self.known(path);
        let cell = self.key(path)?;
        if let Some(at) = known {
            self.may_hold_values(at)?;
        }
        let value = known.and_then(|at| self.hive.tree.value(at, name)).map(|value| value.cell);
        let (kind, data) = typed(raw)?;
        let value = match value {
            Some(value) => value,
            None => self.add(cell, name)?,
        };
        self.set(value, kind, &data)?;
        self.note_largest(cell, nk::LARGEST_DATA, data.len())
    }

    fn may_hold_values(&self, at: usize) -> Result<(), Refusal> {
        self.may_change(at)?;
        match u16_at(self.heap.cell(self.cell_of(at)?)?, nk::FLAGS) {
            Some(flags) if flags & LEADS_ELSEWHERE == 0 => Ok(()),
            _ => Err(Refusal::new("expected a key that holds values, found one that leads elsewhere")),
        }
    }

    /// The cell of the key at a path, which is made if it is missing.
    fn key(&mut self, path: &[String]) -> Result<u32, Refusal> {
        if let Some(at) = self.known(path) {
            return self.cell_of(at);
        }
        let folded: Vec<String> = path.iter().map(|name| names::fold(name)).collect();
        if let Some(cell) = self.made.get(&folded) {
            return Ok(*cell);
        }
        let (name, above) = path.split_last().ok_or_else(|| broken(NONE))?;
        if name.contains('\\') || name.contains('\0') || name.chars().count() > names::LONGEST_KEY || path.len() > 500 {
            return Err(Refusal::new(format!("expected the name of a registry key, found \"{name}\"")));
        }
        let parent = self.key(above)?;
        if let Some(at) = self.known(above) {
            self.may_change(at)?;
        }
        let cell = self.make(parent, name)?;
        self.made.insert(folded, cell);
        Ok(cell)
    }

    fn make(&mut self, parent: u32, name: &str) -> Result<u32, Refusal> {
        let (stored, narrow) = records::stored_name(name);
        let above = self.heap.cell(parent)?;
        let mut record = vec![0; nk::NAME];
        let mut put = |at: usize, bytes: &[u8]| record.iter_mut().skip(at).zip(bytes).for_each(|(to, from)| *to = *from);
        put(0, b"nk");
        put(nk::FLAGS, &(if narrow { NARROW_KEY } else { 0 }).to_le_bytes());
        put(nk::TIME, above.get(nk::TIME..nk::TIME + 8).unwrap_or_default());
        put(nk::PARENT, &parent.to_le_bytes());
        for field in [nk::SUBKEY_LIST, nk::VOLATILE_LIST, nk::VALUE_LIST, nk::CLASS] {
            put(field, &NONE.to_le_bytes());
        }
        let shared = u32_at(above, nk::SECURITY).ok_or_else(|| broken(parent))?;
        put(nk::SECURITY, &shared.to_le_bytes());
        let virtual_flags = above.get(nk::VIRTUAL).copied().unwrap_or_default() & 0xF;
        put(nk::VIRTUAL, &[if virtual_flags & 0x8 != 0 { virtual_flags } else { 0 }]);
        put(nk::NAME_LENGTH, &u16::try_from(stored.len()).unwrap_or_default().to_le_bytes());
        record.extend(stored);
        let cell = self.heap.store(&record)?;
        subkeys::insert(&mut self.heap, parent, cell, name, self.minor)?;
        subkeys::note_longest(&mut self.heap, parent, name.encode_utf16().count())?;
        *self.shared.entry(shared).or_default() += 1;
        *self.sharing.entry(shared).or_default() += 1;
        Ok(cell)
    }

    /// Adds an empty value to a key.
    fn add(&mut self, key: u32, name: &str) -> Result<u32, Refusal> {
        if name.chars().count() > names::LONGEST_VALUE {
            return Err(Refusal::new("expected a value's name of at most 16383 characters, found a longer one"));
        }
        let (stored, narrow) = records::stored_name(name);
        let length = u16::try_from(stored.len()).map_err(|_| Refusal::new("expected a shorter name of a value"))?;
        let flags = if narrow && !name.is_empty() { NARROW_VALUE } else { 0 };
        let mut record =
            [b"vk".as_slice(), &length.to_le_bytes(), &INLINE.to_le_bytes(), &[0; 8], &flags.to_le_bytes(), &[0; 2]].concat();
        record.extend(stored);
        let value = self.heap.store(&record)?;
        let (at, mut list) = self.list(key)?;
        list.extend(value.to_le_bytes());
        let at = match at {
            Some(at) => self.heap.restore(at, &list)?,
            None => self.heap.store(&list)?,
        };
        self.store_list(key, at, list.len())?;
        self.note_largest(key, nk::LONGEST_VALUE, name.encode_utf16().count() * 2)?;
        Ok(value)
    }

    /// The value list of a key: its cell, and its elements.
    fn list(&self, key: u32) -> Result<(Option<u32>, Vec<u8>), Refusal> {
        let record = self.heap.cell(key)?;
        let (count, at) = (u32_at(record, nk::VALUES), u32_at(record, nk::VALUE_LIST));
        let Some((count, at)) = count.zip(at).filter(|(count, at)| *count > 0 && *at != NONE) else {
            return Ok((None, Vec::new()));
        };
        let list = self.heap.cell(at)?.get(..count as usize * 4).ok_or_else(|| broken(at))?;
        Ok((Some(at), list.to_vec()))
    }

    fn store_list(&mut self, key: u32, at: u32, length: usize) -> Result<(), Refusal> {
        self.heap.put(key, nk::VALUE_LIST, at)?;
        self.heap.put(key, nk::VALUES, u32::try_from(length / 4).map_err(|_| broken(key))?)
    }

    fn note_largest(&mut self, key: u32, field: usize, size: usize) -> Result<(), Refusal> {
        let known = u32_at(self.heap.cell(key)?, field).unwrap_or_default();
        self.heap.put(key, field, known.max(u32::try_from(size).unwrap_or(u32::MAX)))
    }

    fn place(&self, value: u32) -> Result<Place, Refusal> {
        Place::of(self.heap.bins(), self.heap.cell(value)?).ok_or_else(|| broken(value))
    }

    /// Gives a value its type and data: in the cells that it has if they have the room.
    fn set(&mut self, value: u32, kind: u32, data: &[u8]) -> Result<(), Refusal> {
        let place = self.place(value)?;
        let size = u32::try_from(data.len()).map_err(|_| broken(value))?;
        self.heap.put(value, vk::TYPE, kind)?;
        if data.len() <= 4 {
            let mut inline = [0; 4];
            inline.iter_mut().zip(data).for_each(|(to, from)| *to = *from);
            self.heap.put(value, vk::SIZE, size | INLINE)?;
            self.heap.write(value, vk::DATA, &inline)?;
            return place.cells().into_iter().try_for_each(|cell| self.heap.release(cell));
        }
        self.heap.put(value, vk::SIZE, size)?;
        let at = match place {
            Place::Segments { record, segments, .. } if self.is_big(data) && segments.len() == data.len().div_ceil(SEGMENT) => {
                for (segment, data) in segments.into_iter().zip(data.chunks(SEGMENT)) {
                    self.heap.write(segment, 0, data)?;
                }
                record
            }
            Place::Cell { at, .. } if !self.is_big(data) => self.heap.restore(at, data)?,
            place => {
                let at = self.store(data)?;
                place.cells().into_iter().try_for_each(|cell| self.heap.release(cell))?;
                at
            }
        };
        self.heap.put(value, vk::DATA, at)
    }

    fn is_big(&self, data: &[u8]) -> bool {
        self.minor >= 4 && data.len() > SEGMENT
    }

    /// Stores data in new cells.
    fn store(&mut self, data: &[u8]) -> Result<u32, Refusal> {
        if !self.is_big(data) {
            return self.heap.store(data);
        }
        let count = u16::try_from(data.len().div_ceil(SEGMENT))
            .map_err(|_| Refusal::new("expected less data, found more than a value can hold"))?;
        let mut list = Vec::new();
        for data in data.chunks(SEGMENT) {
            list.extend(self.heap.store(data)?.to_le_bytes());
        }
        let list = self.heap.store(&list)?;
        self.heap.store(&[b"db".as_slice(), &count.to_le_bytes(), &list.to_le_bytes(), &[0; 4]].concat())
    }

    fn remove(&mut self, path: &[String], name: &str) -> Result<(), Refusal> {
        let Some(at) = self.known(path) else { return Ok(()) };
        let Some(value) = self.hive.tree.value(at, name).map(|value| value.cell) else { return Ok(()) };
        self.may_hold_values(at)?;
        let key = self.cell_of(at)?;
        let (list_at, list) = self.list(key)?;
        let list_at = list_at.ok_or_else(|| broken(key))?;
        let rest: Vec<u8> = list.chunks_exact(4).filter(|element| **element != value.to_le_bytes()).flatten().copied().collect();
        for cell in self.place(value)?.cells().into_iter().chain([value]) {
            self.heap.release(cell)?;
        }
        if rest.is_empty() {
            self.heap.release(list_at)?;
            self.heap.put(key, nk::LONGEST_VALUE, 0)?;
            self.heap.put(key, nk::LARGEST_DATA, 0)?;
            return self.store_list(key, NONE, 0);
        }
        self.heap.write(list_at, 0, &rest)?;
        self.store_list(key, list_at, rest.len())
    }

    fn finish(mut self) -> Result<Vec<u8>, Refusal> {
        if self.shared.is_empty() {
            return Ok(self.heap.finish());
        }
        let mut left = self.sharing;
        for (_, node) in self.hive.tree.nodes().iter().enumerate().filter(|(at, _)| !self.gone.contains(at)) {
            if let Some(of) = u32_at(self.heap.cell(node.cell)?, nk::SECURITY) {
                *left.entry(of).or_default() += 1;
            }
        }
        security::settle(&mut self.heap, &self.shared, |of| left.get(&of).copied().unwrap_or_default())?;
        Ok(self.heap.finish())
    }
}

/// Where bytes differ; the new ones may be longer.
fn differences(old: &[u8], new: &[u8]) -> Vec<Splice> {
    const STEP: usize = 256;
    let mut splices: Vec<Splice> = Vec::new();
    for (number, (before, after)) in old.chunks(STEP).zip(new.chunks(STEP)).enumerate().filter(|(_, (old, new))| old != new) {
        let start = number * STEP;
        for at in (0..before.len().min(after.len())).filter(|at| before.get(*at) != after.get(*at)).map(|at| start + at) {
            match splices.last_mut().filter(|splice| at - splice.range.end < 4) {
                Some(splice) => splice.range.end = at + 1,
                None => splices.push(Splice::new(at..at + 1, [])),
            }
        }
    }
    for splice in &mut splices {
        splice.bytes = new.get(splice.range.clone()).unwrap_or_default().to_vec();
    }
    if let Some(rest) = new.get(old.len()..).filter(|rest| !rest.is_empty()) {
        splices.push(Splice::new(old.len()..old.len(), rest));
    }
    splices
}
