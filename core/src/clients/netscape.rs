//! Netscape Communicator 4 with its Messenger: flat prefs, one POP3 server or several IMAP servers, one SMTP server
//! (reference: mozilla, section 8). A server and its port are one text, which the client's one way to connect takes apart.

mod codecs;
mod effects;
mod graph;

use super::mozilla::registry;
use crate::client::{Client, Follow, How, Side, StoreDef};
use crate::codec::{Codec, Tok};
use crate::discover::Finder;
use crate::document::{Document, Refusal};
use crate::formats::{popstate, prefs};
use crate::home::{Os, StorePath};
use crate::lens::{BOOL, Cell, INT, Row, TEXT, absent, row};
use crate::setting::Setting;
use crate::system::Sign;
use crate::value::{Protocol, Security};
use codecs::{
    HOST, IMAP_SECURITY, NO_TLS, ONE_PASSWORD, OUTGOING_AUTH, OUTGOING_PORT, PORT, default_imap_port, default_outgoing_port,
    default_pop3_port,
};

/// The table.
pub(super) static NETSCAPE: Client = Client {
    name: "netscape",
    title: "Netscape Communicator",
    versions: "4.5 to 4.8",
    source: "Mozilla, 1998: modules/libpref/src/init/mailnews.js, network/main/mkconect.c; mailnews/base/src/nsMessengerMigrator.cpp",
    find,
    marks: &[],
    stores: &[
        StoreDef { role: "prefs", file: "", open, under: Some("user"), sides: None },
        StoreDef { role: "user", file: "", open, under: None, sides: None },
        StoreDef { role: "popstate", file: "", open: popstate::open, under: None, sides: None },
    ],
    accounts: graph::accounts,
    tables: &[(Side::Incoming(Protocol::Pop3), POP3), (Side::Incoming(Protocol::Imap), IMAP), (Side::Outgoing, SMTP)],
    open_follows: graph::open_follows,
    follows: FOLLOWS,
    part: None,
    running: &[Sign::Link("lock"), Sign::Process(&["netscape", "netscape.exe", "netscape-commun", "communicator-sm"])],
    effects: effects::effects,
};

/// An IMAP server's settings are named after it.
const SERVERS: prefs::Branches =
    prefs::Branches { list: "network.hosts.imap_servers", start: "mail.imap.server.", deep: "namespace.", segment: "imap" };

fn open(bytes: &[u8]) -> Result<Box<dyn Document>, Refusal> {
    prefs::open_branches(bytes, &SERVERS)
}

/// What the file is called on Windows, Unix, the Mac.
const WINDOWS: &str = "prefs.js";
const UNIX: &str = "preferences.js";
const MAC: &str = "Netscape Preferences";

/// A home can be a whole disk, for profiles lie outside of homes on Windows and the Mac. Windows from Vista on keeps what an
/// old program means to write there in its user's home.
const FOLDERS: &[(Os, &str, &str)] = &[
    (Os::Linux, ".netscape", UNIX),
    (Os::Windows, "Program Files*/Netscape/Users/*", WINDOWS),
    (Os::Windows, "AppData/Local/VirtualStore/Program Files*/Netscape/Users/*", WINDOWS),
    (Os::Macos, "System Folder/Preferences/Netscape Users/*", MAC),
    (Os::Macos, "Preferences/Netscape Users/*", MAC),
];

/// The system's part of the registry on a disk, looked at where the client is installed.
const INSTALLED: &str = "Program Files*/Netscape*";
const SYSTEM: &str = "Win*/System32*/config*/SOFTWARE*";
/// The same of the running Windows.
const LIVE: &str = "HKEY_LOCAL_MACHINE";

const REGISTRIES: &[(Os, &str)] = &[
    (Os::Windows, "Win*/nsreg.dat"),
    (Os::Windows, "AppData/Local/VirtualStore/Win*/nsreg.dat"),
    (Os::Macos, "System Folder/Preferences/Netscape Registry"),
    (Os::Macos, "Preferences/Netscape Registry"),
];

fn find(finder: &mut Finder<'_>) {
    for file in [WINDOWS, UNIX, MAC] {
        if let Some(folder) = finder.itself(file) {
            finder.profile(finder.home.user(), folder);
        }
    }
    for (os, pattern) in REGISTRIES {
        let file = if *os == Os::Windows { WINDOWS } else { MAC };
        for path in if finder.os(*os) { finder.folders(pattern) } else { Vec::new() } {
            registry::find(finder, &path, &registry::USERS, file);
        }
    }
    if finder.os(Os::Windows) && !finder.folders(INSTALLED).is_empty() {
        for path in finder.folders(SYSTEM).iter().filter(|path| path.name().eq_ignore_ascii_case("SOFTWARE")) {
            registry::find_users(finder, path, WINDOWS);
        }
    }
    let live = StorePath::root(&finder.home.path).join(LIVE).filter(|_| finder.home.live && finder.os(Os::Windows));
    if let Some(live) = live.filter(|live| finder.system.read(live).is_ok_and(|text| text.is_some())) {
        registry::find_users(finder, &live, WINDOWS);
    }
    for (os, pattern, file) in FOLDERS {
        for folder in if finder.os(*os) { finder.folders(pattern) } else { Vec::new() } {
            if finder.holds(&folder, file) {
                finder.profile(folder.name(), folder);
            }
        }
    }
}

