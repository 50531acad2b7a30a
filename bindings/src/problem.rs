//! Problems: what kept a store or an account from being read or changed.

use waxseal::problem as core;

use crate::text;

/// Something that kept a store or account from being read or changed; the rest goes on.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Problem {
    /// Its kind.
    pub code: ProblemCode,
    /// The home.
    pub home: Option<String>,
    /// The client's name.
    pub client: Option<String>,
    /// The profile's folder.
    pub profile: Option<String>,
    /// The account's id.
    pub account: Option<String>,
    /// The store or folder.
    pub path: Option<String>,
    /// The line in it, from 1.
    pub line: Option<u64>,
    /// What happened, in words that may name the user's own values.
    pub message: String,
    /// What to do next.
    pub hint: Option<String>,
}

macro_rules! codes {
    ($($variant:ident $summary:literal,)*) => {
        /// The kind of a problem.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, uniffi::Enum)]
        pub enum ProblemCode {
            $(#[doc = $summary] $variant,)*
        }

        impl From<core::Code> for ProblemCode {
            fn from(code: core::Code) -> ProblemCode {
                match code { $(core::Code::$variant => ProblemCode::$variant,)* }
            }
        }

        impl From<ProblemCode> for core::Code {
            fn from(code: ProblemCode) -> core::Code {
                match code { $(ProblemCode::$variant => core::Code::$variant,)* }
            }
        }

        #[cfg(test)]
        const SUMMARIES: &[(ProblemCode, &str)] = &[$((ProblemCode::$variant, $summary),)*];
    };
}

codes! {
    Unreadable "A file or folder can't be read.",
    Malformed "A store is not in the format that its client writes.",
    OddEntry "A line of a store is not understood and hides a key that is needed.",
    UnknownValue "A stored value has no known meaning; it is never guessed.",
    BrokenAccount "An account's parts don't hang together.",
    UnsupportedAccount "An account is of a kind that has no servers to secure, or keeps them elsewhere.",
    UnsupportedClient "A store is known, but can't be served.",
    OutsideHome "A profile lies outside its home.",
    ClientRunning "The client is running.",
    ClosedUnknown "Whether the client is closed can't be known.",
    Busy "Another waxseal works here.",
    Stale "The store has changed since the plan was made, in a way that matters to it.",
    Collision "Two accounts would become the same server and user, and the client would drop one.",
    SharedServer "An outgoing server is shared with accounts that no rule matched.",
    ConflictingRules "Two rules want two values of one shared key.",
    NoValue "A variable of the policy has no value for an account.",
    CannotSecure "The client can't hold all of a server's host, port, security and auth.",
    LessSecure "A change would make an account less secure.",
    InsecureHost "A rule names a host and would leave that server insecure.",
    DeletesMail "A change would make the client delete more mail from the server.",
    WriteFailed "A store could not be written; the profile is as it was.",
    VerifyFailed "A store did not read back as planned; the profile was put back.",
    RestoreFailed "A store could not be put back; its backup is kept.",
    ChangedSince "A value has been changed by someone else since, and was left alone.",
    Interrupted "An operation was interrupted.",
    Cancelled "Somebody asked to stop; what was begun is whole, and the rest is as it was.",
    HardLink "A store has a second name, which would keep the old content.",
    SystemStore "The running system has a store open; it is changed only where that is allowed.",
    Unsupported "A client can't hold a setting that a rule wants.",
}

#[uniffi::export]
impl ProblemCode {
    /// The word that the command line and JSON use: `client-running`.
    pub fn label(&self) -> String {
        core::Code::from(*self).word().to_owned()
    }

    /// What it means, without any user's text: fit for a log.
    pub fn summary(&self) -> String {
        core::Code::from(*self).summary().to_owned()
    }
}

impl From<core::Problem> for Problem {
    fn from(problem: core::Problem) -> Problem {
        Problem {
            code: problem.code.into(),
            home: problem.home.as_deref().map(text),
            client: problem.client,
            profile: problem.profile,
            account: problem.account,
            path: problem.path.as_deref().map(text),
            line: problem.line.map(crate::number),
            message: problem.message,
            hint: problem.hint,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{SUMMARIES, core};

    #[test]
    fn every_code_is_there_with_its_own_summary() {
        let ours: Vec<(core::Code, &str)> = SUMMARIES.iter().map(|(code, summary)| ((*code).into(), *summary)).collect();
        let theirs: Vec<(core::Code, &str)> = core::Code::ALL.iter().map(|code| (*code, code.summary())).collect();
        assert_eq!(ours, theirs);
    }
}
