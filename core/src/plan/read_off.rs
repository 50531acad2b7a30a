//! Reading a plan off the drafts: what changes, of what account, in which keys, and what it costs.

use std::collections::{BTreeMap, BTreeSet};

use super::desk::{Desk, is_retention};
use super::sharing::Parted;
use super::{AccountPlan, Cause, Change, Moved, ProfilePlan, StorePlan, Wants, follow, retention};
use crate::effects::Effects;
use crate::model::Model;
use crate::setting::Setting;
use crate::value::Value;
use crate::workspace::Workspace;

/// Reads the plan off the drafts.
pub(super) fn read_off(
    mut workspace: Workspace<'_>,
    desk: Desk<'_>,
    asked: Vec<Wants>,
    after: &[Model],
    pinned: &BTreeSet<(usize, Setting)>,
    (parted, follows): (Vec<Parted>, Vec<follow::Followed>),
) -> ProfilePlan {
    let mut plan = ProfilePlan::empty(workspace.profile, desk.allow);
    let Desk { drafted: scopes, before, wants, problems, unsupported, .. } = desk;
    let parts = scopes.iter().zip(before).zip(after).zip(wants).zip(problems).zip(unsupported).zip(asked).zip(&follows);
    for (at, (((((((scope, old), new), wants), problems), unsupported), asked), followed)) in parts.enumerate() {
        let mut changes = set_changes(&workspace, at, old, new, &wants, pinned);
        let copied: Vec<Change> = parted.iter().filter_map(|parted| parted.change(&workspace, at, &changes)).collect();
        changes.extend(copied);
        changes.extend(followed.changes.iter().cloned());
        let counts: BTreeMap<&'static str, usize> = followed.counts.clone();
        let consequence = (!changes.is_empty()).then(|| {
            let effects = Effects {
                workspace: &workspace,
                scope,
                before: old,
                after: new,
                parted: parted.iter().any(|parted| parted.is_of(at)),
                followed: &counts,
                left: &followed.left,
            };
            let mut consequence = (workspace.client.effects)(&effects);
            consequence.notes.extend(still_insecure(new));
            consequence
        });
        plan.accounts.push(AccountPlan {
            id: scope.id.clone(),
            name: scope.name.clone(),
            email: scope.emails.first().cloned(),
            wants: asked,
            changes,
            unsupported,
            problems: problems.into_iter().map(|problem| workspace.profile.blame(problem)).collect(),
            consequence,
        });
    }
    for store in workspace.stores() {
        let known = plan.inputs.len();
        plan.inputs.extend(store.inputs().map(|(path, fingerprint)| (path.clone(), fingerprint)));
        if !store.edits.is_empty() {
            plan.stores.push(StorePlan {
                store: store.path.clone(),
                role: store.role.to_owned(),
                before: plan.inputs.get(known).and_then(|(_, fingerprint)| *fingerprint),
                edits: store.edits.clone(),
            });
        }
    }
    plan.problems = workspace.take_problems();
    plan
}

/// What a reader may take for done and is not: a server of a changed account that stays without TLS.
fn still_insecure(model: &Model) -> Vec<String> {
    let sides = [("incoming", Setting::IncomingSecurity), ("outgoing", Setting::OutgoingSecurity)];
    let stays = |(side, setting): (&str, Setting)| match model.get(&setting)?.got.value()? {
        Value::Security(security) if !security.is_secure() => Some(format!("the {side} server stays at {security}")),
        _ => None,
    };
    sides.into_iter().filter_map(stays).collect()
}

fn set_changes(
    workspace: &Workspace<'_>,
    at: usize,
    old: &Model,
    new: &Model,
    wants: &Wants,
    pinned: &BTreeSet<(usize, Setting)>,
) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut told = BTreeSet::new();
    let moved = |setting: &Setting| -> Vec<Moved> {
        let places = new.get(setting).map(|seen| seen.places.iter().flatten()).into_iter().flatten();
        places.flat_map(|place| workspace.everywhere(place)).filter_map(|place| workspace.moved(&place)).collect()
    };
    let deletes = retention::deletes_more(old, new);
    let differs = |setting: &Setting| old.get(setting).map(|seen| &seen.got) != new.get(setting).map(|seen| &seen.got);
    // A key that several rows own is told of once: by the row that it is for, not by one that keeps it in step.
    let main = |setting: &Setting| {
        let asides = new.get(setting).map(|seen| seen.asides.as_slice()).unwrap_or_default();
        moved(setting).into_iter().filter(|moved| !asides.iter().any(|(_, key)| *key == moved.key)).collect::<Vec<_>>()
    };
    let name = |moved: &Moved| (moved.store.clone(), moved.key.clone());
    told.extend(new.keys().filter(|setting| differs(setting)).flat_map(&main).map(|moved| name(&moved)));
    // First what reads differently, then what only is written out.
    for reads_differently in [true, false] {
        for setting in new.keys().filter(|setting| differs(setting) == reads_differently) {
            let wanted = wants.get(setting);
            let mut keys = if reads_differently { main(setting) } else { Vec::new() };
            let more: Vec<Moved> = moved(setting).into_iter().filter(|moved| !told.contains(&name(moved))).collect();
            if !reads_differently && (more.is_empty() || wanted.is_none()) {
                continue;
            }
            told.extend(more.iter().map(name));
            keys.extend(more);
            if keys.is_empty() {
                // Nothing of its own moves: what it inherits from does, and that is told there too.
                let above = new.get(setting).map(|seen| seen.inherited.as_slice()).unwrap_or_default();
                keys.extend(above.iter().filter_map(|place| workspace.moved(place)));
            }
            let value = |model: &Model| model.get(setting).and_then(|seen| seen.got.value()).cloned();
            changes.push(Change {
                cause: match wanted {
                    _ if pinned.contains(&(at, *setting)) => Cause::Pinned(*setting),
                    Some(_) => Cause::Set(*setting),
                    None => Cause::Shared(*setting),
                },
                before: value(old),
                after: value(new),
                rule: wanted.map(|want| want.rule.clone()),
                named: wanted.is_some_and(|want| want.named),
                keys,
                deletes: deletes.clone().filter(|_| is_retention(setting)),
            });
        }
    }
    for setting in pinned.iter().filter(|(of, setting)| *of == at && !differs(setting)).map(|(_, setting)| *setting) {
        let value = old.get(&setting).and_then(|seen| seen.got.value()).cloned();
        let keys = moved(&setting);
        changes.push(Change {
            cause: Cause::Pinned(setting),
            before: value.clone(),
            after: value,
            rule: None,
            named: false,
            keys,
            deletes: None,
        });
    }
    changes.sort_by_key(|change| change.cause.setting());
    changes
}
