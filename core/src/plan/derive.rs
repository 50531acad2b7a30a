//! From wants to edits: drafts them, looks at the whole model before and after, takes back what must not be, and goes
//! round until nothing differs. Then the follows, and the plan is read off the drafts.

use std::collections::{BTreeMap, BTreeSet};

use super::pin::pin;
use super::{AccountPlan, Cause, Change, Moved, ProfilePlan, StorePlan, Unsupported, Want, Wants, follow, retention};
use crate::codec::Got;
use crate::effects::Effects;
use crate::lens::{self, Held, Scope};
use crate::model::{Model, missing_hosts, model, row_of};
use crate::policy::Allow;
use crate::problem::{Code, Problem};
use crate::setting::{Setting, Side};
use crate::value::{Auth, Security, Value};
use crate::workspace::Workspace;

/// Works a profile's plan out.
pub(super) fn derive(mut workspace: Workspace<'_>, scopes: &[Scope], asked: Vec<Wants>, allow: Allow) -> ProfilePlan {
    let before: Vec<Model> = scopes.iter().map(|scope| model(&workspace, scope)).collect();
    let missing: Vec<Problem> =
        scopes.iter().zip(&before).flat_map(|(scope, model)| missing_hosts(&workspace, scope, model)).collect();
    workspace.problems.extend(missing);
    let mut desk = Desk {
        scopes,
        before: &before,
        wants: asked.clone(),
        allow,
        problems: vec![Vec::new(); scopes.len()],
        unsupported: vec![Vec::new(); scopes.len()],
    };
    desk.drop_what_cannot_be(&workspace);
    // Every round either stands or takes at least one want away, so this ends.
    loop {
        workspace.forget_drafts();
        desk.draft(&mut workspace);
        let after: Vec<Model> = scopes.iter().map(|scope| model(&workspace, scope)).collect();
        if desk.refuse(&mut workspace, &after) == 0 {
            break;
        }
    }
    let wanted = |at: usize, setting: &Setting| desk.wants.get(at).is_some_and(|wants| wants.contains_key(setting));
    let free = |at: usize, setting: Setting| !wanted(at, &setting) && !desk.shares_what_moves(at, setting.side());
    let pinned = pin(&mut workspace, scopes, &before, free);
    let after: Vec<Model> = scopes.iter().map(|scope| model(&workspace, scope)).collect();
    let follows = follow::follow(&mut workspace, scopes);
    read_off(workspace, desk, asked, &after, &pinned, follows)
}

struct Desk<'a> {
    scopes: &'a [Scope],
    before: &'a [Model],
    wants: Vec<Wants>,
    allow: Allow,
    problems: Vec<Vec<Problem>>,
    unsupported: Vec<Vec<Unsupported>>,
}

fn of_side(side: Side) -> impl Fn(&Setting) -> bool {
    move |setting| setting.side() == side
}

fn is_retention(setting: &Setting) -> bool {
    setting.name().starts_with("retention.")
}

