//! msmtp and mpop as judges: what they say is in effect for every account before and after, and mail that they really
//! send and fetch. What the servers are is told in tests/judges/README.md.

use std::collections::BTreeSet;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use libtest_mimic::{Failed, Trial};
use serde_json::{Map, Value};
use tempfile::TempDir;

use crate::cases;
use crate::need::{Need, root, trial};
use crate::readers::read;
use crate::world::World;

/// Cases whose configuration these versions refuse as a whole, before as after; and one of which we say nothing.
const REFUSED: &[&str] =
    &["msmtp::duplicates-and-unknown", "msmtp::unfit", "msmtp::unknown-auth", "mpop::retention", "msmtp::nostarttls-of-1.2"];

/// One trial a case, and one for each way to send or fetch.
pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for (name, folder) in cases::folders() {
        let Some((program @ ("msmtp" | "mpop"), case)) = name.split_once("::") else { continue };
        if REFUSED.contains(&name.as_str()) {
            continue;
        }
        let program = if program == "msmtp" { "msmtp" } else { "mpop" };
        trials.push(trial(format!("judge::{program}::effective::{case}"), &[Need::Judge(program)], move || {
            as_planned(program, &folder)
        }));
    }
    let send = [Need::Judge("msmtp"), Need::Judge("aiosmtpd"), Need::Judge("dovecot")];
    trials.push(trial("judge::msmtp::send::implicit-tls", &send, || sends("implicit-tls", "submissions")));
    trials.push(trial("judge::msmtp::send::starttls", &send, || sends("starttls", "submission")));
    let fetch = [Need::Judge("mpop"), Need::Judge("aiosmtpd"), Need::Judge("dovecot")];
    trials.push(trial("judge::mpop::fetch::implicit-tls", &fetch, || fetches("implicit-tls", "pop3s")));
    trials.push(trial("judge::mpop::fetch::starttls", &fetch, || fetches("starttls", "pop3")));
    trials
}

fn judge(name: &str) -> PathBuf {
    root().join("tests/judges").join(name)
}

fn must(command: &mut Command) -> Result<String, Failed> {
    let done = command.stdin(Stdio::null()).output().map_err(|error| format!("{command:?}: {error}"))?;
    if done.status.success() {
        return Ok(String::from_utf8_lossy(&done.stdout).into_owned());
    }
    Err(format!("{command:?}: {}\n{}", done.status, String::from_utf8_lossy(&done.stderr)).into())
}

/// What a program says of every account of a configuration.
fn effective(world: &World, program: &str, config: &Path) -> Result<Map<String, Value>, Failed> {
    fs::set_permissions(config, Permissions::from_mode(0o600))?;
    let sections: BTreeSet<String> = text_sections(&fs::read(config)?)?;
    let out = must(Command::new(judge("msmtp/effective.py")).args([program.as_ref(), config, &world.home]).args(&sections))?;
    Ok(serde_json::from_str(&out)?)
}

/// The accounts by name, in the words of the independent reader; with nothing but a parent they have a line of their own.
fn text_sections(bytes: &[u8]) -> Result<BTreeSet<String>, Failed> {
    let mut names = BTreeSet::new();
    for key in read("msmtp", bytes)?.keys().filter_map(|key| key.strip_prefix("account=")) {
        names.extend(key.split('/').next().map(|name| name.replace("~1", "/").replace("~0", "~")));
    }
    for line in String::from_utf8_lossy(bytes).lines() {
        let header = line.trim().strip_prefix("account ").and_then(|header| header.split(':').next());
        names.extend(header.map(|name| name.trim().trim_matches('"').to_owned()));
    }
    Ok(names)
}

fn word<'a>(said: &'a Value, name: &str) -> &'a str {
    match said[name].as_str().unwrap_or_default() {
        "(not set)" => "",
        word => word,
    }
}

/// What a program says of an account, in our words.
fn told(said: &Value, side: &str, setting: &str) -> Value {
    match setting {
        "host" => word(said, "host").into(),
        "port" => word(said, "port").parse::<u16>().unwrap_or(0).into(),
        "security" => match (word(said, "tls"), word(said, "tls_starttls")) {
            ("off", _) => "cleartext".into(),
            ("on", "on") => "starttls".into(),
            ("on", "off") => "implicit-tls".into(),
            (tls, starttls) => format!("tls {tls}, tls_starttls {starttls}").into(),
        },
        "username" => word(said, "user").into(),
        "auth" => match word(said, "auth") {
            "none" => "none".into(),
            "choose" | "PLAIN" | "LOGIN" | "USER" | "plain" | "login" | "user" => "password".into(),
            "APOP" | "CRAM-MD5" | "apop" | "cram-md5" => "encrypted-password".into(),
            other => format!("{side} {other}").into(),
        },
        other => format!("no such setting: {other}").into(),
    }
}

