//! The second phase: places that hold a token made of a server's name are rewritten where the token changes. The
//! results are ordinary edits, so backup, verification and undo need nothing new.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use super::{Cause, Change};
use crate::client::{Copying, Follow, How};
use crate::document::{Edit, Key, Raw};
use crate::glob;
use crate::home::StorePath;
use crate::lens::{Place, Places, Scope, Seen, StoreId, fill};
use crate::model::Model;
use crate::setting::Setting;
use crate::uri::Uri;
use crate::value::Value;
use crate::workspace::{Tokens, Workspace};

/// What followed one account's changes.
#[derive(Debug, Clone, Default)]
pub(super) struct Followed {
    /// The changes.
    pub changes: Vec<Change>,
    /// How many places each follow changed.
    pub counts: BTreeMap<&'static str, usize>,
    /// Keys outside the table that still hold the old name.
    pub left: Vec<String>,
}

type Pairs = Vec<(Option<String>, Option<String>)>;

/// The accounts' scopes before and after.
type Scopes<'a> = (&'a [Scope], &'a [Scope]);

/// Each account's token before and after.
fn tokens(workspace: &mut Workspace<'_>, (was, is): Scopes<'_>, follow: &Follow) -> Pairs {
    let all = |workspace: &Workspace<'_>, scopes: &[Scope]| -> Vec<Option<String>> {
        scopes.iter().map(|scope| (follow.token)(&Tokens { places: workspace, scope })).collect()
    };
    let before = workspace.originally(|workspace| all(workspace, was));
    before.into_iter().zip(all(workspace, is)).collect()
}

/// Accounts that would become the same as another: which, which other, and what both would be called.
pub(super) fn collisions(workspace: &mut Workspace<'_>, scopes: Scopes<'_>) -> Vec<(usize, usize, String)> {
    let mut found = Vec::new();
    for follow in workspace.client.follows.iter().filter(|follow| follow.unique) {
        let pairs = tokens(workspace, scopes, follow);
        for (at, (before, after)) in pairs.iter().enumerate() {
            let Some(token) = after.as_ref().filter(|_| before != after) else { continue };
            if let Some(other) =
                pairs.iter().enumerate().position(|(other, (_, theirs))| other != at && theirs.as_ref() == Some(token))
            {
                found.push((at, other, token.clone()));
            }
        }
    }
    found
}

/// Accounts that can't move, since a store that would have to follow can't be read: which, and which store.
pub(super) fn blocked(workspace: &mut Workspace<'_>, scopes: Scopes<'_>) -> BTreeMap<usize, StorePath> {
    let mut found = BTreeMap::new();
    let client = workspace.client;
    for follow in client.follows {
        let pairs = tokens(workspace, scopes, follow);
        if pairs.iter().all(|(before, after)| before == after) {
            continue;
        }
        (client.open_follows)(workspace);
        let holds = |role: &str| follow.at.iter().any(|(known, _)| *known == role);
        let Some(store) = workspace.stores().iter().find(|store| store.broken && holds(store.role)) else { continue };
        for (at, _) in pairs.iter().enumerate().filter(|(_, (before, after))| before != after) {
            found.entry(at).or_insert_with(|| store.path.clone());
        }
    }
    found
}

/// Where a follow's places of one account are: stores, and the keys in them.
type Reach = Vec<(StoreId, String)>;

/// The stores that a follow reaches for an account: its own where the store's path has holes, else all of the role.
fn reach(workspace: &Workspace<'_>, follow: &Follow, scope: &Scope) -> Reach {
    let mut reach = Reach::new();
    for (role, pattern) in follow.at {
        let own = scope.layers.first();
        let pattern = match (pattern.contains('{'), own) {
            (false, _) => (*pattern).to_owned(),
            (true, own) => match own.and_then(|own| fill(pattern, own)) {
                Some(key) => key.to_string(),
                None => continue,
            },
        };
        match workspace.client.store(role).filter(|def| def.file.contains('{')) {
            Some(_) => reach.extend(own.and_then(|own| workspace.store(role, own)).map(|id| (id, pattern))),
            None => reach.extend(workspace.of_role(role).map(|id| (id, pattern.clone()))),
        }
    }
    reach
}

