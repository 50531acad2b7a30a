//! The form for people: an account a block, what is new in colour, what is wrong with what to do next.

mod diff;
mod groups;
mod matrix;

use std::io::{self, Write};
use std::path::PathBuf;

use waxseal::account::{Account, Server};
use waxseal::audit::Finding;
use waxseal::client::Client;
use waxseal::discover::Profile;
use waxseal::journal::{Kind, Operation};
use waxseal::plan::{AccountPlan, ProfilePlan};
use waxseal::problem::Problem;
use waxseal::recover::Recovered;
use waxseal::report::Outcome;
use waxseal::setting::Side;

use diff::Keys;
use groups::{Groups, Shape};

use super::style::{BAD, BOLD, FAINT, NEW, WARN, clean};
use super::time::rfc3339;
use super::why::RuleSeen;
use super::{Before, Sum, Summary, View};
use crate::state;

/// Writes for people. What is alike in many homes is shown once, unless all is to be shown.
pub(super) struct Human {
    out: Out,
    full: bool,
    /// Whether each profile is shown as soon as it is there.
    eager: bool,
    groups: Groups,
    /// How many columns the terminal has, where it is one.
    width: Option<usize>,
}

/// Where text goes: out, or for a while into a text of its own.
struct Out {
    to: Box<dyn Write + Send>,
    held: Option<Vec<u8>>,
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.held {
            Some(held) => held.write(bytes),
            None => self.to.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.held.is_some() { Ok(()) } else { self.to.flush() }
    }
}

impl Human {
    pub(super) fn new(out: Box<dyn Write + Send>, full: bool, eager: bool, width: Option<usize>) -> Human {
        Human { out: Out { to: out, held: None }, full, eager, groups: Groups::default(), width }
    }

    /// Writes what one profile has to say, or counts it with those that say the same.
    fn grouped(
        &mut self,
        shape: impl FnOnce() -> Shape,
        place: &str,
        write: impl FnOnce(&mut Self) -> io::Result<()>,
    ) -> io::Result<()> {
        if self.full {
            write(self)?;
            return self.settle();
        }
        let shape = shape();
        if self.groups.count(&shape, place) {
            return Ok(());
        }
        self.out.held = Some(Vec::new());
        let written = write(self);
        let text = self.out.held.take().unwrap_or_default();
        written?;
        if self.groups.add(shape, text) { self.ungroup() } else { Ok(()) }
    }

    fn ungroup(&mut self) -> io::Result<()> {
        std::mem::take(&mut self.groups).write(&mut self.out)
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

    fn account_findings(&mut self, profile: &Profile, account: &Account, findings: &[Finding]) -> io::Result<()> {
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
            match finding.can_be_set() {
                true => writeln!(self.out, "  {BAD}{setting}{BAD:#} is {actual}, should be {wanted}")?,
                false => writeln!(self.out, "  {BAD}{setting}{BAD:#} is {actual}, and no more than that")?,
            }
            writeln!(self.out, "    {FAINT}{}{FAINT:#}", clean(&finding.message))?;
        }
        writeln!(self.out)
    }

