//! Apple Mail with its accounts in a property list (reference: apple, section 1): `com.apple.mail.plist` up to 10.6,
//! `Accounts.plist` from 10.7 to 10.10. Later versions keep accounts in the system's Accounts database.

mod codecs;
mod effects;
mod graph;

use crate::client::{Client, Follow, How, Side, StoreDef};
use crate::codec::Codec;
use crate::discover::Finder;
use crate::document::{Document, Refusal};
use crate::formats::plist;
use crate::home::Os;
use crate::lens::{BOOL, Cell, DECIMAL, INT, NUMBER_SWITCH, ONE_ZERO, Row, TEXT, absent, row};
use crate::problem::{Code, Problem};
use crate::setting::Setting;
use crate::system::Sign;
use crate::value::Protocol;
use codecs::{
    AUTH, CHECK_EVERY, HOST, JUNK, OUTGOING_AUTH, OUTGOING_PORT, OUTGOING_SECURITY, PORT, SECURITY, YES_NO, default_password,
    default_port, no_login, not_secured,
};

/// The table.
pub(super) static APPLE_MAIL: Client = Client {
    name: "apple-mail",
    title: "Apple Mail",
    versions: "Mac OS X 10.0 to 10.10",
    source: "published Accounts.plist files, and the property-list readers and admin scripts that were written for them",
    find,
    marks: &[],
    stores: &[
        StoreDef { role: "accounts", file: "", open, under: None, sides: None },
        StoreDef { role: PREFERENCES, file: "", open: plist::open, under: None, sides: None },
    ],
    accounts: graph::accounts,
    tables: &[(Side::Incoming(Protocol::Pop3), POP3), (Side::Incoming(Protocol::Imap), IMAP), (Side::Outgoing, SMTP)],
    open_follows: |_| {},
    follows: &[Follow {
        name: "outgoing-link",
        token: |tokens| graph::identifier(|key| tokens.text(&format!("{}/{{smtp}}/{key}", graph::DELIVERY))),
        at: &[("accounts", "MailAccounts/*/SMTPIdentifier")],
        how: How::Whole,
        unless: &[],
        copy: None,
        unique: false,
    }],
    running: &[Sign::Process(&["Mail"])],
    effects: effects::effects,
};

/// Where the check interval and the junk filter are, where accounts have a file of their own.
const PREFERENCES: &str = "preferences";
/// The last minor version of the system whose preferences hold the accounts.
const LAST_IN_PREFERENCES: u32 = 6;
/// The first whose accounts have a file of their own.
const FIRST_OF_ITS_OWN: u32 = LAST_IN_PREFERENCES + 1;

fn open(bytes: &[u8]) -> Result<Box<dyn Document>, Refusal> {
    plist::open_with(bytes, &[(graph::MAIL, &["uniqueId", "AccountPath"]), (graph::DELIVERY, &["uniqueId"])])
}

/// A profile is the `Library` folder: preferences and accounts lie in different folders of it.
fn find(finder: &mut Finder<'_>) {
    if !finder.os(Os::Macos) {
        return;
    }
    for library in finder.folders("Library") {
        match graph::generation(finder.system, &library) {
            Some((number, name)) if number > graph::LAST_GENERATION => {
                let what =
                    format!("Mail's folder {name} is of Mac OS X 10.11 or later, which keeps accounts in the Accounts database");
                let path = library.full().join("Mail").join(&name);
                let problem = Problem::new(Code::UnsupportedClient, what).at(path);
                finder.problem(problem.hint("change the accounts by Mail's own settings or a configuration profile"));
            }
            _ if graph::store(finder.system, &library).is_some() => finder.profile(finder.home.user(), library),
            _ => {}
        }
    }
}

const fn text(at: &'static str) -> Cell {
    Cell::new(at, &[&TEXT])
}
/// Strings are what the versions of this table write; the others occur.
const fn switch(at: &'static str) -> Cell {
    Cell::new(at, &[&YES_NO, &BOOL, &NUMBER_SWITCH, &ONE_ZERO])
}
/// A switch that has been a real boolean from the start.
const fn flag(at: &'static str) -> Cell {
    Cell::new(at, &[&BOOL, &YES_NO, &NUMBER_SWITCH, &ONE_ZERO])
}
const fn port(at: &'static str) -> Cell {
    Cell::new(at, &[&DECIMAL, &INT])
}
const fn number(at: &'static str) -> Cell {
    Cell::new(at, &[&INT, &DECIMAL])
}

