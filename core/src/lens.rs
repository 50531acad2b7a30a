//! The lens: `get` reads a setting through its row, `put` says which keys to change so that it reads as wanted. Knows
//! rows and raws; no format, no client, no policy.

use std::collections::BTreeSet;

use crate::codec::{Cx, Got, Tok};
use crate::document::{Edit, Raw};
use crate::value::Value;

pub use crate::form::{
    BOOL, DECIMAL, FILLED, Form, INT, LITTLE_ENDIAN, NUMBER_SWITCH, ON_OFF, ONE_ZERO, Prim, TEXT, TRUE_FALSE, UTF16,
};
pub use crate::row::{Cell, Held, Row, absent, row};
pub use crate::scope::{Holes, Place, Places, Scope, StoreId, fill, fill_path};

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
    /// Where it stands instead, of each cell that the account inherits.
    pub inherited: Vec<Place>,
}

struct Filled {
    prims: Vec<Option<Prim>>,
    /// The account's own place of each cell.
    own: Vec<Option<Place>>,
    found: Vec<Found>,
    unknown: Option<String>,
}

/// Where a cell's raw stands.
enum Found {
    Nowhere,
    Own,
    Inherited(Place),
}

impl Found {
    fn inherited(self) -> Option<Place> {
        match self {
            Found::Inherited(place) => Some(place),
            Found::Nowhere | Found::Own => None,
        }
    }
}

impl Filled {
    /// Where the raw of a cell stands, by the cell's number.
    fn found(&self, at: usize) -> Option<&Place> {
        match self.found.get(at)? {
            Found::Nowhere => None,
            Found::Own => self.own.get(at)?.as_ref(),
            Found::Inherited(place) => Some(place),
        }
    }
}

fn layers<'a>(cell: &Cell, scope: &'a Scope) -> &'a [Holes] {
    let count = if cell.alone { 1 } else { scope.layers.len() };
    &scope.layers[..count.min(scope.layers.len())]
}

fn place_in(cell: &Cell, holes: &Holes, places: &dyn Places) -> Option<Place> {
    Some((places.store(cell.store, holes)?, fill(cell.at, holes)?))
}

/// The account's own place of each cell; cells that follow each other nearly always lie in one store.
fn own_places<'a>(cells: &'a [Cell], scope: &'a Scope, places: &'a dyn Places) -> impl Iterator<Item = Option<Place>> + 'a {
    let mut last: Option<(&str, Option<StoreId>)> = None;
    cells.iter().map(move |cell| {
        let holes = scope.layers.first()?;
        let known = last.filter(|(role, _)| *role == cell.store).map(|(_, store)| store);
        let store = known.unwrap_or_else(|| places.store(cell.store, holes));
        last = Some((cell.store, store));
        Some((store?, fill(cell.at, holes)?))
    })
}

fn look(cells: &[Cell], scope: &Scope, places: &dyn Places) -> Filled {
    let count = cells.len();
    let mut filled = Filled {
        prims: Vec::with_capacity(count),
        own: Vec::with_capacity(count),
        found: Vec::with_capacity(count),
        unknown: None,
    };
    for (cell, own) in cells.iter().zip(own_places(cells, scope, places)) {
        let mut prim = None;
        let mut found = Found::Nowhere;
        for (depth, holes) in layers(cell, scope).iter().enumerate() {
            let inherited = if depth == 0 { None } else { place_in(cell, holes, places) };
            let Some(place) = inherited.as_ref().or(own.as_ref().filter(|_| depth == 0)) else { continue };
            let Some(raw) = places.raw(place) else { continue };
            prim = cell.forms.iter().find_map(|form| (form.get)(&raw));
            if prim.is_none() && !cell.lenient {
                let (mut wanted, mut seen) = (Vec::new(), BTreeSet::new());
                wanted.extend(cell.forms.iter().map(|form| form.name).filter(|name| seen.insert(*name)));
                filled.unknown = Some(format!("{}: expected {}, found {raw}", place.1, wanted.join(" or ")));
            }
            if prim.is_some() || !cell.lenient {
                found = inherited.map_or(Found::Own, Found::Inherited);
                break;
            }
        }
        // What stands there and can't be read is not absent.
        let absent = cell.or.filter(|_| matches!(found, Found::Nowhere)).map(Tok::prim);
        filled.prims.push(prim.or(absent));
        filled.own.push(own);
        filled.found.push(found);
    }
    filled
}

