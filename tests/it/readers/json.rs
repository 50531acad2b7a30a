//! JSON as dotted paths: `nextId`, `logins[id=3].hostname` (by the member `id` where elements have one, else by place).
//! A null is left out.

use libtest_mimic::Failed;
use serde_json::Value;

use super::Found;

pub(super) fn read(bytes: &[u8]) -> Result<Found, Failed> {
    let mut found = Found::new();
    flatten(&mut found, String::new(), &serde_json::from_slice(bytes)?);
    Ok(found)
}

fn flatten(found: &mut Found, path: String, value: &Value) {
    let leaf = match value {
        Value::Null => return,
        Value::Bool(switch) => toml::Value::Boolean(*switch),
        Value::Number(number) => number.as_i64().map_or_else(|| toml::Value::String(number.to_string()), toml::Value::Integer),
        Value::String(text) => toml::Value::String(text.clone()),
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                let place = item.get("id").map_or_else(|| at.to_string(), |id| format!("id={id}"));
                flatten(found, format!("{path}[{place}]"), item);
            }
            return;
        }
        Value::Object(members) => {
            for (name, member) in members {
                let dot = if path.is_empty() { "" } else { "." };
                flatten(found, format!("{path}{dot}{name}"), member);
            }
            return;
        }
    };
    found.insert(path, leaf);
}
