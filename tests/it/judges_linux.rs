//! The real Claws Mail and Sylpheed as judges: they fetch and send in clear before the switch, inside TLS after it, and after
//! they have rewritten their files undo puts the old values back, key by key. What they are is told in tests/judges/README.md.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use libtest_mimic::{Failed, Trial};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::need::{self, Need, root};
use crate::readers::{Found, read};

const OLD: &str = "127.0.0.1";
const NEW: &str = "localhost";

static ALONE: Mutex<()> = Mutex::new(());

/// Three trials a client.
pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for (client, package, folder) in [("claws", "claws-mail", ".claws-mail"), ("sylpheed", "sylpheed", ".sylpheed-2.0")] {
        let needs = [Need::Judge(package), Need::Judge("dovecot"), Need::Judge("aiosmtpd")];
        let name = |question: &str| format!("judge::{client}::{question}");
        trials.push(need::trial(name("switch-pop3-and-back"), &needs, move || Lab::start(client, folder, "pop3")?.switch()));
        trials.push(need::trial(name("switch-imap-and-back"), &needs, move || Lab::start(client, folder, "imap")?.switch()));
        trials.push(need::trial(name("running-is-refused"), &needs, move || Lab::start(client, folder, "pop3")?.running()));
    }
    trials
}

/// A mail server, a home with one profile on it, and a state folder.
struct Lab {
    /// One at a time: both clients go by one socket a user.
    _alone: MutexGuard<'static, ()>,
    world: TempDir,
    client: &'static str,
    folder: &'static str,
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
    let stdout = String::from_utf8_lossy(&done.stdout).into_owned();
    match done.status.code() {
        Some(0) => Ok((Some(0), stdout)),
        code => Ok((code, format!("{stdout}\n{shown}\n{}", String::from_utf8_lossy(&done.stderr)))),
    }
}

fn must(command: &mut Command) -> Result<String, Failed> {
    match output(command)? {
        (Some(0), stdout) => Ok(stdout),
        (code, all) => Err(format!("exit {code:?}: {all}").into()),
    }
}

fn expect(what: &str, found: &Value, wanted: &Value) -> Result<(), Failed> {
    if found == wanted { Ok(()) } else { Err(format!("{what}: expected {wanted}, found {found}").into()) }
}

impl Lab {
    fn start(client: &'static str, folder: &'static str, protocol: &'static str) -> Result<Lab, Failed> {
        let mut lab = Lab {
            _alone: ALONE.lock().unwrap_or_else(PoisonError::into_inner),
            world: tempfile::tempdir()?,
            client,
            folder,
            protocol,
            ports: Value::Null,
        };
        std::fs::create_dir(lab.home())?;
        must(Command::new(judge("mail/server")).arg(lab.server()).arg("start"))?;
        lab.ports = serde_json::from_str(&std::fs::read_to_string(lab.server().join("ports.json"))?)?;
        let mut profile = Command::new(judge(client).join("profile"));
        must(profile.arg(lab.home()).args(["--host", OLD, "--protocol", protocol, "--server"]).arg(lab.server()))?;
        Ok(lab)
    }

    fn server(&self) -> PathBuf {
        self.world.path().join("server")
    }

    fn home(&self) -> PathBuf {
        self.world.path().join("joe")
    }

    fn accounts(&self) -> Result<Found, Failed> {
        read("ini", &std::fs::read(self.home().join(self.folder).join("accountrc"))?)
    }

    fn deliver(&self, subject: &str) -> Result<(), Failed> {
        must(Command::new(judge("mail/deliver")).arg(self.server()).args(["joe", subject])).map(drop)
    }

    /// Lets the client fetch until it has got so many messages, and send one; both servers must have seen all of it inside
    /// TLS, or none.
    fn talk(&self, messages: u64, subject: &str, tls: bool) -> Result<(), Failed> {
        let (logins, sent) = (self.logins()?.len(), self.sent()?.len());
        let mut command = Command::new(judge(self.client).join("fetch"));
        let messages = if self.protocol == "imap" { 1 } else { messages };
        command.arg(self.home()).arg("--server").arg(self.server()).args(["--messages", &messages.to_string()]);
        must(command.args(["--send", subject]))?;
        let logins = self.logins()?.split_off(logins);
        if logins.is_empty() || !logins.iter().all(|line| line.contains(", TLS,") == tls) {
            return Err(format!("expected logins of joe with TLS {tls}: {logins:#?}").into());
        }
        let sent = json!(self.sent()?.split_off(sent));
        let service = if tls { "submissions" } else { "smtp" };
        let (login, data) = (json!(["auth", service, tls, true, null]), json!(["data", service, tls, true, subject]));
        expect("what the outgoing server saw", &sent, &json!([login, data]))
    }

