//! How the files of the sources folder hang together: accounts, identities, transports and collections (reference:
//! linux, section 1.3).

use std::collections::{BTreeMap, BTreeSet};

use crate::document::{Key, Raw};
use crate::lens::{Holes, Places, Scope, StoreId};
use crate::problem::{Code, Problem};
use crate::value::Protocol;
use crate::workspace::Workspace;

/// How far a source's parents are followed; they can go round in a circle.
const GENERATIONS: usize = 16;

/// The sources that the client itself makes.
const BUILT_IN: [&str; 4] = ["local", "vfolder", "sendmail", "rss"];

const MAIL: [&str; 4] = ["Mail Account", "Mail Identity", "Mail Transport", "Collection"];

/// The sources by their ids, which are the files' names.
type Sources = BTreeMap<String, StoreId>;

/// Opens all sources and lists the accounts that have servers to secure.
pub(super) fn accounts(workspace: &mut Workspace<'_>) -> Vec<Scope> {
    let sources = open(workspace);
    let (mut claimed, mut scopes, mut problems) = (BTreeSet::new(), Vec::new(), Vec::new());
    for (uid, id) in sources.iter().filter(|(_, id)| has(workspace, **id, "Mail Account")) {
        if BUILT_IN.contains(&uid.as_str()) {
            continue;
        }
        let backend = text(workspace, *id, "Mail Account/BackendName").unwrap_or_default();
        let identity = text(workspace, *id, "Mail Account/IdentityUid").filter(|uid| !uid.is_empty());
        claimed.extend(identity.clone().filter(|_| backend != "none"));
        match served(workspace, &sources, uid, *id, &backend) {
            Ok(Some(protocol)) => scopes.push(scope(workspace, &sources, uid, *id, protocol, identity.as_deref())),
            Ok(None) => {}
            Err(problem) => problems.push(here(workspace, *id, problem.account(uid))),
        }
    }
    scopes.extend(senders(workspace, &sources, &claimed));
    workspace.problems.extend(problems);
    scopes
}

/// Opens every source. A file that the client rejects is none to it; it is told of if it is about mail.
fn open(workspace: &mut Workspace<'_>) -> Sources {
    let mut sources = Sources::new();
    for name in workspace.names() {
        let Some(uid) = name.strip_suffix(".source") else { continue };
        let Some(id) = workspace.open_at("source", &name) else { continue };
        let broken = workspace.stores().get(id).and_then(|store| Some((store, store.doc.as_ref()?.odd().first()?)));
        let Some((store, odd)) = broken else {
            sources.insert(uid.to_owned(), id);
            continue;
        };
        let problem = Problem::new(Code::Malformed, odd.message.clone()).at(store.path.full()).line(odd.line);
        let nothing_known = workspace.keys(id, "").is_empty();
        if nothing_known || MAIL.iter().any(|group| has(workspace, id, group)) {
            workspace.problems.push(problem.hint("Evolution passes over this file too, until it is repaired"));
        }
    }
    sources
}

/// What an account speaks; nothing where it needs no server; a problem where its servers can't be changed here.
fn served(
    workspace: &Workspace<'_>,
    sources: &Sources,
    uid: &str,
    id: StoreId,
    backend: &str,
) -> Result<Option<Protocol>, Problem> {
    let protocol = match backend {
        "pop" => Protocol::Pop3,
        "imapx" | "imap" => Protocol::Imap,
        "none" | "vfolder" | "rss" | "local" | "maildir" | "mbox" | "mh" | "spool" | "spooldir" | "nntp" => return Ok(None),
        "ews" | "microsoft365" | "exchange" | "mapi" | "groupwise" => {
            let what = format!("account {uid} ({backend}) speaks to a groupware service, not to a mail server");
            return Err(Problem::new(Code::UnsupportedAccount, what));
        }
        "" => return Err(Problem::new(Code::BrokenAccount, format!("account {uid} does not say of what kind it is"))),
        other => {
            let what = format!("account {uid} is of the unknown kind \"{other}\"");
            return Err(Problem::new(Code::UnsupportedAccount, what));
        }
    };
    if !enabled(workspace, id) {
        let problem = Problem::new(Code::UnsupportedAccount, format!("account {uid} is switched off, and stays as it is"));
        return Err(problem.hint("switch it on in Evolution, then plan again"));
    }
    if online(workspace, sources, id) {
        let what = format!("account {uid} is one of the desktop's online accounts, which write its servers themselves");
        return Err(Problem::new(Code::UnsupportedAccount, what).hint("change it in the desktop's own settings"));
    }
    Ok(Some(protocol))
}

fn scope(
    workspace: &Workspace<'_>,
    sources: &Sources,
    uid: &str,
    id: StoreId,
    protocol: Protocol,
    identity: Option<&str>,
) -> Scope {
    let identity = identity.and_then(|uid| sources.get(uid)).copied().filter(|id| has(workspace, *id, "Mail Identity"));
    let emails = identity.map(|id| addresses(workspace, id)).unwrap_or_default();
    let outgoing = identity.and_then(|id| transport(workspace, sources, id));
    let name = text(workspace, id, "Data Source/DisplayName").filter(|name| !name.is_empty());
    Scope {
        id: uid.to_owned(),
        name: name.or_else(|| emails.first().cloned()).unwrap_or_else(|| uid.to_owned()),
        emails,
        protocol: Some(protocol),
        sends: outgoing.is_some(),
        layers: layers(workspace, sources, Some(uid), outgoing.as_deref()),
        outgoing,
        listed_in: Some(id),
        ..Scope::default()
    }
}

