//! The verbs that look and tidy up: list, log, recover, forget, clients, completions, man, and why a rule matches.

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;

use libtest_mimic::{Failed, Trial};

use super::{demo, has, run, says, write};
use crate::need::{Need, trial};
use crate::world::{Run, World};

pub(super) fn trials() -> Vec<Trial> {
    vec![
        trial("cli::list", &[], list),
        trial("cli::log", &[], log),
        trial("cli::recover", &[], recover),
        trial("cli::at-work", &[], at_work),
        trial("cli::forget", &[], forget),
        trial("cli::clients", &[], clients),
        trial("cli::why", &[], why),
        trial("cli::completions-bash", &[Need::Program("bash")], || complete("bash")),
        trial("cli::completions-zsh", &[Need::Program("zsh")], || complete("zsh")),
        trial("cli::completions-fish", &[Need::Program("fish")], || complete("fish")),
        trial("cli::completions-powershell", &[], powershell),
        trial("cli::man", &[], man),
    ]
}

fn list() -> Result<(), Failed> {
    let world = demo()?;
    let human = run(&world, &["list", "--account", "rosa@*"])?;
    human.exits(&[0])?;
    says(&human, &human.stderr, "")?;
    says(
        &human,
        &human.stdout,
        "Rosa at home <rosa@example.org> · Thunderbird · ~/.thunderbird/q3v7k1xd.default-release (account1)\n  \
           incoming  pop3  pop.example.org:110  cleartext  password  rosa\n  \
           outgoing  smtp  smtp.example.org:25  cleartext  password  rosa\n  \
           retention.leave_on_server  true\n  retention.delete_after_days  never\n  check.at_startup  true\n  \
           check.every_minutes  10\n\n1 account in 1 home\n",
    )?;
    let full = run(&world, &["list", "--full"])?;
    has(&full, &full.stdout, "  (default)\n")?;
    let json = run(&world, &["list", "--json"])?;
    let accounts = json.of_type("account")?;
    if accounts.len() != 2 || accounts[0]["settings"]["incoming.port"] != 110 || accounts[0]["email"] != "rosa@example.org" {
        return Err(json.failed("expected two accounts, rosa's first"));
    }
    let empty = run(&world, &["list", "--client", "msmtp"])?;
    empty.exits(&[0])?;
    says(&empty, &empty.stdout, "0 accounts in 1 home\n")?;
    says(&empty, &empty.stderr, "no accounts of msmtp found\n")?;
    let unknown = run(&world, &["list", "--client", "thunderbrid"])?;
    unknown.exits(&[2])?;
    has(&unknown, &unknown.stderr, "error: no client is named \"thunderbrid\"\nhint: known: thunderbird, ")
}

fn applied(world: &World) -> Result<(), Failed> {
    run(world, &["secure", "--yes", "--assume-closed"])?.exits(&[0])
}

fn log() -> Result<(), Failed> {
    let world = demo()?;
    let none = run(&world, &["log"])?;
    none.exits(&[0])?;
    says(&none, &none.stderr, "no operations in WORLD/state\n")?;
    applied(&world)?;
    run(&world, &["undo", "--yes", "--assume-closed"])?.exits(&[0])?;
    let human = run(&world, &["log"])?;
    human.exits(&[0])?;
    let mut lines = human.stdout.lines();
    has(&human, lines.next().unwrap_or_default(), "  undo of 1, 1 home: 1 profile done")?;
    has(&human, lines.next().unwrap_or_default(), "      waxseal undo --yes --assume-closed --state ")?;
    has(&human, lines.next().unwrap_or_default(), "  apply, 1 home: 1 profile taken back since")?;
    let json = run(&world, &["log", "--json"])?;
    let kinds: Vec<_> = json.of_type("operation")?.iter().map(|operation| operation["kind"].clone()).collect();
    if kinds == ["undo", "apply"] { Ok(()) } else { Err(json.failed("expected an undo, then an apply")) }
}

/// Makes the one record of the journal look as a crash leaves it.
pub(super) fn interrupt(world: &World) -> Result<(), Failed> {
    let database = rusqlite::Connection::open(world.state.join("journal.db"))?;
    database.execute("UPDATE record SET state = 'intended'", [])?;
    Ok(())
}

