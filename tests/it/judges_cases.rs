//! The real Thunderbird reads every Thunderbird case after our switch: what waxseal lists is what Thunderbird sees, account
//! by account, and every folder that an identity, a filter or a saved search named is still named by an account that is there.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use libtest_mimic::{Failed, Trial};
use serde_json::{Value, json};

use crate::cases;
use crate::expect::{Case, load};
use crate::need::{Need, root, trial};
use crate::world::World;

/// One trial a case.
pub(crate) fn trials() -> Vec<Trial> {
    let mine = |(name, folder): (String, PathBuf)| {
        let case = name.strip_prefix("thunderbird::")?.to_owned();
        let needs = [Need::Judge("thunderbird-153")];
        Some(trial(format!("judge::thunderbird-153::reads-{case}"), &needs, move || reads(&folder)))
    };
    cases::folders().into_iter().filter_map(mine).collect()
}

fn reads(folder: &std::path::Path) -> Result<(), Failed> {
    let case: Case = load(&folder.join("case.toml"))?;
    let world = World::copy_of(&folder.join("in"), &case.folders)?;
    let (home, state) = (world.home.to_string_lossy().into_owned(), world.state.to_string_lossy().into_owned());
    let policy = folder.join("policy.toml").to_string_lossy().into_owned();
    let mut arguments = vec!["apply", "--yes", "--state", &state, "--home", &home, "--os", "linux", "--policy", &policy];
    arguments.extend(case.flags.iter().map(String::as_str));
    world.waxseal(&arguments)?.exits(&[case.exit])?;
    let list = world.waxseal(&["list", "--json", "--home", &home, "--os", "linux"])?;
    let accounts = list.of_type("account")?;
    let mut profiles: Vec<&str> = accounts.iter().filter_map(|account| account["profile"].as_str()).collect();
    profiles.dedup();
    if profiles.is_empty() {
        return Err(list.failed("no account is listed"));
    }
    for profile in profiles {
        offline(std::path::Path::new(profile))?;
        let seen = ask(profile)?;
        for account in accounts.iter().filter(|account| account["profile"] == profile) {
            same(account, &seen).map_err(|what| list.failed(&format!("{}: {what}", account["account"])))?;
        }
        rooted(&seen)?;
    }
    Ok(())
}

/// Keeps Thunderbird from looking for servers that are nowhere, and from greeting a new user.
fn offline(profile: &std::path::Path) -> Result<(), Failed> {
    const QUIET: &str = r#"
user_pref("offline.startup_state", 3);
user_pref("app.donation.eoy.version.viewed", 999);
user_pref("app.update.enabled", false);
user_pref("datareporting.policy.dataSubmissionPolicyBypassNotification", true);
user_pref("extensions.getAddons.cache.enabled", false);
user_pref("mail.provider.suppress_dialog_on_startup", true);
user_pref("mail.rights.version", 1);
user_pref("mail.shell.checkDefaultClient", false);
user_pref("mail.spotlight.firstRunDone", true);
user_pref("mailnews.start_page.enabled", false);
user_pref("mailnews.start_page_override.mstone", "ignore");
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("services.settings.server", "data:,");
"#;
    use std::io::Write as _;
    let mut prefs = std::fs::OpenOptions::new().append(true).open(profile.join("prefs.js"))?;
    Ok(prefs.write_all(QUIET.as_bytes())?)
}

/// What Thunderbird says of a profile.
fn ask(profile: &str) -> Result<Value, Failed> {
    let judge = root().join("tests/judges/thunderbird/judge.py");
    let mut command = Command::new(judge);
    command.args(["--app", "153", profile, "accounts.js"]).stdin(Stdio::null());
    let done = command.output()?;
    let text = String::from_utf8_lossy(&done.stdout);
    let said: Value = serde_json::from_str(text.trim()).map_err(|error| format!("{error}: {text}"))?;
    match said["results"][0]["ok"] == true {
        true => Ok(said["results"][0]["value"].clone()),
        false => Err(format!("Thunderbird did not answer: {said:#}").into()),
    }
}

