//! The real Evolution Data Server as a judge: it reads every case before and after apply, reads again while it runs, and
//! rewrites files before undo. What its helper answers is told in tests/judges/evolution/registry.py.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use libtest_mimic::{Failed, Trial};
use serde_json::{Value, json};

use crate::cases;
use crate::expect::{Case, load};
use crate::need::{Need, root, trial};
use crate::world::World;

/// How long the registry may take to see a file that was renamed into place.
const RELOAD: Duration = Duration::from_secs(8);

/// One trial a case whose sources the server finds in its own home, and those of a server that runs.
pub(crate) fn trials() -> Vec<Trial> {
    let needs = [Need::Judge("evolution-data-server"), Need::Program("dbus-run-session")];
    // The desktop's own service takes the sources away that it knows nothing of; the others are in no folder of this server.
    let elsewhere = ["before-3.6", "flatpak", "online-account"];
    let mut trials = Vec::new();
    for (name, folder) in cases::folders() {
        let Some(case) = name.strip_prefix("evolution::").filter(|case| !elsewhere.contains(case)) else { continue };
        trials.push(trial(format!("judge::evolution-data-server::reads-{case}"), &needs, move || reads(&folder)));
    }
    trials.push(trial("judge::evolution-data-server::live-reload-and-undo", &needs, live));
    trials.push(trial("judge::evolution-data-server::evolution-running-is-refused", &needs, running));
    trials
}

/// A registry of its own, over a home.
struct Registry {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Drop for Registry {
    fn drop(&mut self) {
        self.input.take();
        let _ = self.child.wait();
    }
}

impl Registry {
    fn start(home: &Path) -> Result<Registry, Failed> {
        let mut command = Command::new("timeout");
        command
            .args(["120", "dbus-run-session", "--", "/usr/bin/python3"])
            .arg(root().join("tests/judges/evolution/registry.py"));
        for name in ["XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR", "DISPLAY"] {
            command.env_remove(name);
        }
        command.env("HOME", home).env("GSETTINGS_BACKEND", "memory").env("GIO_USE_VFS", "local").env("LC_ALL", "C.UTF-8");
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().ok_or("no output")?);
        Ok(Registry { child, input, output })
    }

    fn ask(&mut self, question: &Value) -> Result<Value, Failed> {
        let input = self.input.as_mut().ok_or("no input")?;
        writeln!(input, "{question}")?;
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        serde_json::from_str(&line).map_err(|error| format!("{question}: {error} in {line:?}").into())
    }

    /// Asks until a value of a source is this one.
    fn until(&mut self, source: &str, property: &str, wanted: &Value) -> Result<(), Failed> {
        let started = Instant::now();
        loop {
            let found = self.ask(&json!(["read"]))?[source][property].clone();
            if found == *wanted {
                return Ok(());
            }
            if started.elapsed() > RELOAD {
                return Err(format!("{source} {property}: {found} after {RELOAD:?}, expected {wanted}").into());
            }
            sleep(Duration::from_millis(200));
        }
    }
}

/// What a registry that is started for it holds of a home.
fn held(home: &Path) -> Result<[Value; 3], Failed> {
    let mut registry = Registry::start(home)?;
    Ok([registry.ask(&json!(["read"]))?, registry.ask(&json!(["camel"]))?, registry.ask(&json!(["usable"]))?])
}

/// The name of a key's property: `DeleteAfterDays` of a group is its `delete-after-days`.
fn property(key: &str) -> String {
    let (group, name) = key.rsplit_once('/').unwrap_or(("", key));
    let kebab: String = name
        .char_indices()
        .map(|(at, c)| {
            if c.is_ascii_uppercase() && at > 0 { format!("-{}", c.to_ascii_lowercase()) } else { c.to_ascii_lowercase().into() }
        })
        .collect();
    format!("{group}/{kebab}")
}

/// Whether the server's value is what a text of the file says.
fn says(held: &Value, text: &str) -> bool {
    match held {
        Value::Bool(on) => [if *on { "true" } else { "false" }, if *on { "1" } else { "0" }].contains(&text),
        Value::Number(number) => number.to_string() == text,
        Value::String(held) => held == text,
        _ => text.is_empty(),
    }
}

