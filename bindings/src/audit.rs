//! What is not as it should be.

use waxseal::account as core;
use waxseal::discover::Profile;

use crate::{Problem, Setting, Value, text};

/// A setting that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Finding {
    /// The home.
    pub home: String,
    /// The client's name.
    pub client: String,
    /// The profile's folder.
    pub profile: String,
    /// The account's id.
    pub account: String,
    /// Which setting.
    pub setting: Setting,
    /// What it is; none is not set, or not understood.
    pub actual: Option<Value>,
    /// What it should be.
    pub wanted: Value,
    /// The store that the account is listed in.
    pub store: String,
    /// Why, in words.
    pub message: String,
}

/// What is not as it should be, and what could not be read.
#[derive(Debug, Clone, Default, PartialEq, Eq, uniffi::Record)]
pub struct Audit {
    /// Account by account.
    pub findings: Vec<Finding>,
    /// What could not be read or compared.
    pub problems: Vec<Problem>,
    /// How many accounts were looked at.
    pub accounts: u64,
}

impl Finding {
    pub(crate) fn of(profile: &Profile, account: &core::Account, finding: waxseal::audit::Finding) -> Finding {
        Finding {
            home: text(&profile.home.path),
            client: profile.client.clone(),
            profile: profile.folder.to_string(),
            account: account.id.clone(),
            setting: finding.setting.into(),
            actual: finding.actual.map(Into::into),
            wanted: finding.wanted.into(),
            store: text(&account.store),
            message: finding.message,
        }
    }
}
