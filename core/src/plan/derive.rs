//! From wants to edits: drafts them, pins what nobody wanted changed, looks at the whole model before and after, takes back
//! what must not be, and goes round until nothing differs. Then the follows, and the plan is read off the drafts.

use super::desk::Desk;
use super::pin::pin;
use super::read_off::read_off;
use super::{ProfilePlan, Wants, follow};
use crate::lens::Scope;
use crate::model::{Model, missing_hosts, model};
use crate::policy::Allow;
use crate::problem::Problem;
use crate::setting::Setting;
use crate::workspace::Workspace;

/// Works a profile's plan out.
pub(super) fn derive(mut workspace: Workspace<'_>, scopes: &[Scope], asked: Vec<Wants>, allow: Allow) -> ProfilePlan {
    let before: Vec<Model> = scopes.iter().map(|scope| model(&workspace, scope)).collect();
    let missing: Vec<Problem> =
        scopes.iter().zip(&before).flat_map(|(scope, model)| missing_hosts(&workspace, scope, model)).collect();
    workspace.problems.extend(missing);
    let mut desk = Desk::new(scopes, &before, asked.clone(), allow);
    desk.drop_what_cannot_be(&workspace);
    // Every round either stands, or takes at least one want away or gives one account more a server of its own, so this ends.
    // What the drafting itself takes back has left the rest of its server drafted, so that is no round that stands.
    let (parted, pinned, after) = loop {
        workspace.forget_drafts();
        let already = desk.decided();
        let parted = desk.part(&mut workspace);
        desk.draft(&mut workspace);
        let wanted = |at: usize, setting: &Setting| desk.wants.get(at).is_some_and(|wants| wants.contains_key(setting));
        let free = |at: usize, setting: Setting| !wanted(at, &setting) && !desk.shares_what_moves(at, setting.side());
        let pinned = pin(&mut workspace, &desk.drafted, &before, free);
        let after: Vec<Model> = desk.drafted.iter().map(|scope| model(&workspace, scope)).collect();
        desk.refuse(&mut workspace, &after);
        if desk.decided() == already {
            break (parted, pinned, after);
        }
    };
    let follows = follow::follow(&mut workspace, (scopes, &desk.drafted), &before, &after);
    read_off(workspace, desk, asked, &after, &pinned, (parted, follows))
}
