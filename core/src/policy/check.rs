//! What can't be, whatever the accounts are: combinations within one rule, servers that nothing can prove, variables
//! that nothing fills. Reads no store.

use std::collections::BTreeMap;

use super::fault::{Fault, nearest};
use super::{Match, Policy, Probe, Rule, SET, Wanted};
use crate::glob;
use crate::setting::{Kind, Setting, Side};
use crate::value::{Auth, Protocol, Security, Value, words};

/// Everything that can't be, rule by rule.
pub(super) fn check(policy: &Policy, can_probe: bool, clients: &[&str]) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut names: BTreeMap<&str, usize> = BTreeMap::new();
    for rule in &policy.rules {
        let within = |fault: Fault| Fault { message: format!("rule \"{}\" {}", rule.name, fault.message), ..fault };
        let count = names.entry(rule.name.as_str()).or_default();
        *count += 1;
        if *count == 2 {
            let fault = Fault::new("has the name of an earlier rule")
                .hint("give it a name of its own, so that plans can tell them apart");
            faults.push(within(fault.at(rule.place.clone())));
        }
        let found =
            sides(policy, rule).chain(unproven(rule, can_probe)).chain(nobody(rule, clients)).chain(variables(policy, rule));
        faults.extend(found.map(within));
    }
    faults
}

/// A users' file that no rule asks for anything.
pub(super) fn unused(policy: &Policy) -> Option<Fault> {
    let used = policy.users.is_none() || policy.rules.iter().any(|rule| columns(rule).next().is_some());
    let fault = Fault::new("a users file is given, and no rule uses a column of it");
    (!used).then(|| fault.hint("a value such as \"{csv.login}\" does"))
}

/// What can't be within one server's settings.
fn sides<'a>(policy: &'a Policy, rule: &'a Rule) -> impl Iterator<Item = Fault> + 'a {
    [Side::Incoming, Side::Outgoing].into_iter().flat_map(move |side| {
        let part = |part: &str| Setting::of(side, part).and_then(|setting| Some((setting, rule.set.get(&setting)?)));
        let security = part("security").and_then(|(setting, wanted)| match wanted {
            Wanted::Is(Value::Security(security)) => Some((setting, *security)),
            _ => None,
        });
        let mut faults = Vec::new();
        if let (Some((host, _)), Some((setting, security)), false) =
            (part("host"), security.filter(|(_, security)| !security.is_secure()), policy.allow.insecure)
        {
            let fault = Fault::new(format!("names {host} and sets {setting} to {security}"));
            let hint = format!("set {setting} to {}, or add --allow-insecure", Security::ImplicitTls);
            faults.push(fault.hint(hint).at(rule.places.get(setting.name()).cloned()));
        }
        if let (Some((setting, wanted)), Some((_, security))) = (part("port"), security) {
            let ports = match wanted {
                Wanted::Is(Value::Port(port)) => vec![*port],
                Wanted::Ports(ports) => ports.clone(),
                _ => Vec::new(),
            };
            let other = ports
                .into_iter()
                .find(|port| speaks(*port).is_some_and(|implicit| implicit != (security == Security::ImplicitTls)));
            if let Some(port) = other {
                let spoken = if speaks(port) == Some(true) { "TLS from the first byte" } else { "cleartext first" };
                let fault = Fault::new(format!("sets {setting} to {port}, where servers speak {spoken}, with {security}"));
                let hint = format!("leave {setting} out: it follows from security");
                faults.push(fault.hint(hint).at(rule.places.get(setting.name()).cloned()));
            }
        }
        if let (Some((auth, Wanted::Is(Value::Auth(Auth::None)))), Some((user, _))) = (part("auth"), part("username")) {
            let fault = Fault::new(format!("sets {user}, and {auth} to none"));
            faults
                .push(fault.hint("without authentication nobody asks for a user name").at(rule.places.get(user.name()).cloned()));
        }
        faults
    })
}