const fn int(at: &'static str) -> Cell {
    Cell::new(at, &[&INT]).lenient()
}
const fn flag(at: &'static str) -> Cell {
    Cell::new(at, &[&BOOL]).lenient()
}
const fn text(at: &'static str) -> Cell {
    Cell::new(at, &[&TEXT]).lenient()
}

const POP: Cell = text("network.hosts.pop_server");
const IMAP_SERVER: Cell = text("imap/{imap}");
const IMAP_SECURE: Cell = flag("imap/{imap}/isSecure");
const SMTP_SERVER: Cell = text("network.hosts.smtp_server");

const NO_STARTUP: &str = "it has no such setting (mozilla/modules/libpref/src/init/mailnews.js, 1998, lists all it has)";
const NO_AGE: &str = "it leaves mail on the server for good or not at all";
const NO_JUNK: &str = "it has no junk filter";

#[rustfmt::skip]
const POP3: &[Row] = &[
    row(Setting::IncomingHost, &[POP], HOST),
    row(Setting::IncomingPort, &[POP], PORT).default(default_pop3_port).note("behind the host's name and a colon; else 110"),
    row(Setting::IncomingSecurity, &[], NO_TLS).note("it speaks POP3 without TLS only"),
    row(Setting::IncomingAuth, &[], ONE_PASSWORD),
    row(Setting::IncomingUsername, &[text("mail.pop_name")], Codec::Text),
    row(Setting::LeaveOnServer, &[flag("mail.leave_on_server").or(Tok::B(false))], Codec::Bool),
    absent(Setting::DeleteAfterDays, NO_AGE),
    row(Setting::DeleteWhenDeletedLocally, &[flag("mail.delete_mail_left_on_server").or(Tok::B(false))], Codec::Bool),
    absent(Setting::CheckAtStartup, NO_STARTUP),
    row(Setting::CheckEveryMinutes, &[flag("mail.check_new_mail").or(Tok::B(false)), int("mail.check_time").or(Tok::I(10))], Codec::FlagAndMinutes),
    absent(Setting::JunkLevel, NO_JUNK),
    absent(Setting::JunkDeleteAfterDays, NO_JUNK),
    absent(Setting::JunkSafeSenders, NO_JUNK),
];

#[rustfmt::skip]
const IMAP: &[Row] = &[
    row(Setting::IncomingHost, &[IMAP_SERVER], HOST).note("every setting of the server is named after host and port, and renamed with them"),
    row(Setting::IncomingPort, &[IMAP_SERVER], PORT).with(&[IMAP_SECURE]).default(default_imap_port).note("behind the host's name and a colon; else 143, inside TLS 993"),
    row(Setting::IncomingSecurity, &[IMAP_SECURE, IMAP_SERVER.aside()], IMAP_SECURITY).default(codecs::cleartext),
    row(Setting::IncomingAuth, &[], ONE_PASSWORD),
    row(Setting::IncomingUsername, &[text("imap/{imap}/userName")], Codec::Text),
    absent(Setting::CheckAtStartup, NO_STARTUP),
    row(Setting::CheckEveryMinutes, &[flag("imap/{imap}/check_new_mail").or(Tok::B(false)), int("imap/{imap}/check_time")], Codec::FlagAndMinutes),
    absent(Setting::JunkLevel, NO_JUNK),
    absent(Setting::JunkDeleteAfterDays, NO_JUNK),
    absent(Setting::JunkSafeSenders, NO_JUNK),
];

const SMTP_SECURITY: Codec = Codec::Security(&[
    (Tok::I(0), Security::Cleartext),
    (Tok::I(1), Security::StartTlsIfOffered),
    (Tok::I(2), Security::StartTls),
]);

#[rustfmt::skip]
const SMTP: &[Row] = &[
    row(Setting::OutgoingHost, &[SMTP_SERVER], HOST),
    row(Setting::OutgoingPort, &[SMTP_SERVER], OUTGOING_PORT).default(default_outgoing_port).note("behind the host's name and a colon; else 25"),
    row(Setting::OutgoingSecurity, &[int("mail.smtp.ssl").or(Tok::I(0))], SMTP_SECURITY),
    row(Setting::OutgoingAuth, &[flag("mail.auth_login").or(Tok::B(true)), text("mail.smtp_name").aside()], OUTGOING_AUTH)
        .with(&[text("mail.pop_name"), text("imap/{imap}/userName")])
        .note("without a user name it does not sign in"),
    row(Setting::OutgoingUsername, &[text("mail.smtp_name")], Codec::Text),
];

/// The folders for copies of what is sent, drafts and templates.
const FOLDER_KEYS: &[(&str, &str)] = &[
    ("prefs", "mail.default_fcc"),
    ("prefs", "mail.default_drafts"),
    ("prefs", "mail.default_templates"),
    ("prefs", "mail.imap_sentmail_path"),
    ("prefs", "news.default_fcc"),
    ("prefs", "news.imap_sentmail_path"),
];

const fn follow(name: &'static str, token: graph::Token, at: &'static [(&'static str, &'static str)], how: How) -> Follow {
    Follow { name, token, at, how, unless: &[], copy: None, unique: false }
}

/// A server's name alone is what its settings go by, so two servers with one name are one.
const FOLLOWS: &[Follow] = &[
    Follow { unique: true, ..follow("server-name", graph::server_name, &[], How::Whole) },
    follow("folder-address", graph::folder_address, FOLDER_KEYS, How::Uri),
    follow("folder-address", graph::folder_address_without_user, FOLDER_KEYS, How::Uri),
    follow("pop-state", graph::pop_state, &[("popstate", "server/*")], How::Whole),
];
