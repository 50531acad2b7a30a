//! Keyed archives (NSKeyedArchiver): plain data in a binary property list, each value an object that others refer to by
//! number. Read as keys and raws; written by the property list's own means, so that shared objects stay whole. No class
//! is ever made: what is not plain data is kept as it is.

#[cfg(test)]
pub(super) mod tests;
mod walk;

use std::collections::BTreeMap;

use super::plist::{self, ARRAY, UID};
use crate::document::{Document, Edit, Edits, Key, Raw, Refusal};
use walk::{Node, Objects};

/// The tag of an object that is no plain data: its class.
pub const CLASS: u32 = 20;

/// An archive's values by their keys; of a single value the key is empty. `None` if it is no archive.
pub fn read(bytes: &[u8]) -> Option<BTreeMap<Key, Raw>> {
    let document = opened(bytes)?;
    let mut found = BTreeMap::new();
    flat(&Objects::of(&*document).root()?, "", &mut found);
    Some(found)
}

/// The archive of a single value: what the archiver of Mac OS writes, byte for byte.
///
/// # Errors
/// A value that it has no object for.
pub fn of(raw: &Raw) -> Result<Vec<u8>, Refusal> {
    const HEAD: &[u8] = b"bplist00\xd4\x01\x02\x03\x04\x05\x06\x07\nX$versionY$archiverT$topX$objects\x12\x00\x01\x86\xa0\
        _\x10\x0fNSKeyedArchiver\xd1\x08\tTroot\x80\x01\xa2\x0b\x0cU$null";
    const OFFSETS: &[u8] = &[0x08, 0x11, 0x1a, 0x24, 0x29, 0x32, 0x37, 0x49, 0x4c, 0x51, 0x53, 0x56, 0x5c];
    let object = plist::object(raw).filter(|_| matches!(raw, Raw::Bool(_) | Raw::Int(_) | Raw::Text(_)));
    let object = object.ok_or_else(|| Refusal::new(format!("expected a switch, a number or text, found {raw}")))?;
    let mut bytes = [HEAD, &*object].concat();
    let table = bytes.len() as u64;
    bytes.extend(OFFSETS);
    bytes.extend([0, 0, 0, 0, 0, 0, 1, 1]);
    [OFFSETS.len() as u64, 0, table].iter().for_each(|number| bytes.extend(number.to_be_bytes()));
    Ok(bytes)
}

/// The archive with one value put in a dictionary that is there, or taken out of it.
///
/// # Errors
/// A key without such a dictionary; a value that is no single one.
pub fn edited(bytes: &[u8], key: &Key, edit: &Edit) -> Result<Vec<u8>, Refusal> {
    let no_place = || Refusal::new(format!("expected a dictionary that \"{key}\" could be in, found none"));
    let document = opened(bytes).ok_or_else(no_place)?;
    let objects = Objects::of(&*document);
    let root = objects.root().ok_or_else(no_place)?;
    let segments: Vec<String> = key.segments().collect();
    let (name, above) = segments.split_last().ok_or_else(no_place)?;
    let mut dictionary = &root;
    for segment in above {
        dictionary = dictionary.member(segment).ok_or_else(no_place)?;
        if matches!(dictionary, Node::Dict { at, .. } if objects.is_shared(*at)) {
            return Err(Refusal::new(format!(
                "expected \"{key}\" in a dictionary of its own, found one that stands in several places"
            )));
        }
    }
    let Node::Dict { at, members } = dictionary else { return Err(no_place()) };
    let position = members.iter().position(|(known, _)| known == name);
    let mut edits = Edits::new();
    match (edit, position) {
        (Edit::Put(raw), Some(position)) => {
            let (_, Node::Scalar { at: value, .. }) = members.get(position).ok_or_else(no_place)? else { return Err(no_place()) };
            // The first object stands for none, whoever refers to it.
            let slot = if *value == 0 || objects.is_shared(*value) { objects.count() } else { *value };
            edits.insert(walk::object(slot), Edit::Put(raw.clone()));
            if slot != *value {
                edits.insert(walk::values(*at).child(&position.to_string()), Edit::Put(walk::uid(slot)));
            }
        }
        (Edit::Put(raw), None) => {
            let slot = objects.count();
            edits.insert(walk::object(slot), Edit::Put(Raw::text(name.as_str())));
            edits.insert(walk::object(slot + 1), Edit::Put(raw.clone()));
            let last = members.len().to_string();
            edits.insert(walk::names(*at).child(&last), Edit::Put(walk::uid(slot)));
            edits.insert(walk::values(*at).child(&last), Edit::Put(walk::uid(slot + 1)));
        }
        (Edit::Remove, Some(position)) => shift(&objects, *at, position, members.len(), &mut edits),
        (Edit::Remove, None) => {}
        (Edit::CopyOf(_), _) => return Err(Refusal::new("expected a value for an archive, found a copy")),
    }
    let patch = document.render(&edits)?;
    Ok(patch.apply(bytes))
}

/// Takes one place out of a dictionary's two lists: what is behind it moves up. Its objects stay, without a reference.
fn shift(objects: &Objects<'_>, dictionary: usize, position: usize, count: usize, edits: &mut Edits) {
    for list in [walk::names(dictionary), walk::values(dictionary)] {
        for at in position..count {
            let next = objects.get(&list.child(&(at + 1).to_string()));
            edits.insert(list.child(&at.to_string()), next.map_or(Edit::Remove, Edit::Put));
        }
        if count == 1 {
            edits.insert(list, Edit::Put(Raw::Other { tag: ARRAY, bytes: Vec::new() }));
        }
    }
}

fn opened(bytes: &[u8]) -> Option<Box<dyn Document>> {
    let document = plist::open(bytes).ok().filter(|_| bytes.starts_with(b"bplist"))?;
    let is_archive = document.get(&Key::raw("$archiver")).as_ref().and_then(Raw::as_text) == Some("NSKeyedArchiver");
    let rooted = matches!(document.get(&Key::raw("$top/root")), Some(Raw::Other { tag: UID, .. }));
    (is_archive && rooted).then_some(document)
}

fn flat(node: &Node, key: &str, found: &mut BTreeMap<Key, Raw>) {
    let mut below = |name: &str, node: &Node| flat(node, Key::raw(key).child(name).as_str(), found);
    match node {
        Node::Dict { members, .. } => members.iter().for_each(|(name, node)| below(name, node)),
        Node::List(nodes) => nodes.iter().enumerate().for_each(|(at, node)| below(&at.to_string(), node)),
        Node::Scalar { raw, .. } => {
            found.insert(Key::raw(key), raw.clone());
        }
        Node::Other(class) => {
            found.insert(Key::raw(key), Raw::Other { tag: CLASS, bytes: class.clone().into_bytes() });
        }
    }
}
