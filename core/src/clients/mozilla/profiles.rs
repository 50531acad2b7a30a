//! Profile lists: profiles.ini with its numbered sections, and installs.ini. Read only.

use crate::discover::Finder;
use crate::home::{Os, StorePath};
use crate::problem::{Code, Problem};

/// Finds the profiles below those of these roots that the home's layout has.
pub(in crate::clients) fn find_below(finder: &mut Finder<'_>, roots: &[(Os, &str)]) {
    for (os, pattern) in roots {
        for root in if finder.os(*os) { finder.folders(pattern) } else { Vec::new() } {
            find(finder, &root);
        }
    }
}

/// Finds the profiles that a root folder lists.
fn find(finder: &mut Finder<'_>, root: &StorePath) {
    let Some(bytes) = root.join("profiles.ini").and_then(|path| finder.read(&path)) else { return };
    let text = String::from_utf8_lossy(&bytes);
    let sections = sections(&text);
    if sections.is_empty() && !bytes.iter().all(u8::is_ascii_whitespace) {
        let problem = Problem::new(Code::Malformed, "expected a list of profiles, found no section at all");
        finder.problem(problem.at(root.full().join("profiles.ini")));
    }
    let mut listed = Vec::new();
    // The client counts up and stops at the first number that is missing.
    for number in 0.. {
        let Some((_, keys)) = sections.iter().find(|(name, _)| *name == format!("Profile{number}")) else { break };
        let (Some(relative), path) = (value(keys, "IsRelative"), value(keys, "Path")) else { break };
        if let (Some(path), Some(name)) = (path, value(keys, "Name")) {
            listed.push((name.to_owned(), path.to_owned(), relative == "1"));
        }
    }
    // An installation's own profile can be missing from the numbered ones after an old client rewrote the list.
    let installs = root.join("installs.ini").and_then(|path| finder.read(&path)).unwrap_or_default();
    let installs = String::from_utf8_lossy(&installs);
    let own = |(name, _): &&(&str, Keys<'_>)| name.starts_with("Install");
    let installed = self::sections(&installs);
    for (_, keys) in sections.iter().filter(own).chain(&installed) {
        if let Some(path) = value(keys, "Default").filter(|path| listed.iter().all(|(_, known, _)| known != path)) {
            listed.push((last(path), path.to_owned(), !is_absolute(path)));
        }
    }
    for (name, path, relative) in listed {
        let folder = if relative { root.join(&path) } else { finder.absolute(&path) };
        match folder {
            Some(folder) if finder.holds(&folder, "prefs.js") => finder.profile(name, folder),
            Some(_) => {}
            None if relative => finder.problem(
                Problem::new(Code::OutsideHome, format!("profile {name} is at {path}, outside this home"))
                    .at(root.full().join("profiles.ini"))
                    .hint("name that folder itself with --home"),
            ),
            None => {}
        }
    }
}

fn last(path: &str) -> String {
    path.rsplit(['/', '\\']).next().unwrap_or(path).to_owned()
}

fn is_absolute(path: &str) -> bool {
    path.starts_with('/') || path.starts_with('\\') || path.get(1..3).is_some_and(|drive| drive == ":\\" || drive == ":/")
}

/// Keys with their values.
pub(in crate::clients) type Keys<'a> = Vec<(&'a str, &'a str)>;

/// The sections of such a file's text, each with its keys. A section that comes twice is one.
pub(in crate::clients) fn sections(text: &str) -> Vec<(&str, Keys<'_>)> {
    let mut sections: Vec<(&str, Keys<'_>)> = Vec::new();
    let mut at = None;
    for line in text.trim_start_matches('\u{feff}').lines().map(str::trim) {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            at = sections.iter().position(|(known, _)| *known == name).or_else(|| {
                sections.push((name, Vec::new()));
                Some(sections.len() - 1)
            });
        } else if let (Some((key, value)), false) = (line.split_once('='), line.starts_with([';', '#']))
            && let Some((_, keys)) = at.and_then(|at| sections.get_mut(at))
        {
            keys.push((key.trim(), value.trim()));
        }
    }
    sections
}

/// A key's last value.
pub(in crate::clients) fn value<'a>(keys: &[(&str, &'a str)], name: &str) -> Option<&'a str> {
    keys.iter().rev().find(|(key, _)| *key == name).map(|(_, value)| *value)
}
