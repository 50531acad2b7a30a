//! How a profile of Netscape 4 hangs together: which file holds it, which files win over it, its servers, and what holds a
//! server's name.

use std::collections::BTreeSet;

use super::codecs::split_port;
use super::{MAC, UNIX, WINDOWS};
use crate::clients::mozilla::layers;
use crate::document::{Key, Raw};
use crate::home::StorePath;
use crate::lens::{Holes, Places, Scope, StoreId};
use crate::problem::{Code, Problem};
use crate::uri::encode;
use crate::value::Protocol;
use crate::workspace::{Tokens, Workspace};

/// A profile has one identity and one outgoing server.
const OUTGOING: &str = "smtp";

/// Opens the prefs and what wins over them, and lists the accounts.
pub(super) fn accounts(workspace: &mut Workspace<'_>) -> Vec<Scope> {
    // The later one wins: it is looked at first.
    for file in ["user.js", "liprefs.js"] {
        workspace.open_at("user", file);
    }
    let Some(prefs) = [WINDOWS, UNIX, MAC].iter().find_map(|file| workspace.open_at("prefs", file)) else { return Vec::new() };
    // A profile that a successor has taken over keeps the old prefs, and heeds them no more.
    if workspace.text("", "mail.accountmanager.accounts").is_some() {
        return Vec::new();
    }
    configuration(workspace, prefs);
    let set = |workspace: &Workspace<'_>, key: &str| workspace.text("", key).is_some_and(|text| !text.trim().is_empty());
    let sends = set(workspace, "network.hosts.smtp_server");
    let kind = match workspace.raw(&(prefs, Key::of(["mail.server_type"]))) {
        Some(Raw::Int(kind)) => kind,
        _ => 0,
    };
    let mut scopes = Vec::new();
    match kind {
        0 if set(workspace, "mail.pop_name") || set(workspace, "network.hosts.pop_server") => {
            scopes.push(scope(workspace, "pop".to_owned(), Some(Protocol::Pop3), sends, Vec::new()));
        }
        1 if apart(workspace, prefs) => {
            let message = "the IMAP servers stay: this file has settings of other servers than the prefs, and wins over them";
            let above =
                workspace.of_role("user").filter_map(|id| workspace.stores().get(id)).map(|store| store.path.full()).next();
            let problem = Problem::new(Code::UnsupportedAccount, message).hint("take them out of that file, then plan again");
            workspace.problems.push(above.into_iter().fold(problem, Problem::at));
        }
        1 => {
            for at in 0..names(workspace, prefs).len() {
                let holes = vec![("imap", at.to_string())];
                scopes.push(scope(workspace, format!("imap-{}", at + 1), Some(Protocol::Imap), sends, holes));
            }
        }
        _ => {}
    }
    if scopes.is_empty() && sends {
        scopes.push(scope(workspace, OUTGOING.to_owned(), None, sends, Vec::new()));
    }
    scopes
}

/// The configurations of an administrator, the one that is read last first. Each byte is shifted by 7.
fn configuration(workspace: &mut Workspace<'_>, prefs: StoreId) {
    const SHIFT: u8 = 7;
    const LIST: &str = super::SERVERS.list;
    const INSTALLED: &str = "Communicator/Program/netscape.cfg";
    let folder = workspace.profile.folder.clone();
    let disk = StorePath::root(folder.base());
    let installed = [
        folder.parent().parent().join(INSTALLED),
        disk.join("Program Files/Netscape").and_then(|netscape| netscape.join(INSTALLED)),
        disk.join("Program Files (x86)/Netscape").and_then(|netscape| netscape.join(INSTALLED)),
    ];
    let names = names(workspace, prefs);
    // What a server's settings are called in the prefs, and here.
    let keys = |name: &str| {
        let servers = || (0..names.len()).map(|at| Key::of(["imap", &at.to_string()]));
        let own = servers().zip(&names).find_map(|(key, server)| {
            let part = name.strip_prefix(super::SERVERS.start)?.strip_prefix(server.as_text()?)?.strip_prefix('.')?;
            Some(key.child(part))
        });
        match name {
            LIST => servers().collect(),
            _ => vec![own.unwrap_or_else(|| Key::of([name]))],
        }
    };
    let found: BTreeSet<StorePath> = installed.into_iter().flatten().collect();
    for path in found.into_iter().chain(folder.join("profile.cfg")) {
        let Some(bytes) = workspace.look_at(path.clone()) else { continue };
        // Of a list of servers it is known only that it is set.
        let said = layers::read_script(&bytes, SHIFT).into_iter().map(|said| said.but_not_what(LIST)).collect();
        layers::note_as(workspace, &path.to_string(), said, keys);
    }
}

