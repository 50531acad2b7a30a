//! The tree of a property list: the keys that its values go by, and the bounds that hostile files run into. Knows nothing
//! of bytes and edits.

use std::collections::{BTreeMap, BTreeSet};

use super::{ARRAY, DICT, Ids};
use crate::document::{Key, Raw, Refusal};

/// The most levels that are followed.
pub(super) const DEPTH: usize = 512;

/// The most bytes that the keys and values of one file may take: shared objects and deep levels multiply.
const MOST: usize = 1 << 26;

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Scalar,
    Dict,
    Array,
}

/// A value.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) kind: Kind,
    /// What the format knows it by: the number of a span, or of an object.
    pub(super) at: usize,
    /// The last segment of its key; an element gets it from its array.
    pub(super) segment: Option<String>,
    /// Whether a later member has the same name.
    pub(super) shadowed: bool,
    /// The value of a scalar, or of a container without keys.
    pub(super) raw: Option<Raw>,
    pub(super) children: Vec<Node>,
}

impl Node {
    pub(super) fn scalar(at: usize, raw: Raw) -> Node {
        Node { kind: Kind::Scalar, at, segment: None, shadowed: false, raw: Some(raw), children: Vec::new() }
    }

    pub(super) fn container(kind: Kind, at: usize, children: Vec<Node>) -> Node {
        Node { kind, at, segment: None, shadowed: false, raw: None, children }
    }

    pub(super) fn named(self, name: Option<String>) -> Node {
        Node { segment: name.filter(|name| !name.is_empty()), ..self }
    }

    /// The last segment of its key, if it has a key.
    pub(super) fn keyed(&self) -> Option<&str> {
        self.segment.as_deref().filter(|_| !self.shadowed)
    }
}

/// How much more a file may take.
pub(super) struct Budget(usize);

impl Budget {
    pub(super) fn new() -> Budget {
        Budget(MOST)
    }

    /// Takes this many bytes.
    pub(super) fn take(&mut self, bytes: usize) -> Result<(), Refusal> {
        match self.0.checked_sub(bytes) {
            Some(left) => self.0 = left,
            None => return Err(Refusal::new(format!("expected at most {} MiB of keys and values, found more", MOST >> 20))),
        }
        Ok(())
    }
}

/// How many bytes a raw takes, more or less.
pub(in crate::formats) fn size(raw: &Raw) -> usize {
    match raw {
        Raw::Bool(_) | Raw::Int(_) => 32,
        Raw::Text(text) => 32 + text.len(),
        Raw::Bytes(bytes) | Raw::Other { bytes, .. } => 32 + bytes.len(),
    }
}

/// Gives elements their segments, marks shadowed members, and collects the values.
pub(super) fn assign(root: &mut Node, ids: Ids, budget: &mut Budget) -> Result<BTreeMap<Key, Raw>, Refusal> {
    let mut entries = BTreeMap::new();
    below(root, "", ids, budget, &mut entries)?;
    if root.children.is_empty() {
        entries.clear();
    }
    Ok(entries)
}

fn below(node: &mut Node, key: &str, ids: Ids, budget: &mut Budget, entries: &mut BTreeMap<Key, Raw>) -> Result<(), Refusal> {
    match node.kind {
        Kind::Scalar => {}
        Kind::Dict => {
            let mut later = BTreeSet::new();
            for child in node.children.iter_mut().rev() {
                child.shadowed = child.segment.as_deref().is_some_and(|name| !later.insert(name));
            }
        }
        Kind::Array => name_elements(node, key, ids),
    }
    let mut any = false;
    for child in &mut node.children {
        if let Some(segment) = child.keyed() {
            any = true;
            let key = child_key(key, segment);
            budget.take(key.len() + 64)?;
            below(child, &key, ids, budget, entries)?;
        }
    }
    match node.kind {
        Kind::Dict if !any => node.raw = Some(Raw::Other { tag: DICT, bytes: Vec::new() }),
        Kind::Array if !any => node.raw = Some(Raw::Other { tag: ARRAY, bytes: Vec::new() }),
        _ => {}
    }
    if let Some(raw) = node.raw.as_ref().filter(|_| !key.is_empty()) {
        budget.take(key.len() + size(raw))?;
        entries.insert(Key::raw(key), raw.clone());
    }
    Ok(())
}

fn name_elements(array: &mut Node, key: &str, ids: Ids) {
    let members = ids.iter().find(|(array, _)| *array == key).map_or(&[][..], |(_, members)| *members);
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for (index, element) in array.children.iter_mut().enumerate() {
        let plain = members.iter().find_map(|member| identity(element, member)).unwrap_or_else(|| index.to_string());
        let mut segment = plain.clone();
        while counts.contains_key(&segment) {
            let count = counts.entry(plain.clone()).or_insert(1);
            *count += 1;
            segment = format!("{plain}#{count}");
        }
        counts.insert(segment.clone(), 1);
        element.segment = Some(segment);
    }
}

fn identity(element: &Node, member: &str) -> Option<String> {
    let is_dict = element.kind == Kind::Dict;
    let named = element.children.iter().rev().find(|child| is_dict && child.segment.as_deref() == Some(member))?;
    match &named.raw {
        Some(Raw::Int(n)) => Some(format!("{member}={n}")),
        Some(Raw::Text(text)) if !text.is_empty() => Some(format!("{member}={text}")),
        _ => None,
    }
}

/// The key one segment further down, as text.
pub(super) fn child_key(key: &str, segment: &str) -> String {
    let mut text = String::with_capacity(key.len() + segment.len() + 1);
    text.push_str(key);
    if !key.is_empty() {
        text.push('/');
    }
    Key::escape_into(segment, &mut text);
    text
}

/// The node of a key.
pub(super) fn find<'a>(root: &'a Node, key: &Key) -> Option<&'a Node> {
    key.segments().try_fold(root, |node, segment| node.children.iter().find(|child| child.keyed() == Some(&*segment)))
}

/// The keys of the nodes that a format knows by these numbers.
pub(super) fn locate(root: &Node, wanted: &BTreeSet<usize>) -> BTreeMap<usize, Key> {
    fn look(node: &Node, key: &str, wanted: &BTreeSet<usize>, found: &mut BTreeMap<usize, Key>) {
        if wanted.contains(&node.at) && !key.is_empty() {
            found.insert(node.at, Key::raw(key));
        }
        for child in &node.children {
            if let Some(segment) = child.keyed() {
                look(child, &child_key(key, segment), wanted, found);
            }
        }
    }
    let mut found = BTreeMap::new();
    if !wanted.is_empty() {
        look(root, "", wanted, &mut found);
    }
    found
}
