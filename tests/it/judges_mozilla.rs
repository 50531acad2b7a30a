//! The real Thunderbird as judge of profiles that older versions left: what it makes of them after our switch, at its
//! first start on them. The sqlite3 program as judge of the logins of versions of which no Thunderbird runs any more.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;

use libtest_mimic::{Failed, Trial};
use serde_json::{Value, json};

use crate::need::{self, Need, root};
use crate::world::World;

/// One trial a version and case.
pub(crate) fn trials() -> Vec<Trial> {
    let each = |app: &'static str| {
        let needs = [Need::Judge(if app == "153" { "thunderbird-153" } else { "thunderbird-140" })];
        let name = |case: &str| format!("judge::thunderbird-{app}::opens-{case}");
        let old = |case: &'static str| need::trial(name(case), &needs, move || upgraded(app, case));
        [
            old("version-91"),
            old("version-102"),
            old("version-115"),
            old("version-2"),
            need::trial(name("safe-senders"), &needs, move || safe_senders(app)),
        ]
    };
    let databases = DATABASES.iter().map(|&(client, case, path, os)| {
        need::trial(format!("judge::sqlite3::{client}-{case}"), &[Need::Judge("sqlite3")], move || {
            database(client, case, path, os)
        })
    });
    ["153", "140"].into_iter().flat_map(each).chain(databases).collect()
}

/// The cases with logins in a database, and where that is.
const DATABASES: &[(&str, &str, &str, &str)] = &[
    ("thunderbird", "version-3", ".thunderbird/p.default", "linux"),
    ("thunderbird", "version-24-two-users", ".thunderbird/p.default", "linux"),
    ("seamonkey", "windows", "AppData/Roaming/Mozilla/SeaMonkey/Profiles/q1w2e3.default", "windows"),
];

/// The program finds the database whole, and a login by each index under the new name alone.
fn database(client: &str, case: &str, profile: &str, os: &str) -> Result<(), Failed> {
    let world = applied(client, case, os, |_| Ok(()))?;
    let database = world.home.join(profile).join("signons.sqlite");
    let ask = |sql: &str| -> Result<String, Failed> {
        let said = Command::new("sqlite3").arg("-readonly").arg(&database).arg(sql).output()?;
        match said.status.success() {
            true => Ok(String::from_utf8(said.stdout)?.trim_end().to_owned()),
            false => Err(String::from_utf8_lossy(&said.stderr).into_owned().into()),
        }
    };
    let is = |sql: &str, wanted: &str| match ask(sql)? {
        found if found == wanted => Ok(()),
        found => Err(Failed::from(format!("{sql}: found {found:?}, expected {wanted:?}"))),
    };
    is("PRAGMA integrity_check", "ok")?;
    for index in ["moz_logins_hostname_index", "moz_logins_hostname_httpRealm_index", "moz_logins_hostname_formSubmitURL_index"] {
        let count = |host: &str| {
            format!(
                "SELECT count(*) > 0 FROM moz_logins INDEXED BY {index} WHERE hostname = '{host}' AND httpRealm = '{host}' AND encryptedPassword > ''"
            )
        };
        is(&count("mailbox://ssl.new.example"), "1")?;
        is(&count("smtp://ssl.new.example"), "1")?;
        is(&count("smtp://smtp.old.example"), "0")?;
    }
    Ok(())
}

/// A folder case's home, to which its policy was applied.
fn applied(client: &str, case: &str, os: &str, prepare: impl Fn(&Path) -> Result<(), Failed>) -> Result<World, Failed> {
    let folder = root().join("tests/stores").join(client).join(case);
    let world = World::copy_of(&folder.join("in"), &[])?;
    prepare(&world.home)?;
    let (home, state, policy) = (world.home.to_string_lossy(), world.state.to_string_lossy(), folder.join("policy.toml"));
    let what = ["apply", "--yes", "--assume-closed", "--home", &home, "--os", os, "--state", &state];
    world.waxseal(&[&what[..], &["--policy", &policy.to_string_lossy()]].concat())?.exits(&[0])?;
    Ok(world)
}

/// Applies a folder case's policy to its home, and asks Thunderbird what it finds in the profile.
fn asked(app: &str, case: &str, profile: &str, prepare: impl Fn(&Path) -> Result<(), Failed>) -> Result<Value, Failed> {
    let world = applied("thunderbird", case, "linux", |home| prepare(&home.join(profile)))?;
    told(judge(app).arg(world.home.join(profile)).arg("accounts.js"))
}

fn judge(app: &str) -> Command {
    let mut command = Command::new(root().join("tests/judges/thunderbird/judge.py"));
    command.args(["--app", app]);
    command
}

