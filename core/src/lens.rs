//! Rows: the tie between a setting and the keys that hold it, in both directions. `get` reads a setting, `put` says
//! which keys to change so that it reads as wanted. Knows settings and raws; no format, no client, no policy.

use crate::codec::{Codec, Cx, Got, Tok};
use crate::document::{Edit, Key, Raw};
use crate::setting::Setting;
use crate::value::{Protocol, Value};

/// A spelling that a key may have: from raw to primitive and back.
#[derive(Debug)]
pub struct Form {
    /// What it is called in messages.
    pub name: &'static str,
    /// The primitive that a raw spells, if it is of this form.
    pub get: fn(&Raw) -> Option<Prim>,
    /// The raw that spells a primitive, if this form can.
    pub put: fn(&Prim) -> Option<Raw>,
}

/// What codecs work on: a raw without its spelling.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Prim {
    /// A switch.
    Bool(bool),
    /// A number.
    Int(i64),
    /// Text.
    Text(String),
}

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
}

impl Cell {
    /// A cell of the first store.
    pub const fn new(at: &'static str, forms: &'static [&'static Form]) -> Cell {
        Cell { at, store: "", forms, or: None, lenient: false, alone: false, aside: false }
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

    /// Owns the key only to keep it in step.
    #[must_use]
    pub const fn aside(mut self) -> Cell {
        self.aside = true;
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
    }
}

/// A setting that the client can't hold, and why.
pub const fn absent(setting: Setting, why: &'static str) -> Row {
    Row { setting, held: Held::Absent(why), since: 0, until: u32::MAX, explicit: false, note: why }
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

    /// Adds a note for the docs.
    #[must_use]
    pub const fn note(mut self, note: &'static str) -> Row {
        self.note = note;
        self
    }
}

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
}

impl Scope {
    /// What fills a hole in the account's own layer.
    pub fn hole(&self, name: &str) -> Option<&str> {
        self.layers.first()?.iter().find(|(hole, _)| *hole == name).map(|(_, text)| text.as_str())
    }
}

/// Fills a template's holes. Split on `/` first, so that a filling may hold one. `None` if a hole has no filling.
pub fn fill(template: &str, holes: &Holes) -> Option<Key> {
    let mut text = String::with_capacity(template.len() + 16);
    for (at, segment) in template.split('/').enumerate() {
        if at > 0 {
            text.push('/');
        }
        let mut rest = segment;
        while let Some((plain, more)) = rest.split_once('{') {
            let (hole, more) = more.split_once('}')?;
            text.push_str(plain);
            Key::escape_into(&holes.iter().find(|(name, _)| *name == hole)?.1, &mut text);
            rest = more;
        }
        text.push_str(rest);
    }
    Some(Key::raw(text))
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

    /// The version of the client that last wrote the profile; 0 where it is not known.
    fn version(&self) -> u32;
}

/// A setting as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The value.
    pub got: Got,
    /// Whether it stands in a store; else it is a default.
    pub stored: bool,
    /// The account's own places of the cells that the row owns, in the row's order.
    pub places: Vec<Option<Place>>,
    /// Those among them that the row only keeps in step.
    pub asides: Vec<Place>,
}

struct Filled {
    prims: Vec<Option<Prim>>,
    found: Vec<Option<(Place, bool)>>,
    unknown: Option<String>,
}

fn layers<'a>(cell: &Cell, scope: &'a Scope) -> &'a [Holes] {
    let count = if cell.alone { 1 } else { scope.layers.len() };
    &scope.layers[..count.min(scope.layers.len())]
}

fn own_place(cell: &Cell, scope: &Scope, places: &dyn Places) -> Option<Place> {
    let holes = scope.layers.first()?;
    Some((places.store(cell.store, holes)?, fill(cell.at, holes)?))
}

