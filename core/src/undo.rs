//! Taking an operation back. Where a store still is what we wrote, its very bytes come back. Where the client has
//! rewritten it since, the values that still are ours go back through the rows, and those that changed are listed.

use std::collections::BTreeSet;

use crate::apply::{ApplyOptions, Prepared, Run, hold, stores};
use crate::commit::Rewrite;
use crate::document::{Edit, Key, Raw};
use crate::fingerprint::Fingerprint;
use crate::glob;
use crate::home::StorePath;
use crate::image;
use crate::journal::{Journal, Kind, OperationId, Record, State, StoreRecord};
use crate::lens::{self, Place, Scope};
use crate::model;
use crate::plan::{Cause, Change, Moved, ProfilePlan, StorePlan};
use crate::problem::{Code, Problem};
use crate::prove;
use crate::report::{Outcome, Progress, Report};
use crate::snapshot::Snapshot;
use crate::system::Writer;
use crate::workspace::Workspace;

/// Takes an operation back, profile by profile, the last one first; of an undo that is a redo. What an earlier run left
/// half done is recovered first.
pub fn undo(
    system: &dyn Writer,
    journal: &Journal,
    which: OperationId,
    options: &ApplyOptions,
    progress: &dyn Progress,
) -> Report {
    let mut run = Run { system, journal, options, progress, report: Report::default(), kind: Kind::Undo, of: Some(which) };
    run.report.operation = options.resume;
    let Some(stuck) = run.recover() else { return run.report };
    let records = match journal.records(which) {
        Ok(records) => records,
        Err(error) => {
            progress.problem(&Problem::new(Code::Unreadable, format!("the journal can't be read: {error}")));
            run.report.problems += 1;
            return run.report;
        }
    };
    let mut group = Vec::new();
    for record in records.into_iter().rev().filter(|record| record.state == State::Done) {
        if progress.is_cancelled() {
            return run.cancel();
        }
        let Ok(plan) = serde_json::from_str::<ProfilePlan>(&record.detail) else {
            let problem = Problem::new(Code::Unreadable, format!("the journal's plan of operation {which} can't be read"));
            progress.problem(&problem.hint("it was forgotten, or written by another version"));
            run.report.problems += 1;
            continue;
        };
        let is_written = |store: &StorePath| {
            group.iter().any(|(_, prepared): &(_, Prepared)| prepared.rewrites.iter().any(|rewrite| rewrite.path == *store))
        };
        if stores(&plan).any(is_written) {
            run.commit(std::mem::take(&mut group));
        }
        if let Some(problem) = stuck.problem(&plan.profile) {
            run.report.add(&reversed(&plan), &Outcome::Refused(problem), progress);
            continue;
        }
        match prepare(system, journal, &record, &plan, options) {
            Ok((back, prepared)) if prepared.rewrites.is_empty() => {
                run.report.add(&back, &Outcome::Unchanged, progress);
            }
            Ok(ready) => group.push(ready),
            Err(problem) => run.report.add(&reversed(&plan), &Outcome::Refused(problem), progress),
        }
        if group.len() >= options.group {
            run.commit(std::mem::take(&mut group));
        }
    }
    run.commit(group);
    run.finish()
}

/// The plan that takes a plan back: every before is an after.
fn reversed(plan: &ProfilePlan) -> ProfilePlan {
    let mut back = plan.clone();
    back.stores.clear();
    back.inputs.clear();
    back.problems.clear();
    for account in &mut back.accounts {
        account.wants.clear();
        account.unsupported.clear();
        account.problems.clear();
        account.consequence = None;
        for change in &mut account.changes {
            std::mem::swap(&mut change.before, &mut change.after);
            change.rule = None;
            change.deletes = None;
            for moved in &mut change.keys {
                std::mem::swap(&mut moved.before, &mut moved.after);
            }
        }
    }
    back
}

fn prepare(
    system: &dyn Writer,
    journal: &Journal,
    record: &Record,
    plan: &ProfilePlan,
    options: &ApplyOptions,
) -> Result<(ProfilePlan, Prepared), Problem> {
    let guard = hold(system, &plan.profile, options)?;
    let mut back = reversed(plan);
    let files = Snapshot::of(system, plan.profile.folder.base());
    let mut rewrites = Vec::new();
    let mut rewritten = BTreeSet::new();
    for (store, parts) in parts(record, plan) {
        let at = |problem: Problem| plan.profile.blame(problem.at(store.full()));
        let mut now = Vec::new();
        for part in &parts {
            let bytes = image::read(&files, &part.path).map_err(&at)?;
            now.push((bytes.as_deref().map(Fingerprint::of), bytes));
        }
        let role = plan.stores.iter().find(|known| known.store == store).map_or("", |known| &known.role);
        let all = |wanted: fn(&StoreRecord) -> Option<Fingerprint>| {
            parts.iter().zip(&now).all(|(part, (fingerprint, _))| *fingerprint == wanted(part))
        };
        let gone = parts.iter().zip(&now).any(|(part, (now, _))| part.path == store && now.is_none() && part.after.is_some());
        if all(|part| part.before) {
            forget(&mut back, &store);
        } else if all(|part| part.after) && !has_more_sides(&files, plan, role, &store, &parts).map_err(&at)? {
            let before = parts.iter().zip(&now).find(|(part, _)| part.path == store).and_then(|(_, (now, _))| *now);
            back.stores.push(StorePlan { store, role: role.to_owned(), before, edits: Default::default() });
            for (part, (_, now)) in parts.iter().zip(now) {
                let old = journal.restored(part, now.as_deref()).map_err(|error| {
                    let problem = Problem::new(Code::Unreadable, format!("its backup can't be read: {error}"));
                    let hint = "was it forgotten, or the state folder moved? name it with --state";
                    plan.profile.blame(problem.at(part.path.full()).hint(hint))
                })?;
                rewrites.push(Rewrite { path: part.path.clone(), before: now, after: old });
            }
        } else if gone {
            return Err(at(Problem::new(Code::ChangedSince, "the store is gone")));
        } else {
            rewritten.insert(store);
        }
    }
    if !rewritten.is_empty() {
        rewrites.extend(by_value(&files, plan, &rewritten, &mut back)?);
    }
    let seq = (record.operation, record.seq);
    Ok((back, Prepared { rewrites, guard, undoes: Some(seq) }))
}

