//! The edits of registry text as splices: a value changes in the line that counts, a new one follows the last line of its
//! section, a new section follows the text; what goes takes its lines along. The result is read again, and refused if it
//! says anything but what was wanted.

use std::collections::BTreeMap;
use std::ops::Range;

use super::charset::Charset;
use super::parse::{Says, Statement};
use super::{Reg, write};
use crate::document::{Edits, Key, Raw, Refusal, expected};
use crate::formats::hive::names::{self, Spot, spot};
use crate::formats::hive::wanted::wanted;
use crate::patch::{Patch, Splice};

/// Makes the patch.
pub(super) fn render(reg: &Reg, edits: &Edits) -> Result<Patch, Refusal> {
    let wanted = wanted(reg, edits)?;
    let eol = reg.eol();
    let mut splices: Vec<Splice> = Vec::new();
    let mut cut: Vec<Range<usize>> = Vec::new();
    for tree in wanted.trees.iter().filter_map(spot) {
        cut.extend(reg.sections_below(tree.path()));
    }
    merge(&mut cut);
    let is_cut = |at: usize| cut.iter().any(|range| range.contains(&at));
    let mut added: BTreeMap<usize, String> = BTreeMap::new();
    let mut sections: BTreeMap<Vec<String>, String> = BTreeMap::new();
    for (key, raw) in &wanted.values {
        let Some(Spot::Value(path, name)) = spot(key) else { continue };
        let lines = reg.live(&path, &name).filter(|statement| !is_cut(statement.lines.start));
        let Some(raw) = raw else {
            splices.extend(lines.map(|statement| Splice::new(statement.lines.clone(), [])));
            continue;
        };
        let last = lines.last().or_else(|| reg.last_deletion(&path, &name).filter(|statement| !is_cut(statement.lines.start)));
        if let Some(Statement { says: Says::Value { span, .. }, lines, .. }) = last {
            let column = reg.charset.chars(reg.bytes.get(..span.start).unwrap_or_default(), lines.start).len();
            splices.push(Splice::new(span.clone(), reg.encoded(&write::value(raw, column, reg.narrow(), eol)?)?));
            continue;
        }
        let line = reg.line(&name, raw, eol)?;
        match reg.section_end(&path).filter(|(_, start)| !is_cut(*start)) {
            Some((end, _)) => added.entry(end).or_default().push_str(&format!("{eol}{line}")),
            None => sections.entry(path).or_default().push_str(&format!("{line}{eol}")),
        }
    }
    splices.extend(cut.into_iter().map(|range| Splice::new(range, [])));
    for (end, text) in added {
        splices.push(Splice::new(end..end, reg.encoded(&text)?));
    }
    let mut tail = String::new();
    for (path, lines) in sections {
        tail.push_str(&format!("{eol}{}{eol}{lines}", write::header(&[reg.user.as_slice(), &path].concat())?));
    }
    if !tail.is_empty() {
        let ended = reg.charset.bytes("\n").is_some_and(|end| reg.bytes.ends_with(&end));
        let tail = if ended { tail } else { format!("{eol}{tail}") };
        splices.push(Splice::new(reg.bytes.len()..reg.bytes.len(), reg.encoded(&tail)?));
    }
    let patch = Patch::new(splices).map_err(|splice| Refusal::new(format!("two edits meet at byte {}", splice.range.start)))?;
    if patch.is_empty() {
        return Ok(patch);
    }
    let new = Reg::open(&patch.apply(&reg.bytes), reg.ansi())?;
    match new.entries == expected(reg.entries.clone(), edits) {
        true => Ok(patch),
        false => Err(Refusal::new("expected a text that says just what was wanted, found that other keys would change too")),
    }
}

fn merge(ranges: &mut Vec<Range<usize>>) {
    ranges.sort_by_key(|range| (range.start, range.end));
    ranges.dedup_by(|next, range| {
        let meets = next.start <= range.end;
        if meets {
            range.end = range.end.max(next.end);
        }
        meets
    });
}

