//! The profile registries of Netscape 4 to 7 and the Mozilla Suite, and Netscape 4's list in the registry of Windows. Read only.

use crate::discover::Finder;
use crate::document::Raw;
use crate::formats::nsreg::Registry;
use crate::formats::{hive, registry};
use crate::home::StorePath;
use crate::problem::{Code, Problem};
use crate::uri::decode;

/// Where such a registry lists profiles, and which entry of each says where it is.
pub(in crate::clients) struct List {
    pub(in crate::clients) keys: &'static [&'static str],
    pub(in crate::clients) folder: &'static str,
}

/// Of Netscape 4.
pub(in crate::clients) const USERS: List = List { keys: &["Users"], folder: "ProfileLocation" };
/// Of Netscape 6 and 7 and the Suite.
pub(in crate::clients) const PROFILES: List = List { keys: &["Common", "Profiles"], folder: "directory" };

/// Finds the profiles that a registry lists; those that have such a file.
pub(in crate::clients) fn find(finder: &mut Finder<'_>, registry: &StorePath, list: &List, prefs: &str) {
    let Some(bytes) = finder.read(registry) else { return };
    let listed: Vec<(String, String)> = match Registry::open(&bytes) {
        Ok(registry) => {
            let folder = |name: &String| {
                let keys: Vec<&str> = list.keys.iter().copied().chain([name.as_str()]).collect();
                registry.text(&keys, list.folder)
            };
            registry.keys(list.keys).into_iter().filter_map(|name| Some((decode(&name).into_owned(), folder(&name)?))).collect()
        }
        Err(refusal) => {
            finder.problem(Problem::new(Code::Malformed, refusal.message).at(registry.full()));
            return;
        }
    };
    for (name, path) in listed {
        // What is no path is a Mac's alias; such profiles are found by their place.
        let Some(folder) = path.contains(['/', '\\']).then(|| finder.absolute(&path)).flatten() else { continue };
        if finder.holds(&folder, prefs) {
            finder.profile(name, folder);
        }
    }
}

/// Where Netscape 4 lists its profiles in the system's registry, also as a program of 32 bits sees it.
const LISTS: [&str; 2] = ["Netscape/Netscape Navigator/Users", "Wow6432Node/Netscape/Netscape Navigator/Users"];

/// Finds the profiles that the system's registry lists, on a disk or of the running Windows; those that have such a file.
pub(in crate::clients) fn find_users(finder: &mut Finder<'_>, system: &StorePath, prefs: &str) {
    let Some(bytes) = finder.read(system) else { return };
    let beside = |log: &&str| system.parent().join(format!("{}{log}", system.name()));
    let logs: Vec<StorePath> = hive::LOGS.iter().filter_map(beside).collect();
    let logs: Vec<Vec<u8>> = logs.iter().filter_map(|log| finder.read(log)).collect();
    let logs: Vec<&[u8]> = logs.iter().map(Vec::as_slice).collect();
    let opened = if logs.is_empty() { registry::open(&bytes) } else { hive::open_with_logs(&bytes, &logs) };
    let registry = match opened {
        Ok(registry) => registry,
        Err(refusal) => return finder.problem(Problem::new(Code::Malformed, refusal.message).at(system.full())),
    };
    // The running one has the system's part below a key of its own.
    for list in LISTS.iter().flat_map(|list| [(*list).to_owned(), format!("SOFTWARE/{list}")]) {
        for key in registry.keys(&list) {
            let segments: Vec<String> = key.segments().skip(list.split('/').count()).collect();
            let [name, value] = segments.as_slice() else { continue };
            let Some(Raw::Text(path)) = registry.get(&key).filter(|_| value.eq_ignore_ascii_case("@DirRoot")) else { continue };
            if let Some(folder) = finder.absolute(&path).filter(|folder| finder.holds(folder, prefs)) {
                finder.profile(name.clone(), folder);
            }
        }
    }
}
