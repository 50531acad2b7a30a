//! Policies: `policies.json`, those of the registry of Windows, those of macOS. Of several sources the first that speaks of
//! preferences counts. Source: comm-central, mail/components/enterprisepolicies (Policies.sys.mjs, Preferences), and
//! toolkit/components/enterprisepolicies (EnterprisePoliciesParent.sys.mjs, WindowsGPOParser.sys.mjs, macOSPoliciesParser).

use serde_json::{Map, Value};

use super::{How, Said, note, registry};
use crate::document::{Document, Key, Raw};
use crate::formats::plist;
use crate::home::{Os, StorePath};
use crate::workspace::Workspace;

/// Where Linux has policies for every installation; they go before an installation's own.
const EVERYWHERE: (&str, &str) = ("/etc/thunderbird/policies", "policies.json");
/// Where an installation has them.
const OWN: &str = "distribution/policies.json";
/// Where macOS keeps a program's settings, an administrator's first; then below a home.
const OF_MACOS: [&str; 2] = ["/Library/Managed Preferences", "/Library/Preferences"];
const OF_MACOS_USER: &str = "Library/Preferences";
const LIST: &str = "org.mozilla.thunderbird.plist";

/// Looks for policies and takes note of the first that speak of preferences.
pub(super) fn open(workspace: &mut Workspace<'_>, installations: &[StorePath]) {
    let home = workspace.profile.home.clone();
    if let Some((file, said)) = registry::open(workspace) {
        return note(workspace, &file, said);
    }
    let may_be = |os: Os| home.os.is_none_or(|known| known == os);
    let everywhere = StorePath::root(EVERYWHERE.0).join(EVERYWHERE.1).filter(|_| home.live && may_be(Os::Linux));
    let own = installations.iter().filter_map(|app| app.join(OWN));
    for path in everywhere.into_iter().chain(own).collect::<Vec<_>>() {
        if let Some(said) = workspace.look_at(path.clone()).and_then(|bytes| of_json(&bytes)) {
            return note(workspace, &path.to_string(), said);
        }
    }
    if !may_be(Os::Macos) {
        return;
    }
    let everybody = OF_MACOS.iter().filter(|_| home.live).map(|path| Some(StorePath::root(*path)));
    let folders = everybody.chain([StorePath::root(&home.path).join(OF_MACOS_USER)]).flatten();
    for path in folders.filter_map(|folder| folder.join(LIST)).collect::<Vec<_>>() {
        if let Some(said) = workspace.look_at(path.clone()).and_then(|bytes| of_plist(&*plist::open(&bytes).ok()?)) {
            return note(workspace, &path.to_string(), said);
        }
    }
}

fn of_json(bytes: &[u8]) -> Option<Vec<Said>> {
    let all: Value = serde_json::from_slice(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)).ok()?;
    Some(of_preferences(all.get("policies")?.get("Preferences")?.as_object()?))
}

/// What the policy for preferences says of each: a bare value is locked, else its status says what it is.
pub(super) fn of_preferences(preferences: &Map<String, Value>) -> Vec<Said> {
    let raw = |value: &Value| match value {
        Value::Bool(on) => Some(Raw::Bool(*on)),
        Value::Number(number) => number.as_i64().map(Raw::Int),
        Value::String(text) => Some(Raw::text(text.clone())),
        _ => None,
    };
    let said = |(name, set): (&String, &Value)| {
        let (how, value) = match set.as_object() {
            None => (How::Locked, raw(set)),
            Some(set) => match set.get("Status").and_then(Value::as_str).unwrap_or_default() {
                "locked" => (How::Locked, set.get("Value").and_then(raw)),
                "user" => (How::Set, set.get("Value").and_then(raw)),
                "clear" => (How::Cleared, None),
                _ => (How::Default, set.get("Value").and_then(raw)),
            },
        };
        Said { name: name.clone(), how, value }
    };
    preferences.iter().map(said).collect()
}

/// The same as a property list, of which nothing counts unless it says that it is to.
fn of_plist(list: &dyn Document) -> Option<Vec<Said>> {
    const PREFERENCES: &str = "Preferences";
    if list.get(&Key::of(["EnterprisePoliciesEnabled"])) != Some(Raw::Bool(true)) {
        return None;
    }
    let mut preferences = Map::new();
    for key in list.keys(PREFERENCES) {
        let value = match list.get(&key)? {
            Raw::Bool(on) => Value::Bool(on),
            Raw::Int(number) => Value::from(number),
            Raw::Text(text) => Value::String(text),
            _ => continue,
        };
        match key.segments().collect::<Vec<_>>().as_slice() {
            [_, name] => drop(preferences.insert(name.clone(), value)),
            [_, name, member] => {
                let set = preferences.entry(name.clone()).or_insert_with(|| Value::Object(Map::new()));
                set.as_object_mut().into_iter().for_each(|set| drop(set.insert(member.clone(), value.clone())));
            }
            _ => {}
        }
    }
    (!preferences.is_empty()).then(|| of_preferences(&preferences))
}

#[cfg(test)]
mod tests {
    use super::{of_json, of_plist};
    use crate::clients::mozilla::layers::{How, Said};
    use crate::document::Raw;
    use crate::formats::plist;

    fn said(name: &str, how: How, value: Option<Raw>) -> Said {
        Said { name: name.to_owned(), how, value }
    }

    #[test]
    fn a_status_says_whether_an_edit_has_an_effect() {
        let json = br#"{"policies": {"Preferences": {"a": 3, "b": {"Value": true, "Status": "locked"},
            "c": {"Value": "x", "Status": "user"}, "d": {"Status": "clear"}, "e": {"Value": -1, "Status": "default"}}}}"#;
        let wanted = [
            said("a", How::Locked, Some(Raw::Int(3))),
            said("b", How::Locked, Some(Raw::Bool(true))),
            said("c", How::Set, Some(Raw::text("x"))),
            said("d", How::Cleared, None),
            said("e", How::Default, Some(Raw::Int(-1))),
        ];
        assert_eq!(of_json(json).unwrap(), wanted);
        for none in [&b"{"[..], b"{}", br#"{"policies": {"Preferences": 1}}"#] {
            assert_eq!(of_json(none), None);
        }
    }

    #[test]
    fn a_property_list_counts_where_it_says_so() {
        let list = |on: bool| {
            let text = format!(
                "<?xml version=\"1.0\"?><plist version=\"1.0\"><dict><key>EnterprisePoliciesEnabled</key><{on}/><key>Preferences</key>\
                 <dict><key>a.b</key><integer>3</integer><key>c.d</key><dict><key>Value</key><true/><key>Status</key>\
                 <string>locked</string></dict></dict></dict></plist>"
            );
            of_plist(&*plist::open(text.as_bytes()).unwrap())
        };
        let wanted = [said("a.b", How::Locked, Some(Raw::Int(3))), said("c.d", How::Locked, Some(Raw::Bool(true)))];
        assert_eq!(list(true).unwrap(), wanted);
        assert_eq!(list(false), None);
    }
}
