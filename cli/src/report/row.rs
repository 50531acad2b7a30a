//! A profile as the report has it: one object, and one line of the table for each account.

use serde_json::{Value as Member, json};
use waxseal::client::{Answer, Consequence};
use waxseal::plan::{AccountPlan, Cause, Change, ProfilePlan};
use waxseal::problem::Problem;
use waxseal::report::Outcome;
use waxseal::value::Value;

/// What became of a profile's plan.
pub(super) fn of_plan(plan: &ProfilePlan, outcome: &Outcome) -> Member {
    let (word, problem) = match outcome {
        Outcome::Changed => ("changed", None),
        Outcome::Unchanged => ("unchanged", None),
        Outcome::Refused(problem) => ("refused", Some(problem)),
        Outcome::Failed(problem) => ("failed", Some(problem)),
    };
    // A profile of which every wish was refused is no quiet one.
    let lost = plan.all_problems().next();
    let word = if word == "unchanged" && lost.is_some() { "refused" } else { word };
    let problem = problem.or(lost);
    let accounts: Vec<Member> = plan.accounts.iter().map(|account| of_account(account, outcome)).collect();
    json!({
        "home": plan.profile.home.path.to_string_lossy(),
        "client": plan.profile.client,
        "profile": plan.profile.folder.to_string(),
        "outcome": word,
        "code": problem.map(|problem| problem.code.word()),
        "reason": problem.map(ToString::to_string),
        "hint": problem.and_then(|problem| problem.hint.clone()),
        "accounts": accounts,
    })
}

/// What hides a home or a profile.
pub(super) fn of_problem(problem: &Problem) -> Member {
    let home = problem.home.as_ref().or(problem.path.as_ref()).map(|path| path.to_string_lossy().into_owned());
    json!({
        "home": home,
        "client": problem.client,
        "profile": problem.profile,
        "outcome": "failed",
        "code": problem.code.word(),
        "reason": problem.to_string(),
        "hint": problem.hint,
        "accounts": [],
    })
}

fn of_account(account: &AccountPlan, outcome: &Outcome) -> Member {
    let word = match (outcome, account.is_changed()) {
        (Outcome::Changed, true) => "changed",
        (Outcome::Refused(_), true) => "refused",
        (Outcome::Failed(_), true) => "failed",
        _ if !account.problems.is_empty() => "refused",
        _ => "unchanged",
    };
    let problems: Vec<Member> = account
        .problems
        .iter()
        .map(|problem| json!({ "code": problem.code.word(), "reason": problem.to_string(), "hint": problem.hint }))
        .collect();
    let unsupported: Vec<Member> = account
        .unsupported
        .iter()
        .map(|one| json!({ "setting": one.setting.name(), "wanted": one.wanted.to_json(), "why": one.why }))
        .collect();
    let consequence = account.consequence.as_ref().filter(|_| word == "changed");
    let answer = |of: fn(&Consequence) -> &Answer, yes: &'static str| {
        consequence.map(|consequence| match of(consequence) {
            Answer::No => "no",
            Answer::Yes => yes,
            Answer::Unknown => "unknown",
        })
    };
    json!({
        "account": account.id,
        "name": account.name,
        "email": account.email,
        "outcome": word,
        "changes": account.changes.iter().map(of_change).collect::<Vec<_>>(),
        "unsupported": unsupported,
        "problems": problems,
        "password_asked_again": answer(|consequence| &consequence.password_asked_again, "once"),
        "mail_fetched_again": answer(|consequence| &consequence.mail_fetched_again, "yes"),
        "why": consequence.map(|consequence| consequence.why.join("; ")).filter(|why| !why.is_empty()),
    })
}

fn of_change(change: &Change) -> Member {
    let what = match &change.cause {
        Cause::Set(setting) | Cause::Shared(setting) | Cause::Pinned(setting) => setting.name(),
        Cause::Follow(name) => name,
    };
    let value = |value: &Option<Value>| value.as_ref().map_or(Member::Null, Value::to_json);
    json!({
        "what": what, "before": value(&change.before), "after": value(&change.after), "rule": change.rule, "deletes": change.deletes,
    })
}

/// The table's lines of a row: one an account, one of its own where there is none.
pub(super) fn lines(row: &Member) -> Vec<Vec<String>> {
    let empty = Vec::new();
    let accounts = row["accounts"].as_array().unwrap_or(&empty);
    let line = |account: &Member| {
        let of = |name: &str| text(&account[name]);
        let own = &account["problems"][0];
        let is_own = !own.is_null();
        let outcome = if account.is_null() { text(&row["outcome"]) } else { of("outcome") };
        let wants = ["refused", "failed"].contains(&outcome.as_str());
        let why = |name: &str| {
            if is_own {
                text(&own[name])
            } else if wants {
                text(&row[name])
            } else {
                String::new()
            }
        };
        let changes: Vec<String> = account["changes"].as_array().unwrap_or(&empty).iter().map(words).collect();
        vec![
            text(&row["home"]),
            text(&row["client"]),
            text(&row["profile"]),
            of("account"),
            of("name"),
            of("email"),
            outcome,
            changes.join("; "),
            why("reason"),
            why("hint"),
            of("password_asked_again"),
            of("mail_fetched_again"),
        ]
    };
    if accounts.is_empty() { vec![line(&Member::Null)] } else { accounts.iter().map(line).collect() }
}

fn words(change: &Member) -> String {
    let shown = |value: &Member| if value.is_null() { "not set".to_owned() } else { text(value) };
    format!("{}: {} → {}", text(&change["what"]), shown(&change["before"]), shown(&change["after"]))
}

fn text(value: &Member) -> String {
    match value {
        Member::Null => String::new(),
        Member::String(text) => text.clone(),
        Member::Array(list) => list.iter().map(text).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}
