//! `waxseal undo`: takes an operation back; of an undo, that is a redo. It may make accounts less secure, and says so.

mod chosen;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use waxseal::apply::ApplyOptions;
use waxseal::journal::{Journal, Operation, OperationId, Record, State};
use waxseal::plan::{Cause, ProfilePlan};
use waxseal::report::{Outcome, Progress as _, Report};
use waxseal::system::Disk;
use waxseal::undo::plan_of;
use waxseal::value::Value;

use super::{Told, Watch, ask, can_ask, needs_yes};
use crate::args::Undo;
use crate::exit::{BLOCKED, DONE, Stop};
use crate::view::{self, Sum};
use crate::{interrupt, say, state};
use chosen::Chosen;

/// Takes back.
pub(crate) fn run(args: &Undo) -> Result<u8, Stop> {
    let folder = state::folder(&args.state)?;
    let asks = !args.how.yes;
    let less = Arc::new(Mutex::new(LessSecure::default()));
    let seen = less.clone();
    let look = move |plan: &ProfilePlan, outcome: &Outcome| {
        if !asks && *outcome == Outcome::Changed {
            seen.lock().unwrap_or_else(PoisonError::into_inner).add(plan);
        }
    };
    let told = Told::with(view::on_stdout(&args.output), Box::new(look));
    // Where there is no journal, none is made.
    let is_new = matches!(Journal::peek(&folder), Ok(None));
    if is_new {
        return match args.operation {
            Some(operation) => Err(waxseal::journal::JournalError::NoOperation(operation).into()),
            None => nothing(args, &told, "nothing to undo"),
        };
    }
    if asks && !can_ask() {
        return match which(args, Journal::peek(&folder)?.as_ref())? {
            Ok(_) => Err(needs_yes("undo")),
            Err(why) => nothing(args, &told, &why),
        };
    }
    let journal = state::open(&folder, args.how.wait)?;
    let system = Disk::new();
    let options = ApplyOptions { assume_closed: args.how.assume_closed, command: state::command(), ..ApplyOptions::default() };
    // What stands is known once an interrupted run is put right.
    waxseal::recover(&system, &journal, &options).iter().for_each(|result| told.recovered(result));
    let operation = match which(args, Some(&journal))? {
        Ok(operation) => operation,
        Err(why) => return nothing(args, &told, &why),
    };
    let homes = Chosen::of(args).homes(&journal, operation)?;
    if asks {
        show(&told, &journal, operation, &homes)?;
        if !ask(&format!("Take operation {operation} back?")) {
            say::note("nothing was written");
            return Ok(DONE);
        }
    }
    interrupt::heed();
    let watch = Watch::new(&told, args.how.wait);
    let report = watch.until_done(|so_far| {
        let options = ApplyOptions { resume: so_far.operation, homes: homes.clone(), ..options.clone() };
        Ok(waxseal::undo(&system, &journal, operation, &options, &watch))
    })?;
    let done = report.operation;
    let code = told.end(Sum::Undo, report, None)?;
    less.lock().unwrap_or_else(PoisonError::into_inner).say();
    if let Some(undone) = done {
        say::note(&format!("to do it again: waxseal undo {undone}{}", state::flag(&args.state)));
    }
    Ok(code)
}

/// The operation that is meant, or why there is none.
fn which(args: &Undo, journal: Option<&Journal>) -> Result<Result<OperationId, String>, Stop> {
    let Some(journal) = journal else { return Ok(Err("nothing to undo".to_owned())) };
    let interrupted = |operation: &Operation| operation.interrupted > 0;
    let chosen = Chosen::of(args);
    match args.operation {
        None if chosen.any() => Ok(match chosen.newest(journal)? {
            Some(found) => Ok(found),
            None => Err("nothing to undo: no apply still stands there".to_owned()),
        }),
        None => {
            let standing = journal.standing()?.map(|operation| operation.id);
            // What was interrupted may turn out to have been done, once it is recovered.
            let perhaps = || Ok::<_, Stop>(journal.operations()?.iter().find(|op| interrupted(op)).map(|op| op.id));
            let found = match standing {
                Some(found) => Some(found),
                None => perhaps()?,
            };
            Ok(found.ok_or_else(|| "nothing to undo: no apply still stands".to_owned()))
        }
        Some(operation) => {
            let records = journal.records(operation)?;
            if journal.operations()?.iter().any(|known| known.id == operation && known.forgotten) {
                let message = format!("operation {operation} can't be taken back: its backups were dropped");
                return Err(Stop::Error { code: BLOCKED, message, hint: Some("waxseal log shows what still can be".to_owned()) });
            }
            if !records.iter().any(|record| chosen.holds(record)) {
                let hint = format!("waxseal audit --operation {operation} --full shows its homes");
                return Err(Stop::usage(format!("operation {operation} did nothing there"), hint));
            }
            let stands = |record: &&Record| matches!(record.state, State::Done | State::Intended);
            if records.iter().filter(stands).any(|record| chosen.holds(record)) {
                Ok(Ok(operation))
            } else if chosen.any() && records.iter().any(|record| stands(&record)) {
                Ok(Err(format!("nothing to undo: nothing that operation {operation} changed still stands there")))
            } else if journal.is_undone(operation)? {
                Ok(Err(format!("nothing to undo: operation {operation} has been taken back already")))
            } else {
                Ok(Err(format!("nothing to undo: operation {operation} changed nothing")))
            }
        }
    }
}

fn nothing(args: &Undo, told: &Told, why: &str) -> Result<u8, Stop> {
    say::note(why);
    if args.output.json { told.end(Sum::Undo, Report::default(), Some(0)) } else { told.code() }
}

/// Shows what will be taken back, profile by profile.
fn show(told: &Told, journal: &Journal, operation: OperationId, homes: &[PathBuf]) -> Result<(), Stop> {
    let (mut profiles, mut less) = (0, LessSecure::default());
    for record in journal.records(operation)?.iter().filter(|record| record.state == State::Done) {
        if let Some(plan) = plan_of(journal, record)
            && (homes.is_empty() || homes.contains(&plan.profile.home.path))
        {
            let back = backwards(plan);
            told.show(|view| view.plan(&back))?;
            profiles += 1;
            less.add(&back);
        }
    }
    told.show(|view| view.flush())?;
    less.say();
    told.shown();
    told.begin(profiles);
    Ok(())
}

/// A plan the other way round, for the eye.
fn backwards(mut plan: ProfilePlan) -> ProfilePlan {
    plan.problems.clear();
    for account in &mut plan.accounts {
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
    plan
}

/// What an undo makes less secure; it never keeps quiet about it. The first are named, the others counted.
#[derive(Default)]
struct LessSecure {
    named: Vec<String>,
    more: usize,
}

/// How many settings are named.
const NAMED: usize = 10;

impl LessSecure {
    fn add(&mut self, plan: &ProfilePlan) {
        for account in &plan.accounts {
            for change in &account.changes {
                let (Some(Value::Security(before)), Some(Value::Security(after))) = (&change.before, &change.after) else {
                    continue;
                };
                let Cause::Set(setting) = &change.cause else { continue };
                if after >= before || after.is_secure() {
                    continue;
                }
                let name = if account.name.is_empty() { &account.id } else { &account.name };
                match self.named.len() < NAMED {
                    true => self.named.push(format!("less secure again: {name}: {setting} {before} → {after}")),
                    false => self.more += 1,
                }
            }
        }
    }

    fn say(&self) {
        self.named.iter().for_each(|line| say::note(line));
        if self.more > 0 {
            say::note(&format!("… and {} more less secure again", self.more));
        }
    }
}