/// The stores of a profile's secrets: the key, and what is saved with it.
const SECRETS: [&str; 2] = ["key4.db", "logins.json"];
/// Both by a Thunderbird, the first host of the cases and the second.
type Secrets = Vec<(&'static str, String, Vec<Vec<u8>>)>;
static SAVED: Mutex<Secrets> = Mutex::new(Vec::new());

/// Puts logins into a profile that this Thunderbird itself saved, under the names that the profile's own logins are under: what is
/// made up can't be decrypted. They are made once for all cases of the same names.
fn save_logins(app: &'static str, profile: &Path) -> Result<bool, Failed> {
    let Ok(own) = fs::read(profile.join("logins.json")) else { return Ok(false) };
    let own: Value = serde_json::from_slice(&own)?;
    let login = |login: &Value| json!({"origin": login["hostname"], "username": "alice", "password": "hunter2"});
    let wanted = json!({"logins": own["logins"].as_array().into_iter().flatten().map(login).collect::<Vec<_>>()}).to_string();
    let mut saved = SAVED.lock().map_err(|_| "another trial failed while it saved logins")?;
    if !saved.iter().any(|(of, names, _)| *of == app && *names == wanted) {
        let folder = tempfile::tempdir()?;
        let scratch = folder.path().join("scratch");
        fs::create_dir(&scratch)?;
        let said = judge(app).args(["--args", &wanted]).arg(&scratch).arg("logins-add.js").stdin(Stdio::null()).output()?;
        let read = |name: &&str| {
            fs::read(scratch.join(name)).map_err(|error| format!("{name}: {error}: {}", String::from_utf8_lossy(&said.stdout)))
        };
        let files = SECRETS.iter().map(read).collect::<Result<_, _>>()?;
        saved.push((app, wanted.clone(), files));
    }
    let (_, _, files) = saved.iter().find(|(of, names, _)| *of == app && *names == wanted).ok_or("logins were saved")?;
    for (name, bytes) in SECRETS.iter().zip(files) {
        fs::write(profile.join(name), bytes)?;
    }
    Ok(true)
}

fn told(command: &mut Command) -> Result<Value, Failed> {
    let done = command.stdin(Stdio::null()).output()?;
    let said: Value = serde_json::from_slice(&done.stdout)?;
    let value = said["results"][0]["value"].clone();
    if said["clean_exit"] == true && value.is_object() { Ok(value) } else { Err(said.to_string().into()) }
}

fn same(what: &str, found: &Value, wanted: &Value) -> Result<(), Failed> {
    if found == wanted { Ok(()) } else { Err(format!("{what}: found {found}, expected {wanted}").into()) }
}

fn upgraded(app: &'static str, case: &str) -> Result<(), Failed> {
    let saves = std::cell::Cell::new(false);
    let value = asked(app, case, ".thunderbird/p.default", |profile| {
        saves.set(save_logins(app, profile)?);
        Ok(())
    })?;
    let account = &value["accounts"][0];
    let wanted = json!({"hostname": "ssl.new.example", "port": 995, "socketType": 3, "authMethod": 3, "username": "alice"});
    for (name, wanted) in wanted.as_object().into_iter().flatten() {
        same(name, &account[name], wanted)?;
    }
    same("uri", &account["uri"], &json!("mailbox://alice@ssl.new.example"))?;
    same("sent", &account["identities"][0]["fcc"]["uri"], &json!("mailbox://alice@ssl.new.example/Sent"))?;
    same("filter", &account["filters"][0]["actions"][0]["target"]["uri"], &json!("mailbox://alice@ssl.new.example/Family"))?;
    let folder = account["directory"].as_str().unwrap_or_default();
    same("folder", &json!(folder.ends_with("/Mail/pop.old.example")), &json!(true))?;
    let outgoing = &value["outgoing"][0];
    if saves.get() {
        // Found under the new names, and decrypted.
        same("login", &account["login"], &json!(true))?;
        same("outgoing login", &outgoing["login"], &json!(true))?;
        same("logins", &json!(value["logins"].as_array().map_or(0, Vec::len)), &json!(2))?;
    }
    for (name, wanted) in
        [("hostname", json!("ssl.new.example")), ("port", json!(465)), ("socketType", json!(3)), ("authMethod", json!(3))]
    {
        same(name, &outgoing[name], &wanted)?;
    }
    Ok(())
}

fn safe_senders(app: &str) -> Result<(), Failed> {
    let value = asked(app, "safe-senders", ".thunderbird/abcd1234.default-esr", |_| Ok(()))?;
    same("domains", &value["trustedDomains"], &json!("Friends.example, work.example,partner.example"))?;
    let filter = &value["accounts"][1]["filters"][0];
    same("name", &filter["name"], &json!("Safe senders (waxseal)"))?;
    same("enabled", &filter["enabled"], &json!(true))?;
    // 14 is JunkScore (nsMsgFilterCore.idl).
    same("action", &filter["actions"][0]["type"], &json!(14))?;
    Ok(())
}
