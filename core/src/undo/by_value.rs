//! Putting back, in stores that their client has rewritten since, what still is as we wrote it.

use std::collections::BTreeSet;

use super::parted::{Copies, joined, joined_by_others};
use crate::commit::Rewrite;
use crate::document::{Edit, Edits, Key, Raw};
use crate::fingerprint::Fingerprint;
use crate::glob;
use crate::home::StorePath;
use crate::lens::{self, Place, Scope};
use crate::model;
use crate::plan::{Cause, Change, Moved, PARTED, ProfilePlan, StorePlan};
use crate::problem::{Code, Problem};
use crate::prove;
use crate::setting::Setting;
use crate::snapshot::Snapshot;
use crate::system::Reader;
use crate::workspace::Workspace;

/// Puts back, in stores that the client has rewritten, what still is as we wrote it.
pub(super) fn by_value(
    files: &Snapshot<'_>,
    plan: &ProfilePlan,
    rewritten: &BTreeSet<StorePath>,
    back: &mut ProfilePlan,
) -> Result<Vec<Rewrite>, Problem> {
    let gone = || plan.profile.blame(Problem::new(Code::ChangedSince, "the profile can't be opened any more"));
    let (mut workspace, scopes) = model::open(files, &plan.profile).ok_or_else(gone)?;
    (workspace.client.open_follows)(&mut workspace);
    let part = workspace.client.part.as_ref();
    let mut stays = joined_by_others(&mut workspace, plan, &scopes);
    let theirs = named_anew(&mut workspace, plan, &scopes, rewritten);
    stays.extend(theirs.iter().copied());
    let copies = Copies::of(plan, &stays);
    for (store, entry) in copies.entries.iter().filter(|(store, _)| rewritten.contains(store)) {
        let id = workspace.stores().iter().position(|known| known.path == *store && known.doc.is_some());
        id.into_iter().for_each(|id| workspace.draft((id, entry.clone()), Edit::Remove));
    }
    // First every raw that still is ours, in all accounts: what a setting reads as can depend on the others.
    let ours = |change: &Change| -> Vec<Moved> {
        let ours = change.keys.iter().filter(|moved| rewritten.contains(&moved.store) && !copies.hold(moved));
        ours.cloned().collect()
    };
    for (of, account) in plan.accounts.iter().enumerate() {
        let scope = scopes.iter().find(|scope| scope.id == account.id);
        for (at, change) in account.changes.iter().enumerate().filter(|(at, _)| !stays.contains(&(of, *at))).collect::<Vec<_>>() {
            let ours = ours(change);
            let done = ours.is_empty()
                || match (&change.cause, scope) {
                    (Cause::Follow(name), _) if name == PARTED => {
                        keys_back(&mut workspace, &ours);
                        true
                    }
                    (Cause::Follow(name), _) => follow_back(&mut workspace, name, &ours.iter().collect::<Vec<_>>()),
                    (_, Some(scope)) => raws_back(&mut workspace, scope, change, &ours),
                    (_, None) => false,
                };
            if !done {
                stays.insert((of, at));
            }
        }
    }
    for (of, (account, reverse)) in plan.accounts.iter().zip(&mut back.accounts).enumerate() {
        let scope = scopes
            .iter()
            .find(|scope| scope.id == account.id)
            .map(|scope| joined(scope, part, account, |at| stays.contains(&(of, at))));
        let mut kept = Vec::new();
        for (at, (change, back)) in account.changes.iter().zip(&reverse.changes).enumerate() {
            if !stays.contains(&(of, at)) {
                if let Some(scope) = scope.as_ref().filter(|_| !ours(change).is_empty()) {
                    set_back(&mut workspace, scope, change);
                }
                kept.push(back.clone());
            } else {
                let what = change.cause.setting().map_or_else(|| follow_name(&change.cause), |setting| setting.name().to_owned());
                let why = match theirs.contains(&(of, at)) {
                    true => "stays with its server, which someone else has given another host since",
                    false => "was changed by someone else since, and stays",
                };
                let problem = Problem::new(Code::ChangedSince, format!("{what} {why}"));
                reverse.problems.push(plan.profile.blame(problem.account(&account.id)));
            }
        }
        reverse.changes = kept;
    }
    let ours = workspace.stores().iter().filter(|store| !store.edits.is_empty() && rewritten.contains(&store.path));
    let stores: Vec<StorePlan> = ours
        .map(|store| StorePlan {
            store: store.path.clone(),
            role: store.role.to_owned(),
            before: store.inputs().next().and_then(|(_, fingerprint)| fingerprint),
            edits: store.edits.clone(),
        })
        .collect();
    let (mut rewrites, ..) = prove::stores(files, &plan.profile, &stores).map_err(|problem| plan.profile.blame(problem))?;
    back.stores.extend(stores);
    for path in copies.files.intersection(rewritten) {
        let role = plan.stores.iter().find(|store| store.store == *path).map(|store| store.role.clone()).unwrap_or_default();
        let before = files.read(path).map_err(|error| Problem::new(Code::Unreadable, error.to_string()).at(path.full()))?;
        let fingerprint = before.as_deref().map(Fingerprint::of);
        back.stores.push(StorePlan { store: path.clone(), role, before: fingerprint, edits: Edits::new() });
        rewrites.push(Rewrite { path: path.clone(), before, after: None });
    }
    Ok(rewrites)
}

