//! Exports before what their readers publish: a configuration profile against Apple's table of keys, read by the plist crate;
//! registry text against what apply makes of the same store.

use std::fs;
use std::path::{Path, PathBuf};

use libtest_mimic::{Failed, Trial};
use plist::{Dictionary, Value};

use crate::cases;
use crate::expect::{Case, load};
use crate::need::{root, trial};
use crate::readers::{Found, read};
use crate::world::World;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("export::mobileconfig::keeps-to-the-published-keys", &[], published_keys),
        trial("export::mobileconfig::has-the-policy-on-top", &[], policy_on_top),
        trial("export::mobileconfig::is-never-empty", &[], never_empty),
        trial("export::reg::is-what-apply-does", &[], as_applied),
        trial("export::reg::has-the-settings-as-they-are", &[], as_read),
        trial("export::reg::is-of-one-user", &[], of_one_user),
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

/// The cases whose accounts are in the registry: their folder, the registry's file, and who reads it.
fn registries() -> impl Iterator<Item = (String, PathBuf, String, &'static str)> {
    let of_microsoft = |name: &String| name.starts_with("outlook::") || name.starts_with("outlook-express::");
    let file = |folder: &Path| {
        let names = fs::read_dir(folder.join("in")).into_iter().flatten().flatten().filter(|entry| entry.path().is_file());
        let mut names = names.map(|entry| entry.file_name().to_string_lossy().into_owned());
        names.find(|name| name.ends_with(".reg") || name.eq_ignore_ascii_case("ntuser.dat"))
    };
    cases::folders().into_iter().filter(move |(name, _)| of_microsoft(name)).filter_map(move |(name, folder)| {
        let file = file(&folder)?;
        let reader = if file.ends_with(".reg") { "reg" } else { "hive" };
        Some((name, folder, file, reader))
    })
}

/// A registry after an import.
fn imported(into: &Found, text: &Found) -> Found {
    let mut after = into.clone();
    after.extend(text.clone());
    after.retain(|_, value| value != &toml::Value::Boolean(false));
    after
}

/// For every case, importing the text does what apply does, and importing the other one takes it back.
fn as_applied() -> Result<(), Failed> {
    let mut tried = 0;
    for (name, folder, file, reader) in registries() {
        let (old, new) = (folder.join("in").join(&file), folder.join("out").join(&file));
        // The independent reader has no eye for logs.
        if !new.is_file() || name.ends_with("with-log") {
            continue;
        }
        let case: Case = load(&folder.join("case.toml"))?;
        let world = World::copy_of(&folder.join("in"), &case.folders)?;
        let (home, policy) = (world.home.to_string_lossy(), folder.join("policy.toml").to_string_lossy().into_owned());
        let out = world.folder().join("change.reg");
        let mut arguments = vec!["export", "reg", "--home", &home, "--os", "windows", "--policy", &policy];
        arguments.extend(case.flags.iter().map(String::as_str).filter(|flag| *flag != "--assume-closed"));
        let out_text = out.to_string_lossy();
        arguments.extend(["--out", &*out_text]);
        let run = world.waxseal(&arguments)?;
        run.exits(&[0, 3])?;
        let (old, new) = (read(reader, &fs::read(old)?)?, read(reader, &fs::read(new)?)?);
        let (change, undo) = (read("reg", &fs::read(&out)?)?, read("reg", &fs::read(out.with_extension("undo.reg"))?)?);
        if imported(&old, &change) != new || imported(&new, &undo) != old {
            return Err(run.failed(&format!("{name}: the text is {change:#?}, and back {undo:#?}")));
        }
        let idle: Vec<&String> = change.iter().filter(|(key, value)| old.get(*key) == Some(*value)).map(|(key, _)| key).collect();
        if !idle.is_empty() || !change.keys().eq(undo.keys()) {
            return Err(format!("{name}: not only what changes: {idle:?}").into());
        }
        // What is there already is never written over.
        world.waxseal(&arguments)?.exits(&[2])?;
        tried += 1;
    }
    if tried > 10 { Ok(()) } else { Err(format!("only {tried} cases").into()) }
}

/// Without a policy the text holds the accounts' settings, as they stand, and never a password.
fn as_read() -> Result<(), Failed> {
    let folder = root().join("tests/stores/outlook/2010-imap-hive");
    let world = World::copy_of(&folder.join("in"), &[])?;
    let (home, out) = (world.home.to_string_lossy(), world.folder().join("all.reg"));
    let run = world.waxseal(&["export", "reg", "--home", &home, "--os", "windows", "--out", &out.to_string_lossy()])?;
    run.exits(&[0])?;
    let (text, hive) = (read("reg", &fs::read(&out)?)?, read("hive", &fs::read(folder.join("in/ntuser.dat"))?)?);
    let has = |name: &str| text.keys().any(|key| key.ends_with(name));
    let right = imported(&hive, &text) == hive && has(":IMAP Server") && has(":SMTP Server") && !has("Password");
    if right && !out.with_extension("undo.reg").exists() { Ok(()) } else { Err(run.failed(&format!("{text:#?}"))) }
}

/// Two users' registries make no text; nor does a home without any.
fn of_one_user() -> Result<(), Failed> {
    let world = World::copy_of(&root().join("tests/stores/outlook/2016-pop3/in"), &[])?;
    let other = world.folder().join("home/ann");
    fs::create_dir(&other)?;
    fs::copy(world.home.join("outlook.reg"), other.join("outlook.reg"))?;
    let homes = world.folder().join("home/*");
    let run = world.waxseal(&["export", "reg", "--homes", &homes.to_string_lossy(), "--os", "windows"])?;
    run.exits(&[2])?;
    if !run.stdout.is_empty() || !run.stderr.contains("registry text is for one user") {
        return Err(run.failed("two users in one text"));
    }
    let world = World::copy_of(&root().join("tests/stores/thunderbird/pop3-to-ssl/in"), &[])?;
    let run = world.waxseal(&["export", "reg", "--home", &world.home.to_string_lossy(), "--os", "linux"])?;
    run.exits(&[2])?;
    if run.stderr.contains("there is no account in the registry") { Ok(()) } else { Err(run.failed("no word of why")) }
}