/// The server holds before and after what the plan says, and nothing else differs; our reading is Camel's; the
/// password is the collection's as long as the plan says so.
fn reads(folder: &Path) -> Result<(), Failed> {
    let case: Case = load(&folder.join("case.toml"))?;
    let world = World::copy_of(&folder.join("in"), &case.folders)?;
    // The server adds its own keys to what it finds; the plan is about the files as they are then.
    let [before, camel, usable] = held(&world.home)?;
    agrees(&world, &before, &camel)?;
    let (home, state) = (world.home.to_string_lossy().into_owned(), world.state.to_string_lossy().into_owned());
    let policy = folder.join("policy.toml").to_string_lossy().into_owned();
    let mut arguments =
        vec!["apply", "--yes", "--json", "--home", &home, "--state", &state, "--os", "linux", "--policy", &policy];
    arguments.extend(case.flags.iter().map(String::as_str));
    let applied = world.waxseal(&arguments)?;
    applied.exits(&[case.exit])?;
    let [after, camel, still] = held(&world.home)?;
    agrees(&world, &after, &camel)?;

    let mut moved = BTreeSet::new();
    for key in applied.of_type("change")?.iter().flat_map(|change| change["keys"].as_array().cloned().unwrap_or_default()) {
        let store = Path::new(key["store"].as_str().unwrap_or_default());
        let uid = store.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let name = property(key["key"].as_str().unwrap_or_default());
        let (was, is) = (&before[&uid][&name], &after[&uid][&name]);
        if key["before"].as_str().is_some_and(|text| !says(was, text)) || !says(is, key["after"].as_str().unwrap_or("nothing")) {
            return Err(applied.failed(&format!("{uid} {name}: the server held {was} and holds {is}")));
        }
        moved.insert((uid, name));
    }
    let derived = |(uid, name): &(String, String)| {
        let of = |known: &str, other: &str| name == known && moved.contains(&(uid.clone(), other.to_owned()));
        of("Security/secure", "Security/method") || of("Authentication/connectable", "Authentication/host")
    };
    let (old, new) = (flat(&before), flat(&after));
    let others =
        old.keys().chain(new.keys()).filter(|key| old.get(*key) != new.get(*key) && !moved.contains(*key) && !derived(key));
    // A group that the plan made brings its defaults along.
    let unasked: Vec<_> = others.filter(|(uid, name)| !is_default(&before, &moved, uid, name)).collect();
    if !unasked.is_empty() {
        return Err(applied.failed(&format!("differs unasked: {unasked:?}")));
    }
    let lost = usable.as_object().into_iter().flatten().any(|(uid, used)| *used == json!(true) && still[uid] != json!(true));
    let asks = applied.of_type("consequence")?.iter().any(|said| said["password_asked_again"] == "once");
    if usable.as_object().is_some_and(|children| !children.is_empty()) && lost != asks {
        return Err(applied.failed(&format!("password of a collection: lost {lost}, said {asks}; {usable} became {still}")));
    }
    Ok(())
}

/// Whether a property came with a group that was not there and of which the plan sets another one.
fn is_default(before: &Value, moved: &BTreeSet<(String, String)>, uid: &str, name: &str) -> bool {
    let group = |name: &str| name.split('/').next().unwrap_or_default().to_owned();
    let new = before[uid].as_object().is_some_and(|held| held.keys().all(|known| group(known) != group(name)));
    new && moved.iter().any(|(of, other)| of == uid && group(other) == group(name))
}

fn flat(held: &Value) -> BTreeMap<(String, String), Value> {
    let sources = held.as_object().into_iter().flatten();
    sources
        .flat_map(|(uid, said)| {
            said.as_object().into_iter().flatten().map(move |(name, value)| ((uid.clone(), name.clone()), value.clone()))
        })
        .collect()
}

/// Whether we read of a home what Camel gets to connect with. What an account has of its collection Camel doesn't see.
fn agrees(world: &World, sources: &Value, camel: &Value) -> Result<(), Failed> {
    let home = world.home.to_string_lossy();
    let listed = world.waxseal(&["list", "--json", "--home", &home, "--os", "linux"])?;
    for account in listed.of_type("account")? {
        let uid = account["account"].as_str().unwrap_or_default();
        let identity = sources[uid]["Mail Account/identity-uid"].as_str().unwrap_or_default();
        let transport = sources[identity]["Mail Submission/transport-uid"].as_str().unwrap_or(uid);
        for (side, source) in [("incoming", uid), ("outgoing", transport)] {
            let setting = |name: &str| account["settings"][format!("{side}.{name}")].clone();
            let Some(held) = camel[source].as_object().filter(|_| !setting("port").is_null()) else { continue };
            let security = match held["security-method"].as_str() {
                Some("none") => "cleartext",
                Some("starttls-on-standard-port") => "starttls",
                _ => "implicit-tls",
            };
            let mut facts = vec![
                ("security", json!(security)),
                ("port", held["port"].clone()),
                ("host", held["host"].clone()),
                ("username", held["user"].clone()),
            ];
            facts.retain(|(name, held)| {
                !held.is_null()
                    && *held != json!("")
                    && *held != json!(0)
                    && !(*name == "security" && setting("security").is_null())
            });
            for (name, held) in facts {
                if setting(name) != held {
                    return Err(listed.failed(&format!("{uid}: {side}.{name} is {held} to Camel")));
                }
            }
        }
    }
    Ok(())
}

