//! The form for people: an account a block, what is new in colour, what is wrong with what to do next.

mod diff;

use std::io::{self, Write};

use waxseal::account::{Account, Server};
use waxseal::audit::Finding;
use waxseal::client::Client;
use waxseal::discover::Profile;
use waxseal::journal::{Kind, Operation};
use waxseal::plan::ProfilePlan;
use waxseal::problem::Problem;
use waxseal::recover::Recovered;
use waxseal::report::Outcome;
use waxseal::setting::Side;

use diff::Keys;

use super::style::{BAD, BOLD, FAINT, NEW, WARN, clean};
use super::time::rfc3339;
use super::{Before, Sum, Summary, View, markdown};
use crate::state;

/// Writes for people.
pub(super) struct Human {
    out: Box<dyn Write + Send>,
    full: bool,
    /// Whether each profile is shown as soon as it is there.
    eager: bool,
}

impl Human {
    pub(super) fn new(out: Box<dyn Write + Send>, full: bool, eager: bool) -> Human {
        Human { out, full, eager }
    }

    fn settle(&mut self) -> io::Result<()> {
        if self.eager { self.out.flush() } else { Ok(()) }
    }

    fn heading(&mut self, profile: &Profile, id: &str, name: &str, email: Option<&str>) -> io::Result<()> {
        let called = match (name, email) {
            ("", None) => id.to_owned(),
            ("", Some(email)) => email.to_owned(),
            (name, Some(email)) if !name.contains(email) => format!("{name} <{email}>"),
            (name, _) => name.to_owned(),
        };
        let (called, client, place) = (clean(&called), title(&profile.client), clean(&profile.folder.to_string()));
        writeln!(self.out, "{BOLD}{called}{BOLD:#} · {client} · {place} {FAINT}({}){FAINT:#}", clean(id))
    }

    fn server(&mut self, name: &str, protocol: &str, server: Option<Server<'_>>) -> io::Result<()> {
        let Some(server) = server else { return Ok(()) };
        let place = format!("{}:{}", server.host.unwrap_or("?"), server.port.map_or("?".to_owned(), |port| port.to_string()));
        let style = if server.security.is_some_and(|security| security.is_secure()) { NEW } else { WARN };
        let security = server.security.map_or("unknown security".to_owned(), |security| security.to_string());
        let auth = server.auth.map_or("unknown auth".to_owned(), ToString::to_string);
        let user = server.username.map(|user| format!("  {}", clean(user))).unwrap_or_default();
        writeln!(self.out, "  {name}  {protocol:4}  {}  {style}{security}{style:#}  {}{user}", clean(&place), clean(&auth))
    }

    fn problem_below(&mut self, problem: &Problem, indent: &str) -> io::Result<()> {
        let (code, text) = (problem.code, clean(&problem.to_string()));
        writeln!(self.out, "{indent}{BAD}{code}:{BAD:#} {text}")?;
        match &problem.hint {
            Some(hint) => writeln!(self.out, "{indent}  {FAINT}hint:{FAINT:#} {}", clean(hint)),
            None => Ok(()),
        }
    }

    fn whole(&mut self, plan: &ProfilePlan, keys: Keys) -> io::Result<()> {
        plan.problems.iter().try_for_each(|problem| self.problem_below(&placed(problem), ""))?;
        plan.accounts.iter().try_for_each(|account| self.account_plan(plan, account, keys))?;
        self.settle()
    }
}

impl View for Human {
    fn account(&mut self, profile: &Profile, account: &Account) -> io::Result<()> {
        self.heading(profile, &account.id, &account.name, account.email())?;
        let protocol = account.protocol().map_or("", |protocol| protocol.name());
        self.server("incoming", protocol, account.incoming())?;
        self.server("outgoing", "smtp", account.outgoing())?;
        for (setting, value) in &account.settings {
            if self.full || setting.side() == Side::Mailbox {
                let default =
                    if account.defaults.contains(setting) { format!("  {FAINT}(default){FAINT:#}") } else { String::new() };
                if self.full || default.is_empty() {
                    writeln!(self.out, "  {setting}  {}{default}", clean(&value.to_string()))?;
                }
            }
        }
        if self.full {
            for (setting, why) in &account.unsupported {
                writeln!(self.out, "  {FAINT}{setting}  not held: {}{FAINT:#}", clean(why))?;
            }
        }
        writeln!(self.out)?;
        self.settle()
    }

    fn findings(&mut self, profile: &Profile, account: &Account, findings: &[Finding]) -> io::Result<()> {
        if findings.is_empty() && !self.full {
            return Ok(());
        }
        self.heading(profile, &account.id, &account.name, account.email())?;
        if findings.is_empty() {
            writeln!(self.out, "  nothing found")?;
        }
        for finding in findings {
            let actual = finding.actual.as_ref().map_or("not set".to_owned(), |actual| clean(&actual.to_string()));
            let (setting, wanted) = (finding.setting, clean(&finding.wanted.to_string()));
            writeln!(self.out, "  {BAD}{setting}{BAD:#} is {actual}, should be {wanted}")?;
            writeln!(self.out, "    {FAINT}{}{FAINT:#}", clean(&finding.message))?;
        }
        writeln!(self.out)?;
        self.settle()
    }

