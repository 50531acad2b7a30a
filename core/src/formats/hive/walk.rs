//! The tree of a hive, found once: every key and value that has a place in the key space. A cell belongs to one owner, so
//! that no cycle and no shared part can multiply; what is damaged is told and passed over. Knows no edits.

use super::cells::{Bins, NONE, Scan, scan, u16_at, u32_at};
use super::names;
use super::records::{self, Kind, LEADS_ELSEWHERE, nk, vk};
use super::tree::{Node, Span, Tree, Value, count, within};
use super::value::Place;
use crate::document::{Key, Odd, Refusal};

/// The deepest level of keys.
const DEEPEST: u32 = 512;

/// Finds the tree below a root key.
pub(super) fn walk(bins: Bins<'_>, root: u32) -> Result<Tree, Refusal> {
    let scan = scan(bins.bytes());
    let sound = scan.broken.is_none();
    let mut tree = Tree { nodes: Vec::new(), values: Vec::new(), text: String::new(), odd: Vec::new(), sound };
    if let Some(at) = scan.broken {
        let message = format!("expected a bin or a cell at offset {at}, found something else: what follows is passed over");
        tree.odd.push(Odd { line: 0, message, hides: None });
    }
    let mut walker = Walker { bins, scan, security: Vec::new(), room: bins.len() * 64 + (1 << 20) };
    if !walker.scan.claim(root) || records::record(bins, root, b"nk").is_none() {
        return Err(Refusal::new(format!("expected the root key at offset {root}, found none")));
    }
    let node =
        |cell, parent, name, depth, path| Node { cell, parent, whole: true, name, children: 0..0, values: 0..0, depth, path };
    tree.nodes.push(node(root, 0, 0..0, 0, 0));
    let mut at = 0;
    while let Some(parent) = tree.nodes.get(at) {
        let (depth, path) = (parent.depth + 1, parent.path);
        let record = bins.cell(parent.cell).unwrap_or_default();
        walker.values(&mut tree, at, record)?;
        walker.other_cells(&mut tree, at, record);
        let mut subkeys = walker.subkeys(&mut tree, at, record);
        if depth > DEEPEST && !subkeys.is_empty() {
            tree.damaged(at, "expected at most 512 levels of keys, found more", None);
            subkeys.clear();
        }
        let first = count(tree.nodes.len());
        for (cell, name) in subkeys {
            let path = path + name.len() + 2;
            tree.nodes.push(node(cell, at, name, depth, path));
        }
        let last = count(tree.nodes.len());
        if let Some(parent) = tree.nodes.get_mut(at) {
            parent.children = first..last;
        }
        at += 1;
    }
    Ok(tree)
}

struct Walker<'a> {
    bins: Bins<'a>,
    scan: Scan,
    /// The security descriptors met so far, sorted: keys share them.
    security: Vec<u32>,
    /// How many bytes of keys may still be spelled out.
    room: usize,
}