/// Rewrites the places of every follow whose token changes; one result an account.
pub(super) fn follow(workspace: &mut Workspace<'_>, scopes: Scopes<'_>, before: &[Model], after: &[Model]) -> Vec<Followed> {
    let mut followed = vec![Followed::default(); before.len()];
    let mut touched = Vec::new();
    let mut uris: Vec<(String, Vec<usize>)> = Vec::new();
    let client = workspace.client;
    let kept: Vec<BTreeSet<Setting>> = before.iter().zip(after).map(|(before, after)| changed(before, after)).collect();
    // All tokens first: what follows here may be what another follow's token is made of.
    let mut all = Vec::new();
    for follow in client.follows {
        let reaches: Vec<Reach> = scopes.0.iter().map(|scope| reach(workspace, follow, scope)).collect();
        all.push((follow, tokens(workspace, scopes, follow), reaches));
    }
    // Whether someone, by whatever follow, still needs what stands in one of these places.
    let needed = |places: &Reach, how: How, token: &str| {
        let mut each = all.iter().flat_map(|(_, pairs, reaches)| pairs.iter().zip(reaches));
        each.any(|((_, after), theirs)| {
            after.as_ref().is_some_and(|after| after == token || (how == How::Whole && after.eq_ignore_ascii_case(token)))
                && theirs.iter().any(|place| places.contains(place))
        })
    };
    let wholes = all.iter().filter(|(follow, ..)| follow.how == How::Whole).flat_map(|(_, pairs, _)| pairs);
    let wholes = wholes.filter(|(from, to)| from != to).filter_map(|(from, _)| from.clone()).collect();
    let mut texts = Texts { wholes, known: BTreeMap::new() };
    for (follow, pairs, reaches) in &all {
        let mut moves: BTreeMap<(&str, &Reach), BTreeMap<&str, Vec<usize>>> = BTreeMap::new();
        for (at, (pair, reach)) in pairs.iter().zip(reaches).enumerate() {
            let passed = kept.get(at).is_some_and(|changed| follow.unless.iter().any(|setting| changed.contains(setting)));
            if let (Some(from), Some(to)) = (&pair.0, &pair.1)
                && from != to
                && !passed
            {
                moves.entry((from, reach)).or_default().entry(to).or_default().push(at);
            }
        }
        // What is found is found on the originals: a place that followed one account must not follow the next one too.
        for ((from, reach), targets) in moves {
            let mut stays = needed(reach, follow.how, from);
            let places = places(workspace, &Swap::new(follow.how, from, from), reach, &mut texts);
            for (to, accounts) in targets {
                let keys = match (stays, follow.copy) {
                    (false, _) => rename(workspace, &Swap::new(follow.how, from, to), &places),
                    (true, Some(copying)) => copy(workspace, &copying, &places, to),
                    (true, None) => Vec::new(),
                };
                stays = true;
                if follow.how == How::Uri {
                    uris.push((from.to_owned(), accounts.clone()));
                }
                let change = Change {
                    cause: Cause::Follow(follow.name.to_owned()),
                    before: Some(Value::Text(from.to_owned())),
                    after: Some(Value::Text(to.to_owned())),
                    rule: None,
                    named: false,
                    keys: Vec::new(),
                    deletes: None,
                };
                touched.push((follow.name, accounts, change, keys));
            }
        }
    }
    for (at, left) in left(workspace, &uris, &mut texts) {
        followed.get_mut(at).into_iter().for_each(|followed| followed.left.extend(left.clone()));
    }
    // What a place holds in the end can be several accounts' doing: it is told of whole, whatever their order.
    for (name, accounts, mut change, keys) in touched {
        // The number that the next copy gets moves with each.
        let mut told = BTreeSet::new();
        change.keys = keys.iter().filter(|place| told.insert(*place)).filter_map(|place| workspace.moved(place)).collect();
        for at in accounts.into_iter().filter(|_| !change.keys.is_empty()) {
            let Some(account) = followed.get_mut(at) else { continue };
            *account.counts.entry(name).or_insert(0) += change.keys.len();
            account.changes.push(change.clone());
        }
    }
    followed
}

