//! The tree of a hive, found once: every key and value that has a place in the key space. A cell belongs to one owner, so
//! that no cycle and no shared part can multiply; what is damaged is told and passed over. Knows no edits.

use super::cells::{Bins, NONE, Scan, scan, u16_at, u32_at};
use super::names;
use super::records::{self, Kind, LEADS_ELSEWHERE, nk, vk};
use super::value::Place;
use crate::document::{Key, Odd, Refusal};

/// The deepest level of keys.
const DEEPEST: u32 = 512;

/// The keys of a hive, the root first, each before what is below it.
pub(super) struct Tree {
    nodes: Vec<Node>,
    pub(super) odd: Vec<Odd>,
    /// Whether bins and cells follow each other as they should, so that room can be found.
    pub(super) sound: bool,
}

/// A key.
pub(super) struct Node {
    pub(super) cell: u32,
    pub(super) parent: usize,
    pub(super) name: Box<str>,
    pub(super) children: Vec<usize>,
    pub(super) values: Vec<Value>,
    /// Whether all that it holds was understood.
    pub(super) whole: bool,
    depth: u32,
    /// How long its path is, in bytes.
    path: usize,
}

/// A value.
pub(super) struct Value {
    pub(super) cell: u32,
    pub(super) name: Box<str>,
}

impl Node {
    /// The value of this name.
    pub(super) fn value(&self, name: &str) -> Option<&Value> {
        self.values.iter().find(|value| names::same(&value.name, name))
    }
}

impl Tree {
    pub(super) fn node(&self, at: usize) -> Option<&Node> {
        self.nodes.get(at)
    }

    /// Every key.
    pub(super) fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The key at a path.
    pub(super) fn find(&self, path: &[String]) -> Option<usize> {
        path.iter().try_fold(0, |at, name| {
            let mut children = self.nodes.get(at)?.children.iter().copied();
            children.find(|child| self.nodes.get(*child).is_some_and(|node| names::same(&node.name, name)))
        })
    }

    /// The names on the path of a key.
    pub(super) fn names(&self, mut at: usize) -> Vec<&str> {
        let mut names = Vec::new();
        while let Some(node) = self.nodes.get(at).filter(|_| at > 0) {
            names.push(&*node.name);
            at = node.parent;
        }
        names.reverse();
        names
    }

    /// Visits the values at and below a key.
    pub(super) fn visit<'a>(&'a self, at: usize, see: &mut dyn FnMut(Key, &'a Value)) {
        let mut path = String::new();
        self.names(at).into_iter().for_each(|name| names::push_subkey(name, &mut path));
        self.visit_below(at, &mut path, see);
    }

    fn visit_below<'a>(&'a self, at: usize, path: &mut String, see: &mut dyn FnMut(Key, &'a Value)) {
        let Some(node) = self.nodes.get(at) else { return };
        let length = path.len();
        for value in &node.values {
            names::push_value(&value.name, path);
            see(Key::raw(path.as_str()), value);
            path.truncate(length);
        }
        for child in &node.children {
            names::push_subkey(self.nodes.get(*child).map_or("", |node| &node.name), path);
            self.visit_below(*child, path, see);
            path.truncate(length);
        }
    }

    fn path(&self, at: usize) -> Key {
        let mut path = String::new();
        self.names(at).into_iter().for_each(|name| names::push_subkey(name, &mut path));
        Key::raw(path)
    }

    /// Notes what is wrong at a key.
    fn damaged(&mut self, at: usize, message: &str, hides: Option<Key>) {
        let path = self.path(at);
        if let Some(node) = self.nodes.get_mut(at) {
            node.whole = false;
        }
        let message = format!("{message} in the key \"{path}\"");
        self.odd.push(Odd { line: 0, message, hides: hides.or(Some(path)) });
    }
}

