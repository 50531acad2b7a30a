//! Problems: what kept a store or an account from being read or changed.

use waxseal::problem as core;

use crate::text;

/// Something that kept a store or account from being read or changed; the rest goes on.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Problem {
    /// Its kind: one of [`problem_codes`], stable.
    pub code: String,
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

/// A kind of problem.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ProblemCode {
    /// Its word, stable.
    pub code: String,
    /// What it means, without any user's text: fit for a log.
    pub summary: String,
}

/// Every kind of problem that there is.
#[uniffi::export]
pub fn problem_codes() -> Vec<ProblemCode> {
    let told = |code: &core::Code| ProblemCode { code: code.word().to_owned(), summary: code.summary().to_owned() };
    core::Code::ALL.iter().map(told).collect()
}

impl From<core::Problem> for Problem {
    fn from(problem: core::Problem) -> Problem {
        Problem {
            code: problem.code.word().to_owned(),
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
