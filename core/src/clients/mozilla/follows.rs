//! What holds a server's name elsewhere in a profile (reference: mozilla, section 5.2). Tokens are read from `hostname`
//! and `userName`, never from the `real*` pair: those two are what URIs and logins are made of in every version.

use super::codecs::split_port;
use super::graph;
use crate::client::{Copying, Follow, How};
use crate::setting::Setting;
use crate::uri::encode;
use crate::workspace::{Tokens, Workspace};

/// The folder addresses, the saved passwords, the POP3 state.
pub(in crate::clients) const FOLLOWS: &[Follow] = &[
    Follow {
        name: "folder-address",
        token: folder_address,
        at: &[
            ("prefs", "mail.identity.*_folder"),
            ("prefs", "mail.server.*.spamActionTargetAccount"),
            ("prefs", "mail.server.*.spamActionTargetFolder"),
            ("prefs", "mail.default_sendlater_uri"),
            ("prefs", "mail.last_msg_movecopy_target_uri"),
        ],
        how: How::Uri,
        unless: &[],
        copy: None,
        unique: true,
    },
    Follow {
        name: "filter-target",
        token: folder_address,
        at: &[("filters", "filter/*/action/*/value")],
        how: How::Uri,
        unless: &[],
        copy: None,
        unique: false,
    },
    Follow {
        name: "saved-search",
        token: folder_address,
        at: &[("virtual-folders", "folder/*/uri"), ("virtual-folders", "folder/*/scope")],
        how: How::UriList('|'),
        unless: &[],
        copy: None,
        unique: false,
    },
    Follow {
        name: "pop-state",
        token: pop_state,
        at: &[("popstate", "server/*")],
        how: How::Whole,
        unless: &[],
        copy: None,
        unique: false,
    },
    Follow {
        name: "saved-password",
        token: incoming_login,
        at: LOGINS,
        how: How::Whole,
        unless: &[Setting::IncomingUsername],
        copy: Some(COPYING),
        unique: false,
    },
    Follow {
        name: "saved-outgoing-password",
        token: outgoing_login,
        at: LOGINS,
        how: How::Whole,
        unless: &[Setting::OutgoingUsername],
        copy: Some(COPYING),
        unique: false,
    },
    Follow {
        name: "saved-password",
        token: folder_address,
        at: SIGNONS,
        how: How::Uri,
        unless: &[Setting::IncomingUsername],
        copy: None,
        unique: false,
    },
    Follow {
        name: "saved-outgoing-password",
        token: outgoing_address,
        at: SIGNONS,
        how: How::Uri,
        unless: &[Setting::OutgoingUsername],
        copy: None,
        unique: false,
    },
];

/// The stores of saved logins, whatever their generation.
pub(super) const OF_LOGINS: [&str; 3] = ["logins", "logins-db", "signons"];
const SIGNONS: &[(&str, &str)] = &[("signons", "login/*")];
const LOGINS: &[(&str, &str)] = &[
    ("logins", "logins/*/hostname"),
    ("logins", "logins/*/httpRealm"),
    ("logins-db", "logins/*/hostname"),
    ("logins-db", "logins/*/httpRealm"),
    ("signons", "login/*/hostname"),
    ("signons", "login/*/httpRealm"),
];
const COPYING: Copying = Copying { id: "id", next: "nextId", fresh: "guid" };

/// Opens the stores that these follows are about.
pub(in crate::clients) fn open(workspace: &mut Workspace<'_>) {
    // Each generation takes over from the one before, at its first start.
    if workspace.open("logins").is_none() && workspace.open("logins-db").is_none() {
        open_signons(workspace);
    }
    workspace.open("virtual-folders");
    for (kind, folder) in graph::server_folders(workspace) {
        workspace.open_at("filters", &format!("{folder}/msgFilterRules.dat"));
        if kind == "pop3" {
            workspace.open_at("popstate", &format!("{folder}/popstate.dat"));
        }
    }
}

/// The text files of logins: a profile names its own, and three names are the same everywhere.
fn open_signons(workspace: &mut Workspace<'_>) {
    let prefs = ["signon.SignonFileName3", "signon.SignonFileName2", "signon.SignonFileName"];
    let named = prefs.map(|pref| workspace.text("", pref));
    let plain = |name: &String| !name.is_empty() && !name.contains(['/', '\\']);
    let known = ["signons3.txt", "signons2.txt", "signons.txt"].map(str::to_owned);
    for name in named.into_iter().flatten().filter(plain).chain(known) {
        workspace.open_at("signons", &name);
    }
}

fn server(tokens: &Tokens<'_>) -> Option<(String, String, String)> {
    let kind = tokens.text("mail.server.{server}.type")?;
    let host = tokens.text("mail.server.{server}.hostname")?;
    let user = tokens.text("mail.server.{server}.userName").unwrap_or_default();
    Some((kind, split_port(&host).0.to_owned(), user))
}

pub(super) fn scheme(kind: &str) -> Option<&'static str> {
    match kind {
        "pop3" => Some("mailbox"),
        "imap" => Some("imap"),
        _ => None,
    }
}

fn folder_address(tokens: &Tokens<'_>) -> Option<String> {
    let (kind, host, user) = server(tokens)?;
    Some(format!("{}://{}@{}", scheme(&kind)?, encode(&user), bracketed(&host)))
}

fn pop_state(tokens: &Tokens<'_>) -> Option<String> {
    let (kind, host, user) = server(tokens)?;
    (kind == "pop3").then(|| format!("{host} {user}"))
}

fn incoming_login(tokens: &Tokens<'_>) -> Option<String> {
    let (kind, host, _) = server(tokens)?;
    Some(format!("{}://{}", scheme(&kind)?, bracketed(&host)))
}

fn outgoing_login(tokens: &Tokens<'_>) -> Option<String> {
    let host = tokens.text("mail.smtpserver.{smtp}.hostname").filter(|host| !host.is_empty())?;
    Some(format!("smtp://{}", bracketed(&host)))
}

/// In the text files a login is filed under host and user.
fn outgoing_address(tokens: &Tokens<'_>) -> Option<String> {
    let host = tokens.text("mail.smtpserver.{smtp}.hostname").filter(|host| !host.is_empty())?;
    let user = tokens.text("mail.smtpserver.{smtp}.username").filter(|user| !user.is_empty())?;
    Some(format!("smtp://{}@{}", encode(&user), bracketed(&host)))
}

/// An IPv6 address as it stands in a URI.
pub(super) fn bracketed(host: &str) -> String {
    if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { host.to_owned() }
}
