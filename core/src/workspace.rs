//! One profile, opened: its stores, read once, and the pending edits over them. A client's functions look through it;
//! reading and planning draft in it. Reads only; knows no policy.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::client::Client;
use crate::discover::Profile;
use crate::document::{Document, Edit, Edits, Key, Raw};
use crate::fingerprint::{self, Fingerprint};
use crate::glob;
use crate::home::StorePath;
use crate::image::Image;
use crate::lens::{Holes, Place, Places, Scope, StoreId, fill, fill_path};
use crate::problem::{Code, Problem};
use crate::system::Reader;

/// A store that was looked for.
pub struct Store {
    /// Its role in the client's table.
    pub role: &'static str,
    /// Where it is.
    pub path: StorePath,
    /// Its bytes, and those of the files beside it.
    image: Image,
    /// What was read; `None` if it is absent or broken.
    pub doc: Option<Box<dyn Document>>,
    /// Whether it is there and can't be used.
    pub broken: bool,
    /// The pending edits.
    pub edits: Edits,
    /// The stores whose keys win over its own.
    above: Vec<StoreId>,
}

impl Store {
    fn of(role: &'static str, path: StorePath, image: Image) -> Store {
        Store { role, path, image, doc: None, broken: false, edits: Edits::new(), above: Vec::new() }
    }

    /// Whether there is such a file, without a byte in it.
    pub fn is_empty(&self) -> bool {
        self.image.file.as_ref().is_some_and(Vec::is_empty)
    }

    /// Whether there is such a file.
    pub fn exists(&self) -> bool {
        self.image.file.is_some()
    }

    /// Its files and their fingerprints, its own first. Worked out when asked: only plans need them.
    pub fn inputs(&self) -> impl Iterator<Item = (&StorePath, Option<Fingerprint>)> {
        self.image.inputs(&self.path)
    }
}

/// A key that somebody else has set, outside of the profile's stores.
#[derive(Debug, Clone)]
pub struct Fixed {
    /// Who, in words.
    pub why: String,
    /// The value that the client goes by; `None` where that can't be known from here.
    pub value: Option<Raw>,
}

/// One profile, opened.
pub struct Workspace<'a> {
    /// The outside world.
    pub system: &'a dyn Reader,
    /// The profile.
    pub profile: &'a Profile,
    /// Its client's table.
    pub client: &'static Client,
    /// The version of the client that last wrote it; 0 where it is not known.
    pub version: u32,
    /// What went wrong so far.
    pub problems: Vec<Problem>,
    stores: Vec<Store>,
    index: BTreeMap<StorePath, StoreId>,
    /// Keys of the client's first store that somebody else has set.
    fixed: BTreeMap<Key, Fixed>,
    /// What absent keys of the client's first store are, where somebody else says so.
    defaults: BTreeMap<Key, Raw>,
    /// Odd entries that hide a key which was asked for.
    hidden: RefCell<BTreeSet<(StoreId, usize)>>,
    /// Whether `raw` sees the originals instead of the drafts.
    original: bool,
}