/// The settings of an account that read differently with the pending edits.
fn changed(before: &Model, after: &Model) -> BTreeSet<Setting> {
    let differs =
        |(setting, seen): (&Setting, &Seen)| (before.get(setting).map(|was| &was.got) != Some(&seen.got)).then_some(*setting);
    after.iter().filter_map(differs).collect()
}

/// The texts of stores as they were, once they are needed: those that can hold a name that moves.
struct Texts {
    /// The names that stand for themselves; all others are addresses.
    wholes: Vec<String>,
    known: BTreeMap<StoreId, Vec<(Key, String)>>,
}

impl Texts {
    fn of(&mut self, workspace: &mut Workspace<'_>, store: StoreId) -> &[(Key, String)] {
        let can_hold = |text: &str| text.contains("://") || self.wholes.iter().any(|name| text.eq_ignore_ascii_case(name));
        self.known.entry(store).or_insert_with(|| workspace.originally(|workspace| workspace.texts(store, can_hold)))
    }
}

/// The places within reach that hold a token, with what they hold.
fn places(workspace: &mut Workspace<'_>, token: &Swap<'_>, reach: &Reach, texts: &mut Texts) -> Vec<(Place, String)> {
    let mut found = Vec::new();
    for (store, pattern) in reach {
        let under = pattern.split('*').next().unwrap_or_default();
        let near = texts.of(workspace, *store).iter().filter(|(key, _)| key.as_str().starts_with(under));
        let holding = near.filter(|(key, text)| token.swapped(text).is_some() && glob::fits(pattern, key.as_str()));
        found.extend(holding.map(|(key, text)| ((*store, key.clone()), text.clone())));
    }
    found
}

fn rename(workspace: &mut Workspace<'_>, swap: &Swap<'_>, places: &[(Place, String)]) -> Vec<Place> {
    let mut touched = Vec::new();
    for (place, _) in places {
        // A list can hold the names of several accounts that move: go on from what is drafted.
        if let Some(moved) = workspace.raw(place).and_then(|now| swap.in_raw(&now)) {
            workspace.draft(place.clone(), Edit::Put(moved));
            touched.extend(workspace.everywhere(place));
        }
    }
    touched
}

/// Copies the entries that hold the token, so that whoever still needs the old ones finds them.
fn copy(workspace: &mut Workspace<'_>, copying: &Copying, places: &[(Place, String)], to: &str) -> Vec<Place> {
    let mut entries: BTreeMap<(usize, Key), Vec<String>> = BTreeMap::new();
    for ((store, key), _) in places {
        let segments: Vec<String> = key.segments().collect();
        if let [above @ .., member] = segments.as_slice() {
            entries.entry((*store, Key::of(above.iter().map(String::as_str)))).or_default().push(member.clone());
        }
    }
    let mut touched = Vec::new();
    for ((store, entry), members) in entries {
        let next = (store, Key::raw(copying.next));
        let Some(Raw::Int(id)) = workspace.raw(&next) else { continue };
        let mut segments: Vec<String> = entry.segments().collect();
        segments.pop();
        let name = format!("{}={id}", copying.id);
        let copied = Key::of(segments.iter().map(String::as_str).chain([name.as_str()]));
        // The first schema of saved logins has none.
        let unique = match workspace.raw(&(store, entry.child(copying.fresh))) {
            Some(Raw::Text(old)) => Some(fresh(&old, to)),
            _ => None,
        };
        let mut put = |key: Key, raw: Raw| {
            workspace.draft((store, key.clone()), Edit::Put(raw));
            touched.push((store, key));
        };
        put(next.1, Raw::Int(id + 1));
        workspace.draft((store, copied.clone()), Edit::CopyOf(entry));
        let mut put = |key: Key, raw: Raw| {
            workspace.draft((store, key.clone()), Edit::Put(raw));
            touched.push((store, key));
        };
        put(copied.child(copying.id), Raw::Int(id));
        if let Some(unique) = unique {
            put(copied.child(copying.fresh), Raw::Text(unique));
        }
        for member in members {
            put(copied.child(&member), Raw::text(to));
        }
    }
    touched
}

