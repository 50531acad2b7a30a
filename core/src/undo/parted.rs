//! Taking back a copy of an outgoing server that accounts had shared before: whole, or not at all.

use std::collections::BTreeSet;

use super::by_value::place;
use crate::client::Part;
use crate::document::{Edit, Key};
use crate::home::StorePath;
use crate::lens::{self, Scope};
use crate::model;
use crate::plan::{AccountPlan, Cause, Change, Moved, PARTED, ProfilePlan};
use crate::setting::Side;
use crate::value::Value;
use crate::workspace::Workspace;

/// What stays since somebody has worked on with a copy of an outgoing server, by account and change: the copy, and what it
/// was set to.
pub(super) fn joined_by_others(workspace: &mut Workspace<'_>, plan: &ProfilePlan, scopes: &[Scope]) -> BTreeSet<(usize, usize)> {
    let mut stays = BTreeSet::new();
    for (of, account) in plan.accounts.iter().enumerate().filter(|(_, account)| account.changes.iter().any(is_parted)) {
        let scope = scopes.iter().find(|scope| scope.id == account.id);
        let of_copy = || account.changes.iter().enumerate().filter(|(_, change)| is_parted(change) || is_outgoing(change));
        let as_known = |workspace: &mut Workspace<'_>, change: &Change| match (is_parted(change), scope) {
            (true, _) => change.keys.iter().all(|moved| key_as_known(workspace, moved)),
            (false, Some(scope)) => reads_as_known(workspace, scope, change),
            (false, None) => false,
        };
        if !of_copy().all(|(_, change)| as_known(workspace, change)) {
            stays.extend(of_copy().map(|(at, _)| (of, at)));
        }
    }
    stays
}

fn is_parted(change: &Change) -> bool {
    matches!(&change.cause, Cause::Follow(name) if name == PARTED)
}

fn is_outgoing(change: &Change) -> bool {
    change.cause.setting().is_some_and(|setting| setting.side() == Side::Outgoing)
}

fn key_as_known(workspace: &Workspace<'_>, moved: &Moved) -> bool {
    let stored = place(workspace, moved).and_then(|place| workspace.stored(place.0, &place.1));
    stored == moved.after || stored == moved.before
}

fn reads_as_known(workspace: &mut Workspace<'_>, scope: &Scope, change: &Change) -> bool {
    let row = change.cause.setting().and_then(|setting| model::row_of(workspace, scope, setting));
    row.is_some_and(|row| lens::get(row, scope, workspace).got.value() == change.after.as_ref())
}

/// The copies that a plan made: entries, and files of their own. They go whole, with what their client has added.
pub(super) struct Copies {
    pub(super) entries: BTreeSet<(StorePath, Key)>,
    pub(super) files: BTreeSet<StorePath>,
}

impl Copies {
    /// Those of a plan, but for changes that stay.
    pub(super) fn of(plan: &ProfilePlan, stays: &BTreeSet<(usize, usize)>) -> Copies {
        let mut copies = Copies { entries: BTreeSet::new(), files: BTreeSet::new() };
        for (of, account) in plan.accounts.iter().enumerate() {
            let changes =
                account.changes.iter().enumerate().filter(|(at, change)| is_parted(change) && !stays.contains(&(of, *at)));
            for moved in changes.flat_map(|(_, change)| &change.keys) {
                let Some(store) = plan.stores.iter().find(|store| store.store == moved.store) else { continue };
                if store.before.is_none() {
                    copies.files.insert(store.store.clone());
                }
                let entry = store.edits.iter().find(|(key, edit)| matches!(edit, Edit::CopyOf(_)) && moved.key.is_under(key));
                copies.entries.extend(entry.map(|(key, _)| (store.store.clone(), key.clone())));
            }
        }
        copies
    }

    /// Whether a key is of one of them.
    pub(super) fn hold(&self, moved: &Moved) -> bool {
        let holds = |(store, key): &(StorePath, Key)| *store == moved.store && moved.key.is_under(key);
        self.files.contains(&moved.store) || self.entries.iter().any(holds)
    }
}

/// An account's scope, with the outgoing server that it shared before, unless that change stays.
pub(super) fn joined(scope: &Scope, part: Option<&Part>, account: &AccountPlan, stays: impl Fn(usize) -> bool) -> Scope {
    let mut scope = scope.clone();
    let parted = account.changes.iter().enumerate().find(|(at, change)| is_parted(change) && !stays(*at));
    if let (Some(part), Some((_, Change { before: Some(Value::Text(before)), .. }))) = (part, parted) {
        scope.send_through(part.hole, before);
    }
    scope
}
