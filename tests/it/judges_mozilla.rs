//! The real Thunderbird as judge of profiles that older versions left: what it makes of them after our switch, at its
//! first start on them.

use std::path::Path;
use std::process::{Command, Stdio};

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
    ["153", "140"].into_iter().flat_map(each).collect()
}

/// Applies a folder case's policy to its home, and asks Thunderbird what it finds in the profile.
fn asked(app: &str, case: &str, profile: &str) -> Result<Value, Failed> {
    let folder = root().join("tests/stores/thunderbird").join(case);
    let world = World::copy_of(&folder.join("in"), &[])?;
    let (home, state, policy) = (world.home.to_string_lossy(), world.state.to_string_lossy(), folder.join("policy.toml"));
    let policy = policy.to_string_lossy();
    world.waxseal(&["apply", "--yes", "--home", &home, "--os", "linux", "--state", &state, "--policy", &policy])?.exits(&[0])?;
    let script = root().join("tests/judges/thunderbird/judge.py");
    told(Command::new(script).args(["--app", app]).arg(world.home.join(Path::new(profile))).arg("accounts.js"))
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

fn upgraded(app: &str, case: &str) -> Result<(), Failed> {
    let value = asked(app, case, ".thunderbird/p.default")?;
    let account = &value["accounts"][0];
    let wanted = json!({"hostname": "ssl.new.example", "port": 995, "socketType": 3, "authMethod": 3, "username": "alice"});
    for (name, wanted) in wanted.as_object().into_iter().flatten() {
        same(name, &account[name], wanted)?;
    }
    same("uri", &account["uri"], &json!("mailbox://alice@ssl.new.example"))?;
    same("sent", &account["identities"][0]["fcc"]["uri"], &json!("mailbox://alice@ssl.new.example/Sent"))?;
    same("filter", &account["filters"][0]["actions"][0]["target"]["uri"], &json!("mailbox://alice@ssl.new.example/Family"))?;
    let outgoing = &value["outgoing"][0];
    for (name, wanted) in
        [("hostname", json!("ssl.new.example")), ("port", json!(465)), ("socketType", json!(3)), ("authMethod", json!(3))]
    {
        same(name, &outgoing[name], &wanted)?;
    }
    Ok(())
}

fn safe_senders(app: &str) -> Result<(), Failed> {
    let value = asked(app, "safe-senders", ".thunderbird/abcd1234.default-esr")?;
    same("domains", &value["trustedDomains"], &json!("Friends.example, work.example,partner.example"))?;
    let filter = &value["accounts"][1]["filters"][0];
    same("name", &filter["name"], &json!("Safe senders (waxseal)"))?;
    same("enabled", &filter["enabled"], &json!(true))?;
    // 14 is JunkScore (nsMsgFilterCore.idl).
    same("action", &filter["actions"][0]["type"], &json!(14))?;
    Ok(())
}