    fn plan(&mut self, plan: &ProfilePlan) -> io::Result<()> {
        self.whole(plan, Keys::Shown)
    }

    fn done(&mut self, plan: &ProfilePlan, outcome: &Outcome, before: Before) -> io::Result<()> {
        let place = format!("{} · {}", title(&plan.profile.client), clean(&plan.profile.folder.to_string()));
        match (outcome, before) {
            (Outcome::Changed, Before::Shown) => writeln!(self.out, "{NEW}changed:{NEW:#} {place}")?,
            (Outcome::Changed | Outcome::Unchanged, Before::Unseen) => {
                self.whole(plan, if self.full { Keys::Shown } else { Keys::Aside })?
            }
            (Outcome::Unchanged, Before::Shown) => {}
            (Outcome::Refused(problem) | Outcome::Failed(problem), _) => {
                let what = if matches!(outcome, Outcome::Failed(_)) { "failed" } else { "refused" };
                writeln!(self.out, "{BOLD}{place}{BOLD:#}: {what}, nothing changed")?;
                self.problem_below(problem, "  ")?;
                for problem in plan.all_problems().filter(|_| before == Before::Unseen) {
                    self.problem_below(problem, "  ")?;
                }
            }
        }
        self.settle()
    }

    fn problem(&mut self, problem: &Problem) -> io::Result<()> {
        self.problem_below(&placed(problem), "")?;
        self.settle()
    }

    fn operation(&mut self, operation: &Operation) -> io::Result<()> {
        let what = match (operation.kind, operation.of) {
            (Kind::Apply, _) => "apply".to_owned(),
            (Kind::Undo, Some(of)) => format!("undo of {of}"),
            (Kind::Undo, None) => "undo".to_owned(),
        };
        let parts = [
            (operation.done, "done"),
            (operation.undone, "taken back since"),
            (operation.failed, "failed"),
            (operation.interrupted, "interrupted"),
            (operation.broken, "broken"),
        ];
        let states: Vec<String> =
            parts.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{} {word}", count(*n, "profile"))).collect();
        let forgotten = if operation.forgotten { ", backups dropped" } else { "" };
        writeln!(
            self.out,
            "{BOLD}{:>4}{BOLD:#}  {}  {what}, {}: {}{forgotten}",
            operation.id,
            rfc3339(operation.started),
            count(operation.homes, "home"),
            states.join(", ")
        )?;
        writeln!(self.out, "      {FAINT}{}{FAINT:#}", clean(&operation.command))
    }

    fn recovered(&mut self, recovered: &Recovered) -> io::Result<()> {
        writeln!(self.out, "{}", clean(&state::recovered_text(recovered)))
    }

    fn client(&mut self, client: &Client) -> io::Result<()> {
        writeln!(self.out, "{BOLD}{}{BOLD:#} ({}) · {}", client.title, client.name, client.versions)?;
        for line in markdown::holdings(client) {
            let why = line.why.map(|why| format!("  {FAINT}{why}{FAINT:#}")).unwrap_or_default();
            writeln!(self.out, "  {:38}{}{why}", line.setting.name(), line.held)?;
        }
        writeln!(self.out, "  {FAINT}source: {}{FAINT:#}\n", client.source)
    }

    fn summary(&mut self, summary: &Summary) -> io::Result<()> {
        let counts = &summary.counts;
        let found = format!("{} in {}", count(counts.accounts as u64, "account"), count(counts.homes as u64, "home"));
        let verb = match summary.of {
            Sum::List => return writeln!(self.out, "{found}"),
            Sum::Audit => {
                return match counts.changed {
                    0 => writeln!(self.out, "{found}: nothing found"),
                    n => writeln!(self.out, "{found}: {n} with findings"),
                };
            }
            Sum::Plan => "to change",
            Sum::Apply => "changed",
            Sum::Undo => "taken back",
        };
        let parts =
            [(counts.changed, verb), (counts.unchanged, "as they are"), (counts.skipped, "refused"), (counts.failed, "failed")];
        let parts: Vec<String> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
        let parts = if parts.is_empty() { String::new() } else { format!(": {}", parts.join(", ")) };
        let operation = summary.operation.map(|id| format!(" (operation {id})")).unwrap_or_default();
        writeln!(self.out, "{found}{parts}{operation}")
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn title(client: &str) -> &str {
    waxseal::clients::named(client).map_or(client, |client| client.title)
}

/// A problem that stands alone, its account and profile named in the message.
fn placed(problem: &Problem) -> Problem {
    let profile = problem.profile.as_ref().filter(|_| problem.path.is_none());
    let home = problem.home.as_ref().filter(|_| problem.path.is_none() && profile.is_none());
    let places = [profile.cloned(), home.map(|home| home.display().to_string()), problem.account.clone()];
    let message = places.into_iter().flatten().map(|place| format!("{place}: ")).collect::<String>() + &problem.message;
    Problem { message, ..problem.clone() }
}

/// `1 home`, `2 homes`.
fn count(n: u64, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}
