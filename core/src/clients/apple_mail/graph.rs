//! How the accounts of a property list hang together: an account names its outgoing server by value, as `host:user`
//! (reference: apple, section 1.2).

use crate::document::{Key, Raw};
use crate::lens::{Places, Scope, StoreId};
use crate::problem::{Code, Problem};
use crate::setting::Side;
use crate::value::Protocol;
use crate::workspace::{Tokens, Workspace};

pub(super) const MAIL: &str = "MailAccounts";
pub(super) const DELIVERY: &str = "DeliveryAccounts";

/// Lists the accounts of a property list.
pub(super) fn accounts(workspace: &mut Workspace<'_>, store: StoreId) -> Vec<Scope> {
    let deliveries: Vec<(String, Option<String>)> =
        elements(workspace, store, DELIVERY).into_iter().map(|smtp| (smtp.clone(), names(workspace, store, &smtp))).collect();
    let mut scopes: Vec<Scope> = Vec::new();
    for account in elements(workspace, store, MAIL) {
        scopes.extend(scope(workspace, store, &account, &deliveries));
    }
    let provided: Vec<String> = elements(workspace, store, MAIL)
        .into_iter()
        .filter(|account| text(workspace, store, MAIL, account, "AccountType").is_some_and(|kind| is_provided(&kind)))
        .filter_map(|account| text(workspace, store, MAIL, &account, "SMTPIdentifier"))
        .collect();
    for (smtp, named) in &deliveries {
        if scopes.iter().all(|scope| scope.outgoing.as_ref() != Some(smtp)) {
            let member = |key: &str| text(workspace, store, DELIVERY, smtp, key);
            let name = member("AccountName").or_else(|| member("Hostname")).unwrap_or_else(|| smtp.clone());
            let layers = vec![vec![("smtp", smtp.clone())]];
            let theirs = named.as_ref().is_some_and(|named| provided.iter().any(|link| link.eq_ignore_ascii_case(named)));
            let managed = theirs.then(|| (Side::Outgoing, "its provider's account".to_owned())).into_iter().collect();
            let outgoing = Some(smtp.clone());
            scopes.push(Scope { id: id(smtp), name, sends: true, layers, outgoing, managed, ..Scope::default() });
        }
    }
    scopes
}

/// Whether a provider sets the servers of accounts of this type.
fn is_provided(kind: &str) -> bool {
    const KINDS: &[&str] = &["iToolsAccount", ".Mac", "YahooAccount", "GmailAccount"];
    KINDS.iter().any(|known| known.eq_ignore_ascii_case(kind))
}

/// The elements of an array, in the order of their names.
pub(super) fn elements(workspace: &Workspace<'_>, store: StoreId, array: &str) -> Vec<String> {
    let keys = workspace.keys(store, array);
    let mut found: Vec<String> = keys.iter().filter_map(|key| key.segments().nth(1)).collect();
    found.dedup();
    found
}

fn text(workspace: &Workspace<'_>, store: StoreId, array: &str, element: &str, key: &str) -> Option<String> {
    match workspace.raw(&(store, Key::of([array, element, key])))? {
        Raw::Text(text) if !text.is_empty() => Some(text),
        _ => None,
    }
}

/// What accounts call an outgoing server: its host, and its user if it has one.
pub(super) fn identifier(member: impl Fn(&str) -> Option<String>) -> Option<String> {
    let host = member("Hostname").filter(|host| !host.is_empty())?;
    Some(match member("Username").filter(|user| !user.is_empty()) {
        Some(user) => format!("{host}:{user}"),
        None => host,
    })
}

/// What an account calls its outgoing server.
pub(super) fn link(tokens: &Tokens<'_>) -> Option<String> {
    identifier(|key| tokens.text(&format!("{DELIVERY}/{{smtp}}/{key}")))
}

fn names(workspace: &Workspace<'_>, store: StoreId, smtp: &str) -> Option<String> {
    identifier(|key| text(workspace, store, DELIVERY, smtp, key))
}

/// The account's own id where it has one.
fn id(element: &str) -> String {
    element.strip_prefix("uniqueId=").unwrap_or(element).to_owned()
}

/// An account's addresses in their order. One alone may stand there without a list around it.
fn emails(workspace: &Workspace<'_>, store: StoreId, account: &str) -> Vec<String> {
    let addresses = Key::of([MAIL, account, "EmailAddresses"]);
    let mut found: Vec<(usize, String)> = Vec::new();
    for key in workspace.keys(store, addresses.as_str()) {
        if let Some(Raw::Text(text)) = workspace.raw(&(store, key.clone())) {
            let at = key.segments().nth(3).and_then(|at| at.parse().ok()).unwrap_or(usize::MAX);
            found.extend(text.split(',').map(|address| (at, plain(address).to_owned())));
        }
    }
    found.sort_by_key(|(at, _)| *at);
    found.into_iter().map(|(_, email)| email).filter(|email| !email.is_empty()).collect()
}

/// An address without the name that is before it.
fn plain(address: &str) -> &str {
    let inner = address.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inner.map_or(address, |(inner, _)| inner).trim()
}

fn scope(workspace: &mut Workspace<'_>, store: StoreId, account: &str, deliveries: &[(String, Option<String>)]) -> Option<Scope> {
    let member = |key: &str| text(workspace, store, MAIL, account, key);
    let path = |workspace: &Workspace<'_>| workspace.stores().get(store).map(|store| store.path.full()).unwrap_or_default();
    let kind = member("AccountType")?;
    let name = member("AccountName");
    let protocol = match kind.to_ascii_lowercase().as_str() {
        "popaccount" => Protocol::Pop3,
        "imapaccount" => Protocol::Imap,
        "localaccount" | "rssaccount" => return None,
        _ => {
            let what =
                format!("account {} is of type {kind}, whose servers its provider sets", name.as_deref().unwrap_or(account));
            workspace.problems.push(Problem::new(Code::UnsupportedAccount, what).account(id(account)).at(path(workspace)));
            return None;
        }
    };
    let emails = emails(workspace, store, account);
    let link = member("SMTPIdentifier");
    let is_meant = |(_, named): &&(String, Option<String>)| {
        named.as_ref().zip(link.as_ref()).is_some_and(|(named, link)| named.eq_ignore_ascii_case(link))
    };
    let outgoing = deliveries.iter().find(is_meant).map(|(smtp, _)| smtp.clone());
    let name = name.or_else(|| emails.first().cloned()).unwrap_or_else(|| id(account));
    if let (Some(link), None) = (&link, &outgoing) {
        let what = format!("account {name} sends through {link}, which is none of the outgoing servers here");
        workspace.problems.push(Problem::new(Code::BrokenAccount, what).account(id(account)).at(path(workspace)));
    }
    let mut own = vec![("account", account.to_owned())];
    own.extend(outgoing.iter().map(|smtp| ("smtp", smtp.clone())));
    Some(Scope {
        id: id(account),
        name,
        emails,
        protocol: Some(protocol),
        sends: outgoing.is_some(),
        layers: vec![own],
        outgoing,
        ..Scope::default()
    })
}
