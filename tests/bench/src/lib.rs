//! What the programs of the benchmark share: where a generated home has its stores, and the switch that every runner does.

use std::path::{Path, PathBuf};

/// The server that the generated accounts have.
pub const OLD: &str = "imap.old.example";
/// The server that they move to; as long a name, so that nobody gains by it.
pub const NEW: &str = "imap.new.example";
/// The profile's folder below a home.
pub const PROFILE: &str = ".thunderbird/abcd1234.default-esr";
/// The preferences, below the profile.
pub const PREFS: &str = "prefs.js";
/// The account's filters, below the profile.
pub const FILTERS: &str = "ImapMail/imap.old.example/msgFilterRules.dat";
/// The stores that a switch changes, below the profile.
pub const STORES: [&str; 3] = [PREFS, "logins.json", FILTERS];

/// The homes below a folder, sorted.
pub fn homes(below: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(below).expect("the folder of the homes");
    let mut homes: Vec<PathBuf> = entries.map(|entry| entry.expect("a home").path()).collect();
    homes.sort();
    homes
}

/// The bytes with every occurrence of a text replaced.
pub fn replaced(bytes: &[u8], old: &str, new: &str) -> Vec<u8> {
    String::from_utf8_lossy(bytes).replace(old, new).into_bytes()
}
