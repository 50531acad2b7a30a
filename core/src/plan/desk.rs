//! The desk on which wants lie while a plan is worked out: they are drafted from it, and taken back from it with the
//! reason.

use std::collections::BTreeSet;

use super::{Unsupported, Want, Wants};
use crate::lens::{self, Places, Scope};
use crate::model::{Model, row_of};
use crate::policy::Allow;
use crate::problem::{Code, Problem};
use crate::setting::{Setting, Side};
use crate::workspace::Workspace;

/// What is wanted of each account, and what was taken back of it. All lists are by account.
pub(super) struct Desk<'a> {
    pub(super) scopes: &'a [Scope],
    /// The scopes as the drafts leave them: those of accounts that part have a server of their own.
    pub(super) drafted: Vec<Scope>,
    /// Who gets a copy of the outgoing server that it shares.
    pub(super) parting: BTreeSet<usize>,
    pub(super) before: &'a [Model],
    pub(super) wants: Vec<Wants>,
    pub(super) allow: Allow,
    pub(super) problems: Vec<Vec<Problem>>,
    pub(super) unsupported: Vec<Vec<Unsupported>>,
}

/// The settings of one side.
pub(super) fn of_side(side: Side) -> impl Fn(&Setting) -> bool {
    move |setting| setting.side() == side
}

/// The three settings that say what stays on the server.
pub(super) fn is_retention(setting: &Setting) -> bool {
    setting.name().starts_with("retention.")
}

/// What to do about a server that the client can't hold.
pub(super) const TOO_OLD: &str = "use a newer client for this account, or a TLS tunnel on its machine";
/// What to do about one that somebody else has set.
const SET_ELSEWHERE: &str = "change it there, where it is set for everybody";

impl<'a> Desk<'a> {
    /// A desk with all wants on it.
    pub(super) fn new(scopes: &'a [Scope], before: &'a [Model], wants: Vec<Wants>, allow: Allow) -> Desk<'a> {
        let (problems, unsupported) = (vec![Vec::new(); scopes.len()], vec![Vec::new(); scopes.len()]);
        let (drafted, parting) = (scopes.to_vec(), BTreeSet::new());
        Desk { scopes, drafted, parting, before, wants, allow, problems, unsupported }
    }

    /// Puts every want through its row, until nothing differs: a change of security moves a default port.
    pub(super) fn draft(&mut self, workspace: &mut Workspace<'_>) {
        for _ in 0..3 {
            let mut still = false;
            for at in 0..self.scopes.len() {
                let Some(scope) = self.drafted.get(at).cloned() else { continue };
                for (setting, want) in self.wants.get(at).cloned().unwrap_or_default() {
                    let Some(row) = row_of(workspace, &scope, setting) else { continue };
                    let explicit = row.explicit && self.moves(at, setting.side());
                    match lens::put(row, &scope, workspace, &want.value, explicit) {
                        Ok(edits) => {
                            for (place, edit) in edits {
                                still = true;
                                workspace.draft(place, edit);
                            }
                        }
                        Err(why) => {
                            let places = lens::get(row, &scope, workspace).places;
                            let fixed = places.iter().flatten().any(|place| workspace.fixed(place).is_some());
                            self.cannot_hold(at, setting, &want, &why, if fixed { SET_ELSEWHERE } else { TOO_OLD });
                        }
                    }
                }
            }
            if !still {
                return;
            }
        }
    }

    /// How much has been decided so far, beside what is drafted: who parts, what is refused.
    pub(super) fn decided(&self) -> usize {
        let refused = self.problems.iter().map(Vec::len).sum::<usize>() + self.unsupported.iter().map(Vec::len).sum::<usize>();
        refused + self.parting.len()
    }

    /// Whether an account's server differs from what is wanted of it.
    pub(super) fn moves(&self, at: usize, side: Side) -> bool {
        let (Some(wants), Some(before)) = (self.wants.get(at), self.before.get(at)) else { return false };
        wants.iter().any(|(setting, want)| {
            setting.side() == side && before.get(setting).and_then(|seen| seen.got.value()) != Some(&want.value)
        })
    }

    /// Whether another account that moves has the same outgoing server: then nothing is inherited, all is shared.
    pub(super) fn shares_what_moves(&self, at: usize, side: Side) -> bool {
        let server = self.drafted.get(at).and_then(|scope| scope.outgoing.as_ref());
        side == Side::Outgoing
            && self.drafted.iter().enumerate().any(|(other, twin)| {
                other != at && server.is_some() && twin.outgoing.as_ref() == server && self.moves(other, side)
            })
    }

    /// Takes wants of one account away, with the reason.
    pub(super) fn take_back(&mut self, at: usize, which: impl Fn(&Setting) -> bool, problem: Problem) {
        let (Some(wants), Some(problems), Some(scope)) = (self.wants.get_mut(at), self.problems.get_mut(at), self.scopes.get(at))
        else {
            return;
        };
        wants.retain(|setting, _| !which(setting));
        problems.push(problem.account(&scope.id));
    }

    pub(super) fn refuse_setting(&mut self, at: usize, setting: Setting, problem: Problem) {
        match setting.is_bundled() {
            true => self.take_back(at, of_side(setting.side()), problem),
            false => self.take_back(at, |known| *known == setting, problem),
        }
    }

    /// A server moves whole or not at all; another setting is said to be unsupported.
    pub(super) fn cannot_hold(&mut self, at: usize, setting: Setting, want: &Want, why: &str, hint: &str) {
        if !self.wants.get(at).is_some_and(|wants| wants.contains_key(&setting)) {
            return;
        }
        if setting.is_bundled() {
            let problem =
                Problem::new(Code::CannotSecure, format!("{setting} can't be {}: {why}; the server stays as it is", want.value))
                    .hint(hint);
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
}
