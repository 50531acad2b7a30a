//! Exports before what their readers publish: a configuration profile against Apple's table of keys, read by the plist crate.

use std::fs;

use libtest_mimic::{Failed, Trial};
use plist::{Dictionary, Value};

use crate::need::{root, trial};
use crate::world::World;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("export::mobileconfig::keeps-to-the-published-keys", &[], published_keys),
        trial("export::mobileconfig::has-the-policy-on-top", &[], policy_on_top),
        trial("export::mobileconfig::is-never-empty", &[], never_empty),
    ]
}

/// The payloads of the profile that a case's accounts make.
fn payloads(case: &str, more: &[&str]) -> Result<(Dictionary, Vec<Dictionary>), Failed> {
    let world = World::copy_of(&root().join("tests/stores/apple-mail").join(case).join("in"), &[])?;
    let home = world.home.to_string_lossy();
    let run = world.waxseal(&[&["export", "mobileconfig", "--home", &home, "--os", "macos"], more].concat())?;
    run.exits(&[0, 3])?;
    if run.stdout.contains("Password</key>") {
        return Err(run.failed("a profile never has a password"));
    }
    let profile = plist::from_bytes::<Value>(run.stdout.as_bytes())?.into_dictionary().ok_or("no dictionary")?;
    let content = profile.get("PayloadContent").and_then(Value::as_array).ok_or("no PayloadContent")?;
    let each = content.iter().map(|payload| payload.as_dictionary().cloned().ok_or_else(|| Failed::from("no dictionary")));
    let payloads = each.collect::<Result<Vec<_>, _>>()?;
    Ok((profile, payloads))
}

/// Who names an account that isn't there learns so, and gets no profile.
fn never_empty() -> Result<(), Failed> {
    let world = World::copy_of(&root().join("tests/stores/apple-mail/database/in"), &[])?;
    let home = world.home.to_string_lossy();
    let run = world.waxseal(&["export", "mobileconfig", "--home", &home, "--os", "macos", "--account", "nobody"])?;
    run.exits(&[2])?;
    match run.stdout.is_empty() && run.stderr.contains("no account to put into the profile") {
        true => Ok(()),
        false => Err(run.failed("a profile, or no word of why there is none")),
    }
}

fn published_keys() -> Result<(), Failed> {
    let table = fs::read_to_string(root().join("tests/judges/plist/com.apple.mail.managed.tsv"))?;
    let rows: Vec<Vec<&str>> =
        table.lines().filter(|line| !line.starts_with('#')).map(|line| line.split('\t').collect()).collect();
    let kind = |value: &Value| match value {
        Value::String(_) => "string",
        Value::Integer(_) => "integer",
        Value::Boolean(_) => "boolean",
        _ => "other",
    };
    for case in ["database", "accounts-plist"] {
        let (profile, payloads) = payloads(case, &[])?;
        if payloads.is_empty() {
            return Err(format!("{case}: no payload").into());
        }
        let text = |of: &Dictionary, key: &str| of.get(key).and_then(Value::as_string).unwrap_or_default().to_owned();
        if text(&profile, "PayloadType") != "Configuration" || profile.get("PayloadVersion") != Some(&Value::Integer(1.into())) {
            return Err(format!("{case}: {profile:?}").into());
        }
        for payload in &payloads {
            let told = |what: &str, key: &str| Failed::from(format!("{case}: {what} {key}: {payload:?}"));
            for (key, value) in payload.iter().filter(|(key, _)| !key.starts_with("Payload")) {
                let row = rows.iter().find(|row| row[0] == key).ok_or_else(|| told("no such key:", key))?;
                let allowed: Vec<&str> = row.get(3).map(|words| words.split(' ').collect()).unwrap_or_default();
                let in_range = allowed.is_empty() || value.as_string().is_some_and(|word| allowed.contains(&word));
                if kind(value) != row[1] || !in_range {
                    return Err(told("not as published:", key));
                }
            }
            if let Some(row) = rows.iter().find(|row| row[2] == "required" && !payload.contains_key(row[0])) {
                return Err(told("missing:", row[0]));
            }
            if text(payload, "PayloadType") != "com.apple.mail.managed" || text(payload, "PayloadUUID").len() != 36 {
                return Err(told("not identified:", ""));
            }
        }
    }
    Ok(())
}

fn policy_on_top() -> Result<(), Failed> {
    let policy = root().join("tests/stores/apple-mail/accounts-plist/policy.toml");
    let (_, payloads) = payloads("accounts-plist", &["--policy", &policy.to_string_lossy()])?;
    for payload in &payloads {
        let is = |key: &str, wanted: Value| payload.get(key) == Some(&wanted);
        let host = Value::String("sslmail.new.example".to_owned());
        let direct = is("IncomingMailServerPortNumber", Value::Integer(995.into()))
            || is("IncomingMailServerPortNumber", Value::Integer(993.into()));
        if !is("IncomingMailServerHostName", host.clone()) || !is("OutgoingMailServerHostName", host) || !direct {
            return Err(format!("{payload:?}").into());
        }
    }
    if payloads.len() == 2 { Ok(()) } else { Err(format!("{} payloads", payloads.len()).into()) }
}
