//! A copy of a transport, for some of the accounts that share it: a file of its own, to which their identities point
//! (reference: linux, section 1.3). The registry takes up a file that appears in its folder.

use sha2::{Digest, Sha256};

use super::graph::{has, text};
use crate::client::Part;
use crate::document::{Edit, Key, Raw};
use crate::lens::{Places, Scope, StoreId};
use crate::workspace::Workspace;

/// Sources go by their files' names.
pub(super) const PART: Part = Part { hole: "outgoing", copy, link: None };

const IDENTITY: &str = "Mail Account/IdentityUid";
const TRANSPORT: &str = "Mail Submission/TransportUid";

fn copy(workspace: &mut Workspace<'_>, scopes: &[&Scope], server: &str) -> Option<String> {
    let accounts: Option<Vec<StoreId>> =
        scopes.iter().map(|scope| scope.listed_in.filter(|_| scope.protocol.is_some())).collect();
    let accounts = accounts?;
    let identities: Option<Vec<String>> = accounts.iter().map(|id| text(workspace, *id, IDENTITY)).collect();
    let identities = identities?;
    let others = workspace.of_role("source").filter(|id| !accounts.contains(id) && has(workspace, *id, "Mail Account"));
    if others.filter_map(|id| text(workspace, id, IDENTITY)).any(|identity| identities.contains(&identity)) {
        return None;
    }
    let stores: Option<Vec<StoreId>> = identities.iter().map(|uid| source(workspace, uid)).collect();
    let (stores, original) = (stores?, source(workspace, server)?);
    // What a collection has made it would make again, or take away.
    if text(workspace, original, "Data Source/Parent").is_some_and(|parent| !parent.is_empty()) {
        return None;
    }
    let uid = fresh(server, &identities);
    let new = workspace.open_or_make("outgoing", &format!("{uid}.source"))?;
    for key in workspace.keys(original, "") {
        if let Some(raw) = workspace.raw(&(original, key.clone())) {
            workspace.draft((new, key), Edit::Put(raw));
        }
    }
    for identity in stores {
        workspace.draft((identity, Key::raw(TRANSPORT)), Edit::Put(Raw::text(&uid)));
    }
    Some(uid)
}

fn source(workspace: &Workspace<'_>, uid: &str) -> Option<StoreId> {
    let name = format!("{uid}.source");
    workspace.of_role("source").find(|id| workspace.stores().get(*id).is_some_and(|store| store.path.name() == name))
}

/// An id as the registry makes them, 40 digits; made of what it is for, so that the same input gives the same output.
fn fresh(server: &str, identities: &[String]) -> String {
    let hash = identities.iter().fold(Sha256::new().chain_update(server), |hash, uid| hash.chain_update([0]).chain_update(uid));
    hash.finalize().iter().take(20).map(|byte| format!("{byte:02x}")).collect()
}
