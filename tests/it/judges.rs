//! The real Thunderbird and a real mail server as judges: before the switch, after it, after the client has rewritten
//! its files, and after undo. What they are is told in tests/judges/README.md.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use libtest_mimic::{Failed, Trial};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::need::{self, Need, root};

pub(crate) const OLD: &str = "mail.example.test";
const NEW: &str = "sslmail.example.test";

/// One trial a version, protocol and question.
pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for app in ["153", "140"] {
        let needs = [
            Need::Judge(if app == "153" { "thunderbird-153" } else { "thunderbird-140" }),
            Need::Judge("dovecot"),
            Need::Judge("aiosmtpd"),
        ];
        let mut add = |name: String, run: Box<dyn FnOnce() -> Result<(), Failed> + Send>| {
            trials.push(need::trial(format!("judge::thunderbird-{app}::{name}"), &needs, run));
        };
        for protocol in ["pop3", "imap"] {
            add(format!("switch-{protocol}-and-back"), Box::new(move || switch(app, protocol, false)));
            add(format!("made-by-itself-{protocol}"), Box::new(move || switch(app, protocol, true)));
            add(format!("control-no-authority-{protocol}"), Box::new(move || no_authority(app, protocol)));
            add(format!("control-logins-left-alone-{protocol}"), Box::new(move || logins_left_alone(app, protocol)));
        }
        add("settings".to_owned(), Box::new(move || settings(app)));
        add("running-is-refused".to_owned(), Box::new(move || running(app)));
        add("starts-not-during-apply".to_owned(), Box::new(move || starts_not(app)));
    }
    trials
}

/// A mail server, a home with one Thunderbird profile on it, and a state folder.
pub(crate) struct Lab {
    folder: TempDir,
    app: &'static str,
    protocol: &'static str,
    ports: Value,
}

impl Drop for Lab {
    fn drop(&mut self) {
        let _ = Command::new(judge("mail/server"))
            .arg(self.server())
            .arg("stop")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
    }
}

fn judge(name: &str) -> PathBuf {
    root().join("tests/judges").join(name)
}

fn output(command: &mut Command) -> Result<(Option<i32>, String), Failed> {
    let shown = format!("{command:?}");
    let done = command.stdin(Stdio::null()).output().map_err(|error| format!("{shown}: {error}"))?;
    let stderr = String::from_utf8_lossy(&done.stderr);
    let stdout = String::from_utf8_lossy(&done.stdout).into_owned();
    if done.status.code() == Some(0) {
        Ok((Some(0), stdout))
    } else {
        Ok((done.status.code(), format!("{shown}\n{stdout}{stderr}")))
    }
}

fn must(command: &mut Command) -> Result<String, Failed> {
    match output(command)? {
        (Some(0), stdout) => Ok(stdout),
        (code, all) => Err(format!("exit {code:?}: {all}").into()),
    }
}

impl Lab {
    pub(crate) fn start(app: &'static str, protocol: &'static str) -> Result<Lab, Failed> {
        let mut lab = Lab { folder: tempfile::tempdir()?, app, protocol, ports: Value::Null };
        must(Command::new(judge("mail/server")).arg(lab.server()).arg("start"))?;
        lab.ports = serde_json::from_str(&std::fs::read_to_string(lab.server().join("ports.json"))?)?;
        std::fs::create_dir_all(lab.profile())?;
        std::fs::write(
            lab.home().join(".thunderbird/profiles.ini"),
            "[Profile0]\nName=default\nIsRelative=1\nPath=p.default\n\n[General]\nVersion=2\n",
        )?;
        Ok(lab)
    }

    fn server(&self) -> PathBuf {
        self.folder.path().join("server")
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.folder.path().join("home/joe")
    }

    fn profile(&self) -> PathBuf {
        self.home().join(".thunderbird/p.default")
    }

