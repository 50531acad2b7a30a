//! What a run looks like: one renderer a form. A view gets what happened and writes it to stdout; it decides nothing.

mod human;
mod json;
pub(crate) mod markdown;
pub(crate) mod style;
pub(crate) mod time;
pub(crate) mod why;

use std::io::{self, BufWriter, IsTerminal, Write};

use anstream::AutoStream;
use waxseal::account::Account;
use waxseal::audit::Finding;
use waxseal::client::Client;
use waxseal::discover::Profile;
use waxseal::journal::{Operation, OperationId};
use waxseal::plan::{AccountPlan, ProfilePlan};
use waxseal::problem::Problem;
use waxseal::recover::Recovered;
use waxseal::report::{Counts, Outcome};

use crate::args::Output;

/// A form of output.
pub(crate) trait View: Send {
    /// An account as read.
    fn account(&mut self, profile: &Profile, account: &Account) -> io::Result<()>;

    /// What is wrong with the accounts of a profile; perhaps nothing.
    fn findings(&mut self, profile: &Profile, each: &[(&Account, Vec<Finding>)]) -> io::Result<()>;

    /// What rules make of an account.
    fn why(&mut self, profile: &Profile, account: &AccountPlan, rules: &[why::RuleSeen<'_>]) -> io::Result<()>;

    /// A profile's plan, whole.
    fn plan(&mut self, plan: &ProfilePlan) -> io::Result<()>;

    /// What became of a profile's plan; what changed is shown unless it was `Shown` before.
    fn done(&mut self, plan: &ProfilePlan, outcome: &Outcome, before: Before) -> io::Result<()>;

    /// A problem that belongs to no plan.
    fn problem(&mut self, problem: &Problem) -> io::Result<()>;

    /// An operation of the journal.
    fn operation(&mut self, operation: &Operation) -> io::Result<()>;

    /// What became of an interrupted profile.
    fn recovered(&mut self, recovered: &Recovered) -> io::Result<()>;

    /// What clients can hold.
    fn clients(&mut self, clients: &[&Client]) -> io::Result<()>;

    /// The sum; comes last.
    fn summary(&mut self, summary: &Summary) -> io::Result<()>;

    /// Writes out what is buffered.
    fn flush(&mut self) -> io::Result<()>;
}

/// Whether a plan's changes have been shown already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Before {
    /// They have.
    Shown,
    /// They have not.
    Unseen,
}

/// Which verb a summary is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sum {
    /// Accounts found.
    List,
    /// Accounts with findings.
    Audit,
    /// Changes intended.
    Plan,
    /// Changes made.
    Apply,
    /// Changes taken back.
    Undo,
}

/// Accounts by what became of them.
#[derive(Debug, Clone)]
pub(crate) struct Summary {
    /// Of which verb.
    pub(crate) of: Sum,
    /// The counts.
    pub(crate) counts: Counts,
    /// The operation, if anything was written.
    pub(crate) operation: Option<OperationId>,
}

/// The view that the command line asks for, on stdout. Colours on a terminal only, and as `NO_COLOR` has it.
pub(crate) fn on_stdout(args: &Output) -> Box<dyn View> {
    let stdout = io::stdout();
    let is_terminal = stdout.is_terminal();
    if args.json {
        Box::new(json::Json::new(BufWriter::new(stdout)))
    } else {
        let out: Box<dyn Write + Send> = Box::new(BufWriter::new(AutoStream::auto(stdout)));
        let width = terminal_size::terminal_size().filter(|_| is_terminal).map(|(width, _)| width.0.into());
        Box::new(human::Human::new(out, args.full, is_terminal, width))
    }
}