fn stored(case: &str) -> Result<(World, String), Failed> {
    let folder = root().join("tests/stores/evolution").join(case);
    Ok((World::copy_of(&folder.join("in"), &[])?, folder.join("policy.toml").to_string_lossy().into_owned()))
}

/// Runs the command as the home's owner does, the home being live; again where the registry, which writes some files a
/// moment after it has started, wrote one in between.
fn patiently(world: &World, arguments: &[&str]) -> Result<String, Failed> {
    for _ in 0..4 {
        let done = as_owner(world, arguments)?;
        if done.status.success() || !String::from_utf8_lossy(&done.stdout).contains("stale") {
            return must(&done, 0);
        }
        sleep(Duration::from_secs(1));
    }
    must(&as_owner(world, arguments)?, 0)
}

fn as_owner(world: &World, arguments: &[&str]) -> Result<Output, Failed> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_waxseal"));
    command.args(arguments).arg("--state").arg(&world.state).env("HOME", &world.home).env("NO_COLOR", "1");
    Ok(command.stdin(Stdio::null()).output()?)
}

fn must(done: &Output, code: i32) -> Result<String, Failed> {
    let text = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    if done.status.code() == Some(code) {
        Ok(text)
    } else {
        Err(format!("expected exit {code}, found {:?}: {text}", done.status).into())
    }
}

const ACCOUNT: &str = "1700000001.4242.1@desk";
const TRANSPORT: &str = "1700000001.4242.3@desk";

/// The registry alone may run: it sees the change, and what it writes afterwards is kept by undo, key by key.
fn live() -> Result<(), Failed> {
    let (world, policy) = stored("pop3-to-ssl")?;
    let home = world.home.to_string_lossy().into_owned();
    let mut registry = Registry::start(&world.home)?;
    registry.until(ACCOUNT, "Authentication/host", &json!("mail.old.example"))?;
    patiently(&world, &["apply", "--yes", "--home", &home, "--os", "linux", "--policy", &policy])?;
    registry.until(ACCOUNT, "Authentication/host", &json!("sslmail.new.example"))?;
    registry.until(ACCOUNT, "Authentication/port", &json!(995))?;
    registry.until(TRANSPORT, "Security/method", &json!("ssl-on-alternate-port"))?;

    registry.ask(&json!(["set", ACCOUNT, "Data Source", "display-name", "Office"]))?;
    registry.ask(&json!(["set", TRANSPORT, "Authentication", "remember-password", false]))?;
    let path = world.home.join(format!(".config/evolution/sources/{ACCOUNT}.source"));
    let written = std::fs::read_to_string(&path)?;
    if !written.contains("DisplayName=Office") || !written.contains("Host=sslmail.new.example") {
        return Err(format!("the server did not write the file: {written}").into());
    }
    patiently(&world, &["undo", "--yes"])?;
    for (source, name, value) in [
        (ACCOUNT, "Authentication/host", json!("mail.old.example")),
        (ACCOUNT, "Authentication/port", json!(110)),
        (ACCOUNT, "Security/method", json!("none")),
        (ACCOUNT, "Data Source/display-name", json!("Office")),
        (TRANSPORT, "Authentication/host", json!("mail.old.example")),
        (TRANSPORT, "Authentication/port", json!(25)),
        (TRANSPORT, "Security/method", json!("none")),
        (TRANSPORT, "Authentication/remember-password", json!(false)),
    ] {
        registry.until(source, name, &value)?;
    }
    Ok(())
}

/// Evolution itself, by the name of its process.
fn running() -> Result<(), Failed> {
    let (world, policy) = stored("pop3-to-ssl")?;
    let before = world.tree()?;
    let home = world.home.to_string_lossy().into_owned();
    let evolution = world.folder().join("evolution");
    std::fs::copy("/bin/sleep", &evolution)?;
    let mut child = Command::new(&evolution).arg("60").spawn()?;
    let done = as_owner(&world, &["apply", "--yes", "--json", "--home", &home, "--os", "linux", "--policy", &policy]);
    child.kill()?;
    child.wait()?;
    let told = must(&done?, 4)?;
    if !told.contains("client-running") || world.tree()? != before {
        return Err(format!("not refused, or written: {told}").into());
    }
    Ok(())
}