fn look(cells: &[Cell], scope: &Scope, places: &dyn Places) -> Filled {
    let mut filled = Filled { prims: Vec::with_capacity(cells.len()), found: Vec::with_capacity(cells.len()), unknown: None };
    for cell in cells {
        let mut prim = None;
        let mut found = None;
        for (depth, holes) in layers(cell, scope).iter().enumerate() {
            let Some(place) = places.store(cell.store, holes).zip(fill(cell.at, holes)) else { continue };
            let Some(raw) = places.raw(&place) else { continue };
            prim = cell.forms.iter().find_map(|form| (form.get)(&raw));
            if prim.is_none() && !cell.lenient {
                let wanted: Vec<&str> = cell.forms.iter().map(|form| form.name).collect();
                filled.unknown = Some(format!("{}: expected {}, found {raw}", place.1, wanted.join(" or ")));
            }
            if prim.is_some() || !cell.lenient {
                found = Some((place, depth == 0));
                break;
            }
        }
        filled.prims.push(prim.or_else(|| cell.or.map(Tok::prim)));
        filled.found.push(found);
    }
    filled
}

/// Reads a setting.
pub fn get(row: &Row, scope: &Scope, places: &dyn Places) -> Seen {
    let Held::Keys { own, with, codec, absent } = &row.held else {
        return Seen { got: Got::Unset, stored: false, places: Vec::new(), asides: Vec::new() };
    };
    let mine = look(own, scope, places);
    let theirs = look(with, scope, places);
    let stored = own.iter().zip(&mine.found).any(|(cell, found)| found.is_some() && !cell.aside);
    let at = own.iter().map(|cell| own_place(cell, scope, places)).collect();
    let cx = Cx {
        own: &mine.prims,
        with: &theirs.prims,
        version: scope.version.unwrap_or_else(|| places.version()),
        protocol: scope.protocol,
    };
    let got = match mine.unknown {
        Some(what) => Got::Unknown(what),
        None if !stored && absent.is_some() => match absent.and_then(|meaning| meaning(&cx)) {
            Some(value) => Got::Is(value),
            None => Got::Unset,
        },
        None => codec.get(&cx),
    };
    let asides = own.iter().filter(|cell| cell.aside).filter_map(|cell| own_place(cell, scope, places)).collect();
    Seen { got, stored, places: at, asides }
}

/// Says which keys to change so that the setting reads as wanted. No edit for a key that already amounts to it, unless
/// `explicit` asks for every key to be written out.
///
/// # Errors
/// Why the client can't hold the value.
pub fn put(row: &Row, scope: &Scope, places: &dyn Places, value: &Value, explicit: bool) -> Result<Vec<(Place, Edit)>, String> {
    let Held::Keys { own, with, codec, .. } = &row.held else { return Err(row.note.to_owned()) };
    let mine = look(own, scope, places);
    let theirs = look(with, scope, places);
    let cx = Cx {
        own: &mine.prims,
        with: &theirs.prims,
        version: scope.version.unwrap_or_else(|| places.version()),
        protocol: scope.protocol,
    };
    if !explicit && get(row, scope, places).got.value() == Some(value) {
        return Ok(Vec::new());
    }
    let wanted = codec.put(value, &cx)?;
    let mut edits = Vec::new();
    for (at, cell) in own.iter().enumerate() {
        let now = mine.prims.get(at).cloned().flatten();
        let found = mine.found.get(at).cloned().flatten();
        let target = wanted.get(at).cloned().flatten();
        let written_out = found.as_ref().is_some_and(|(_, own)| *own);
        if target == now && (written_out || !explicit || target.is_none()) {
            continue;
        }
        let place = own_place(cell, scope, places).ok_or("this profile has no store that could hold it")?;
        match target {
            Some(prim) => {
                let like = found.as_ref().and_then(|(place, _)| places.raw(place));
                edits.push((place, Edit::Put(spell(cell, &prim, like.as_ref())?)));
            }
            None if written_out => edits.push((place, Edit::Remove)),
            None => {}
        }
    }
    Ok(edits)
}

/// What a key of a row amounts to for an account: its own, what it inherits, or what absence means.
#[derive(Debug, Clone)]
pub struct Standing {
    /// The account's own place for it.
    pub place: Place,
    /// What says so; of an absent key, what would.
    pub raw: Option<Raw>,
    prim: Option<Prim>,
}