fn recover() -> Result<(), Failed> {
    let world = demo()?;
    let words = ["recover", "--assume-closed"];
    let none = world_run(&world, &words)?;
    none.exits(&[0])?;
    says(&none, &none.stderr, "nothing to recover\n")?;
    applied(&world)?;
    interrupt(&world)?;
    let list = run(&world, &["list"])?;
    list.exits(&[0])?;
    says(&list, &list.stderr, "interrupted operation: run waxseal recover\n")?;
    let done = world_run(&world, &words)?;
    done.exits(&[0])?;
    has(&done, &done.stdout, "recovered: interrupted operation 1 on ")?;
    has(&done, &done.stdout, " was complete, and is finished\n")?;
    says(&done, &run(&world, &["list"])?.stderr, "")
}

/// A verb that takes a state folder and no homes.
fn world_run(world: &World, words: &[&str]) -> Result<Run, Failed> {
    let state = world.state.to_string_lossy().into_owned();
    world.waxseal(&[words, &["--state", &state]].concat())
}

/// What another waxseal has under way is not interrupted.
fn at_work() -> Result<(), Failed> {
    let world = demo()?;
    applied(&world)?;
    interrupt(&world)?;
    let lock = File::options().read(true).write(true).open(world.state.join("lock"))?;
    lock.lock()?;
    let list = run(&world, &["list"])?;
    list.exits(&[0])?;
    has(&list, &list.stderr, "another waxseal is at work (process ")?;
    if list.stderr.contains("interrupted") {
        return Err(list.failed("nothing was interrupted"));
    }
    let apply = run(&world, &["apply", "--set", "check.every_minutes=9", "--yes", "--assume-closed"])?;
    apply.exits(&[4])?;
    has(&apply, &apply.stderr, "another waxseal works with this state folder (process ")
}

fn forget() -> Result<(), Failed> {
    let world = demo()?;
    let unknown = world_run(&world, &["forget", "1", "--yes"])?;
    unknown.exits(&[2])?;
    has(&unknown, &unknown.stderr, "error: no operation 1 in the journal\n")?;
    applied(&world)?;
    let asks = world_run(&world, &["forget", "1"])?;
    asks.exits(&[2])?;
    has(&asks, &asks.stderr, "error: forget writes, and there is no terminal to ask on\n")?;
    let young = world_run(&world, &["forget", "--older", "1", "--yes"])?;
    young.exits(&[0])?;
    says(&young, &young.stderr, "nothing to forget\n")?;
    let backups = || fs::read_dir(world.state.join("backups").join("1")).map(|found| found.count()).unwrap_or(0);
    if backups() == 0 {
        return Err("there are no backups to forget".into());
    }
    let done = world_run(&world, &["forget", "1", "--yes"])?;
    done.exits(&[0])?;
    has(&done, &done.stdout, ", 1 home: 1 profile done, backups dropped\n")?;
    if backups() != 0 {
        return Err(done.failed("the backups are still there"));
    }
    let undo = world_run(&world, &["undo", "1", "--yes", "--assume-closed"])?;
    undo.exits(&[4])?;
    has(&undo, &undo.stderr, "error: operation 1 can't be taken back: its backups were dropped\n")?;
    world_run(&world, &["undo", "--yes"])?.exits(&[0])?;
    let again = world_run(&world, &["forget", "1", "--yes"])?;
    says(&again, &again.stderr, "nothing to forget\n")
}

fn clients() -> Result<(), Failed> {
    let world = demo()?;
    let matrix = world.waxseal(&["clients"])?;
    matrix.exits(&[0])?;
    let line = |title: &str| {
        let found = matrix.stdout.lines().find(|line| line.starts_with(title));
        found.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).unwrap_or_default()
    };
    says(&matrix, &line("Thunderbird"), "Thunderbird yes yes yes yes yes")?;
    says(&matrix, &line("mpop"), "mpop yes – 2 of 3 no no")?;
    if matrix.stdout.lines().any(|line| line.chars().count() > 100) {
        return Err(matrix.failed("expected lines of at most 100 characters"));
    }
    let one = world.waxseal(&["clients", "--client", "mpop"])?;
    has(
        &one,
        &one.stdout,
        "  check.at_startup                      no\n      it fetches when it is started: a timer or cron says when\n",
    )?;
    let json = world.waxseal(&["clients", "--json"])?;
    let thunderbird = json.of_type("client")?.into_iter().find(|client| client["client"] == "thunderbird");
    let held = thunderbird.is_some_and(|client| client["settings"][0]["holds"] == true);
    if held { Ok(()) } else { Err(json.failed("expected Thunderbird's settings")) }
}

