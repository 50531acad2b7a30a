//! Databases that somebody works in, by another process and another SQLite: nothing of their profile is written, by apply or by
//! undo, whatever lock it is that is held; the rest is done, and so are they as soon as the lock is gone.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use libtest_mimic::{Failed, Trial};

use super::codes;
use crate::need::{Need, root, trial};
use crate::world::{Run, Times, World, differences};

/// A case, its system, and its database.
type Store = (&'static str, &'static str, &'static str);

const STORES: &[Store] = &[
    ("apple-mail/database", "macos", "Library/Accounts/Accounts4.sqlite"),
    ("apple-mail/database-log", "macos", "Library/Accounts/Accounts3.sqlite"),
    ("thunderbird/version-3", "linux", ".thunderbird/p.default/signons.sqlite"),
];

/// What somebody does in it: a name, and the statements after which they stay there.
const WORK: &[(&str, &str)] = &[
    ("reads", "BEGIN; SELECT count(*) FROM sqlite_master"),
    ("will-write", "BEGIN IMMEDIATE"),
    ("alone", "BEGIN EXCLUSIVE"),
    // More than fits into memory: pages of a transaction that may never end are in the file already.
    ("writes", "PRAGMA cache_size = 1; BEGIN IMMEDIATE; CREATE TABLE more (x); INSERT INTO more VALUES (zeroblob(300000))"),
];

/// Somebody who works in the database that is named first, in the journal mode that is named then.
const SOMEBODY: &str = "import sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
for statement in [f'PRAGMA journal_mode = {sys.argv[2]}', *sys.argv[3].split(';')]:
    database.execute(statement).fetchall()
print('there', flush=True)
sys.stdin.read()";

pub(super) fn trials() -> Vec<Trial> {
    let mut all = Vec::new();
    for &store in STORES {
        for mode in ["delete", "wal"] {
            let name = store.0.replace('/', "-");
            let needs = [Need::Program("python3"), Need::Unix];
            all.push(trial(format!("fault::locked::{name}-{mode}"), &needs, move || {
                WORK.iter().try_for_each(|(what, sql)| refused(store, mode, what, sql))
            }));
        }
    }
    all
}

struct Somebody(Child);

impl Somebody {
    fn works(database: &Path, mode: &str, sql: &str) -> Result<Somebody, Failed> {
        let mut command = Command::new("python3");
        command.args(["-c", SOMEBODY]).arg(database).args([mode, sql]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let mut said = String::new();
        BufReader::new(child.stdout.take().ok_or("no output")?).read_line(&mut said)?;
        if said == "there\n" { Ok(Somebody(child)) } else { Err(format!("nobody works there: {said}").into()) }
    }

    fn goes(mut self) -> Result<(), Failed> {
        drop(self.0.stdin.take());
        self.0.wait()?;
        Ok(())
    }
}

fn refused(store: Store, mode: &str, what: &str, sql: &str) -> Result<(), Failed> {
    let (case, os, path) = store;
    let case = root().join("tests/stores").join(case);
    let world = World::copy_of(&case.join("in"), &[])?;
    let database = world.home.join(path);
    // Another client of the same user, and a rule for both.
    let other = world.home.join(".msmtprc");
    fs::write(&other, "account second\nhost mail.second.example\nfrom alice@second.example\n")?;
    let policy = world.folder().join("policy.toml");
    let more = "\n[[rule]]\nname = \"second\"\nmatch = { outgoing.host = \"mail.second.example\" }\nprobe = \"off\"\n\
                set = { outgoing.host = \"ssl.second.example\", outgoing.security = \"implicit-tls\" }\n";
    let own = fs::read_to_string(case.join("policy.toml"))?.replace("{ email = \"*\" }", "{ email = \"*@old.example\" }");
    fs::write(&policy, own + more)?;
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let (home, state, policy) = (text(&world.home), text(&world.state), text(&policy));
    let run = |verb: &str, more: &[&str]| -> Result<Run, Failed> {
        let of = ["--home", &home, "--os", os, "--state", &state];
        let of = if verb == "undo" { &of[4..] } else { &of[..] };
        world.waxseal(&[&[verb], of, more, &["--json"]].concat())
    };
    let write = ["--yes", "--assume-closed"];
    let with_policy = ["--policy", &policy];
    let apply = [&write[..], &with_policy].concat();
    let names_it = |run: &Run| -> Result<(), Failed> {
        let problems = run.of_type("problem")?;
        let is_it = |problem: &serde_json::Value| {
            problem["code"] == "client-running"
                && world.below(problem["path"].as_str().unwrap_or_default()).starts_with(path)
                && problem["message"].as_str().is_some_and(|message| message.contains("python3, process "))
        };
        if problems.iter().any(is_it) { Ok(()) } else { Err(run.failed(&format!("{what}: who has it open is not told"))) }
    };

    let somebody = Somebody::works(&database, mode, sql)?;
    let before = world.tree()?;
    let planned = run("plan", &with_policy)?;
    // A rollback journal that is being written holds what is true; nobody but its owner can say so.
    match what == "writes" && mode == "delete" {
        true => names_it(&planned)?,
        false if codes(&planned)?.iter().any(|code| code == "client-running") => return Err(planned.failed("it can be read")),
        false => {}
    }
    let applied = run("apply", &apply)?;
    applied.exits(&[3])?;
    names_it(&applied)?;
    let changed = differences(&before, &world.tree()?, Times::Count);
    if changed != [".msmtprc"] {
        return Err(applied.failed(&format!("{what}: {changed:?} changed, expected .msmtprc alone")));
    }
    let again = run("apply", &apply)?;
    again.exits(&[4])?;
    somebody.goes()?;

    run("apply", &apply)?.exits(&[0, 3])?;
    if fs::read(&database)? == before[path].bytes().unwrap_or_default() {
        return Err(applied.failed(&format!("{what}: the database is not written once it is free")));
    }
    let somebody = Somebody::works(&database, mode, sql)?;
    let before = world.tree()?;
    let undone = run("undo", &write)?;
    undone.exits(&[4])?;
    names_it(&undone)?;
    if world.tree()? != before {
        return Err(undone.failed(&format!("{what}: something was written")));
    }
    somebody.goes()?;
    run("undo", &write)?.exits(&[0])
}
