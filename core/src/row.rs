//! Rows: what a client's table is made of. A row ties one setting to the keys that hold it; what it means is the codec's.
//! Data only; the reading and writing through rows is the lens's.

use crate::codec::{Codec, Cx, Tok};
use crate::form::Form;
use crate::setting::Setting;
use crate::value::Value;

/// A key that a row owns or reads: where it is, the spellings that it may have, what its absence means by itself.
#[derive(Debug, Clone, Copy)]
pub struct Cell {
    /// The key, with `{holes}` that a scope fills.
    pub at: &'static str,
    /// Which of the client's stores; the first one if empty.
    pub store: &'static str,
    /// The spellings; the first is used for a key that is made.
    pub forms: &'static [&'static Form],
    /// What an absent key amounts to, where that depends on nothing else.
    pub or: Option<Tok>,
    /// Whether the client takes a key of another type for absent (it does not stop at it).
    pub lenient: bool,
    /// Whether only the account's own layer counts: no default section, no parent.
    pub alone: bool,
    /// Whether the row owns it only to keep it in step: alone it doesn't make the setting a stored one.
    pub aside: bool,
    /// Whose spelling a key takes that is made: the first key there is that fits one of these, nearest first.
    pub like: &'static [&'static str],
    /// Whether it is changed only where it stands: the client alone makes it.
    pub never_made: bool,
}

impl Cell {
    /// A cell of the first store.
    pub const fn new(at: &'static str, forms: &'static [&'static Form]) -> Cell {
        Cell { at, store: "", forms, or: None, lenient: false, alone: false, aside: false, like: &[], never_made: false }
    }

    /// Names the store.
    #[must_use]
    pub const fn of(mut self, store: &'static str) -> Cell {
        self.store = store;
        self
    }

    /// Says what absence amounts to.
    #[must_use]
    pub const fn or(mut self, tok: Tok) -> Cell {
        self.or = Some(tok);
        self
    }

    /// Takes another type for absence, as the client does.
    #[must_use]
    pub const fn lenient(mut self) -> Cell {
        self.lenient = true;
        self
    }

    /// Looks at the account's own layer only.
    #[must_use]
    pub const fn alone(mut self) -> Cell {
        self.alone = true;
        self
    }

    /// Spells a new key as one of these is spelled; `*` stands for one segment.
    #[must_use]
    pub const fn like(mut self, keys: &'static [&'static str]) -> Cell {
        self.like = keys;
        self
    }

    /// Owns the key only to keep it in step.
    #[must_use]
    pub const fn aside(mut self) -> Cell {
        self.aside = true;
        self
    }

    /// Changes the key only where it stands.
    #[must_use]
    pub const fn never_made(mut self) -> Cell {
        self.never_made = true;
        self
    }
}

/// One setting of one protocol in a range of client versions.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// Which setting.
    pub setting: Setting,
    /// The keys that hold it, or why there are none.
    pub held: Held,
    /// The first client version that this row is about.
    pub since: u32,
    /// The last.
    pub until: u32,
    /// Whether a change of its server writes the key out even if its absence would mean the same today: defaults
    /// change between versions.
    pub explicit: bool,
    /// What a reader of the table should know.
    pub note: &'static str,
    /// The newest TLS that the client speaks there, where that is an old one.
    pub ceiling: Option<&'static str>,
}

/// How a client holds a setting.
#[derive(Debug, Clone, Copy)]
pub enum Held {
    /// In these keys.
    Keys {
        /// The keys that it owns; several rows may own one key.
        own: &'static [Cell],
        /// The neighbours that it reads.
        with: &'static [Cell],
        /// Both directions.
        codec: Codec,
        /// What it means that no own key is there; asked after the cells' own defaults.
        absent: Option<fn(&Cx<'_>) -> Option<Value>>,
    },
    /// Not at all, and why; cites the reference.
    Absent(&'static str),
}

/// A setting in the keys that it owns.
pub const fn row(setting: Setting, own: &'static [Cell], codec: Codec) -> Row {
    Row {
        setting,
        held: Held::Keys { own, with: &[], codec, absent: None },
        since: 0,
        until: u32::MAX,
        explicit: false,
        note: "",
        ceiling: None,
    }
}

/// A setting that the client can't hold, and why.
pub const fn absent(setting: Setting, why: &'static str) -> Row {
    Row { setting, held: Held::Absent(why), since: 0, until: u32::MAX, explicit: false, note: why, ceiling: None }
}

impl Row {
    /// Adds the neighbours that the codec reads.
    #[must_use]
    pub const fn with(mut self, cells: &'static [Cell]) -> Row {
        if let Held::Keys { own, codec, absent, .. } = self.held {
            self.held = Held::Keys { own, with: cells, codec, absent };
        }
        self
    }

    /// Says what it means that no own key is there.
    #[must_use]
    pub const fn default(mut self, meaning: fn(&Cx<'_>) -> Option<Value>) -> Row {
        if let Held::Keys { own, with, codec, .. } = self.held {
            self.held = Held::Keys { own, with, codec, absent: Some(meaning) };
        }
        self
    }

    /// Bounds the client versions that the row is about, both inclusive.
    #[must_use]
    pub const fn versions(mut self, since: u32, until: u32) -> Row {
        self.since = since;
        self.until = until;
        self
    }

    /// Writes the key out whenever its server changes.
    #[must_use]
    pub const fn explicit(mut self) -> Row {
        self.explicit = true;
        self
    }

    /// Is about no version before this one.
    #[must_use]
    pub const fn since(mut self, version: u32) -> Row {
        self.since = version;
        self
    }

    /// Is about no version after this one.
    #[must_use]
    pub const fn until(mut self, version: u32) -> Row {
        self.until = version;
        self
    }

    /// Says what the newest TLS is that the client speaks there.
    #[must_use]
    pub const fn no_newer_than(mut self, ceiling: &'static str) -> Row {
        self.ceiling = Some(ceiling);
        self
    }

    /// Adds a note for the docs.
    #[must_use]
    pub const fn note(mut self, note: &'static str) -> Row {
        self.note = note;
        self
    }
}
