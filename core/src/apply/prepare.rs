//! A profile made ready: held, its plan still right, its new bytes worked out and proven. Writes nothing.

use super::{ApplyOptions, databases, hold};
use crate::commit::{Rewrite, Transaction};
use crate::document::Edits;
use crate::fingerprint::Fingerprint;
use crate::home::StorePath;
use crate::journal::OperationId;
use crate::plan::{self, ProfilePlan};
use crate::problem::{Code, Problem};
use crate::prove::render;
use crate::snapshot::Snapshot;
use crate::system::{Guard, Writer};

/// What is to be written for a profile that is held, with what the journal keeps of it.
pub(crate) fn transaction(
    plan: &ProfilePlan,
    rewrites: Vec<Rewrite>,
    guard: Box<dyn Guard>,
    undoes: Option<(OperationId, u64)>,
) -> Transaction {
    let profile = serde_json::to_string(&plan.profile).unwrap_or_default();
    let detail = serde_json::to_string(plan).unwrap_or_default();
    Transaction { profile, detail, undoes, rewrites, databases: databases(plan), guard }
}

/// Holds a profile, makes sure that the plan is still right, and works the new bytes out: proven before any is written,
/// as afterwards only the bytes need comparing.
pub(super) fn prepare(system: &dyn Writer, plan: &ProfilePlan, options: &ApplyOptions) -> Result<Transaction, Problem> {
    let guard = hold(system, &plan.profile, &databases(plan), options)?;
    let blame = |problem: Problem| plan.profile.blame(problem);
    let files = Snapshot::of(system, plan.profile.folder.base());
    let again;
    let current = if unchanged(&files, plan) {
        plan
    } else {
        again = plan::again(&files, plan);
        same_edits(plan, &again).map_err(blame)?;
        &again
    };
    let rewrites = render(&files, current).map_err(blame)?;
    Ok(transaction(plan, rewrites, guard, None))
}

fn stale(path: &StorePath) -> Problem {
    Problem::new(Code::Stale, "the store changed since the plan was made").at(path.full()).hint("make the plan again")
}

/// Whether every store that the plan looked at still has the bytes that it had. One that could not be read when the plan
/// was made is no reason to stop now.
fn unchanged(files: &Snapshot<'_>, plan: &ProfilePlan) -> bool {
    plan.inputs.iter().all(|(path, fingerprint)| Fingerprint::at(files, path) == *fingerprint)
}

/// Clients rewrite their files every day: a plan is stale only if its own changes would come out differently now.
fn same_edits(plan: &ProfilePlan, again: &ProfilePlan) -> Result<(), Problem> {
    let edits = |plan: &ProfilePlan| -> Vec<(StorePath, Edits)> {
        plan.stores.iter().map(|store| (store.store.clone(), store.edits.clone())).collect()
    };
    let (mut planned, mut now) = (edits(plan), edits(again));
    planned.sort_by(|a, b| a.0.cmp(&b.0));
    now.sort_by(|a, b| a.0.cmp(&b.0));
    if planned == now {
        return Ok(());
    }
    let differing =
        planned.iter().filter(|store| !now.contains(store)).chain(now.iter().filter(|store| !planned.contains(store)));
    let differing: Vec<&StorePath> = differing.map(|(path, _)| path).collect();
    // What somebody changed is named, sooner than what would have to follow.
    let changed: Vec<&StorePath> =
        plan.inputs.iter().filter(|input| !again.inputs.contains(input)).map(|(path, _)| path).collect();
    let named = changed.iter().find(|path| differing.contains(path)).or(changed.first()).or(differing.first());
    Err(named.map_or_else(|| Problem::new(Code::Stale, "the profile changed since the plan was made"), |path| stale(path)))
}
