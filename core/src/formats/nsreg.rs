//! The profile registry of Netscape 4 to 7 and the Mozilla Suite (`nsreg.dat`, `registry.dat`, `appreg`, `Netscape Registry`,
//! `Application Registry`): a tree of keys with named entries, linked by places in the file. Read only. Links may lead
//! anywhere in a broken file, so each is checked, and none is followed twice. Knows no key by name.
//!
//! Little-endian. The header: magic, version (2 + 2 bytes), the free end, the root. A node of 32 bytes: its own place, its
//! name's place and length (2), its kind (2), the next beside it, the first child (or the size of the value's room), the first
//! entry (or the value's place), the value's length, the parent. Source: Mozilla, modules/libreg/src/reg.h.

use std::collections::BTreeSet;

use crate::document::Refusal;

const MAGIC: u32 = 0x7664_4441;
const ROOT: usize = 12;
const KEY: u16 = 0x01;
const TEXT: u16 = 0x11;
const DELETED: u16 = 0x80;

/// A registry, opened.
#[derive(Debug)]
pub struct Registry<'a> {
    bytes: &'a [u8],
    root: Node,
}

#[derive(Debug, Clone, Copy)]
struct Node {
    at: u32,
    name: (u32, u16),
    kind: u16,
    next: u32,
    down: u32,
    value: u32,
    length: u32,
}

impl<'a> Registry<'a> {
    /// Opens a registry.
    ///
    /// # Errors
    /// It is none, or its root is not where its header says.
    pub fn open(bytes: &'a [u8]) -> Result<Registry<'a>, Refusal> {
        match number(bytes, 0) {
            Some(MAGIC) => {}
            _ => return Err(Refusal::new("expected a profile registry, found another kind of file")),
        }
        let root = number(bytes, ROOT).and_then(|at| node(bytes, at));
        match root {
            Some(root) => Ok(Registry { bytes, root }),
            None => Err(Refusal::new("expected the root of a profile registry, found none where its header says")),
        }
    }

    /// The names of the keys below this one, in the file's order; none if there is no such key.
    pub fn keys(&self, path: &[&str]) -> Vec<String> {
        let above = path.iter().try_fold(self.root, |above, name| self.below(above.down, KEY, name));
        above.map(|above| self.beside(above.down, KEY).filter_map(|node| self.name(&node)).collect()).unwrap_or_default()
    }

    /// An entry's text; `None` if there is none, or it is of another kind.
    pub fn text(&self, path: &[&str], entry: &str) -> Option<String> {
        let key = path.iter().try_fold(self.root, |above, name| self.below(above.down, KEY, name))?;
        let entry = self.below(key.value, TEXT, entry)?;
        text(self.bytes, entry.value, usize::try_from(entry.length).ok()?)
    }

    fn below(&self, first: u32, kind: u16, name: &str) -> Option<Node> {
        self.beside(first, kind).find(|node| self.name(node).is_some_and(|known| known.eq_ignore_ascii_case(name)))
    }

    /// The nodes of a kind from this one on that were not deleted.
    fn beside(&self, first: u32, kind: u16) -> impl Iterator<Item = Node> {
        let mut seen = BTreeSet::new();
        let mut at = first;
        let next = move || {
            let node = node(self.bytes, at).filter(|_| at != 0 && seen.insert(at))?;
            at = node.next;
            Some(node)
        };
        std::iter::from_fn(next).filter(move |node| node.kind == kind && node.kind & DELETED == 0)
    }

    fn name(&self, node: &Node) -> Option<String> {
        text(self.bytes, node.name.0, node.name.1.into())
    }
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

fn half(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?))
}

/// The node at a place, if it says itself that it is there.
fn node(bytes: &[u8], at: u32) -> Option<Node> {
    let start = usize::try_from(at).ok()?;
    let part = |offset: usize| number(bytes, start.checked_add(offset)?);
    let small = |offset: usize| half(bytes, start.checked_add(offset)?);
    let node = Node {
        at: part(0)?,
        name: (part(4)?, small(8)?),
        kind: small(10)?,
        next: part(12)?,
        down: part(16)?,
        value: part(20)?,
        length: part(24)?,
    };
    (node.at == at).then_some(node)
}

