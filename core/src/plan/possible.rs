//! What no draft is needed for to say that it can't be: settings that the client can't hold, stored values without a known
//! meaning, servers that would be insecure.

use super::Want;
use super::desk::{Desk, TOO_OLD, of_side};
use crate::codec::Got;
use crate::lens::Held;
use crate::model::row_of;
use crate::problem::{Code, Problem};
use crate::setting::{Setting, Side};
use crate::value::{Auth, Security, Value};
use crate::workspace::Workspace;

impl Desk<'_> {
    /// What no draft is needed for: settings that the client can't hold, unknown values, insecure servers.
    pub(super) fn drop_what_cannot_be(&mut self, workspace: &Workspace<'_>) {
        let winning = |role: &str| workspace.client.stores.iter().any(|def| def.under == Some(role));
        if let Some(store) = workspace.stores().iter().find(|store| store.broken && winning(store.role)) {
            for at in
                (0..self.scopes.len()).filter(|at| self.wants.get(*at).is_some_and(|wants| !wants.is_empty())).collect::<Vec<_>>()
            {
                let problem =
                    Problem::new(Code::Unreadable, "the account stays: this store wins over the others and can't be read");
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
                    self.cannot_hold(at, setting, &want, why, TOO_OLD);
                } else if let Some(Got::Unknown(what)) = before.get(&setting).map(|seen| &seen.got) {
                    let problem = Problem::new(Code::UnknownValue, format!("{setting} stays: {what}"))
                        .hint("set it once in the client itself, then plan again");
                    let problem = before.get(&setting).map_or(problem.clone(), |seen| workspace.at(&seen.places, problem));
                    self.refuse_setting(at, setting, problem);
                }
            }
            for side in [Side::Incoming, Side::Outgoing] {
                if let Some(problem) = self.owned(at, side).or_else(|| self.insecurity(at, side)) {
                    self.take_back(at, of_side(side), problem);
                }
            }
            self.refuse_stores(workspace, at);
        }
    }

    /// Why a server must not be changed at all: somebody else sets it.
    fn owned(&self, at: usize, side: Side) -> Option<Problem> {
        let (_, owner) = self.scopes.get(at)?.managed.iter().find(|(of, _)| *of == side)?;
        let server = if side == Side::Incoming { "incoming" } else { "outgoing" };
        let problem = Problem::new(Code::UnsupportedAccount, format!("the {server} server stays: it is set by {owner}"));
        self.moves(at, side).then(|| problem.hint("change it there"))
    }

    /// Leaves stores alone that can't be changed, or that the running system has open, unless that is allowed.
    fn refuse_stores(&mut self, workspace: &Workspace<'_>, at: usize) {
        let Some(scope) = self.scopes.get(at) else { return };
        for (id, store) in workspace.stores().iter().enumerate() {
            let systems = scope.system_store && scope.listed_in == Some(id) && !self.allow.system_stores;
            let problem = match store.doc.as_ref().map(|doc| doc.only_read()) {
                Some(Some((why, hint))) => {
                    Problem::new(Code::UnsupportedClient, format!("the settings in it stay: {why}")).hint(hint)
                }
                Some(None) if systems => {
                    Problem::new(Code::SystemStore, "the account stays: the running system has this database open itself")
                        .hint("change it from another system or on a copy; or close the client and add --allow-accounts-database")
                }
                _ => continue,
            };
            let in_it = |setting: &Setting| match row_of(workspace, scope, *setting).map(|row| row.held) {
                Some(Held::Keys { own, .. }) => own.iter().any(|cell| workspace.is_of(store, cell.store)),
                _ => false,
            };
            let differs = |(setting, want): (&Setting, &Want)| {
                in_it(setting) && self.before.get(at).and_then(|seen| seen.get(setting)?.got.value()) != Some(&want.value)
            };
            if self.wants.get(at).is_some_and(|wants| wants.iter().any(differs)) {
                self.take_back(at, in_it, problem.at(store.path.full()));
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
}
