//! The keys and values of a hive as a tree: names, and where the cells are. Knows nothing of how it is found.

use std::ops::Range;

use super::names;
use crate::document::{Key, Odd};

/// The keys of a hive, the root first, each before what is below it. The subkeys of a key follow each other, and so do its values; all
/// names are in one text: a hive has tens of thousands.
pub(super) struct Tree {
    pub(super) nodes: Vec<Node>,
    pub(super) values: Vec<Value>,
    pub(super) text: String,
    pub(super) odd: Vec<Odd>,
    /// Whether bins and cells follow each other as they should, so that room can be found.
    pub(super) sound: bool,
}

/// Where a name is in the text.
pub(super) type Span = Range<u32>;

/// A key.
pub(super) struct Node {
    pub(super) cell: u32,
    pub(super) parent: usize,
    /// Whether all that it holds was understood.
    pub(super) whole: bool,
    pub(super) name: Span,
    pub(super) children: Span,
    pub(super) values: Span,
    pub(super) depth: u32,
    /// How long its path is, in bytes.
    pub(super) path: usize,
}

/// A value.
pub(super) struct Value {
    pub(super) cell: u32,
    pub(super) name: Span,
}

/// A span, as places in memory.
pub(super) fn within(span: &Span) -> Range<usize> {
    span.start as usize..span.end as usize
}

impl Tree {
    pub(super) fn node(&self, at: usize) -> Option<&Node> {
        self.nodes.get(at)
    }

    /// Every key.
    pub(super) fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The subkeys of a key.
    pub(super) fn children(&self, node: &Node) -> Range<usize> {
        within(&node.children)
    }

    /// The values of a key.
    pub(super) fn values(&self, node: &Node) -> &[Value] {
        self.values.get(within(&node.values)).unwrap_or_default()
    }

    /// The name of a key.
    pub(super) fn name(&self, node: &Node) -> &str {
        self.text.get(within(&node.name)).unwrap_or_default()
    }

    /// The name of a value.
    pub(super) fn name_of(&self, value: &Value) -> &str {
        self.text.get(within(&value.name)).unwrap_or_default()
    }

    /// The value of this name, of a key.
    pub(super) fn value(&self, at: usize, name: &str) -> Option<&Value> {
        self.values(self.nodes.get(at)?).iter().find(|value| names::same(self.name_of(value), name))
    }

    /// The key at a path.
    pub(super) fn find(&self, path: &[String]) -> Option<usize> {
        path.iter().try_fold(0, |at, name| {
            let mut children = self.children(self.nodes.get(at)?);
            children.find(|child| self.nodes.get(*child).is_some_and(|node| names::same(self.name(node), name)))
        })
    }

    /// The names on the path of a key.
    pub(super) fn names(&self, mut at: usize) -> Vec<&str> {
        let mut names = Vec::new();
        while let Some(node) = self.nodes.get(at).filter(|_| at > 0) {
            names.push(self.name(node));
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
        for value in self.values(node) {
            names::push_value(self.name_of(value), path);
            see(Key::raw(path.as_str()), value);
            path.truncate(length);
        }
        for child in self.children(node) {
            names::push_subkey(self.nodes.get(child).map_or("", |node| self.name(node)), path);
            self.visit_below(child, path, see);
            path.truncate(length);
        }
    }

    /// Keeps the name that a record has.
    pub(super) fn keep(&mut self, record: &[u8], read: fn(&[u8], &mut String) -> Option<()>) -> Option<Span> {
        let start = count(self.text.len());
        read(record, &mut self.text)?;
        Some(start..count(self.text.len()))
    }

    /// The key's path.
    pub(super) fn path(&self, at: usize) -> Key {
        let mut path = String::new();
        self.names(at).into_iter().for_each(|name| names::push_subkey(name, &mut path));
        Key::raw(path)
    }

    /// Notes what is wrong at a key.
    pub(super) fn damaged(&mut self, at: usize, message: &str, hides: Option<Key>) {
        let path = self.path(at);
        if let Some(node) = self.nodes.get_mut(at) {
            node.whole = false;
        }
        let message = format!("{message} in the key \"{path}\"");
        self.odd.push(Odd { line: 0, message, hides: hides.or(Some(path)) });
    }
}

/// A hive has at most two gigabytes, so that all that is counted in one fits.
pub(super) fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