    /// A profile by our hand.
    pub(crate) fn by_hand(&self, more: &[&str]) -> Result<(), Failed> {
        let mut command = Command::new(judge("thunderbird/profile.py"));
        command.arg(self.profile()).args(["--protocol", self.protocol, "--app", self.app, "--ports"]);
        must(command.arg(self.server().join("ports.json")).args(more))?;
        self.save_logins()
    }

    /// A profile in which Thunderbird made the account itself, and ran.
    fn by_itself(&self) -> Result<(), Failed> {
        let mut command = Command::new(judge("thunderbird/profile.py"));
        must(command.arg(self.profile()).args(["--app", self.app, "--ports"]).arg(self.server().join("ports.json")))?;
        let args = json!({
            "protocol": self.protocol, "username": "joe", "hostname": OLD, "port": self.ports[self.protocol], "socketType": 0, "authMethod": 3,
            "email": "joe@example.test", "smtp": { "hostname": OLD, "port": self.ports["smtp"], "socketType": 0, "authMethod": 3 },
        });
        self.ask(&args, &["create.js"])?;
        self.save_logins()
    }

    fn save_logins(&self) -> Result<(), Failed> {
        let scheme = if self.protocol == "pop3" { "mailbox" } else { "imap" };
        let login = |scheme: &str| json!({ "origin": format!("{scheme}://{OLD}"), "username": "joe", "password": "hunter2" });
        self.ask(&json!({ "logins": [login(scheme), login("smtp")] }), &["logins-add.js"]).map(drop)
    }

    /// Runs scripts in the real Thunderbird; their values.
    pub(crate) fn ask(&self, args: &Value, scripts: &[&str]) -> Result<Vec<Value>, Failed> {
        let said = self.told(args, scripts)?;
        let results = said["results"].as_array().cloned().unwrap_or_default();
        match results.iter().all(|result| result["ok"] == true) && results.len() == scripts.len() {
            true => Ok(results.into_iter().map(|result| result["value"].clone()).collect()),
            false => Err(format!("{scripts:?}: {said:#}").into()),
        }
    }

    /// Runs scripts in the real Thunderbird; all that it tells of them, and of the dialogs that came up.
    pub(crate) fn told(&self, args: &Value, scripts: &[&str]) -> Result<Value, Failed> {
        let mut command = Command::new(judge("thunderbird/judge.py"));
        command.args(["--app", self.app, "--args", &args.to_string()]).arg(self.profile()).args(scripts);
        let (_, text) = output(&mut command)?;
        Ok(serde_json::from_str(text.trim()).map_err(|error| format!("{error}: {text}"))?)
    }

