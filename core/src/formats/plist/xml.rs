//! XML property lists as spans: a value, a member or an element changes, and no other byte. Comments, CDATA, entities,
//! the DOCTYPE, the encoding and the layout are kept as they are. Knows no file by name.

mod parse;
mod render;
mod text;
mod write;

use std::collections::BTreeMap;
use std::ops::Range;

use super::tree::{Budget, Node, assign, find, locate};
use super::{Ids, turn};
use crate::document::{Document, Edits, Key, Odd, Raw, Refusal};
use crate::formats::lines;
use crate::patch::Patch;
pub(super) use text::Text;

/// Where a value is.
#[derive(Debug, Clone, Default)]
struct Span {
    /// The `<key>` element of a member.
    name: Option<Range<usize>>,
    /// The value's element.
    value: Range<usize>,
    /// What lies between its tags; none where one tag is both.
    inner: Option<Range<usize>>,
}

impl Span {
    /// Where the member or element starts.
    fn start(&self) -> usize {
        self.name.as_ref().map_or(self.value.start, |name| name.start)
    }
}

/// An XML property list, opened. Spans are of its text in UTF-8.
pub(super) struct Xml {
    bytes: Box<[u8]>,
    text: Text,
    ids: Ids,
    root: Node,
    spans: Vec<Span>,
    entries: BTreeMap<Key, Raw>,
    odd: Vec<Odd>,
}

/// Whether a text is XML rather than OpenStep text, in which `<` opens data.
pub(super) fn is_xml(text: &[u8]) -> bool {
    let text = text.trim_ascii_start();
    let starts = [&b"<?"[..], b"<!", b"<plist", b"<dict", b"<array", b"<string", b"<integer", b"<real", b"<true", b"<false"];
    starts.iter().chain(&[&b"<data"[..], b"<date>"]).any(|start| text.starts_with(start))
}

impl Xml {
    pub(super) fn open(bytes: &[u8], text: Text, ids: Ids) -> Result<Xml, Refusal> {
        let parse::Parsed { mut root, spans, odd } = parse::parse(text.utf8(bytes))?;
        let entries = assign(&mut root, ids, &mut Budget::new())?;
        let mut xml = Xml { bytes: bytes.into(), text, ids, root, spans, entries, odd: Vec::new() };
        if !odd.is_empty() {
            xml.odd = xml.told(odd);
        }
        Ok(xml)
    }

    /// The odd values with their lines and the keys that they are of.
    fn told(&self, odd: Vec<(usize, String)>) -> Vec<Odd> {
        let starts: BTreeMap<usize, usize> = self.spans.iter().enumerate().map(|(at, span)| (span.value.start, at)).collect();
        let spans: Vec<Option<usize>> = odd.iter().map(|(start, _)| starts.get(start).copied()).collect();
        let keys = locate(&self.root, &spans.iter().flatten().copied().collect());
        let numbers = lines::numbers(self.utf8(), odd.iter().map(|(start, _)| *start));
        let each = odd.into_iter().zip(spans).zip(numbers);
        each.map(|(((_, message), at), line)| Odd { line, message, hides: at.and_then(|at| keys.get(&at).cloned()) }).collect()
    }

    /// The text in UTF-8.
    fn utf8(&self) -> &[u8] {
        self.text.utf8(&self.bytes)
    }

    fn slice(&self, range: Range<usize>) -> &[u8] {
        self.utf8().get(range).unwrap_or_default()
    }

    fn span(&self, node: &Node) -> &Span {
        static NOWHERE: Span = Span { name: None, value: 0..0, inner: None };
        self.spans.get(node.at).unwrap_or(&NOWHERE)
    }
}

impl Document for Xml {
    crate::formats::looked_up!(entries);

    fn render(&self, edits: &Edits) -> Result<Patch, Refusal> {
        let standing = turn::Standing { root: &self.root, entries: &self.entries, ids: self.ids };
        let reread = |patch: &Patch| {
            let bytes = patch.apply(&self.bytes);
            Ok(Xml::open(&bytes, Text::of(&bytes)?, self.ids)?.entries)
        };
        turn::render(&standing, edits, |turn, _| render::patch(self, turn), reread)
    }

    fn line(&self, key: &Key) -> usize {
        let start = find(&self.root, key).map(|node| self.span(node).start());
        start.and_then(|start| lines::numbers(self.utf8(), [start]).pop()).unwrap_or(0)
    }

    fn odd(&self) -> &[Odd] {
        &self.odd
    }
}
