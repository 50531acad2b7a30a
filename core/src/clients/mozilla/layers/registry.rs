//! Policies in a user's registry. The one of the running Windows is looked at with the rest; a hive on a disk is large, so
//! that it is opened only where something changes, and what it locks is told of.

use serde_json::{Map, Value};

use super::policies::of_preferences;
use super::{How, Said};
use crate::document::{Document, Key, Raw};
use crate::effects::Effects;
use crate::formats::{hive, registry};
use crate::home::{Os, StorePath};
use crate::workspace::Workspace;

/// Where the policies are.
const POLICIES: &str = "Software/Policies/Mozilla/Thunderbird";
/// The one for preferences: a value with JSON, or a key.
const PREFERENCES: &str = "Preferences";
/// The parts of the registry of a running Windows, the one that counts first.
const LIVE: [&str; 2] = ["HKEY_LOCAL_MACHINE", "HKEY_CURRENT_USER"];
const HIVE: &str = "NTUSER.DAT";
const MULTI_SZ: u32 = 7;

/// What the registry of the running Windows says, and what it is called.
pub(super) fn open(workspace: &mut Workspace<'_>) -> Option<(String, Vec<Said>)> {
    let home = &workspace.profile.home;
    if !home.live || home.os.is_some_and(|os| os != Os::Windows) {
        return None;
    }
    let root = StorePath::root(&home.path);
    LIVE.iter().find_map(|part| {
        let bytes = workspace.look_at(root.join(part)?)?;
        Some((format!("{part}\\{}", POLICIES.replace('/', "\\")), said(&*registry::open(&bytes).ok()?)?))
    })
}

/// Which of the preferences that change the hive of a home on a disk locks, a clause each.
pub(super) fn locked(effects: &Effects<'_>) -> Vec<String> {
    let (home, system) = (&effects.workspace.profile.home, effects.workspace.system);
    if home.live || home.os.is_some_and(|os| os != Os::Windows) || effects.workspace.client.name != "thunderbird" {
        return Vec::new();
    }
    let root = StorePath::root(&home.path);
    let names = system.list(&root).unwrap_or_default();
    let beside = |name: &str| {
        let found = names.iter().filter_map(|(known, _)| known.to_str()).find(|known| known.eq_ignore_ascii_case(name))?;
        system.read(&root.join(found)?).ok()?
    };
    let changed = changed(effects);
    let spoken_of = |bytes: &Vec<u8>| changed.iter().any(|name| speaks_of(bytes, name));
    let Some(bytes) = beside(HIVE).filter(spoken_of) else { return Vec::new() };
    let logs: Vec<Vec<u8>> = hive::LOGS.iter().filter_map(|log| beside(&format!("{HIVE}{log}"))).collect();
    let logs: Vec<&[u8]> = logs.iter().map(Vec::as_slice).collect();
    let Some(said) = hive::open_with_logs(&bytes, &logs).ok().and_then(|hive| said(&*hive)) else { return Vec::new() };
    let held = said.into_iter().filter(|said| said.how != How::Default && changed.contains(&said.name));
    held.map(|said| format!("{HIVE} ({}) locks {}", POLICIES.replace('/', "\\"), said.name)).collect()
}

/// The preferences that the plan changes for this account.
fn changed(effects: &Effects<'_>) -> Vec<String> {
    let places = effects.after.values().flat_map(|seen| seen.places.iter().flatten());
    places.filter(|place| effects.workspace.moved(place).is_some()).map(|(_, key)| key.to_string()).collect()
}

/// Whether a hive has a preference's name anywhere, as the name of a value or in a text: only then it is worth opening.
fn speaks_of(hive: &[u8], name: &str) -> bool {
    let wide: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
    [name.as_bytes(), &wide].iter().any(|wanted| hive.windows(wanted.len().max(1)).any(|found| found == *wanted))
}