/// A listed account is, to the program, what it is to us.
fn agrees(said: &Value, account: &Value, side: &str) -> Result<(), Failed> {
    for setting in ["host", "port", "security", "auth", "username"] {
        let ours = match &account["settings"][format!("{side}.{setting}")] {
            Value::Null => "".into(),
            value => value.clone(),
        };
        let theirs = told(said, side, setting);
        if ours != theirs {
            return Err(format!("{}: {setting}: waxseal says {ours}, the program {theirs}", account["account"]).into());
        }
    }
    Ok(())
}

fn as_planned(program: &'static str, folder: &Path) -> Result<(), Failed> {
    let side = if program == "msmtp" { "outgoing" } else { "incoming" };
    let world = World::copy_of(&folder.join("in"), &[])?;
    let direct = world.home.join(format!(".{program}rc"));
    let config = if direct.exists() { direct } else { world.home.join(".config").join(program).join("config") };
    let (home, state) = (world.home.to_string_lossy().into_owned(), world.state.to_string_lossy().into_owned());
    let policy = folder.join("policy.toml").to_string_lossy().into_owned();
    let homes = ["--home", &home, "--os", "linux", "--json"];
    let listed = |what: &str| -> Result<Vec<Value>, Failed> {
        let said = effective(&world, program, &config)?;
        let accounts = world.waxseal(&[&["list"], &homes[..]].concat())?.of_type("account")?;
        for account in &accounts {
            let id = account["account"].as_str().unwrap_or_default();
            agrees(&said[id], account, side).map_err(|failed| format!("{what}: {}", failed.message().unwrap_or_default()))?;
        }
        Ok(accounts)
    };
    let accounts = listed("before")?;
    let before = effective(&world, program, &config)?;
    let plan = world.waxseal(&[&["plan", "--policy", &policy], &homes[..]].concat())?;
    world.waxseal(&[&["apply", "--yes", "--policy", &policy, "--state", &state], &homes[..]].concat())?;
    listed("after")?;
    let after = effective(&world, program, &config)?;
    let changes: Vec<Value> = plan.of_type("change")?.into_iter().filter(|change| change["before"] != change["after"]).collect();
    for (name, said) in &after {
        if !accounts.iter().any(|account| account["account"] == **name) {
            if !accounts.iter().any(|account| account["account"].as_str().is_some_and(|id| after[id] == *said)) {
                return Err(format!("{name} is no alias of an account: {said:#}").into());
            }
            continue;
        }
        let planned: Vec<&Value> = changes.iter().filter(|change| change["account"] == **name).collect();
        if planned.is_empty() && before[name] != *said {
            return Err(format!("{name}: nothing is planned, but {:#} became {said:#}", before[name]).into());
        }
        for change in planned {
            let Some(setting) = change["setting"].as_str().and_then(|setting| setting.strip_prefix(side)) else { continue };
            let setting = setting.trim_start_matches('.');
            if told(said, side, setting) != change["after"] {
                return Err(format!("{name}: {setting}: planned {}, the program says {said:#}", change["after"]).into());
            }
        }
    }
    Ok(())
}

/// A mail server of its own.
struct Server {
    folder: TempDir,
    ports: Value,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = must(Command::new(judge("mail/server")).arg(self.folder.path()).arg("stop"));
    }
}

impl Server {
    fn start() -> Result<Server, Failed> {
        let mut server = Server { folder: tempfile::tempdir()?, ports: Value::Null };
        must(Command::new(judge("mail/server")).arg(server.folder.path()).arg("start"))?;
        server.ports = serde_json::from_str(&server.log("ports.json")?)?;
        Ok(server)
    }

    fn log(&self, name: &str) -> Result<String, Failed> {
        Ok(fs::read_to_string(self.folder.path().join(name))?)
    }

    fn trust(&self) -> String {
        self.folder.path().join("ca.pem").to_string_lossy().into_owned()
    }
}

/// A home with this configuration.
fn home(name: &str, config: &str) -> Result<World, Failed> {
    let empty = tempfile::tempdir()?;
    let world = World::copy_of(empty.path(), &[])?;
    let path = world.home.join(name);
    fs::write(&path, config)?;
    fs::set_permissions(&path, Permissions::from_mode(0o600))?;
    Ok(world)
}

fn apply(world: &World, side: &str, security: &str, port: &Value) -> Result<(), Failed> {
    let policy = world.home.with_file_name("policy.toml");
    let rule = format!(
        "[[rule]]\nname = \"r\"\nmatch = {{ {side}.host = \"127.0.0.1\" }}\nprobe = \"off\"\n[rule.set]\n{side}.host = \"localhost\"\n\
         {side}.security = \"{security}\"\n{side}.port = {port}\n{side}.auth = \"password\"\n"
    );
    fs::write(&policy, rule)?;
    let (home, state, policy) = (world.home.to_string_lossy(), world.state.to_string_lossy(), policy.to_string_lossy());
    world.waxseal(&["apply", "--yes", "--home", &home, "--os", "linux", "--policy", &policy, "--state", &state])?.exits(&[0])?;
    Ok(())
}

fn undo(world: &World) -> Result<(), Failed> {
    world.waxseal(&["undo", "--yes", "--state", &world.state.to_string_lossy()])?.exits(&[0])?;
    Ok(())
}

