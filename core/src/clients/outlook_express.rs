//! Outlook Express 5, 5.5 and 6 (reference: windows, section 2): accounts lie in the registry under each identity, those of
//! the main one at times where version 4 had them.

mod codecs;
mod effects;
mod graph;

use super::registry::{self, REGISTRY, number, string as text, switch};
use crate::client::{Client, Side};
use crate::codec::{Codec, Tok};
use crate::lens::{Row, absent, row};
use crate::setting::Setting;
use crate::system::Sign;
use crate::value::{Auth, Protocol, Security};
use codecs::{INTERVAL, OUTGOING_AUTH, OUTGOING_SECURITY, OUTGOING_USERNAME};

/// The table.
pub(super) static OUTLOOK_EXPRESS: Client = Client {
    name: "outlook-express",
    title: "Outlook Express",
    versions: "5, 5.5 and 6",
    source: "Microsoft: New Handling for Account Data, SMTPAUTHTYPE; comm-central: mailnews/import/oexpress/nsOESettings.cpp",
    find: |finder| registry::find(finder, graph::ROOTS),
    marks: &[],
    stores: &[REGISTRY],
    accounts: graph::accounts,
    tables: &[(Side::Incoming(Protocol::Pop3), POP3), (Side::Incoming(Protocol::Imap), IMAP), (Side::Outgoing, SMTP)],
    open_follows: |_| {},
    follows: &[],
    part: None,
    running: &[Sign::Process(&["msimn.exe"])],
    effects: effects::effects,
};

const TLS: Codec = Codec::Security(&[(Tok::B(false), Security::Cleartext), (Tok::B(true), Security::ImplicitTls)]);
const SPA: Codec = Codec::Auth(&[(Tok::B(false), Auth::Password), (Tok::B(true), Auth::Ntlm)]);

/// What it speaks on every Windows that it runs on.
const NEWEST: &str = "TLS 1.0";
const NO_STARTUP: &str = "the switch exists, but no source names the key that holds it";
const NO_JUNK: &str = "Outlook Express has no junk filter; its rules and blocked senders are an undocumented binary form";

#[rustfmt::skip]
macro_rules! incoming {
    ($kind:literal, $port:literal, $near:expr; $($more:expr),*) => { &[
        row(Setting::IncomingHost, &[text(concat!("{accounts..}/{account}/@", $kind, " Server"))], Codec::Text),
        row(Setting::IncomingPort, &[number(concat!("{accounts..}/{account}/@", $kind, " Port")).or(Tok::I($port))], Codec::Port(&[])).explicit(),
        row(Setting::IncomingSecurity, &[switch(concat!("{accounts..}/{account}/@", $kind, " Secure Connection")).or(Tok::B(false))], TLS)
            .explicit()
            .note("TLS from the first byte only, and no newer than TLS 1.0")
            .no_newer_than(NEWEST),
        row(Setting::IncomingAuth, &[switch(concat!("{accounts..}/{account}/@", $kind, " Use Sicily")).or(Tok::B(false))], SPA),
        row(Setting::IncomingUsername, &[text(concat!("{accounts..}/{account}/@", $kind, " User Name"))], Codec::Text),
        $($more,)*
        absent(Setting::CheckAtStartup, NO_STARTUP),
        row(Setting::CheckEveryMinutes, &[number("{options..}/Mail/@Poll For Mail")], INTERVAL)
            .with($near)
            .note("in milliseconds; one interval for all accounts of an identity"),
        absent(Setting::JunkLevel, NO_JUNK),
        absent(Setting::JunkDeleteAfterDays, NO_JUNK),
        absent(Setting::JunkSafeSenders, NO_JUNK),
    ] };
}

#[rustfmt::skip]
const POP3: &[Row] = incoming!["POP3", 110, &[switch("{accounts..}/{account}/@POP3 Skip Account").or(Tok::B(false))];
    row(Setting::LeaveOnServer, &[switch("{accounts..}/{account}/@Leave Mail On Server").or(Tok::B(false))], Codec::Bool),
    row(Setting::DeleteAfterDays, &[switch("{accounts..}/{account}/@Remove When Expired").or(Tok::B(false)), number("{accounts..}/{account}/@Expire Days")], Codec::FlagAndDays),
    row(Setting::DeleteWhenDeletedLocally, &[switch("{accounts..}/{account}/@Remove When Deleted").or(Tok::B(false))], Codec::Bool)
];

const IMAP: &[Row] = incoming!["IMAP", 143, &[];];

#[rustfmt::skip]
const SMTP: &[Row] = &[
    row(Setting::OutgoingHost, &[text("{accounts..}/{account}/@SMTP Server")], Codec::Text),
    row(Setting::OutgoingPort, &[number("{accounts..}/{account}/@SMTP Port").or(Tok::I(25))], Codec::Port(&[])).explicit(),
    row(Setting::OutgoingSecurity, &[switch("{accounts..}/{account}/@SMTP Secure Connection").or(Tok::B(false))], OUTGOING_SECURITY)
        .with(&[number("{accounts..}/{account}/@SMTP Port").or(Tok::I(25))])
        .explicit()
        .note("TLS from the first byte on port 465, STARTTLS on any other (Windows XP SP3, or the update KB933612)")
        .no_newer_than(NEWEST),
    row(Setting::OutgoingAuth, &[number("{accounts..}/{account}/@SMTP Use Sicily").or(Tok::I(0))], OUTGOING_AUTH)
        .note("0 none, 1 SPA, 2 as the incoming server, 3 a user of its own"),
    row(Setting::OutgoingUsername, &[text("{accounts..}/{account}/@SMTP User Name"), number("{accounts..}/{account}/@SMTP Use Sicily").or(Tok::I(0)).aside()], OUTGOING_USERNAME)
        .with(&[text("{accounts..}/{account}/@{kind} User Name")])
        .note("the incoming server's, unless SMTP Use Sicily is 1 or 3"),
];
