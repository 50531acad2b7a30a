//! The edits of JSON as splices: the tree is reconciled with the values that are wanted. A member or element that goes
//! takes one comma along, a new one is spaced like its neighbours, a copy is the bytes of its original. Knows no file.

use std::collections::{BTreeMap, BTreeSet};

use super::Json;
use super::parse::scalar;
use super::tree::{Kind, Node, child_key};
use crate::document::{Edit, Edits, Key, Raw, Refusal, expected};
use crate::patch::{Patch, Splice};

/// Makes the patch, and refuses it if it would not read back as wanted.
pub(super) fn render(json: &Json, edits: &Edits) -> Result<Patch, Refusal> {
    if let Some(deep) = edits.keys().find(|key| key.segments().count() > 128) {
        return Err(Refusal::new(format!("expected a key of at most 128 segments, found {}", deep.segments().count())));
    }
    let wanted = expected(json.entries.clone(), edits);
    let mut splices = Vec::new();
    Reconcile { json, edits, wanted: &wanted }.container(&json.root, "", &mut splices)?;
    let patch = Patch::new(splices).map_err(|splice| Refusal::new(format!("two edits meet at byte {}", splice.range.start)))?;
    if patch.is_empty() && wanted == json.entries {
        return Ok(patch);
    }
    let found = Json::open(&patch.apply(&json.bytes), json.ids)?.entries;
    let differs = |(key, raw): &(&Key, &Raw)| found.get(*key) != Some(*raw);
    let odd = wanted.iter().find(differs).or_else(|| found.iter().find(|(key, _)| !wanted.contains_key(*key)));
    match odd {
        Some((key, _)) => {
            Err(Refusal::new(format!("expected edits that touch no other key, found that \"{key}\" would change too")))
        }
        None => Ok(patch),
    }
}

struct Reconcile<'a> {
    json: &'a Json,
    edits: &'a Edits,
    wanted: &'a BTreeMap<Key, Raw>,
}

