//! The objects of an archive as a tree. References are followed as far as hostile archives allow.

use std::cell::Cell;
use std::collections::BTreeMap;

use super::super::plist::{ARRAY, DICT, NULL, UID, size};
use crate::document::{Document, Key, Raw};

/// The most levels that are followed.
const DEPTH: usize = 64;
/// The most bytes that all keys and values take: objects that are referred to many times multiply.
const MOST: usize = 1 << 24;

/// A value of an archive.
#[derive(Debug)]
pub(super) enum Node {
    /// A dictionary: its object's number, and its members in their order.
    Dict { at: usize, members: Vec<(String, Node)> },
    /// An array or a set.
    List(Vec<Node>),
    /// A single value: its object's number, or the first one's where it can't be changed in its place.
    Scalar { at: usize, raw: Raw },
    /// An object of this class.
    Other(String),
}

impl Node {
    /// A member of a dictionary.
    pub(super) fn member(&self, name: &str) -> Option<&Node> {
        match self {
            Node::Dict { members, .. } => members.iter().find(|(known, _)| known == name).map(|(_, node)| node),
            _ => None,
        }
    }
}

/// The key of an object.
pub(super) fn object(number: usize) -> Key {
    Key::raw(format!("$objects/{number}"))
}

/// The key of a dictionary's list of names.
pub(super) fn names(dictionary: usize) -> Key {
    Key::raw(format!("$objects/{dictionary}/NS.keys"))
}

/// The key of a container's list of values.
pub(super) fn values(container: usize) -> Key {
    Key::raw(format!("$objects/{container}/NS.objects"))
}

/// A reference to an object.
pub(super) fn uid(number: usize) -> Raw {
    let bytes = (number as u64).to_be_bytes();
    let length = match number {
        0..=0xFF => 1,
        0x100..=0xFFFF => 2,
        _ => 4,
    };
    Raw::Other { tag: UID, bytes: bytes.get(8 - length..).unwrap_or_default().to_vec() }
}

fn number(raw: &Raw) -> Option<usize> {
    match raw {
        Raw::Other { tag: UID, bytes } if bytes.len() <= 8 => {
            usize::try_from(bytes.iter().fold(0_u64, |n, byte| n << 8 | u64::from(*byte))).ok()
        }
        _ => None,
    }
}

/// An archive's objects.
pub(super) struct Objects<'a> {
    document: &'a dyn Document,
    entries: BTreeMap<Key, Raw>,
    left: Cell<usize>,
}

impl<'a> Objects<'a> {
    pub(super) fn of(document: &'a dyn Document) -> Objects<'a> {
        Objects { document, entries: document.entries(), left: Cell::new(MOST) }
    }

    pub(super) fn get(&self, key: &Key) -> Option<Raw> {
        self.entries.get(key).cloned()
    }

    /// How many objects there are.
    pub(super) fn count(&self) -> usize {
        let numbers = self.document.keys("$objects").into_iter().filter_map(|key| key.segments().nth(1)?.parse::<usize>().ok());
        numbers.max().map_or(0, |last| last + 1)
    }

    /// Whether more than one reference leads to an object.
    pub(super) fn is_shared(&self, wanted: usize) -> bool {
        self.entries.values().filter(|raw| number(raw) == Some(wanted)).count() > 1
    }

    /// The tree from the root down.
    pub(super) fn root(&self) -> Option<Node> {
        self.node(number(self.entries.get("$top/root")?)?, 0, 0)
    }

    fn take(&self, bytes: usize) -> Option<()> {
        self.left.set(self.left.get().checked_sub(bytes)?);
        Some(())
    }

    /// The node of an object, whose key has this many bytes.
    fn node(&self, at: usize, depth: usize, key: usize) -> Option<Node> {
        self.take(64 + key).filter(|()| depth < DEPTH)?;
        if let Some(raw) = self.entries.get(&object(at)) {
            return Some(match raw {
                // The first object stands for none.
                _ if at == 0 => Node::Scalar { at, raw: Raw::Other { tag: NULL, bytes: Vec::new() } },
                Raw::Other { tag: ARRAY | DICT, .. } => Node::Other(String::new()),
                raw => {
                    self.take(size(raw))?;
                    Node::Scalar { at, raw: raw.clone() }
                }
            });
        }
        let class = self.class(at)?;
        match &*class {
            "NSDictionary" | "NSMutableDictionary" => {
                let (names, nodes) = (self.list(&names(at))?, self.list(&values(at))?);
                let mut members = Vec::with_capacity(nodes.len());
                for (name, value) in names.into_iter().zip(nodes) {
                    let name = self.entries.get(&object(name)).and_then(Raw::as_text)?.to_owned();
                    if members.iter().any(|(known, _)| *known == name) {
                        return Some(Node::Other(class));
                    }
                    let key = key + 1 + name.len();
                    members.push((name, self.node(value, depth + 1, key)?));
                }
                Some(Node::Dict { at, members })
            }
            "NSArray" | "NSMutableArray" | "NSSet" | "NSMutableSet" => {
                let nodes = self.list(&values(at))?.into_iter().map(|value| self.node(value, depth + 1, key + 8));
                Some(Node::List(nodes.collect::<Option<Vec<Node>>>()?))
            }
            // Text that can be changed is an object around it; a new value takes the place of all of it.
            "NSString" | "NSMutableString" => match self.entries.get(&object(at).child("NS.string")) {
                Some(raw @ Raw::Text(_)) => {
                    self.take(size(raw))?;
                    Some(Node::Scalar { at: 0, raw: raw.clone() })
                }
                _ => Some(Node::Other(class)),
            },
            _ => Some(Node::Other(class)),
        }
    }

    fn class(&self, at: usize) -> Option<String> {
        let class = number(self.entries.get(&object(at).child("$class"))?)?;
        self.entries.get(&object(class).child("$classname"))?.as_text().map(str::to_owned)
    }

    /// The references of a list, in their order.
    fn list(&self, key: &Key) -> Option<Vec<usize>> {
        if matches!(self.entries.get(key), Some(Raw::Other { tag: ARRAY, .. })) {
            return Some(Vec::new());
        }
        let each = (0..).map_while(|at: usize| self.entries.get(&key.child(&at.to_string())));
        let numbers: Vec<usize> = each.map(number).collect::<Option<_>>()?;
        (!numbers.is_empty()).then_some(numbers)
    }
}