/// What else we changed of servers that have someone else's host now: account and change, by their numbers. Such a server is
/// theirs, whole: with what it had before ours, a host that was never without TLS would be.
fn named_anew(
    workspace: &mut Workspace<'_>,
    plan: &ProfilePlan,
    scopes: &[Scope],
    rewritten: &BTreeSet<StorePath>,
) -> BTreeSet<(usize, usize)> {
    let mut theirs = BTreeSet::new();
    for (of, account) in plan.accounts.iter().enumerate() {
        let Some(scope) = scopes.iter().find(|scope| scope.id == account.id) else { continue };
        for host in [Setting::IncomingHost, Setting::OutgoingHost] {
            let Some(row) = model::row_of(workspace, scope, host) else { continue };
            let now = workspace.originally(|workspace| lens::get(row, scope, workspace).got.value().cloned());
            let is_theirs = |change: &Change| {
                let written = change.keys.iter().any(|moved| rewritten.contains(&moved.store));
                change.cause.setting() == Some(host) && written && now != change.after && now != change.before
            };
            if !account.changes.iter().any(is_theirs) {
                continue;
            }
            let of_server = |change: &Change| {
                let setting = change.cause.setting().filter(|setting| *setting != host);
                setting.is_some_and(|setting| setting.is_bundled() && setting.side() == host.side())
            };
            let changes = account.changes.iter().enumerate().filter(|(_, change)| of_server(change));
            theirs.extend(changes.map(|(at, _)| (of, at)));
        }
    }
    theirs
}

fn follow_name(cause: &Cause) -> String {
    match cause {
        Cause::Follow(name) => name.clone(),
        _ => String::new(),
    }
}

pub(super) fn place(workspace: &Workspace<'_>, moved: &Moved) -> Option<Place> {
    let id = workspace.stores().iter().position(|store| store.path == moved.store && store.doc.is_some())?;
    Some((id, moved.key.clone()))
}

fn put_raw(workspace: &mut Workspace<'_>, place: Place, raw: Option<&Raw>) {
    workspace.draft(place, raw.map_or(Edit::Remove, |raw| Edit::Put(raw.clone())));
}

/// Puts the exact raws of a setting back where they still are ours, if it still reads as we set it, or as before again.
fn raws_back(workspace: &mut Workspace<'_>, scope: &Scope, change: &Change, ours: &[Moved]) -> bool {
    let Some(row) = change.cause.setting().and_then(|setting| model::row_of(workspace, scope, setting)) else { return false };
    let now = workspace.originally(|workspace| lens::get(row, scope, workspace).got.value().cloned());
    if now != change.after {
        return now == change.before;
    }
    keys_back(workspace, ours);
    true
}

/// Puts back each key that still is as we wrote it, where the store can hold what it was: its client may have written it anew
/// in another format since, and then the row has to do.
fn keys_back(workspace: &mut Workspace<'_>, ours: &[Moved]) {
    for moved in ours {
        if let Some(place) = place(workspace, moved)
            && workspace.stored(place.0, &place.1) == moved.after
            && moved.before.as_ref().is_none_or(|raw| workspace.holds(&place, raw))
        {
            put_raw(workspace, place, moved.before.as_ref());
        }
    }
}

/// Puts a setting back through its row where it doesn't read as before yet: clients drop keys that equal a default, flip
/// other bits, change types.
fn set_back(workspace: &mut Workspace<'_>, scope: &Scope, change: &Change) {
    let Some(row) = change.cause.setting().and_then(|setting| model::row_of(workspace, scope, setting)) else { return };
    let Some(before) = &change.before else { return };
    if lens::get(row, scope, workspace).got.value() != Some(before) {
        let edits = lens::put(row, scope, workspace, before, false).unwrap_or_default();
        edits.into_iter().for_each(|(place, edit)| workspace.draft(place, edit));
    }
}

/// Puts followed places back by their text, wherever the client has put them since. Whole entries that we copied go.
fn follow_back(workspace: &mut Workspace<'_>, name: &str, ours: &[&Moved]) -> bool {
    let Some(follow) = workspace.client.follows.iter().find(|follow| follow.name == name) else { return false };
    let mut all = true;
    for moved in ours {
        let Some((id, key)) = place(workspace, moved) else {
            all = false;
            continue;
        };
        if workspace.stored(id, &key) == moved.before {
            continue;
        }
        if workspace.stored(id, &key) == moved.after && (moved.before.is_some() || moved.after.is_none()) {
            put_raw(workspace, (id, key), moved.before.as_ref());
            continue;
        }
        if moved.before.is_none() {
            if workspace.stored(id, &key) == moved.after {
                remove_entry(workspace, id, &key);
            }
            continue;
        }
        let role = workspace.stores().get(id).map_or("", |store| store.role);
        let patterns: Vec<&str> = follow.at.iter().filter(|(of, _)| *of == role).map(|(_, pattern)| *pattern).collect();
        let holds = |known: &Key| {
            patterns.iter().any(|pattern| glob::fits(pattern, known.as_str())) && workspace.stored(id, known) == moved.after
        };
        match workspace.keys(id, "").into_iter().find(holds) {
            Some(found) => put_raw(workspace, (id, found), moved.before.as_ref()),
            None if counter(moved) => {}
            None => all = false,
        }
    }
    all
}

/// A counter that the client has moved on since is right as it is.
fn counter(moved: &Moved) -> bool {
    matches!((&moved.before, &moved.after), (Some(Raw::Int(_)), Some(Raw::Int(_))))
}

fn remove_entry(workspace: &mut Workspace<'_>, id: usize, key: &Key) {
    let segments: Vec<String> = key.segments().collect();
    if let [above @ .., _] = segments.as_slice() {
        workspace.draft((id, Key::of(above.iter().map(String::as_str))), Edit::Remove);
    }
}
