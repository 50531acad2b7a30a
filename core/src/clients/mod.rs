//! The clients: one table each. A client knows the lens and the formats; it never touches a disk, a policy or a plan
//! but through what it is handed.

mod mozilla;
mod mpop;
mod msmtp;
mod msmtprc;
mod thunderbird;

use crate::client::Client;

/// Every client, in the order in which they are looked for.
pub static CLIENTS: &[&Client] = &[&thunderbird::THUNDERBIRD, &msmtp::MSMTP, &mpop::MPOP];

/// The client of this name.
pub fn named(name: &str) -> Option<&'static Client> {
    CLIENTS.iter().copied().find(|client| client.name == name)
}