/// Finds the tree below a root key.
pub(super) fn walk(bins: Bins<'_>, root: u32) -> Result<Tree, Refusal> {
    let scan = scan(bins.bytes());
    let mut tree = Tree { nodes: Vec::new(), odd: Vec::new(), sound: scan.broken.is_none() };
    if let Some(at) = scan.broken {
        let message = format!("expected a bin or a cell at offset {at}, found something else: what follows is passed over");
        tree.odd.push(Odd { line: 0, message, hides: None });
    }
    let mut walker = Walker { bins, scan, security: Vec::new(), room: bins.len() * 64 + (1 << 20) };
    if !walker.scan.claim(root) || records::record(bins, root, b"nk").is_none() {
        return Err(Refusal::new(format!("expected the root key at offset {root}, found none")));
    }
    let node = |cell, parent, name: &str, depth, path| Node {
        cell,
        parent,
        name: name.into(),
        children: Vec::new(),
        values: Vec::new(),
        whole: true,
        depth,
        path,
    };
    tree.nodes.push(node(root, 0, "", 0, 0));
    let mut at = 0;
    while let Some(parent) = tree.nodes.get(at) {
        let (depth, path) = (parent.depth + 1, parent.path);
        let record = bins.cell(parent.cell).unwrap_or_default();
        walker.values(&mut tree, at, record)?;
        walker.other_cells(&mut tree, at, record);
        for (cell, name) in walker.subkeys(&mut tree, at, record) {
            if depth > DEEPEST {
                tree.damaged(at, "expected at most 512 levels of keys, found more", None);
                break;
            }
            let child = tree.nodes.len();
            let path = path + name.len() + 2;
            tree.nodes.push(node(cell, at, &name, depth, path));
            if let Some(parent) = tree.nodes.get_mut(at) {
                parent.children.push(child);
            }
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

    fn subkeys(&mut self, tree: &mut Tree, at: usize, record: &[u8]) -> Vec<(u32, String)> {
        let said = u32_at(record, nk::SUBKEYS).unwrap_or_default() as usize;
        let mut cells = Vec::new();
        if said > 0 {
            let first = u32_at(record, nk::SUBKEY_LIST).unwrap_or(NONE);
            if !self.list(first, &mut cells, true) || cells.len() != said {
                let found = format!("expected a list of {said} subkeys, found {}", cells.len());
                tree.damaged(at, &found, None);
            }
        }
        let mut subkeys: Vec<(u32, String)> = Vec::with_capacity(cells.len());
        for cell in cells {
            let record = self.own(cell).filter(|record| record.starts_with(b"nk"));
            let Some(name) = record.and_then(records::key_name) else {
                tree.damaged(at, &format!("expected a subkey at offset {cell}, found none"), None);
                continue;
            };
            let length = name.chars().count();
            if length == 0 || length > names::LONGEST_KEY || name.contains('\\') {
                tree.damaged(at, &format!("expected the name of a subkey at offset {cell}, found another text"), None);
                continue;
            }
            subkeys.push((cell, name));
        }
        for name in repeated(subkeys.iter_mut().map(|(_, name)| std::mem::take(name)).collect(), &mut subkeys) {
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
        let mut values: Vec<(u32, String)> = Vec::with_capacity(cells.len());
        for cell in cells {
            let record = self.own(cell).filter(|record| record.starts_with(b"vk"));
            let name = record.and_then(records::value_name).filter(|name| name.chars().count() <= names::LONGEST_VALUE);
            let Some((record, name)) = record.zip(name) else {
                tree.damaged(at, &format!("expected a value at offset {cell}, found none"), None);
                continue;
            };
            if !self.data(record) {
                let mut hidden = tree.path(at).to_string();
                names::push_value(&name, &mut hidden);
                tree.damaged(at, &format!("expected the data of the value \"{name}\", found less"), Some(Key::raw(hidden)));
                continue;
            }
            values.push((cell, name));
        }
        for name in repeated(values.iter_mut().map(|(_, name)| std::mem::take(name)).collect(), &mut values) {
            tree.damaged(at, &format!("expected a name once, found two values \"{name}\""), None);
        }
        if let Some(node) = tree.nodes.get_mut(at) {
            let spelled = values.iter().map(|(_, name)| node.path + name.len() + 2).sum();
            self.room = self
                .room
                .checked_sub(spelled)
                .ok_or_else(|| Refusal::new("expected shorter paths, found a hive of paths alone"))?;
            node.values = values.into_iter().map(|(cell, name)| Value { cell, name: name.into() }).collect();
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

/// Gives names to cells, the first of equal names only; the names that were there already.
fn repeated(names: Vec<String>, cells: &mut Vec<(u32, String)>) -> Vec<String> {
    let mut order: Vec<(String, usize)> = names.iter().enumerate().map(|(at, name)| (names::fold(name), at)).collect();
    order.sort_unstable();
    let pairs = order.iter().zip(order.iter().skip(1));
    let mut again: Vec<usize> = pairs.filter(|(one, two)| one.0 == two.0).map(|(_, two)| two.1).collect();
    again.sort_unstable();
    let mut said = Vec::new();
    let mut kept = Vec::with_capacity(cells.len());
    for (at, (name, (cell, _))) in names.into_iter().zip(cells.drain(..)).enumerate() {
        match again.binary_search(&at) {
            Ok(_) => said.push(name),
            Err(_) => kept.push((cell, name)),
        }
    }
    *cells = kept;
    said
}
