//! The settings: one const table of names, kinds, doc lines and examples. The command line, policies, JSON, docs and
//! bindings are generated from it. Knows no client.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::value::Protocol;

/// One field of the model, with a dotted name such as `incoming.port`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "SETTINGS holds the doc line of each")]
pub enum Setting {
    IncomingProtocol,
    IncomingHost,
    IncomingPort,
    IncomingSecurity,
    IncomingAuth,
    IncomingUsername,
    OutgoingHost,
    OutgoingPort,
    OutgoingSecurity,
    OutgoingAuth,
    OutgoingUsername,
    LeaveOnServer,
    DeleteAfterDays,
    DeleteWhenDeletedLocally,
    CheckAtStartup,
    CheckEveryMinutes,
    JunkLevel,
    JunkDeleteAfterDays,
    JunkSafeSenders,
}

/// What a setting's value looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "named after the variants of Value")]
pub enum Kind {
    Protocol,
    Host,
    Text,
    Port,
    Security,
    Auth,
    Bool,
    Days,
    Minutes,
    Level,
    Senders,
}

/// Which server of an account a setting belongs to; a server moves whole or not at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// Host, port, security, auth and user name of the POP3 or IMAP server.
    Incoming,
    /// The same of the submission server.
    Outgoing,
    /// Neither: retention, checking, junk.
    Mailbox,
}

/// A line of the table of settings.
#[derive(Debug)]
pub struct Info {
    /// Which setting.
    pub setting: Setting,
    /// Its dotted name.
    pub name: &'static str,
    /// What its value looks like.
    pub kind: Kind,
    /// One sentence about it.
    pub doc: &'static str,
    /// A value as one would type it.
    pub example: &'static str,
}

const fn info(setting: Setting, name: &'static str, kind: Kind, doc: &'static str, example: &'static str) -> Info {
    Info { setting, name, kind, doc, example }
}

/// Every setting, in the order in which people read them.
#[rustfmt::skip]
pub const SETTINGS: &[Info] = &[
    info(Setting::IncomingProtocol, "incoming.protocol", Kind::Protocol, "How mail is fetched; read only.", "imap"),
    info(Setting::IncomingHost, "incoming.host", Kind::Host, "The server that mail is fetched from.", "imap.example.com"),
    info(Setting::IncomingPort, "incoming.port", Kind::Port, "Its TCP port.", "993"),
    info(Setting::IncomingSecurity, "incoming.security", Kind::Security, "How the connection to it is protected.", "implicit-tls"),
    info(Setting::IncomingAuth, "incoming.auth", Kind::Auth, "How the client proves to it who it is.", "password"),
    info(Setting::IncomingUsername, "incoming.username", Kind::Text, "The user name at it.", "alice@example.com"),
    info(Setting::OutgoingHost, "outgoing.host", Kind::Host, "The server that mail is sent through.", "smtp.example.com"),
    info(Setting::OutgoingPort, "outgoing.port", Kind::Port, "Its TCP port; in a rule also a list, tried in order.", "465"),
    info(Setting::OutgoingSecurity, "outgoing.security", Kind::Security, "How the connection to it is protected.", "implicit-tls"),
    info(Setting::OutgoingAuth, "outgoing.auth", Kind::Auth, "How the client proves to it who it is; none means that no login is asked for.", "password"),
    info(Setting::OutgoingUsername, "outgoing.username", Kind::Text, "The user name at it.", "alice@example.com"),
    info(Setting::LeaveOnServer, "retention.leave_on_server", Kind::Bool, "Whether fetched mail stays on the POP3 server.", "true"),
    info(Setting::DeleteAfterDays, "retention.delete_after_days", Kind::Days, "After how many days the client deletes mail that it left on the POP3 server.", "14"),
    info(Setting::DeleteWhenDeletedLocally, "retention.delete_when_deleted_locally", Kind::Bool, "Whether mail deleted here is deleted on the POP3 server too.", "true"),
    info(Setting::CheckAtStartup, "check.at_startup", Kind::Bool, "Whether the client fetches mail when it starts.", "true"),
    info(Setting::CheckEveryMinutes, "check.every_minutes", Kind::Minutes, "How often the client looks for new mail.", "10"),
    info(Setting::JunkLevel, "junk.level", Kind::Level, "How eagerly the client sorts mail out as junk.", "on"),
    info(Setting::JunkDeleteAfterDays, "junk.delete_after_days", Kind::Days, "After how many days junk is deleted.", "30"),
    info(Setting::JunkSafeSenders, "junk.safe_senders", Kind::Senders, "Addresses and @domains whose mail is never junk; added to the user's own, never removed.", "@example.com"),
];

impl Setting {
    /// The setting's line of the table.
    pub fn info(self) -> &'static Info {
        &SETTINGS[self as usize]
    }

    /// The dotted name.
    pub fn name(self) -> &'static str {
        self.info().name
    }

    /// The kind of its values.
    pub fn kind(self) -> Kind {
        self.info().kind
    }

    /// Finds a setting by its dotted name.
    pub fn named(name: &str) -> Option<Setting> {
        SETTINGS.iter().find(|info| info.name == name).map(|info| info.setting)
    }

    /// Which server it belongs to.
    pub fn side(self) -> Side {
        match self.name() {
            name if name.starts_with("incoming.") => Side::Incoming,
            name if name.starts_with("outgoing.") => Side::Outgoing,
            _ => Side::Mailbox,
        }
    }

    /// Whether accounts of this protocol have the setting at all: retention is POP3's alone.
    pub fn applies_to(self, protocol: Protocol) -> bool {
        protocol == Protocol::Pop3 || !self.name().starts_with("retention.")
    }

    /// Whether a rule may set it.
    pub fn is_read_only(self) -> bool {
        self == Setting::IncomingProtocol
    }

    /// Whether it is one of host, port, security and auth: the bundle that moves whole.
    pub fn is_bundled(self) -> bool {
        self.side() != Side::Mailbox
            && !matches!(self, Setting::IncomingUsername | Setting::OutgoingUsername | Setting::IncomingProtocol)
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Setting {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Setting {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Setting, D::Error> {
        let name = std::borrow::Cow::<str>::deserialize(from)?;
        Setting::named(&name).ok_or_else(|| serde::de::Error::custom(format!("no setting is named {name}")))
    }
}

#[cfg(test)]
mod tests {
    use super::SETTINGS;
    use crate::value::Value;

    #[test]
    fn the_table_is_in_the_order_of_the_enum_and_its_examples_are_values() {
        for (at, info) in SETTINGS.iter().enumerate() {
            assert_eq!(info.setting as usize, at, "{}", info.name);
            assert!(Value::parse(info.kind, info.example).is_ok(), "{}", info.name);
            assert!(info.doc.ends_with('.'), "{}", info.name);
        }
    }
}