/// The stores of a record, each with its own file and then the sides that went with it: they come back after it.
fn parts<'a>(record: &'a Record, plan: &ProfilePlan) -> Vec<(StorePath, Vec<&'a StoreRecord>)> {
    let is_side = |part: &StoreRecord, store: &StorePath| {
        part.path.parent() == store.parent() && part.after.is_none() && image::is_beside(&part.path.name(), &store.name())
    };
    let mut stores: Vec<(StorePath, Vec<&StoreRecord>)> = Vec::new();
    for part in record.stores.iter().rev() {
        let own = plan.stores.iter().any(|known| known.store == part.path);
        match stores.iter_mut().find(|(store, _)| !own && is_side(part, store)) {
            Some((_, parts)) => parts.push(part),
            None => stores.push((part.path.clone(), vec![part])),
        }
    }
    stores.reverse();
    stores
}

/// Whether a store whose sides went has some again: its client has written since, to them alone.
fn has_more_sides(
    files: &Snapshot<'_>,
    plan: &ProfilePlan,
    role: &str,
    store: &StorePath,
    parts: &[&StoreRecord],
) -> Result<bool, Problem> {
    let def = plan.profile.table().and_then(|table| table.store(role)).filter(|def| def.sides.is_some_and(|sides| sides.go));
    let Some(def) = def else { return Ok(false) };
    let sides = image::sides(files, store, def)?;
    Ok(sides.iter().any(|(path, bytes)| bytes.is_some() && !parts.iter().any(|part| part.path == *path)))
}

/// Leaves out of a plan what happens in a store that is as it was already.
fn forget(back: &mut ProfilePlan, store: &StorePath) {
    for account in &mut back.accounts {
        account.changes.iter_mut().for_each(|change| change.keys.retain(|moved| moved.store != *store));
        account.changes.retain(|change| !change.keys.is_empty());
    }
}

/// Puts back, in stores that the client has rewritten, what still is as we wrote it.
fn by_value(
    files: &Snapshot<'_>,
    plan: &ProfilePlan,
    rewritten: &BTreeSet<StorePath>,
    back: &mut ProfilePlan,
) -> Result<Vec<Rewrite>, Problem> {
    let gone = || plan.profile.blame(Problem::new(Code::ChangedSince, "the profile can't be opened any more"));
    let (mut workspace, scopes) = model::open(files, &plan.profile).ok_or_else(gone)?;
    (workspace.client.open_follows)(&mut workspace);
    // First every raw that still is ours, in all accounts: what a setting reads as can depend on the others.
    let ours = |change: &Change| -> Vec<Moved> {
        change.keys.iter().filter(|moved| rewritten.contains(&moved.store)).cloned().collect()
    };
    let mut stays = BTreeSet::new();
    for (of, account) in plan.accounts.iter().enumerate() {
        let scope = scopes.iter().find(|scope| scope.id == account.id);
        for (at, change) in account.changes.iter().enumerate() {
            let ours = ours(change);
            let done = ours.is_empty()
                || match (&change.cause, scope) {
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
        let scope = scopes.iter().find(|scope| scope.id == account.id);
        let mut kept = Vec::new();
        for (at, (change, back)) in account.changes.iter().zip(&reverse.changes).enumerate() {
            if !stays.contains(&(of, at)) {
                if let Some(scope) = scope.filter(|_| !ours(change).is_empty()) {
                    set_back(&mut workspace, scope, change);
                }
                kept.push(back.clone());
            } else {
                let what = change.cause.setting().map_or_else(|| follow_name(&change.cause), |setting| setting.name().to_owned());
                let problem = Problem::new(Code::ChangedSince, format!("{what} was changed by someone else since, and stays"));
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
    let (rewrites, ..) = prove::stores(files, &plan.profile, &stores).map_err(|problem| plan.profile.blame(problem))?;
    back.stores.extend(stores);
    Ok(rewrites)
}

fn follow_name(cause: &Cause) -> String {
    match cause {
        Cause::Follow(name) => name.clone(),
        _ => String::new(),
    }
}

fn place(workspace: &Workspace<'_>, moved: &Moved) -> Option<Place> {
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
    for moved in ours {
        if let Some(place) = place(workspace, moved)
            && workspace.stored(place.0, &place.1) == moved.after
        {
            put_raw(workspace, place, moved.before.as_ref());
        }
    }
    true
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
