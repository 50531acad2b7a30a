//! The account graph of prefs.js: accounts, servers, identities, outgoing servers (reference: mozilla, section 3).

use super::codecs::GECKO_18;
use super::profiles::{Keys, sections, value};
use super::{layers, list};
use crate::document::Key;
use crate::lens::{Holes, Scope};
use crate::problem::{Code, Problem};
use crate::value::Protocol;
use crate::workspace::Workspace;

/// Opens prefs.js and user.js and lists the accounts that have servers to secure.
pub(in crate::clients) fn accounts(workspace: &mut Workspace<'_>) -> Vec<Scope> {
    accounts_by(workspace, |number| number.next().unwrap_or(0))
}

/// The same of SeaMonkey, whose version is told as that of the Thunderbird it shares its mail code with: 2.1 has the
/// code of 4, 2.2 that of 5, 2.53 that of 56. None of them gave up `realhostname`.
pub(in crate::clients) fn accounts_of_seamonkey(workspace: &mut Workspace<'_>) -> Vec<Scope> {
    accounts_by(workspace, |number| match (number.next(), number.next()) {
        (Some(2), Some(minor)) => minor.saturating_add(3).min(101),
        _ => 0,
    })
}

/// The same of the Suite, which leaves no compatibility.ini. It has kept folders relative to the profile since Gecko 1.8.
pub(in crate::clients) fn accounts_of_suite(workspace: &mut Workspace<'_>) -> Vec<Scope> {
    let scopes = accounts_by(workspace, |_| 0);
    let newer = |key: &Key| key.as_str().ends_with(".directory-rel") || key.as_str().ends_with(".authMethod");
    let prefs = workspace.first("");
    if prefs.is_some_and(|prefs| workspace.keys(prefs, "mail.server.").iter().any(newer)) {
        workspace.version = GECKO_18;
    }
    scopes
}

fn accounts_by(workspace: &mut Workspace<'_>, version_of: fn(&mut dyn Iterator<Item = u32>) -> u32) -> Vec<Scope> {
    let compatibility = workspace.look("compatibility.ini").unwrap_or_default();
    let compatibility = String::from_utf8_lossy(&compatibility);
    let client = of_client(&compatibility);
    workspace.version = version(&client, version_of);
    layers::open(workspace, value(&client, "LastAppDir"));
    workspace.open("user");
    if workspace.open("prefs").is_none() {
        return Vec::new();
    }
    if workspace.says_nothing("") {
        let problem = Problem::new(Code::Malformed, "expected preferences, found none in all of the file");
        workspace.problems.push(here(workspace, problem));
    }
    let mut scopes = Vec::new();
    let mut seen = Vec::new();
    for account in listed(workspace) {
        let Some(server) = workspace.text("", format!("mail.account.{account}.server")) else {
            let problem = Problem::new(Code::BrokenAccount, format!("account {account} is listed, but names no server"));
            workspace.problems.push(here(workspace, problem).account(account));
            continue;
        };
        if seen.contains(&server) {
            continue;
        }
        seen.push(server.clone());
        scopes.extend(scope(workspace, &account, &server));
    }
    let further = further(workspace, &scopes);
    // A server that is an account of its own is shared with nobody.
    for scope in &mut scopes {
        scope.also.retain(|server| further.iter().all(|own| own.id != *server));
    }
    scopes.extend(further);
    scopes
}

/// The accounts' keys in their order, those that a vendor appended last.
pub(super) fn listed(workspace: &Workspace<'_>) -> Vec<String> {
    let mut text = workspace.text("", "mail.accountmanager.accounts").unwrap_or_default();
    if let Some(more) = workspace.text("", "mail.accountmanager.appendaccounts") {
        text = format!("{text},{more}");
    }
    list(&text)
}

fn here(workspace: &Workspace<'_>, problem: Problem) -> Problem {
    match workspace.first("").and_then(|id| workspace.stores().get(id)) {
        Some(store) => problem.at(store.path.full()),
        None => problem,
    }
}

