//! What becomes of a tree: the values that are there reconciled with those that are wanted, as a tree of turns that each
//! format writes in its own way. Knows no bytes.

use std::collections::{BTreeMap, BTreeSet};

use super::tree::{DEPTH, Kind, Node, child_key, find};
use super::{ARRAY, DICT, Ids};
use crate::document::{Edit, Edits, Key, Raw, Refusal, expected};
use crate::patch::Patch;

/// What becomes of a node.
pub(super) enum Turn<'a> {
    /// It stays.
    Keep,
    /// It goes, with its name.
    Gone,
    /// Something else stands in its place.
    Fresh(New<'a>),
    /// A container stays; what becomes of each child, and what is added.
    Inside(Vec<Turn<'a>>, Vec<(String, New<'a>)>),
}

/// A value that is not there yet.
pub(super) enum New<'a> {
    /// A scalar or an empty container.
    Raw(&'a Raw),
    /// A container of new values.
    Container(Kind, Vec<(String, New<'a>)>),
    /// A copy of a node, changed.
    Copy(&'a Node, Box<Turn<'a>>),
}

/// A document as reconciling sees it.
pub(super) struct Standing<'a> {
    pub(super) root: &'a Node,
    pub(super) entries: &'a BTreeMap<Key, Raw>,
    pub(super) ids: Ids,
}

/// Makes the patch by the format's own means, and refuses it if it would not read back as wanted.
pub(super) fn render(
    standing: &Standing<'_>,
    edits: &Edits,
    write: impl FnOnce(&Turn<'_>, &[&Node]) -> Result<Patch, Refusal>,
    reread: impl FnOnce(&Patch) -> Result<BTreeMap<Key, Raw>, Refusal>,
) -> Result<Patch, Refusal> {
    let fits = |key: &Key| key.segments().count() < DEPTH && key.segments().all(|segment| !segment.is_empty());
    if let Some(key) = edits.keys().find(|key| !fits(key)) {
        return Err(Refusal::new(format!("expected a key of less than {DEPTH} segments with names, found \"{key}\"")));
    }
    let wanted = expected(standing.entries.clone(), edits);
    if wanted == *standing.entries {
        return Ok(Patch::default());
    }
    if standing.root.kind == Kind::Scalar {
        return Err(Refusal::new("expected a dictionary or an array, found a single value"));
    }
    let turn = Reconcile { standing, edits, wanted: &wanted }.inside(standing.root, "")?;
    let copied: Vec<&Node> =
        edits.values().filter_map(|edit| if let Edit::CopyOf(from) = edit { find(standing.root, from) } else { None }).collect();
    let patch = write(&turn, &copied)?;
    let found = reread(&patch)?;
    let differs = |(key, raw): &(&Key, &Raw)| found.get(*key) != Some(*raw);
    match wanted.iter().find(differs).or_else(|| found.iter().find(|(key, _)| !wanted.contains_key(*key))) {
        Some((key, _)) => {
            Err(Refusal::new(format!("expected edits that touch no other key, found that \"{key}\" would change too")))
        }
        None => Ok(patch),
    }
}

struct Reconcile<'a> {
    standing: &'a Standing<'a>,
    edits: &'a Edits,
    wanted: &'a BTreeMap<Key, Raw>,
}

impl<'a> Reconcile<'a> {
    /// The wanted keys below this one, without the key and its slash.
    fn below<'k>(&'k self, key: &str) -> impl Iterator<Item = &'k str> + use<'k> {
        let prefix = if key.is_empty() { String::new() } else { format!("{key}/") };
        let start = Key::raw(prefix.as_str());
        let keys = self.wanted.range(start..).map(|(key, _)| key.as_str());
        keys.map_while(move |key| key.strip_prefix(prefix.as_str()))
    }

    fn is_wanted(&self, key: &str) -> bool {
        self.wanted.contains_key(key) || self.below(key).next().is_some()
    }

    /// What becomes of the node at this key.
    fn node(&self, node: &'a Node, key: &str) -> Result<Turn<'a>, Refusal> {
        match self.wanted.get(key) {
            Some(raw) if node.raw.as_ref() == Some(raw) => Ok(Turn::Keep),
            Some(raw) => Ok(Turn::Fresh(New::Raw(raw))),
            None if node.kind == Kind::Scalar => Ok(Turn::Fresh(self.made(key)?)),
            None => self.inside(node, key),
        }
    }

    fn inside(&self, node: &'a Node, key: &str) -> Result<Turn<'a>, Refusal> {
        let mut turns = Vec::with_capacity(node.children.len());
        for child in &node.children {
            let Some(segment) = child.segment.as_deref() else {
                turns.push(Turn::Keep);
                continue;
            };
            let at = child_key(key, segment);
            turns.push(match self.is_wanted(&at) {
                true if child.shadowed => Turn::Keep,
                true => self.node(child, &at)?,
                false => self.may_go(child, at)?,
            });
        }
        let added = self.added(node, key)?;
        let stays = added.is_empty() && turns.iter().all(|turn| matches!(turn, Turn::Keep));
        Ok(if stays { Turn::Keep } else { Turn::Inside(turns, added) })
    }

    /// Refuses to let a container go because all in it goes: it might be one that the client counts on.
    fn may_go(&self, child: &Node, key: String) -> Result<Turn<'a>, Refusal> {
        let key = Key::raw(key);
        let is_removed = |(above, edit): (&Key, &Edit)| *edit == Edit::Remove && key.is_under(above);
        if child.raw.is_some() || child.shadowed || self.edits.iter().any(is_removed) {
            return Ok(Turn::Gone);
        }
        Err(Refusal::new(format!("expected something to stay in \"{key}\", found none: remove it too, or put an empty one")))
    }

    /// The members or elements that are wanted, but not there.
    fn added(&self, node: &Node, key: &str) -> Result<Vec<(String, New<'a>)>, Refusal> {
        let known: BTreeSet<&str> = node.children.iter().filter_map(Node::keyed).collect();
        self.new_children(key, node.kind, |name| !known.contains(name))
    }

    fn new_children(&self, key: &str, kind: Kind, is_new: impl Fn(&str) -> bool) -> Result<Vec<(String, New<'a>)>, Refusal> {
        let mut names: Vec<String> = Vec::new();
        for rest in self.below(key) {
            let name: String = Key::raw(rest.split_once('/').map_or(rest, |(segment, _)| segment)).segments().collect();
            if is_new(&name) && names.last() != Some(&name) {
                names.push(name);
            }
        }
        names.sort();
        names.dedup();
        if kind == Kind::Array {
            names.sort_by_key(|name| name.parse::<usize>().ok());
        }
        names.into_iter().map(|name| self.fresh(&child_key(key, &name)).map(|new| (name, new))).collect()
    }

    /// The value of a key that is not there yet.
    fn fresh(&self, key: &str) -> Result<New<'a>, Refusal> {
        let source = match self.edits.get(key) {
            Some(Edit::CopyOf(from)) => find(self.standing.root, from),
            _ => None,
        };
        match source {
            Some(node) => Ok(New::Copy(node, Box::new(self.node(node, key)?))),
            None => self.made(key),
        }
    }

    /// The value of a key that is made of nothing that is there.
    fn made(&self, key: &str) -> Result<New<'a>, Refusal> {
        if let Some(raw) = self.wanted.get(key) {
            return Ok(New::Raw(raw));
        }
        let is_array = self.standing.ids.iter().any(|(array, _)| *array == key);
        let kind = if is_array { Kind::Array } else { Kind::Dict };
        Ok(New::Container(kind, self.new_children(key, kind, |_| true)?))
    }
}

/// The kind of container that a raw is, if it is an empty one.
pub(super) fn empty(raw: &Raw) -> Option<Kind> {
    match raw {
        Raw::Other { tag: DICT, bytes } if bytes.is_empty() => Some(Kind::Dict),
        Raw::Other { tag: ARRAY, bytes } if bytes.is_empty() => Some(Kind::Array),
        _ => None,
    }
}