impl Reconcile<'_> {
    /// The wanted keys below this one, without the key and its slash.
    fn below<'k>(&'k self, key: &str) -> impl Iterator<Item = &'k str> + use<'k> {
        let prefix = if key.is_empty() { String::new() } else { format!("{key}/") };
        let start = Key::raw(prefix.as_str());
        let keys = self.wanted.range(start..).map(|(key, _)| key.as_str());
        keys.map_while(move |key| key.strip_prefix(prefix.as_str()))
    }

    /// Puts what is wanted at this key in place of what the node holds.
    fn node(&self, node: &Node, key: &str, splices: &mut Vec<Splice>) -> Result<(), Refusal> {
        match self.wanted.get(key) {
            Some(raw) if node.raw.as_ref() == Some(raw) => Ok(()),
            Some(raw) => {
                splices.push(Splice::new(node.value.clone(), token(raw)?));
                Ok(())
            }
            None if node.kind == Kind::Scalar => Err(Refusal::new(format!("expected an object at \"{key}\", found a value"))),
            None => self.container(node, key, splices),
        }
    }

    fn container(&self, node: &Node, key: &str, splices: &mut Vec<Splice>) -> Result<(), Refusal> {
        let is_wanted = |segment: &str| {
            let child = child_key(key, segment);
            self.wanted.contains_key(child.as_str()) || self.below(&child).next().is_some()
        };
        let mut kept: Option<&Node> = None;
        for (at, child) in node.children.iter().enumerate() {
            if child.segment.as_deref().is_none_or(is_wanted) {
                kept = Some(child);
                if let Some(segment) = child.keyed() {
                    self.node(child, &child_key(key, segment), splices)?;
                }
                continue;
            }
            self.may_go(child, key)?;
            let before = at.checked_sub(1).and_then(|at| node.children.get(at)).filter(|_| kept.is_some());
            let range = match (before, node.children.get(at + 1)) {
                (Some(before), _) => before.value.end..child.value.end,
                (None, Some(next)) => child.start()..next.start(),
                (None, None) => child.start()..child.value.end,
            };
            splices.push(Splice::new(range, []));
        }
        let text = self.added(node, key, kept.is_some())?;
        if !text.is_empty() {
            let at = node.children.last().map_or(node.value.end.saturating_sub(1), |last| last.value.end);
            splices.push(Splice::new(at..at, text));
        }
        Ok(())
    }

    /// Refuses to let an object or array go because all in it goes: it might be one that the client counts on.
    fn may_go(&self, child: &Node, key: &str) -> Result<(), Refusal> {
        let key = Key::raw(child_key(key, child.segment.as_deref().unwrap_or_default()));
        let is_removed = |(above, edit): (&Key, &Edit)| *edit == Edit::Remove && key.is_under(above);
        if child.raw.is_some() || child.shadowed || self.edits.iter().any(is_removed) {
            return Ok(());
        }
        Err(Refusal::new(format!("expected something to stay in \"{key}\", found none: remove it too, or put an empty one")))
    }

    /// The text of the members or elements that are wanted, but not there.
    fn added(&self, node: &Node, key: &str, mut comma: bool) -> Result<Vec<u8>, Refusal> {
        let known: BTreeSet<String> =
            node.children.iter().filter_map(Node::keyed).map(|segment| child_key("", segment)).collect();
        let mut text = Vec::new();
        let mut last = None;
        for rest in self.below(key) {
            let segment = rest.split_once('/').map_or(rest, |(segment, _)| segment);
            if known.contains(segment) || last == Some(segment) {
                continue;
            }
            last = Some(segment);
            if comma {
                text.extend_from_slice(&self.separator(node));
            }
            comma = true;
            if node.kind == Kind::Object {
                let name: String = Key::raw(segment).segments().collect();
                text.extend(quoted(&name));
                text.extend_from_slice(self.colon(node));
            }
            let key = if key.is_empty() { segment.to_owned() } else { format!("{key}/{segment}") };
            text.extend(self.new_value(&key)?);
        }
        Ok(text)
    }

    fn new_value(&self, key: &str) -> Result<Vec<u8>, Refusal> {
        let source = match self.edits.get(key) {
            Some(Edit::CopyOf(from)) => find(&self.json.root, "", from.as_str()),
            _ => None,
        };
        match (source, self.wanted.get(key)) {
            (Some(node), _) => {
                let mut splices = Vec::new();
                self.node(node, key, &mut splices)?;
                let start = node.value.start;
                for splice in &mut splices {
                    splice.range = splice.range.start - start..splice.range.end - start;
                }
                let patch = Patch::new(splices).map_err(|_| Refusal::new(format!("two edits meet in the copy \"{key}\"")))?;
                Ok(patch.apply(self.json.bytes.get(node.value.clone()).unwrap_or_default()))
            }
            (None, Some(raw)) => token(raw),
            (None, None) => Err(Refusal::new(format!("expected an object at \"{key}\" already, found none"))),
        }
    }

    /// What stands between two children here: a comma and the blanks that the file has.
    fn separator(&self, node: &Node) -> Vec<u8> {
        let blanks = match node.children.as_slice() {
            [] => None,
            [.., before, last] => return self.json.bytes.get(before.value.end..last.start()).unwrap_or(b",").to_vec(),
            [only] => self.json.bytes.get(node.value.start + 1..only.start()),
        };
        [b",", blanks.unwrap_or_default()].concat()
    }

    /// What stands between a name and its value here.
    fn colon(&self, node: &Node) -> &[u8] {
        let members = node.children.iter().chain(&self.json.root.children);
        let span = members.filter_map(|child| child.name.as_ref().map(|name| name.end..child.value.start)).next();
        span.and_then(|span| self.json.bytes.get(span)).unwrap_or(b":")
    }
}

/// The node of a key.
fn find<'a>(node: &'a Node, at: &str, key: &str) -> Option<&'a Node> {
    let below = |child: &&Node| {
        let child = child_key(at, child.keyed().unwrap_or_default());
        Key::raw(key).is_under(&Key::raw(child))
    };
    let child = node.children.iter().filter(|child| child.keyed().is_some()).find(below)?;
    let at = child_key(at, child.keyed()?);
    if at == key { Some(child) } else { find(child, &at, key) }
}

fn token(raw: &Raw) -> Result<Vec<u8>, Refusal> {
    match raw {
        Raw::Bool(on) => Ok(on.to_string().into()),
        Raw::Int(n) => Ok(n.to_string().into()),
        Raw::Text(text) => Ok(quoted(text)),
        Raw::Other { bytes, .. } if scalar(bytes).as_ref() == Some(raw) => Ok(bytes.clone()),
        Raw::Other { .. } | Raw::Bytes(_) => Err(Refusal::new("expected a value of JSON, found other bytes")),
    }
}

/// A string as `JSON.stringify` writes it.
fn quoted(text: &str) -> Vec<u8> {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0'..='\u{1f}' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            _ => out.push(c),
        }
    }
    out.push('"');
    out.into()
}
