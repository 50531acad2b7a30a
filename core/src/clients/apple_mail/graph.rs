//! Where the accounts are, and how they hang together: an account names its outgoing server by value, as
//! `host:user` (reference: apple, sections 1.1 and 1.2).

use super::{FIRST_OF_ITS_OWN, LAST_IN_PREFERENCES, PREFERENCES};
use crate::document::{Key, Raw};
use crate::home::StorePath;
use crate::lens::{Places, Scope, StoreId};
use crate::problem::{Code, Problem};
use crate::system::Reader;
use crate::value::Protocol;
use crate::workspace::Workspace;

pub(super) const MAIL: &str = "MailAccounts";
pub(super) const DELIVERY: &str = "DeliveryAccounts";

/// The last folder of Mail whose accounts are in a property list.
pub(super) const LAST_GENERATION: u32 = 2;

/// The folder with the highest number below `Mail`: `V2`, `V10`.
pub(super) fn generation(system: &dyn Reader, library: &StorePath) -> Option<(u32, String)> {
    let names = system.list(&library.join("Mail")?).unwrap_or_default();
    let numbered = names.into_iter().filter_map(|(name, _)| {
        let name = name.into_string().ok()?;
        Some((name.strip_prefix('V')?.parse().ok()?, name))
    });
    numbered.max()
}

/// Where the accounts are, below `Library`: in their own file, else in the preferences.
pub(super) fn store(system: &dyn Reader, library: &StorePath) -> Option<(String, u32)> {
    let own = generation(system, library).map(|(_, name)| format!("Mail/{name}/MailData/Accounts.plist"));
    let own = own.filter(|path| library.join(path).is_some_and(|path| system.read(&path).map_or(true, |bytes| bytes.is_some())));
    own.map(|path| (path, FIRST_OF_ITS_OWN)).or_else(|| Some((preferences(system, library, "")?, LAST_IN_PREFERENCES)))
}

/// The preferences in `Library` or in a container of its shape; the letter case of the name differs.
fn preferences(system: &dyn Reader, library: &StorePath, container: &str) -> Option<String> {
    let folder = format!("{container}Preferences");
    let names = system.list(&library.join(&folder)?).unwrap_or_default();
    let named = names.into_iter().filter_map(|(name, _)| name.into_string().ok());
    let name = named.filter(|name| name.eq_ignore_ascii_case("com.apple.mail.plist")).min()?;
    Some(format!("{folder}/{name}"))
}

/// Opens the stores and lists the accounts.
pub(super) fn accounts(workspace: &mut Workspace<'_>) -> Vec<Scope> {
    let library = workspace.profile.folder.clone();
    let Some((path, version)) = store(workspace.system, &library) else { return Vec::new() };
    workspace.version = version;
    if version == FIRST_OF_ITS_OWN {
        let sandboxed = preferences(workspace.system, &library, "Containers/com.apple.mail/Data/Library/");
        if let Some(path) = sandboxed.or_else(|| preferences(workspace.system, &library, "")) {
            workspace.open_at(PREFERENCES, &path);
        }
    }
    let Some(store) = workspace.open_at("accounts", &path) else { return Vec::new() };
    let deliveries: Vec<(String, Option<String>)> =
        elements(workspace, store, DELIVERY).into_iter().map(|smtp| (smtp.clone(), names(workspace, store, &smtp))).collect();
    let mut scopes: Vec<Scope> = Vec::new();
    for account in elements(workspace, store, MAIL) {
        scopes.extend(scope(workspace, store, &account, &deliveries));
    }
    for (smtp, _) in &deliveries {
        if scopes.iter().all(|scope| scope.outgoing.as_ref() != Some(smtp)) {
            let member = |key: &str| text(workspace, store, DELIVERY, smtp, key);
            let name = member("AccountName").or_else(|| member("Hostname")).unwrap_or_else(|| smtp.clone());
            let layers = vec![vec![("smtp", smtp.clone())]];
            scopes.push(Scope { id: id(smtp), name, sends: true, layers, outgoing: Some(smtp.clone()), ..Scope::default() });
        }
    }
    scopes
}

/// The elements of an array, in the order of their names.
fn elements(workspace: &Workspace<'_>, store: StoreId, array: &str) -> Vec<String> {
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

fn names(workspace: &Workspace<'_>, store: StoreId, smtp: &str) -> Option<String> {
    identifier(|key| text(workspace, store, DELIVERY, smtp, key))
}

/// The account's own id where it has one.
fn id(element: &str) -> String {
    element.strip_prefix("uniqueId=").unwrap_or(element).to_owned()
}

fn scope(workspace: &mut Workspace<'_>, store: StoreId, account: &str, deliveries: &[(String, Option<String>)]) -> Option<Scope> {
    let member = |key: &str| text(workspace, store, MAIL, account, key);
    let kind = member("AccountType")?;
    let name = member("AccountName");
    let protocol = match kind.to_ascii_lowercase().as_str() {
        "popaccount" => Protocol::Pop3,
        "imapaccount" => Protocol::Imap,
        "localaccount" | "rssaccount" => return None,
        _ => {
            let what =
                format!("account {} is of type {kind}, whose servers its provider sets", name.as_deref().unwrap_or(account));
            let path = workspace.stores().get(store).map(|store| store.path.full()).unwrap_or_default();
            workspace.problems.push(Problem::new(Code::UnsupportedAccount, what).account(id(account)).at(path));
            return None;
        }
    };
    let addresses = Key::of([MAIL, account, "EmailAddresses"]);
    let mut emails: Vec<(usize, String)> = Vec::new();
    for key in workspace.keys(store, addresses.as_str()) {
        if let (Some(at), Some(Raw::Text(email))) = (key.segments().nth(3), workspace.raw(&(store, key.clone()))) {
            emails.push((at.parse().unwrap_or(usize::MAX), email));
        }
    }
    emails.sort();
    let emails: Vec<String> = emails.into_iter().map(|(_, email)| email).collect();
    let link = member("SMTPIdentifier");
    let is_meant = |(_, named): &&(String, Option<String>)| {
        named.as_ref().zip(link.as_ref()).is_some_and(|(named, link)| named.eq_ignore_ascii_case(link))
    };
    let outgoing = deliveries.iter().find(is_meant).map(|(smtp, _)| smtp.clone());
    let mut own = vec![("account", account.to_owned())];
    own.extend(outgoing.iter().map(|smtp| ("smtp", smtp.clone())));
    Some(Scope {
        id: id(account),
        name: name.or_else(|| emails.first().cloned()).unwrap_or_else(|| id(account)),
        emails,
        protocol: Some(protocol),
        sends: outgoing.is_some(),
        layers: vec![own],
        outgoing,
        ..Scope::default()
    })
}
