//! Accounts as read.

use std::collections::HashMap;

use waxseal::account as core;
use waxseal::discover::Profile;

use crate::{Auth, MailProtocol, Problem, Security, Setting, Value, text};

/// One incoming server, the identities that use it, and the outgoing server of the default identity. A fetcher's account
/// has only the first; a sender's only the last.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Account {
    /// The home it is in.
    pub home: String,
    /// The client's name: `thunderbird`.
    pub client: String,
    /// The profile's folder.
    pub profile: String,
    /// The client's own key, else its section's name.
    pub id: String,
    /// What the user calls it.
    pub name: String,
    /// The addresses of its identities, the default one first.
    pub emails: Vec<String>,
    /// The store that it is listed in.
    pub store: String,
    /// How mail is fetched; none for a sender.
    pub protocol: Option<MailProtocol>,
    /// The server that mail is fetched from.
    pub incoming: Option<Server>,
    /// The server that mail is sent through.
    pub outgoing: Option<Server>,
    /// The protection of its worst server; none where that can't be read.
    pub grade: Option<Security>,
    /// Everything that is set, each in effect; a setting without value is not there.
    pub settings: HashMap<Setting, Value>,
    /// Which of them stand in no store: the client's default.
    pub defaults: Vec<Setting>,
    /// What the client can't hold, and why.
    pub unsupported: HashMap<Setting, String>,
}

/// One server of an account.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Server {
    /// Host name or address.
    pub host: Option<String>,
    /// TCP port.
    pub port: Option<u16>,
    /// Protection of the connection.
    pub security: Option<Security>,
    /// How the client proves who it is.
    pub auth: Option<Auth>,
    /// User name.
    pub username: Option<String>,
}

/// The accounts found, and what could not be read.
#[derive(Debug, Clone, Default, PartialEq, Eq, uniffi::Record)]
pub struct Listing {
    /// Home by home, in the client's order.
    pub accounts: Vec<Account>,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

impl Account {
    pub(crate) fn of(profile: &Profile, account: &core::Account) -> Account {
        Account {
            home: text(&profile.home.path),
            client: profile.client.clone(),
            profile: profile.folder.to_string(),
            id: account.id.clone(),
            name: account.name.clone(),
            emails: account.emails.clone(),
            store: text(&account.store),
            protocol: account.protocol().map(Into::into),
            incoming: account.incoming().map(Into::into),
            outgoing: account.outgoing().map(Into::into),
            grade: waxseal::audit::grade(account).map(Into::into),
            settings: account.settings.iter().map(|(setting, value)| ((*setting).into(), value.clone().into())).collect(),
            defaults: account.defaults.iter().map(|setting| (*setting).into()).collect(),
            unsupported: account.unsupported.iter().map(|(setting, why)| ((*setting).into(), (*why).to_owned())).collect(),
        }
    }
}

impl From<core::Server<'_>> for Server {
    fn from(server: core::Server<'_>) -> Server {
        Server {
            host: server.host.map(str::to_owned),
            port: server.port,
            security: server.security.map(Into::into),
            auth: server.auth.cloned().map(Into::into),
            username: server.username.map(str::to_owned),
        }
    }
}