    pub(crate) fn waxseal(&self, arguments: &[&str]) -> Result<(Option<i32>, Vec<Value>), Failed> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_waxseal"));
        command.args(arguments).arg("--state").arg(self.folder.path().join("state")).arg("--json");
        let (code, text) = output(&mut command)?;
        let lines = text.lines().filter(|line| line.starts_with('{'));
        Ok((code, lines.map(serde_json::from_str).collect::<Result<_, _>>()?))
    }

    fn switching(&self) -> Vec<String> {
        let secure = if self.protocol == "pop3" { "pop3s" } else { "imaps" };
        let mut arguments: Vec<String> =
            ["apply", "--os", "linux", "--probe", "off", "--yes", "--home"].map(str::to_owned).to_vec();
        arguments.push(self.home().display().to_string());
        for (side, port) in [("incoming", secure), ("outgoing", "submissions")] {
            for (part, value) in
                [("host", NEW.to_owned()), ("security", "implicit-tls".to_owned()), ("port", self.ports[port].to_string())]
            {
                arguments.extend(["--set".to_owned(), format!("{side}.{part}={value}")]);
            }
        }
        arguments
    }

    /// Switches both servers to TLS on the new name.
    fn apply(&self) -> Result<Vec<Value>, Failed> {
        let arguments = self.switching();
        let (code, lines) = self.waxseal(&arguments.iter().map(String::as_str).collect::<Vec<_>>())?;
        expect("apply's exit", &json!(code), &json!(0))
            .map_err(|failed| Failed::from(format!("{}\n{lines:#?}", failed.message().unwrap_or_default())))?;
        Ok(lines)
    }

    fn deliver(&self, subject: &str) -> Result<(), Failed> {
        self.deliver_to("joe", subject)
    }

    pub(crate) fn deliver_to(&self, user: &str, subject: &str) -> Result<(), Failed> {
        must(Command::new(judge("mail/deliver")).arg(self.server()).args([user, subject])).map(drop)
    }

    /// Fetches and sends; asserts success, the number of messages, and that the server saw it inside TLS, or not.
    fn exchange(&self, messages: u64, tls: bool) -> Result<(), Failed> {
        let (mail, sent) = (self.log("dovecot.log")?.len(), self.log("smtp.log")?.len());
        let said = self.ask(&json!({}), &["fetch.js", "send.js"])?;
        let [fetched, sending] = said.as_slice() else { return Err("two answers were asked for".into()) };
        expect("the fetch", &fetched["status"], &json!("0x0"))?;
        expect("the messages in the inbox", &fetched["messages"], &json!(messages))?;
        expect("the sending", &sending["status"], &json!("0x0"))?;
        let logins: Vec<String> =
            self.log("dovecot.log")?.split_off(mail).into_iter().filter(|line| line.contains("Login: user=<joe>")).collect();
        if logins.is_empty() || !logins.iter().all(|line| line.contains(", TLS,") == tls) {
            return Err(format!("expected logins of joe with TLS {tls}: {logins:#?}").into());
        }
        let events: Vec<Value> =
            self.log("smtp.log")?.split_off(sent).iter().map(|line| serde_json::from_str(line)).collect::<Result<_, _>>()?;
        let data =
            events.iter().find(|event| event["event"] == "data").ok_or_else(|| format!("nothing was sent: {events:#?}"))?;
        expect("the submission's TLS", &data["tls"], &json!(tls))?;
        let login = events.iter().find(|event| event["event"] == "auth").map(|event| event["accepted"].clone());
        expect("the submission's login", &json!(login), &json!(true))
    }

    fn log(&self, name: &str) -> Result<Vec<String>, Failed> {
        let text = std::fs::read_to_string(self.server().join(name)).unwrap_or_default();
        Ok(text.lines().map(str::to_owned).collect())
    }
}

pub(crate) fn expect(what: &str, found: &Value, wanted: &Value) -> Result<(), Failed> {
    match difference(what, found, wanted) {
        None => Ok(()),
        Some(difference) => Err(difference.into()),
    }
}

/// The first place at which two values differ, with both.
fn difference(at: &str, found: &Value, wanted: &Value) -> Option<String> {
    match (found, wanted) {
        (Value::Object(found), Value::Object(wanted)) => {
            let names: std::collections::BTreeSet<&String> = found.keys().chain(wanted.keys()).collect();
            let of = |map: &serde_json::Map<String, Value>, name: &String| map.get(name).cloned().unwrap_or_default();
            names.into_iter().find_map(|name| difference(&format!("{at}.{name}"), &of(found, name), &of(wanted, name)))
        }
        (Value::Array(found), Value::Array(wanted)) if found.len() == wanted.len() => {
            found.iter().zip(wanted).enumerate().find_map(|(n, (found, wanted))| difference(&format!("{at}[{n}]"), found, wanted))
        }
        _ if found == wanted => None,
        _ => Some(format!("{at}: expected {wanted}, found {found}")),
    }
}

/// The member of a list of objects with this key.
fn with<'a>(list: &'a Value, key: &str, value: &str) -> &'a Value {
    static NONE: Value = Value::Null;
    list.as_array().into_iter().flatten().find(|item| item[key] == value).unwrap_or(&NONE)
}

