//! The Mozilla Suite, Netscape 6 and 7 and SeaMonkey 1, which share folders and a binary list of profiles (reference:
//! mozilla, sections 1.1, 4 and 8.3).

use super::mozilla::table::{STORES, SUITE_TABLES};
use super::mozilla::{LOCK, effects, follows, graph, part, registry};
use crate::client::Client;
use crate::discover::Finder;
use crate::home::Os;

/// The table.
pub(super) static MOZILLA_SUITE: Client = Client {
    name: "mozilla",
    title: "Mozilla Suite",
    versions: "0.9 to 1.8; Netscape 6 and 7; SeaMonkey 1",
    source: "RetroZilla: mailnews/base/src/nsMsgIncomingServer.cpp, xpcom/io/nsAppFileLocationProvider.cpp, profile/src/nsProfileAccess.cpp",
    find,
    marks: &[],
    stores: STORES,
    accounts: graph::accounts_of_suite,
    tables: SUITE_TABLES,
    open_follows: follows::open,
    follows: follows::FOLLOWS,
    part: Some(part::PART),
    running: &[LOCK],
    effects: effects::effects,
};

const REGISTRIES: &[(Os, &str)] = &[
    (Os::Linux, ".mozilla/appreg"),
    (Os::Windows, "AppData/Roaming/Mozilla/registry.dat"),
    (Os::Windows, "Application Data/Mozilla/registry.dat"),
    (Os::Windows, "Win*/Application Data/Mozilla/registry.dat"),
    (Os::Windows, "Win*/Mozilla/registry.dat"),
    (Os::Macos, "Library/Mozilla/Application Registry"),
    (Os::Macos, "Documents/Mozilla/Application Registry"),
];

/// Where profiles are by default, each in a folder of an unforeseeable name below its own.
const FOLDERS: &[(Os, &str)] = &[
    (Os::Linux, ".mozilla/*/*.slt"),
    (Os::Windows, "AppData/Roaming/Mozilla/Profiles/*/*.slt"),
    (Os::Windows, "Application Data/Mozilla/Profiles/*/*.slt"),
    (Os::Windows, "Win*/Application Data/Mozilla/Profiles/*/*.slt"),
    (Os::Windows, "Win*/Mozilla/Profiles/*/*.slt"),
    (Os::Macos, "Library/Mozilla/Profiles/*/*.slt"),
    (Os::Macos, "Documents/Mozilla/Profiles/*/*.slt"),
];

fn find(finder: &mut Finder<'_>) {
    for (os, pattern) in REGISTRIES {
        for path in if finder.os(*os) { finder.folders(pattern) } else { Vec::new() } {
            registry::find(finder, &path, &registry::PROFILES, "prefs.js");
        }
    }
    for (os, pattern) in FOLDERS {
        for folder in if finder.os(*os) { finder.folders(pattern) } else { Vec::new() } {
            if finder.holds(&folder, "prefs.js") {
                finder.profile(folder.parent().name(), folder);
            }
        }
    }
}
