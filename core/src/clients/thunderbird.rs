//! Thunderbird, and Betterbird, which shares its folders (reference: mozilla, sections 1 to 7).

use super::mozilla::auth::{LAST_TO_MIGRATE, OLD_AUTH, OLD_IMAP_AUTH, OLD_OUTGOING_AUTH};
use super::mozilla::codecs::{
    AUTH, HOST, IMAP_AUTH, OUTGOING_PORT, PORT, SECURITY, USERNAME, default_outgoing_port, default_port, default_security,
    password,
};
use super::mozilla::safe_senders::SAFE_SENDERS;
use super::mozilla::{effects, follows, graph, profiles};
use crate::client::{Client, Side, StoreDef};
use crate::codec::{Codec, Tok};
use crate::discover::Finder;
use crate::formats::{filters, json, popstate, prefs, virtual_folders};
use crate::home::Os;
use crate::lens::{BOOL, Cell, INT, Row, TEXT, row};
use crate::setting::Setting;
use crate::system::Sign;
use crate::value::{Level, Protocol};

/// The table.
pub(super) static THUNDERBIRD: Client = Client {
    name: "thunderbird",
    title: "Thunderbird",
    versions: "1.0 to today; Icedove, Betterbird",
    source: "comm-central: mailnews/base/src/nsMsgIncomingServer.cpp, mailnews/mailnews.js, MailNewsTypes2.idl",
    find,
    marks: &["prefs.js"],
    stores: STORES,
    accounts: graph::accounts,
    tables: TABLES,
    open_follows: follows::open,
    follows: follows::FOLLOWS,
    running: &[Sign::LockFile(".parentlock")],
    effects: effects::effects,
};

/// What a profile of this family consists of. The filters that rows reach are an account's own, those of follows all.
pub(super) static STORES: &[StoreDef] = &[
    StoreDef { role: "prefs", file: "prefs.js", open: prefs::open, under: Some("user"), sides: None },
    StoreDef { role: "user", file: "user.js", open: prefs::open, under: None, sides: None },
    StoreDef { role: "logins", file: "logins.json", open: json::open_logins, under: None, sides: None },
    StoreDef { role: "virtual-folders", file: "virtualFolders.dat", open: virtual_folders::open, under: None, sides: None },
    StoreDef { role: "filters", file: "", open: filters::open, under: None, sides: None },
    StoreDef { role: "own-filters", file: "{folder}/msgFilterRules.dat", open: filters::open, under: None, sides: None },
    StoreDef { role: "popstate", file: "", open: popstate::open, under: None, sides: None },
];

pub(super) static TABLES: &[(Side, &[Row])] =
    &[(Side::Incoming(Protocol::Pop3), POP3), (Side::Incoming(Protocol::Imap), IMAP), (Side::Outgoing, SMTP)];

/// deb, rpm and tarball, snaps and flatpaks by their own homes; on Windows also packages of its store. A link between
/// two of them is one profile.
const ROOTS: &[(Os, &str)] = &[
    (Os::Linux, ".thunderbird"),
    (Os::Linux, ".icedove"),
    (Os::Linux, ".mozilla-thunderbird"),
    (Os::Linux, "snap/*/common/.thunderbird"),
    (Os::Linux, ".var/app/*/.thunderbird"),
    (Os::Macos, "Library/Thunderbird"),
    (Os::Windows, "AppData/Roaming/Thunderbird"),
    (Os::Windows, "AppData/Local/Packages/MozillaThunderbird*/LocalCache/Roaming/Thunderbird"),
    (Os::Windows, "Application Data/Thunderbird"),
];

fn find(finder: &mut Finder<'_>) {
    profiles::find_below(finder, ROOTS);
}

// The client takes a key of another type for absent, and its `default` branch for what is absent in a server's own.
const fn int(at: &'static str) -> Cell {
    Cell::new(at, &[&INT]).lenient()
}
const fn flag(at: &'static str) -> Cell {
    Cell::new(at, &[&BOOL]).lenient()
}
const fn text(at: &'static str) -> Cell {
    Cell::new(at, &[&TEXT]).lenient()
}

const JUNK: Codec = Codec::Level(&[(Tok::I(100), Level::On), (Tok::I(0), Level::Off)]);

const fn own_filter(at: &'static str) -> Cell {
    text(at).of("own-filters").alone()
}