/// A text with its NUL at the end. What is no UTF-8 is of the machine's code page, of which Latin-1 is the common part.
fn text(bytes: &[u8], at: u32, length: usize) -> Option<String> {
    let start = usize::try_from(at).ok()?;
    let found = bytes.get(start..start.checked_add(length)?)?;
    let found = found.split(|byte| *byte == 0).next().unwrap_or_default();
    Some(match std::str::from_utf8(found) {
        Ok(text) => text.to_owned(),
        Err(_) => found.iter().map(|byte| char::from(*byte)).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::{DELETED, KEY, Registry, TEXT};

    /// Writes a registry: nodes as the library lays them out, one behind the other.
    struct Writer(Vec<u8>);

    impl Writer {
        fn new() -> Writer {
            let mut bytes = vec![0; 128];
            bytes[..8].copy_from_slice(&[0x41, 0x44, 0x64, 0x76, 1, 0, 2, 0]);
            Writer(bytes)
        }

        fn bytes(&mut self, text: &str) -> (u32, u32) {
            let at = u32::try_from(self.0.len()).unwrap();
            self.0.extend_from_slice(text.as_bytes());
            self.0.push(0);
            (at, u32::try_from(text.len() + 1).unwrap())
        }

        fn node(&mut self, name: &str, kind: u16, next: u32, down: u32, value: (u32, u32)) -> u32 {
            let name = self.bytes(name);
            let at = u32::try_from(self.0.len()).unwrap();
            for part in [at, name.0] {
                self.0.extend(part.to_le_bytes());
            }
            self.0.extend(u16::try_from(name.1).unwrap().to_le_bytes());
            self.0.extend(kind.to_le_bytes());
            for part in [next, down, value.0, value.1, 0] {
                self.0.extend(part.to_le_bytes());
            }
            at
        }

        fn entry(&mut self, name: &str, text: &str, kind: u16, next: u32) -> u32 {
            let value = self.bytes(text);
            self.node(name, kind, next, value.1, value)
        }

        fn done(mut self, root: u32) -> Vec<u8> {
            self.0[12..16].copy_from_slice(&root.to_le_bytes());
            self.0
        }
    }

    fn sample() -> Vec<u8> {
        let mut to = Writer::new();
        let place = to.entry("ProfileLocation", "C:\\Netscape\\Users\\joe", TEXT, 0);
        let gone = to.entry("ProfileLocation", "C:\\gone", TEXT | DELETED, place);
        let ann = to.entry("ProfileLocation", "D:\\ann", TEXT, 0);
        let last = to.node("ann%20b", KEY, 0, 0, (ann, 0));
        let deleted = to.node("old", KEY | DELETED, last, 0, (ann, 0));
        let joe = to.node("joe", KEY, deleted, 0, (gone, 0));
        let users = to.node("Users", KEY, 0, joe, (0, 0));
        let common = to.node("Common", KEY, users, 0, (0, 0));
        let root = to.node("/", KEY, 0, common, (0, 0));
        to.done(root)
    }

    #[test]
    fn keys_and_entries_are_found_and_deleted_ones_are_not() {
        let bytes = sample();
        let registry = Registry::open(&bytes).unwrap();
        assert_eq!(registry.keys(&["Users"]), ["joe", "ann%20b"]);
        assert_eq!(registry.text(&["Users", "joe"], "ProfileLocation").as_deref(), Some("C:\\Netscape\\Users\\joe"));
        assert_eq!(registry.text(&["users", "JOE"], "profilelocation").as_deref(), Some("C:\\Netscape\\Users\\joe"));
        assert_eq!(registry.text(&["Users", "ann%20b"], "ProfileLocation").as_deref(), Some("D:\\ann"));
        assert_eq!(registry.text(&["Users", "old"], "ProfileLocation"), None);
        assert_eq!(registry.text(&["Users", "joe"], "Other"), None);
        assert_eq!(registry.keys(&["Nobody"]), [""; 0]);
    }

    #[test]
    fn what_is_none_is_refused() {
        for bytes in [&b""[..], b"ADdv", &[0; 200]] {
            assert!(Registry::open(bytes).is_err());
        }
        let mut bytes = sample();
        bytes[12] ^= 1;
        assert!(Registry::open(&bytes).is_err());
    }

    /// Every link in turn leads somewhere else: to itself, back, past the end. Nothing is read twice, and all of it ends.
    #[test]
    fn links_that_lead_anywhere_end() {
        let sound = sample();
        for at in (128..sound.len() - 4).step_by(1) {
            for to in [0_u32, 12, 128, u32::try_from(at).unwrap(), u32::try_from(sound.len() - 1).unwrap(), u32::MAX] {
                let mut bytes = sound.clone();
                bytes[at..at + 4].copy_from_slice(&to.to_le_bytes());
                let Ok(registry) = Registry::open(&bytes) else { continue };
                assert!(registry.keys(&["Users"]).len() <= 8);
                let _ = registry.text(&["Users", "joe"], "ProfileLocation");
            }
        }
    }
}
