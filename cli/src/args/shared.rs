//! Flags that several verbs share. Each is defined here and nowhere else.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum, ValueHint};
use waxseal::home::Os;
use waxseal::policy::Probe;

/// Which homes and clients.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Which homes")]
pub(crate) struct Homes {
    /// The home to look at, or a profile's own folder [default: your own home].
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, conflicts_with = "homes")]
    pub(crate) home: Option<PathBuf>,
    /// Many homes; * and ? stand for any names.
    #[arg(long, value_name = "PATH", value_hint = ValueHint::DirPath, num_args = 1..)]
    pub(crate) homes: Vec<PathBuf>,
    /// Whose layout the homes have, when it can't be told.
    #[arg(long, value_enum)]
    pub(crate) os: Option<OsName>,
    /// Only this client; may be given again.
    #[arg(long, value_name = "NAME")]
    pub(crate) client: Vec<String>,
}

/// Which accounts.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Which accounts")]
pub(crate) struct Accounts {
    /// Only accounts with this address, host or name; * stands for any text; may be given again.
    #[arg(long, value_name = "PATTERN")]
    pub(crate) account: Vec<String>,
}

/// What to set.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "What to set")]
pub(crate) struct Rules {
    /// A policy: which accounts are to have which settings.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) policy: Option<PathBuf>,
    /// A setting of every account, after the policy; may be given again.
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) set: Vec<String>,
    /// A table of users (CSV with a column home, user or address), for {csv.COLUMN} in values.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) users: Option<PathBuf>,
    /// What a server named by --set has to prove: required, warn or off [default: required].
    #[arg(long, value_name = "HOW")]
    pub(crate) probe: Option<Probe>,
    /// Allow changes after which the client deletes more mail from the server.
    #[arg(long)]
    pub(crate) allow_deletion: bool,
    /// Allow changes that make an account less secure.
    #[arg(long)]
    pub(crate) allow_insecure: bool,
    /// Allow changes of the Accounts database of the running Mac.
    #[arg(long)]
    pub(crate) allow_accounts_database: bool,
    /// What becomes of an outgoing server that is shared with accounts of which the rules want something else [default: each of
    /// those that change gets a copy, where the client can have one; else it stays].
    #[arg(long, value_enum, value_name = "WHAT")]
    pub(crate) shared: Option<Shared>,
    /// Take a setting that a client can't hold for a failure: then nothing is written.
    #[arg(long)]
    pub(crate) strict: bool,
}

/// Where the journal is.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "How")]
pub(crate) struct State {
    /// The folder of journal and backups [default: waxseal in your data directory].
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) state: Option<PathBuf>,
}

/// How to write.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "How")]
pub(crate) struct How {
    /// Don't ask.
    #[arg(long, short)]
    pub(crate) yes: bool,
    /// Go on where it can't be known that the client is closed.
    #[arg(long)]
    pub(crate) assume_closed: bool,
    /// Wait so long for clients and other waxseals to end: 30s, 5m, 2h.
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(crate) wait: Option<Duration>,
}

/// Reads `30s`, `5m`, `2h`; a number alone is seconds.
fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let seconds = match text.get(digits.len()..) {
        Some("" | "s") => Some(1),
        Some("m" | "min") => Some(60),
        Some("h") => Some(3600),
        _ => None,
    };
    let number = digits.parse::<u64>().ok();
    let total = number.zip(seconds).and_then(|(number, seconds)| number.checked_mul(seconds));
    total.map(Duration::from_secs).ok_or_else(|| "expected a time such as 30s, 5m or 2h".to_owned())
}

/// What the output looks like.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct Output {
    /// One JSON object a line.
    #[arg(long)]
    pub(crate) json: bool,
    /// Show everything: each home of those that are alike, and what stays as it is.
    #[arg(long)]
    pub(crate) full: bool,
}

/// A system's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OsName {
    /// Linux and its kin.
    Linux,
    /// macOS, and Mac OS before it.
    Macos,
    /// Windows.
    Windows,
}

impl From<OsName> for Os {
    fn from(name: OsName) -> Os {
        match name {
            OsName::Linux => Os::Linux,
            OsName::Macos => Os::Macos,
            OsName::Windows => Os::Windows,
        }
    }
}

/// What becomes of a shared server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shared {
    /// It changes for all who share it.
    Change,
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::duration;

    #[test]
    fn times_are_read_in_seconds_minutes_and_hours() {
        let seconds = |text: &str| duration(text).ok().as_ref().map(Duration::as_secs);
        assert_eq!([seconds("90"), seconds("30s"), seconds("5m"), seconds("2h")], [Some(90), Some(30), Some(300), Some(7200)]);
        assert_eq!([seconds("soon"), seconds(""), seconds("5d"), seconds("-1s")], [None; 4]);
    }
}
