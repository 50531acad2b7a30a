//! On a terminal: questions, answers, colours, widths, and the bar of long work.

use std::process::Command;

use libtest_mimic::{Failed, Trial};

use super::{demo, has, many};
use crate::need::{Need, root, trial};
use crate::world::{Run, Times, World, differences};

pub(super) fn trials() -> Vec<Trial> {
    let needs = &[Need::Unix, Need::Program("python3")];
    vec![
        trial("cli::terminal::secure", needs, secure),
        trial("cli::terminal::none-chosen", needs, none_chosen),
        trial("cli::terminal::no-is-no", needs, no_is_no),
        trial("cli::terminal::colours", needs, colours),
        trial("cli::terminal::narrow", needs, narrow),
        trial("cli::terminal::bar", needs, bar),
    ]
}

/// Runs a command on a terminal; `answers` are what is waited for, and what is typed then.
pub(super) fn on_terminal(world: &World, columns: u16, answers: &[(&str, &str)], command: &[&str]) -> Result<Run, Failed> {
    let mut line = Command::new("python3");
    line.arg(root().join("tests/it/cli/terminal.py")).arg(columns.to_string());
    line.args(answers.iter().flat_map(|(expect, answer)| [expect, answer])).arg("--").args(command);
    let mut run = world.run(&mut line)?;
    run.stdout = run.stdout.replace(&*world.home.to_string_lossy(), "~").replace(&*world.folder().to_string_lossy(), "WORLD");
    Ok(run)
}

fn waxseal(world: &World, answers: &[(&str, &str)], words: &[&str]) -> Result<Run, Failed> {
    let (home, state) = (world.home.to_string_lossy(), world.state.to_string_lossy());
    let command = [&[env!("CARGO_BIN_EXE_waxseal")], words, &["--home", &home, "--os", "linux", "--state", &state]].concat();
    on_terminal(world, 120, answers, &command)
}

fn is_as_before(world: &World, run: &Run, before: &crate::world::Tree) -> Result<(), Failed> {
    match differences(before, &world.tree()?, Times::Count) {
        none if none.is_empty() => Ok(()),
        some => Err(run.failed(&format!("changed: {some:?}"))),
    }
}

fn secure() -> Result<(), Failed> {
    let world = demo()?;
    let before = world.tree()?;
    let answers = [("Which? Numbers, or a for all [none] ", "1"), ("Apply these changes? [y/N] ", "y")];
    let run = waxseal(&world, &answers, &["secure"])?;
    run.exits(&[0])?;
    has(&run, &run.stdout, "  1  rosa@example.org  bad: no TLS\n  2  choir@example.org  bad: no TLS\n")?;
    has(
        &run,
        &run.stdout,
        "\n  incoming.security  cleartext → implicit-tls  [no TLS: anybody on the way can read password and mail]\n",
    )?;
    has(&run, &run.stdout, "\n1 account would change, in 1 home\n")?;
    has(&run, &run.stdout, "\nchanged: Thunderbird · ~/.thunderbird/q3v7k1xd.default-release\n")?;
    has(&run, &run.stdout, "\n2 accounts in 1 home: 1 changed, 1 as they are (operation 1)\n")?;
    let state = world.state.to_string_lossy().into_owned();
    let command = [env!("CARGO_BIN_EXE_waxseal"), "undo", "--state", &state];
    let undo = on_terminal(&world, 120, &[("Take operation 1 back? [y/N] ", "yes")], &command)?;
    undo.exits(&[0])?;
    has(&undo, &undo.stdout, "less secure again: Rosa at home: incoming.security implicit-tls → cleartext\n")?;
    match differences(&before, &world.tree()?, Times::Aside) {
        none if none.is_empty() => Ok(()),
        some => Err(undo.failed(&format!("undo left {some:?}"))),
    }
}

fn none_chosen() -> Result<(), Failed> {
    let world = demo()?;
    let before = world.tree()?;
    let run = waxseal(&world, &[("[none] ", "")], &["secure"])?;
    run.exits(&[0])?;
    has(&run, &run.stdout, "nothing was written\n")?;
    is_as_before(&world, &run, &before)?;
    let wrong = waxseal(&world, &[("[none] ", "3")], &["secure"])?;
    wrong.exits(&[2])?;
    has(&wrong, &wrong.stdout, "error: there is no account \"3\"\nhint: give numbers of the list, such as 1 3\n")?;
    is_as_before(&world, &wrong, &before)
}

fn no_is_no() -> Result<(), Failed> {
    let world = demo()?;
    let before = world.tree()?;
    for answer in ["n", "", "perhaps"] {
        let words = ["apply", "--set", "check.every_minutes=9"];
        let run = waxseal(&world, &[("Apply these changes? [y/N] ", answer)], &words)?;
        run.exits(&[0])?;
        has(&run, &run.stdout, "  check.every_minutes  10 → 9  [--set]\n")?;
        has(&run, &run.stdout, "nothing was written\n")?;
        is_as_before(&world, &run, &before)?;
    }
    Ok(())
}

fn colours() -> Result<(), Failed> {
    let world = demo()?;
    let home = world.home.to_string_lossy().into_owned();
    let list = [env!("CARGO_BIN_EXE_waxseal"), "list", "--home", &home];
    let without = on_terminal(&world, 120, &[], &list)?;
    if without.stdout.contains('\u{1b}') {
        return Err(without.failed("NO_COLOR is set, and there are colours"));
    }
    let with = on_terminal(&world, 120, &[], &[&["env", "-u", "NO_COLOR", "TERM=xterm"][..], &list].concat())?;
    has(&with, &with.stdout, "\u{1b}[1mRosa at home <rosa@example.org>\u{1b}[0m")?;
    let piped = world.run(Command::new("env").args(["-u", "NO_COLOR", "TERM=xterm"]).args(list))?;
    if piped.stdout.contains('\u{1b}') { Err(piped.failed("a pipe gets no colours")) } else { Ok(()) }
}

fn narrow() -> Result<(), Failed> {
    let world = demo()?;
    let clients = [env!("CARGO_BIN_EXE_waxseal"), "clients"];
    let narrow = on_terminal(&world, 40, &[], &clients)?;
    has(&narrow, &narrow.stdout, "\n  Incoming server: yes\n")?;
    let wide = on_terminal(&world, 120, &[], &clients)?;
    if wide.stdout.contains("Incoming server: yes") {
        return Err(wide.failed("expected a matrix"));
    }
    let one = on_terminal(&world, 50, &[], &[&clients[..], &["--client", "evolution"]].concat())?;
    match one.stdout.lines().find(|line| line.starts_with("      ") && line.chars().count() > 50 && line.trim().contains(' ')) {
        Some(line) => Err(one.failed(&format!("longer than the terminal is wide: {line}"))),
        None => Ok(()),
    }
}

fn bar() -> Result<(), Failed> {
    let world = many::homes(2000)?;
    let (homes, state) = (world.folder().join("homes/*"), world.state.clone());
    let (homes, state) = (homes.to_string_lossy(), state.to_string_lossy());
    let words = ["apply", "--set", "check.every_minutes=9", "--yes", "--assume-closed", "--homes", &homes, "--state", &state];
    let run = on_terminal(&world, 120, &[], &[&[env!("CARGO_BIN_EXE_waxseal")], &words[..]].concat())?;
    run.exits(&[0])?;
    has(&run, &run.stdout, " of 2000 homes, ")?;
    has(&run, &run.stdout, "4000 accounts in 2000 homes: 4000 changed (operation 1)\n")
}