impl Reg {
    /// The line end that the text has first.
    fn eol(&self) -> &'static str {
        let first = self.statements.first().map_or(self.bytes.len(), |statement| statement.lines.end);
        let start = self.bytes.get(..first).unwrap_or(&self.bytes);
        let chars = self.charset.chars(start, 0).into_iter().map(|char| char.c);
        let mut chars = chars.skip_while(|c| !matches!(c, '\r' | '\n'));
        match (chars.next(), chars.next()) {
            (Some('\n'), _) => "\n",
            (Some('\r'), Some('\n')) | (None, _) => "\r\n",
            _ => "\r",
        }
    }

    fn ansi(&self) -> &'static encoding_rs::Encoding {
        match self.charset {
            Charset::Ansi(ansi) => ansi,
            _ => encoding_rs::WINDOWS_1252,
        }
    }

    /// The character set, of a text of version 4.
    fn narrow(&self) -> Option<Charset> {
        let start: String =
            self.charset.chars(self.bytes.get(..64).unwrap_or(&self.bytes), 0).into_iter().map(|char| char.c).collect();
        start.trim_start_matches('\u{feff}').trim_start().starts_with("REGEDIT4").then_some(self.charset)
    }

    fn encoded(&self, text: &str) -> Result<Vec<u8>, Refusal> {
        let lost =
            || Refusal::new(format!("expected characters of this text's own character set, found others in {:?}", text.trim()));
        self.charset.bytes(text).ok_or_else(lost)
    }

    fn line(&self, name: &str, raw: &Raw, eol: &str) -> Result<String, Refusal> {
        let name = write::name(name)?;
        Ok(format!("{name}{}", write::value(raw, name.chars().count(), self.narrow(), eol)?))
    }

    /// Whether a later statement deletes the key of this one.
    fn is_dead(&self, statement: &Statement) -> bool {
        let key = Key::raw(statement.folded.as_str());
        let later = self.statements.iter().filter(|later| later.lines.start > statement.lines.start);
        let mut gone = later.filter(|later| matches!(later.says, Says::Key { gone: true }));
        gone.any(|later| key.is_under(&Key::raw(later.folded.as_str())))
    }

    fn of_value<'a>(&'a self, path: &[String], name: &str) -> impl Iterator<Item = (&'a Statement, bool)> {
        let wanted = names::fold(Spot::Value(path.to_vec(), name.to_owned()).key().as_str());
        self.statements.iter().filter_map(move |statement| match &statement.says {
            Says::Value { raw, .. } if statement.folded == wanted => Some((statement, raw.is_some())),
            _ => None,
        })
    }

    /// The lines that set a value and count, the last one last.
    fn live<'a>(&'a self, path: &[String], name: &str) -> impl Iterator<Item = &'a Statement> {
        let last_gone = self.last_deletion(path, name).map_or(0, |statement| statement.lines.start);
        self.of_value(path, name)
            .filter(move |(statement, sets)| *sets && statement.lines.start >= last_gone && !self.is_dead(statement))
            .map(|(statement, _)| statement)
    }

    fn last_deletion(&self, path: &[String], name: &str) -> Option<&Statement> {
        let found = self.of_value(path, name).filter(|(statement, sets)| !sets && !self.is_dead(statement));
        found.map(|(statement, _)| statement).last()
    }

    /// The sections at and below a path that count, with all that stands in them.
    fn sections_below(&self, path: &[String]) -> Vec<Range<usize>> {
        let tree = Key::raw(names::fold(Spot::Key(path.to_vec()).key().as_str()));
        let headers: Vec<&Statement> =
            self.statements.iter().filter(|statement| matches!(statement.says, Says::Key { .. })).collect();
        let ends = headers.iter().skip(1).map(|next| next.lines.start).chain([self.bytes.len()]);
        let live = headers.iter().zip(ends).filter(|(statement, _)| {
            let below = Key::raw(statement.folded.as_str()).is_under(&tree);
            below && matches!(statement.says, Says::Key { gone: false }) && !self.is_dead(statement)
        });
        live.map(|(statement, end)| statement.lines.start..end).collect()
    }

    /// Where the last line of the last section of a key ends, and where that section starts.
    fn section_end(&self, path: &[String]) -> Option<(usize, usize)> {
        let key = names::fold(Spot::Key(path.to_vec()).key().as_str());
        let is_header = |statement: &&Statement| matches!(statement.says, Says::Key { .. });
        let same = |statement: &&Statement| statement.folded == key;
        let open = |statement: &&Statement| matches!(statement.says, Says::Key { gone: false }) && !self.is_dead(statement);
        let header = self.statements.iter().filter(is_header).filter(same).rfind(open)?;
        let after = self.statements.iter().filter(|statement| statement.lines.start > header.lines.start);
        let last = after.take_while(|statement| !is_header(statement)).last().unwrap_or(header);
        Some((last.end, header.lines.start))
    }
}