#[rustfmt::skip]
macro_rules! incoming {
    ($auth:expr, $old_auth:expr; $($more:expr),*) => { &[
        row(Setting::IncomingHost, &[text("mail.server.{server}.hostname").alone(), int("mail.server.{server}.port").aside(), text("mail.server.{server}.realhostname").alone().aside()], HOST).explicit(),
        row(Setting::IncomingPort, &[int("mail.server.{server}.port"), text("mail.server.{server}.hostname").alone().aside()], PORT)
            .with(&[int("mail.server.{server}.socketType"), flag("mail.server.{server}.isSecure")])
            .default(default_port)
            .note("absent, and 1 or less: the protocol's own port; a port inside the host name wins"),
        row(Setting::IncomingSecurity, &[int("mail.server.{server}.socketType"), flag("mail.server.{server}.isSecure").alone().aside()], SECURITY)
            .default(default_security)
            .note("1, TLS if offered, means no TLS from version 132 on and is never written"),
        row(Setting::IncomingAuth, &[int("mail.server.{server}.authMethod")], $auth).default(password).since(LAST_TO_MIGRATE + 1),
        row(Setting::IncomingAuth, &[int("mail.server.{server}.authMethod"), flag("mail.server.{server}.useSecAuth"), flag("mail.server.{server}.auth_login")], $old_auth)
            .default(password)
            .until(LAST_TO_MIGRATE),
        row(Setting::IncomingUsername, &[text("mail.server.{server}.userName").alone(), text("mail.server.{server}.realuserName").alone().aside()], USERNAME),
        $($more,)*
        row(Setting::CheckAtStartup, &[flag("mail.server.{server}.login_at_startup").or(Tok::B(false))], Codec::Bool),
        row(Setting::CheckEveryMinutes, &[flag("mail.server.{server}.check_new_mail").alone().or(Tok::B(true)), int("mail.server.{server}.check_time").or(Tok::I(10))], Codec::FlagAndMinutes),
        row(Setting::JunkLevel, &[int("mail.server.{server}.spamLevel").or(Tok::I(100))], JUNK),
        row(Setting::JunkDeleteAfterDays, &[flag("mail.server.{server}.purgeSpam").or(Tok::B(false)), int("mail.server.{server}.purgeSpamInterval").or(Tok::I(14))], Codec::FlagAndDays),
        row(Setting::JunkSafeSenders, &[
            Cell::new("mail.trusteddomains", &[&TEXT]).alone(),
            own_filter("filter/{safe}/condition"),
            own_filter("filter/{safe}/name"),
            own_filter("filter/{safe}/enabled"),
            own_filter("filter/{safe}/type"),
            own_filter("filter/{safe}/action/0/name"),
            own_filter("filter/{safe}/action/0/value"),
            own_filter("version").aside(),
        ], SAFE_SENDERS)
            .with(&[flag("mail.server.{server}.useWhiteList").or(Tok::B(true))])
            .note("domains: for all accounts, where their white list is on; else, and addresses: the account's filter \"Safe senders (waxseal)\", if it has one"),
    ] };
}

#[rustfmt::skip]
const POP3: &[Row] = incoming![AUTH, OLD_AUTH;
    row(Setting::LeaveOnServer, &[flag("mail.server.{server}.leave_on_server").or(Tok::B(false))], Codec::Bool),
    row(Setting::DeleteAfterDays, &[flag("mail.server.{server}.delete_by_age_from_server").or(Tok::B(false)), int("mail.server.{server}.num_days_to_leave_on_server").or(Tok::I(7))], Codec::FlagAndDays),
    row(Setting::DeleteWhenDeletedLocally, &[flag("mail.server.{server}.delete_mail_left_on_server").or(Tok::B(false))], Codec::Bool)
];

const IMAP: &[Row] = incoming![IMAP_AUTH, OLD_IMAP_AUTH;];

#[rustfmt::skip]
const SMTP: &[Row] = &[
    row(Setting::OutgoingHost, &[text("mail.smtpserver.{smtp}.hostname").alone()], Codec::Text),
    row(Setting::OutgoingPort, &[int("mail.smtpserver.{smtp}.port").alone()], OUTGOING_PORT)
        .with(&[int("mail.smtpserver.{smtp}.try_ssl")])
        .default(default_outgoing_port)
        .explicit()
        .note("absent: 465 inside TLS, else 587 (25 before version 102)"),
    row(Setting::OutgoingSecurity, &[int("mail.smtpserver.{smtp}.try_ssl")], SECURITY).default(default_security),
    row(Setting::OutgoingAuth, &[int("mail.smtpserver.{smtp}.authMethod")], AUTH).default(password).since(LAST_TO_MIGRATE + 1),
    row(Setting::OutgoingAuth, &[int("mail.smtpserver.{smtp}.authMethod"), flag("mail.smtpserver.{smtp}.useSecAuth"), int("mail.smtpserver.{smtp}.auth_method")], OLD_OUTGOING_AUTH)
        .default(password)
        .until(LAST_TO_MIGRATE),
    row(Setting::OutgoingUsername, &[text("mail.smtpserver.{smtp}.username").alone()], Codec::Text),
];