fn why() -> Result<(), Failed> {
    let world = demo()?;
    let policy = write(
        &world,
        "p.toml",
        "[[rule]]\nname = \"often\"\nset = { check.every_minutes = 5, retention.leave_on_server = true }\n\
         [[rule]]\nname = \"choir\"\nmatch.email = \"choir@*\"\nset.check.every_minutes = 9\n\
         [[rule]]\nname = \"rare\"\nmatch = { incoming.port = [110, 143] }\nset.check.every_minutes = 60\n",
    )?;
    let rosa = run(&world, &["plan", "--policy", &policy, "--why", "rosa@*"])?;
    rosa.exits(&[0])?;
    says(
        &rosa,
        &rosa.stdout,
        "Rosa at home <rosa@example.org> · Thunderbird · ~/.thunderbird/q3v7k1xd.default-release (account1)\n  \
           rule \"often\" matches\n    \
             retention.leave_on_server = true  is so already\n    \
             check.every_minutes = 5           no: the later rule \"rare\" wins\n  \
           rule \"choir\" doesn't match\n    email is rosa@example.org, not choir@*\n  \
           rule \"rare\" matches\n    check.every_minutes = 60  changes: 10 → 60\n\n",
    )?;
    let choir = run(&world, &["plan", "--policy", &policy, "--why", "choir@*", "--json"])?;
    let seen = choir.of_type("why")?;
    let becomes = |rule: usize, setting: usize| seen[rule]["settings"][setting]["becomes"].clone();
    if seen.len() != 3 || becomes(0, 0) != "no-such-setting" || becomes(1, 0) != "overridden" || becomes(2, 0) != "changes" {
        return Err(choir.failed("expected what comes of each wish"));
    }
    let nobody = run(&world, &["plan", "--policy", &policy, "--why", "nobody"])?;
    nobody.exits(&[2])?;
    says(&nobody, &nobody.stderr, "error: no account is called \"nobody\"\nhint: known: rosa@example.org, choir@example.org\n")
}

/// The shell itself completes `waxseal sec`, `--client`'s neighbour and a verb's flag.
fn complete(shell: &str) -> Result<(), Failed> {
    let world = demo()?;
    let text = world.waxseal(&["completions", shell])?;
    text.exits(&[0])?;
    let path = write(&world, "waxseal.completion", &text.stdout)?;
    let script = match shell {
        "bash" => format!(
            "source {path}\nfor typed in 'waxseal sec' 'waxseal undo --as'; do\n COMP_WORDS=($typed) COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))\n \
             _waxseal waxseal \"${{COMP_WORDS[$COMP_CWORD]}}\" \"${{COMP_WORDS[$((COMP_CWORD - 1))]}}\"\n echo \"${{COMPREPLY[@]}}\"\ndone\n"
        ),
        // The functions of zsh's completion only run in its line editor: here it reads the script and has the function.
        "zsh" => format!(
            "autoload -U compinit; compinit -D -u; source {path}; (( $+functions[_waxseal] )) && \
             [[ $(functions _waxseal_commands) == *secure:* ]] && echo secure; functions _waxseal | grep -o -m1 -- '--assume-closed'"
        ),
        _ => format!("source {path}\ncomplete -C 'waxseal sec' | cut -f1\ncomplete -C 'waxseal undo --as' | cut -f1\n"),
    };
    let mut command = Command::new(shell);
    let run = world.run(command.args(if shell == "zsh" { &["-f", "-c"][..] } else { &["-c"][..] }).arg(script))?;
    run.exits(&[0])?;
    says(&run, &run.stdout, "secure\n--assume-closed\n")
}

/// Nothing here runs PowerShell: only that its script names the verbs.
fn powershell() -> Result<(), Failed> {
    let world = demo()?;
    let run = world.waxseal(&["completions", "powershell"])?;
    run.exits(&[0])?;
    has(&run, &run.stdout, "Register-ArgumentCompleter -Native -CommandName 'waxseal'")?;
    has(&run, &run.stdout, "[CompletionResult]::new('secure', 'secure'")
}

fn man() -> Result<(), Failed> {
    let world = demo()?;
    let one = world.waxseal(&["man", "apply"])?;
    one.exits(&[0])?;
    has(&one, &one.stdout, ".TH waxseal-apply 1")?;
    has(&one, &one.stdout, "waxseal apply \\-\\-plan plan.jsonl \\-\\-yes")?;
    let folder = world.folder().join("man1");
    let all = world.waxseal(&["man", "--dir", &folder.to_string_lossy()])?;
    all.exits(&[0])?;
    let there = |name: &str| Path::new(&folder).join(name).is_file();
    for name in ["waxseal.1", "waxseal-secure.1", "waxseal-policy-check.1"] {
        if !there(name) {
            return Err(all.failed(&format!("{name} is missing")));
        }
    }
    world.waxseal(&["man", "nothing"])?.exits(&[2])
}
