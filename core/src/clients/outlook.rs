//! Outlook 2002 to Microsoft 365 classic (reference: windows, sections 4 to 7): accounts lie in MAPI profiles in the
//! registry, under numbers; what a version differs in is how it spells strings and which TLS switch of SMTP it knows.

mod codecs;
mod effects;
mod graph;

use super::registry::{self, REGISTRY, UNENDED, UNENDED_UTF16, number, switch};
use crate::client::{Client, Side, StoreDef};
use crate::codec::{Codec, Tok};
use crate::formats::srs;
use crate::lens::{Cell, INT, LITTLE_ENDIAN, NUMBER_SWITCH, Row, TEXT, UTF16, absent, row};
use crate::setting::Setting;
use crate::system::Sign;
use crate::value::{Auth, Level, Protocol};
use codecs::{
    DELETE_AFTER_DAYS, DELETE_WHEN_DELETED, LEAVE_ON_SERVER, OUTGOING_AUTH, OUTGOING_SECURITY, OUTGOING_USERNAME, SAFE_SENDERS,
    SECURITY,
};

/// The table.
pub(super) static OUTLOOK: Client = Client {
    name: "outlook",
    title: "Microsoft Outlook",
    versions: "2002 to Microsoft 365 classic",
    source: "Microsoft: office-developer-client-docs (account management API, MAPI properties); measured user hives of 14.0 and 16.0",
    find: |finder| registry::find(finder, graph::ROOTS),
    marks: &[],
    stores: &[REGISTRY, StoreDef { role: GROUPS, file: "{srs}", open: srs::open, under: None, sides: None }],
    accounts: graph::accounts,
    tables: &[(Side::Incoming(Protocol::Pop3), POP3), (Side::Incoming(Protocol::Imap), IMAP), (Side::Outgoing, SMTP)],
    open_follows: |_| {},
    follows: &[],
    part: None,
    running: &[Sign::Process(&["OUTLOOK.EXE"])],
    effects: effects::effects,
};

/// The send/receive settings of a profile.
const GROUPS: &str = "send-receive";

/// Up to 2013 strings are bytes in UTF-16, from 2016 on they are strings: what stands there says which.
const fn text(at: &'static str) -> Cell {
    Cell::new(at, &[&TEXT, &UTF16, &UNENDED, &UNENDED_UTF16])
        .like(&["{profile..}/9375CFF0413111d3B88A00104B2A6676/{account}/@Account Name"])
}

const SPA: Codec = Codec::Auth(&[(Tok::B(false), Auth::Password), (Tok::B(true), Auth::Ntlm)]);
const JUNK: Codec = Codec::Level(&[
    (Tok::I(0xFFFF_FFFF), Level::Off),
    (Tok::I(6), Level::Low),
    (Tok::I(3), Level::High),
    (Tok::I(0x8000_0000), Level::Exclusive),
]);

const NO_STARTUP: &str = "the send/receive groups have no switch for the start of the program";
const NO_PURGE: &str = "no version deletes junk by its age; AutoArchive does it for a folder";