/// What the client that last used the profile said of itself.
fn of_client(compatibility: &str) -> Keys<'_> {
    sections(compatibility).into_iter().find(|(name, _)| *name == "Compatibility").map(|(_, keys)| keys).unwrap_or_default()
}

/// Its version, by the numbers; 0 where it is not said.
fn version(compatibility: &[(&str, &str)], version_of: fn(&mut dyn Iterator<Item = u32>) -> u32) -> u32 {
    let number = value(compatibility, "LastVersion").unwrap_or_default();
    let dotted = number.split(|c: char| !c.is_ascii_digit() && c != '.').next().unwrap_or_default();
    version_of(&mut dotted.split('.').map_while(|digits| digits.parse().ok()))
}

fn scope(workspace: &mut Workspace<'_>, account: &str, server: &str) -> Option<Scope> {
    let kind = workspace.text("", format!("mail.server.{server}.type")).unwrap_or_default();
    let name = workspace.text("", format!("mail.server.{server}.name"));
    let protocol = match kind.as_str() {
        "pop3" => Protocol::Pop3,
        "imap" => Protocol::Imap,
        "ews" | "graph" | "owl" | "exchange" => {
            let what = format!("account {account} ({kind}) speaks to an Exchange service over https, not to a mail server");
            let problem = Problem::new(Code::UnsupportedAccount, what).account(account);
            workspace.problems.push(here(workspace, problem));
            return None;
        }
        "" => {
            let problem = Problem::new(Code::BrokenAccount, format!("account {account}: server {server} has no type"));
            workspace.problems.push(here(workspace, problem).account(account));
            return None;
        }
        "none" | "rss" | "nntp" | "im" | "movemail" => return None,
        other => {
            let what = format!("account {account} is of the unknown type \"{other}\"");
            let problem = Problem::new(Code::UnsupportedAccount, what).account(account);
            workspace.problems.push(here(workspace, problem));
            return None;
        }
    };
    let identities = identities(workspace, account);
    let emails: Vec<String> = identities.iter().filter_map(|id| email(workspace, id)).collect();
    let outgoing = identities.first().and_then(|id| outgoing(workspace, id));
    let mut also: Vec<String> = identities.iter().skip(1).filter_map(|id| self::outgoing(workspace, id)).collect();
    also.retain(|server| Some(server) != outgoing.as_ref());
    let mut own = vec![("account", account.to_owned()), ("server", server.to_owned())];
    own.extend(outgoing.iter().map(|server| ("smtp", server.clone())));
    own.extend(safe_senders(workspace, server));
    Some(Scope {
        id: account.to_owned(),
        name: name.or_else(|| emails.first().cloned()).unwrap_or_else(|| account.to_owned()),
        emails,
        protocol: Some(protocol),
        sends: outgoing.is_some(),
        layers: vec![own, vec![("server", "default".to_owned()), ("smtp", "default".to_owned())]],
        outgoing,
        also,
        ..Scope::default()
    })
}

/// Where the account's filters are; a file that is not there yet is an empty one. None where the client would not read to the
/// end of it, for a filter that is added there would do nothing.
fn safe_senders(workspace: &mut Workspace<'_>, server: &str) -> Holes {
    let Some(folder) = folder(workspace, server) else { return Vec::new() };
    let Some(store) = workspace.open_or_make("filters", &format!("{folder}/msgFilterRules.dat")) else { return Vec::new() };
    let odd = workspace.stores().get(store).and_then(|store| store.doc.as_ref()).is_none_or(|doc| !doc.odd().is_empty());
    if odd { Vec::new() } else { vec![("folder", folder)] }
}

fn email(workspace: &Workspace<'_>, identity: &str) -> Option<String> {
    workspace.text("", format!("mail.identity.{identity}.useremail")).filter(|email| !email.is_empty())
}

/// An account's identities, the default one first.
pub(super) fn identities(workspace: &Workspace<'_>, account: &str) -> Vec<String> {
    list(&workspace.text("", format!("mail.account.{account}.identities")).unwrap_or_default())
}

