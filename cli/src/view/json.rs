//! The form for programs: one JSON object a line, each with a `type`. Members that have no value are left out.

mod object;

use std::io::{self, Write};
use std::path::Path;

use serde_json::{Value as Member, json};
use waxseal::account::Account;
use waxseal::audit::Finding;
use waxseal::client::Client;
use waxseal::discover::Profile;
use waxseal::journal::Operation;
use waxseal::plan::{AccountPlan, ProfilePlan};
use waxseal::problem::Problem;
use waxseal::recover::Recovered;
use waxseal::report::Outcome;

use object::{Line, Settings, of_change, of_consequence, of_row, of_unsupported};

use super::time::rfc3339;
use super::why::RuleSeen;
use super::{Before, Summary, View};

/// Writes JSON lines.
pub(super) struct Json<W> {
    out: W,
}

impl<W: Write + Send> Json<W> {
    pub(super) fn new(out: W) -> Json<W> {
        Json { out }
    }

    fn line(&mut self, line: Line) -> io::Result<()> {
        self.out.write_all(&line.text()?)
    }

    fn changes(&mut self, plan: &ProfilePlan) -> io::Result<()> {
        for account in &plan.accounts {
            for change in &account.changes {
                self.line(of_change(&plan.profile, account, change))?;
            }
            if let Some(consequence) = &account.consequence {
                self.line(of_consequence(&plan.profile, account, consequence))?;
            }
        }
        Ok(())
    }

    fn rest(&mut self, plan: &ProfilePlan) -> io::Result<()> {
        for account in &plan.accounts {
            for unsupported in &account.unsupported {
                self.line(of_unsupported(&plan.profile, account, unsupported))?;
            }
        }
        for problem in &plan.problems {
            self.problem(&plan.profile.blame(problem.clone()))?;
        }
        for account in &plan.accounts {
            for problem in &account.problems {
                let mut problem = plan.profile.blame(problem.clone());
                problem.account.get_or_insert_with(|| account.id.clone());
                self.problem(&problem)?;
            }
        }
        Ok(())
    }
}

impl<W: Write + Send> View for Json<W> {
    fn account(&mut self, profile: &Profile, account: &Account) -> io::Result<()> {
        self.line(
            Line::of("account")
                .profile(profile)
                .with("account", &account.id)
                .with("name", &account.name)
                .maybe("email", account.email())
                .with("store", account.store.to_string_lossy())
                .with("settings", Settings(&account.settings))
                .with("defaults", &account.defaults)
                .with("unsupported", &account.unsupported),
        )
    }

    fn findings(&mut self, profile: &Profile, each: &[(&Account, Vec<Finding>)]) -> io::Result<()> {
        each.iter().flat_map(|(account, findings)| findings.iter().map(move |finding| (account, finding))).try_for_each(
            |(account, finding)| {
                self.line(
                    Line::of("finding")
                        .profile(profile)
                        .with("account", &account.id)
                        .with("setting", finding.setting.name())
                        .with("actual", finding.actual.as_ref().map(waxseal::value::Value::to_json))
                        .with("wanted", finding.wanted.to_json())
                        .with("store", account.store.to_string_lossy())
                        .with("message", &finding.message),
                )
            },
        )
    }