/// The whole way: cleartext, switch, TLS with the saved password, the client's own rewriting, undo, cleartext again.
fn switch(app: &'static str, protocol: &'static str, by_itself: bool) -> Result<(), Failed> {
    let lab = Lab::start(app, protocol)?;
    if by_itself {
        lab.by_itself()?
    } else {
        lab.by_hand(&[])?
    };
    lab.deliver("one")?;
    lab.exchange(1, false)?;
    let before = lab.ask(&json!({}), &["accounts.js"])?.remove(0);

    let lines = lab.apply()?;
    let consequence = lines.iter().find(|line| line["type"] == "consequence").ok_or("no consequence was said")?;
    expect("password asked again", &consequence["password_asked_again"], &json!("no"))?;
    expect("mail fetched again", &consequence["mail_fetched_again"], &json!("no"))?;

    let after = lab.ask(&json!({}), &["accounts.js"])?.remove(0);
    moved(&lab, &before, &after)?;
    lab.deliver("two")?;
    lab.exchange(2, true)?;

    let (code, lines) = lab.waxseal(&["undo", "--yes"])?;
    expect("undo's exit", &json!(code), &json!(0))
        .map_err(|failed| Failed::from(format!("{}\n{lines:#?}", failed.message().unwrap_or_default())))?;
    let back = lab.ask(&json!({}), &["accounts.js"])?.remove(0);
    for part in ["accounts", "outgoing", "searches"] {
        expect(&format!("{part} after undo"), &settled(&back[part]), &settled(&before[part]))?;
    }
    lab.deliver("three")?;
    lab.exchange(3, false)
}

/// What is compared after the client ran in between: folders come and go on their own.
fn settled(part: &Value) -> Value {
    let mut part = part.clone();
    for item in part.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
        item.remove("folders");
    }
    part
}

/// Every value that the plan names is as planned, everything made of the old name is made of the new one and leads to
/// a folder that is there, and nothing else differs.
fn moved(lab: &Lab, before: &Value, after: &Value) -> Result<(), Failed> {
    let scheme = if lab.protocol == "pop3" { "mailbox" } else { "imap" };
    let secure = if lab.protocol == "pop3" { "pop3s" } else { "imaps" };
    let (old, new) = (format!("{scheme}://joe@{OLD}"), format!("{scheme}://joe@{NEW}"));
    let mut wanted = before.clone();
    for account in wanted["accounts"].as_array_mut().into_iter().flatten().filter(|account| account["type"] == lab.protocol) {
        account["hostname"] = json!(NEW);
        account["port"] = lab.ports[secure].clone();
        account["socketType"] = json!(3);
        // A name that nobody gave is made of user and host.
        if account["name"] == format!("joe on {OLD}") {
            account["name"] = json!(format!("joe on {NEW}"));
        }
    }
    for server in wanted["outgoing"].as_array_mut().into_iter().flatten() {
        server["hostname"] = json!(NEW);
        server["port"] = lab.ports["submissions"].clone();
        server["socketType"] = json!(3);
    }
    renamed(&mut wanted, &old, &new);
    for part in ["accounts", "outgoing", "searches"] {
        expect(part, &settled(&after[part]), &settled(&wanted[part]))?;
    }
    let account = with(&after["accounts"], "type", lab.protocol);
    expect("the saved login", &account["login"], &json!(true))?;
    expect("the saved outgoing login", &after["outgoing"][0]["login"], &json!(true))?;
    let gone = after["logins"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|login| login["origin"].as_str().is_some_and(|origin| origin.ends_with(&format!("//{OLD}"))));
    match gone {
        None => Ok(()),
        Some(login) => Err(format!("a login is still filed under the old name: {login}").into()),
    }
}

fn renamed(value: &mut Value, old: &str, new: &str) {
    match value {
        Value::String(text) if text.starts_with(old) => *text = format!("{new}{}", &text[old.len()..]),
        Value::Array(items) => items.iter_mut().for_each(|item| renamed(item, old, new)),
        Value::Object(members) => members.values_mut().for_each(|member| renamed(member, old, new)),
        _ => {}
    }
}