/// The outgoing servers, those that a vendor appended last.
pub(super) fn outgoing_servers(workspace: &Workspace<'_>) -> Vec<String> {
    let mut servers = list(&workspace.text("", "mail.smtpservers").unwrap_or_default());
    servers.extend(list(&workspace.text("", "mail.smtpservers.appendsmtpservers").unwrap_or_default()));
    servers
}

/// The outgoing server of an identity: its own if that is a listed one, else the default. Only SMTP counts.
pub(super) fn outgoing(workspace: &Workspace<'_>, identity: &str) -> Option<String> {
    let servers = outgoing_servers(workspace);
    let known = |server: &String| servers.contains(server);
    let server = workspace
        .text("", format!("mail.identity.{identity}.smtpServer"))
        .filter(known)
        .or_else(|| workspace.text("", "mail.smtp.defaultserver").filter(known))
        .or_else(|| servers.first().cloned())?;
    let kind = workspace.text("", format!("mail.smtpserver.{server}.type")).unwrap_or_else(|| "smtp".to_owned());
    let host = workspace.text("", format!("mail.smtpserver.{server}.hostname")).unwrap_or_default();
    (kind == "smtp" && !host.is_empty()).then_some(server)
}

/// The outgoing servers that only further identities use: each an account with nothing else.
fn further(workspace: &Workspace<'_>, scopes: &[Scope]) -> Vec<Scope> {
    let mut found: Vec<Scope> = Vec::new();
    for account in listed(workspace) {
        for identity in identities(workspace, &account) {
            let Some(server) = outgoing(workspace, &identity) else { continue };
            if scopes.iter().any(|scope| scope.outgoing.as_ref() == Some(&server)) {
                continue;
            }
            let address = email(workspace, &identity);
            if let Some(known) = found.iter_mut().find(|scope| scope.id == server) {
                known.emails.extend(address);
                continue;
            }
            let name = workspace.text("", format!("mail.smtpserver.{server}.description")).filter(|name| !name.is_empty());
            found.push(Scope {
                name: name.or_else(|| address.clone()).unwrap_or_else(|| server.clone()),
                id: server.clone(),
                emails: address.into_iter().collect(),
                protocol: None,
                sends: true,
                layers: vec![vec![("smtp", server.clone())], vec![("smtp", "default".to_owned())]],
                outgoing: Some(server),
                ..Scope::default()
            });
        }
    }
    found
}

/// The folders below the profile in which servers keep their own files: every listed server's, with its type.
pub(in crate::clients) fn server_folders(workspace: &Workspace<'_>) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for account in listed(workspace) {
        let Some(server) = workspace.text("", format!("mail.account.{account}.server")) else { continue };
        let kind = workspace.text("", format!("mail.server.{server}.type")).unwrap_or_default();
        found.extend(folder(workspace, &server).map(|folder| (kind, folder)));
    }
    found
}

/// A server's folder below the profile.
fn folder(workspace: &Workspace<'_>, server: &str) -> Option<String> {
    let relative = workspace
        .text("", format!("mail.server.{server}.directory-rel"))
        .and_then(|path| path.strip_prefix("[ProfD]").map(str::to_owned));
    relative.or_else(|| below_profile(workspace, &workspace.text("", format!("mail.server.{server}.directory"))?))
}

/// The part of an absolute path that lies below the profile's folder, also when the disk is mounted elsewhere.
fn below_profile(workspace: &Workspace<'_>, path: &str) -> Option<String> {
    let path = path.replace('\\', "/");
    let full = format!("{}/", workspace.profile.folder.to_string().replace('\\', "/"));
    if let Some(below) = path.strip_prefix(&full) {
        return Some(below.to_owned());
    }
    let name = full.trim_end_matches('/').rsplit('/').next()?;
    path.split_once(&format!("/{name}/")).map(|(_, below)| below.to_owned())
}