/// Reads a setting.
pub fn get(row: &Row, scope: &Scope, places: &dyn Places) -> Seen {
    let Held::Keys { own, with, codec, absent } = &row.held else {
        return Seen { got: Got::Unset, stored: false, places: Vec::new(), asides: Vec::new(), inherited: Vec::new() };
    };
    let mine = look(own, scope, places);
    let theirs = look(with, scope, places);
    let stored = own.iter().zip(&mine.found).any(|(cell, found)| !matches!(found, Found::Nowhere) && !cell.aside);
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
    let asides = own.iter().zip(&mine.own).filter(|(cell, _)| cell.aside).filter_map(|(_, place)| place.clone()).collect();
    let inherited = mine.found.into_iter().filter_map(Found::inherited).collect();
    Seen { got, stored, places: mine.own, asides, inherited }
}

/// Says which keys to change so that the setting reads as wanted. No edit for a key that already amounts to it, unless
/// `explicit` asks for every key to be written out.
///
/// # Errors
/// Why the client can't hold the value, or who has set a key so that no edit has an effect.
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
        let found = mine.found(at);
        let target = wanted.get(at).cloned().flatten();
        let written_out = matches!(mine.found.get(at), Some(Found::Own));
        let unread = found.is_some() && now.is_none();
        if target == now && !unread && (written_out || !explicit || target.is_none()) {
            continue;
        }
        let place = mine.own.get(at).cloned().flatten().ok_or_else(|| match row.note {
            "" => "this profile has no place that could hold it".to_owned(),
            note => format!("this profile has no place that could hold it: {note}"),
        })?;
        if let Some(why) = places.fixed(&place).filter(|_| target.is_some() || written_out) {
            return Err(why);
        }
        match target {
            Some(prim) => {
                let stands = found.and_then(|place| places.raw(place));
                if stands.is_none() && cell.never_made {
                    return Err(format!("{} is not there, and only the client itself makes it", place.1));
                }
                let holes = scope.layers.first();
                let pattern = || cell.like.iter().find_map(|key| places.like(place.0, fill(key, holes?)?.as_str()));
                let like = stands.or_else(pattern);
                edits.push((place, Edit::Put(spell(cell, &prim, like.as_ref())?)));
            }
            None if written_out => edits.push((place, Edit::Remove)),
            None => {}
        }
    }
    Ok(edits)
}

/// The account's own places of the keys that are a row's in the first place, not only kept in step by it.
pub fn main_places<'a>(row: &'a Row, scope: &'a Scope, places: &'a dyn Places) -> impl Iterator<Item = Place> + 'a {
    let own: &[Cell] = match &row.held {
        Held::Keys { own, .. } => own,
        Held::Absent(_) => &[],
    };
    own.iter().filter(|cell| !cell.aside).filter_map(|cell| place_in(cell, scope.layers.first()?, places))
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
    let each = own.iter().enumerate().map(|(at, cell)| {
        let place = mine.own.get(at)?.clone().filter(|_| !cell.alone)?;
        let prim = mine.prims.get(at).cloned().flatten();
        let spelled = || prim.as_ref().and_then(|prim| spell(cell, prim, None).ok());
        let raw = mine.found(at).and_then(|place| places.raw(place)).or_else(spelled);
        Some(Standing { place, raw, prim })
    });
    each.collect()
}

/// Spells a primitive as the key was spelled before, or as those like it are, else as the client writes it.
fn spell(cell: &Cell, prim: &Prim, before: Option<&Raw>) -> Result<Raw, String> {
    let as_before = before.and_then(|raw| cell.forms.iter().find(|form| (form.get)(raw).is_some()));
    as_before
        .into_iter()
        .chain(cell.forms)
        .find_map(|form| (form.put)(prim))
        .ok_or_else(|| format!("{} can't hold {prim:?}", cell.at))
}
