//! Proving a server before an account is moved to it. The library's engine only knows this trait; who proves, and how,
//! is somebody else's.

use crate::value::Security;

/// A server as it would be spoken to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target<'a> {
    /// `pop3`, `imap` or `smtp`.
    pub protocol: &'a str,
    /// Host name or address.
    pub host: &'a str,
    /// TCP port.
    pub port: u16,
    /// Protection of the connection.
    pub security: Security,
}

/// Proves servers.
pub trait Prober: Sync {
    /// Whether the server answers as this target says.
    ///
    /// # Errors
    /// Why it doesn't, in words.
    fn prove(&self, target: &Target<'_>) -> Result<(), String>;
}

/// Takes every server for proven: for policies that say `probe = "off"`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unproven;

impl Prober for Unproven {
    fn prove(&self, _: &Target<'_>) -> Result<(), String> {
        Ok(())
    }
}
