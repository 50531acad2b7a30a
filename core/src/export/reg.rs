//! Registry text of the accounts that Outlook and Outlook Express keep in the registry: what a plan changes there and no
//! more, with a second text that takes it back; without a plan the values that the settings stand in, as they are.

use std::collections::BTreeMap;

use super::Export;
use crate::client::Client;
use crate::clients::REGISTRY;
use crate::discover::Profile;
use crate::document::{Key, Raw};
use crate::formats::reg::make;
use crate::home::StorePath;
use crate::lens::Scope;
use crate::model;
use crate::plan::{AccountPlan, Moved, ProfilePlan};
use crate::setting::Setting;
use crate::system::Reader;
use crate::workspace::Workspace;

/// What goes into registry text for one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The account's id.
    pub id: String,
    /// Whether its client keeps accounts in the registry at all.
    pub in_registry: bool,
    /// The values, each as it is and as it is to be.
    pub values: Vec<Moved>,
    /// What of it is elsewhere.
    pub left: Vec<String>,
}

/// Registry text, and the text that takes it back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registry {
    /// The values as they are to be.
    pub export: Export,
    /// The same values as they are: what is new goes.
    pub undo: String,
}

/// The accounts of a plan, with what it changes in the registry.
pub fn changed(plan: &ProfilePlan) -> Vec<Part> {
    let in_registry = |moved: &Moved| plan.stores.iter().any(|store| store.role == REGISTRY.role && store.store == moved.store);
    let part = |account: &AccountPlan| {
        let mut part = Part::of(&account.id, plan.profile.table());
        for change in &account.changes {
            let (values, others): (Vec<&Moved>, Vec<&Moved>) = change.keys.iter().partition(|moved| in_registry(moved));
            part.values.extend(values.into_iter().cloned());
            if let Some((other, setting)) = others.first().zip(change.cause.setting()) {
                part.leave(setting, &other.store);
            }
        }
        part
    };
    plan.accounts.iter().map(part).collect()
}

/// The accounts of a profile, with the registry's values that their settings stand in.
pub fn as_read(system: &dyn Reader, profile: &Profile) -> Vec<Part> {
    let Some((workspace, scopes)) = model::open(system, profile) else { return Vec::new() };
    scopes.iter().map(|scope| standing(&workspace, scope)).collect()
}

fn standing(workspace: &Workspace<'_>, scope: &Scope) -> Part {
    let mut part = Part::of(&scope.id, Some(workspace.client));
    for (setting, seen) in model::model(workspace, scope) {
        for place in seen.places.iter().flatten() {
            let (Some(raw), Some(store)) = (workspace.originally_stored(place), workspace.stores().get(place.0)) else {
                continue;
            };
            let key = store.doc.as_ref().map_or_else(|| place.1.clone(), |document| document.canonical(&place.1));
            match store.role == REGISTRY.role {
                true => part.values.push(Moved { store: store.path.clone(), key, before: Some(raw.clone()), after: Some(raw) }),
                false => part.leave(setting, &store.path),
            }
        }
    }
    part
}

impl Part {
    fn of(id: &str, client: Option<&Client>) -> Part {
        let in_registry = client.is_some_and(|client| client.store(REGISTRY.role).is_some());
        Part { id: id.to_owned(), in_registry, values: Vec::new(), left: Vec::new() }
    }

    fn leave(&mut self, setting: Setting, store: &StorePath) {
        let why = format!("{setting} is in {}, not in the registry", store.name());
        if self.in_registry && !self.left.contains(&why) {
            self.left.push(why);
        }
    }
}

/// Registry text of these parts, which are to be of one registry.
pub fn reg<'a>(parts: impl IntoIterator<Item = &'a Part>) -> Registry {
    let mut export = Export { text: String::new(), accounts: 0, left: Vec::new() };
    let mut values: BTreeMap<&Key, &Moved> = BTreeMap::new();
    for part in parts {
        let refused = match part.in_registry {
            true => both(part.values.iter()).err(),
            false => Some("its client keeps it in files, not in the registry".to_owned()),
        };
        export.left.extend(part.left.iter().cloned().chain(refused.clone()).map(|what| (part.id.clone(), what)));
        if refused.is_none() {
            export.accounts += 1;
            values.extend(part.values.iter().map(|moved| (&moved.key, moved)));
        }
    }
    // Each part was written already, so that all can be.
    let (text, undo) = both(values.values().copied()).unwrap_or_default();
    Registry { export: Export { text, ..export }, undo }
}

/// The values as they are to be, and as they are.
fn both<'a>(values: impl Iterator<Item = &'a Moved> + Clone) -> Result<(String, String), String> {
    let text = |of: fn(&Moved) -> Option<&Raw>| {
        make(values.clone().map(|moved| (&moved.key, of(moved)))).map_err(|refusal| refusal.to_string())
    };
    Ok((text(|moved| moved.after.as_ref())?, text(|moved| moved.before.as_ref())?))
}
