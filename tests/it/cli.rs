//! Whole runs of the command: what people and programs see for each verb, and for its errors. Knows no client's files
//! beyond one sample home.

mod docs;
mod later;
mod many;
#[cfg(unix)]
mod report;
mod runs;
mod terminal;
mod verbs;

use std::fs;
use std::path::Path;

use libtest_mimic::{Failed, Trial};
use serde_json::Value;

use crate::need::{root, trial};
use crate::world::{Run, Times, World, differences, tree};

/// One trial a verb or error.
pub(crate) fn trials() -> Vec<Trial> {
    type Told = fn() -> Result<(), Failed>;
    let each: [(&str, Told); 15] = [
        ("alone", alone),
        ("audit", audit),
        ("audit-csv", audit_csv),
        ("audit-policy", audit_policy),
        ("policy-check", policy_check),
        ("policy-errors", policy_errors),
        ("policy-example", policy_example),
        ("policy-schema", policy_schema),
        ("users", users),
        ("users-without-a-row", users_without_a_row),
        ("secure", secure),
        ("secure-host-and-set", secure_host_and_set),
        ("secure-unknown", secure_unknown),
        ("secure-ports", secure_ports),
        ("follows-are-marked", follows_are_marked),
    ];
    let each = each.into_iter().map(|(name, run)| trial(format!("cli::{name}"), &[], run));
    let each =
        each.chain(many::trials()).chain(verbs::trials()).chain(later::trials()).chain(runs::trials()).chain(terminal::trials());
    #[cfg(unix)]
    let each = each.chain(report::trials());
    each.chain(docs::trials()).collect()
}

/// A home with two accounts of Thunderbird, none of them secure.
pub(crate) fn demo() -> Result<World, Failed> {
    let folder = tempfile::tempdir()?;
    copy(&root().join("cli/demo"), &folder.path().join(".thunderbird"))?;
    let profile = folder.path().join(".thunderbird");
    fs::rename(profile.join("profile"), profile.join("q3v7k1xd.default-release"))?;
    fs::remove_file(profile.join("policy.toml"))?;
    World::copy_of(folder.path(), &[])
}