    fn whole(&mut self, plan: &ProfilePlan, keys: Keys) -> io::Result<()> {
        plan.problems.iter().try_for_each(|problem| self.problem_below(&placed(problem), ""))?;
        plan.accounts.iter().try_for_each(|account| self.account_plan(plan, account, keys))
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

    fn findings(&mut self, profile: &Profile, each: &[(&Account, Vec<Finding>)]) -> io::Result<()> {
        let shape = || Shape::of_findings(profile, each);
        self.grouped(shape, &profile.folder.to_string(), |human| {
            each.iter().try_for_each(|(account, findings)| human.account_findings(profile, account, findings))
        })
    }

    fn why(&mut self, profile: &Profile, account: &AccountPlan, rules: &[RuleSeen<'_>]) -> io::Result<()> {
        self.heading(profile, &account.id, &account.name, account.email.as_deref())?;
        for rule in rules {
            let (style, verb) = match (rule.excluded, rule.matches()) {
                (true, _) => (FAINT, "is passed over: --account leaves this account out"),
                (false, true) => (NEW, "matches"),
                (false, false) => (FAINT, "doesn't match"),
            };
            writeln!(self.out, "  rule \"{}\" {style}{verb}{style:#}", clean(rule.name))?;
            if rule.excluded {
                continue;
            }
            for (what, globs, values) in &rule.misses {
                let is = if values.is_empty() { "not set".to_owned() } else { values.join(", ") };
                writeln!(self.out, "    {} is {}, not {}", what.name(), clean(&is), clean(&globs.join(" or ")))?;
            }
            let width = rule.wishes.iter().map(|wish| wish.setting.name().len() + wish.wanted.chars().count()).max();
            for wish in &rule.wishes {
                let what = format!("{} = {}", wish.setting, clean(&wish.wanted));
                writeln!(self.out, "    {what:0$}  {1}", width.unwrap_or(0) + 3, clean(&wish.fate.sentence()))?;
            }
        }
        account.problems.iter().try_for_each(|problem| self.problem_below(problem, "  "))?;
        writeln!(self.out)
    }

    fn plan(&mut self, plan: &ProfilePlan) -> io::Result<()> {
        let place = plan.profile.folder.to_string();
        self.grouped(|| Shape::of(plan, "plan"), &place, |human| human.whole(plan, Keys::Shown))
    }

    fn done(&mut self, plan: &ProfilePlan, outcome: &Outcome, before: Before) -> io::Result<()> {
        let folder = plan.profile.folder.to_string();
        let place = format!("{} · {}", title(&plan.profile.client), clean(&folder));
        match (outcome, before) {
            (Outcome::Changed, Before::Shown) => {
                let shape = || Shape::changed(&plan.profile.client);
                self.grouped(shape, &folder, |human| writeln!(human.out, "{NEW}changed:{NEW:#} {place}"))
            }
            (Outcome::Changed | Outcome::Unchanged, Before::Unseen) => {
                let keys = if self.full { Keys::Shown } else { Keys::Aside };
                self.grouped(|| Shape::of(plan, "done"), &folder, |human| human.whole(plan, keys))
            }
            (Outcome::Unchanged, Before::Shown) => Ok(()),
            (Outcome::Refused(problem) | Outcome::Failed(problem), _) => {
                let what = if matches!(outcome, Outcome::Failed(_)) { "failed" } else { "refused" };
                let also: Vec<&Problem> = plan.all_problems().filter(|_| before == Before::Unseen).collect();
                let shape = || Shape::of_problems(what, std::iter::once(problem).chain(also.iter().copied()));
                self.grouped(shape, &folder, |human| {
                    writeln!(human.out, "{BOLD}{place}{BOLD:#}: {what}, nothing changed")?;
                    human.problem_below(problem, "  ")?;
                    also.iter().try_for_each(|problem| human.problem_below(problem, "  "))
                })
            }
        }
    }

    fn problem(&mut self, problem: &Problem) -> io::Result<()> {
        let shown = |path: &PathBuf| path.display().to_string();
        let place =
            problem.path.as_ref().map(shown).or_else(|| problem.profile.clone()).or_else(|| problem.home.as_ref().map(shown));
        let place = place.unwrap_or_default();
        let shape = || Shape::of_problems("problem", std::iter::once(problem));
        self.grouped(shape, &place, |human| human.problem_below(&placed(problem), ""))
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

    fn clients(&mut self, clients: &[&Client]) -> io::Result<()> {
        match clients {
            [_] => {}
            _ if self.full => {}
            _ => return self.matrix(clients),
        }
        clients.iter().try_for_each(|client| self.holdings(client))
    }

    fn summary(&mut self, summary: &Summary) -> io::Result<()> {
        self.ungroup()?;
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
        self.ungroup()?;
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
