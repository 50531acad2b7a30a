//! What a client's table may look at when it says what a change costs.

use std::collections::BTreeMap;

use crate::lens::Scope;
use crate::model::Model;
use crate::setting::Setting;
use crate::value::Value;
use crate::workspace::Workspace;

/// One account's changes, for judging what they cost its user.
pub struct Effects<'a> {
    /// The profile, with all edits pending.
    pub workspace: &'a Workspace<'a>,
    /// The account.
    pub scope: &'a Scope,
    /// Its settings before.
    pub before: &'a Model,
    /// Its settings after.
    pub after: &'a Model,
    /// Whether it gets a copy of the outgoing server that it shared.
    pub parted: bool,
    /// How many places each follow changed for it.
    pub followed: &'a BTreeMap<&'static str, usize>,
    /// Places outside the table that still hold the old name.
    pub left: &'a [String],
}

impl Effects<'_> {
    /// Whether a setting's effective value changes.
    pub fn changes(&self, setting: Setting) -> bool {
        self.was(setting) != self.becomes(setting)
    }

    /// A setting's value before.
    pub fn was(&self, setting: Setting) -> Option<&Value> {
        self.before.get(&setting)?.got.value()
    }

    /// A setting's value after.
    pub fn becomes(&self, setting: Setting) -> Option<&Value> {
        self.after.get(&setting)?.got.value()
    }

    /// How many places a follow changed.
    pub fn followed(&self, name: &str) -> usize {
        self.followed.get(name).copied().unwrap_or(0)
    }
}
