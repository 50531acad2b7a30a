//! An outgoing server that accounts share, of which the rules don't want the same: whoever moves gets a copy of its own where
//! the client can have one, else the server stays. Knows no client.

use std::collections::{BTreeMap, BTreeSet};

use super::desk::{Desk, of_side};
use super::{Cause, Change, Moved};
use crate::lens::{Place, Scope};
use crate::problem::{Code, Problem};
use crate::setting::{Setting, Side};
use crate::value::Value;
use crate::workspace::{Tokens, Workspace};

/// What the change is called that gives an account a copy of the outgoing server that it shares.
pub(crate) const PARTED: &str = "outgoing-server";

/// What accounts share a server, and want the same of it.
type Group<'a> = (&'a str, Vec<(Setting, &'a Value)>);

/// A copy of an outgoing server.
pub(super) struct Parted {
    accounts: Vec<usize>,
    from: String,
    to: String,
    places: Vec<Place>,
}

impl Parted {
    /// Whether it is an account's.
    pub(super) fn is_of(&self, at: usize) -> bool {
        self.accounts.contains(&at)
    }

    /// What it is for one of its accounts: a change that tells of the places which no setting tells of.
    pub(super) fn change(&self, workspace: &Workspace<'_>, at: usize, told: &[Change]) -> Option<Change> {
        let keys = self.places.iter().filter_map(|place| workspace.copied(place).or_else(|| workspace.moved(place)));
        let is_told = |moved: &Moved| {
            let mut known = told.iter().flat_map(|change| &change.keys);
            known.any(|known| known.store == moved.store && known.key == moved.key)
        };
        let keys = keys.filter(|moved| !is_told(moved));
        self.is_of(at).then(|| Change {
            cause: Cause::Follow(PARTED.to_owned()),
            before: Some(Value::Text(self.from.clone())),
            after: Some(Value::Text(self.to.clone())),
            rule: None,
            named: false,
            keys: keys.collect(),
            deletes: None,
        })
    }
}

impl Desk<'_> {
    /// Drafts a copy of its server for each group of accounts that part with the same wants.
    pub(super) fn part(&mut self, workspace: &mut Workspace<'_>) -> Vec<Parted> {
        self.drafted = self.scopes.to_vec();
        let mut groups: BTreeMap<Group<'_>, Vec<usize>> = BTreeMap::new();
        for at in self.parting.iter().copied().filter(|at| self.moves(*at, Side::Outgoing)) {
            let Some(server) = self.scopes.get(at).and_then(|scope| scope.outgoing.as_deref()) else { continue };
            groups.entry((server, self.outgoing_wants(at))).or_default().push(at);
        }
        let groups: Vec<(String, Vec<usize>)> = groups.into_iter().map(|((server, _), at)| (server.to_owned(), at)).collect();
        let mut parted = Vec::new();
        for (from, accounts) in groups {
            let theirs: Vec<&Scope> = accounts.iter().filter_map(|at| self.scopes.get(*at)).collect();
            let drafts = drafted(workspace);
            let part = workspace.client.part.as_ref();
            let Some((part, to)) = part.and_then(|part| Some((part, (part.copy)(workspace, &theirs, &from)?))) else {
                accounts.iter().for_each(|at| self.refuse_shared(*at, "it is of a kind that can't be copied"));
                continue;
            };
            for at in &accounts {
                self.drafted.get_mut(*at).into_iter().for_each(|scope| scope.send_through(part.hole, &to));
            }
            let places = drafted(workspace).difference(&drafts).cloned().collect();
            parted.push(Parted { accounts, from, to, places });
        }
        parted
    }

    /// Looks for servers that accounts still share, and want different things of: whoever moves parts if that is possible and
    /// is left out of the rule if not. Where all of them move, the first and those who agree with it keep the server.
    pub(super) fn settle_sharing(&mut self, workspace: &mut Workspace<'_>) {
        if self.allow.shared {
            return;
        }
        self.refuse_twins(workspace);
        let can_part = workspace.client.part.is_some();
        let mut leaving = BTreeMap::new();
        for at in 0..self.drafted.len() {
            let Some(server) = self.drafted.get(at).and_then(|scope| scope.outgoing.as_ref()) else { continue };
            if !self.moves(at, Side::Outgoing) {
                continue;
            }
            let uses = |scope: &Scope| scope.outgoing.as_ref() == Some(server) || scope.also.contains(server);
            let sharing = || self.drafted.iter().enumerate().filter(|(_, scope)| uses(scope)).map(|(other, _)| other);
            let Some(twin) = sharing().find(|other| *other != at && !self.agrees(at, *other)) else { continue };
            let first = sharing().next().filter(|_| sharing().all(|other| self.moves(other, Side::Outgoing)));
            if !first.is_some_and(|first| first == at || self.agrees(at, first)) || !can_part {
                leaving.insert(at, twin);
            }
        }
        for (at, twin) in leaving {
            if can_part && !self.parting.contains(&at) {
                self.parting.insert(at);
            } else {
                let twin = self.scopes.get(twin).map(|scope| scope.id.clone()).unwrap_or_default();
                self.refuse_shared(at, &format!("account {twin} has it too, of which the rules don't want the same"));
            }
        }
    }

    /// A copy that the client can't tell from its original is none.
    fn refuse_twins(&mut self, workspace: &mut Workspace<'_>) {
        let Some(link) = workspace.client.part.as_ref().and_then(|part| part.link) else { return };
        for at in self.parting.clone() {
            let (Some(was), Some(is)) = (self.scopes.get(at), self.drafted.get(at)) else { continue };
            let before = workspace.originally(|workspace| link(&Tokens { places: workspace, scope: was }));
            if was.outgoing != is.outgoing && link(&Tokens { places: workspace, scope: is }) == before {
                self.refuse_shared(at, "the client tells servers apart by host and user, in which the copy would not differ");
            }
        }
    }

    fn refuse_shared(&mut self, at: usize, why: &str) {
        let problem = Problem::new(Code::SharedServer, format!("the outgoing server is shared and stays: {why}"))
            .hint("match all its accounts, or add --shared change to change it for all of them; or give this account a server of its own in the client, then plan again");
        self.take_back(at, of_side(Side::Outgoing), problem);
    }

    /// Whether all that is wanted of one account's outgoing server is wanted of another's.
    fn agrees(&self, at: usize, other: usize) -> bool {
        let theirs = |setting: &Setting| self.wants.get(other)?.get(setting);
        let agreed = |(setting, value): (Setting, &Value)| theirs(&setting).is_some_and(|want| want.value == *value);
        self.outgoing_wants(at).into_iter().all(agreed)
    }

    fn outgoing_wants(&self, at: usize) -> Vec<(Setting, &Value)> {
        let wants = self.wants.get(at).into_iter().flatten();
        let outgoing = wants.filter(|(setting, _)| setting.side() == Side::Outgoing);
        outgoing.map(|(setting, want)| (*setting, &want.value)).collect()
    }
}

/// The places that have an edit.
fn drafted(workspace: &Workspace<'_>) -> BTreeSet<Place> {
    let stores = workspace.stores().iter().enumerate();
    stores.flat_map(|(id, store)| store.edits.keys().map(move |key| (id, key.clone()))).collect()
}
