//! A copy of an outgoing server in a property list, for some of the accounts that share it (reference: apple, section 1.2).
//! The accounts' links follow when the copy's host or user changes, and by nothing else can the two be told apart.

use super::ACCOUNTS;
use super::graph::{DELIVERY, MAIL, elements, link};
use crate::client::Part;
use crate::document::{Edit, Key, Raw};
use crate::lens::{Places, Scope, StoreId};
use crate::workspace::Workspace;

/// The database's servers are not copied. New properties follow from Core Data's rules; what the system itself adds to a new
/// account, its credentials and its history of changes, is documented nowhere.
pub(super) const PART: Part = Part { hole: "smtp", copy, link: Some(link) };

fn copy(workspace: &mut Workspace<'_>, _: &[&Scope], server: &str) -> Option<String> {
    let store = workspace.first(ACCOUNTS)?;
    let new = free(workspace, store, server)?;
    let (original, element) = (Key::of([DELIVERY, server]), Key::of([DELIVERY, &new]));
    workspace.draft((store, element.clone()), Edit::CopyOf(original.clone()));
    if let Some((member, id)) = new.split_once('=') {
        let number = matches!(workspace.raw(&(store, original.child(member))), Some(Raw::Int(_)));
        let raw = if number { id.parse().map_or_else(|_| Raw::text(id), Raw::Int) } else { Raw::text(id) };
        workspace.draft((store, element.child(member)), Edit::Put(raw));
    }
    Some(new)
}

/// What a copy goes by, which is behind the others: the next number where servers go by one, else its place. None if they go
/// by what only Mail can make.
fn free(workspace: &Workspace<'_>, store: StoreId, server: &str) -> Option<String> {
    let servers = elements(workspace, store, DELIVERY);
    let Some((member, id)) = server.split_once('=') else {
        return Some(servers.len().to_string());
    };
    id.parse::<i64>().ok()?;
    let taken = elements(workspace, store, MAIL).into_iter().chain(servers);
    let numbers = taken.filter_map(|element| element.split_once('=')?.1.parse::<i64>().ok());
    Some(format!("{member}={}", numbers.max()?.checked_add(1)?))
}