fn said(registry: &dyn Document) -> Option<Vec<Said>> {
    let json = registry.get(&Key::raw(format!("{POLICIES}/@{PREFERENCES}"))).and_then(|raw| text(&raw));
    if let Some(Value::Object(preferences)) = json.and_then(|json| serde_json::from_str(&json).ok()) {
        return Some(of_preferences(&preferences));
    }
    let above = format!("{POLICIES}/{PREFERENCES}");
    let depth = above.split('/').count();
    let mut preferences = Map::new();
    for key in registry.keys(&above) {
        let value = match registry.get(&key)? {
            Raw::Int(number) => Value::from(number),
            raw => match text(&raw) {
                Some(text) => Value::String(text),
                None => continue,
            },
        };
        let below: Vec<String> = key.segments().skip(depth).collect();
        match below.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            [name] => drop(preferences.insert(name.trim_start_matches('@').to_owned(), value)),
            [name, member] => {
                let set = preferences.entry((*name).to_owned()).or_insert_with(|| Value::Object(Map::new()));
                let member = member.trim_start_matches('@').to_owned();
                set.as_object_mut().into_iter().for_each(|set| drop(set.insert(member.clone(), value.clone())));
            }
            _ => {}
        }
    }
    (!preferences.is_empty()).then(|| of_preferences(&preferences))
}

/// A text, or several with a line for each.
fn text(raw: &Raw) -> Option<String> {
    match raw {
        Raw::Text(text) => Some(text.clone()),
        Raw::Other { tag: MULTI_SZ, bytes } => {
            let units = bytes.as_chunks::<2>().0.iter().map(|unit| u16::from_le_bytes(*unit));
            let text: String = char::decode_utf16(units).collect::<Result<_, _>>().ok()?;
            Some(text.trim_end_matches('\0').replace('\0', "\n"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{How, Said, said};
    use crate::document::Raw;
    use crate::formats::registry;

    fn of(text: &str) -> Option<Vec<Said>> {
        said(&*registry::open(text.as_bytes()).unwrap())
    }

    #[test]
    fn policies_are_a_key_with_values_or_a_value_with_all_of_them() {
        let wanted = |name: &str, value: Raw| Said { name: name.to_owned(), how: How::Locked, value: Some(value) };
        let key = "REGEDIT4\r\n\r\n[HKEY_CURRENT_USER\\Software\\Policies\\Mozilla\\Thunderbird\\Preferences]\r\n\
            \"mail.server.server1.port\"=dword:0000006e\r\n\"mail.server.server1.hostname\"=\"h\"\r\n\r\n\
            [HKEY_CURRENT_USER\\Software\\Policies\\Mozilla\\Thunderbird\\Preferences\\mail.x]\r\n\"Value\"=dword:00000001\r\n\"Status\"=\"locked\"\r\n";
        let mut found = of(key).unwrap();
        found.sort_by(|a, b| a.name.cmp(&b.name));
        let all = [
            wanted("mail.server.server1.hostname", Raw::text("h")),
            wanted("mail.server.server1.port", Raw::Int(110)),
            wanted("mail.x", Raw::Int(1)),
        ];
        assert_eq!(found, all);
        let json = "{\"mail.x\":{\"Value\":1,\r\n\"Status\":\"locked\"}}";
        let wide: Vec<String> = json
            .replace("\r\n", "\0")
            .encode_utf16()
            .chain([0, 0])
            .flat_map(u16::to_le_bytes)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let value = format!(
            "\u{feff}Windows Registry Editor Version 5.00\r\n\r\n[HKEY_CURRENT_USER\\Software\\Policies\\Mozilla\\Thunderbird]\r\n\
             \"Preferences\"=hex(7):{}\r\n",
            wide.join(",")
        );
        let value: Vec<u8> = value.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(said(&*registry::open(&value).unwrap()).unwrap(), [wanted("mail.x", Raw::Int(1))]);
        assert_eq!(
            of("REGEDIT4\r\n\r\n[HKEY_CURRENT_USER\\Software\\Policies\\Mozilla\\Thunderbird]\r\n\"X\"=dword:00000001\r\n"),
            None
        );
    }
}
