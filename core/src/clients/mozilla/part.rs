//! A copy of an outgoing server, for some of the accounts that share it (reference: mozilla, section 3). The client numbers
//! its servers, and gives each an id of its own when it is asked for one.

use super::graph::{identities, listed, outgoing, outgoing_servers};
use crate::client::Part;
use crate::document::{Edit, Key, Raw};
use crate::lens::{Places, Scope, StoreId};
use crate::workspace::Workspace;

/// Servers go by their key.
pub(in crate::clients) const PART: Part = Part { hole: "smtp", copy, link: None };

/// Copies a server, lists the copy, and has the accounts' identities send through it.
fn copy(workspace: &mut Workspace<'_>, scopes: &[&Scope], server: &str) -> Option<String> {
    let prefs = workspace.first("")?;
    let accounts: Option<Vec<String>> = scopes.iter().map(|scope| scope.hole("account").map(str::to_owned)).collect();
    let accounts = accounts?;
    let senders = senders(workspace, &accounts, server);
    let others: Vec<String> = listed(workspace).into_iter().filter(|account| !accounts.contains(account)).collect();
    if others.iter().flat_map(|account| identities(workspace, account)).any(|id| senders.contains(&id)) {
        return None;
    }
    let new = free(workspace, prefs);
    let mut edits = settings(workspace, prefs, server, &new);
    let list = workspace.text("", LIST).filter(|list| !list.is_empty());
    edits.push((LIST.to_owned(), Raw::Text(list.map_or_else(|| new.clone(), |list| format!("{list},{new}")))));
    edits.extend(senders.iter().map(|id| (format!("mail.identity.{id}.smtpServer"), Raw::text(&new))));
    for (key, raw) in edits {
        workspace.draft((prefs, Key::of([key.as_str()])), Edit::Put(raw));
    }
    Some(new)
}

/// The servers, in their order.
const LIST: &str = "mail.smtpservers";

/// The identities of accounts that send through a server.
fn senders(workspace: &Workspace<'_>, accounts: &[String], server: &str) -> Vec<String> {
    let all = accounts.iter().flat_map(|account| identities(workspace, account));
    all.filter(|id| outgoing(workspace, id).as_deref() == Some(server)).collect()
}

/// The first name that no server has, nor had.
fn free(workspace: &Workspace<'_>, prefs: StoreId) -> String {
    let listed = outgoing_servers(workspace);
    let names = (1..).map(|number: usize| format!("smtp{number}"));
    let taken = |name: &String| listed.contains(name) || !workspace.keys(prefs, &format!("mail.smtpserver.{name}.")).is_empty();
    names.into_iter().find(|name| !taken(name)).unwrap_or_default()
}

/// A server's settings under the copy's name, but for the id that no two may have.
fn settings(workspace: &Workspace<'_>, prefs: StoreId, server: &str, copy: &str) -> Vec<(String, Raw)> {
    let start = format!("mail.smtpserver.{server}.");
    let mut keys = workspace.keys(prefs, &start);
    keys.extend(workspace.first("user").map(|user| workspace.keys(user, &start)).unwrap_or_default());
    keys.sort();
    keys.dedup();
    let copied = |key: Key| {
        let name = key.segments().next()?;
        let member = name.strip_prefix(&start).filter(|member| *member != "uid")?;
        Some((format!("mail.smtpserver.{copy}.{member}"), workspace.raw(&(prefs, key))?))
    };
    keys.into_iter().filter_map(copied).collect()
}
