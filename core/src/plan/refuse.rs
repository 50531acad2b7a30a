//! What the drafts show that must not be: mail deleted, two wants for one key, a collision, a store that would have to follow
//! and can't be read.

use super::desk::{Desk, is_retention, of_side};
use super::{follow, retention};
use crate::codec::Got;
use crate::model::Model;
use crate::problem::{Code, Problem};
use crate::setting::Side;
use crate::workspace::Workspace;

impl Desk<'_> {
    /// Looks at what came of the drafts and takes wants back.
    pub(super) fn refuse(&mut self, workspace: &mut Workspace<'_>, after: &[Model]) {
        self.refuse_deletion(after);
        self.refuse_conflicts(after);
        self.settle_sharing(workspace);
        for (at, other, name) in follow::collisions(workspace, (self.scopes, &self.drafted)) {
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
        for (at, path) in follow::blocked(workspace, (self.scopes, &self.drafted)) {
            let problem =
                Problem::new(Code::Unreadable, "the account stays: this store holds its server's name and can't be read")
                    .at(path.full())
                    .hint("repair the store, or move it away if it is worthless, then plan again");
            self.take_back(at, |_| true, problem);
        }
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
                if got.and_then(Got::value).is_some_and(|there| want.value.is_met_by(there)) {
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
}