/// The transports of identities that belong to no account which fetches: each an account with nothing else.
fn senders(workspace: &Workspace<'_>, sources: &Sources, claimed: &BTreeSet<String>) -> Vec<Scope> {
    let mut found: Vec<Scope> = Vec::new();
    for (uid, id) in sources.iter().filter(|(uid, id)| has(workspace, **id, "Mail Identity") && !claimed.contains(*uid)) {
        let Some(server) = Some(*id).filter(|id| enabled(workspace, *id)).and_then(|id| transport(workspace, sources, id)) else {
            continue;
        };
        if let Some(known) = found.iter_mut().find(|scope| scope.outgoing.as_ref() == Some(&server)) {
            known.emails.extend(addresses(workspace, *id));
            continue;
        }
        let emails = addresses(workspace, *id);
        let name = text(workspace, *id, "Data Source/DisplayName").filter(|name| !name.is_empty());
        found.push(Scope {
            name: name.or_else(|| emails.first().cloned()).unwrap_or_else(|| uid.clone()),
            id: server.clone(),
            emails,
            sends: true,
            layers: layers(workspace, sources, None, Some(&server)),
            listed_in: sources.get(&server).copied(),
            outgoing: Some(server),
            ..Scope::default()
        });
    }
    found
}

/// The files of an account's parts, then those of the collections that they are children of.
fn layers(workspace: &Workspace<'_>, sources: &Sources, incoming: Option<&str>, outgoing: Option<&str>) -> Vec<Holes> {
    let (mut own, mut above) = (Holes::new(), Holes::new());
    for (part, parent, uid) in [("incoming", "incoming-collection", incoming), ("outgoing", "outgoing-collection", outgoing)] {
        let Some(uid) = uid else { continue };
        own.push((part, uid.to_owned()));
        if let Some(collection) = ancestors(workspace, sources, uid).find(|(_, id)| has(workspace, *id, "Collection")) {
            own.push((parent, collection.0.clone()));
            above.push((part, collection.0));
        }
    }
    if above.is_empty() { vec![own] } else { vec![own, above] }
}

/// A source's parents, nearest first.
fn ancestors<'a>(workspace: &'a Workspace<'_>, sources: &'a Sources, uid: &str) -> impl Iterator<Item = (String, StoreId)> + 'a {
    let above = move |uid: &str| {
        let parent = text(workspace, *sources.get(uid)?, "Data Source/Parent").filter(|uid| !uid.is_empty())?;
        sources.get(&parent).map(|id| (parent, *id))
    };
    std::iter::successors(above(uid), move |(uid, _)| above(uid)).take(GENERATIONS)
}

/// Whether the desktop's online accounts made a source or a parent of it.
fn online(workspace: &Workspace<'_>, sources: &Sources, id: StoreId) -> bool {
    let made = |id: StoreId| ["GNOME Online Accounts", "Ubuntu Online Accounts"].iter().any(|group| has(workspace, id, group));
    let uid = sources.iter().find(|(_, known)| **known == id).map_or("", |(uid, _)| uid.as_str());
    made(id) || ancestors(workspace, sources, uid).any(|(_, id)| made(id))
}

/// The SMTP server of an identity, if it has one of its own to change.
fn transport(workspace: &Workspace<'_>, sources: &Sources, identity: StoreId) -> Option<String> {
    let uid = text(workspace, identity, "Mail Submission/TransportUid").filter(|uid| !uid.is_empty())?;
    let id = *sources.get(&uid)?;
    let smtp = text(workspace, id, "Mail Transport/BackendName").as_deref() == Some("smtp");
    (smtp && !online(workspace, sources, id)).then_some(uid)
}

/// The address of an identity, then its aliases: a list as in a letter's header, or addresses alone.
fn addresses(workspace: &Workspace<'_>, identity: StoreId) -> Vec<String> {
    let address = text(workspace, identity, "Mail Identity/Address");
    let aliases = text(workspace, identity, "Mail Identity/Aliases").unwrap_or_default();
    let bare = |entry: &str| {
        let inner = entry.rsplit_once('<').map_or(entry, |(_, rest)| rest.split('>').next().unwrap_or_default());
        inner.trim().to_owned()
    };
    let mut found: Vec<String> = Vec::new();
    for address in address.into_iter().chain(aliases.split([',', ';']).map(bare)) {
        if address.contains('@') && !found.contains(&address) {
            found.push(address);
        }
    }
    found
}

/// Whether a source is switched on.
pub(super) fn enabled(workspace: &Workspace<'_>, id: StoreId) -> bool {
    !matches!(text(workspace, id, "Data Source/Enabled").as_deref().map(str::trim_end), Some("false" | "0"))
}

/// Whether a source has a group.
pub(super) fn has(workspace: &Workspace<'_>, id: StoreId, group: &str) -> bool {
    !workspace.keys(id, group).is_empty()
}

/// A key's text.
pub(super) fn text(workspace: &Workspace<'_>, id: StoreId, key: &str) -> Option<String> {
    match workspace.raw(&(id, Key::raw(key)))? {
        Raw::Text(text) => Some(text),
        _ => None,
    }
}

fn here(workspace: &Workspace<'_>, id: StoreId, problem: Problem) -> Problem {
    match workspace.stores().get(id) {
        Some(store) => problem.at(store.path.full()),
        None => problem,
    }
}
