//! `waxseal audit`: what breaks RFC 8314, or a policy: for people, as JSON or as CSV. Changes nothing.

use std::io::{self, Write};
use std::thread;

use waxseal::account::{Account, Reading};
use waxseal::audit::{Finding, against, audit};
use waxseal::discover::Profile;
use waxseal::journal::{Journal, JournalError, OperationId};
use waxseal::plan::AccountPlan;
use waxseal::policy::{Policy, Subject};
use waxseal::probe::Unproven;
use waxseal::problem::{Code, Problem};
use waxseal::report::Counts;
use waxseal::system::{Disk, Reader};
use waxseal::undo::plan_of;

use super::HomesSeen;
use crate::args::Audit;
use crate::exit::{DONE, PARTLY, PENDING, Stop};
use crate::view::{self, Sum, Summary, View};
use crate::{csv, homes, policy, say, state};

/// Audits.
pub(crate) fn run(args: &Audit) -> Result<u8, Stop> {
    let rules = args.policy.as_ref().map(|path| policy::to_audit(path, args.users.as_deref())).transpose()?;
    let only = Policy { only: args.accounts.account.clone(), ..Policy::default() };
    let mut run = Run::new(view::on_stdout(&args.output), args.csv.then(|| io::BufWriter::new(io::stdout())), only)?;
    let system = Disk::new();
    if let Some(operation) = args.operation {
        of_operation(args, &system, operation, rules.as_ref(), &mut run)?;
        return run.end();
    }
    let homes = homes::from(&args.homes)?;
    state::look(&args.state);
    let look = |home: &dyn Reader, found: Result<Profile, Problem>| {
        found.map(|profile| (Looked::at(home, &profile, rules.as_ref()), profile)).map_err(Box::new)
    };
    thread::scope(|threads| -> Result<(), Stop> {
        for found in homes.each(threads, &system, look) {
            match found {
                Ok((looked, profile)) => run.profile(&profile, &looked)?,
                Err(problem) => run.problem(&problem)?,
            }
        }
        Ok(())
    })?;
    run.counts.homes = homes.seen();
    run.end()
}

/// The profiles of an operation: does what it set still stand, or do they keep a policy.
fn of_operation(args: &Audit, system: &Disk, operation: OperationId, rules: Option<&Policy>, run: &mut Run) -> Result<(), Stop> {
    let none = || Stop::from(JournalError::NoOperation(operation));
    let journal = Journal::peek(state::folder(&args.state)?)?.ok_or_else(none)?;
    let mut seen = HomesSeen::default();
    for record in journal.records(operation)? {
        let Some(plan) = plan_of(&journal, &record) else {
            let why = if record.detail.is_none() { "it was forgotten" } else { "its backups are gone" };
            let message = format!("what operation {operation} set is not known any more: {why}");
            return Err(Stop::usage(message, "name the homes, and a policy with --policy"));
        };
        seen.add(&plan);
        let looked = match rules {
            Some(_) => Looked::at(system, &plan.profile, rules),
            None => Looked { reading: waxseal::read(system, &plan.profile), wants: Some(plan.accounts), lost: Vec::new() },
        };
        run.profile(&plan.profile, &looked)?;
    }
    run.counts.homes = seen.count;
    Ok(())
}

/// A profile as it is, and what is wanted of it; nothing said is RFC 8314.
struct Looked {
    reading: Reading,
    wants: Option<Vec<AccountPlan>>,
    /// Accounts that lack a variable's value were not compared; nobody may overlook that.
    lost: Vec<Problem>,
}

impl Looked {
    fn at(system: &dyn Reader, profile: &Profile, rules: Option<&Policy>) -> Looked {
        let plan = rules.map(|rules| waxseal::plan(system, profile, rules, &Unproven));
        let wants = plan.map(|plan| plan.accounts);
        let problems = wants.iter().flatten().flat_map(|account| &account.problems);
        let lost = problems.filter(|problem| problem.code == Code::NoValue).cloned().collect();
        Looked { reading: waxseal::read(system, profile), wants, lost }
    }

    fn findings(&self, account: &Account) -> Vec<Finding> {
        match &self.wants {
            None => audit(account),
            Some(plans) => {
                let plan = plans.iter().find(|plan| plan.id == account.id);
                plan.map(|plan| against(account, &plan.wants)).unwrap_or_default()
            }
        }
    }
}

/// An audit under way.
struct Run {
    view: Box<dyn View>,
    table: Option<io::BufWriter<io::Stdout>>,
    only: Policy,
    counts: Counts,
    problems: usize,
}

impl Run {
    fn new(view: Box<dyn View>, mut table: Option<io::BufWriter<io::Stdout>>, only: Policy) -> Result<Run, Stop> {
        if let Some(table) = &mut table {
            csv::line(table, COLUMNS)?;
        }
        Ok(Run { view, table, only, counts: Counts::default(), problems: 0 })
    }

    fn profile(&mut self, profile: &Profile, looked: &Looked) -> Result<(), Stop> {
        let wanted = looked.reading.accounts.iter().filter(|account| self.only.includes(&Subject::of(account)));
        let each: Vec<(&Account, Vec<Finding>)> = wanted.map(|account| (account, looked.findings(account))).collect();
        for (account, findings) in &each {
            self.counts.accounts += 1;
            *(if findings.is_empty() { &mut self.counts.unchanged } else { &mut self.counts.changed }) += 1;
            if let Some(table) = &mut self.table {
                rows(table, profile, account, findings)?;
            }
        }
        if self.table.is_none() {
            self.view.findings(profile, &each)?;
        }
        looked.reading.problems.iter().chain(&looked.lost).try_for_each(|problem| self.problem(problem))
    }

    fn problem(&mut self, problem: &Problem) -> Result<(), Stop> {
        self.problems += 1;
        Ok(tell(self.view.as_mut(), self.table.is_some(), problem)?)
    }

    fn end(mut self) -> Result<u8, Stop> {
        match &mut self.table {
            Some(table) => table.flush()?,
            None => {
                self.view.summary(&Summary { of: Sum::Audit, counts: self.counts.clone(), operation: None })?;
                self.view.flush()?;
            }
        }
        Ok(match (self.problems, self.counts.changed) {
            (0, 0) => DONE,
            (0, _) => PENDING,
            _ => PARTLY,
        })
    }
}

const COLUMNS: &[&str] =
    &["home", "client", "profile", "account", "name", "email", "setting", "actual", "wanted", "message", "store"];

/// A problem stands among the findings, but in no table.
fn tell(view: &mut dyn View, is_table: bool, problem: &Problem) -> io::Result<()> {
    if is_table {
        say::problem(problem);
        return Ok(());
    }
    view.problem(problem)
}

fn rows(out: &mut impl Write, profile: &Profile, account: &Account, findings: &[Finding]) -> io::Result<()> {
    for finding in findings {
        let actual = finding.actual.as_ref().map(ToString::to_string).unwrap_or_default();
        let (home, folder, store) =
            (profile.home.path.to_string_lossy(), profile.folder.to_string(), account.store.to_string_lossy());
        let (wanted, email) = (finding.wanted.to_string(), account.email().unwrap_or_default());
        let setting = finding.setting.name();
        csv::line(
            out,
            &[
                &home,
                &profile.client,
                &folder,
                &account.id,
                &account.name,
                email,
                setting,
                &actual,
                &wanted,
                &finding.message,
                &store,
            ],
        )?;
    }
    Ok(())
}
