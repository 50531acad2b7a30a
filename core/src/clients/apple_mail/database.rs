//! The rows of accounts in the Accounts database (reference: apple, section 2.2). What an account of a provider does not
//! hold itself stands in the settings of its provider's account; those are only read.

mod codecs;
mod graph;

use super::codecs::{WHOLE_REAL, YES_NO, default_password};
use super::era::FIRST_IN_DATABASE;
use super::rows::{CHECK_IN_PREFERENCES, JUNK_IN_PREFERENCES, NO_SAFE_SENDERS, NO_STARTUP};
use crate::client::{Sides, StoreDef};
use crate::form::Form;
use crate::formats::{accounts_db, sqlite};
use crate::lens::{BOOL, Cell, INT, NUMBER_SWITCH, ONE_ZERO, Prim, Row, TEXT, TRUE_FALSE, absent, row};
use crate::setting::Setting;
use codecs::{AUTH, HOST, JUNK_DAYS, OUTGOING_AUTH, OUTGOING_PORT, OUTGOING_SECURITY, PORT, SECURITY, USER, kept_forever};
pub(super) use graph::accounts;

pub(super) const DATABASE: &str = "database";

/// The database with its log, which its own programs would play back over what is written.
pub(super) const STORE: StoreDef = StoreDef {
    role: DATABASE,
    file: "",
    open: accounts_db::open,
    under: None,
    sides: Some(&Sides { names: sqlite::SIDES, fold: sqlite::fold, go: true }),
};

/// A number that older versions wrote as text, which Mail bears badly: a change makes it a number.
static TEXT_NUMBER: Form =
    Form { name: "a number in text", get: |raw| raw.as_text()?.parse().ok().map(Prim::Int), put: |_| None };

/// A switch as the property lists before had it, which reads the same to Mail: a change makes it one.
static TEXT_SWITCH: Form = Form {
    name: "a switch in text",
    get: |raw| [&YES_NO, &ONE_ZERO, &TRUE_FALSE].into_iter().find_map(|form| (form.get)(raw)),
    put: |_| None,
};

macro_rules! property {
    ($name:literal, $forms:expr) => {
        Cell::new(concat!("ZACCOUNTPROPERTY/{account}/", $name), $forms).of(DATABASE)
    };
    (smtp $name:literal, $forms:expr) => {
        Cell::new(concat!("ZACCOUNTPROPERTY/{smtp}/", $name), $forms).of(DATABASE)
    };
}
macro_rules! provided {
    ($name:literal, $forms:expr) => {
        Cell::new(concat!("ZDATACLASSPROPERTIES/{parent}/com.apple.Dataclass.Mail/", $name), $forms).of(DATABASE)
    };
    (smtp $name:literal, $forms:expr) => {
        Cell::new(concat!("ZDATACLASSPROPERTIES/{smtp-parent}/com.apple.Dataclass.Mail/", $name), $forms).of(DATABASE)
    };
}
const fn user(at: &'static str) -> Cell {
    Cell::new(at, &[&TEXT]).of(DATABASE)
}

const SWITCH: &[&Form] = &[&BOOL, &NUMBER_SWITCH, &TEXT_SWITCH];
const NUMBER: &[&Form] = &[&INT, &TEXT_NUMBER, &WHOLE_REAL];
const WORD: &[&Form] = &[&TEXT];

const PINNED: Cell = property!("DisableDynamicConfiguration", SWITCH).aside();
const OUTGOING_PINNED: Cell = property!(smtp "DisableDynamicConfiguration", SWITCH).aside();

const NO_RETENTION: &str = "what DeletionPolicy's numbers mean in the Accounts database is known of the iPhone's Mail only, and a wrong one deletes mail; \
     AppleScript has \"delete mail on server\"";