/// Control: without the authority the switched account must fail, so a success means that TLS was really checked.
fn no_authority(app: &'static str, protocol: &'static str) -> Result<(), Failed> {
    let lab = Lab::start(app, protocol)?;
    lab.by_hand(&["--no-ca"])?;
    lab.apply()?;
    must_fail(&lab)
}

/// Control: with logins.json as it was, no password may be found, so a success means that re-filing them matters.
fn logins_left_alone(app: &'static str, protocol: &'static str) -> Result<(), Failed> {
    let lab = Lab::start(app, protocol)?;
    lab.by_hand(&[])?;
    let logins = std::fs::read(lab.profile().join("logins.json"))?;
    lab.apply()?;
    if std::fs::read(lab.profile().join("logins.json"))? == logins {
        return Err("logins.json was not changed".into());
    }
    std::fs::write(lab.profile().join("logins.json"), logins)?;
    must_fail(&lab)
}

fn must_fail(lab: &Lab) -> Result<(), Failed> {
    lab.deliver("one")?;
    for script in ["fetch.js", "send.js"] {
        let said = lab.ask(&json!({ "seconds": 8 }), &[script])?.remove(0);
        if said["status"] == "0x0" {
            return Err(format!("{script} worked: {said}").into());
        }
    }
    match lab.log("dovecot.log")?.iter().find(|line| line.contains("Login: user=<joe>")) {
        Some(line) => Err(format!("a login worked: {line}").into()),
        None => Ok(()),
    }
}

/// Every setting of a POP3 account, as Thunderbird reads it.
fn settings(app: &'static str) -> Result<(), Failed> {
    let lab = Lab::start(app, "pop3")?;
    lab.by_hand(&[])?;
    let home = lab.home().display().to_string();
    let (host, port) = (format!("incoming.host={NEW}"), format!("incoming.port={}", lab.ports["pop3"]));
    let mut arguments = vec!["apply", "--os", "linux", "--probe", "off", "--yes", "--allow-deletion", "--home", &home];
    let sets = [
        &host,
        &port,
        "incoming.security=starttls",
        "outgoing.security=starttls",
        "outgoing.auth=encrypted-password",
        "retention.leave_on_server=true",
        "retention.delete_after_days=9",
        "retention.delete_when_deleted_locally=true",
        "check.at_startup=true",
        "check.every_minutes=23",
        "junk.level=off",
        "junk.delete_after_days=31",
    ];
    arguments.extend(sets.iter().flat_map(|set| ["--set", set]));
    let (code, lines) = lab.waxseal(&arguments)?;
    expect("apply's exit", &json!(code), &json!(0)).map_err(|_| Failed::from(format!("{code:?} {lines:#?}")))?;
    let said = lab.ask(&json!({}), &["accounts.js"])?.remove(0);
    let account = with(&said["accounts"], "type", "pop3");
    for (member, wanted) in [
        ("hostname", json!(NEW)),
        ("port", lab.ports["pop3"].clone()),
        ("socketType", json!(2)),
        ("authMethod", json!(3)),
        ("leaveMessagesOnServer", json!(true)),
        ("deleteByAgeFromServer", json!(true)),
        ("numDaysToLeaveOnServer", json!(9)),
        ("deleteMailLeftOnServer", json!(true)),
        ("loginAtStartUp", json!(true)),
        ("doBiff", json!(true)),
        ("biffMinutes", json!(23)),
    ] {
        expect(member, &account[member], &wanted)?;
    }
    for (member, wanted) in [("level", json!(0)), ("purge", json!(true)), ("purgeInterval", json!(31))] {
        expect(member, &account["spam"][member], &wanted)?;
    }
    for (member, wanted) in [("port", json!(587)), ("socketType", json!(2)), ("authMethod", json!(4))] {
        expect(member, &said["outgoing"][0][member], &wanted)?;
    }
    let (_, listed) = lab.waxseal(&["list", "--os", "linux", "--home", &home])?;
    let listed = json!(listed);
    let settings = &with(&listed, "type", "account")["settings"];
    for (name, wanted) in
        [("incoming.port", lab.ports["pop3"].clone()), ("retention.delete_after_days", json!(9)), ("junk.level", json!("off"))]
    {
        expect(name, &settings[name], &wanted)?;
    }
    Ok(())
}

