//! A copy of a transport, for some of the accounts that share it: a file of its own, to which their identities point
//! (reference: linux, section 1.3). The registry takes up a file that appears in its folder.

use sha2::{Digest, Sha256};

use super::graph::{has, text};
use crate::client::Part;
use crate::document::{Edit, Key, Raw};
use crate::lens::{Places, Scope, StoreId};
use crate::workspace::Workspace;

/// Sources go by their files' names.
pub(super) const PART: Part = Part { copy, link: None };

const IDENTITY: &str = "Mail Account/IdentityUid";
const TRANSPORT: &str = "Mail Submission/TransportUid";

fn copy(workspace: &mut Workspace<'_>, scopes: &mut [&mut Scope]) -> bool {
    let Some(server) = scopes.first().and_then(|scope| scope.outgoing.clone()) else { return false };
    let accounts: Vec<StoreId> =
        scopes.iter().filter(|scope| scope.protocol.is_some()).filter_map(|scope| scope.listed_in).collect();
    let identities: Vec<String> = accounts.iter().filter_map(|id| text(workspace, *id, IDENTITY)).collect();
    let others = workspace.of_role("source").filter(|id| !accounts.contains(id) && has(workspace, *id, "Mail Account"));
    let shared = others.filter_map(|id| text(workspace, id, IDENTITY)).any(|identity| identities.contains(&identity));
    if identities.len() < scopes.len() || shared {
        return false;
    }
    let stores: Option<Vec<StoreId>> = identities.iter().map(|uid| source(workspace, uid)).collect();
    let (Some(stores), Some(original)) = (stores, source(workspace, &server)) else { return false };
    // What a collection has made it would make again, or take away.
    if text(workspace, original, "Data Source/Parent").is_some_and(|parent| !parent.is_empty()) {
        return false;
    }
    let uid = fresh(&server, &identities);
    let Some(new) = workspace.open_or_make("outgoing", &format!("{uid}.source")) else { return false };
    for key in workspace.keys(original, "") {
        if let Some(raw) = workspace.raw(&(original, key.clone())) {
            workspace.draft((new, key), Edit::Put(raw));
        }
    }
    for identity in stores {
        workspace.draft((identity, Key::raw(TRANSPORT)), Edit::Put(Raw::text(&uid)));
    }
    for scope in scopes {
        for (_, filling) in scope.layers.iter_mut().flatten().filter(|(hole, filling)| *hole == "outgoing" && *filling == server)
        {
            filling.clone_from(&uid);
        }
        scope.outgoing = Some(uid.clone());
    }
    true
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