/// Whether the registered protocol of a port begins with TLS; `None` for ports of which that isn't known.
fn speaks(port: u16) -> Option<bool> {
    match port {
        465 | 993 | 995 => Some(true),
        25 | 110 | 143 | 587 => Some(false),
        _ => None,
    }
}

fn unproven(rule: &Rule, can_probe: bool) -> impl Iterator<Item = Fault> {
    let moves = |setting: &&Setting| setting.is_bundled() && !setting.name().ends_with(".auth");
    let moved = rule.set.keys().find(moves).filter(|_| rule.probe != Probe::Off && !can_probe);
    moved.into_iter().map(|setting| {
        let what = format!("changes {setting}, and the new server would have to be proven first, which this build can't do");
        let hint = match rule.name == SET {
            true => "add --probe off if you know that the server is right",
            false => "add probe = \"off\" to the rule if you know that the server is right",
        };
        Fault::new(what).hint(hint).at(rule.places.get(setting.name()).cloned())
    })
}

/// Matches that no account can fit.
fn nobody<'a>(rule: &'a Rule, clients: &'a [&'a str]) -> impl Iterator<Item = Fault> + 'a {
    let known = move |what: Match| match what {
        Match::Client => clients,
        Match::IncomingProtocol => words(Kind::Protocol),
        Match::IncomingSecurity | Match::OutgoingSecurity => words(Kind::Security),
        _ => &[],
    };
    let unfit = rule.matches.iter().flat_map(move |(what, globs)| {
        let known = known(*what);
        let miss = move |glob: &&String| !known.is_empty() && !known.iter().any(|name| glob::fits(glob, name));
        globs.iter().filter(miss).map(move |glob| {
            let fault = Fault::new(format!("matches {} \"{glob}\", which is none", what.name()));
            let fault = match nearest(glob, known) {
                Some(near) => fault.hint(format!("did you mean {near}?")),
                None => fault.hint(format!("known: {}", known.join(", "))),
            };
            fault.at(rule.places.get(what.name()).cloned())
        })
    });
    let only_imap = rule.matches.iter().any(|(what, globs)| {
        let fits = |protocol: Protocol| globs.iter().any(|glob| glob::fits(glob, protocol.name()));
        *what == Match::IncomingProtocol && !fits(Protocol::Pop3) && fits(Protocol::Imap)
    });
    let pop = rule.set.keys().find(|setting| only_imap && !setting.applies_to(Protocol::Imap));
    let pop = pop.map(|setting| {
        let fault = Fault::new(format!("matches only IMAP accounts and sets {setting}, which only POP3 accounts have"));
        fault.hint("leave it out, or match incoming.protocol = \"pop3\"").at(rule.places.get(setting.name()).cloned())
    });
    unfit.chain(pop)
}

fn columns(rule: &Rule) -> impl Iterator<Item = (Setting, &str)> {
    rule.set.iter().flat_map(|(setting, wanted)| {
        let text = match wanted {
            Wanted::Filled(text) => Some(text),
            _ => None,
        };
        text.into_iter().flat_map(|text| text.columns()).map(|column| (*setting, column))
    })
}

/// Columns that the users' file doesn't have, or no users' file at all.
fn variables<'a>(policy: &'a Policy, rule: &'a Rule) -> impl Iterator<Item = Fault> + 'a {
    columns(rule).filter_map(|(setting, column)| {
        let fault = match &policy.users {
            Some(users) => users.has(column).err()?,
            None => {
                Fault::new(format!("needs {{csv.{column}}}, and no users file is given")).hint("name it with --users FILE.csv")
            }
        };
        let message = match &policy.users {
            Some(_) => format!("sets {setting} by a column: {}", fault.message),
            None => fault.message.clone(),
        };
        Some(Fault { message, ..fault }.at(rule.places.get(setting.name()).cloned()))
    })
}

#[cfg(test)]
mod tests {
    use crate::policy::{Policy, Users};