/// While Thunderbird runs nothing is written, and it is named.
fn running(app: &'static str) -> Result<(), Failed> {
    let lab = Lab::start(app, "pop3")?;
    lab.by_hand(&[])?;
    let prefs = std::fs::read(lab.profile().join("logins.json"))?;
    let mut command = Command::new(judge("thunderbird/running.py"));
    command.args(["--app", app]).arg(lab.profile()).arg("--").arg(env!("CARGO_BIN_EXE_waxseal")).args(lab.switching());
    let said: Value =
        serde_json::from_str(must(command.arg("--json").arg("--state").arg(lab.folder.path().join("state")))?.trim())?;
    expect("apply's exit", &said["command"]["exit"], &json!(4))?;
    let text = said["command"]["stdout"].as_str().unwrap_or_default();
    let problem = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()).find(|line| line["type"] == "problem");
    let problem = problem.ok_or_else(|| format!("no problem was said: {said:#}"))?;
    expect("the problem", &problem["code"], &json!("client-running"))?;
    if !problem["message"].as_str().unwrap_or_default().to_lowercase().contains("thunderbird") {
        return Err(format!("it is not named: {problem}").into());
    }
    if std::fs::read(lab.profile().join("logins.json"))? != prefs {
        return Err("logins.json was written".into());
    }
    Ok(())
}

/// While apply is at work Thunderbird does not start, and the lock file is the owner's afterwards.
fn starts_not(app: &'static str) -> Result<(), Failed> {
    use std::os::unix::fs::MetadataExt;
    let lab = Lab::start(app, "pop3")?;
    lab.by_hand(&[])?;
    let _ = std::fs::remove_file(lab.profile().join(".parentlock"));
    let owner = if std::fs::metadata(lab.home())?.uid() == 0 { 65_534 } else { std::fs::metadata(lab.home())?.uid() };
    must(Command::new("chown").args(["-R", &owner.to_string()]).arg(lab.home()))?;
    let mut held = Command::new("strace");
    held.args([
        "-f",
        "-qq",
        "-o",
        "/dev/null",
        "-e",
        "trace=rename,renameat,renameat2",
        "-e",
        "inject=rename,renameat,renameat2:delay_enter=15000000:when=1",
    ]);
    held.arg(env!("CARGO_BIN_EXE_waxseal")).args(lab.switching()).arg("--state").arg(lab.folder.path().join("state"));
    let mut child = held.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let waiting = Instant::now();
    while !staged(&lab.profile())? {
        if waiting.elapsed() > Duration::from_secs(20) || child.try_wait()?.is_some() {
            return Err("apply never came to its renames".into());
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let said: Value =
        serde_json::from_str(must(Command::new(judge("thunderbird/starts.py")).args(["--app", app]).arg(lab.profile()))?.trim())?;
    expect("Thunderbird's start", &said["refused"], &json!(true))?;
    if child.try_wait()?.is_some() {
        return Err("apply was done before Thunderbird was asked".into());
    }
    let status = child.wait()?;
    expect("apply's exit", &json!(status.code()), &json!(0))?;
    expect("the lock file's owner", &json!(std::fs::metadata(lab.profile().join(".parentlock"))?.uid()), &json!(owner))?;
    let accounts = lab.ask(&json!({}), &["accounts.js"])?.remove(0);
    expect("the host", &with(&accounts["accounts"], "type", "pop3")["hostname"], &json!(NEW))
}

fn staged(folder: &Path) -> Result<bool, Failed> {
    for entry in std::fs::read_dir(folder)? {
        if entry?.file_name().to_string_lossy().starts_with(".waxseal-") {
            return Ok(true);
        }
    }
    Ok(false)
}
