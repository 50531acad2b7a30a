//! SeaMonkey 2, which keeps its mail accounts as Thunderbird of the same Gecko does, and still goes by `realhostname`
//! (reference: mozilla, sections 1.1 and 5.6).

use super::mozilla::table::{STORES, TABLES};
use super::mozilla::{LOCK, effects, follows, graph, part, profiles};
use crate::client::Client;
use crate::discover::Finder;
use crate::home::Os;

/// The table.
pub(super) static SEAMONKEY: Client = Client {
    name: "seamonkey",
    title: "SeaMonkey",
    versions: "2.0 to 2.53",
    source: "comm-central: suite/confvars.sh, mailnews/base/src/nsMsgIncomingServer.cpp, mailnews/mailnews.js",
    find,
    marks: &[],
    stores: STORES,
    accounts: graph::accounts_of_seamonkey,
    tables: TABLES,
    open_follows: follows::open,
    follows: follows::FOLLOWS,
    part: Some(part::PART),
    running: &[LOCK],
    effects: effects::effects,
};

const ROOTS: &[(Os, &str)] = &[
    (Os::Linux, ".mozilla/seamonkey"),
    (Os::Macos, "Library/Application Support/SeaMonkey"),
    (Os::Windows, "AppData/Roaming/Mozilla/SeaMonkey"),
    (Os::Windows, "Application Data/Mozilla/SeaMonkey"),
];

fn find(finder: &mut Finder<'_>) {
    profiles::find_below(finder, ROOTS);
}