const NO_RETENTION: &str = "the keys are not known for these versions; Mail's own settings have it";
const NO_STARTUP: &str = "no key says so; Mail checks when it starts";
const NO_PURGE: &str = "the setting exists, but its key is not known; AppleScript has \"empty junk messages frequency\"";
const NO_SAFE_SENDERS: &str = "Mail trusts the address book and previous recipients, and has no list of its own";

#[rustfmt::skip]
macro_rules! incoming {
    ($($more:expr),*) => { &[
        row(Setting::IncomingHost, &[text("MailAccounts/{account}/Hostname"), flag("MailAccounts/{account}/ConfigureDynamically").aside()], HOST)
            .note("ConfigureDynamically is pinned to false, so that Mail doesn't look for other settings"),
        row(Setting::IncomingPort, &[port("MailAccounts/{account}/PortNumber"), flag("MailAccounts/{account}/ConfigureDynamically").aside()], PORT)
            .with(&[switch("MailAccounts/{account}/SSLEnabled")])
            .default(default_port)
            .explicit()
            .note("absent: the protocol's own port, the secure one inside TLS"),
        row(Setting::IncomingSecurity, &[switch("MailAccounts/{account}/SSLEnabled"), number("MailAccounts/{account}/SecurityLayerType"), flag("MailAccounts/{account}/ConfigureDynamically").aside()], SECURITY)
            .with(&[port("MailAccounts/{account}/PortNumber")])
            .default(not_secured)
            .note("SecurityLayerType 2 is STARTTLS, 3 TLS from the first byte; absent: TLS from the first byte on the secure port only"),
        row(Setting::IncomingAuth, &[text("MailAccounts/{account}/AuthenticationScheme")], AUTH).default(default_password)
            .note("only the password is written: the other names are not confirmed for these versions"),
        row(Setting::IncomingUsername, &[text("MailAccounts/{account}/Username")], Codec::Text),
        $($more,)*
        absent(Setting::CheckAtStartup, NO_STARTUP),
        row(Setting::CheckEveryMinutes, &[number("PollTime"), flag("AutoFetch")], CHECK_EVERY).until(LAST_IN_PREFERENCES),
        row(Setting::CheckEveryMinutes, &[number("PollTime").of(PREFERENCES), flag("AutoFetch").of(PREFERENCES)], CHECK_EVERY).since(FIRST_OF_ITS_OWN)
            .note("-1 is automatic, which no number of minutes is"),
        row(Setting::JunkLevel, &[number("JunkMailBehavior")], JUNK).until(LAST_IN_PREFERENCES),
        row(Setting::JunkLevel, &[number("JunkMailBehavior").of(PREFERENCES)], JUNK).since(FIRST_OF_ITS_OWN)
            .note("1 marks junk, 2 moves it; either is on"),
        absent(Setting::JunkDeleteAfterDays, NO_PURGE),
        absent(Setting::JunkSafeSenders, NO_SAFE_SENDERS),
    ] };
}

const POP3: &[Row] = incoming![
    absent(Setting::LeaveOnServer, NO_RETENTION),
    absent(Setting::DeleteAfterDays, NO_RETENTION),
    absent(Setting::DeleteWhenDeletedLocally, NO_RETENTION)
];

const IMAP: &[Row] = incoming![];

#[rustfmt::skip]
const SMTP: &[Row] = &[
    row(Setting::OutgoingHost, &[text("DeliveryAccounts/{smtp}/Hostname"), flag("DeliveryAccounts/{smtp}/ConfigureDynamically").aside()], HOST),
    row(Setting::OutgoingPort, &[port("DeliveryAccounts/{smtp}/PortNumber"), switch("DeliveryAccounts/{smtp}/UseDefaultPorts").aside(), flag("DeliveryAccounts/{smtp}/ConfigureDynamically").aside()], OUTGOING_PORT)
        .explicit()
        .note("with UseDefaultPorts, or without a port, Mail tries 25, 465 and 587"),
    row(Setting::OutgoingSecurity, &[switch("DeliveryAccounts/{smtp}/SSLEnabled"), number("DeliveryAccounts/{smtp}/SecurityLayerType"), flag("DeliveryAccounts/{smtp}/ConfigureDynamically").aside()], OUTGOING_SECURITY)
        .with(&[port("DeliveryAccounts/{smtp}/PortNumber"), switch("DeliveryAccounts/{smtp}/UseDefaultPorts")])
        .default(not_secured),
    row(Setting::OutgoingAuth, &[switch("DeliveryAccounts/{smtp}/ShouldUseAuthentication"), text("DeliveryAccounts/{smtp}/AuthenticationScheme").aside()], OUTGOING_AUTH)
        .default(no_login),
    row(Setting::OutgoingUsername, &[text("DeliveryAccounts/{smtp}/Username")], Codec::Text),
];