impl Standing {
    /// Whether both mean the same.
    pub fn amounts_to(&self, other: &Standing) -> bool {
        self.prim == other.prim && (self.prim.is_some() || self.raw == other.raw)
    }
}

/// What each own key of a row amounts to; `None` for a key that no account inherits.
pub fn standing(row: &Row, scope: &Scope, places: &dyn Places) -> Vec<Option<Standing>> {
    let Held::Keys { own, .. } = &row.held else { return Vec::new() };
    let mine = look(own, scope, places);
    let each = own.iter().zip(mine.prims).zip(mine.found).map(|((cell, prim), found)| {
        let place = own_place(cell, scope, places).filter(|_| !cell.alone)?;
        let spelled = || prim.as_ref().and_then(|prim| spell(cell, prim, None).ok());
        let raw = found.and_then(|(place, _)| places.raw(&place)).or_else(spelled);
        Some(Standing { place, raw, prim })
    });
    each.collect()
}

/// Spells a primitive as the key was spelled before, else as the client writes it.
fn spell(cell: &Cell, prim: &Prim, before: Option<&Raw>) -> Result<Raw, String> {
    let as_before = before.and_then(|raw| cell.forms.iter().find(|form| (form.get)(raw).is_some()));
    as_before
        .into_iter()
        .chain(cell.forms)
        .find_map(|form| (form.put)(prim))
        .ok_or_else(|| format!("{} can't hold {prim:?}", cell.at))
}

/// `true`, `<true/>`.
pub const BOOL: Form = Form {
    name: "true or false",
    get: |raw| if let Raw::Bool(on) = raw { Some(Prim::Bool(*on)) } else { None },
    put: |prim| if let Prim::Bool(on) = prim { Some(Raw::Bool(*on)) } else { None },
};

/// A number that is stored as one.
pub const INT: Form = Form {
    name: "a number",
    get: |raw| if let Raw::Int(n) = raw { Some(Prim::Int(*n)) } else { None },
    put: |prim| if let Prim::Int(n) = prim { Some(Raw::Int(*n)) } else { None },
};

/// Text.
pub const TEXT: Form = Form {
    name: "text",
    get: |raw| raw.as_text().map(|text| Prim::Text(text.to_owned())),
    put: |prim| if let Prim::Text(text) = prim { Some(Raw::Text(text.clone())) } else { None },
};

/// A number written as decimal text without sign or zeros before it.
pub const DECIMAL: Form = Form {
    name: "a decimal number",
    get: |raw| {
        let text = raw.as_text()?;
        let number: i64 = text.parse().ok()?;
        (number.to_string() == text).then_some(Prim::Int(number))
    },
    put: |prim| if let Prim::Int(n) = prim { Some(Raw::text(n.to_string())) } else { None },
};

/// A switch written as `1` or `0`.
pub const ONE_ZERO: Form = Form {
    name: "1 or 0",
    get: |raw| match raw.as_text()? {
        "1" => Some(Prim::Bool(true)),
        "0" => Some(Prim::Bool(false)),
        _ => None,
    },
    put: |prim| if let Prim::Bool(on) = prim { Some(Raw::text(if *on { "1" } else { "0" })) } else { None },
};

/// A switch written as `true` or `false`.
pub const TRUE_FALSE: Form = Form {
    name: "true or false",
    get: |raw| match raw.as_text()? {
        "true" => Some(Prim::Bool(true)),
        "false" => Some(Prim::Bool(false)),
        _ => None,
    },
    put: |prim| if let Prim::Bool(on) = prim { Some(Raw::text(if *on { "true" } else { "false" })) } else { None },
};

/// A switch written as `on` or `off`.
pub const ON_OFF: Form = Form {
    name: "on or off",
    get: |raw| match raw.as_text()? {
        "on" => Some(Prim::Bool(true)),
        "off" => Some(Prim::Bool(false)),
        _ => None,
    },
    put: |prim| if let Prim::Bool(on) = prim { Some(Raw::text(if *on { "on" } else { "off" })) } else { None },
};