/// Whether one account reads alike. What Thunderbird passes on without a meaning, we don't list, and don't compare.
fn same(account: &Value, seen: &Value) -> Result<(), String> {
    let of = |list: &Value, key: &str| list.as_array().into_iter().flatten().find(|item| item["key"] == key).cloned();
    let settings = &account["settings"];
    let mut pairs = Vec::new();
    let key = account["account"].as_str().unwrap_or_default();
    let smtp = match of(&seen["accounts"], key) {
        Some(theirs) => {
            let socket = theirs["socketType"].clone();
            pairs.extend([
                ("incoming.protocol", theirs["type"].clone()),
                ("incoming.host", theirs["hostname"].clone()),
                ("incoming.port", theirs["port"].clone()),
                ("incoming.security", security(&socket)),
                ("incoming.auth", auth(&theirs["authMethod"])),
                ("incoming.username", theirs["username"].clone()),
                ("check.at_startup", theirs["loginAtStartUp"].clone()),
                ("check.every_minutes", number(&theirs["doBiff"], &theirs["biffMinutes"])),
                ("junk.delete_after_days", number(&theirs["spam"]["purge"], &theirs["spam"]["purgeInterval"])),
            ]);
            if theirs["type"] == "pop3" {
                pairs.extend([
                    ("retention.leave_on_server", theirs["leaveMessagesOnServer"].clone()),
                    ("retention.delete_after_days", number(&theirs["deleteByAgeFromServer"], &theirs["numDaysToLeaveOnServer"])),
                    ("retention.delete_when_deleted_locally", theirs["deleteMailLeftOnServer"].clone()),
                ]);
            }
            let own = theirs["identities"][0]["smtp"].as_str().map(str::to_owned);
            let default = || {
                seen["outgoing"].as_array()?.iter().find(|server| server["default"] == true)?["key"].as_str().map(str::to_owned)
            };
            own.or_else(default)
        }
        None if settings.get("incoming.host").is_none() => Some(key.to_owned()),
        None => return Err("Thunderbird has no such account".to_owned()),
    };
    if let Some(server) = smtp.and_then(|key| of(&seen["outgoing"], &key)) {
        let port = if server["port"] == 0 { settings["outgoing.port"].clone() } else { server["port"].clone() };
        pairs.extend([
            ("outgoing.host", server["hostname"].clone()),
            ("outgoing.port", port),
            ("outgoing.security", security(&server["socketType"])),
            ("outgoing.auth", auth(&server["authMethod"])),
        ]);
    }
    for (name, theirs) in pairs {
        let ours = settings.get(name).cloned().unwrap_or_default();
        if ours != theirs && !theirs.is_null() {
            return Err(format!("{name}: waxseal reads {ours}, Thunderbird {theirs}"));
        }
    }
    Ok(())
}

fn number(on: &Value, n: &Value) -> Value {
    if on == true { n.clone() } else { json!("never") }
}

fn security(socket: &Value) -> Value {
    match socket.as_u64() {
        Some(0 | 1) => json!("cleartext"),
        Some(2) => json!("starttls"),
        Some(3) => json!("implicit-tls"),
        _ => Value::Null,
    }
}

fn auth(method: &Value) -> Value {
    match method.as_u64() {
        Some(1) => json!("none"),
        Some(2 | 3) => json!("password"),
        Some(4) => json!("encrypted-password"),
        Some(5) => json!("gssapi"),
        Some(6) => json!("ntlm"),
        Some(10) => json!("oauth2"),
        _ => Value::Null,
    }
}

/// Every folder that something names lies in an account that is there.
fn rooted(seen: &Value) -> Result<(), Failed> {
    let roots: Vec<&str> =
        seen["accounts"].as_array().into_iter().flatten().filter_map(|account| account["uri"].as_str()).collect();
    let mut named = Vec::new();
    for account in seen["accounts"].as_array().into_iter().flatten() {
        for identity in account["identities"].as_array().into_iter().flatten() {
            named.extend(["fcc", "draft", "archive", "template"].map(|folder| identity[folder]["uri"].clone()));
        }
        for filter in account["filters"].as_array().into_iter().flatten() {
            named.extend(filter["actions"].as_array().into_iter().flatten().map(|action| action["target"]["uri"].clone()));
        }
    }
    for search in seen["searches"].as_array().into_iter().flatten() {
        named.push(search["uri"].clone());
        named.extend(search["scope"].as_array().into_iter().flatten().map(|folder| folder["uri"].clone()));
    }
    for uri in named.iter().filter_map(Value::as_str) {
        let below = |root: &&str| uri == *root || uri.strip_prefix(root).is_some_and(|rest| rest.starts_with('/'));
        if !roots.iter().any(below) {
            return Err(format!("{uri} is in no account; there are {roots:?}").into());
        }
    }
    Ok(())
}