impl Desk<'_> {
    /// Takes wants of one account away, with the reason.
    fn take_back(&mut self, at: usize, which: impl Fn(&Setting) -> bool, problem: Problem) {
        let (Some(wants), Some(problems), Some(scope)) = (self.wants.get_mut(at), self.problems.get_mut(at), self.scopes.get(at))
        else {
            return;
        };
        wants.retain(|setting, _| !which(setting));
        problems.push(problem.account(&scope.id));
    }

    /// What no draft is needed for: settings that the client can't hold, unknown values, insecure servers.
    fn drop_what_cannot_be(&mut self, workspace: &Workspace<'_>) {
        let winning = |role: &str| workspace.client.stores.iter().any(|def| def.under == Some(role));
        if let Some(store) = workspace.stores().iter().find(|store| store.broken && winning(store.role)) {
            for at in (0..self.scopes.len()).filter(|at| self.wants.get(*at).is_some_and(|wants| !wants.is_empty())).collect::<Vec<_>>() {
                let problem = Problem::new(Code::Unreadable, "the account stays: this store wins over the others and can't be read");
                self.take_back(at, |_| true, problem.at(store.path.full()));
            }
        }
        for at in 0..self.scopes.len() {
            let (Some(scope), Some(before)) = (self.scopes.get(at), self.before.get(at)) else { continue };
            for (setting, want) in self.wants.get(at).cloned().unwrap_or_default() {
                let why = match row_of(workspace, scope, setting).map(|row| row.held) {
                    Some(Held::Keys { .. }) => None,
                    Some(Held::Absent(why)) => Some(why),
                    None => Some("this version of the client has no such setting"),
                };
                if let Some(why) = why {
                    self.cannot_hold(at, setting, &want, why);
                } else if let Some(Got::Unknown(what)) = before.get(&setting).map(|seen| &seen.got) {
                    let problem = Problem::new(Code::UnknownValue, format!("{setting} stays: {what}"))
                        .hint("set it once in the client itself, then plan again");
                    let problem = before.get(&setting).map_or(problem.clone(), |seen| workspace.at(&seen.places, problem));
                    self.refuse_setting(at, setting, problem);
                }
            }
            for side in [Side::Incoming, Side::Outgoing] {
                if let Some(problem) = self.insecurity(at, side) {
                    self.take_back(at, of_side(side), problem);
                }
            }
        }
    }

    fn refuse_setting(&mut self, at: usize, setting: Setting, problem: Problem) {
        match setting.is_bundled() {
            true => self.take_back(at, of_side(setting.side()), problem),
            false => self.take_back(at, |known| *known == setting, problem),
        }
    }

    /// A server moves whole or not at all; another setting is said to be unsupported.
    fn cannot_hold(&mut self, at: usize, setting: Setting, want: &Want, why: &str) {
        if !self.wants.get(at).is_some_and(|wants| wants.contains_key(&setting)) {
            return;
        }
        if setting.is_bundled() {
            let problem =
                Problem::new(Code::CannotSecure, format!("{setting} can't be {}: {why}; the server stays as it is", want.value))
                    .hint("use a newer client for this account, or a TLS tunnel on its machine");
            self.take_back(at, of_side(setting.side()), problem);
        } else {
            if let Some(wants) = self.wants.get_mut(at) {
                wants.remove(&setting);
            }
            if let Some(unsupported) = self.unsupported.get_mut(at) {
                unsupported.push(Unsupported { setting, wanted: want.value.clone(), why: why.to_owned() });
            }
        }
    }

    /// Why a server must not be changed as wanted, if that leaves it insecure or makes it less secure.
    fn insecurity(&self, at: usize, side: Side) -> Option<Problem> {
        let (wants, before) = (self.wants.get(at)?, self.before.get(at)?);
        if self.allow.insecure || !wants.keys().any(|setting| setting.side() == side && setting.is_bundled()) {
            return None;
        }
        let (host, security, auth) = (Setting::of(side, "host")?, Setting::of(side, "security")?, Setting::of(side, "auth")?);
        let secured = |value: Option<&Value>| match value {
            Some(Value::Security(security)) => Some(*security),
            _ => None,
        };
        let proves = |value: Option<&Value>| match value {
            Some(Value::Auth(auth)) => Some(auth.clone()),
            _ => None,
        };
        let old = secured(before.get(&security).and_then(|seen| seen.got.value())).unwrap_or(Security::Cleartext);
        let new = secured(wants.get(&security).map(|want| &want.value)).unwrap_or(old);
        if new.rank() < old.rank() {
            return Some(
                Problem::new(Code::LessSecure, format!("{security} would go from {old} to {new}"))
                    .hint("add --allow-insecure if you mean it"),
            );
        }
        if let Some(want) = wants.get(&host).filter(|want| want.named && !new.is_secure()) {
            return Some(
                Problem::new(
                    Code::InsecureHost,
                    format!("rule \"{}\" names {host} {} and leaves {security} at {new}", want.rule, want.value),
                )
                .hint(format!("add {security} = \"{}\" to the rule, or --allow-insecure", Security::ImplicitTls)),
            );
        }
        let old = proves(before.get(&auth).and_then(|seen| seen.got.value()))?;
        let wanted = proves(wants.get(&auth).map(|want| &want.value))?;
        let open = matches!(wanted, Auth::Password) && !matches!(old, Auth::Password | Auth::None);
        (open && !new.is_secure()).then(|| {
            Problem::new(Code::LessSecure, format!("{auth} would go from {old} to {wanted} without TLS, and show the password"))
                .hint(format!("add {security} = \"{}\" to the rule, or --allow-insecure", Security::ImplicitTls))
        })
    }

    /// Puts every want through its row, until nothing differs: a change of security moves a default port.
    fn draft(&mut self, workspace: &mut Workspace<'_>) {
        for _ in 0..3 {
            let mut still = false;
            for (at, scope) in self.scopes.iter().enumerate() {
                for (setting, want) in self.wants.get(at).cloned().unwrap_or_default() {
                    let Some(row) = row_of(workspace, scope, setting) else { continue };
                    let explicit = row.explicit && self.moves(at, setting.side());
                    match lens::put(row, scope, workspace, &want.value, explicit) {
                        Ok(edits) => {
                            for (place, edit) in edits {
                                still = true;
                                workspace.draft(place, edit);
                            }
                        }
                        Err(why) => self.cannot_hold(at, setting, &want, &why),
                    }
                }
            }
            if !still {
                return;
            }
        }
    }

    /// Whether an account's server differs from what is wanted of it.
    fn moves(&self, at: usize, side: Side) -> bool {
        let (Some(wants), Some(before)) = (self.wants.get(at), self.before.get(at)) else { return false };
        wants.iter().any(|(setting, want)| {
            setting.side() == side && before.get(setting).and_then(|seen| seen.got.value()) != Some(&want.value)
        })
    }

    /// Looks at what came of the drafts and takes wants back; says how many refusals that made.
    fn refuse(&mut self, workspace: &mut Workspace<'_>, after: &[Model]) -> usize {
        let made = |desk: &Desk<'_>| {
            desk.problems.iter().map(Vec::len).sum::<usize>() + desk.unsupported.iter().map(Vec::len).sum::<usize>()
        };
        let already = made(self);
        self.refuse_deletion(after);
        self.refuse_conflicts(after);
        self.refuse_sharing();
        for (at, other, name) in follow::collisions(workspace, self.scopes) {
            let twin = self.scopes.get(other).map(|scope| scope.id.clone()).unwrap_or_default();
            let problem = Problem::new(
                Code::Collision,
                format!(
                    "it would become the same server and user as account {twin} ({name}), and the client would drop one of them"
                ),
            )
            .hint("leave one of the two out of the rule, or remove it in the client first");
            self.take_back(at, of_side(Side::Incoming), problem);
        }
        for (at, path) in follow::blocked(workspace, self.scopes) {
            let problem = Problem::new(Code::Unreadable, "the account stays: this store holds its server's name and can't be read")
                .at(path.full())
                .hint("repair the store, or move it away if it is worthless, then plan again");
            self.take_back(at, |_| true, problem);
        }
        made(self) - already
    }

    fn refuse_deletion(&mut self, after: &[Model]) {
        for (at, (old, new)) in self.before.iter().zip(after).enumerate() {
            let wanted = self.wants.get(at).is_some_and(|wants| wants.keys().any(is_retention));
            let Some(what) = retention::deletes_more(old, new).filter(|_| wanted && !self.allow.deletion) else { continue };
            let problem = Problem::new(Code::DeletesMail, format!("the retention settings stay: {what}"))
                .hint("add --allow-deletion if that is what you want; deleted mail does not come back");
            self.take_back(at, is_retention, problem);
        }
    }

    /// Two wants for one key: neither is right.
    fn refuse_conflicts(&mut self, after: &[Model]) {
        for (at, new) in after.iter().enumerate() {
            for (setting, want) in self.wants.get(at).cloned().unwrap_or_default() {
                let got = new.get(&setting).map(|seen| &seen.got);
                if got.and_then(Got::value) == Some(&want.value) {
                    continue;
                }
                let found = match got {
                    Some(Got::Is(value)) => value.to_string(),
                    _ => "nothing".to_owned(),
                };
                let problem = Problem::new(
                    Code::ConflictingRules,
                    format!("{setting} can't be {} here, since another account that shares the key needs {found}", want.value),
                )
                .hint("give the accounts that share it one value");
                self.refuse_setting(at, setting, problem);
            }
        }
    }

    /// A shared outgoing server of which only some accounts match stays, unless all may change.
    fn refuse_sharing(&mut self) {
        if self.allow.shared {
            return;
        }
        let mut refused = BTreeSet::new();
        for (at, scope) in self.scopes.iter().enumerate() {
            let Some(server) = scope.outgoing.as_ref().filter(|_| self.moves(at, Side::Outgoing)) else { continue };
            let wants = self.wants.get(at).cloned().unwrap_or_default();
            for (other, twin) in self.scopes.iter().enumerate().filter(|(other, _)| *other != at) {
                let shares = twin.outgoing.as_ref() == Some(server) || twin.also.contains(server);
                let agrees = |setting: &Setting, want: &Want| {
                    self.wants.get(other).and_then(|theirs| theirs.get(setting)).is_some_and(|their| their.value == want.value)
                };
                let outgoing = |(setting, want): (&Setting, &Want)| setting.side() != Side::Outgoing || agrees(setting, want);
                if shares && !wants.iter().all(outgoing) {
                    refused.insert((at, twin.id.clone()));
                }
            }
        }
        let mut done = BTreeSet::new();
        for (at, twin) in refused {
            if done.insert(at) {
                let problem = Problem::new(
                    Code::SharedServer,
                    format!(
                        "the outgoing server is shared with account {twin}, of which the rules don't want the same; it stays"
                    ),
                )
                .hint("match all its accounts, or add --shared change to change it for all of them");
                self.take_back(at, of_side(Side::Outgoing), problem);
            }
        }
    }

    /// Whether another account that moves has the same outgoing server: then nothing is inherited, all is shared.
    fn shares_what_moves(&self, at: usize, side: Side) -> bool {
        let server = self.scopes.get(at).and_then(|scope| scope.outgoing.as_ref());
        side == Side::Outgoing
            && self.scopes.iter().enumerate().any(|(other, twin)| {
                other != at && server.is_some() && twin.outgoing.as_ref() == server && self.moves(other, side)
            })
    }
}