fn copy(from: &Path, to: &Path) -> Result<(), Failed> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.path().is_dir() {
            copy(&entry.path(), &to.join(entry.file_name()))?;
        } else {
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

/// A run on the sample home, its own paths taken out of what it says.
fn run(world: &World, words: &[&str]) -> Result<Run, Failed> {
    let (home, state) = (world.home.to_string_lossy(), world.state.to_string_lossy());
    let with_state = words.first().is_some_and(|verb| *verb != "policy");
    let homes = ["--home", &home, "--os", "linux"];
    let state = ["--state", &state];
    let takes_homes = words.first().is_some_and(|verb| !["policy", "undo", "log"].contains(verb));
    let more: Vec<&str> = homes.into_iter().filter(|_| takes_homes).chain(state.into_iter().filter(|_| with_state)).collect();
    let mut run = world.waxseal(&[words, more.as_slice()].concat())?;
    for text in [&mut run.stdout, &mut run.stderr] {
        *text = text.replace(&*home, "~").replace(&*world.folder().to_string_lossy(), "WORLD");
    }
    Ok(run)
}

fn write(world: &World, name: &str, text: &str) -> Result<String, Failed> {
    let path = world.folder().join(name);
    fs::write(&path, text)?;
    Ok(path.to_string_lossy().into_owned())
}

fn says(run: &Run, text: &str, expected: &str) -> Result<(), Failed> {
    if text == expected { Ok(()) } else { Err(run.failed(&format!("expected:\n{expected}"))) }
}

fn has(run: &Run, text: &str, part: &str) -> Result<(), Failed> {
    if text.contains(part) { Ok(()) } else { Err(run.failed(&format!("expected to find: {part}"))) }
}

fn alone() -> Result<(), Failed> {
    let world = demo()?;
    let empty = world.waxseal(&[])?;
    empty.exits(&[2])?;
    has(&empty, &empty.stderr, "hint: --home takes a home")?;
    fs::rename(&world.home, world.folder().join("nobody"))?;
    let run = world.waxseal(&[])?;
    run.exits(&[0])?;
    says(&run, &run.stderr, "")?;
    says(
        &run,
        &run.stdout,
        "rosa@example.org · Thunderbird: bad: no TLS\n  \
           incoming.security  cleartext  anybody on the way can read the password and the mail\n  \
           outgoing.security  cleartext  anybody on the way can read the password and the mail\n  \
           outgoing.port  25  port 25 is for mail between servers; users submit on 465 or 587\n\
         choir@example.org · Thunderbird: bad: no TLS\n  \
           incoming.security  cleartext  anybody on the way can read the password and the mail\n  \
           outgoing.security  cleartext  anybody on the way can read the password and the mail\n\n\
         next:\nwaxseal secure             to switch to TLS: it shows the change, and asks\n",
    )
}

fn audit() -> Result<(), Failed> {
    let world = demo()?;
    let run = self::run(&world, &["audit", "--json"])?;
    run.exits(&[1])?;
    let findings = run.of_type("finding")?;
    let first = findings.first().ok_or_else(|| run.failed("no finding"))?;
    let expected = serde_json::json!({
        "type": "finding", "home": "~", "client": "thunderbird", "profile": "~/.thunderbird/q3v7k1xd.default-release",
        "account": "account1", "setting": "incoming.security", "actual": "cleartext", "wanted": "implicit-tls",
        "store": "~/.thunderbird/q3v7k1xd.default-release/prefs.js",
        "message": "anybody on the way can read the password and the mail",
    });
    if *first != expected {
        return Err(run.failed(&expected.to_string()));
    }
    let summary = run.of_type("summary")?;
    if summary[0]["changed"] != 2 || summary[0]["accounts"] != 2 {
        return Err(run.failed("expected two accounts with findings"));
    }
    let human = self::run(&world, &["audit", "--account", "rosa@*"])?;
    human.exits(&[1])?;
    has(&human, &human.stdout, "  incoming.security is cleartext, should be implicit-tls\n    anybody on the way can read")?;
    has(&human, &human.stdout, "\n1 account in 1 home: 1 with findings\n")?;
    let none = self::run(&world, &["audit", "--account", "nobody@*"])?;
    none.exits(&[0])?;
    says(&none, &none.stdout, "0 accounts in 1 home: nothing found\n")
}

fn audit_csv() -> Result<(), Failed> {
    let world = demo()?;
    let run = self::run(&world, &["audit", "--csv"])?;
    run.exits(&[1])?;
    let mut lines = run.stdout.split("\r\n");
    says(&run, lines.next().unwrap_or_default(), "home,client,profile,account,name,email,setting,actual,wanted,message,store")?;
    says(
        &run,
        lines.next().unwrap_or_default(),
        "~,thunderbird,~/.thunderbird/q3v7k1xd.default-release,account1,Rosa at home,rosa@example.org,incoming.security,\
         cleartext,implicit-tls,anybody on the way can read the password and the mail,\
         ~/.thunderbird/q3v7k1xd.default-release/prefs.js",
    )?;
    self::run(&world, &["audit", "--csv", "--json"])?.exits(&[2])
}

fn audit_policy() -> Result<(), Failed> {
    let world = demo()?;
    let policy = write(&world, "p.toml", "[[rule]]\nname = \"often\"\nset.check.every_minutes = 7\n")?;
    let run = self::run(&world, &["audit", "--policy", &policy, "--json"])?;
    run.exits(&[1])?;
    let findings = run.of_type("finding")?;
    let right = findings.iter().all(|finding| finding["setting"] == "check.every_minutes" && finding["wanted"] == 7);
    if findings.len() != 2 || !right {
        return Err(run.failed("expected one finding an account"));
    }
    self::run(&world, &["apply", "--policy", &policy, "--yes", "--assume-closed"])?.exits(&[0])?;
    self::run(&world, &["audit", "--policy", &policy])?.exits(&[0])
}

fn policy_check() -> Result<(), Failed> {
    let world = demo()?;
    let policy =
        write(&world, "p.toml", "[[rule]]\nname = \"a\"\nmatch.email = [\"x@*\", \"y@*\"]\nset.check.every_minutes = 7\n")?;
    let run = self::run(&world, &["policy", "check", &policy])?;
    run.exits(&[0])?;
    says(&run, &run.stdout, "a: email x@* or y@*\n  check.every_minutes = 7\nWORLD/p.toml: nothing wrong\n")
}

fn policy_errors() -> Result<(), Failed> {
    let world = demo()?;
    let text =
        "[[rule]]\nmatch = { emial = \"*\" }\nprobe = \"off\"\n[rule.set]\nincoming.prot = 995\n\tincoming.security = \"ssl\"\n";
    let policy = write(&world, "p.toml", text)?;
    for words in [vec!["policy", "check", &policy], vec!["plan", "--policy", &policy], vec!["audit", "--policy", &policy]] {
        let run = self::run(&world, &words)?;
        run.exits(&[2])?;
        says(&run, &run.stdout, "")?;
        says(
            &run,
            &run.stderr,
            "error: match has no \"emial\"\n --> WORLD/p.toml:2:11\n  |\n2 | match = { emial = \"*\" }\n  |           ^^^^^\n  = hint: did you mean email?\n\
             error: there is no setting \"incoming.prot\"\n --> WORLD/p.toml:5:1\n  |\n5 | incoming.prot = 995\n  | ^^^^^^^^^^^^^\n  = hint: did you mean incoming.port?\n\
             error: incoming.security: expected implicit-tls, starttls, starttls-if-offered, cleartext, found \"ssl\"\n --> WORLD/p.toml:6:22\n  |\n6 | \tincoming.security = \"ssl\"\n  | \t                    ^^^^^\n  = hint: did you mean implicit-tls?\n",
        )?;
    }
    let typed = self::run(&world, &["plan", "--set", "incoming.prot=1"])?;
    typed.exits(&[2])?;
    says(&typed, &typed.stderr, "error: there is no setting \"incoming.prot\"\nhint: did you mean incoming.port?\n")?;
    let nowhere = self::run(&world, &["policy", "check", "no/such.toml"])?;
    nowhere.exits(&[2])?;
    has(&nowhere, &nowhere.stderr, "error: no/such.toml: the policy can't be read")
}

fn policy_example() -> Result<(), Failed> {
    let world = demo()?;
    let example = self::run(&world, &["policy", "example"])?;
    example.exits(&[0])?;
    let policy = write(&world, "example.toml", &example.stdout)?;
    let run = self::run(&world, &["policy", "check", &policy])?;
    run.exits(&[0])?;
    has(&run, &run.stdout, "everybody: every account\n")
}

/// The schema in `docs/` is what the table of settings says.
fn policy_schema() -> Result<(), Failed> {
    let world = demo()?;
    let run = self::run(&world, &["policy", "schema"])?;
    run.exits(&[0])?;
    let path = root().join("docs/policy.schema.json");
    if std::env::var("UPDATE").is_ok_and(|word| word == "1") {
        fs::write(&path, &run.stdout)?;
    }
    says(&run, &run.stdout.clone(), &fs::read_to_string(path)?)?;
    let schema: Value = serde_json::from_str(&run.stdout)?;
    let set = &schema["properties"]["rule"]["items"]["properties"]["set"]["properties"];
    if set["incoming"]["properties"]["security"]["enum"][0] != "implicit-tls"
        || !set["incoming"]["properties"]["protocol"].is_null()
    {
        return Err(run.failed("expected the settings that a rule may set"));
    }
    Ok(())
}

const LOGINS: &str = "[[rule]]\nname = \"logins\"\nprobe = \"off\"\nmatch.email = \"rosa@*\"\nset.incoming.username = \"{csv.login}\"\nset.incoming.security = \"implicit-tls\"\n";

fn users() -> Result<(), Failed> {
    let world = demo()?;
    let policy = write(&world, "p.toml", LOGINS)?;
    let users = write(&world, "users.csv", "email,login\r\nROSA@example.org,r.rosa\r\n")?;
    let run = self::run(&world, &["plan", "--json", "--policy", &policy, "--users", &users])?;
    run.exits(&[0])?;
    let changes = run.of_type("change")?;
    let name = changes.iter().find(|change| change["setting"] == "incoming.username");
    if name.is_none_or(|change| change["after"] != "r.rosa") {
        return Err(run.failed("expected the user name of the table"));
    }
    let without = self::run(&world, &["plan", "--policy", &policy])?;
    without.exits(&[2])?;
    has(
        &without,
        &without.stderr,
        "error: rule \"logins\" needs {csv.login}, and no users file is given\n --> WORLD/p.toml:5:25\n",
    )?;
    let other = write(&world, "other.csv", "email,logon\n")?;
    let other = self::run(&world, &["plan", "--policy", &policy, "--users", &other])?;
    other.exits(&[2])?;
    has(&other, &other.stderr, "= hint: did you mean logon?\n")
}

fn users_without_a_row() -> Result<(), Failed> {
    let world = demo()?;
    let before = tree(&world.home)?;
    let policy = write(&world, "p.toml", LOGINS)?;
    let users = write(&world, "users.csv", "user,login\njim,j.jim\n")?;
    let run = self::run(&world, &["apply", "--yes", "--assume-closed", "--json", "--policy", &policy, "--users", &users])?;
    run.exits(&[3])?;
    let problems = run.of_type("problem")?;
    let expected = "incoming.username can't be \"{csv.login}\", as rule logins wants it: {csv.login} has no value: the users file \
                    has no row for home ~, user joe, address rosa@example.org; the server stays as it is";
    if problems.len() != 1 || problems[0]["code"] != "no-value" || problems[0]["message"] != expected {
        return Err(run.failed(expected));
    }
    match differences(&before, &tree(&world.home)?, Times::Count) {
        none if none.is_empty() => Ok(()),
        some => Err(run.failed(&format!("changed: {some:?}"))),
    }
}

fn secure() -> Result<(), Failed> {
    let world = demo()?;
    let before = tree(&world.home)?;
    let asks = self::run(&world, &["secure"])?;
    asks.exits(&[2])?;
    has(&asks, &asks.stderr, "error: secure writes, and there is no terminal to ask on\n")?;
    let run = self::run(&world, &["secure", "--yes", "--assume-closed"])?;
    run.exits(&[0])?;
    has(&run, &run.stdout, "  incoming.port      110 → 995  [follows: no TLS: anybody on the way can read password and mail]\n")?;
    has(
        &run,
        &run.stdout,
        "  incoming.security  cleartext → implicit-tls  [no TLS: anybody on the way can read password and mail]\n",
    )?;
    has(
        &run,
        &run.stdout,
        "  outgoing.security  cleartext → implicit-tls  [no TLS: anybody on the way can read what is sent]\n",
    )?;
    has(&run, &run.stderr, "to take it back: waxseal undo 1 --state ")?;
    self::run(&world, &["audit"])?.exits(&[0])?;
    let again = self::run(&world, &["secure", "--yes"])?;
    again.exits(&[0])?;
    says(&again, &again.stderr, "nothing to secure: all 2 accounts use TLS, each on its port\n")?;
    self::run(&world, &["undo", "--yes", "--assume-closed"])?.exits(&[0])?;
    match differences(&before, &tree(&world.home)?, Times::Aside) {
        none if none.is_empty() => Ok(()),
        some => Err(run.failed(&format!("undo left {some:?}"))),
    }
}

fn secure_host_and_set() -> Result<(), Failed> {
    let world = demo()?;
    let words = [
        "secure",
        "rosa@*",
        "--host",
        "tls.example.org",
        "--set",
        "outgoing.port=8465",
        "--set",
        "check.every_minutes=9",
        "--yes",
    ];
    let run = self::run(&world, &[&words[..], &["--json", "--assume-closed"]].concat())?;
    run.exits(&[0])?;
    let changes = run.of_type("change")?;
    let after = |name: &str| {
        changes.iter().filter(|change| change["setting"] == name).map(|change| change["after"].clone()).collect::<Vec<_>>()
    };
    for (name, value) in [
        ("incoming.host", Value::from("tls.example.org")),
        ("outgoing.host", Value::from("tls.example.org")),
        ("outgoing.port", Value::from(8465)),
        ("check.every_minutes", Value::from(9)),
    ] {
        if after(name) != [value] {
            return Err(run.failed(&format!("{name}: {:?}", after(name))));
        }
    }
    Ok(())
}

fn secure_unknown() -> Result<(), Failed> {
    let world = demo()?;
    let run = self::run(&world, &["secure", "nobody", "--yes"])?;
    run.exits(&[2])?;
    says(&run, &run.stderr, "error: no account is called \"nobody\"\nhint: known: rosa@example.org, choir@example.org\n")
}

/// TLS on port 25, and STARTTLS on a port for TLS from the first byte: found, and put right.
fn secure_ports() -> Result<(), Failed> {
    let world = demo()?;
    let path = world.home.join(".thunderbird/q3v7k1xd.default-release/prefs.js");
    let text = fs::read_to_string(&path)?
        .replace("smtp1.try_ssl\", 0", "smtp1.try_ssl\", 3")
        .replace("smtp2.try_ssl\", 1", "smtp2.try_ssl\", 2")
        .replace("smtp2.port\", 587", "smtp2.port\", 465")
        .replace("server1.port\", 110);", "server1.port\", 110);\nuser_pref(\"mail.server.server1.socketType\", 3);")
        .replace("server3.type", "server3.socketType\", 3);\nuser_pref(\"mail.server.server3.type");
    fs::write(&path, text)?;
    let before = self::run(&world, &["audit", "--csv"])?;
    before.exits(&[1])?;
    let run = self::run(&world, &["secure", "--yes", "--assume-closed", "--json"])?;
    run.exits(&[0])?;
    let changes = run.of_type("change")?;
    let ports: Vec<String> = changes
        .iter()
        .map(|change| format!("{} {} {} {}", change["account"], change["setting"], change["before"], change["after"]))
        .collect();
    let expected = [
        "\"account1\" \"incoming.port\" 110 995",
        "\"account1\" \"outgoing.port\" 25 465",
        "\"account3\" \"outgoing.port\" 465 587",
    ];
    if ports != expected {
        return Err(run.failed(&format!("{ports:#?}")));
    }
    self::run(&world, &["audit"])?.exits(&[0])
}

fn follows_are_marked() -> Result<(), Failed> {
    let world = demo()?;
    let run =
        self::run(&world, &["plan", "--set", "incoming.security=implicit-tls", "--set", "outgoing.port=8025", "--probe", "off"])?;
    run.exits(&[0])?;
    has(&run, &run.stdout, "  incoming.port      110 → 995  [follows: --set]\n")?;
    has(&run, &run.stdout, "  outgoing.port      25 → 8025  [--set]\n")
}