/// A new unique name for a copy: made from the old one and the copy's purpose, so that the same input gives the same
/// output. Shaped like a version 4 UUID in braces.
fn fresh(old: &str, to: &str) -> String {
    let digest = Sha256::new().chain_update(old).chain_update([0]).chain_update(to).finalize();
    let mut bytes: Vec<u8> = digest.iter().copied().take(16).collect();
    if let [_, _, _, _, _, _, version, _, variant, ..] = bytes.as_mut_slice() {
        *version = *version & 0x0f | 0x40;
        *variant = *variant & 0x3f | 0x80;
    }
    let mut text = String::from("{");
    for (at, byte) in bytes.iter().enumerate() {
        if [4, 6, 8, 10].contains(&at) {
            text.push('-');
        }
        text.push_str(&format!("{byte:02x}"));
    }
    text.push('}');
    text
}

/// Keys of the first store that still begin with an old name, and are in no follow, for each account that had it.
fn left(workspace: &mut Workspace<'_>, uris: &[(String, Vec<usize>)], texts: &mut Texts) -> Vec<(usize, Vec<String>)> {
    let Some(store) = workspace.first("").filter(|_| !uris.is_empty()) else { return Vec::new() };
    let texts = texts.of(workspace, store);
    let mut left = Vec::new();
    for (from, accounts) in uris {
        let token = Swap::new(How::Uri, from, from);
        let held = texts.iter().filter(|(_, text)| token.swapped(text).is_some()).map(|(key, _)| (store, key.clone()));
        let still = held.filter(|place| workspace.raw(place).is_some_and(|raw| token.in_raw(&raw).is_some()));
        let keys: Vec<String> = still.map(|(_, key)| key.to_string()).collect();
        left.extend(accounts.iter().map(|at| (*at, keys.clone())));
    }
    left
}

/// One token in the place of another.
struct Swap<'a> {
    how: How,
    from: &'a str,
    to: &'a str,
    /// Both as URIs, where they are.
    uris: Option<(Uri<'a>, Uri<'a>)>,
}

impl<'a> Swap<'a> {
    fn new(how: How, from: &'a str, to: &'a str) -> Swap<'a> {
        Swap { how, from, to, uris: Uri::of(from).zip(Uri::of(to)) }
    }

    /// A raw with the new token; `None` if it doesn't hold the old one. Text in an old code page holds it as well.
    fn in_raw(&self, raw: &Raw) -> Option<Raw> {
        match raw {
            Raw::Text(text) => self.swapped(text).map(Raw::Text),
            Raw::Bytes(_) => {
                let swapped = self.swapped(&raw.letters()?)?;
                swapped.chars().map(|c| u8::try_from(c).ok()).collect::<Option<_>>().map(Raw::Bytes)
            }
            _ => None,
        }
    }

    /// A value with the new token; `None` if it doesn't hold the old one.
    fn swapped(&self, text: &str) -> Option<String> {
        let uri = |text: &str| {
            let (from, to) = self.uris.as_ref()?;
            Uri::of(text)?.moved(from, to)
        };
        match self.how {
            How::Whole => text.eq_ignore_ascii_case(self.from).then(|| self.to.to_owned()),
            How::Uri => uri(text),
            How::UriList(between) => {
                let parts: Vec<(Option<String>, &str)> = text.split(between).map(|part| (uri(part), part)).collect();
                let any = parts.iter().any(|(moved, _)| moved.is_some());
                let joined = parts.into_iter().map(|(moved, part)| moved.unwrap_or_else(|| part.to_owned()));
                any.then(|| joined.collect::<Vec<_>>().join(&between.to_string()))
            }
        }
    }
}
