//! The new bytes of a profile's stores, proven before any is written: each store's whole key map is what it was plus the
//! edits, and every planned setting reads as planned. Never writes.

mod differ;

use differ::differ;

use crate::client::StoreDef;
use crate::commit::Rewrite;
use crate::discover::Profile;
use crate::document::Document;
use crate::home::StorePath;
use crate::image::Image;
use crate::lens::{self, Scope};
use crate::model;
use crate::plan::{ProfilePlan, StorePlan};
use crate::problem::{Code, Problem};
use crate::snapshot::Snapshot;
use crate::workspace::Workspace;

/// Works out the new bytes of a plan's stores, and reads them back as their client would.
///
/// # Errors
/// What doesn't read as planned; what can't be read.
pub(crate) fn render(files: &Snapshot<'_>, plan: &ProfilePlan) -> Result<Vec<Rewrite>, Problem> {
    let (rewrites, workspace, scopes) = stores(files, &plan.profile, &plan.stores)?;
    let lost = |what: &str| odd(&plan.profile.folder, what);
    for account in plan.accounts.iter().filter(|account| account.is_changed()) {
        let scope = scopes.iter().find(|scope| scope.id == account.id);
        let scope = scope.ok_or_else(|| lost(&format!("account {} is gone", account.id)))?;
        for change in &account.changes {
            let Some(setting) = change.cause.setting() else { continue };
            let seen = model::row_of(&workspace, scope, setting).map(|row| lens::get(row, scope, &workspace));
            if seen.as_ref().and_then(|seen| seen.got.value()) != change.after.as_ref() {
                return Err(lost(&format!("{setting} of account {}", account.id)));
            }
        }
    }
    Ok(rewrites)
}

/// The rewrites of a profile's stores, and the profile as it is opened with them.
pub(crate) type Rendered<'a> = (Vec<Rewrite>, Workspace<'a>, Vec<Scope>);

/// Works out the new bytes of stores; each holds what it held plus the edits.
///
/// # Errors
/// As [`render`].
pub(crate) fn stores<'a>(files: &'a Snapshot<'_>, profile: &'a Profile, plans: &[StorePlan]) -> Result<Rendered<'a>, Problem> {
    let mut rewrites = Vec::new();
    let mut before = Vec::new();
    for plan in plans {
        let unknown = || Problem::new(Code::Stale, format!("no store of {} is called {}", profile.client, plan.role));
        let def = profile.table().and_then(|table| table.store(&plan.role)).ok_or_else(unknown)?;
        let (doc, of_store) = edit(files, def, plan)?;
        of_store.iter().for_each(|rewrite| files.lay(&rewrite.path, rewrite.after.clone()));
        rewrites.extend(of_store);
        before.push((def, doc));
    }
    let (mut workspace, scopes) =
        model::open(files, profile).ok_or_else(|| odd(&profile.folder, "the profile can't be opened"))?;
    for (plan, (def, before)) in plans.iter().zip(before) {
        let id = workspace.open_path(def.role, plan.store.clone());
        let after = id.and_then(|id| workspace.stores().get(id)).and_then(|store| store.doc.as_deref());
        if let Some(what) = differ(&*before, after, &plan.edits) {
            return Err(odd(&plan.store, &what));
        }
    }
    Ok((rewrites, workspace, scopes))
}

/// A store as it was, and the rewrites of its files: sides that go are first, so that none ever stands beside the new bytes.
fn edit(files: &Snapshot<'_>, def: &'static StoreDef, plan: &StorePlan) -> Result<(Box<dyn Document>, Vec<Rewrite>), Problem> {
    let path = &plan.store;
    let image = Image::read(files, path, def)?;
    let before = match image.open(files, path, def)? {
        Some(doc) => doc,
        None => (def.open)(&[]).map_err(|refusal| odd(path, &refusal.to_string()))?,
    };
    let patch = before.render(&plan.edits).map_err(|refusal| odd(path, &refusal.to_string()))?;
    let after = patch.apply(image.content().unwrap_or_default());
    let gone = image.sides.into_iter().filter(|(_, bytes)| bytes.is_some() && def.sides.is_some_and(|sides| sides.go));
    let mut rewrites: Vec<Rewrite> = gone.map(|(path, before)| Rewrite { path, before, after: None }).collect();
    rewrites.push(Rewrite { path: path.clone(), before: image.file, after: Some(after) });
    Ok((before, rewrites))
}

fn odd(path: &StorePath, what: &str) -> Problem {
    Problem::new(Code::VerifyFailed, format!("the edit would not read back as planned: {what}")).at(path.full())
}
