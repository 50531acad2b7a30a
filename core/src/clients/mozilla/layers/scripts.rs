//! Scripts of an installation: its defaults, a distributor's, and its configuration (AutoConfig), a program that may work out
//! what it sets: a value is known only of one without branches. Source: Mozilla, modules/libpref/Preferences.cpp,
//! extensions/pref/autoconfig/src (nsReadConfig.cpp, prefcalls.js); comm-central, TBDistCustomizer.sys.mjs.

use super::{How, Said, note};
use crate::clients::mozilla::profiles::sections;
use crate::document::Raw;
use crate::formats::prefs::{Call, calls};
use crate::home::StorePath;
use crate::workspace::Workspace;

/// Where an installation has scripts of defaults: its own, then those of the system that it is a part of.
const FOLDERS: [&str; 2] = ["defaults/pref", "defaults/syspref"];

/// The scripts that old versions brought themselves, before they were packed: what these have for defaults is in the rows, by
/// version. An administrator may have added to them.
const BROUGHT: [&str; 8] = [
    "all.js",
    "all-thunderbird.js",
    "browser-prefs.js",
    "channel-prefs.js",
    "composer.js",
    "mailnews.js",
    "mdn.js",
    "suite-prefs.js",
];

/// Looks at an installation's scripts.
pub(super) fn open(workspace: &mut Workspace<'_>, app: &StorePath) {
    let (mut locks, mut configuration, mut shift) = (Vec::new(), None, None);
    for folder in FOLDERS.iter().filter_map(|folder| app.join(folder)) {
        // The client goes from the last name to the first.
        for name in workspace.names_in(folder.clone()).iter().rev().filter(|name| name.ends_with(".js")) {
            let Some(path) = folder.join(name) else { continue };
            let Some(bytes) = workspace.look_at(path.clone()) else { continue };
            let all = calls(&bytes);
            for call in &all {
                match (call.name.as_str(), &call.value) {
                    ("general.config.filename", Some(Raw::Text(file))) => configuration = app.join(file),
                    ("general.config.obscure_value", Some(Raw::Int(by))) => shift = u8::try_from(*by).ok(),
                    _ => {}
                }
            }
            let (locked, defaults): (Vec<Said>, Vec<Said>) =
                all.iter().flat_map(of_default).partition(|said| said.how == How::Locked);
            if !BROUGHT.contains(&name.as_str()) {
                note(workspace, &path.to_string(), defaults);
            }
            locks.push((path, locked));
        }
    }
    distribution(workspace, app);
    if let Some(path) = configuration
        && let Some(bytes) = workspace.look_at(path.clone())
    {
        // Thunderbird's own default is no shift, that of all its kin is 13.
        let by = shift.unwrap_or(if workspace.client.name == "thunderbird" { 0 } else { 13 });
        note(workspace, &path.to_string(), read(&bytes, by));
    }
    for (path, locked) in locks {
        note(workspace, &path.to_string(), locked);
    }
}

/// What a call in a script of defaults says: what is locked there is the default and stays it.
fn of_default(call: &Call) -> Option<Said> {
    let locked = call.words.iter().any(|word| word == "locked");
    let how = match call.function.as_str() {
        "pref" | "sticky_pref" | "user_pref" if locked => How::Locked,
        "pref" | "sticky_pref" | "user_pref" => How::Default,
        "lockPref" => How::Locked,
        _ => return None,
    };
    Some(Said { name: call.name.clone(), how, value: call.value.clone() })
}

/// What a configuration says whose bytes are shifted by so much. Its first line is skipped; the last word on a preference
/// counts.
pub(in crate::clients) fn read(bytes: &[u8], shift: u8) -> Vec<Said> {
    let plain: Vec<u8> = bytes.iter().map(|byte| byte.wrapping_sub(shift)).collect();
    let script = plain.splitn(2, |byte| *byte == b'\n').nth(1).unwrap_or_default();
    let branches = script.contains(&b'{');
    let said = |call: &Call| {
        let how = match call.function.as_str() {
            "lockPref" => How::Locked,
            "pref" | "user_pref" => How::Set,
            "clearPref" => How::Cleared,
            "defaultPref" => How::Default,
            _ => return None,
        };
        Some(Said { name: call.name.clone(), how, value: call.value.clone().filter(|_| !branches) })
    };
    calls(script).iter().rev().filter_map(said).collect()
}

/// A distributor's defaults, which count in a file that says whose they are.
fn distribution(workspace: &mut Workspace<'_>, app: &StorePath) {
    let Some(path) = app.join("distribution/distribution.ini") else { return };
    let Some(bytes) = workspace.look_at(path.clone()) else { return };
    let text = String::from_utf8_lossy(&bytes);
    let sections = sections(&text);
    let keys =
        |name: &str| sections.iter().find(|(known, _)| *known == name).map(|(_, keys)| keys.as_slice()).unwrap_or_default();
    let named = |key: &str| keys("Global").iter().any(|(known, value)| *known == key && !value.is_empty());
    if !["id", "version", "about"].iter().all(|key| named(key)) {
        return;
    }
    let said = |(name, value): &(&str, &str)| {
        let value = match serde_json::from_str(value) {
            Ok(serde_json::Value::Bool(on)) => Some(Raw::Bool(on)),
            Ok(serde_json::Value::Number(number)) => number.as_i64().map(Raw::Int),
            Ok(serde_json::Value::String(text)) => Some(Raw::text(text)),
            Ok(_) => None,
            Err(_) => Some(Raw::text(value.trim_matches('"'))),
        };
        Said { name: (*name).to_owned(), how: How::Default, value }
    };
    note(workspace, &path.to_string(), keys("Preferences").iter().map(said).collect());
}

#[cfg(test)]
mod tests {
    use super::{How, Said, read};
    use crate::document::Raw;

    fn said(name: &str, how: How, value: Option<Raw>) -> Said {
        Said { name: name.to_owned(), how, value }
    }

    #[test]
    fn a_configuration_says_what_it_locks_sets_and_clears() {
        let script = "lockPref(\"first\", 1); // skipped\nlockPref(\"a\", 1);\npref(\"b\", \"x\");\nclearPref(\"c\");\ndefaultPref(\"d\", true);\ngetPref(\"e\");\n";
        let wanted = [
            said("d", How::Default, Some(Raw::Bool(true))),
            said("c", How::Cleared, None),
            said("b", How::Set, Some(Raw::text("x"))),
            said("a", How::Locked, Some(Raw::Int(1))),
        ];
        assert_eq!(read(script.as_bytes(), 0), wanted);
        let shifted: Vec<u8> = script.bytes().map(|byte| byte.wrapping_add(13)).collect();
        assert_eq!(read(&shifted, 13), wanted);
    }

    #[test]
    fn what_a_branch_sets_is_not_known() {
        assert_eq!(read(b"//\nif (x) { lockPref(\"a\", 1); }", 0), [said("a", How::Locked, None)]);
    }
}
