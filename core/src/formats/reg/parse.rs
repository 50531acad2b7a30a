//! The statements of registry text: section headers and the values in them, as spans. A line that is neither is kept and
//! told. A quoted text may go over several lines, as regedit writes it. Knows nothing of edits.

use std::ops::Range;
use std::sync::Arc;

use encoding_rs::Encoding;

use super::charset::{BROKEN, Char, Charset};
use super::write;
use crate::document::{Odd, Raw, Refusal};
use crate::formats::hive::names::{self, Spot};
use crate::formats::hive::value::raw;

/// The root whose name keys leave out.
pub(super) const ROOT: &str = "HKEY_CURRENT_USER";
/// Every root, as it is written and in short: importers take either.
const ROOTS: [[&str; 2]; 6] = [
    [ROOT, "HKCU"],
    ["HKEY_USERS", "HKU"],
    ["HKEY_LOCAL_MACHINE", "HKLM"],
    ["HKEY_CLASSES_ROOT", "HKCR"],
    ["HKEY_CURRENT_CONFIG", "HKCC"],
    ["HKEY_DYN_DATA", "HKDD"],
];
/// The roots below which a user's hive can be loaded, as keys name them, and the names that are no user's there.
const PARTS: &[(&str, &[&str])] = &[
    ("\\HKEY_USERS", &[".DEFAULT"]),
    (
        "\\HKEY_LOCAL_MACHINE",
        &["SOFTWARE", "SYSTEM", "HARDWARE", "SAM", "SECURITY", "COMPONENTS", "DRIVERS", "SCHEMA", "BCD00000000"],
    ),
];

/// The largest text that is read, in bytes.
const LARGEST: usize = 32 << 20;

/// The names on the path of a key.
type Names = Arc<[String]>;

/// What text says.
pub(super) struct Parsed {
    pub(super) charset: Charset,
    /// Where the user's part is that all of the text is about, if it is another one than the current user's.
    pub(super) user: Vec<String>,
    pub(super) statements: Vec<Statement>,
    pub(super) odd: Vec<Odd>,
}

/// A statement.
pub(super) struct Statement {
    /// The path of the key that it is about; all of a section share it.
    pub(super) path: Names,
    /// The key of the document that it is about, in capitals.
    pub(super) folded: String,
    pub(super) says: Says,
    /// Its lines, with the last one's end.
    pub(super) lines: Range<usize>,
    /// Where its last line's end starts.
    pub(super) end: usize,
}

/// What a statement says.
pub(super) enum Says {
    /// A section, or that a key goes with all below it.
    Key { gone: bool },
    /// A value: its raw, or that it goes, and where that stands.
    Value { name: String, raw: Option<Raw>, span: Range<usize> },
}

/// Finds the statements.
pub(super) fn parse(bytes: &[u8], ansi: &'static Encoding) -> Result<Parsed, Refusal> {
    if bytes.len() > LARGEST {
        return Err(Refusal::new(format!("expected at most {LARGEST} bytes of registry text, found {}", bytes.len())));
    }
    let (charset, start) = Charset::of(bytes, ansi);
    let chars = charset.chars(bytes, start);
    let mut reader = Reader { chars: &chars, at: 0, end: bytes.len() };
    let first = reader.line();
    let first: String = first.iter().map(|char| char.c).collect();
    let narrow = match first.trim() {
        "REGEDIT4" => Some(charset),
        "Windows Registry Editor Version 5.00" => None,
        _ => return Err(Refusal::at(1, "expected \"REGEDIT4\" or \"Windows Registry Editor Version 5.00\", found another line")),
    };
    let mut parsed = Parsed { charset, user: Vec::new(), statements: Vec::new(), odd: Vec::new() };
    let mut section: Option<Names> = None;
    let (mut line, mut counted) = (2, reader.at);
    while reader.at < chars.len() {
        let from = reader.at;
        line += chars.get(counted..from).unwrap_or_default().iter().filter(|char| char.c == '\n').count();
        counted = from;
        let begin = reader.place();
        match reader.statement(narrow, section.as_ref()) {
            Ok(None) => {
                reader.line();
            }
            Ok(Some((path, says))) => {
                if let Says::Key { gone } = says {
                    section = Some(Arc::clone(&path)).filter(|_| !gone);
                }
                let end = reader.place();
                reader.line();
                parsed.statements.push(Statement { path, folded: String::new(), says, lines: begin..reader.place(), end });
            }
            Err(Fault { message, name }) => {
                let hides = section.as_ref().zip(name).map(|(path, name)| Spot::Value(path.to_vec(), name).key());
                parsed.odd.push(Odd { line, message: message.to_owned(), hides });
                reader.at = from;
                if reader.peek_past_blanks() == Some('[') {
                    section = None;
                }
                reader.line();
            }
        }
    }
    parsed.of_one_user();
    parsed.fold();
    Ok(parsed)
}