/// Reads the plan off the drafts.
fn read_off(
    mut workspace: Workspace<'_>,
    desk: Desk<'_>,
    asked: Vec<Wants>,
    after: &[Model],
    pinned: &BTreeSet<(usize, Setting)>,
    follows: Vec<follow::Followed>,
) -> ProfilePlan {
    let mut plan = ProfilePlan::empty(workspace.profile, desk.allow);
    let Desk { scopes, before, wants, problems, unsupported, .. } = desk;
    let parts = scopes.iter().zip(before).zip(after).zip(wants).zip(problems).zip(unsupported).zip(asked).zip(&follows);
    for (at, (((((((scope, old), new), wants), problems), unsupported), asked), followed)) in parts.enumerate() {
        let mut changes = set_changes(&workspace, at, old, new, &wants, pinned);
        changes.extend(followed.changes.iter().cloned());
        let counts: BTreeMap<&'static str, usize> = followed.counts.clone();
        let consequence = (!changes.is_empty()).then(|| {
            let effects =
                Effects { workspace: &workspace, scope, before: old, after: new, followed: &counts, left: &followed.left };
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
        plan.inputs.push((store.path.clone(), store.fingerprint));
        if !store.edits.is_empty() {
            plan.stores.push(StorePlan {
                store: store.path.clone(),
                role: store.role.to_owned(),
                before: store.fingerprint,
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
            keys,
            deletes: None,
        });
    }
    changes.sort_by_key(|change| change.cause.setting());
    changes
}
