//! Where the accounts of Outlook Express are (reference: windows, section 2): under every identity, and where version 4
//! had them, which is the main identity's.

use super::super::registry::{below, open, raw, subkeys, text};
use crate::document::Raw;
use crate::lens::{Scope, StoreId};
use crate::value::Protocol;
use crate::workspace::Workspace;

const IDENTITIES: &str = "Identities";
const MANAGER: &str = "Software/Microsoft/Internet Account Manager";
const OPTIONS: &str = "Software/Microsoft/Outlook Express/5.0";

/// Keys below which accounts can be.
pub(super) const ROOTS: &[&str] = &[
    "Identities/*/Software/Microsoft/Internet Account Manager/Accounts",
    "Software/Microsoft/Internet Account Manager/Accounts",
];

/// An identity: the name of its key, its number, the key of its options.
struct Identity {
    name: String,
    first: bool,
    options: String,
}

fn identities(workspace: &Workspace<'_>, store: StoreId) -> Vec<Identity> {
    let main = text(workspace, store, IDENTITIES, "Default User ID");
    let numbered = |name: &str| raw(workspace, store, &below(IDENTITIES, name), "Identity Ordinal");
    let names = subkeys(workspace, store, IDENTITIES);
    let any_numbered = names.iter().any(|name| numbered(name) == Some(Raw::Int(1)));
    let is_main = |name: &str| main.as_ref().is_some_and(|main| main.eq_ignore_ascii_case(name));
    names
        .into_iter()
        .map(|name| Identity {
            first: if any_numbered { numbered(&name) == Some(Raw::Int(1)) } else { is_main(&name) },
            options: format!("{}/{OPTIONS}", below(IDENTITIES, &name)),
            name,
        })
        .collect()
}

/// Opens the registry and lists the mail accounts of every identity.
pub(super) fn accounts(workspace: &mut Workspace<'_>) -> Vec<Scope> {
    let files = open(workspace);
    let mut scopes = Vec::new();
    for (file, store) in &files {
        let known = identities(workspace, *store);
        let mut places: Vec<(String, String, Option<String>)> = Vec::new();
        let main = known.iter().find(|identity| identity.first);
        places.push((String::new(), format!("{MANAGER}/Accounts"), main.map(|identity| identity.options.clone())));
        for identity in &known {
            let accounts = format!("{}/{MANAGER}/Accounts", below(IDENTITIES, &identity.name));
            places.push((format!("{}/", identity.name), accounts, Some(identity.options.clone())));
        }
        for (prefix, accounts, options) in places {
            let prefix = if files.len() > 1 { format!("{file}/{prefix}") } else { prefix };
            for account in subkeys(workspace, *store, &accounts) {
                let id = format!("{prefix}{account}");
                let holes = [("file", file.clone()), ("accounts..", accounts.clone())];
                let options = options.iter().map(|options| ("options..", options.clone()));
                scopes.extend(scope(workspace, *store, &accounts, &account, id).map(|mut scope| {
                    scope.layers.iter_mut().for_each(|layer| layer.extend(holes.iter().cloned().chain(options.clone())));
                    scope
                }));
            }
        }
    }
    scopes
}

/// A mail account; news and directory accounts are none.
fn scope(workspace: &Workspace<'_>, store: StoreId, accounts: &str, account: &str, id: String) -> Option<Scope> {
    let path = below(accounts, account);
    let (protocol, kind) = [(Protocol::Pop3, "POP3"), (Protocol::Imap, "IMAP")]
        .into_iter()
        .find(|(_, kind)| raw(workspace, store, &path, &format!("{kind} Server")).is_some())?;
    let emails: Vec<String> = text(workspace, store, &path, "SMTP Email Address").into_iter().collect();
    let name = text(workspace, store, &path, "Account Name").or_else(|| emails.first().cloned());
    Some(Scope {
        name: name.unwrap_or_else(|| id.clone()),
        id,
        emails,
        protocol: Some(protocol),
        sends: text(workspace, store, &path, "SMTP Server").is_some(),
        layers: vec![vec![("account", account.to_owned()), ("kind", kind.to_owned())]],
        listed_in: Some(store),
        ..Scope::default()
    })
}