impl<'a> Workspace<'a> {
    /// A profile with nothing opened yet.
    pub fn new(system: &'a dyn Reader, profile: &'a Profile, client: &'static Client) -> Workspace<'a> {
        Workspace {
            system,
            profile,
            client,
            version: 0,
            problems: Vec::new(),
            stores: Vec::new(),
            index: BTreeMap::new(),
            fixed: BTreeMap::new(),
            defaults: BTreeMap::new(),
            hidden: RefCell::default(),
            original: false,
        }
    }

    /// Opens the store of a role at the place that the table says.
    pub fn open(&mut self, role: &'static str) -> Option<StoreId> {
        let def = self.client.store(role)?;
        self.open_at(def.role, def.file)
    }

    /// Opens a store of a role at a path below the profile's folder. `None`, without a problem, if there is none;
    /// `None` with a problem if it can't be read.
    pub fn open_at(&mut self, role: &'static str, path: &str) -> Option<StoreId> {
        let path = self.profile.folder.join(path)?;
        self.open_path(role, path)
    }

    /// The same; a store that is not there is an empty one, which an edit makes, where its folder is there.
    pub fn open_or_make(&mut self, role: &'static str, path: &str) -> Option<StoreId> {
        if let Some(id) = self.open_at(role, path) {
            return Some(id);
        }
        let (def, path) = (self.client.store(role)?, self.profile.folder.join(path)?);
        let id = *self.index.get(&path)?;
        let folder = self.system.list(&path.parent()).is_ok_and(|names| !names.is_empty());
        let store = self.stores.get_mut(id).filter(|store| folder && !store.broken && store.image.file.is_none())?;
        store.doc = (def.open)(&[]).ok();
        store.doc.is_some().then_some(id)
    }

    /// Opens a store of a role wherever it is. A file is one store, by whatever roles it is asked for.
    pub fn open_path(&mut self, role: &'static str, path: StorePath) -> Option<StoreId> {
        let def = self.client.store(role)?;
        if let Some(id) = self.index.get(&path) {
            return self.stores.get(*id).and_then(|store| store.doc.as_ref().map(|_| *id));
        }
        let (image, doc, problem) = match Image::read(self.system, &path, def) {
            Ok(image) => match image.open(self.system, &path, def) {
                Ok(doc) => (image, doc, None),
                Err(problem) => (image, None, Some(problem)),
            },
            Err(problem) => (Image::default(), None, Some(problem)),
        };
        let (broken, opened) = (problem.is_some(), doc.is_some());
        self.problems.extend(problem);
        let id = self.put(Store { broken, doc, ..Store::of(def.role, path.clone(), image) });
        self.index.insert(path, id);
        opened.then_some(id)
    }

    fn put(&mut self, mut store: Store) -> StoreId {
        let id = self.stores.len();
        let defs = self.client.stores;
        // Nearly all stores win over none and none over them, and there can be many.
        if defs.iter().any(|def| def.under.is_some_and(|above| def.role == store.role || above == store.role)) {
            let wins = |above: &str, role: &str| defs.iter().any(|def| def.role == role && def.under == Some(above));
            for (at, known) in self.stores.iter_mut().enumerate() {
                if wins(known.role, store.role) {
                    store.above.push(at);
                }
                if wins(store.role, known.role) {
                    known.above.push(id);
                }
            }
        }
        self.stores.push(store);
        id
    }

    /// Reads a file beside the stores, so that a change of it makes a plan stale.
    pub fn look(&mut self, path: &str) -> Option<Vec<u8>> {
        self.look_at(self.profile.folder.join(path)?)
    }

    /// The same of a file anywhere.
    pub fn look_at(&mut self, path: StorePath) -> Option<Vec<u8>> {
        let bytes = self.system.read(&path).ok().flatten();
        let image = Image::of(bytes.clone());
        self.put(Store::of("", path, image));
        bytes
    }

    /// The names in the profile's folder, sorted. Another name makes a plan stale.
    pub fn names(&mut self) -> Vec<String> {
        let folder = self.profile.folder.clone();
        if let Err(error) = self.system.list(&folder) {
            self.problems.push(Problem::new(Code::Unreadable, format!("can't be listed: {error}")).at(folder.full()));
        }
        self.names_in(folder)
    }

    /// The names in a folder anywhere; none of one that can't be listed.
    pub fn names_in(&mut self, folder: StorePath) -> Vec<String> {
        let listed = self.system.list(&folder).unwrap_or_default();
        let image = Image::of(Some(fingerprint::listing(&listed)));
        self.put(Store::of("", folder, image));
        listed.into_iter().filter_map(|(name, _)| name.into_string().ok()).collect()
    }

    /// Says that somebody else has set a key of the client's first store; who said so first counts.
    pub fn fix(&mut self, key: Key, fixed: Fixed) {
        self.fixed.entry(key).or_insert(fixed);
    }

    /// Says what a key of the client's first store is where it is absent; who said so last counts.
    pub fn set_default(&mut self, key: Key, raw: Raw) {
        self.defaults.insert(key, raw);
    }

    /// The keys of the client's first store that somebody else has set, and that are to change all the same.
    pub fn in_vain(&self) -> impl Iterator<Item = (&Key, &Fixed)> {
        let edits = self.first("").and_then(|id| self.stores.get(id)).map(|store| &store.edits);
        self.fixed.iter().filter(move |(key, _)| edits.is_some_and(|edits| edits.contains_key(*key)))
    }

    /// Whether it is the client's first store, of which others can say what its keys are.
    fn is_main(&self, id: StoreId) -> bool {
        self.stores.get(id).map(|store| store.role) == self.client.stores.first().map(|def| def.role)
    }

    /// Whether a store is of a role; the empty role is that of the client's first store.
    pub fn is_of(&self, store: &Store, role: &str) -> bool {
        self.client.store(role).is_some_and(|def| def.role == store.role)
    }

    /// What went wrong so far: a store that can't be used, a line that hides a key which was asked for.
    pub fn take_problems(&mut self) -> Vec<Problem> {
        let hidden = std::mem::take(self.hidden.get_mut());
        let odd = hidden.into_iter().filter_map(|(id, at)| {
            let store = self.stores.get(id)?;
            let odd = store.doc.as_ref()?.odd().get(at)?;
            let key = odd.hides.as_ref().map(Key::as_str).unwrap_or_default();
            let message = format!("{} ({key} is passed over)", odd.message);
            Some(Problem::new(Code::OddEntry, message).at(store.path.full()).line(odd.line))
        });
        let odd: Vec<Problem> = odd.collect();
        let mut problems = std::mem::take(&mut self.problems);
        // A line that nobody can tell the key of is to blame where an account is not whole.
        let broken = problems.iter().any(|problem| problem.code == Code::BrokenAccount);
        let first = self.first("").and_then(|id| self.stores.get(id)).filter(|_| broken);
        for (store, odd) in
            first.iter().flat_map(|store| store.doc.iter().flat_map(move |doc| doc.odd().iter().map(move |odd| (store, odd))))
        {
            problems.push(Problem::new(Code::OddEntry, &*odd.message).at(store.path.full()).line(odd.line));
        }
        problems.extend(odd.into_iter().filter(|_| !broken));
        problems.into_iter().map(|problem| self.profile.blame(problem)).collect()
    }

    /// The stores that were looked for, in the order of looking.
    pub fn stores(&self) -> &[Store] {
        &self.stores
    }

    /// The opened stores of a role.
    pub fn of_role(&self, role: &str) -> impl Iterator<Item = StoreId> {
        let role = self.client.store(role).map(|def| def.role);
        self.stores.iter().enumerate().filter(move |(_, store)| Some(store.role) == role && store.doc.is_some()).map(|(id, _)| id)
    }

    /// The first opened store of a role.
    pub fn first(&self, role: &str) -> Option<StoreId> {
        self.of_role(role).next()
    }

    /// Whether the first store of a role has content, of which nothing is understood.
    pub fn says_nothing(&self, role: &str) -> bool {
        let doc = self.first(role).and_then(|id| self.stores.get(id)).and_then(|store| store.doc.as_ref());
        doc.is_some_and(|doc| !doc.odd().is_empty() && doc.keys("").is_empty())
    }

    /// A key's text in the first store of a role.
    pub fn text(&self, role: &str, key: impl Into<String>) -> Option<String> {
        match self.raw(&(self.first(role)?, Key::raw(key)))? {
            Raw::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The raw of a key of the first store of a role in the nearest layer that has it.
    pub fn nearest(&self, role: &str, template: &str, layers: &[Holes]) -> Option<Raw> {
        let store = self.first(role)?;
        layers.iter().find_map(|holes| self.raw(&(store, fill(template, holes)?)))
    }

    /// Whether a store can hold a raw under a key: a raw may be of another format's kinds.
    pub fn holds(&self, place: &Place, raw: &Raw) -> bool {
        let doc = self.stores.get(place.0).and_then(|store| store.doc.as_ref());
        let edits = || Edits::from([(place.1.clone(), Edit::Put(raw.clone()))]);
        !matches!(raw, Raw::Other { .. }) || doc.is_some_and(|doc| doc.render(&edits()).is_ok())
    }

    /// The keys below one, of the original and of the draft.
    pub fn keys(&self, store: StoreId, under: &str) -> Vec<Key> {
        self.stores.get(store).and_then(|store| store.doc.as_ref()).map(|doc| doc.keys(under)).unwrap_or_default()
    }

    /// Those texts in effect under the keys that a store has itself that are wanted, in the order of the keys.
    pub fn texts(&self, id: StoreId, is_wanted: impl Fn(&str) -> bool) -> Vec<(Key, String)> {
        let Some(doc) = self.stores.get(id).and_then(|store| store.doc.as_ref()) else { return Vec::new() };
        let alone = self.original && self.fixed.is_empty() && self.winning(id).next().is_none();
        let in_effect = |key: &str, own: Raw| match if alone { own } else { self.raw(&(id, Key::raw(key)))? } {
            Raw::Text(text) => Some(text),
            // An address of folders in an old code page; other bytes are none.
            raw @ Raw::Bytes(_) => raw.letters().filter(|text| text.contains("://")),
            _ => None,
        };
        let mut texts = Vec::new();
        // Few are wanted of many, and only those get a key.
        doc.visit(&mut |key, own| {
            let text = in_effect(&key, own).filter(|text| is_wanted(text));
            texts.extend(text.map(|text| (Key::raw(key), text)));
        });
        texts.sort();
        texts
    }

    /// The originals, as if nothing were pending.
    pub fn originally<T>(&mut self, look: impl FnOnce(&Workspace<'a>) -> T) -> T {
        self.original = true;
        let seen = look(self);
        self.original = false;
        seen
    }

    /// Drafts an edit. An edit that leaves a key as it is originally is none; where a store that wins has the key,
    /// it is changed there too.
    pub fn draft(&mut self, place: Place, edit: Edit) {
        let (id, key) = place;
        let above: Vec<StoreId> = self.winning(id).filter(|above| self.stored(*above, &key).is_some()).collect();
        for above in above {
            self.draft_in(above, key.clone(), edit.clone());
        }
        self.draft_in(id, key, edit);
    }

    fn draft_in(&mut self, id: StoreId, key: Key, edit: Edit) {
        let Some(store) = self.stores.get_mut(id) else { return };
        let key = store.doc.as_ref().map_or_else(|| key.clone(), |doc| doc.canonical(&key));
        let before = store.doc.as_ref().and_then(|doc| doc.get(&key));
        let idle = match &edit {
            Edit::Put(raw) => before.as_ref() == Some(raw) && !store.edits.keys().any(|known| key.is_under(known)),
            Edit::Remove => before.is_none() && store.doc.as_ref().is_some_and(|doc| doc.keys(key.as_str()).is_empty()),
            Edit::CopyOf(_) => false,
        };
        if idle {
            store.edits.remove(&key);
        } else {
            store.edits.insert(key, edit);
        }
    }

    /// Drops all pending edits.
    pub fn forget_drafts(&mut self) {
        for store in &mut self.stores {
            store.edits.clear();
        }
    }

    fn winning(&self, id: StoreId) -> impl Iterator<Item = StoreId> {
        let opened = |above: &StoreId| self.stores.get(*above).is_some_and(|store| store.doc.is_some());
        self.stores.get(id).into_iter().flat_map(|store| &store.above).copied().filter(opened)
    }

    /// What a store itself holds under a key, with pending edits unless the originals are asked for.
    pub fn stored(&self, id: StoreId, key: &Key) -> Option<Raw> {
        let store = self.stores.get(id)?;
        let doc = store.doc.as_ref()?;
        for (at, _) in doc.odd().iter().enumerate().filter(|(_, odd)| odd.hides.as_ref() == Some(key)) {
            self.hidden.borrow_mut().insert((id, at));
        }
        if self.original || store.edits.is_empty() {
            return doc.get(key);
        }
        let key = &doc.canonical(key);
        match store.edits.get(key) {
            Some(Edit::Put(raw)) => return Some(raw.clone()),
            Some(Edit::Remove) => return None,
            Some(Edit::CopyOf(from)) => return doc.get(from),
            None => {}
        }
        let above = store.edits.iter().rfind(|(known, _)| key.is_under(known));
        match above {
            Some((_, Edit::Remove)) => None,
            Some((known, Edit::CopyOf(from))) => {
                doc.get(&Key::raw(format!("{from}{}", key.as_str().get(known.as_str().len()..)?)))
            }
            _ => doc.get(key),
        }
    }

    /// What stood in a place before any edit, in that store itself.
    pub fn originally_stored(&self, place: &Place) -> Option<Raw> {
        self.stores.get(place.0)?.doc.as_ref()?.get(&place.1)
    }

    /// A place before and after the pending edits; `None` if it stays.
    pub fn moved(&self, place: &Place) -> Option<Moved> {
        let (before, after) = (self.originally_stored(place), self.stored(place.0, &place.1));
        let store = self.stores.get(place.0)?;
        let key = store.doc.as_ref()?.canonical(&place.1);
        (before != after).then(|| Moved { store: store.path.clone(), key, before, after })
    }

    /// The same of an entry that becomes a copy of another: what it holds passes through no plan, so it has neither raw.
    pub fn copied(&self, place: &Place) -> Option<Moved> {
        let store = self.stores.get(place.0)?;
        let is_copy = matches!(store.edits.get(&place.1), Some(Edit::CopyOf(_)));
        is_copy.then(|| Moved { store: store.path.clone(), key: place.1.clone(), before: None, after: None })
    }

    /// A problem with the store and the line of the first of these places that has one.
    pub fn at(&self, places: &[Option<Place>], problem: Problem) -> Problem {
        let stored = |place: &&Place| self.raw(place).is_some();
        let Some((id, key)) = places.iter().flatten().find(stored).or(places.iter().flatten().next()) else { return problem };
        let Some(store) = self.stores.get(*id) else { return problem };
        problem.at(store.path.full()).line(store.doc.as_ref().map_or(0, |doc| doc.line(key)))
    }

    /// The places that a key lies in: its own store, and those that win over it and have it.
    pub fn everywhere(&self, place: &Place) -> Vec<Place> {
        let (id, key) = place;
        let above = self.winning(*id).filter(|above| self.stored(*above, key).is_some());
        above.chain([*id]).map(|id| (id, key.clone())).collect()
    }
}

/// One key, before and after; neither of an entry that is a copy of another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// The store.
    pub store: StorePath,
    /// The key.
    pub key: Key,
    /// What stood there.
    pub before: Option<Raw>,
    /// What will.
    pub after: Option<Raw>,
}

impl Places for Workspace<'_> {
    fn store(&self, role: &'static str, holes: &Holes) -> Option<StoreId> {
        let def = self.client.store(role)?;
        if !def.file.contains('{') {
            return self.first(def.role);
        }
        let path = self.profile.folder.join(fill_path(def.file, holes)?)?;
        self.index.get(&path).copied().filter(|id| self.stores.get(*id).is_some_and(|store| store.doc.is_some()))
    }

    fn raw(&self, place: &Place) -> Option<Raw> {
        let (id, key) = place;
        let main = (!self.fixed.is_empty() || !self.defaults.is_empty()) && self.is_main(*id);
        if let Some(value) = self.fixed.get(key).filter(|_| main).and_then(|fixed| fixed.value.clone()) {
            return Some(value);
        }
        let raw = self.winning(*id).find_map(|above| self.stored(above, key)).or_else(|| self.stored(*id, key));
        raw.or_else(|| self.defaults.get(key).filter(|_| main).cloned())
    }

    fn fixed(&self, place: &Place) -> Option<String> {
        self.fixed.get(&place.1).filter(|_| self.is_main(place.0)).map(|fixed| fixed.why.clone())
    }

    fn like(&self, store: StoreId, pattern: &str) -> Option<Raw> {
        if !pattern.contains('*') {
            return self.raw(&(store, Key::raw(pattern)));
        }
        let fits =
            |key: &Key| key.as_str().matches('/').count() == pattern.matches('/').count() && glob::fits(pattern, key.as_str());
        let under = pattern.split_once("/*").map_or(pattern, |(under, _)| under);
        self.keys(store, under).into_iter().filter(fits).find_map(|key| self.raw(&(store, key)))
    }

    fn version(&self) -> u32 {
        self.version
    }
}

/// What a follow's token is made of: the raw keys of one account.
pub struct Tokens<'a> {
    /// The profile's stores.
    pub places: &'a Workspace<'a>,
    /// The account.
    pub scope: &'a Scope,
}

impl Tokens<'_> {
    /// The text of a key of the first store, the account's holes filled.
    pub fn text(&self, template: &str) -> Option<String> {
        let key = fill(template, self.scope.layers.first()?)?;
        match self.places.raw(&(self.places.first("")?, key))? {
            Raw::Text(text) => Some(text),
            _ => None,
        }
    }
}