    fn why(&mut self, profile: &Profile, account: &AccountPlan, rules: &[RuleSeen<'_>]) -> io::Result<()> {
        rules.iter().try_for_each(|rule| {
            let missed = |(what, globs, values): &(waxseal::policy::Match, Vec<String>, Vec<String>)| {
                json!({ "match": what.name(), "wanted": globs, "actual": values })
            };
            let wishes = rule.wishes.iter().map(|wish| {
                json!({ "setting": wish.setting.name(), "wanted": wish.wanted, "becomes": wish.fate.word(), "message": wish.fate.sentence() })
            });
            self.line(
                Line::of("why")
                    .account(profile, account)
                    .with("rule", rule.name)
                    .with("matches", rule.matches())
                    .with("missed", rule.misses.iter().map(missed).collect::<Vec<_>>())
                    .with("settings", wishes.collect::<Vec<_>>()),
            )
        })?;
        account.problems.iter().try_for_each(|problem| self.problem(&profile.blame(problem.clone())))
    }

    fn plan(&mut self, plan: &ProfilePlan) -> io::Result<()> {
        self.changes(plan)?;
        self.rest(plan)
    }

    fn done(&mut self, plan: &ProfilePlan, outcome: &Outcome, before: Before) -> io::Result<()> {
        match outcome {
            Outcome::Changed if before == Before::Unseen => self.changes(plan)?,
            Outcome::Changed | Outcome::Unchanged => {}
            Outcome::Refused(problem) | Outcome::Failed(problem) => self.problem(problem)?,
        }
        if before == Before::Unseen { self.rest(plan) } else { Ok(()) }
    }

    fn problem(&mut self, problem: &Problem) -> io::Result<()> {
        self.line(
            Line::of("problem")
                .with("code", problem.code.word())
                .maybe("home", problem.home.as_deref().map(Path::to_string_lossy))
                .maybe("client", problem.client.as_ref())
                .maybe("profile", problem.profile.as_ref())
                .maybe("account", problem.account.as_ref())
                .maybe("path", problem.path.as_deref().map(Path::to_string_lossy))
                .maybe("line", problem.line)
                .with("message", &problem.message)
                .maybe("hint", problem.hint.as_ref()),
        )
    }

    fn operation(&mut self, operation: &Operation) -> io::Result<()> {
        self.line(
            Line::of("operation")
                .with("operation", operation.id.to_string())
                .with("kind", json!(operation.kind))
                .maybe("of", operation.of.map(|id| id.to_string()))
                .with("started", rfc3339(operation.started))
                .maybe("finished", operation.finished.map(rfc3339))
                .with("command", &operation.command)
                .with("homes", operation.homes)
                .with("profiles", operation.profiles)
                .with("done", operation.done)
                .with("failed", operation.failed)
                .with("undone", operation.undone)
                .with("interrupted", operation.interrupted)
                .with("broken", operation.broken)
                .with("forgotten", operation.forgotten),
        )
    }

    fn recovered(&mut self, recovered: &Recovered) -> io::Result<()> {
        let line = Line::of("recovered").with("operation", recovered.operation.to_string());
        let line = match &recovered.profile {
            Some(profile) => line.profile(profile),
            None => line,
        };
        self.line(line.with("finished", recovered.finished))
    }

    fn clients(&mut self, clients: &[&Client]) -> io::Result<()> {
        clients.iter().try_for_each(|client| {
            let rows = client.tables.iter().flat_map(|(side, rows)| rows.iter().map(move |row| of_row(*side, row)));
            self.line(
                Line::of("client")
                    .with("client", client.name)
                    .with("title", client.title)
                    .with("versions", client.versions)
                    .with("source", client.source)
                    .with("settings", rows.collect::<Vec<Member>>()),
            )
        })
    }

    fn summary(&mut self, summary: &Summary) -> io::Result<()> {
        let counts = &summary.counts;
        self.line(
            Line::of("summary")
                .with("homes", counts.homes)
                .with("accounts", counts.accounts)
                .with("changed", counts.changed)
                .with("unchanged", counts.unchanged)
                .with("skipped", counts.skipped)
                .with("failed", counts.failed)
                .maybe("operation", summary.operation.map(|id| id.to_string())),
        )
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use waxseal::problem::{Code, Problem};
    use waxseal::report::Counts;

    use super::Json;
    use crate::view::{Sum, Summary, View};

    fn text(write: impl FnOnce(&mut Json<Vec<u8>>)) -> String {
        let mut json = Json::new(Vec::new());
        write(&mut json);
        String::from_utf8(json.out).unwrap()
    }

    #[test]
    fn what_is_not_there_is_left_out() {
        let problem = Problem::new(Code::Unreadable, "no").at("a/b");
        assert_eq!(
            text(|json| json.problem(&problem).unwrap()),
            "{\"type\":\"problem\",\"code\":\"unreadable\",\"path\":\"a/b\",\"message\":\"no\"}\n"
        );
        let summary = Summary { of: Sum::Plan, counts: Counts::default(), operation: None };
        assert_eq!(
            text(|json| json.summary(&summary).unwrap()),
            "{\"type\":\"summary\",\"homes\":0,\"accounts\":0,\"changed\":0,\"unchanged\":0,\"skipped\":0,\"failed\":0}\n"
        );
    }
}
