//! The rows of accounts in a property list (reference: apple, section 1.3), and those of the preferences, which every version
//! has.

use super::PREFERENCES;
use super::codecs::{
    AUTH, CHECK_EVERY, HOST, JUNK, OUTGOING_AUTH, OUTGOING_PORT, OUTGOING_SECURITY, PORT, SECURITY, WHOLE_REAL, YES_NO,
    default_password, default_port, no_login, not_secured,
};
use super::era::{FIRST_OF_ITS_OWN, LAST_IN_PREFERENCES, LAST_OF_ITS_OWN};
use crate::codec::Codec;
use crate::lens::{BOOL, Cell, DECIMAL, INT, NUMBER_SWITCH, ONE_ZERO, Row, TEXT, TRUE_FALSE, absent, row};
use crate::setting::Setting;

const fn text(at: &'static str) -> Cell {
    Cell::new(at, &[&TEXT])
}
/// Strings are what the versions of this table write; the others occur. A new one is spelled as another account's is.
const fn switch(at: &'static str, like: &'static [&'static str]) -> Cell {
    Cell::new(at, &[&YES_NO, &BOOL, &NUMBER_SWITCH, &ONE_ZERO, &TRUE_FALSE]).like(like)
}
const TLS: &[&str] = &["MailAccounts/*/SSLEnabled", "DeliveryAccounts/*/SSLEnabled"];
const LOGIN: &[&str] = &["DeliveryAccounts/*/ShouldUseAuthentication"];
const PORTS: &[&str] = &["DeliveryAccounts/*/UseDefaultPorts"];
/// A switch that has been a real boolean from the start.
const fn flag(at: &'static str) -> Cell {
    Cell::new(at, &[&BOOL, &YES_NO, &NUMBER_SWITCH, &ONE_ZERO, &TRUE_FALSE])
        .like(&["MailAccounts/*/ConfigureDynamically", "DeliveryAccounts/*/ConfigureDynamically"])
}
const fn port(at: &'static str) -> Cell {
    Cell::new(at, &[&DECIMAL, &INT, &WHOLE_REAL]).like(&["MailAccounts/*/PortNumber", "DeliveryAccounts/*/PortNumber"])
}
const fn number(at: &'static str) -> Cell {
    Cell::new(at, &[&INT, &DECIMAL, &WHOLE_REAL])
}

const NO_RETENTION: &str = "up to 10.10 the keys are not known; Mail's own settings have it";
pub(super) const NO_STARTUP: &str = "no key says so; Mail checks when it starts";
const NO_PURGE: &str = "up to 10.10 the key is not known; AppleScript has \"empty junk messages frequency\"";
pub(super) const NO_SAFE_SENDERS: &str = "Mail trusts the address book and previous recipients, and has no list of its own";

/// Where the preferences are a file apart from the accounts.
#[rustfmt::skip]
pub(super) const CHECK_IN_PREFERENCES: Row =
    row(Setting::CheckEveryMinutes, &[number("PollTime").of(PREFERENCES), flag("AutoFetch").of(PREFERENCES)], CHECK_EVERY)
        .note("-1 is automatic, which no number of minutes is");
pub(super) const JUNK_IN_PREFERENCES: Row =
    row(Setting::JunkLevel, &[number("JunkMailBehavior").of(PREFERENCES)], JUNK).note("1 marks junk, 2 moves it; either is on");

#[rustfmt::skip]
macro_rules! incoming {
    ($($more:expr),*) => { &[
        row(Setting::IncomingHost, &[text("MailAccounts/{account}/Hostname"), flag("MailAccounts/{account}/ConfigureDynamically").aside()], HOST).until(LAST_OF_ITS_OWN)
            .note("ConfigureDynamically is pinned to false, so that Mail doesn't look for other settings"),
        row(Setting::IncomingPort, &[port("MailAccounts/{account}/PortNumber"), flag("MailAccounts/{account}/ConfigureDynamically").aside()], PORT).until(LAST_OF_ITS_OWN)
            .with(&[switch("MailAccounts/{account}/SSLEnabled", TLS)])
            .default(default_port)
            .explicit()
            .note("absent: the protocol's own port, the secure one inside TLS"),
        row(Setting::IncomingSecurity, &[switch("MailAccounts/{account}/SSLEnabled", TLS), number("MailAccounts/{account}/SecurityLayerType"), flag("MailAccounts/{account}/ConfigureDynamically").aside()], SECURITY).until(LAST_OF_ITS_OWN)
            .with(&[port("MailAccounts/{account}/PortNumber")])
            .default(not_secured)
            .note("SecurityLayerType 2 is STARTTLS, 3 TLS from the first byte; absent: TLS from the first byte on the secure port only"),
        row(Setting::IncomingAuth, &[text("MailAccounts/{account}/AuthenticationScheme")], AUTH).until(LAST_OF_ITS_OWN).default(default_password)
            .note("only the password is written: the other names are not confirmed for these versions"),
        row(Setting::IncomingUsername, &[text("MailAccounts/{account}/Username")], Codec::Text).until(LAST_OF_ITS_OWN),
        $($more,)*
        absent(Setting::CheckAtStartup, NO_STARTUP).until(LAST_OF_ITS_OWN),
        row(Setting::CheckEveryMinutes, &[number("PollTime"), flag("AutoFetch")], CHECK_EVERY).until(LAST_IN_PREFERENCES),
        CHECK_IN_PREFERENCES.versions(FIRST_OF_ITS_OWN, LAST_OF_ITS_OWN),
        row(Setting::JunkLevel, &[number("JunkMailBehavior")], JUNK).until(LAST_IN_PREFERENCES),
        JUNK_IN_PREFERENCES.versions(FIRST_OF_ITS_OWN, LAST_OF_ITS_OWN),
        absent(Setting::JunkDeleteAfterDays, NO_PURGE).until(LAST_OF_ITS_OWN),
        absent(Setting::JunkSafeSenders, NO_SAFE_SENDERS).until(LAST_OF_ITS_OWN),
    ] };
}

pub(super) const POP3: &[Row] = incoming![
    absent(Setting::LeaveOnServer, NO_RETENTION).until(LAST_OF_ITS_OWN),
    absent(Setting::DeleteAfterDays, NO_RETENTION).until(LAST_OF_ITS_OWN),
    absent(Setting::DeleteWhenDeletedLocally, NO_RETENTION).until(LAST_OF_ITS_OWN)
];

pub(super) const IMAP: &[Row] = incoming![];

#[rustfmt::skip]
pub(super) const SMTP: &[Row] = &[
    row(Setting::OutgoingHost, &[text("DeliveryAccounts/{smtp}/Hostname"), flag("DeliveryAccounts/{smtp}/ConfigureDynamically").aside()], HOST).until(LAST_OF_ITS_OWN),
    row(Setting::OutgoingPort, &[port("DeliveryAccounts/{smtp}/PortNumber"), switch("DeliveryAccounts/{smtp}/UseDefaultPorts", PORTS).aside(), flag("DeliveryAccounts/{smtp}/ConfigureDynamically").aside()], OUTGOING_PORT).until(LAST_OF_ITS_OWN)
        .explicit()
        .note("with UseDefaultPorts, or without a port, Mail tries 25, 465 and 587"),
    row(Setting::OutgoingSecurity, &[switch("DeliveryAccounts/{smtp}/SSLEnabled", TLS), number("DeliveryAccounts/{smtp}/SecurityLayerType"), flag("DeliveryAccounts/{smtp}/ConfigureDynamically").aside()], OUTGOING_SECURITY).until(LAST_OF_ITS_OWN)
        .with(&[port("DeliveryAccounts/{smtp}/PortNumber"), switch("DeliveryAccounts/{smtp}/UseDefaultPorts", PORTS)])
        .default(not_secured),
    row(Setting::OutgoingAuth, &[switch("DeliveryAccounts/{smtp}/ShouldUseAuthentication", LOGIN), text("DeliveryAccounts/{smtp}/AuthenticationScheme").aside()], OUTGOING_AUTH).until(LAST_OF_ITS_OWN)
        .default(no_login),
    row(Setting::OutgoingUsername, &[text("DeliveryAccounts/{smtp}/Username")], Codec::Text).until(LAST_OF_ITS_OWN),
];