#[rustfmt::skip]
macro_rules! incoming {
    ($($more:expr),*) => { &[
        row(Setting::IncomingHost, &[property!("Hostname", WORD), PINNED], HOST)
            .with(&[provided!("imapHostname", WORD)]).since(FIRST_IN_DATABASE)
            .note("DisableDynamicConfiguration is set with it, so that Mail doesn't look for other settings"),
        row(Setting::IncomingPort, &[property!("PortNumber", NUMBER), PINNED], PORT)
            .with(&[property!("SSLEnabled", SWITCH), provided!("imapPort", NUMBER), provided!("imapRequiresSSL", SWITCH)]).since(FIRST_IN_DATABASE)
            .explicit()
            .note("absent: the protocol's own port, the secure one inside TLS"),
        row(Setting::IncomingSecurity, &[property!("SSLEnabled", SWITCH), property!("SSLIsDirect", SWITCH), PINNED], SECURITY)
            .with(&[property!("PortNumber", NUMBER), provided!("imapPort", NUMBER), provided!("imapRequiresSSL", SWITCH)]).since(FIRST_IN_DATABASE)
            .note("SSLIsDirect: TLS from the first byte; absent: on the secure port only"),
        row(Setting::IncomingAuth, &[property!("AuthenticationScheme", WORD)], AUTH).default(default_password).since(FIRST_IN_DATABASE)
            .note("before 10.15 only the password is written: the other names are not confirmed for those versions"),
        row(Setting::IncomingUsername, &[user("ZACCOUNT/{account}/ZUSERNAME")], USER)
            .with(&[user("ZACCOUNT/{parent}/ZUSERNAME")]).since(FIRST_IN_DATABASE),
        $($more,)*
        absent(Setting::CheckAtStartup, NO_STARTUP).since(FIRST_IN_DATABASE),
        CHECK_IN_PREFERENCES.since(FIRST_IN_DATABASE),
        JUNK_IN_PREFERENCES.since(FIRST_IN_DATABASE),
        row(Setting::JunkDeleteAfterDays, &[Cell::new("ZDATACLASSPROPERTIES/{account}/com.apple.Dataclass.Mail/NumberOfDaysToKeepJunk", NUMBER).of(DATABASE)], JUNK_DAYS)
            .default(kept_forever).since(FIRST_IN_DATABASE)
            .note("changed only where Mail has written it itself; 0 is when Mail quits"),
        absent(Setting::JunkSafeSenders, NO_SAFE_SENDERS).since(FIRST_IN_DATABASE),
    ] };
}

pub(super) const POP3: &[Row] = incoming![
    absent(Setting::LeaveOnServer, NO_RETENTION).since(FIRST_IN_DATABASE),
    absent(Setting::DeleteAfterDays, NO_RETENTION).since(FIRST_IN_DATABASE),
    absent(Setting::DeleteWhenDeletedLocally, NO_RETENTION).since(FIRST_IN_DATABASE)
];

pub(super) const IMAP: &[Row] = incoming![];

#[rustfmt::skip]
pub(super) const SMTP: &[Row] = &[
    row(Setting::OutgoingHost, &[property!(smtp "Hostname", WORD), OUTGOING_PINNED], HOST)
        .with(&[provided!(smtp "smtpHostname", WORD)]).since(FIRST_IN_DATABASE),
    row(Setting::OutgoingPort, &[property!(smtp "PortNumber", NUMBER), OUTGOING_PINNED], OUTGOING_PORT)
        .with(&[provided!(smtp "smtpPort", NUMBER)]).since(FIRST_IN_DATABASE)
        .explicit()
        .note("without a port Mail tries 25, 465 and 587"),
    row(Setting::OutgoingSecurity, &[property!(smtp "SSLEnabled", SWITCH), property!(smtp "SSLIsDirect", SWITCH), OUTGOING_PINNED], OUTGOING_SECURITY)
        .with(&[property!(smtp "PortNumber", NUMBER), provided!(smtp "smtpRequiresSSL", SWITCH)]).since(FIRST_IN_DATABASE),
    row(Setting::OutgoingAuth, &[property!(smtp "AuthenticationScheme", WORD)], OUTGOING_AUTH)
        .with(&[user("ZACCOUNT/{smtp}/ZUSERNAME"), user("ZACCOUNT/{smtp-parent}/ZUSERNAME")]).since(FIRST_IN_DATABASE)
        .note("without a scheme: the password if there is a user name; where Mail keeps that none is asked for is not known"),
    row(Setting::OutgoingUsername, &[user("ZACCOUNT/{smtp}/ZUSERNAME")], USER)
        .with(&[user("ZACCOUNT/{smtp-parent}/ZUSERNAME")]).since(FIRST_IN_DATABASE),
];