fn scope(workspace: &Workspace<'_>, id: String, protocol: Option<Protocol>, sends: bool, holes: Holes) -> Scope {
    let emails: Vec<String> =
        workspace.text("", "mail.identity.useremail").filter(|email| !email.is_empty()).into_iter().collect();
    let server = holes.first().and_then(|(_, at)| workspace.text("", format!("imap/{at}")));
    Scope {
        name: server.or_else(|| emails.first().cloned()).unwrap_or_else(|| id.clone()),
        id,
        emails,
        protocol,
        sends,
        layers: vec![holes],
        outgoing: sends.then(|| OUTGOING.to_owned()),
        ..Scope::default()
    }
}

/// The IMAP servers that a file lists.
fn names(workspace: &Workspace<'_>, store: StoreId) -> Vec<Raw> {
    (0..).map_while(|at: usize| workspace.stored(store, &Key::of(["imap", &at.to_string()]))).collect()
}

/// Whether a file that wins speaks of IMAP servers in an order of its own.
fn apart(workspace: &Workspace<'_>, prefs: StoreId) -> bool {
    let listed = names(workspace, prefs);
    let speaks = |id: &StoreId| ["imap/", "mail.imap.server."].iter().any(|under| !workspace.keys(*id, under).is_empty());
    workspace.of_role("user").filter(speaks).any(|id| names(workspace, id) != listed)
}

/// Opens the lists of fetched messages: in the profile on Windows and the Mac, beside it on Unix.
pub(super) fn open_follows(workspace: &mut Workspace<'_>) {
    let home = workspace.profile.folder.parent();
    let places: [Option<StorePath>; 3] = [
        workspace.profile.folder.join("Mail/popstate.dat"),
        workspace.profile.folder.join("Mail/Pop State"),
        home.join("nsmail/popstate").filter(|_| workspace.profile.folder.name() == ".netscape"),
    ];
    for path in places.into_iter().flatten() {
        workspace.open_path("popstate", path);
    }
}

/// What a token is worked out with.
pub(super) type Token = fn(&Tokens<'_>) -> Option<String>;

pub(super) fn server_name(tokens: &Tokens<'_>) -> Option<String> {
    tokens.text("imap/{imap}").map(|server| server.to_lowercase())
}

pub(super) fn folder_address(tokens: &Tokens<'_>) -> Option<String> {
    let user = tokens.text("imap/{imap}/userName").filter(|user| !user.is_empty())?;
    Some(format!("imap://{}@{}", encode(&user), tokens.text("imap/{imap}")?))
}

pub(super) fn folder_address_without_user(tokens: &Tokens<'_>) -> Option<String> {
    Some(format!("imap://{}", tokens.text("imap/{imap}")?))
}

pub(super) fn pop_state(tokens: &Tokens<'_>) -> Option<String> {
    if tokens.scope.protocol != Some(Protocol::Pop3) {
        return None;
    }
    let (host, user) = (tokens.text("network.hosts.pop_server")?, tokens.text("mail.pop_name").unwrap_or_default());
    Some(format!("{} {user}", split_port(&host).0))
}
