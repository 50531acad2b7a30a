//! Thunderbird, and Icedove and Betterbird, which share its folders (reference: mozilla, sections 1 to 7).

use super::mozilla::table::{STORES, TABLES};
use super::mozilla::{LOCK, effects, follows, graph, part, profiles};
use crate::client::Client;
use crate::discover::Finder;
use crate::home::Os;

/// The table.
pub(super) static THUNDERBIRD: Client = Client {
    name: "thunderbird",
    title: "Thunderbird",
    versions: "1.0 to today; Icedove, Betterbird",
    source: "comm-central: mailnews/base/src/nsMsgIncomingServer.cpp, mailnews/mailnews.js, MailNewsTypes2.idl",
    find,
    marks: &["prefs.js"],
    stores: STORES,
    accounts: graph::accounts,
    tables: TABLES,
    open_follows: follows::open,
    follows: follows::FOLLOWS,
    part: Some(part::PART),
    running: &[LOCK],
    effects: effects::effects,
};

/// deb, rpm and tarball, snaps and flatpaks by their own homes; on Windows also packages of its store, and on the disk of a Windows 9x the system's folder. A link between
/// two of them is one profile.
const ROOTS: &[(Os, &str)] = &[
    (Os::Linux, ".thunderbird"),
    (Os::Linux, ".icedove"),
    (Os::Linux, ".mozilla-thunderbird"),
    (Os::Linux, "snap/*/common/.thunderbird"),
    (Os::Linux, ".var/app/*/.thunderbird"),
    (Os::Macos, "Library/Thunderbird"),
    (Os::Windows, "AppData/Roaming/Thunderbird"),
    (Os::Windows, "AppData/Local/Packages/MozillaThunderbird*/LocalCache/Roaming/Thunderbird"),
    (Os::Windows, "Application Data/Thunderbird"),
    (Os::Windows, "Win*/Application Data/Thunderbird"),
    (Os::Windows, "Win*/Profiles/*/Application Data/Thunderbird"),
];

fn find(finder: &mut Finder<'_>) {
    profiles::find_below(finder, ROOTS);
}
