//! Accounts in the formats by which clients and administrators take accounts over. No format ever gets a password; what it can't
//! say is told beside it.

mod mobileconfig;
mod reg;

pub use mobileconfig::mobileconfig;
pub use reg::{Part, Registry, as_read, changed, reg};

use crate::account::Account;
use crate::plan::AccountPlan;

/// What comes of an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// The file's text.
    pub text: String,
    /// How many accounts are in it.
    pub accounts: usize,
    /// What it can't say: of which account, and what.
    pub left: Vec<(String, String)>,
}

/// An account as it would be after its plan.
#[must_use]
pub fn planned(mut account: Account, plan: &AccountPlan) -> Account {
    for change in &plan.changes {
        if let (Some(setting), Some(after)) = (change.cause.setting(), &change.after) {
            account.settings.insert(setting, after.clone());
            account.defaults.remove(&setting);
        }
    }
    account
}
