//! What became of plans, in sum.

use waxseal::report as core;

use crate::{Problem, number};

/// Accounts by what became, or is to become, of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, uniffi::Record)]
pub struct Counts {
    /// Homes that were looked at.
    pub homes: u64,
    /// Accounts that were looked at.
    pub accounts: u64,
    /// Accounts of which something changes.
    pub changed: u64,
    /// Accounts that are as wanted already, or that no rule wants anything of.
    pub unchanged: u64,
    /// Accounts that a rule wants changed and that were refused.
    pub skipped: u64,
    /// Accounts whose profile failed; it is as it was.
    pub failed: u64,
}

/// What an apply or undo did, in sum.
#[derive(Debug, Clone, Default, PartialEq, Eq, uniffi::Record)]
pub struct Report {
    /// The operation, if anything was written.
    pub operation: Option<u64>,
    /// Accounts by what became of them.
    pub counts: Counts,
    /// Every problem: what the plan had, what was refused or failed, and why.
    pub problems: Vec<Problem>,
    /// Whether the progress asked to stop before the end. What is not counted was not begun.
    pub cancelled: bool,
}

impl From<&core::Counts> for Counts {
    fn from(counts: &core::Counts) -> Counts {
        Counts {
            homes: number(counts.homes),
            accounts: number(counts.accounts),
            changed: number(counts.changed),
            unchanged: number(counts.unchanged),
            skipped: number(counts.skipped),
            failed: number(counts.failed),
        }
    }
}
