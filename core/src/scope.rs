//! Scopes: where one account's keys are. A scope fills the holes of key templates, layer by layer: first the account's own,
//! then what it inherits from.

use crate::document::{Key, Raw};
use crate::setting::Side;
use crate::value::Protocol;

/// What fills the holes of key templates.
pub type Holes = Vec<(&'static str, String)>;

/// Where one account's keys are.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// The account's id: the client's own key, else its section's name.
    pub id: String,
    /// What the user calls it.
    pub name: String,
    /// The addresses of its identities, the default one first.
    pub emails: Vec<String>,
    /// The incoming server's protocol; `None` for a sender.
    pub protocol: Option<Protocol>,
    /// Whether it has an outgoing server.
    pub sends: bool,
    /// The account's own holes, then those of what it inherits from, nearest first.
    pub layers: Vec<Holes>,
    /// Its outgoing server, by the client's key: accounts with the same one share it.
    pub outgoing: Option<String>,
    /// Further outgoing servers that its other identities use.
    pub also: Vec<String>,
    /// The version that wrote it, where that is not the profile's.
    pub version: Option<u32>,
    /// The store that lists it, where that is not the client's first.
    pub listed_in: Option<StoreId>,
    /// Which of its servers somebody else sets, and who, in words: these stay as they are.
    pub managed: Vec<(Side, String)>,
    /// Whether the running system itself has the store open that lists it: then it is written only where that is allowed.
    pub system_store: bool,
}

impl Scope {
    /// What fills a hole in the account's own layer.
    pub fn hole(&self, name: &str) -> Option<&str> {
        self.layers.first()?.iter().find(|(hole, _)| *hole == name).map(|(_, text)| text.as_str())
    }

    /// Gives it another outgoing server, whose key fills this hole.
    pub(crate) fn send_through(&mut self, hole: &str, server: &str) {
        let old = self.outgoing.replace(server.to_owned());
        let filled =
            self.layers.iter_mut().flatten().filter(|(name, filling)| *name == hole && Some(&**filling) == old.as_deref());
        filled.for_each(|(_, filling)| server.clone_into(filling));
    }
}

/// Fills a template's holes. A filling is one segment, also where it holds a `/`; the filling of a hole whose name ends in
/// `..` is a path, and is taken as it is. `None` if a hole has no filling.
pub fn fill(template: &str, holes: &Holes) -> Option<Key> {
    let filled = fill_with(template, holes, |hole, filling, text| match hole.ends_with("..") {
        true => text.push_str(filling),
        false => Key::escape_into(filling, text),
    });
    filled.map(Key::raw)
}

/// A path template with its holes filled, slashes and all.
pub fn fill_path(template: &str, holes: &Holes) -> Option<String> {
    fill_with(template, holes, |_, filling, text| text.push_str(filling))
}

fn fill_with(template: &str, holes: &Holes, push: impl Fn(&str, &str, &mut String)) -> Option<String> {
    let mut text = String::with_capacity(template.len() + 16);
    let mut rest = template;
    while let Some((plain, more)) = cut(rest, b'{') {
        let (hole, more) = cut(more, b'}')?;
        text.push_str(plain);
        push(hole, &holes.iter().find(|(name, _)| *name == hole)?.1, &mut text);
        rest = more;
    }
    text.push_str(rest);
    Some(text)
}

/// What stands before and behind an ASCII letter: rows are filled by the thousand, and templates are short.
fn cut(text: &str, at: u8) -> Option<(&str, &str)> {
    let at = text.bytes().position(|byte| byte == at)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// An opened store, by its number in the profile's workspace.
pub type StoreId = usize;

/// A key of a store.
pub type Place = (StoreId, Key);

/// The keys of a profile's stores, as a row sees them: originals, or with pending edits over them.
pub trait Places {
    /// The store of that role in which an account's keys lie.
    fn store(&self, role: &'static str, holes: &Holes) -> Option<StoreId>;

    /// The effective raw of a key.
    fn raw(&self, place: &Place) -> Option<Raw>;

    /// The raw of the first key of a store that fits a pattern, in which `*` stands for one segment.
    fn like(&self, _store: StoreId, _pattern: &str) -> Option<Raw> {
        None
    }

    /// Why a key can't be written: somebody else has set it, in words. Its effective raw is what they set.
    fn fixed(&self, _place: &Place) -> Option<String> {
        None
    }

    /// The version of the client that last wrote the profile; 0 where it is not known.
    fn version(&self) -> u32;
}
