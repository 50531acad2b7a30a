//! The Accounts database before judges: the sqlite3 program finds it whole, and every row that differs is one that the plan
//! names, with the value that it says, read by plistlib. Also that the running Mac's own is left alone unless that is allowed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use libtest_mimic::{Failed, Trial};

use crate::need::{Need, root, trial};
use crate::world::{Run, World};

/// The cases whose databases are judged, and where these are.
const CASES: &[(&str, &str)] = &[
    ("database", "Accounts4.sqlite"),
    ("database-log", "Accounts3.sqlite"),
    ("database-managed", "Accounts4.sqlite"),
    ("database-shared-smtp", "Accounts4.sqlite"),
];

pub(crate) fn trials() -> Vec<Trial> {
    let judged = CASES
        .iter()
        .map(|&(case, name)| trial(format!("judge::sqlite3::{case}"), &[Need::Judge("sqlite3")], move || judged(case, name)));
    judged.chain([trial("apple-mail::live-database-needs-leave", &[], live)]).collect()
}

fn case(name: &str) -> PathBuf {
    root().join("tests/stores/apple-mail").join(name)
}

fn judged(name: &str, database: &str) -> Result<(), Failed> {
    let world = World::copy_of(&case(name).join("in"), &[])?;
    let policy = case(name).join("policy.toml");
    let (home, state, policy) = (world.home.to_string_lossy(), world.state.to_string_lossy(), policy.to_string_lossy());
    let what = ["--home", &home, "--os", "macos", "--policy", &policy, "--state", &state, "--json"];
    let plan = world.waxseal(&[&["plan"], &what[..]].concat())?;
    let kept = world.folder().join("plan.jsonl");
    fs::write(&kept, &plan.stdout)?;
    let applied = world.waxseal(&[&["apply", "--yes", "--assume-closed"], &what[..]].concat())?;
    applied.exits(&[0, 3])?;
    let before = case(name).join("in/Library/Accounts");
    let after = world.home.join("Library/Accounts").join(database);
    agrees(&before, &after, &kept.to_string_lossy())?;
    // Written by its own programs in the meantime, the rows come back one by one.
    let rewritten = crate::readers::accounts_db::touched(&fs::read(&after)?)?;
    fs::write(&after, rewritten)?;
    world.waxseal(&["undo", "--yes", "--assume-closed", "--state", &state])?.exits(&[0])?;
    agrees(&before, &after, "-")
}

fn agrees(before: &Path, after: &Path, plan: &str) -> Result<(), Failed> {
    let said = Command::new(root().join("tests/judges/plist/accounts.py")).args([before, after]).arg(plan).output()?;
    let words = [said.stdout, said.stderr].concat();
    if said.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&words).into_owned().into()) }
}

fn live() -> Result<(), Failed> {
    let world = World::copy_of(&case("database").join("in"), &[])?;
    // The command's own home is the one that is live.
    let own = world.folder().join("nobody");
    fs::rename(&world.home, &own)?;
    let state = world.state.to_string_lossy();
    let policy = case("database").join("policy.toml");
    let (home, policy) = (own.to_string_lossy(), policy.to_string_lossy());
    let what = ["--home", &home, "--os", "macos", "--policy", &policy, "--state", &state, "--json", "--yes"];
    let database = own.join("Library/Accounts/Accounts4.sqlite");
    let before = fs::read(&database)?;
    let refused = world.waxseal(&[&["apply"], &what[..]].concat())?;
    refused.exits(&[3])?;
    let codes = |run: &Run| -> Result<Vec<String>, Failed> {
        let problems = run.of_type("problem")?;
        Ok(problems.iter().map(|problem| problem["code"].as_str().unwrap_or_default().to_owned()).collect())
    };
    if codes(&refused)?.iter().filter(|code| *code == "system-store").count() != 2 || fs::read(&database)? != before {
        return Err(refused.failed("two accounts stay, and the database with them"));
    }
    let settings: Vec<String> =
        refused.of_type("change")?.iter().map(|change| change["setting"].as_str().unwrap_or_default().to_owned()).collect();
    if settings.is_empty() || settings.iter().any(|setting| setting != "check.every_minutes") {
        return Err(refused.failed("only what is in the preferences changes"));
    }
    let allowed = world.waxseal(&[&["apply", "--allow-accounts-database"], &what[..]].concat())?;
    allowed.exits(&[3])?;
    if codes(&allowed)?.iter().any(|code| code == "system-store") || fs::read(&database)? == before {
        return Err(allowed.failed("the database changes where that is allowed"));
    }
    let notes = allowed.of_type("consequence")?;
    let told = |words: &str| notes.iter().any(|consequence| consequence["notes"].to_string().contains(words));
    if told("agent for accounts") { Ok(()) } else { Err(allowed.failed("the agent that holds the old settings is told of")) }
}
