//! Taking an operation back. Where a store still is what we wrote, its very bytes come back. Where the client has
//! rewritten it since, the values that still are ours go back through the rows, and those that changed are listed.

mod by_value;
mod homes;
mod parted;

use std::collections::BTreeSet;

use by_value::by_value;
pub use homes::{IsMeant, home, homes_of, newest_in};

use crate::apply::{ApplyOptions, Run, databases, hold, stores, transaction};
use crate::commit::{Committer, Rewrite, Transaction};
use crate::fingerprint::Fingerprint;
use crate::home::StorePath;
use crate::image;
use crate::journal::{Journal, Kind, OperationId, Record, State, StoreRecord};
use crate::plan::{ProfilePlan, StorePlan};
use crate::problem::{Code, Problem};
use crate::report::{Outcome, Progress, Report};
use crate::snapshot::Snapshot;
use crate::system::Writer;

/// Takes an operation back, profile by profile, the last one first; of an undo that is a redo. With `options.homes` only what it
/// did in those: the rest stands, and can be taken back later. What an earlier run left
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
    let committer = Committer::new(system, journal);
    let mut group = Vec::new();
    for record in records.into_iter().rev().filter(|record| record.state == State::Done) {
        if progress.is_cancelled() {
            return run.cancel();
        }
        let Some(plan) = plan_of(journal, &record) else {
            let problem = Problem::new(Code::Unreadable, format!("the journal's plan of operation {which} can't be read"));
            progress.problem(&problem.hint("it was forgotten, its backups are gone, or another version wrote it"));
            run.report.problems += 1;
            continue;
        };
        if !options.homes.is_empty() && !options.homes.contains(&plan.profile.home.path) {
            continue;
        }
        let is_written = |store: &StorePath| {
            group.iter().any(|(_, prepared): &(_, Transaction)| prepared.rewrites.iter().any(|rewrite| rewrite.path == *store))
        };
        if stores(&plan).any(is_written) {
            run.commit(&committer, std::mem::take(&mut group));
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
        if group.len() >= options.group.clamp(1, system.room()) {
            run.commit(&committer, std::mem::take(&mut group));
        }
    }
    run.commit(&committer, group);
    run.finish()
}

/// The plan that a record carried out; `None` if it was forgotten, can't be read, or was written by another version.
pub fn plan_of(journal: &Journal, record: &Record) -> Option<ProfilePlan> {
    serde_json::from_str(&journal.detail(record).ok()?).ok()
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
) -> Result<(ProfilePlan, Transaction), Problem> {
    let guard = hold(system, &plan.profile, &databases(plan), options)?;
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
    let prepared = transaction(&back, rewrites, guard, Some((record.operation, record.seq)));
    Ok((back, prepared))
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
