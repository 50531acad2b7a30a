//! Problems: what kept a store or an account from being read or changed. One closed list of codes, each with a fixed
//! summary; the message says what, where, and both values; the hint says what to do next.

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

macro_rules! codes {
    ($($variant:ident $word:literal $summary:literal,)*) => {
        /// The kind of a problem; stable, kebab-case.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Code {
            $(#[doc = $summary] $variant,)*
        }

        impl Code {
            /// Every code.
            pub const ALL: &[Code] = &[$(Code::$variant,)*];

            /// The code as printed.
            pub fn word(self) -> &'static str {
                match self { $(Code::$variant => $word,)* }
            }

            /// What it means, without any user's text, so that equal problems can be grouped.
            pub fn summary(self) -> &'static str {
                match self { $(Code::$variant => $summary,)* }
            }
        }
    };
}

codes! {
    Unreadable "unreadable" "A file or folder can't be read.",
    Malformed "malformed" "A store is not in the format that its client writes.",
    OddEntry "odd-entry" "A line of a store is not understood and hides a key that is needed.",
    UnknownValue "unknown-value" "A stored value has no known meaning; it is never guessed.",
    BrokenAccount "broken-account" "An account's parts don't hang together.",
    UnsupportedAccount "unsupported-account" "An account is of a kind that has no servers to secure, or keeps them elsewhere.",
    UnsupportedClient "unsupported-client" "A store is known, but can't be served.",
    OutsideHome "outside-home" "A profile lies outside its home.",
    ClientRunning "client-running" "The client is running.",
    ClosedUnknown "closed-unknown" "Whether the client is closed can't be known.",
    Busy "busy" "Another waxseal works here.",
    Stale "stale" "The store has changed since the plan was made, in a way that matters to it.",
    Collision "collision" "Two accounts would become the same server and user, and the client would drop one.",
    SharedServer "shared-server" "An outgoing server is shared with accounts that no rule matched.",
    ConflictingRules "conflicting-rules" "Two rules want two values of one shared key.",
    NoValue "no-value" "A variable of the policy has no value for an account.",
    CannotSecure "cannot-secure" "The client can't hold all of a server's host, port, security and auth.",
    LessSecure "less-secure" "A change would make an account less secure.",
    InsecureHost "insecure-host" "A rule names a host and would leave that server insecure.",
    DeletesMail "deletes-mail" "A change would make the client delete more mail from the server.",
    WriteFailed "write-failed" "A store could not be written; the profile is as it was.",
    VerifyFailed "verify-failed" "A store did not read back as planned; the profile was put back.",
    RestoreFailed "restore-failed" "A store could not be put back; its backup is kept.",
    ChangedSince "changed-since" "A value has been changed by someone else since, and was left alone.",
    Interrupted "interrupted" "An operation was interrupted.",
    Cancelled "cancelled" "Somebody asked to stop; what was begun is whole, and the rest is as it was.",
    HardLink "hard-link" "A store has a second name, which would keep the old content.",
    SystemStore "system-store" "The running system has a store open; it is changed only where that is allowed.",
    Unsupported "unsupported" "A client can't hold a setting that a rule wants.",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Something that kept a store or account from being read or changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Its kind.
    pub code: Code,
    /// The home.
    #[serde(with = "crate::home::spelled::optional", default)]
    pub home: Option<PathBuf>,
    /// The client's name.
    pub client: Option<String>,
    /// The profile's folder or name.
    pub profile: Option<String>,
    /// The account's id.
    pub account: Option<String>,
    /// The store or folder.
    #[serde(with = "crate::home::spelled::optional", default)]
    pub path: Option<PathBuf>,
    /// The line in it, from 1.
    pub line: Option<usize>,
    /// What happened, lower case, without a period.
    pub message: String,
    /// What to do next.
    pub hint: Option<String>,
}

impl Problem {
    /// A problem that names no place yet.
    pub fn new(code: Code, message: impl Into<String>) -> Problem {
        Problem {
            code,
            home: None,
            client: None,
            profile: None,
            account: None,
            path: None,
            line: None,
            message: message.into(),
            hint: None,
        }
    }

    /// Says what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Problem {
        self.hint = Some(hint.into());
        self
    }

    /// Names the file or folder.
    #[must_use]
    pub fn at(mut self, path: impl Into<PathBuf>) -> Problem {
        self.path = Some(path.into());
        self
    }

    /// Names the line; 0 is none.
    #[must_use]
    pub fn line(mut self, line: usize) -> Problem {
        self.line = (line > 0).then_some(line);
        self
    }

    /// Names the account.
    #[must_use]
    pub fn account(mut self, account: impl Into<String>) -> Problem {
        self.account = Some(account.into());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(path) = &self.path {
            write!(f, "{}", path.display())?;
            if let Some(line) = self.line {
                write!(f, " line {line}")?;
            }
            f.write_str(": ")?;
        }
        f.write_str(&self.message)
    }
}