impl<'a> Walker<'a> {
    /// A record that nothing else owns.
    fn own(&mut self, at: u32) -> Option<&'a [u8]> {
        self.bins.cell(at).filter(|_| self.scan.claim(at))
    }

    fn subkeys(&mut self, tree: &mut Tree, at: usize, record: &[u8]) -> Vec<(u32, Span)> {
        let said = u32_at(record, nk::SUBKEYS).unwrap_or_default() as usize;
        let mut cells = Vec::new();
        if said > 0 {
            let first = u32_at(record, nk::SUBKEY_LIST).unwrap_or(NONE);
            if !self.list(first, &mut cells, true) || cells.len() != said {
                let found = format!("expected a list of {said} subkeys, found {}", cells.len());
                tree.damaged(at, &found, None);
            }
        }
        let mut subkeys: Vec<(u32, Span)> = Vec::with_capacity(cells.len());
        for cell in cells {
            let record = self.own(cell).filter(|record| record.starts_with(b"nk"));
            let Some(span) = record.and_then(|record| tree.keep(record, records::key_name)) else {
                tree.damaged(at, &format!("expected a subkey at offset {cell}, found none"), None);
                continue;
            };
            let name = tree.text.get(within(&span)).unwrap_or_default();
            if name.is_empty() || name.contains('\\') || names::is_longer(name, names::LONGEST_KEY) {
                tree.damaged(at, &format!("expected the name of a subkey at offset {cell}, found another text"), None);
                continue;
            }
            subkeys.push((cell, span));
        }
        for name in repeated(&tree.text, &mut subkeys, |(_, name)| name) {
            tree.damaged(at, &format!("expected a name once, found two subkeys \"{name}\""), None);
        }
        subkeys
    }

    /// Collects the subkeys of a list; whether all of it was there.
    fn list(&mut self, at: u32, cells: &mut Vec<u32>, may_be_root: bool) -> bool {
        let Some(record) = self.own(at) else { return false };
        let Some(kind) = Kind::of(record) else { return false };
        let (offsets, said) = records::list(record, kind);
        let whole = offsets.len() == said;
        match kind {
            Kind::Root if may_be_root => offsets.into_iter().fold(whole, |whole, at| self.list(at, cells, false) && whole),
            Kind::Root => false,
            _ => {
                cells.extend(offsets);
                whole
            }
        }
    }

    fn values(&mut self, tree: &mut Tree, at: usize, record: &[u8]) -> Result<(), Refusal> {
        let said = u32_at(record, nk::VALUES).unwrap_or_default() as usize;
        if said == 0 || u16_at(record, nk::FLAGS).is_none_or(|flags| flags & LEADS_ELSEWHERE != 0) {
            return Ok(());
        }
        let list = self.own(u32_at(record, nk::VALUE_LIST).unwrap_or(NONE)).unwrap_or_default();
        let cells: Vec<u32> = list.chunks_exact(4).take(said).filter_map(|element| u32_at(element, 0)).collect();
        if cells.len() != said {
            tree.damaged(at, &format!("expected a list of {said} values, found {}", cells.len()), None);
        }
        let mut values: Vec<Value> = Vec::with_capacity(cells.len());
        for cell in cells {
            let record = self.own(cell).filter(|record| record.starts_with(b"vk"));
            let span = record.and_then(|record| tree.keep(record, records::value_name));
            let name = span.clone().and_then(|span| tree.text.get(within(&span)));
            let name = name.filter(|name| !names::is_longer(name, names::LONGEST_VALUE));
            let Some(((record, name), span)) = record.zip(name).zip(span) else {
                tree.damaged(at, &format!("expected a value at offset {cell}, found none"), None);
                continue;
            };
            if !self.data(record) {
                let (name, mut hidden) = (name.to_owned(), tree.path(at).to_string());
                names::push_value(&name, &mut hidden);
                tree.damaged(at, &format!("expected the data of the value \"{name}\", found less"), Some(Key::raw(hidden)));
                continue;
            }
            values.push(Value { cell, name: span });
        }
        for name in repeated(&tree.text, &mut values, |value| &value.name) {
            tree.damaged(at, &format!("expected a name once, found two values \"{name}\""), None);
        }
        if let Some(node) = tree.nodes.get_mut(at) {
            let spelled = values.iter().map(|value| node.path + value.name.len() + 2).sum();
            self.room = self
                .room
                .checked_sub(spelled)
                .ok_or_else(|| Refusal::new("expected shorter paths, found a hive of paths alone"))?;
            let first = count(tree.values.len());
            tree.values.append(&mut values);
            node.values = first..count(tree.values.len());
        }
        Ok(())
    }

    /// Owns the cells of a value's data; whether all is there.
    fn data(&mut self, record: &[u8]) -> bool {
        let Some(place) = Place::of(self.bins, record) else { return false };
        let whole = u32_at(record, vk::TYPE).is_some();
        place.cells().into_iter().fold(whole, |whole, cell| self.scan.claim(cell) && whole)
    }

    /// Owns the class name, and shares the security descriptor.
    fn other_cells(&mut self, tree: &mut Tree, at: usize, record: &[u8]) {
        let class = u32_at(record, nk::CLASS).unwrap_or(NONE);
        if class != NONE && u16_at(record, nk::CLASS_LENGTH).is_some_and(|length| length > 0) && self.own(class).is_none() {
            tree.damaged(at, "expected a class name, found none", None);
        }
        let security = u32_at(record, nk::SECURITY).unwrap_or(NONE);
        if let Err(place) = self.security.binary_search(&security) {
            match self.own(security).is_some_and(|record| record.starts_with(b"sk")) {
                true => self.security.insert(place, security),
                false => tree.damaged(at, "expected a security descriptor, found none", None),
            }
        }
    }
}

/// Of how many names each is compared with each other; more are sorted.
const FEW: usize = 8;

/// Takes out what has the name of something before it; those names. A subkey list is sorted, so that mostly a look at neighbours is enough.
fn repeated<T>(text: &str, of: &mut Vec<T>, span: impl Fn(&T) -> &Span) -> Vec<String> {
    let name = |one: &T| text.get(within(span(one))).unwrap_or_default();
    if of.iter().zip(of.iter().skip(1)).all(|(one, next)| names::order(name(one), name(next)).is_lt()) {
        return Vec::new();
    }
    let is_again = |(at, one): (usize, &T)| of.iter().take(at).any(|other| names::same(name(one), name(other)));
    if of.len() <= FEW && !of.iter().enumerate().any(is_again) {
        return Vec::new();
    }
    let mut order: Vec<usize> = (0..of.len()).collect();
    let named = |at: &usize| of.get(*at).map_or("", name);
    order.sort_by(|one, other| names::order(named(one), named(other)));
    let pairs = order.iter().zip(order.iter().skip(1));
    let mut again: Vec<usize> = pairs.filter(|(one, two)| names::same(named(one), named(two))).map(|(_, two)| *two).collect();
    again.sort_unstable();
    let said = again.iter().map(|at| named(at).to_owned()).collect();
    let mut at = 0;
    of.retain(|_| {
        at += 1;
        again.binary_search(&(at - 1)).is_err()
    });
    said
}
