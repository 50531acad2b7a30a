//! Accounts as read: the model that every client is read into, each value with where it stands. Knows no format.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::problem::Problem;
use crate::setting::{Setting, Side};
use crate::value::{Auth, Protocol, Security, Value};

/// One incoming server, the identities that use it, and the outgoing server of the default identity. A fetcher's has
/// only the first; a sender's only the last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The client's own key, else its section's name.
    pub id: String,
    /// What the user calls it.
    pub name: String,
    /// The addresses of its identities, the default one first.
    pub emails: Vec<String>,
    /// The store that it is listed in.
    pub store: PathBuf,
    /// What is set, each in effect; a setting without value is not there.
    pub settings: BTreeMap<Setting, Value>,
    /// Which of them stand in no store: the client's default.
    pub defaults: BTreeSet<Setting>,
    /// What the client can't hold, and why.
    pub unsupported: BTreeMap<Setting, &'static str>,
    /// The newest TLS that the client speaks, by the setting of security that it is about, where that is an old one.
    pub ceilings: BTreeMap<Setting, &'static str>,
}

/// What reading a profile gives.
#[derive(Debug, Default)]
pub struct Reading {
    /// Its accounts, in the client's order.
    pub accounts: Vec<Account>,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

/// One server of an account, its settings by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server<'a> {
    /// Host name or address.
    pub host: Option<&'a str>,
    /// TCP port.
    pub port: Option<u16>,
    /// Protection of the connection.
    pub security: Option<Security>,
    /// Authentication.
    pub auth: Option<&'a Auth>,
    /// User name.
    pub username: Option<&'a str>,
}

impl Account {
    /// The default identity's address.
    pub fn email(&self) -> Option<&str> {
        self.emails.first().map(String::as_str)
    }

    /// How mail is fetched; `None` for a sender.
    pub fn protocol(&self) -> Option<Protocol> {
        match self.settings.get(&Setting::IncomingProtocol) {
            Some(Value::Protocol(protocol)) => Some(*protocol),
            _ => None,
        }
    }

    /// The incoming server.
    pub fn incoming(&self) -> Option<Server<'_>> {
        self.server([
            Setting::IncomingHost,
            Setting::IncomingPort,
            Setting::IncomingSecurity,
            Setting::IncomingAuth,
            Setting::IncomingUsername,
        ])
    }

    /// The outgoing server.
    pub fn outgoing(&self) -> Option<Server<'_>> {
        self.server([
            Setting::OutgoingHost,
            Setting::OutgoingPort,
            Setting::OutgoingSecurity,
            Setting::OutgoingAuth,
            Setting::OutgoingUsername,
        ])
    }

    fn server(&self, [host, port, security, auth, username]: [Setting; 5]) -> Option<Server<'_>> {
        let text = |setting| match self.settings.get(&setting) {
            Some(Value::Text(text)) => Some(text.as_str()),
            _ => None,
        };
        self.settings
            .keys()
            .any(|known| known.side() == host.side() && host.side() != Side::Mailbox && !known.is_read_only())
            .then(|| Server {
                host: text(host),
                port: match self.settings.get(&port) {
                    Some(Value::Port(port)) => Some(*port),
                    _ => None,
                },
                security: match self.settings.get(&security) {
                    Some(Value::Security(security)) => Some(*security),
                    _ => None,
                },
                auth: match self.settings.get(&auth) {
                    Some(Value::Auth(auth)) => Some(auth),
                    _ => None,
                },
                username: text(username),
            })
    }
}