    fn logins(&self) -> Result<Vec<String>, Failed> {
        let log = std::fs::read_to_string(self.server().join("dovecot.log"))?;
        let login = format!("{}-login: Info: Login: user=<joe>", self.protocol);
        Ok(log.lines().filter(|line| line.contains(&login)).map(str::to_owned).collect())
    }

    /// The logins and messages that the outgoing server saw: event, service, TLS, whether it was joe, subject.
    fn sent(&self) -> Result<Vec<Value>, Failed> {
        let log = std::fs::read_to_string(self.server().join("smtp.log"))?;
        let events: Vec<Value> = log.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
        let told = |event: &Value| {
            let is_joe = event["accepted"] == json!(true) || event["authenticated"] == json!(true);
            json!([event["event"], event["service"], event["tls"], is_joe, event["subject"]])
        };
        Ok(events.iter().filter(|event| event["event"] != "connect").map(told).collect())
    }

    /// `waxseal` as the user of the home would run it.
    fn waxseal(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_waxseal"));
        command
            .env("HOME", self.home())
            .args(arguments)
            .args(["--yes", "--json", "--state"])
            .arg(self.world.path().join("state"));
        command
    }

    fn apply(&self) -> Command {
        let port = |service: &str| self.ports[service].to_string();
        let (incoming, outgoing) = (port(&format!("{}s", self.protocol)), port("submissions"));
        let mut command = self.waxseal(&["apply", "--probe", "off"]);
        for (side, port) in [("incoming", incoming), ("outgoing", outgoing)] {
            for (part, value) in [("host", NEW), ("security", "implicit-tls"), ("port", &port)] {
                command.arg("--set").arg(format!("{side}.{part}={value}"));
            }
        }
        command
    }

    /// The whole way: in clear, switch, inside TLS, the client's own rewriting, undo, in clear again.
    fn switch(&self) -> Result<(), Failed> {
        self.deliver("one")?;
        self.talk(1, "before", false)?;
        let before = self.accounts()?;
        let said = must(&mut self.apply())?;
        let records: Vec<Value> = said.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
        let cost = records.iter().find(|record| record["type"] == "consequence").cloned().unwrap_or_default();
        expect("password asked again", &cost["password_asked_again"], &json!("no"))?;
        expect("mail fetched again", &cost["mail_fetched_again"], &json!("yes"))?;
        // What was left on a POP3 server is fetched once more, as the plan said.
        self.deliver("two")?;
        self.talk(3, "inside TLS", true)?;
        must(&mut self.waxseal(&["undo"]))?;
        let after = self.accounts()?;
        let differ: BTreeSet<&String> =
            before.keys().chain(after.keys()).filter(|key| before.get(*key) != after.get(*key)).collect();
        expect("the keys that differ from before", &json!(differ), &json!([]))?;
        // The old list of what was fetched counts again, and doesn't hold the second message.
        self.talk(4, "after", false)
    }

    fn running(&self) -> Result<(), Failed> {
        self.deliver("one")?;
        let apply = self.apply();
        let mut command = Command::new(judge(self.client).join("fetch"));
        command.arg(self.home()).arg("--server").arg(self.server()).args(["--messages", "1", "--", "env"]);
        command.arg(format!("HOME={}", self.home().display())).arg(apply.get_program()).args(apply.get_args());
        let said: Value = serde_json::from_str(&must(&mut command)?)?;
        expect("apply's exit", &said["command"]["exit"], &json!(4))?;
        let told = said["command"]["stdout"].as_str().unwrap_or_default();
        if !told.contains("\"client-running\"") {
            return Err(format!("expected client-running: {told}").into());
        }
        must(&mut self.apply()).map(drop)
    }
}