/// Sends in clear before the switch, and inside TLS with a login after it.
fn sends(security: &str, service: &str) -> Result<(), Failed> {
    let server = Server::start()?;
    let config = format!(
        "defaults\ntls_trust_file {}\n\naccount work\nhost 127.0.0.1\nport {}\nfrom joe@example.test\nuser joe\npassword hunter2\n\n\
         account default : work\n",
        server.trust(),
        server.ports["smtp"]
    );
    let world = home(".msmtprc", &config)?;
    let send = |subject: &str| -> Result<Vec<Value>, Failed> {
        let mail = world.home.with_file_name("mail");
        fs::write(&mail, format!("Subject: {subject}\n\nhello\n"))?;
        let mut command = Command::new("timeout");
        command.args(["20", "msmtp", "ann@example.test"]).env("HOME", &world.home).stdin(fs::File::open(&mail)?);
        let done = command.output()?;
        if !done.status.success() {
            return Err(format!("{subject}: {}", String::from_utf8_lossy(&done.stderr)).into());
        }
        let events = server.log("smtp.log")?;
        let events = events.lines().map(serde_json::from_str).collect::<Result<Vec<Value>, _>>()?;
        Ok(events.into_iter().rev().take_while(|event| event["event"] != "connect").collect())
    };
    let is = |event: &Value, kind: &str, service: &str, tls: bool| {
        event["event"] == kind && event["service"] == service && event["tls"] == tls
    };
    let clear = send("before")?;
    if !clear.iter().any(|event| is(event, "data", "smtp", false) && event["subject"] == "before") {
        return Err(format!("before the switch: {clear:?}").into());
    }
    apply(&world, "outgoing", security, &server.ports[service])?;
    let safe = send("after")?;
    let authenticated = |event: &Value| is(event, "auth", service, true) && event["accepted"] == true && event["user"] == "joe";
    let sent = |event: &Value| is(event, "data", service, true) && event["subject"] == "after" && event["authenticated"] != false;
    if !safe.iter().any(authenticated) || !safe.iter().any(sent) {
        return Err(format!("after the switch: {safe:?}").into());
    }
    undo(&world)?;
    if fs::read_to_string(world.home.join(".msmtprc"))? == config { Ok(()) } else { Err("undo left a difference".into()) }
}

/// Fetches in clear, moves, and fetches inside TLS what is new and nothing else; without the list all comes again.
fn fetches(security: &str, service: &str) -> Result<(), Failed> {
    let server = Server::start()?;
    let config = format!(
        "defaults\ntls_trust_file {}\nkeep on\n\naccount work\nhost 127.0.0.1\nport {}\nuser joe\nauth user\npassword hunter2\n\
         delivery maildir ~/Mail\n",
        server.trust(),
        server.ports["pop3"]
    );
    let world = home(".mpoprc", &config)?;
    for folder in ["cur", "new", "tmp"] {
        fs::create_dir_all(world.home.join("Mail").join(folder))?;
    }
    let deliver = |subject: &str| must(Command::new(judge("mail/deliver")).arg(server.folder.path()).args(["joe", subject]));
    let fetch = || -> Result<usize, Failed> {
        let count = || Ok::<_, Failed>(fs::read_dir(world.home.join("Mail/new"))?.count());
        let before = count()?;
        must(Command::new("timeout").args(["20", "mpop", "work"]).env("HOME", &world.home))?;
        Ok(count()? - before)
    };
    let expect = |what: &str, found: usize, wanted: usize| match found == wanted {
        true => Ok(()),
        false => Err(Failed::from(format!("{what}: {found} fetched, expected {wanted}"))),
    };
    deliver("one")?;
    deliver("two")?;
    expect("before the switch", fetch()?, 2)?;
    expect("once more", fetch()?, 0)?;
    let inside_tls = |log: &str| {
        log.lines().filter(|line| line.contains("pop3-login: Info: Login: user=<joe>") && line.contains(", TLS")).count()
    };
    if inside_tls(&server.log("dovecot.log")?) != 0 {
        return Err("TLS before the switch".into());
    }
    apply(&world, "incoming", security, &server.ports[service])?;
    deliver("three")?;
    expect("after the switch", fetch()?, 1)?;
    if inside_tls(&server.log("dovecot.log")?) != 1 {
        return Err(format!("no TLS after the switch:\n{}", server.log("dovecot.log")?).into());
    }
    let moved = fs::read_to_string(world.home.join(".mpoprc"))?;
    let left_alone: String = moved.split_inclusive('\n').filter(|line| !line.contains("uidls_file")).collect();
    fs::write(world.home.join(".mpoprc"), left_alone)?;
    expect("with the list left where mpop would look by itself", fetch()?, 3)?;
    fs::write(world.home.join(".mpoprc"), moved)?;
    undo(&world)?;
    if fs::read_to_string(world.home.join(".mpoprc"))? != config {
        return Err("undo left a difference".into());
    }
    expect("after undo", fetch()?, 0)
}
