//! The clients: one table each. A client knows the lens and the formats; it never touches a disk, a policy or a plan
//! but through what it is handed.

mod apple_mail;
mod claws;
mod evolution;
mod mozilla;
mod mozilla_suite;
mod mpop;
mod msmtp;
mod msmtprc;
mod netscape;
mod outlook;
mod outlook_express;
mod registry;
mod seamonkey;
mod sylpheed;
mod sylpheed_kin;
mod thunderbird;

use crate::client::Client;
pub(crate) use registry::REGISTRY;

/// Every client, in the order in which they are looked for.
pub static CLIENTS: &[&Client] = &[
    &thunderbird::THUNDERBIRD,
    &seamonkey::SEAMONKEY,
    &mozilla_suite::MOZILLA_SUITE,
    &netscape::NETSCAPE,
    &claws::CLAWS,
    &sylpheed::SYLPHEED,
    &msmtp::MSMTP,
    &mpop::MPOP,
    &evolution::EVOLUTION,
    &apple_mail::APPLE_MAIL,
    &outlook::OUTLOOK,
    &outlook_express::OUTLOOK_EXPRESS,
];

/// The client of this name.
pub fn named(name: &str) -> Option<&'static Client> {
    CLIENTS.iter().copied().find(|client| client.name == name)
}
