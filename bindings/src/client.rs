//! The clients.

use waxseal::clients::CLIENTS;

/// A mail program whose stores are understood.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Client {
    /// Its name, as accounts, policies and the command line have it: `thunderbird`.
    pub name: String,
    /// Its name for people: `Thunderbird`.
    pub title: String,
    /// Which versions.
    pub versions: String,
}

/// Every client whose stores are understood.
#[uniffi::export]
pub fn clients() -> Vec<Client> {
    let client = |client: &&waxseal::client::Client| Client {
        name: client.name.to_owned(),
        title: client.title.to_owned(),
        versions: client.versions.to_owned(),
    };
    CLIENTS.iter().map(client).collect()
}
