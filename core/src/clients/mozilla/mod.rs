//! What the Mozilla family shares: how profiles are listed, how accounts hang together, and what follows a server's
//! name. Each member's own table says the rest.

pub(super) mod auth;
pub(super) mod codecs;
pub(super) mod effects;
pub(super) mod exceptions;
pub(super) mod follows;
pub(super) mod graph;
pub(super) mod layers;
pub(super) mod part;
pub(super) mod profiles;
pub(super) mod registry;
pub(super) mod safe_senders;
pub(super) mod table;

use crate::system::Sign;

/// What shows that a client of the family runs.
pub(super) const LOCK: Sign = Sign::LockFile(if cfg!(windows) { "parent.lock" } else { ".parentlock" });

/// Splits a list of keys the way the clients do: at commas, blanks trimmed, repeats and empty ones skipped.
fn list(text: &str) -> Vec<String> {
    let mut keys = Vec::new();
    for key in text.split(',').map(str::trim).filter(|key| !key.is_empty()) {
        if !keys.iter().any(|known| known == key) {
            keys.push(key.to_owned());
        }
    }
    keys
}
