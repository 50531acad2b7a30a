//! Finds the accounts of the mail clients that people already have, and moves them to safe settings in the clients' own
//! files: list, audit, plan, apply with progress, undo. Passwords never enter what this library hands out.
//!
//! A [`Waxseal`] knows whose homes are looked at and where the record of changes is. Everything it gives is plain data,
//! but for a [`Plan`], which keeps the edits that it stands for. Nothing here is asynchronous: call it off the main thread.
//! One object may be used by any number of threads.

// What crosses into another language; every name is one word of the design, and none knows a client.
mod account;
mod audit;
mod client;
mod error;
mod journal;
mod kept;
// The generator is outside of the workspace; what it mends is tested here.
#[cfg(test)]
#[path = "../generator/src/mend.rs"]
mod mend;
mod plan;
mod policy;
mod problem;
mod problems;
mod progress;
mod report;
mod setting;
#[cfg(test)]
mod tests;
mod value;
mod waxseal;

pub use crate::account::{Account, Listing, Server};
pub use crate::audit::{Audit, Finding};
pub use crate::client::{Client, clients};
pub use crate::error::WaxsealError;
pub use crate::journal::{JournalOperation, OperationKind, Recovered, Recovery};
pub use crate::kept::Plan;
pub use crate::plan::{AccountPlan, Answer, Cause, Change, Consequence, KeyChange, ProfilePlan, Raw, Unsupported};
pub use crate::policy::{Fault, Match, Policy, Probe, Rule, check_policy, policy_example};
pub use crate::problem::{Problem, ProblemCode};
pub use crate::progress::{Done, Outcome, ProgressListener};
pub use crate::report::{Counts, Report};
pub use crate::setting::Setting;
pub use crate::value::{Auth, Level, MailProtocol, Security, Value};
pub use crate::waxseal::{Home, Os, Waxseal};

uniffi::setup_scaffolding!("waxseal");

/// A path as text. What is no Unicode in it becomes U+FFFD.
fn text(path: &std::path::Path) -> String {
    path.to_string_lossy().into_owned()
}

/// A count.
fn number(count: usize) -> u64 {
    count.try_into().unwrap_or(u64::MAX)
}
