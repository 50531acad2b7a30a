//! `waxseal apply`: what would change, the question, and doing it. What was shown is what is done: on a terminal the
//! plan is kept in the state folder, and that file is carried out.

use std::cell::RefCell;
use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use waxseal::apply::{ApplyOptions, CannotResume, done};
use waxseal::discover::Profile;
use waxseal::journal::{Journal, OperationId};
use waxseal::plan::ProfilePlan;
use waxseal::problem::{Code, Problem};
use waxseal::report::{Counts, Outcome, Progress, Report as Done};
use waxseal::system::Disk;

use super::watch::refused;
use super::{HomesSeen, Told, Watch, ask, can_ask, needs_yes, plans};
use crate::args::Apply;
use crate::exit::{DONE, Stop};
use crate::homes::Homes;
use crate::plan_file::{self, PlanFile};
use crate::report::Report;
use crate::view::{self, Sum};
use crate::{homes, interrupt, policy, say, state};

/// Applies.
pub(crate) fn run(args: &Apply) -> Result<u8, Stop> {
    let source = Source::of(args)?;
    if let (true, Source::File(path)) = (args.retry_refused, &source)
        && !path.exists()
    {
        say::note("nothing to try again: the last apply refused nothing that was in use");
        return Ok(DONE);
    }
    carry(args, source, "apply")
}

/// Shows, asks and carries out, for a verb that writes.
pub(crate) fn carry(args: &Apply, source: Source, verb: &str) -> Result<u8, Stop> {
    if !args.how.yes && !can_ask() {
        return Err(needs_yes(verb));
    }
    let folder = state::folder(&args.state)?;
    let journal = state::open(&folder, args.how.wait)?;
    let system = Disk::new();
    let options = ApplyOptions {
        assume_closed: args.how.assume_closed,
        command: state::command(),
        resume: args.resume,
        ..ApplyOptions::default()
    };
    let done = args.resume.map(|operation| done_before(&journal, operation)).transpose()?.unwrap_or_default();
    let told = Told::new(view::on_stdout(&args.output));
    if let Some(folder) = &args.report {
        told.report(Report::create(folder, &options.command)?);
    }
    let run = Run { args, system: &system, journal: &journal, options, done, told: &told };
    run.carry_out(source)
}

/// Where plans come from.
pub(crate) enum Source {
    Live(Homes, waxseal::policy::Policy),
    File(PathBuf),
}

impl Source {
    fn of(args: &Apply) -> Result<Source, Stop> {
        if args.retry_refused {
            return Ok(Source::File(refused(&state::folder(&args.state)?)));
        }
        match &args.plan {
            Some(path) => {
                // All of it is read once before anything is written.
                plan_file::read(path)?.try_for_each(|plan| plan.map(|_| ()))?;
                Ok(Source::File(path.clone()))
            }
            None => Ok(Source::Live(homes::from(&args.homes)?, policy::from(&args.rules, &args.accounts)?)),
        }
    }

    fn homes(&self) -> Option<usize> {
        match self {
            Source::Live(homes, _) => Some(homes.seen()),
            Source::File(_) => None,
        }
    }
}

struct Run<'a> {
    args: &'a Apply,
    system: &'a Disk,
    journal: &'a Journal,
    options: ApplyOptions,
    /// What the operation that this goes on with has done.
    done: HashSet<Profile>,
    told: &'a Told,
}

