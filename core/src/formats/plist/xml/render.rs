//! Turns as splices of XML. A member or element that goes takes its line along, a new one is spaced like its neighbours
//! and stands in their order, a copy is the text of its original. Knows no file.

use std::ops::Range;

use super::write::{Layout, escaped, name};
use super::{Span, Xml};
use crate::document::{Raw, Refusal};
use crate::formats::lines;
use crate::formats::plist::tree::{Kind, Node};
use crate::formats::plist::turn::{New, Turn};
use crate::patch::{Patch, Splice};

/// The patch of a turn of the root, in the store's encoding.
pub(super) fn patch(xml: &Xml, turn: &Turn<'_>) -> Result<Patch, Refusal> {
    let mut splices = Vec::new();
    let writer = Writer { xml, layout: layout(xml) };
    writer.turn(&xml.root, turn, &mut splices)?;
    for splice in &mut splices {
        *splice = Splice::new(xml.text.range(splice.range.clone()), xml.text.encode(&splice.bytes));
    }
    Patch::new(splices).map_err(|splice| Refusal::new(format!("two edits meet at byte {}", splice.range.start)))
}

fn layout(xml: &Xml) -> Layout {
    let text = xml.utf8();
    let root = xml.span(&xml.root);
    let first = xml.root.children.first().map(|child| xml.span(child).start());
    let before = |at: usize| text.get(..at).unwrap_or_default();
    let has_line = |part: &[u8]| part.iter().any(|c| matches!(c, b'\n' | b'\r'));
    let inner = root.inner.clone().unwrap_or_default();
    let unit = first.and_then(|first| indent(before(first)).strip_prefix(indent(before(root.value.start))));
    let lines = match first {
        Some(first) => has_line(text.get(inner.start..first).unwrap_or_default()),
        None => has_line(text),
    };
    Layout {
        eol: lines::eol_near(text, inner.start).to_vec(),
        unit: unit.unwrap_or(b"\t").to_vec(),
        lines,
        ascii: !xml.text.is_unicode(),
    }
}

/// The blanks that the last line of a text starts with.
fn indent(text: &[u8]) -> &[u8] {
    let line = text.get(lines::line_start(text, text.len())..).unwrap_or_default();
    let length = line.iter().take_while(|c| matches!(c, b' ' | b'\t')).count();
    line.get(..length).unwrap_or_default()
}

struct Writer<'a> {
    xml: &'a Xml,
    layout: Layout,
}

