//! The JSON schema of policy files, for editors: made of the table of settings, so that both always say the same.

use serde_json::{Map, Value, json};

use super::Match;
use crate::setting::{Kind, SETTINGS};
use crate::value::words;

/// The schema of a policy file.
pub fn schema() -> Value {
    let texts = json!({ "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" }, "minItems": 1 }] });
    let number = json!({ "type": ["integer", "string"] });
    let numbers = json!({ "anyOf": [number, { "type": "array", "items": number, "minItems": 1 }] });
    let matches = nested(Match::ALL.iter().map(|(name, what)| match what {
        Match::IncomingPort | Match::OutgoingPort => (*name, numbers.clone()),
        _ => (*name, texts.clone()),
    }));
    let set = nested(SETTINGS.iter().filter(|info| !info.setting.is_read_only()).map(|info| {
        let Value::Object(mut of) = of_kind(info.kind) else { return (info.name, Value::Null) };
        of.insert("description".to_owned(), info.doc.into());
        (info.name, Value::Object(of))
    }));
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A waxseal policy",
        "type": "object",
        "required": ["rule"],
        "additionalProperties": false,
        "properties": { "rule": { "type": "array", "minItems": 1, "items": {
            "type": "object",
            "required": ["set"],
            "additionalProperties": false,
            "properties": {
                "name": { "type": "string", "description": "What plans call the rule." },
                "match": described(matches, "Which accounts: every key has to fit, a list means any of, * stands for any text."),
                "probe": { "enum": ["required", "warn", "off"], "description": "Whether a new server has to answer first." },
                "set": described(set, "What settings should be."),
            },
        } } },
    })
}

fn of_kind(kind: Kind) -> Value {
    let port = json!({ "type": "integer", "minimum": 1, "maximum": 65535 });
    match kind {
        Kind::Protocol | Kind::Security | Kind::Level => json!({ "enum": words(kind) }),
        Kind::Auth => json!({ "anyOf": [{ "enum": words(kind) }, { "type": "string", "pattern": "^other:." }] }),
        Kind::Host | Kind::Text => json!({ "type": "string", "minLength": 1 }),
        Kind::Port => json!({ "anyOf": [port, { "type": "array", "items": port, "minItems": 1 }] }),
        Kind::Bool => json!({ "type": "boolean" }),
        Kind::Days | Kind::Minutes => {
            json!({ "anyOf": [{ "type": "integer", "minimum": 1, "maximum": 100_000 }, { "const": "never" }] })
        }
        Kind::Senders => {
            json!({ "anyOf": [{ "type": "array", "items": { "type": "string", "pattern": "@" } }, { "type": "string" }] })
        }
    }
}

/// Tables within tables, as dotted names make them.
fn nested(entries: impl Iterator<Item = (&'static str, Value)>) -> Value {
    let mut tables: Map<String, Value> = Map::new();
    for (name, value) in entries {
        match name.split_once('.') {
            None => {
                tables.insert(name.to_owned(), value);
            }
            Some((table, below)) => {
                let empty = || json!({ "type": "object", "additionalProperties": false, "properties": {} });
                let table = tables.entry(table).or_insert_with(empty);
                if let Some(Value::Object(properties)) = table.get_mut("properties") {
                    properties.insert(below.to_owned(), value);
                }
            }
        }
    }
    json!({ "type": "object", "additionalProperties": false, "properties": tables })
}

fn described(mut schema: Value, description: &str) -> Value {
    if let Value::Object(members) = &mut schema {
        members.insert("description".to_owned(), description.into());
    }
    schema
}