    fn wrong(text: &str, users: Option<&str>) -> Vec<(String, usize)> {
        let mut policy = Policy::parse(text).unwrap();
        policy.users = users.map(|text| Users::parse(text).unwrap());
        let Err(error) = policy.check(false, &["thunderbird", "mutt"]) else { return Vec::new() };
        let each = error.faults.into_iter();
        each.map(|fault| (fault.message + " / " + &fault.hint.unwrap_or_default(), fault.place.map_or(0, |place| place.line)))
            .collect()
    }

    #[test]
    fn what_cannot_be_is_said_with_its_line_and_all_at_once() {
        let text = r#"[[rule]]
name = "a"
match = { client = ["mut", "m*"], incoming.protocol = "imap" }
[rule.set]
incoming.host = "x.example"
incoming.security = "cleartext"
outgoing.security = "starttls"
outgoing.port = [587, 465]
outgoing.auth = "none"
outgoing.username = "{csv.login}"
retention.leave_on_server = true
[[rule]]
name = "a"
set.check.every_minutes = 10
"#;
        let lines = wrong(text, None);
        let expected = [
            ("rule \"a\" matches client \"mut\", which is none / did you mean mutt?", 3),
            ("rule \"a\" changes incoming.host, and the new server would have to be proven first, which", 5),
            ("rule \"a\" names incoming.host and sets incoming.security to cleartext / set incoming.security", 6),
            ("rule \"a\" sets outgoing.port to 465, where servers speak TLS from the first byte, with starttls / leave", 8),
            ("rule \"a\" sets outgoing.username, and outgoing.auth to none / without", 10),
            ("rule \"a\" needs {csv.login}, and no users file is given / name it with --users", 10),
            ("rule \"a\" matches only IMAP accounts and sets retention.leave_on_server, which only POP3 accounts have", 11),
            ("rule \"a\" has the name of an earlier rule / give", 12),
        ];
        assert_eq!(lines.len(), expected.len(), "{lines:#?}");
        for ((found, line), (start, at)) in lines.iter().zip(expected) {
            assert!(found.starts_with(start), "{found}");
            assert_eq!(*line, at, "{found}");
        }
    }

    #[test]
    fn what_cannot_be_read_and_what_cannot_be_are_said_in_one_round() {
        let text = r#"[[rule]]
name = "a"
probe = "of"
match = { client = "mut", emial = "x" }
[rule.set]
incoming.host = "x.example"
incoming.security = "ssl"
incoming.username = "{csv.login"
outgoing.auth = "none"
outgoing.username = "y"
[[rule]]
name = "a"
set.incoming = {}
"#;
        let (mut policy, faults) = Policy::read(text);
        policy.users = Some(Users::parse("user,login\n").unwrap());
        let faults = policy.settled(faults, false, &["mutt"]).unwrap_err().faults;
        let lines: Vec<usize> = faults.iter().map(|fault| fault.place.as_ref().map_or(0, |place| place.line)).collect();
        assert_eq!(lines, [3, 4, 4, 7, 8, 10, 11, 11], "{faults:#?}");
    }

    #[test]
    fn columns_have_to_be_there_and_be_used() {
        let uses = "[[rule]]\nset.incoming.username = \"{csv.login}\"\n";
        assert_eq!(wrong(uses, Some("user,Login\n")), []);
        let logon =
            "rule \"rule 1\" sets incoming.username by a column: the users file has no column \"login\" / did you mean logon?";
        assert_eq!(wrong(uses, Some("user,logon\n")), [(logon.to_owned(), 2)]);
        let unused = wrong("[[rule]]\nset.check.every_minutes = 10\n", Some("user,login\n"));
        assert!(unused[0].0.starts_with("a users file is given, and no rule uses a column of it"));
    }

    #[test]
    fn the_example_is_a_policy_that_can_be() {
        let policy = Policy::parse(crate::policy::EXAMPLE).unwrap();
        assert!(policy.check(true, &["thunderbird"]).is_ok());
        assert!(policy.check(false, &["thunderbird"]).is_ok());
    }
}
