//! The tree of a JSON file: spans, and the keys that its values go by. Knows nothing of tokens and edits.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::{ARRAY, Ids, OBJECT};
use crate::document::{Key, Raw};

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Scalar,
    Object,
    Array,
}

/// A value, with the name that it has in its object.
pub(super) struct Node {
    pub(super) kind: Kind,
    /// The name with its quotes.
    pub(super) name: Option<Range<usize>>,
    pub(super) value: Range<usize>,
    /// The last segment of its key; an element gets it from its array.
    pub(super) segment: Option<String>,
    /// Whether a later member has the same name.
    pub(super) shadowed: bool,
    /// The value of a scalar, or of a container without keys.
    pub(super) raw: Option<Raw>,
    pub(super) children: Vec<Node>,
}

impl Node {
    /// Where the member or element starts.
    pub(super) fn start(&self) -> usize {
        self.name.as_ref().map_or(self.value.start, |name| name.start)
    }

    /// The last segment of its key, if it has a key.
    pub(super) fn keyed(&self) -> Option<&str> {
        self.segment.as_deref().filter(|_| !self.shadowed)
    }
}

/// Gives elements their segments, marks shadowed members, and collects the values.
pub(super) fn assign(node: &mut Node, key: &str, bytes: &[u8], ids: Ids, entries: &mut BTreeMap<Key, Raw>) {
    match node.kind {
        Kind::Scalar => {}
        Kind::Object => {
            let mut later = BTreeSet::new();
            for child in node.children.iter_mut().rev() {
                child.shadowed = child.segment.as_deref().is_some_and(|name| !later.insert(name));
            }
        }
        Kind::Array => {
            let id = ids.iter().find(|(array, _)| *array == key).map(|(_, id)| *id);
            let mut counts: BTreeMap<String, usize> = BTreeMap::new();
            for (index, element) in node.children.iter_mut().enumerate() {
                let plain = id.and_then(|id| identity(element, id)).unwrap_or_else(|| index.to_string());
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
    }
    let is_root = node.segment.is_none();
    let mut any = false;
    for child in &mut node.children {
        if let Some(segment) = child.keyed() {
            any = true;
            let child_key = child_key(key, segment);
            assign(child, &child_key, bytes, ids, entries);
        }
    }
    let token = || bytes.get(node.value.clone()).unwrap_or_default().to_vec();
    match node.kind {
        Kind::Object if !any => node.raw = Some(Raw::Other { tag: OBJECT, bytes: token() }),
        Kind::Array if !any => node.raw = Some(Raw::Other { tag: ARRAY, bytes: token() }),
        _ => {}
    }
    if let Some(raw) = node.raw.as_ref().filter(|_| !is_root) {
        entries.insert(Key::raw(key), raw.clone());
    }
}

/// The key one segment further down, as text.
pub(super) fn child_key(key: &str, segment: &str) -> String {
    let mut text = String::with_capacity(key.len() + 1 + segment.len());
    text.push_str(key);
    if !key.is_empty() {
        text.push('/');
    }
    Key::escape_into(segment, &mut text);
    text
}

fn identity(element: &Node, id: &str) -> Option<String> {
    let member = element.children.iter().rev().find(|child| child.segment.as_deref() == Some(id))?;
    match (element.kind, &member.raw) {
        (Kind::Object, Some(Raw::Int(n))) => Some(format!("{id}={n}")),
        (Kind::Object, Some(Raw::Text(text))) => Some(format!("{id}={text}")),
        _ => None,
    }
}