impl Parsed {
    /// Text about one user's part below HKEY_USERS, or about a hive that was loaded under a name of its own, is about that user: its keys
    /// leave out where the part is.
    fn of_one_user(&mut self) {
        let [Statement { path, .. }, ..] = self.statements.as_slice() else { return };
        let [root, user, ..] = &**path else { return };
        let is_part =
            |(known, others): &(&str, &[&str])| names::same(root, known) && !others.iter().any(|other| names::same(user, other));
        if !PARTS.iter().any(is_part) {
            return;
        }
        let place = [root.clone(), user.clone()];
        let within =
            |path: &[String]| place.iter().zip(path).filter(|(one, other)| names::same(one, other)).count() == place.len();
        if !self.statements.iter().all(|statement| within(&statement.path)) {
            return;
        }
        let mut last: Option<(Names, Names)> = None;
        for statement in &mut self.statements {
            let known = last.as_ref().filter(|(whole, _)| Arc::ptr_eq(whole, &statement.path)).map(|(_, own)| Arc::clone(own));
            let own = known.unwrap_or_else(|| statement.path.iter().skip(place.len()).cloned().collect());
            last = Some((std::mem::replace(&mut statement.path, Arc::clone(&own)), own));
        }
        for hidden in self.odd.iter_mut().filter_map(|odd| odd.hides.as_mut()) {
            if let Some(Spot::Value(path, name)) = names::spot(hidden) {
                *hidden = Spot::Value(path.into_iter().skip(place.len()).collect(), name).key();
            }
        }
        self.user = place.to_vec();
    }

    /// Notes the key of each statement in capitals, once: texts have hundreds of thousands.
    fn fold(&mut self) {
        let mut section: Option<(Names, String)> = None;
        for statement in &mut self.statements {
            let known = section.take().filter(|(path, _)| Arc::ptr_eq(path, &statement.path));
            let folded =
                known.map_or_else(|| names::fold(Spot::Key(statement.path.to_vec()).key().as_str()), |(_, folded)| folded);
            statement.folded.clone_from(&folded);
            if let Says::Value { name, .. } = &statement.says {
                names::push_value(&names::fold(name), &mut statement.folded);
            }
            section = Some((Arc::clone(&statement.path), folded));
        }
    }
}

struct Fault {
    message: &'static str,
    name: Option<String>,
}

struct Reader<'a> {
    chars: &'a [Char],
    at: usize,
    /// Where the bytes end.
    end: usize,
}

