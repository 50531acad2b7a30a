//! INI files, losslessly: sections, keys and values as spans over bytes, read the way a dialect's own programs read them.
//! A key is `section/key`; a nested group is a segment for each name, and a key before any section stands alone. Names
//! that are empty or not text have no key. Knows no section and no key by name.

mod dialect;
mod parse;
mod render;
#[cfg(test)]
mod tests;
mod value;

use std::collections::BTreeMap;

use encoding_rs::{Encoding, UTF_8};

pub use dialect::{Bare, Blanks, CLAWS, Case, Dialect, GKEYFILE, Header, KCONFIG, SYLPHEED, Sections, Spelling, WINDOWS, Winner};

use super::keys_under;
use crate::document::{Document, Edits, Key, Odd, Raw, Refusal};
use crate::patch::Patch;
use parse::{Line, Parsed, Section, parse};

/// Opens an INI file in UTF-8.
///
/// # Errors
/// None: what is broken is kept, and told by `odd`.
pub fn open(bytes: &[u8], dialect: &'static Dialect) -> Result<Box<dyn Document>, Refusal> {
    open_in(bytes, dialect, UTF_8)
}

/// Opens an INI file in a code page.
///
/// # Errors
/// None: what is broken is kept, and told by `odd`.
pub fn open_in(bytes: &[u8], dialect: &'static Dialect, encoding: &'static Encoding) -> Result<Box<dyn Document>, Refusal> {
    Ok(Box::new(Ini::read(bytes, dialect, encoding)))
}

macro_rules! opens {
    ($($name:ident $dialect:ident $what:literal),*) => { $(
        #[doc = concat!("Opens a file of ", $what, ".")]
        ///
        /// # Errors
        /// None: what is broken is kept, and told by `odd`.
        pub fn $name(bytes: &[u8]) -> Result<Box<dyn Document>, Refusal> {
            open(bytes, &$dialect)
        }
    )* };
}

opens! {
    open_claws CLAWS "Claws Mail",
    open_sylpheed SYLPHEED "Sylpheed",
    open_gkeyfile GKEYFILE "GLib's key file grammar",
    open_windows WINDOWS "the Windows private profile functions",
    open_kconfig KCONFIG "KDE's configuration"
}

/// An INI file, opened.
struct Ini {
    dialect: &'static Dialect,
    encoding: &'static Encoding,
    bytes: Box<[u8]>,
    sections: Vec<Section>,
    /// The lines of each key that counts, by its folded key, in the file's order.
    lines: BTreeMap<Key, Vec<Line>>,
    entries: BTreeMap<Key, Raw>,
    odd: Vec<Odd>,
}

impl Ini {
    fn read(bytes: &[u8], dialect: &'static Dialect, encoding: &'static Encoding) -> Ini {
        let bytes: Box<[u8]> = bytes.into();
        let Parsed { sections, lines, odd } = parse(&bytes, dialect, encoding);
        let mut ini = Ini { dialect, encoding, bytes, sections, lines, entries: BTreeMap::new(), odd };
        let values = ini.lines.values().filter_map(|lines| {
            let line = ini.winner(lines)?;
            Some((line.key.clone(), ini.raw(line)?))
        });
        ini.entries = values.collect();
        ini
    }

    /// The line that counts of those of one key.
    fn winner<'a>(&self, lines: &'a [Line]) -> Option<&'a Line> {
        match self.dialect.keys {
            Winner::First => lines.first(),
            Winner::Last => lines.last(),
        }
    }

    fn raw(&self, line: &Line) -> Option<Raw> {
        let value = self.bytes.get(line.value.clone()?)?;
        Some(value::decode(value, line.expands, self.dialect, self.encoding))
    }

    /// A key with the letter case taken away where it does not matter.
    fn folded(&self, key: &Key) -> Key {
        parse::folded(&parse::segments(key), self.dialect)
    }
}

impl Document for Ini {
    fn get(&self, key: &Key) -> Option<Raw> {
        self.entries.get(&self.canonical(key)).cloned()
    }

    fn entries(&self) -> BTreeMap<Key, Raw> {
        self.entries.clone()
    }

    fn keys(&self, under: &str) -> Vec<Key> {
        if self.dialect.section_case == Case::Matters {
            return keys_under(&self.entries, under);
        }
        let under = self.folded(&Key::raw(under.strip_suffix('/').unwrap_or(under)));
        self.entries.keys().filter(|key| self.folded(key).is_under(&under)).cloned().collect()
    }

    fn canonical(&self, key: &Key) -> Key {
        if self.dialect.section_case == Case::Matters && self.dialect.key_case == Case::Matters {
            return key.clone();
        }
        let folded = self.folded(key);
        if let Some(line) = self.lines.get(&folded).and_then(|lines| self.winner(lines)) {
            return line.key.clone();
        }
        let segments = parse::segments(key);
        let Some((name, path)) = segments.split_last() else { return key.clone() };
        let same =
            |section: &&Section| parse::folded_section(&section.path, self.dialect) == parse::folded_section(path, self.dialect);
        match self.sections.iter().find(same) {
            Some(section) => Key::of(section.path.iter().chain([name]).map(String::as_str)),
            None => key.clone(),
        }
    }

    fn line(&self, key: &Key) -> usize {
        self.lines.get(&self.folded(key)).and_then(|lines| self.winner(lines)).map_or(0, |line| line.number)
    }

    fn render(&self, edits: &Edits) -> Result<Patch, Refusal> {
        render::render(self, edits)
    }

    fn odd(&self) -> &[Odd] {
        &self.odd
    }
}
