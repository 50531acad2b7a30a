//! The command line: verbs, and the flags that they share, each defined once. Knows nothing of what they do.

mod examples;
mod shared;

use std::path::PathBuf;

use clap::{ArgGroup, ArgMatches, Args, Command, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum, ValueHint};
use waxseal::journal::OperationId;

pub(crate) use shared::{Accounts, Homes, How, Output, Rules, Shared, State};

/// Moves the mail accounts that people already have to safe settings: planned, verified, undoable.
#[derive(Debug, Parser)]
#[command(name = "waxseal", version)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) verb: Option<Verb>,
}

/// The whole command line, with examples.
pub(crate) fn command() -> Command {
    examples::add(Cli::command())
}

/// Reads a command line.
pub(crate) fn parse<W: Into<std::ffi::OsString> + Clone>(words: impl IntoIterator<Item = W>) -> Result<Cli, clap::Error> {
    let found: ArgMatches = command().try_get_matches_from(words)?;
    Cli::from_arg_matches(&found)
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Show the accounts found.
    List(List),
    /// Show what breaks RFC 8314, or a policy.
    Audit(Audit),
    /// Show what would change, and write nothing.
    Plan(Plan),
    /// Show what changes, ask, and do it.
    Apply(Apply),
    /// Switch insecure accounts to TLS: show the change, ask, and do it.
    Secure(Secure),
    /// Take back the newest apply that still stands, or the operation named.
    Undo(Undo),
    /// Finish or take back what a crash interrupted.
    Recover(Recover),
    /// Show the operations, newest first.
    Log(Log),
    /// Drop the backups of old operations, which can't be taken back after that.
    Forget(Forget),
    /// Show what each mail client can hold, and why not the rest.
    Clients(Clients),
    /// Check a policy file, or show an example.
    #[command(subcommand)]
    Policy(Policy),
    /// Print accounts in a format that others take accounts from.
    Export(Export),
    /// Run the whole job on a sample profile in a temporary folder.
    Demo,
    /// Print the completions of a shell.
    Completions(Completions),
    /// Print a manual page, or write all of them.
    Man(Man),
}

#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    pub(crate) homes: Homes,
    #[command(flatten)]
    pub(crate) accounts: Accounts,
    #[command(flatten)]
    pub(crate) state: State,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    /// The format.
    #[arg(value_enum, value_name = "FORMAT")]
    pub(crate) format: Format,
    #[command(flatten)]
    pub(crate) homes: Homes,
    #[command(flatten)]
    pub(crate) accounts: Accounts,
    #[command(flatten)]
    pub(crate) rules: Rules,
    /// A configuration profile's own identifier: one with the same replaces it.
    #[arg(long, value_name = "NAME", default_value = "org.waxseal.mail", help_heading = "Output")]
    pub(crate) identifier: String,
    /// Keep it in this new file instead; registry text that changes something gets a second one, FILE.undo.reg, that takes it back.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Output")]
    pub(crate) out: Option<PathBuf>,
}

/// A format that others take accounts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// A configuration profile for Macs, iPhones and iPads; never with a password.
    Mobileconfig,
    /// Registry text for Windows: what a policy changes of Outlook and Outlook Express, or the settings as they are.
    Reg,
}

#[derive(Debug, Args)]
pub(crate) struct Audit {
    #[command(flatten)]
    pub(crate) homes: Homes,
    #[command(flatten)]
    pub(crate) accounts: Accounts,
    /// A policy to compare with [default: RFC 8314, TLS for everything].
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "What to compare with")]
    pub(crate) policy: Option<PathBuf>,
    /// A table of users (CSV), for {csv.COLUMN} in the policy.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "policy", help_heading = "What to compare with")]
    pub(crate) users: Option<PathBuf>,
    /// Look at the homes of this operation, and whether what it set still stands.
    #[arg(long, value_name = "OP", conflicts_with_all = ["home", "homes", "os", "client"], help_heading = "What to compare with")]
    pub(crate) operation: Option<OperationId>,
    #[command(flatten)]
    pub(crate) state: State,
    #[command(flatten)]
    pub(crate) output: Output,
    /// One finding a line, for a spreadsheet.
    #[arg(long, conflicts_with = "json", help_heading = "Output")]
    pub(crate) csv: bool,
}

/// What to do with a policy.
#[derive(Debug, Subcommand)]
pub(crate) enum Policy {
    /// Say all that is wrong with a policy file, and what its rules mean.
    Check(PolicyCheck),
    /// Print a commented policy.
    Example,
    /// Print the JSON schema, for editors.
    Schema,
}

