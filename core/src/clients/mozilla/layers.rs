//! What wins over a profile's preferences from outside of it, and so defeats an edit: policies, and the installation's own
//! configuration (reference: mozilla, section 2.4). Looked for where the profile says that its client is installed, and where
//! Linux has policies. Read only, and only told: nobody but an administrator changes them.

use serde_json::Value;

use super::profiles::{sections, value};
use crate::effects::Effects;
use crate::home::{Os, StorePath};

/// Where Linux has policies for every installation.
const EVERYWHERE: &str = "/etc/thunderbird/policies/policies.json";

/// What locks preferences that the plan changes, a sentence each.
pub(in crate::clients) fn locked(effects: &Effects<'_>) -> Vec<String> {
    let changed = changed(effects);
    let told = |(path, locks): (StorePath, Vec<String>)| {
        let held: Vec<&str> = changed.iter().filter(|key| locks.contains(key)).map(String::as_str).collect();
        (!held.is_empty()).then(|| format!("{path} locks {}: the client goes by its value there", held.join(", ")))
    };
    let mut layers = policies(effects);
    layers.extend(configuration(effects, &changed));
    layers.into_iter().filter_map(told).collect()
}

/// The preferences that the plan changes for this account.
fn changed(effects: &Effects<'_>) -> Vec<String> {
    let places = effects.after.values().flat_map(|seen| seen.places.iter().flatten());
    let mut keys: Vec<String> =
        places.filter(|place| effects.workspace.moved(place).is_some()).map(|(_, key)| key.to_string()).collect();
    keys.sort();
    keys.dedup();
    keys
}

/// Where the client is installed, as far as that can be looked at from here.
fn installations(effects: &Effects<'_>) -> Vec<StorePath> {
    let profile = effects.workspace.profile;
    let read = |path: StorePath| effects.workspace.system.read(&path).ok().flatten();
    let ini = profile.folder.join("compatibility.ini").and_then(read).unwrap_or_default();
    let sections = sections(&ini);
    let keys = sections.iter().find(|(name, _)| name == "Compatibility").map(|(_, keys)| keys.as_slice()).unwrap_or_default();
    let Some((sure, maybe)) = value(keys, "LastAppDir").map(|path| profile.home.places(path)) else { return Vec::new() };
    sure.into_iter().chain(maybe).collect()
}

/// Policies, with the preferences that they lock.
fn policies(effects: &Effects<'_>) -> Vec<(StorePath, Vec<String>)> {
    let home = &effects.workspace.profile.home;
    let everywhere = (home.live && home.os != Some(Os::Windows)).then(|| StorePath::root(EVERYWHERE));
    let own = installations(effects).into_iter().filter_map(|app| app.join("distribution/policies.json"));
    let read = |path: StorePath| {
        let bytes = effects.workspace.system.read(&path).ok()??;
        let all: Value = serde_json::from_slice(&bytes).ok()?;
        let preferences = all.get("policies")?.get("Preferences")?.as_object()?;
        // A bare value is locked; else its status says so.
        let locks = |set: &Value| set.as_object().is_none_or(|set| set.get("Status").and_then(Value::as_str) == Some("locked"));
        Some((path, preferences.iter().filter(|(_, set)| locks(set)).map(|(name, _)| name.clone()).collect()))
    };
    own.chain(everywhere).filter_map(read).collect()
}

/// The installation's own configuration is a program: those of the names that it sets or locks are those that stand in it.
fn configuration(effects: &Effects<'_>, names: &[String]) -> Vec<(StorePath, Vec<String>)> {
    let system = effects.workspace.system;
    let mut found = Vec::new();
    for app in installations(effects) {
        let Some(folder) = app.join("defaults/pref") else { continue };
        for (name, _) in system.list(&folder).unwrap_or_default() {
            let Some(bytes) = folder.join(name).and_then(|path| system.read(&path).ok().flatten()) else { continue };
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let Some(path) = setting(&text, "general.config.filename").and_then(|file| app.join(file)) else { continue };
            let Some(bytes) = system.read(&path).ok().flatten() else { continue };
            let shift = setting(&text, "general.config.obscure_value").and_then(|shift| shift.parse().ok()).unwrap_or(0_u8);
            let plain: Vec<u8> = bytes.iter().map(|byte| byte.wrapping_sub(shift)).collect();
            let plain = String::from_utf8_lossy(&plain).into_owned();
            let stands = |name: &&String| plain.contains(&format!("\"{name}\"")) || plain.contains(&format!("'{name}'"));
            found.push((path, names.iter().filter(stands).cloned().collect()));
        }
    }
    found
}

/// The value of a preference in a file of defaults, without its quotes.
fn setting<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(name)?;
    let (_, rest) = rest.split_once(',')?;
    Some(rest.split([')', ',']).next()?.trim().trim_matches(['"', '\'']))
}