impl Run<'_> {
    fn carry_out(&self, source: Source) -> Result<u8, Stop> {
        let report = if self.args.how.yes && !self.args.rules.strict {
            match &source {
                Source::Live(homes, policy) => thread::scope(|threads| {
                    let tell = |problem: &Problem| self.told.problem(problem);
                    self.apply(Box::new(plans(threads, self.system, homes, policy, &self.done, tell)))
                })?,
                Source::File(path) => self.apply_file(path)?,
            }
        } else {
            let kept = Kept::of(self, &source)?;
            match self.look_first(&kept.path)? {
                Look::Go => self.apply_file(&kept.path)?,
                Look::Refused(counts) => {
                    let report = Done { counts, ..Done::default() };
                    let code = self.told.end(Sum::Apply, report, source.homes())?;
                    say::note("nothing was written");
                    return Ok(code);
                }
                Look::No => {
                    say::note("nothing was written");
                    return Ok(DONE);
                }
            }
        };
        let operation = report.operation;
        if let (Some(resumed), 0, 1..) = (self.args.resume, report.counts.accounts, self.done.len()) {
            say::note(&format!("nothing left to do: operation {resumed} has done all of it"));
        }
        let code = self.told.end(Sum::Apply, report, source.homes())?;
        if let Some(operation) = operation {
            say::note(&format!("to take it back: waxseal undo {operation}{}", state::flag(&self.args.state)));
        }
        Ok(code)
    }

    /// Carries plans out, as often as it takes; those that are refused and can be tried again are kept for
    /// `--retry-refused`.
    fn apply(&self, plans: Box<dyn Iterator<Item = ProfilePlan> + '_>) -> Result<Done, Stop> {
        interrupt::heed();
        let watch = Watch::new(self.told, self.args.how.wait);
        let (folder, mut first, mut any) = (self.journal.folder(), Some(plans), false);
        let report = watch.until_done(|so_far| {
            let broken = RefCell::new(None);
            let plans: Box<dyn Iterator<Item = ProfilePlan> + '_> = match first.take() {
                Some(plans) => plans,
                None => Box::new(of_file(&refused(folder), &broken)?),
            };
            watch.keep(folder);
            let options = ApplyOptions { resume: so_far.operation.or(self.options.resume), ..self.options.clone() };
            let report = waxseal::apply(self.system, plans.filter(|plan| self.is_free(plan)), &options, self.journal, &watch);
            any = watch.keep_end()?;
            broken.into_inner().map_or(Ok(report), Err)
        })?;
        if any {
            let flag = state::flag(&self.args.state);
            say::note(&format!("to try again what was in use: waxseal apply --retry-refused{flag}"));
        }
        Ok(report)
    }

    fn apply_file(&self, path: &Path) -> Result<Done, Stop> {
        let broken = RefCell::new(None);
        let report = self.apply(Box::new(of_file(path, &broken)?))?;
        broken.into_inner().map_or(Ok(report), Err)
    }

    /// Whether a profile is to be worked on: the operation that this goes on with has not done it.
    fn is_free(&self, plan: &ProfilePlan) -> bool {
        !self.done.contains(&plan.profile)
    }

    /// Shows a plan that is kept, looks for what `--strict` refuses, and asks.
    fn look_first(&self, path: &Path) -> Result<Look, Stop> {
        let (mut counts, mut homes, mut profiles, mut refused) = (Counts::default(), HomesSeen::default(), 0, false);
        for plan in plan_file::read(path)? {
            let plan = plan?;
            if self.done.contains(&plan.profile) {
                continue;
            }
            homes.add(&plan);
            profiles += 1;
            counts.add(&plan, if plan.is_empty() { &Outcome::Unchanged } else { &Outcome::Changed });
            if self.args.rules.strict {
                for problem in unsupported(&plan) {
                    refused = true;
                    self.told.problem(&problem);
                }
            }
            if !self.args.how.yes {
                self.told.show(|view| view.plan(&plan))?;
            }
        }
        if refused {
            counts.skipped += counts.changed;
            counts.changed = 0;
            return Ok(Look::Refused(counts));
        }
        if self.args.how.yes {
            return Ok(Look::Go);
        }
        self.told.shown();
        self.told.show(|view| view.flush())?;
        if counts.changed == 0 {
            return Ok(Look::Go);
        }
        let accounts = if counts.changed == 1 { "1 account".to_owned() } else { format!("{} accounts", counts.changed) };
        say::note(&format!(
            "{accounts} would change, in {}",
            if homes.count == 1 { "1 home".to_owned() } else { format!("{} homes", homes.count) }
        ));
        if !ask("Apply these changes?") {
            return Ok(Look::No);
        }
        self.told.begin(profiles);
        Ok(Look::Go)
    }
}

/// The plans of a file; what is wrong with it ends them, and is left in `broken`.
fn of_file<'a>(path: &Path, broken: &'a RefCell<Option<Stop>>) -> Result<impl Iterator<Item = ProfilePlan> + use<'a>, Stop> {
    Ok(plan_file::read(path)?.map_while(|plan| plan.map_err(|stop| broken.replace(Some(stop))).ok()))
}

/// The profiles that an operation has done, and that stand.
fn done_before(journal: &Journal, operation: OperationId) -> Result<HashSet<Profile>, Stop> {
    done(journal, operation).map_err(|error| match error {
        CannotResume::Journal(error) => error.into(),
        no => Stop::usage(format!("operation {operation} {no}"), "leave --resume out to begin a new operation"),
    })
}

enum Look {
    Go,
    No,
    Refused(Counts),
}

/// A plan that is kept for the time of the question; gone when dropped.
struct Kept {
    path: PathBuf,
    own: bool,
}

impl Kept {
    fn of(run: &Run<'_>, source: &Source) -> Result<Kept, Stop> {
        match source {
            Source::File(path) => Ok(Kept { path: path.clone(), own: false }),
            Source::Live(homes, policy) => {
                let path = run.journal.folder().join("asked.plan");
                // One that a crash left; the journal's lock says that nobody else uses it.
                let _ = fs::remove_file(&path);
                // What is shown is about what stands once an interrupted run is put right.
                let results = waxseal::recover(run.system, run.journal, &run.options);
                results.iter().for_each(|result| run.told.recovered(result));
                let mut file = PlanFile::create(&path)?;
                let kept = Kept { path, own: true };
                thread::scope(|threads| {
                    let tell = |problem: &Problem| run.told.problem(problem);
                    plans(threads, run.system, homes, policy, &run.done, tell).try_for_each(|plan| file.add(&plan))
                })?;
                file.finish()?;
                Ok(kept)
            }
        }
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        if self.own {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// What the clients can't hold, as problems.
fn unsupported(plan: &ProfilePlan) -> impl Iterator<Item = Problem> {
    plan.accounts.iter().flat_map(|account| {
        account.unsupported.iter().map(|unsupported| {
            let what = format!("{} = {}: {}", unsupported.setting, unsupported.wanted, unsupported.why);
            plan.profile
                .blame(Problem::new(Code::Unsupported, what).account(&account.id).hint("leave --strict out to do the rest"))
        })
    })
}