#[derive(Debug, Args)]
pub(crate) struct PolicyCheck {
    /// The policy.
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,
    /// A table of users (CSV), for {csv.COLUMN} in values.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) users: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Plan {
    #[command(flatten)]
    pub(crate) homes: Homes,
    #[command(flatten)]
    pub(crate) accounts: Accounts,
    #[command(flatten)]
    pub(crate) rules: Rules,
    #[command(flatten)]
    pub(crate) state: State,
    #[command(flatten)]
    pub(crate) output: Output,
    /// End with 1 if anything would change.
    #[arg(long)]
    pub(crate) check: bool,
    /// Keep the plan in this new file, for apply --plan.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) out: Option<PathBuf>,
    /// Say instead which rules match this account (address, host or name), which do not and why, and what comes of it.
    #[arg(long, value_name = "ACCOUNT", conflicts_with_all = ["check", "out"], help_heading = "Output")]
    pub(crate) why: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Apply {
    #[command(flatten)]
    pub(crate) homes: Homes,
    #[command(flatten)]
    pub(crate) accounts: Accounts,
    #[command(flatten)]
    pub(crate) rules: Rules,
    #[command(flatten)]
    pub(crate) state: State,
    #[command(flatten)]
    pub(crate) how: How,
    #[command(flatten)]
    pub(crate) output: Output,
    /// Carry out a plan that plan --out has kept.
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = ["home", "homes", "os", "client", "account", "policy", "set", "users", "probe", "allow_deletion", "allow_insecure", "allow_accounts_database", "shared"]
    )]
    pub(crate) plan: Option<PathBuf>,
    /// Go on with an operation that ended before its work did: what it has done is passed over, what is done now is added to it.
    #[arg(long, value_name = "OP")]
    pub(crate) resume: Option<OperationId>,
    /// Try again, by the same plans, what the last apply refused since a client or another waxseal was running.
    #[arg(
        long,
        conflicts_with_all = ["plan", "home", "homes", "os", "client", "account", "policy", "set", "users", "probe", "allow_deletion", "allow_insecure", "shared"]
    )]
    pub(crate) retry_refused: bool,
    /// Write what became of every home into this folder: report.html, report.csv, report.json.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = "Output")]
    pub(crate) report: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Secure {
    /// Only accounts with this address, host or name; * stands for any text [default: all that are insecure].
    #[arg(value_name = "ACCOUNT")]
    pub(crate) account: Option<String>,
    /// The server that offers TLS [default: the one that each account has].
    #[arg(long, value_name = "HOST", help_heading = "What to set")]
    pub(crate) host: Option<String>,
    /// A setting beside the security; may be given again.
    #[arg(long, value_name = "NAME=VALUE", help_heading = "What to set")]
    pub(crate) set: Vec<String>,
    #[command(flatten)]
    pub(crate) homes: Homes,
    #[command(flatten)]
    pub(crate) state: State,
    #[command(flatten)]
    pub(crate) how: How,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Debug, Args)]
pub(crate) struct Undo {
    /// The operation's number; of an undo, that is a redo.
    #[arg(value_name = "OP")]
    pub(crate) operation: Option<OperationId>,
    /// Only in this home, which need not be there any more; may be given again [default: in all].
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) home: Vec<PathBuf>,
    /// Only in these homes; * and ? stand for any names.
    #[arg(long, value_name = "PATH", value_hint = ValueHint::DirPath, num_args = 1..)]
    pub(crate) homes: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) state: State,
    #[command(flatten)]
    pub(crate) how: How,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Debug, Args)]
pub(crate) struct Recover {
    #[command(flatten)]
    pub(crate) state: State,
    /// Go on where it can't be known that the client is closed.
    #[arg(long)]
    pub(crate) assume_closed: bool,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Debug, Args)]
pub(crate) struct Log {
    #[command(flatten)]
    pub(crate) state: State,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("which").required(true).args(["operation", "older"])))]
pub(crate) struct Forget {
    /// The operation's number.
    #[arg(value_name = "OP")]
    pub(crate) operation: Option<OperationId>,
    /// All that ended more than so many days ago.
    #[arg(long, value_name = "DAYS")]
    pub(crate) older: Option<u32>,
    /// Don't ask.
    #[arg(long, short)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) state: State,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell.
    #[arg(value_name = "SHELL")]
    pub(crate) shell: clap_complete::Shell,
}

#[derive(Debug, Args)]
pub(crate) struct Man {
    /// The verb that the page is about [default: the page of waxseal itself].
    #[arg(value_name = "VERB")]
    pub(crate) verb: Option<String>,
    /// Write the page of every verb into this folder.
    #[arg(long, value_name = "DIR", conflicts_with = "verb", value_hint = ValueHint::DirPath)]
    pub(crate) dir: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Clients {
    /// Only this client.
    #[arg(long, value_name = "NAME")]
    pub(crate) client: Vec<String>,
    /// Print the README's table.
    #[arg(long, hide = true)]
    pub(crate) markdown: bool,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[cfg(test)]
mod tests {
    use super::{Verb, parse};

    #[test]
    fn the_flags_of_all_verbs_fit_together() {
        super::command().debug_assert();
    }

    #[test]
    fn a_kept_plan_takes_no_rules_of_its_own() {
        assert!(parse(["waxseal", "apply", "--plan", "p", "--yes"]).is_ok());
        assert!(parse(["waxseal", "apply", "--plan", "p", "--set", "incoming.port=995"]).is_err());
        assert!(parse(["waxseal", "apply", "--plan", "p", "--home", "h"]).is_err());
    }

    #[test]
    fn many_homes_and_many_settings_are_given_in_one_line() {
        let cli = parse(["waxseal", "plan", "--homes", "a", "b", "--set", "x=1", "--set", "y=2"]).unwrap();
        let Some(Verb::Plan(plan)) = cli.verb else { panic!("not a plan") };
        assert_eq!((plan.homes.homes.len(), plan.rules.set.len()), (2, 2));
        assert!(parse(["waxseal", "plan", "--homes", "a", "--home", "b"]).is_err());
    }
}