impl<'a> Reader<'a> {
    /// Where the next character's bytes are.
    fn place(&self) -> usize {
        self.chars.get(self.at).map_or(self.end, |char| char.at())
    }

    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).map(|char| char.c)
    }

    fn take(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(' ' | '\t')) {
            self.at += 1;
        }
    }

    fn peek_past_blanks(&mut self) -> Option<char> {
        self.blanks();
        self.peek()
    }

    /// Goes on to the next line; what stood in this one.
    fn line(&mut self) -> &'a [Char] {
        let from = self.at;
        let rest = self.chars.get(from..).unwrap_or_default();
        let length = rest.iter().position(|char| matches!(char.c, '\n' | '\r')).unwrap_or(rest.len());
        self.at += length;
        let _ = self.take('\r') && self.take('\n') || self.take('\n');
        rest.get(..length).unwrap_or_default()
    }

    /// A statement, read to the end of what it says on its last line; `None` for a line that says nothing.
    fn statement(&mut self, narrow: Option<Charset>, section: Option<&Names>) -> Result<Option<(Names, Says)>, Fault> {
        match self.peek_past_blanks() {
            None | Some(';' | '\r' | '\n') => return Ok(None),
            Some('[') => return self.header().map(Some),
            _ => {}
        }
        let name = match self.peek() {
            Some('@') => {
                self.at += 1;
                String::new()
            }
            Some('"') => self.quoted()?,
            _ => {
                return Err(Fault {
                    message: "expected a section, a value's name in quotes or a comment, found something else",
                    name: None,
                });
            }
        };
        let fault = |message| Fault { message, name: Some(name.clone()) };
        if self.peek_past_blanks() != Some('=') {
            return Err(fault("expected \"=\" after a value's name, found something else"));
        }
        self.at += 1;
        self.blanks();
        let from = self.place();
        let found = match self.peek() {
            Some('-') => {
                self.at += 1;
                None
            }
            Some('"') => Some(Raw::Text(self.quoted().map_err(|found| fault(found.message))?)),
            _ => Some(
                self.typed(narrow)
                    .ok_or_else(|| fault("expected a text in quotes, \"dword:\", \"hex:\" or \"-\", found something else"))?,
            ),
        };
        let span = from..self.place();
        let end = self.at;
        if !matches!(self.peek_past_blanks(), None | Some(';' | '\r' | '\n')) {
            return Err(fault("expected the end of the line after a value, found something else"));
        }
        self.at = end;
        self.rest_of_line();
        if names::LONGEST_VALUE < name.chars().count() || matches!(&found, Some(Raw::Text(text)) if text.contains('\0')) {
            return Err(fault("expected a name and a text that the registry can hold, found others"));
        }
        let path = section.ok_or_else(|| fault("expected a section before a value, found none"))?;
        Ok(Some((Arc::clone(path), Says::Value { name, raw: found, span })))
    }

    fn rest_of_line(&mut self) {
        while self.peek().is_some_and(|c| !matches!(c, '\n' | '\r')) {
            self.at += 1;
        }
    }

    fn header(&mut self) -> Result<(Names, Says), Fault> {
        let fault = |message| Fault { message, name: None };
        self.at += 1;
        let from = self.at;
        self.rest_of_line();
        let line: String = self.chars.get(from..self.at).unwrap_or_default().iter().map(|char| char.c).collect();
        let (path, _) = line.rsplit_once(']').ok_or_else(|| fault("expected \"]\" after a section's path, found none"))?;
        let (gone, path) = path.strip_prefix('-').map_or((false, path), |path| (true, path));
        let mut names: Vec<String> = path.split('\\').map(str::to_owned).collect();
        let root = names.first().and_then(|root| ROOTS.iter().find(|known| known.iter().any(|known| names::same(known, root))));
        if let Some(([whole, _], root)) = root.zip(names.first_mut()) {
            root.replace_range(.., whole);
        }
        let sound = names
            .iter()
            .all(|name| !name.is_empty() && name.chars().count() <= names::LONGEST_KEY && !name.contains([BROKEN, '\0']));
        if root.is_none() || !sound || names.len() > 512 {
            return Err(fault("expected the path of a key from its root on, found something else"));
        }
        match names.first_mut() {
            Some(root) if names::same(root, ROOT) => drop(names.remove(0)),
            Some(root) => root.insert(0, '\\'),
            None => {}
        }
        Ok((names.into(), Says::Key { gone }))
    }

    /// A text in quotes, in which a backslash takes the next backslash or quote.
    fn quoted(&mut self) -> Result<String, Fault> {
        let fault = |message| Fault { message, name: None };
        self.at += 1;
        let mut text = String::new();
        loop {
            let c = self.peek().ok_or_else(|| fault("expected '\"' at the end of a text, found the end of the file"))?;
            self.at += 1;
            match c {
                '"' => return Ok(text),
                BROKEN => return Err(fault("expected characters in a text, found bytes that are none")),
                '\\' => match self.peek().filter(|c| matches!(c, '\\' | '"')) {
                    Some(c) => {
                        self.at += 1;
                        text.push(c);
                    }
                    None => return Err(fault("expected a backslash or a quote after a backslash, found something else")),
                },
                c => text.push(c),
            }
        }
    }

    fn word(&mut self) -> String {
        let from = self.at;
        while self.peek().is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '(' | ')')) {
            self.at += 1;
        }
        self.chars.get(from..self.at).unwrap_or_default().iter().map(|char| char.c).collect()
    }

    fn typed(&mut self, narrow: Option<Charset>) -> Option<Raw> {
        let word = self.word();
        self.take(':').then_some(())?;
        if word == "dword" {
            self.blanks();
            let digits = self.word();
            let plain = digits.len() <= 8 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
            return u32::from_str_radix(&digits, 16).ok().filter(|_| plain).map(|number| Raw::Int(number.into()));
        }
        let kind = match word.strip_prefix("hex")? {
            "" => 3,
            kind => u32::from_str_radix(kind.strip_prefix('(')?.strip_suffix(')')?, 16).ok()?,
        };
        let data = self.hex()?;
        match narrow {
            Some(charset) => raw(kind, write::widened(charset, kind, data)?),
            None => raw(kind, data),
        }
        .into()
    }

    /// Bytes in hex, two digits or one each, parted by commas; a backslash goes on in the next line.
    fn hex(&mut self) -> Option<Vec<u8>> {
        let mut data = Vec::new();
        loop {
            self.blanks();
            if self.take('\\') {
                self.blanks();
                if self.peek() == Some(';') {
                    self.rest_of_line();
                }
                matches!(self.peek(), Some('\r' | '\n')).then_some(())?;
                self.line();
                continue;
            }
            let digits = self.word();
            if digits.is_empty() {
                return Some(data);
            }
            let plain = digits.len() <= 2 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
            data.push(u8::from_str_radix(&digits, 16).ok().filter(|_| plain)?);
            self.blanks();
            if !self.take(',') {
                return Some(data);
            }
        }
    }
}