#[rustfmt::skip]
macro_rules! incoming {
    ($kind:literal, $port:literal; $($more:expr),*) => { &[
        row(Setting::IncomingHost, &[text(concat!("{profile..}/9375CFF0413111d3B88A00104B2A6676/{account}/@", $kind, " Server"))], Codec::Text),
        row(Setting::IncomingPort, &[number(concat!("{profile..}/9375CFF0413111d3B88A00104B2A6676/{account}/@", $kind, " Port")).or(Tok::I($port))], Codec::Port(&[]))
            .explicit(),
        row(Setting::IncomingSecurity, &[
                switch(concat!("{profile..}/9375CFF0413111d3B88A00104B2A6676/{account}/@", $kind, " Use SSL")).or(Tok::B(false)),
                number(concat!("{profile..}/9375CFF0413111d3B88A00104B2A6676/{account}/@", $kind, " Secure Connection")).aside().never_made(),
            ], SECURITY)
            .explicit()
            .note("how STARTTLS is stored is not established: it is kept where it stands, and never written"),
        row(Setting::IncomingAuth, &[switch(concat!("{profile..}/9375CFF0413111d3B88A00104B2A6676/{account}/@", $kind, " Use SPA")).or(Tok::B(false))], SPA),
        row(Setting::IncomingUsername, &[text(concat!("{profile..}/9375CFF0413111d3B88A00104B2A6676/{account}/@", $kind, " User"))], Codec::Text),
        $($more,)*
        absent(Setting::CheckAtStartup, NO_STARTUP),
        row(Setting::CheckEveryMinutes, &[
                Cell::new("All Accounts/scheduled", &[&NUMBER_SWITCH]).of(GROUPS),
                Cell::new("All Accounts/minutes", &[&INT]).of(GROUPS),
            ], Codec::FlagAndMinutes)
            .note("in the send/receive settings (.srs), for all accounts of a profile"),
        row(Setting::JunkLevel, &[Cell::new("{profile..}/{preferences}/@0003041b", &[&LITTLE_ENDIAN]).never_made()], JUNK)
            .note("only where the account has the setting already: not every kind of account is filtered"),
        absent(Setting::JunkDeleteAfterDays, NO_PURGE),
        row(Setting::JunkSafeSenders, &[Cell::new("{profile..}/{preferences}/@001f0418", &[&UTF16, &UNENDED_UTF16]).never_made()], SAFE_SENDERS)
            .note("only where the account has a list already"),
    ] };
}

const LEAVE: &[Cell] =
    &[Cell::new("{profile..}/9375CFF0413111d3B88A00104B2A6676/{account}/@Leave on Server", &[&INT]).or(Tok::I(0))];

const POP3: &[Row] = incoming!["POP3", 110;
    row(Setting::LeaveOnServer, LEAVE, LEAVE_ON_SERVER).note("bit 0"),
    row(Setting::DeleteAfterDays, LEAVE, DELETE_AFTER_DAYS).note("bit 1, and the days in the high word"),
    row(Setting::DeleteWhenDeletedLocally, LEAVE, DELETE_WHEN_DELETED).note("bit 2")
];

const IMAP: &[Row] = incoming!["IMAP", 143;];

#[rustfmt::skip]
const SMTP: &[Row] = &[
    row(Setting::OutgoingHost, &[text("{profile..}/9375CFF0413111d3B88A00104B2A6676/{account}/@SMTP Server")], Codec::Text),
    row(Setting::OutgoingPort, &[number("{profile..}/9375CFF0413111d3B88A00104B2A6676/{account}/@SMTP Port").or(Tok::I(25))], Codec::Port(&[]))
        .explicit(),
    row(Setting::OutgoingSecurity, &[
            number("{profile..}/9375CFF0413111d3B88A00104B2A6676/{account}/@SMTP Secure Connection"),
            switch("{profile..}/9375CFF0413111d3B88A00104B2A6676/{account}/@SMTP Use SSL"),
        ], OUTGOING_SECURITY)
        .note("0 none, 1 TLS from the first byte, 2 STARTTLS, 3 whichever is offered; 2002 and 2003 have the switch alone, and no STARTTLS"),
    row(Setting::OutgoingAuth, &[
            switch("{profile..}/9375CFF0413111d3B88A00104B2A6676/{account}/@SMTP Use Auth").or(Tok::B(false)),
            number("{profile..}/9375CFF0413111d3B88A00104B2A6676/{account}/@SMTP Auth Method").aside(),
        ], OUTGOING_AUTH)
        .note("how SPA is stored for SMTP is not established, so it is never written"),
    row(Setting::OutgoingUsername, &[
            text("{profile..}/9375CFF0413111d3B88A00104B2A6676/{account}/@SMTP User"),
            number("{profile..}/9375CFF0413111d3B88A00104B2A6676/{account}/@SMTP Auth Method").aside(),
        ], OUTGOING_USERNAME)
        .with(&[text("{profile..}/9375CFF0413111d3B88A00104B2A6676/{account}/@{kind} User")])
        .note("the incoming server's, unless SMTP Auth Method is 1"),
];
