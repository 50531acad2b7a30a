//! Carrying plans out: hold the profile, read again, render, commit, read back. Looks at nothing but plans; reads no
//! policy.

use crate::commit::{Rewrite, Transaction, commit};
use crate::discover::Profile;
use crate::document::{Edits, expected};
use crate::fingerprint::Fingerprint;
use crate::home::StorePath;
use crate::journal::{Journal, Kind, OperationId};
use crate::lens;
use crate::model;
use crate::plan::{self, ProfilePlan};
use crate::problem::{Code, Problem};
use crate::report::{Outcome, Progress, Report};
use crate::system::{Guard, Held, Running, Writer};

/// Carries out plans, group by group; each profile is wholly changed, or as it was.
pub fn apply(
    system: &dyn Writer,
    plans: impl Iterator<Item = ProfilePlan>,
    options: &ApplyOptions,
    journal: &Journal,
    progress: &dyn Progress,
) -> Report {
    let mut run = Run { system, journal, options, progress, report: Report::default(), kind: Kind::Apply, of: None };
    let mut group = Vec::new();
    for plan in plans {
        if progress.is_cancelled() {
            break;
        }
        if plan.is_empty() {
            run.report.add(&plan, &Outcome::Unchanged, progress);
            continue;
        }
        match prepare(system, &plan, options) {
            Ok(prepared) => group.push((plan, prepared)),
            Err(problem) => run.report.add(&plan, &Outcome::Refused(problem), progress),
        }
        if group.len() >= options.group {
            run.commit(std::mem::take(&mut group));
        }
    }
    run.commit(group);
    run.finish()
}

/// How plans are carried out.
#[derive(Debug, Clone)]
pub struct ApplyOptions {
    /// Whether to go on where it can't be known that the client is closed.
    pub assume_closed: bool,
    /// How many profiles share their syncs.
    pub group: usize,
    /// The command that was given, for the log.
    pub command: String,
}

impl Default for ApplyOptions {
    fn default() -> ApplyOptions {
        ApplyOptions { assume_closed: false, group: 64, command: String::new() }
    }
}

/// A profile that is held, with the new bytes of its stores.
pub(crate) struct Prepared {
    pub(crate) rewrites: Vec<Rewrite>,
    pub(crate) guard: Box<dyn Guard>,
    pub(crate) undoes: Option<(OperationId, u64)>,
}

/// One operation, on its way through its groups.
pub(crate) struct Run<'a> {
    pub(crate) system: &'a dyn Writer,
    pub(crate) journal: &'a Journal,
    pub(crate) options: &'a ApplyOptions,
    pub(crate) progress: &'a dyn Progress,
    pub(crate) report: Report,
    pub(crate) kind: Kind,
    pub(crate) of: Option<OperationId>,
}

impl Run<'_> {
    /// Commits a group. The operation begins with the first that has anything to write.
    pub(crate) fn commit(&mut self, group: Vec<(ProfilePlan, Prepared)>) {
        if group.is_empty() {
            return;
        }
        let operation = match self.report.operation {
            Some(operation) => Ok(operation),
            None => self.journal.begin(self.kind, self.of, &self.options.command),
        };
        let operation = match operation {
            Ok(operation) => operation,
            Err(error) => {
                for (plan, _) in &group {
                    let problem = Problem::new(Code::WriteFailed, format!("the journal could not be written: {error}"));
                    self.report.add(plan, &Outcome::Failed(plan.profile.blame(problem)), self.progress);
                }
                return;
            }
        };
        self.report.operation = Some(operation);
        let (plans, prepared): (Vec<_>, Vec<_>) = group.into_iter().unzip();
        let transactions = plans.iter().zip(prepared).map(|(plan, prepared)| Transaction {
            profile: serde_json::to_string(&plan.profile).unwrap_or_default(),
            detail: serde_json::to_string(plan).unwrap_or_default(),
            undoes: prepared.undoes,
            rewrites: prepared.rewrites,
            guard: prepared.guard,
            verify: Box::new(|| verify(self.system, plan)),
        });
        let results = commit(self.system, self.journal, operation, transactions.collect());
        for (plan, result) in plans.iter().zip(results) {
            let outcome = match result {
                Ok(()) => Outcome::Changed,
                Err(problem) if problem.code == Code::Stale => Outcome::Refused(plan.profile.blame(problem)),
                Err(problem) => Outcome::Failed(plan.profile.blame(problem)),
            };
            self.report.add(plan, &outcome, self.progress);
        }
    }

    /// Ends the operation; one that wrote nothing leaves no trace.
    pub(crate) fn finish(mut self) -> Report {
        if let Some(operation) = self.report.operation
            && let Err(error) = self.journal.finish(operation)
        {
            self.report.problems += 1;
            self.progress.problem(&Problem::new(Code::WriteFailed, format!("the journal could not be ended: {error}")));
        }
        if self.report.counts.changed == 0 {
            self.report.operation = None;
        }
        self.report
    }
}

