//! The stores and rows of the Mozilla family, from Netscape 6 to today (reference: mozilla, section 4).

use super::auth::{LAST_TO_MIGRATE, OLD_AUTH, OLD_IMAP_AUTH, OLD_OUTGOING_AUTH};
use super::codecs::{
    AUTH, HOST, IMAP_AUTH, OUTGOING_PORT, PORT, SECURITY, SUITE_OUTGOING_SECURITY, SUITE_SECURITY, USERNAME,
    default_outgoing_port, default_port, password,
};
use super::safe_senders::SAFE_SENDERS;
use crate::client::{Side, Sides, StoreDef};
use crate::codec::{Codec, Tok};
use crate::formats::{filters, json, logins_db, popstate, prefs, signons, sqlite, virtual_folders};
use crate::lens::{BOOL, Cell, INT, Row, TEXT, row};
use crate::setting::Setting;
use crate::value::{Level, Protocol};

/// What a profile of this family consists of. The filters that rows reach are an account's own, those of follows all.
pub(in crate::clients) static STORES: &[StoreDef] = &[
    StoreDef { role: "prefs", file: "prefs.js", open: prefs::open, under: Some("user"), sides: None },
    StoreDef { role: "user", file: "user.js", open: prefs::open, under: None, sides: None },
    StoreDef { role: "logins", file: "logins.json", open: json::open_logins, under: None, sides: None },
    StoreDef {
        role: "logins-db",
        file: "signons.sqlite",
        open: logins_db::open,
        under: None,
        sides: Some(&Sides { names: sqlite::SIDES, fold: sqlite::fold, go: true }),
    },
    StoreDef { role: "signons", file: "", open: signons::open, under: None, sides: None },
    StoreDef { role: "virtual-folders", file: "virtualFolders.dat", open: virtual_folders::open, under: None, sides: None },
    StoreDef { role: "filters", file: "", open: filters::open, under: None, sides: None },
    StoreDef { role: "own-filters", file: "{folder}/msgFilterRules.dat", open: filters::open, under: None, sides: None },
    StoreDef { role: "popstate", file: "", open: popstate::open, under: None, sides: None },
];

pub(in crate::clients) static TABLES: &[(Side, &[Row])] =
    &[(Side::Incoming(Protocol::Pop3), POP3), (Side::Incoming(Protocol::Imap), IMAP), (Side::Outgoing, SMTP)];

/// Of the Suite and Netscape 6 and 7, which before Gecko 1.8 knew of TLS from the first byte only, and by another key.
pub(in crate::clients) static SUITE_TABLES: &[(Side, &[Row])] =
    &[(Side::Incoming(Protocol::Pop3), SUITE_POP3), (Side::Incoming(Protocol::Imap), SUITE_IMAP), (Side::Outgoing, SUITE_SMTP)];

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

/// The default of a server's `socketType`: the client asks the server's own `isSecure` first.
const SOCKET_DEFAULT: &str = "mail.server.default.socketType";

const JUNK: Codec = Codec::Level(&[(Tok::I(100), Level::On), (Tok::I(0), Level::Off)]);

const fn own_filter(at: &'static str) -> Cell {
    text(at).of("own-filters").alone()
}

#[rustfmt::skip]
macro_rules! incoming {
    ($security:expr, $auth:expr, $old_auth:expr; $($more:expr),*) => { &[
        row(Setting::IncomingHost, &[text("mail.server.{server}.hostname").alone(), int("mail.server.{server}.port").aside(), text("mail.server.{server}.realhostname").alone().aside()], HOST).explicit(),
        row(Setting::IncomingPort, &[int("mail.server.{server}.port"), text("mail.server.{server}.hostname").alone().aside()], PORT)
            .with(&[int("mail.server.{server}.socketType").alone(), flag("mail.server.{server}.isSecure").alone(), int(SOCKET_DEFAULT)])
            .default(default_port)
            .note("absent, and 1 or less: the protocol's own port; a port inside the host name wins"),
        row(Setting::IncomingSecurity, &[int("mail.server.{server}.socketType").alone(), flag("mail.server.{server}.isSecure").alone().aside()], $security)
            .with(&[int(SOCKET_DEFAULT)])
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
            own_filter("filter/Safe senders (waxseal)/condition"),
            own_filter("filter/Safe senders (waxseal)/name"),
            own_filter("filter/Safe senders (waxseal)/enabled"),
            own_filter("filter/Safe senders (waxseal)/type"),
            own_filter("filter/Safe senders (waxseal)/action/0/name"),
            own_filter("filter/Safe senders (waxseal)/action/0/value"),
            own_filter("version").aside(),
        ], SAFE_SENDERS)
            .with(&[flag("mail.server.{server}.useWhiteList").or(Tok::B(true))])
            .note("domains: for all accounts, where their white list is on; else, and addresses: the account's filter \"Safe senders (waxseal)\""),
    ] };
}

#[rustfmt::skip]
macro_rules! pop3 {
    ($security:expr) => { incoming![$security, AUTH, OLD_AUTH;
        row(Setting::LeaveOnServer, &[flag("mail.server.{server}.leave_on_server").or(Tok::B(false))], Codec::Bool),
        row(Setting::DeleteAfterDays, &[flag("mail.server.{server}.delete_by_age_from_server").or(Tok::B(false)), int("mail.server.{server}.num_days_to_leave_on_server").or(Tok::I(7))], Codec::FlagAndDays),
        row(Setting::DeleteWhenDeletedLocally, &[flag("mail.server.{server}.delete_mail_left_on_server").or(Tok::B(false))], Codec::Bool)
    ] };
}

const POP3: &[Row] = pop3![SECURITY];
const SUITE_POP3: &[Row] = pop3![SUITE_SECURITY];
const IMAP: &[Row] = incoming![SECURITY, IMAP_AUTH, OLD_IMAP_AUTH;];
const SUITE_IMAP: &[Row] = incoming![SUITE_SECURITY, IMAP_AUTH, OLD_IMAP_AUTH;];

#[rustfmt::skip]
macro_rules! smtp {
    ($security:expr) => { &[
        row(Setting::OutgoingHost, &[text("mail.smtpserver.{smtp}.hostname").alone()], Codec::Text),
        row(Setting::OutgoingPort, &[int("mail.smtpserver.{smtp}.port").alone()], OUTGOING_PORT)
            .with(&[int("mail.smtpserver.{smtp}.try_ssl")])
            .default(default_outgoing_port)
            .explicit()
            .note("absent: 465 inside TLS, else 587 (25 before version 102)"),
        row(Setting::OutgoingSecurity, &[int("mail.smtpserver.{smtp}.try_ssl")], $security),
        row(Setting::OutgoingAuth, &[int("mail.smtpserver.{smtp}.authMethod")], AUTH).default(password).since(LAST_TO_MIGRATE + 1),
        row(Setting::OutgoingAuth, &[int("mail.smtpserver.{smtp}.authMethod"), flag("mail.smtpserver.{smtp}.useSecAuth"), int("mail.smtpserver.{smtp}.auth_method")], OLD_OUTGOING_AUTH)
            .default(password)
            .until(LAST_TO_MIGRATE),
        row(Setting::OutgoingUsername, &[text("mail.smtpserver.{smtp}.username").alone()], Codec::Text),
    ] };
}

const SMTP: &[Row] = smtp![SECURITY];
const SUITE_SMTP: &[Row] = smtp![SUITE_OUTGOING_SECURITY];