impl Writer<'_> {
    fn turn(&self, node: &Node, turn: &Turn<'_>, splices: &mut Vec<Splice>) -> Result<(), Refusal> {
        let span = self.xml.span(node);
        match turn {
            Turn::Keep => Ok(()),
            Turn::Gone => {
                splices.push(Splice::new(self.with_line(span), []));
                Ok(())
            }
            Turn::Fresh(new) => {
                splices.push(self.instead(node, span, new)?);
                Ok(())
            }
            Turn::Inside(turns, added) => {
                for (child, turn) in node.children.iter().zip(turns) {
                    self.turn(child, turn, splices)?;
                }
                let stays = |(_, turn): &(&Node, &Turn<'_>)| !matches!(turn, Turn::Gone);
                let kept: Vec<&Node> = node.children.iter().zip(turns).filter(stays).map(|(child, _)| child).collect();
                self.add(node, span, &kept, added, splices)
            }
        }
    }

    /// New content between the tags where the element stays what it is, else a new element.
    fn instead(&self, node: &Node, span: &Span, new: &New<'_>) -> Result<Splice, Refusal> {
        match (&node.raw, new, &span.inner) {
            (Some(Raw::Text(_)), New::Raw(Raw::Text(text)), Some(inner)) => {
                Ok(Splice::new(inner.clone(), escaped(text, self.layout.ascii)?))
            }
            (Some(Raw::Int(_)), New::Raw(Raw::Int(n)), Some(inner)) => Ok(Splice::new(inner.clone(), n.to_string())),
            _ => Ok(Splice::new(span.value.clone(), self.fresh(new, &self.indent(span.start()))?)),
        }
    }

    fn indent(&self, at: usize) -> Vec<u8> {
        indent(self.xml.slice(0..at)).to_vec()
    }

    /// The lines of a member or element if it has them for itself, else it with the blanks before it.
    fn with_line(&self, span: &Span) -> Range<usize> {
        let text = self.xml.utf8();
        let (start, end) = (span.start(), span.value.end);
        let is_blank = |c: &u8| matches!(c, b' ' | b'\t');
        let line = lines::line_start(text, start);
        let rest = self.xml.slice(end..text.len());
        let after = end + rest.iter().position(|c| !is_blank(c)).unwrap_or(rest.len());
        match lines::after_eol(text, after) {
            Some(next) if self.xml.slice(line..start).iter().all(is_blank) => line..next,
            _ => start - self.blanks_before(start).len()..end,
        }
    }

    fn blanks_before(&self, at: usize) -> &[u8] {
        let before = self.xml.slice(0..at);
        let length = before.iter().rev().take_while(|c| c.is_ascii_whitespace()).count();
        before.get(before.len() - length..).unwrap_or_default()
    }

    /// The blanks before a child: of several lines the last.
    fn separator(&self, at: usize) -> &[u8] {
        last_line(self.blanks_before(at))
    }

    /// Adds members or elements: members in the order of the names if those are in order, else behind the last one.
    fn add(
        &self,
        node: &Node,
        span: &Span,
        kept: &[&Node],
        added: &[(String, New<'_>)],
        splices: &mut Vec<Splice>,
    ) -> Result<(), Refusal> {
        if added.is_empty() {
            return Ok(());
        }
        let outer = self.indent(span.start());
        let Some(inner) = span.inner.clone() else {
            let element = self.container(node.kind, added, &outer)?;
            splices.push(Splice::new(span.value.clone(), element));
            return Ok(());
        };
        let like = kept.first().copied().or(node.children.first()).map(|child| self.xml.span(child));
        let separator = match like {
            Some(like) => self.separator(like.start()).to_vec(),
            None => self.layout.line(&[outer.as_slice(), &self.layout.unit].concat()),
        };
        let names: Option<Vec<&str>> = kept.iter().map(|child| child.segment.as_deref()).collect();
        let sorted = names.filter(|names| node.kind == Kind::Dict && names.is_sorted());
        for (name, new) in added {
            let last = match &sorted {
                Some(names) => names.iter().rposition(|known| *known < name.as_str()),
                None => kept.len().checked_sub(1),
            };
            let behind = last.and_then(|at| kept.get(at)).map_or(inner.start, |child| self.xml.span(child).value.end);
            let at = self.behind_comments(behind);
            splices.push(Splice::new(at..at, self.child(node.kind, name, new, &separator, like)?));
        }
        let closes_on_its_line = node.children.is_empty() && !self.xml.slice(inner.clone()).contains(&b'\n');
        if closes_on_its_line {
            splices.push(Splice::new(inner.end..inner.end, self.layout.line(&outer)));
        }
        Ok(())
    }

    /// Behind the comments that stand on the same line.
    fn behind_comments(&self, from: usize) -> usize {
        let mut at = from;
        loop {
            let rest = self.xml.slice(at..self.xml.utf8().len());
            let blanks = rest.iter().take_while(|c| matches!(c, b' ' | b'\t')).count();
            let comment = rest.get(blanks..).unwrap_or_default();
            let end = comment.windows(3).position(|window| window == b"-->").filter(|_| comment.starts_with(b"<!--"));
            match end {
                Some(end) => at += blanks + end + 3,
                None => return at,
            }
        }
    }

    /// A member or element with what stands before it.
    fn child(&self, kind: Kind, name: &str, new: &New<'_>, separator: &[u8], like: Option<&Span>) -> Result<Vec<u8>, Refusal> {
        let mut text = separator.to_vec();
        if kind == Kind::Dict {
            text.extend(self.layout.key(name)?);
            let gap = like.and_then(|like| like.name.as_ref().map(|name| self.xml.slice(name.end..like.value.start)));
            let gap = gap.filter(|gap| gap.trim_ascii().is_empty()).map(last_line);
            text.extend_from_slice(gap.unwrap_or(separator));
        }
        text.extend(self.fresh(new, indent(separator))?);
        Ok(text)
    }

    fn container(&self, kind: Kind, children: &[(String, New<'_>)], indent: &[u8]) -> Result<Vec<u8>, Refusal> {
        let separator = self.layout.line(&[indent, &self.layout.unit].concat());
        let mut text = format!("<{}>", name(kind)).into_bytes();
        for (name, new) in children {
            text.extend(self.child(kind, name, new, &separator, None)?);
        }
        text.extend(self.layout.line(indent));
        text.extend(format!("</{}>", name(kind)).into_bytes());
        Ok(text)
    }

    fn fresh(&self, new: &New<'_>, indent: &[u8]) -> Result<Vec<u8>, Refusal> {
        match new {
            New::Raw(raw) => self.layout.element(raw, indent),
            New::Container(kind, children) => self.container(*kind, children, indent),
            New::Copy(node, turn) => {
                let span = self.xml.span(node);
                let mut splices = Vec::new();
                self.turn(node, turn, &mut splices)?;
                for splice in &mut splices {
                    splice.range = splice.range.start - span.value.start..splice.range.end - span.value.start;
                }
                let patch = Patch::new(splices).map_err(|_| Refusal::new("two edits meet in a copy"))?;
                Ok(patch.apply(self.xml.slice(span.value.clone())))
            }
        }
    }
}

/// Blanks without all lines but the last.
fn last_line(blanks: &[u8]) -> &[u8] {
    let Some(at) = blanks.iter().rposition(|c| matches!(c, b'\n' | b'\r')) else { return blanks };
    let crlf = blanks.get(at) == Some(&b'\n') && at.checked_sub(1).and_then(|at| blanks.get(at)) == Some(&b'\r');
    blanks.get(at - usize::from(crlf)..).unwrap_or_default()
}
