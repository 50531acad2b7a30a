//! How registry keys and values are spelled as keys of a document. A segment of a path is a subkey's name; one that
//! itself starts with `@` is written `\@…`, which no name can be, since a backslash parts names. The last segment of a
//! value's key is `@` and its name. Letter case is folded as Windows does it. Knows no bytes.

use std::cmp::Ordering;

use crate::document::Key;

/// The longest name of a registry key, in characters.
pub(crate) const LONGEST_KEY: usize = 255;
/// The longest name of a value, in characters.
pub(crate) const LONGEST_VALUE: usize = 16_383;

/// What a key of a document stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Spot {
    /// A registry key, by the names on its path.
    Key(Vec<String>),
    /// A value: the path of its registry key, and its name, which is empty for the default value.
    Value(Vec<String>, String),
}

impl Spot {
    /// The path of the registry key.
    pub(crate) fn path(&self) -> &[String] {
        match self {
            Spot::Key(path) | Spot::Value(path, _) => path,
        }
    }

    /// The key of a document that stands for it.
    pub(crate) fn key(&self) -> Key {
        let mut text = String::new();
        for name in self.path() {
            push_subkey(name, &mut text);
        }
        if let Spot::Value(_, name) = self {
            push_value(name, &mut text);
        }
        Key::raw(text)
    }
}

/// Appends the segment of a subkey.
pub(crate) fn push_subkey(name: &str, text: &mut String) {
    if !text.is_empty() {
        text.push('/');
    }
    if name.starts_with('@') {
        text.push('\\');
    }
    Key::escape_into(name, text);
}

/// Appends the segment of a value.
pub(crate) fn push_value(name: &str, text: &mut String) {
    text.push_str(if text.is_empty() { "@" } else { "/@" });
    Key::escape_into(name, text);
}

/// What a key stands for; `None` if it can't be one.
pub(crate) fn spot(key: &Key) -> Option<Spot> {
    let mut path: Vec<String> = Vec::new();
    if key.as_str().is_empty() {
        return Some(Spot::Key(path));
    }
    let mut segments = key.segments().peekable();
    while let Some(segment) = segments.next() {
        match (segment.strip_prefix('@'), segments.peek()) {
            (Some(name), None) => return Some(Spot::Value(path, name.to_owned())),
            (Some(_), Some(_)) => return None,
            (None, _) if segment.is_empty() => return None,
            (None, _) if segment.starts_with("\\@") => path.push(segment.get(1..)?.to_owned()),
            (None, _) => path.push(segment),
        }
    }
    Some(Spot::Key(path))
}

/// Whether two names are the same but for letter case.
pub(crate) fn same(one: &str, two: &str) -> bool {
    if one.is_ascii() && two.is_ascii() {
        return one.eq_ignore_ascii_case(two);
    }
    one.chars().map(upper).eq(two.chars().map(upper))
}

/// The order of two names but for letter case; equal where they are the same.
pub(crate) fn order(one: &str, two: &str) -> Ordering {
    one.chars().map(upper).cmp(two.chars().map(upper))
}

/// Whether a name has more characters than this.
pub(crate) fn is_longer(name: &str, than: usize) -> bool {
    name.len() > than && name.chars().nth(than).is_some()
}

/// The name in capitals, by which names are compared.
pub(crate) fn fold(name: &str) -> String {
    name.chars().map(upper).collect()
}

/// The order in which Windows sorts subkeys: by their UTF-16 units in capitals.
pub(crate) fn units(name: &str) -> Vec<u16> {
    fold(name).encode_utf16().collect()
}

/// A character in capitals: one for one, within the first plane, and never from another script into ASCII.
fn upper(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_uppercase();
    }
    let mut capitals = c.to_uppercase();
    match (capitals.next(), capitals.next()) {
        (Some(one), None) if !one.is_ascii() && c != '\u{b5}' && u32::from(c) <= 0xFFFF => one,
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::{Spot, same, spot};
    use crate::document::Key;

    #[test]
    fn a_key_and_a_value_of_one_name_are_told_apart() {
        let path = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let value = |names: &[&str], name: &str| Some(Spot::Value(path(names), name.into()));
        assert_eq!(spot(&Key::raw("A/b~1c/@x/")), None);
        assert_eq!(spot(&Key::raw("A/b~1c/@x~1y")), value(&["A", "b/c"], "x/y"));
        assert_eq!(spot(&Key::raw("A/@")), value(&["A"], ""));
        assert_eq!(spot(&Key::raw("@@")), value(&[], "@"));
        assert_eq!(spot(&Key::raw("A/\\@x")), Some(Spot::Key(path(&["A", "@x"]))));
        assert_eq!(spot(&Key::raw("A/@x/y")), None);
        assert_eq!(spot(&Key::raw("A//y")), None);
        assert_eq!(Spot::Key(path(&["A/", "@x"])).key(), Key::raw("A~1/\\@x"));
    }

    #[test]
    fn letter_case_is_folded_one_for_one() {
        assert!(same("Größe", "GRÖßE") && same("ÿ", "Ÿ") && same("POP3 Server", "pop3 sERVER"));
        assert!(!same("ß", "SS") && !same("ı", "I") && !same("µ", "Μ") && !same("ſ", "s"));
    }
}
