//! What is intended for a profile, as data to look at.

use waxseal::client as costs;
use waxseal::document;
use waxseal::plan as core;

use crate::{Problem, Setting, Value, text};

/// Everything intended for one profile.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ProfilePlan {
    /// The home.
    pub home: String,
    /// The client's name.
    pub client: String,
    /// The profile's folder.
    pub profile: String,
    /// Its accounts, changed or not, in the client's order.
    pub accounts: Vec<AccountPlan>,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

/// What is intended for one account.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct AccountPlan {
    /// The account's id.
    pub id: String,
    /// What the user calls it.
    pub name: String,
    /// The default identity's address.
    pub email: Option<String>,
    /// What changes.
    pub changes: Vec<Change>,
    /// What the client can't hold.
    pub unsupported: Vec<Unsupported>,
    /// What was refused, and why.
    pub problems: Vec<Problem>,
    /// What it costs the user; none if nothing changes.
    pub consequence: Option<Consequence>,
}

/// One change of an account, before and after.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Change {
    /// What changes, and why.
    pub cause: Cause,
    /// What was in effect.
    pub before: Option<Value>,
    /// What will be.
    pub after: Option<Value>,
    /// The rule that wants it.
    pub rule: Option<String>,
    /// The keys that are written.
    pub keys: Vec<KeyChange>,
    /// What it makes the client delete from the server, in words.
    pub deletes: Option<String>,
}

/// Why something changes.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum Cause {
    /// A rule wants it.
    Wanted {
        /// The setting.
        setting: Setting,
    },
    /// It shares a key with something that a rule wants.
    Shared {
        /// The setting.
        setting: Setting,
    },
    /// Its old effective value is written out, since what it inherited changes.
    Pinned {
        /// The setting.
        setting: Setting,
    },
    /// It holds something made of a name that changes, as a saved password does.
    Follows {
        /// What it is: `saved-password`.
        name: String,
    },
}

/// One place in a store, before and after.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct KeyChange {
    /// The store.
    pub store: String,
    /// The place in it.
    pub key: String,
    /// What stood there; none is nothing.
    pub before: Option<Raw>,
    /// What will stand there; none is nothing.
    pub after: Option<Raw>,
}

/// A value exactly as it stands in a store.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum Raw {
    /// A switch.
    Switch {
        /// Whether it is on.
        value: bool,
    },
    /// A number.
    Number {
        /// The number.
        value: i64,
    },
    /// A string.
    Text {
        /// The text.
        value: String,
    },
    /// Bytes that are no text.
    Bytes {
        /// The bytes.
        value: Vec<u8>,
    },
}

/// What a change costs the user of the account.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Consequence {
    /// Whether the client asks for the password again, once.
    pub password_asked_again: Answer,
    /// Whether the client fetches mail again that it has.
    pub mail_fetched_again: Answer,
    /// Why, in words, each a clause.
    pub why: Vec<String>,
    /// What else the user should know.
    pub notes: Vec<String>,
}

/// An answer to a question about what a change costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, uniffi::Enum)]
pub enum Answer {
    /// It does not happen.
    No,
    /// It happens.
    Yes,
    /// It can't be known.
    Unknown,
}

/// A wanted setting that the client can't hold.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Unsupported {
    /// Which.
    pub setting: Setting,
    /// What was wanted.
    pub wanted: Value,
    /// Why not.
    pub why: String,
}

impl From<&core::ProfilePlan> for ProfilePlan {
    fn from(plan: &core::ProfilePlan) -> ProfilePlan {
        let blamed = |problem: &waxseal::problem::Problem| plan.profile.blame(problem.clone());
        let account = |account: &core::AccountPlan| {
            let problem = |problem| {
                let mut problem = blamed(problem);
                problem.account.get_or_insert_with(|| account.id.clone());
                problem.into()
            };
            AccountPlan {
                id: account.id.clone(),
                name: account.name.clone(),
                email: account.email.clone(),
                changes: account.changes.iter().map(Into::into).collect(),
                unsupported: account.unsupported.iter().map(Into::into).collect(),
                problems: account.problems.iter().map(problem).collect(),
                consequence: account.consequence.as_ref().map(Into::into),
            }
        };
        ProfilePlan {
            home: text(&plan.profile.home.path),
            client: plan.profile.client.clone(),
            profile: plan.profile.folder.to_string(),
            accounts: plan.accounts.iter().map(account).collect(),
            problems: plan.problems.iter().map(|problem| blamed(problem).into()).collect(),
        }
    }
}

impl From<&core::Change> for Change {
    fn from(change: &core::Change) -> Change {
        let key = |moved: &core::Moved| KeyChange {
            store: moved.store.to_string(),
            key: moved.key.as_str().to_owned(),
            before: moved.before.as_ref().map(Into::into),
            after: moved.after.as_ref().map(Into::into),
        };
        Change {
            cause: match &change.cause {
                core::Cause::Set(setting) => Cause::Wanted { setting: (*setting).into() },
                core::Cause::Shared(setting) => Cause::Shared { setting: (*setting).into() },
                core::Cause::Pinned(setting) => Cause::Pinned { setting: (*setting).into() },
                core::Cause::Follow(name) => Cause::Follows { name: name.clone() },
            },
            before: change.before.clone().map(Into::into),
            after: change.after.clone().map(Into::into),
            rule: change.rule.clone(),
            keys: change.keys.iter().map(key).collect(),
            deletes: change.deletes.clone(),
        }
    }
}

impl From<&document::Raw> for Raw {
    fn from(raw: &document::Raw) -> Raw {
        match raw {
            document::Raw::Bool(value) => Raw::Switch { value: *value },
            document::Raw::Int(value) => Raw::Number { value: *value },
            document::Raw::Text(value) => Raw::Text { value: value.clone() },
            document::Raw::Bytes(value) | document::Raw::Other { bytes: value, .. } => Raw::Bytes { value: value.clone() },
        }
    }
}

impl From<&core::Unsupported> for Unsupported {
    fn from(unsupported: &core::Unsupported) -> Unsupported {
        Unsupported {
            setting: unsupported.setting.into(),
            wanted: unsupported.wanted.clone().into(),
            why: unsupported.why.clone(),
        }
    }
}

impl From<&costs::Consequence> for Consequence {
    fn from(consequence: &costs::Consequence) -> Consequence {
        let answer = |answer: &costs::Answer| match answer {
            costs::Answer::No => Answer::No,
            costs::Answer::Yes => Answer::Yes,
            costs::Answer::Unknown => Answer::Unknown,
        };
        Consequence {
            password_asked_again: answer(&consequence.password_asked_again),
            mail_fetched_again: answer(&consequence.mail_fetched_again),
            why: consequence.why.clone(),
            notes: consequence.notes.clone(),
        }
    }
}
