//! The plan: everything intended for one profile, as data. Apply looks at nothing else. Planning only reads; it drafts
//! in a workspace, looks at what came of it, and takes back what must not be.

mod derive;
mod desk;
mod follow;
pub mod kept;
mod pin;
mod possible;
mod read_off;
mod refuse;
mod retention;
mod sharing;
mod wants;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub(crate) use sharing::PARTED;

pub use crate::workspace::Moved;

use crate::client::Consequence;
use crate::discover::Profile;
use crate::document::Edits;
use crate::fingerprint::Fingerprint;
use crate::home::StorePath;
use crate::model;
use crate::policy::{Allow, Policy};
use crate::probe::Prober;
use crate::problem::Problem;
use crate::setting::Setting;
use crate::system::Reader;
use crate::value::Value;

/// Works out what a policy changes in a profile.
pub fn plan(system: &dyn Reader, profile: &Profile, policy: &Policy, prober: &dyn Prober) -> ProfilePlan {
    let Some((workspace, scopes)) = model::open(system, profile) else {
        return ProfilePlan { problems: model::unknown_client(profile).problems, ..ProfilePlan::empty(profile, policy.allow) };
    };
    let (wants, lost): (Vec<Wants>, Vec<Vec<Problem>>) =
        scopes.iter().map(|scope| wants::wants(&workspace, scope, policy, prober)).unzip();
    let mut plan = derive::derive(workspace, &scopes, wants, policy.allow);
    for (account, lost) in plan.accounts.iter_mut().zip(lost) {
        account.problems.splice(0..0, lost.into_iter().map(|problem| profile.blame(problem)));
    }
    plan
}

/// Works a plan out again from its own wants, on what is there now.
pub(crate) fn again(system: &dyn Reader, plan: &ProfilePlan) -> ProfilePlan {
    let profile = &plan.profile;
    let Some((workspace, scopes)) = model::open(system, profile) else { return ProfilePlan::empty(profile, plan.allow) };
    let of = |id: &str| plan.accounts.iter().find(|account| account.id == id).map(|account| account.wants.clone());
    let wants = scopes.iter().map(|scope| of(&scope.id).unwrap_or_default()).collect();
    derive::derive(workspace, &scopes, wants, plan.allow)
}

/// Everything intended for one profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfilePlan {
    /// The profile.
    pub profile: Profile,
    /// Its accounts, changed or not, in the client's order.
    pub accounts: Vec<AccountPlan>,
    /// The edits, store by store, in the order of opening.
    pub stores: Vec<StorePlan>,
    /// Every store that was looked at, and its fingerprint then; `None` was no such file.
    pub inputs: Vec<(StorePath, Option<Fingerprint>)>,
    /// What could not be read.
    pub problems: Vec<Problem>,
    /// What the operator allowed when it was made.
    pub allow: Allow,
}

/// What is intended for one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountPlan {
    /// The account's id.
    pub id: String,
    /// What the user calls it.
    pub name: String,
    /// The default identity's address.
    pub email: Option<String>,
    /// What the rules want of it, settled: ports chosen, what follows added.
    pub wants: Wants,
    /// What changes.
    pub changes: Vec<Change>,
    /// What the client can't hold.
    pub unsupported: Vec<Unsupported>,
    /// What was refused, and why.
    pub problems: Vec<Problem>,
    /// What it costs the user; `None` if nothing changes.
    pub consequence: Option<Consequence>,
}

/// Settled wants of one account.
pub type Wants = BTreeMap<Setting, Want>;

/// One setting's wanted value, and who wants it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Want {
    /// The value.
    pub value: Value,
    /// The rule.
    pub rule: String,
    /// Whether the rule names it; else it follows from what the rule names.
    pub named: bool,
}

/// One change of an account, before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Why.
    pub cause: Cause,
    /// What was in effect.
    pub before: Option<Value>,
    /// What will be.
    pub after: Option<Value>,
    /// The rule that wants it.
    pub rule: Option<String>,
    /// Whether the rule names it; a port may only follow from what the rule names.
    pub named: bool,
    /// The keys.
    pub keys: Vec<Moved>,
    /// What it makes the client delete from the server, in words.
    pub deletes: Option<String>,
}

/// Why something changes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// A rule wants it.
    Set(Setting),
    /// It shares a key with something that a rule wants.
    Shared(Setting),
    /// Its old effective value is written out, since what it inherited changes.
    Pinned(Setting),
    /// It holds something made of a name that changes.
    Follow(String),
}

/// A wanted setting that the client can't hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unsupported {
    /// Which.
    pub setting: Setting,
    /// What was wanted.
    pub wanted: Value,
    /// Why not.
    pub why: String,
}

/// The edits of one store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StorePlan {
    /// Where it is.
    pub store: StorePath,
    /// Its role in the client's table.
    pub role: String,
    /// What was read; `None` was no such file.
    pub before: Option<Fingerprint>,
    /// The edits.
    pub edits: Edits,
}

impl ProfilePlan {
    fn empty(profile: &Profile, allow: Allow) -> ProfilePlan {
        ProfilePlan {
            profile: profile.clone(),
            accounts: Vec::new(),
            stores: Vec::new(),
            inputs: Vec::new(),
            problems: Vec::new(),
            allow,
        }
    }

    /// Whether nothing is to be written.
    pub fn is_empty(&self) -> bool {
        self.stores.is_empty()
    }

    /// Every problem: the profile's, then each account's.
    pub fn all_problems(&self) -> impl Iterator<Item = &Problem> {
        self.problems.iter().chain(self.accounts.iter().flat_map(|account| &account.problems))
    }
}

impl Cause {
    /// The setting that changes, where it is one.
    pub fn setting(&self) -> Option<Setting> {
        match self {
            Cause::Set(setting) | Cause::Shared(setting) | Cause::Pinned(setting) => Some(*setting),
            Cause::Follow(_) => None,
        }
    }
}
