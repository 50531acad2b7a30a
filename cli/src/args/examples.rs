//! Two examples for the help of every verb. Each is a command line that is accepted; a test holds that.

use std::fmt::Write;

use clap::Command;
use clap::builder::StyledStr;

/// A verb, and what to type: a command line, and what it does.
type Of = (&'static str, &'static [(&'static str, &'static str)]);

const EXAMPLES: &[Of] = &[
    ("", &[("waxseal", "your own accounts, and what to type next"), ("waxseal demo", "the whole job on a sample")]),
    (
        "list",
        &[
            ("waxseal list", "your own accounts"),
            ("waxseal list --homes '/home/*' --client thunderbird --json", "many homes, for a program"),
        ],
    ),
    (
        "audit",
        &[
            ("waxseal audit --homes '/home/*' --csv", "what is not secure, as a table"),
            ("waxseal audit --policy policy.toml --homes '/home/*'", "what differs from a policy"),
        ],
    ),
    (
        "plan",
        &[
            ("waxseal plan --policy policy.toml --homes '/home/*' --out plan.jsonl", "look at the change, and keep it"),
            ("waxseal plan --policy policy.toml --why rosa@example.org", "why an account changes, or doesn't"),
        ],
    ),
    (
        "apply",
        &[
            ("waxseal apply --policy policy.toml", "show the change, ask, do it"),
            ("waxseal apply --plan plan.jsonl --yes", "do what a kept plan says"),
        ],
    ),
    (
        "secure",
        &[
            ("waxseal secure", "choose from the accounts that are not secure"),
            ("waxseal secure rosa@example.org --host secure.example.org", "one account, to a server that offers TLS"),
        ],
    ),
    (
        "undo",
        &[
            ("waxseal undo", "take the newest apply back"),
            ("waxseal undo 7 --home /home/joe --yes", "take back what operation 7 did in one home, without a question"),
        ],
    ),
    (
        "recover",
        &[
            ("waxseal recover", "after a crash"),
            ("waxseal recover --assume-closed", "where nobody can see whether the mail program runs"),
        ],
    ),
    ("log", &[("waxseal log", "what was done, newest first"), ("waxseal log --json", "the same for a program")]),
    (
        "forget",
        &[
            ("waxseal forget 7", "drop the backups of operation 7"),
            ("waxseal forget --older 90 --yes", "of all older than 90 days"),
        ],
    ),
    (
        "clients",
        &[
            ("waxseal clients", "what each mail program can hold"),
            ("waxseal clients --client thunderbird", "one of them, with reasons"),
        ],
    ),
    (
        "policy check",
        &[
            ("waxseal policy check policy.toml", "all that is wrong with it, and what its rules mean"),
            ("waxseal policy check policy.toml --users users.csv", "with the table that fills {csv.COLUMN}"),
        ],
    ),
    ("policy example", &[("waxseal policy example", "to look at"), ("waxseal policy example > policy.toml", "to begin with")]),
    (
        "policy schema",
        &[("waxseal policy schema", "to look at"), ("waxseal policy schema > policy.schema.json", "for an editor")],
    ),
    (
        "export",
        &[
            ("waxseal export mobileconfig", "your own accounts as a configuration profile"),
            ("waxseal export mobileconfig --policy policy.toml --homes '/home/*'", "many, as a policy would have them"),
            (
                "waxseal export reg --policy policy.toml --out change.reg",
                "a change for regedit, and change.undo.reg to take it back",
            ),
        ],
    ),
    ("demo", &[("waxseal demo", "watch the whole job"), ("waxseal demo | less", "page by page")]),
    (
        "completions",
        &[
            ("waxseal completions bash > ~/.local/share/bash-completion/completions/waxseal", "for bash"),
            ("waxseal completions fish > ~/.config/fish/completions/waxseal.fish", "for fish"),
        ],
    ),
    (
        "man",
        &[("waxseal man apply | man -l -", "read a page"), ("waxseal man --dir ~/.local/share/man/man1", "install all pages")],
    ),
];

/// Adds to every verb its examples.
pub(super) fn add(command: Command) -> Command {
    with(command, "")
}

fn with(command: Command, verb: &str) -> Command {
    let command = command.mut_subcommands(|below| {
        let name = format!("{verb} {}", below.get_name());
        with(below, name.trim_start())
    });
    match EXAMPLES.iter().find(|(of, _)| *of == verb) {
        Some((_, examples)) => command.after_help(text(examples)),
        None => command,
    }
}

fn text(examples: &[(&str, &str)]) -> StyledStr {
    let head = anstyle::Style::new().bold().underline();
    let mut text = StyledStr::new();
    // Writing to a string can't fail.
    let _ = write!(text, "{head}Examples:{head:#}");
    for (command, what) in examples {
        let _ = write!(text, "\n  {command}\n      {what}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::EXAMPLES;
    use crate::args;

    /// The verbs of a command, with those below them.
    fn verbs(command: &clap::Command, above: &str) -> Vec<String> {
        let each = command.get_subcommands().filter(|verb| verb.get_name() != "help").flat_map(|verb| {
            let name = format!("{above} {}", verb.get_name()).trim_start().to_owned();
            if verb.has_subcommands() { verbs(verb, &name) } else { vec![name] }
        });
        each.collect()
    }

    #[test]
    fn every_verb_has_two_examples_that_are_accepted() {
        for verb in verbs(&args::command(), "") {
            let of = EXAMPLES.iter().find(|(of, _)| *of == verb).unwrap_or_else(|| panic!("{verb} has no examples"));
            assert!(of.1.len() >= 2, "{verb}");
        }
        for (verb, examples) in EXAMPLES {
            for (command, _) in *examples {
                let typed = command.split(['>', '|']).next().unwrap();
                let words: Vec<String> = typed.split_whitespace().map(|word| word.trim_matches('\'').to_owned()).collect();
                assert!(words.join(" ").starts_with(format!("waxseal {verb}").trim()) || verb.is_empty(), "{command}");
                args::parse(words).unwrap_or_else(|error| panic!("{command}: {error}"));
            }
        }
    }

    #[test]
    fn help_shows_them() {
        let help = args::parse(["waxseal", "forget", "--help"]).unwrap_err().to_string();
        assert!(help.contains("Examples:\n  waxseal forget 7\n      drop the backups of operation 7\n"), "{help}");
    }
}
