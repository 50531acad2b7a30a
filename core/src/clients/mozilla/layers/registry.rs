//! Policies in the registry of Windows: of the running one, and on a disk in the system's hive and the user's. A hive is large,
//! so that it is taken apart only where a server's preferences are spoken of anywhere in it. Source: Mozilla,
//! toolkit/components/enterprisepolicies (EnterprisePoliciesParent.sys.mjs, WindowsGPOParser.sys.mjs).

use serde_json::{Map, Value};

use super::Said;
use super::policies::of_preferences;
use crate::clients::registry::{HIVES, REGISTRY};
use crate::document::{Document, Key, Raw};
use crate::formats::registry;
use crate::home::{Home, Os, StorePath};
use crate::image::Image;
use crate::workspace::Workspace;

/// Where the policies are in a user's part of the registry, and in all of it.
const POLICIES: &str = "Software/Policies/Mozilla/Thunderbird";
/// Where they are in the system's hive.
const IN_SYSTEM: &str = "Policies/Mozilla/Thunderbird";
/// The one for preferences: a value with JSON, or a key.
const PREFERENCES: &str = "Preferences";
/// The parts of the registry of a running Windows, the one that counts first.
const LIVE: [&str; 2] = ["HKEY_LOCAL_MACHINE", "HKEY_CURRENT_USER"];
/// The system's hive, from the top of its disk.
const SYSTEM: [&str; 4] = ["Windows", "System32", "config", "SOFTWARE"];
/// What Windows calls the folder of its users' homes.
const USERS: [&str; 2] = ["Users", "Documents and Settings"];
/// What the preferences begin with that the rows are about.
const OURS: [&str; 3] = ["mail.server.", "mail.smtpserver.", "mail.trusteddomains"];
const MULTI_SZ: u32 = 7;

/// What the registry says of preferences, and what the part of it is called that does.
pub(super) fn open(workspace: &mut Workspace<'_>) -> Option<(String, Vec<Said>)> {
    let home = workspace.profile.home.clone();
    if home.os.is_some_and(|os| os != Os::Windows) {
        return None;
    }
    let root = StorePath::root(&home.path);
    if home.live {
        return LIVE.iter().find_map(|part| {
            let bytes = workspace.look_at(root.join(part)?)?;
            Some((named(part), said(&*registry::open(&bytes).ok()?, POLICIES)?))
        });
    }
    let system = disks(&home).find_map(|disk| below(workspace, disk, &SYSTEM)).map(|hive| (hive, IN_SYSTEM));
    let user = HIVES.iter().find_map(|name| below(workspace, root.clone(), &[name])).map(|hive| (hive, POLICIES));
    let hives: Vec<(StorePath, &str)> = system.into_iter().chain(user).collect();
    hives.into_iter().find_map(|(hive, policies)| Some((named(&hive.name()), of_hive(workspace, hive, policies)?)))
}

fn named(part: &str) -> String {
    format!("{part}\\{}", POLICIES.replace('/', "\\"))
}

/// The disk that a home is on, as far as that can be told: the home can be all of it.
fn disks(home: &Home) -> impl Iterator<Item = StorePath> {
    let users = home.path.parent().filter(|parent| {
        let name = parent.file_name().and_then(std::ffi::OsStr::to_str);
        name.is_some_and(|name| USERS.iter().any(|known| known.eq_ignore_ascii_case(name)))
    });
    let disk = users.and_then(std::path::Path::parent).map(StorePath::root);
    disk.into_iter().chain([StorePath::root(&home.path)])
}

/// What has these names below a folder, letter case aside.
fn below(workspace: &Workspace<'_>, folder: StorePath, names: &[&str]) -> Option<StorePath> {
    names.iter().try_fold(folder, |folder, wanted| {
        let listed = workspace.system.list(&folder).ok()?;
        let name = listed.iter().filter_map(|(name, _)| name.to_str()).find(|name| name.eq_ignore_ascii_case(wanted))?;
        folder.join(name)
    })
}

/// What a hive says. One that can't be taken apart, and may have something to say, is a problem.
fn of_hive(workspace: &mut Workspace<'_>, path: StorePath, policies: &str) -> Option<Vec<Said>> {
    let read = Image::read(workspace.system, &path, &REGISTRY);
    let opened = read.and_then(|image| {
        let speaks = image.content().is_some_and(speaks_of_servers);
        let hive = if speaks { image.open(workspace.system, &path, &REGISTRY)? } else { None };
        Ok((image, hive))
    });
    match opened {
        Ok((image, hive)) => {
            // What it says can change: a plan is made from all of its files.
            for place in [path].into_iter().chain(image.sides.into_iter().map(|(place, _)| place)) {
                workspace.look_at(place);
            }
            said(&*hive?, policies)
        }
        Err(problem) => {
            workspace.problems.push(problem);
            None
        }
    }
}

/// Whether a server's preferences are spoken of anywhere, in the name of a value or in a text.
fn speaks_of_servers(hive: &[u8]) -> bool {
    let wide = OURS.map(|name| name.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>());
    let starts = hive.iter().enumerate().filter(|(_, byte)| **byte == b'm').filter_map(|(at, _)| hive.get(at..));
    starts.into_iter().any(|rest| {
        OURS.iter().map(|name| name.as_bytes()).chain(wide.iter().map(Vec::as_slice)).any(|name| rest.starts_with(name))
    })
}

fn said(registry: &dyn Document, policies: &str) -> Option<Vec<Said>> {
    let json = registry.get(&Key::raw(format!("{policies}/@{PREFERENCES}"))).and_then(|raw| text(&raw));
    if let Some(Value::Object(preferences)) = json.and_then(|json| serde_json::from_str(&json).ok()) {
        return Some(of_preferences(&preferences));
    }
    let above = format!("{policies}/{PREFERENCES}");
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
    use super::super::How;
    use super::{POLICIES, Said, said};
    use crate::document::Raw;
    use crate::formats::registry;

    fn of(text: &str) -> Option<Vec<Said>> {
        said(&*registry::open(text.as_bytes()).unwrap(), POLICIES)
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
        assert_eq!(said(&*registry::open(&value).unwrap(), POLICIES).unwrap(), [wanted("mail.x", Raw::Int(1))]);
        assert_eq!(
            of("REGEDIT4\r\n\r\n[HKEY_CURRENT_USER\\Software\\Policies\\Mozilla\\Thunderbird]\r\n\"X\"=dword:00000001\r\n"),
            None
        );
    }
}
