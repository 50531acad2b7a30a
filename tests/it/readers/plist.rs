//! Property lists as dotted paths: `AccountsVersion`, `MailAccounts[uniqueId=5].Hostname` (by `uniqueId` where elements
//! have one, by `AccountPath` where they have that, else by place). Data is in hexadecimal digits, an empty container is `{}` or `[]`.

use libtest_mimic::Failed;
use plist::Value;

use super::Found;

pub(super) fn read(bytes: &[u8]) -> Result<Found, Failed> {
    let mut found = Found::new();
    flatten(&mut found, String::new(), &plist::from_bytes(bytes)?);
    Ok(found)
}

fn flatten(found: &mut Found, path: String, value: &Value) {
    let text = |text: String| toml::Value::String(text);
    let leaf = match value {
        Value::Boolean(switch) => toml::Value::Boolean(*switch),
        Value::Integer(number) => number.as_signed().map_or_else(|| text(number.to_string()), toml::Value::Integer),
        Value::String(string) => text(string.clone()),
        Value::Real(real) => toml::Value::Float(*real),
        Value::Data(bytes) => text(bytes.iter().map(|byte| format!("{byte:02x}")).collect()),
        Value::Date(date) => text(date.to_xml_format()),
        Value::Uid(uid) => text(format!("uid {}", uid.get())),
        Value::Array(items) if items.is_empty() => text("[]".to_owned()),
        Value::Dictionary(members) if members.is_empty() => text("{}".to_owned()),
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                let named = |name: &str| Some(format!("{name}={}", item.as_dictionary()?.get(name)?.as_string()?));
                let place = named("uniqueId").or_else(|| named("AccountPath")).unwrap_or_else(|| at.to_string());
                flatten(found, format!("{path}[{place}]"), item);
            }
            return;
        }
        Value::Dictionary(members) => {
            for (name, member) in members {
                let dot = if path.is_empty() { "" } else { "." };
                flatten(found, format!("{path}{dot}{name}"), member);
            }
            return;
        }
        _ => text("?".to_owned()),
    };
    found.insert(path, leaf);
}

/// The file as its client would leave it: binary, sorted, its arrays the other way round, and a preference more.
pub(crate) fn rewritten(bytes: &[u8]) -> Result<Vec<u8>, Failed> {
    let mut root: Value = plist::from_bytes(bytes)?;
    let members = root.as_dictionary_mut().ok_or("the property list is no dictionary")?;
    for accounts in ["MailAccounts", "DeliveryAccounts"] {
        if let Some(array) = members.get_mut(accounts).and_then(Value::as_array_mut) {
            array.reverse();
        }
    }
    members.insert("NumberOfSnippetLines".to_owned(), Value::Integer(2.into()));
    members.sort_keys();
    let mut out = Vec::new();
    root.to_writer_binary(&mut out)?;
    Ok(out)
}