/// Holds a profile against its client and other waxseals.
pub(crate) fn hold(system: &dyn Writer, profile: &Profile, options: &ApplyOptions) -> Result<Box<dyn Guard>, Problem> {
    let table =
        profile.table().ok_or_else(|| Problem::new(Code::UnsupportedClient, format!("no client is named {}", profile.client)))?;
    system.hold(&profile.home, &profile.folder, table.running, options.assume_closed).map_err(|held| {
        let folder = profile.folder.full();
        let problem = match held {
            Held::Client(Running::Yes(who)) => {
                Problem::new(Code::ClientRunning, format!("{} is running here ({who})", table.title))
                    .hint(format!("close {} and try again", table.title))
            }
            Held::Client(Running::Unknown(why)) => {
                Problem::new(Code::ClosedUnknown, format!("whether {} is closed can't be known: {why}", table.title))
                    .hint("make sure that it is closed everywhere, then add --assume-closed")
            }
            Held::Client(Running::No) => Problem::new(Code::Busy, "the profile's lock was taken a moment ago").hint("try again"),
            Held::Waxseal(who) => {
                Problem::new(Code::Busy, format!("another waxseal works on this profile ({who})")).hint("wait until it is done")
            }
            Held::Io(error) => Problem::new(Code::WriteFailed, format!("the profile's lock can't be taken: {error}"))
                .hint("check who owns the profile's folder, and its free space"),
        };
        profile.blame(problem.at(folder))
    })
}

/// Holds a profile, makes sure that the plan is still right, and works the new bytes out.
fn prepare(system: &dyn Writer, plan: &ProfilePlan, options: &ApplyOptions) -> Result<Prepared, Problem> {
    let guard = hold(system, &plan.profile, options)?;
    let blame = |problem: Problem| plan.profile.blame(problem);
    let fresh = unchanged(system, plan).map_err(blame)?;
    let again;
    let current = if fresh {
        plan
    } else {
        again = plan::again(system, plan);
        same_edits(plan, &again).map_err(blame)?;
        &again
    };
    let mut rewrites = Vec::new();
    for store in &current.stores {
        let open = plan.profile.table().and_then(|table| table.store(&store.role)).map(|def| def.open);
        let open = open.ok_or_else(|| {
            blame(Problem::new(Code::Stale, format!("no store of {} is called {}", plan.profile.client, store.role)))
        })?;
        let before = read(system, &store.store).map_err(blame)?;
        if before.as_deref().map(Fingerprint::of) != store.before {
            return Err(blame(stale(&store.store)));
        }
        let bytes = before.unwrap_or_default();
        let after = render(&bytes, &store.edits, open).map_err(|what| {
            blame(
                Problem::new(Code::VerifyFailed, format!("the edit would not read back as planned: {what}"))
                    .at(store.store.full()),
            )
        })?;
        rewrites.push(Rewrite { path: store.store.clone(), before: Some(bytes), after: Some(after) });
    }
    Ok(Prepared { rewrites, guard, undoes: None })
}

fn read(system: &dyn Writer, path: &StorePath) -> Result<Option<Vec<u8>>, Problem> {
    system.read(path).map_err(|error| Problem::new(Code::Unreadable, format!("can't be read: {error}")).at(path.full()))
}

fn stale(path: &StorePath) -> Problem {
    Problem::new(Code::Stale, "the store changed since the plan was made").at(path.full()).hint("make the plan again")
}

/// Whether every store that the plan looked at still has the bytes that it had.
fn unchanged(system: &dyn Writer, plan: &ProfilePlan) -> Result<bool, Problem> {
    for (path, fingerprint) in &plan.inputs {
        // A store that could not be read when the plan was made is no reason to stop now.
        let now = system.read(path).ok().flatten();
        if now.as_deref().map(Fingerprint::of) != *fingerprint {
            return Ok(false);
        }
    }
    Ok(true)
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
        planned.iter().find(|store| !now.contains(store)).or_else(|| now.iter().find(|store| !planned.contains(store)));
    Err(differing
        .map_or_else(|| Problem::new(Code::Stale, "the profile changed since the plan was made"), |(path, _)| stale(path)))
}

/// The new bytes, proven: the whole key map is what it was, plus the edits.
pub(crate) fn render(bytes: &[u8], edits: &Edits, open: crate::document::Open) -> Result<Vec<u8>, String> {
    let before = open(bytes).map_err(|refusal| refusal.to_string())?;
    let patch = before.render(edits).map_err(|refusal| refusal.to_string())?;
    let after = patch.apply(bytes);
    let found = open(&after).map_err(|refusal| refusal.to_string())?.entries();
    let wanted = expected(before.entries(), edits);
    if found == wanted {
        return Ok(after);
    }
    let key = wanted
        .iter()
        .find(|(key, raw)| found.get(*key) != Some(raw))
        .or_else(|| found.iter().find(|(key, _)| !wanted.contains_key(*key)));
    Err(format!("{} differs", key.map_or("a key", |(key, _)| key.as_str())))
}

/// Reads every planned setting back.
pub(crate) fn verify(system: &dyn Writer, plan: &ProfilePlan) -> Result<(), Problem> {
    let lost = |what: String| Problem::new(Code::VerifyFailed, what).at(plan.profile.folder.full());
    let (workspace, scopes) = model::open(system, &plan.profile).ok_or_else(|| lost("the profile can't be opened".to_owned()))?;
    for account in plan.accounts.iter().filter(|account| account.is_changed()) {
        let scope =
            scopes.iter().find(|scope| scope.id == account.id).ok_or_else(|| lost(format!("account {} is gone", account.id)))?;
        for change in &account.changes {
            let Some(setting) = change.cause.setting() else { continue };
            let seen = model::row_of(&workspace, scope, setting).map(|row| lens::get(row, scope, &workspace));
            if seen.as_ref().and_then(|seen| seen.got.value()) != change.after.as_ref() {
                return Err(lost(format!("{setting} of account {} does not read as planned", account.id)));
            }
        }
    }
    Ok(())
}
