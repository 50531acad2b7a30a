//! `waxseal secure`: the insecure accounts to TLS, on the servers that they have or one that is named; the same diff,
//! question and undo as `apply`. Asks no server.

use std::io::{self, Write};
use std::thread;

use waxseal::account::Account;
use waxseal::audit::{Finding, audit, grade};
use waxseal::policy::{Policy, Probe, Subject};
use waxseal::system::Disk;

use super::apply::{Source, carry};
use super::overview::graded;
use super::{can_ask, needs_yes};
use crate::args::{Accounts, Apply, Rules, Secure};
use crate::exit::{DONE, Stop};
use crate::homes::Homes;
use crate::view::style::clean;
use crate::{homes, policy, say};

/// A rule: what is wrong is its name, so that the diff says why.
struct Wrong {
    why: &'static str,
    side: &'static str,
    /// The securities of which it is wrong.
    now: &'static [&'static str],
    /// The ports with which it is wrong; none is any.
    ports: &'static [u16],
    /// What it should be; the port follows.
    wanted: &'static str,
}

const fn wrong(
    side: &'static str,
    now: &'static [&'static str],
    ports: &'static [u16],
    wanted: &'static str,
    why: &'static str,
) -> Wrong {
    Wrong { why, side, now, ports, wanted }
}

const OPEN: &[&str] = &["cleartext", "starttls-if-offered"];

/// What RFC 8314 has against an account, as `audit` finds it.
const WRONG: &[Wrong] = &[
    wrong("incoming", OPEN, &[], "implicit-tls", "no TLS: anybody on the way can read password and mail"),
    wrong("outgoing", OPEN, &[], "implicit-tls", "no TLS: anybody on the way can read what is sent"),
    wrong("incoming", &["implicit-tls"], &[110, 143, 587], "implicit-tls", "no port for fetching by TLS from the first byte"),
    wrong("outgoing", &["implicit-tls"], &[25, 110, 143, 587], "implicit-tls", "no port for sending by TLS from the first byte"),
    wrong("incoming", &["starttls"], &[465, 993, 995], "starttls", "no port for fetching by STARTTLS"),
    wrong("outgoing", &["starttls"], &[25, 465, 993, 995], "starttls", "no port for sending by STARTTLS"),
];

/// Secures.
pub(crate) fn run(args: &Secure) -> Result<u8, Stop> {
    let homes = homes::from(&args.homes)?;
    let mut policy = rules(args)?;
    let insecure = match insecure(&homes, args.account.as_deref()) {
        Found { insecure, .. } if !insecure.is_empty() => insecure,
        Found { accounts: 0, known, .. } => return unknown(&homes, args.account.as_deref(), &known),
        Found { accounts, .. } => {
            let what = if accounts == 1 { "the account uses".to_owned() } else { format!("all {accounts} accounts use") };
            say::note(&format!("nothing to secure: {what} TLS, each on its port"));
            return Ok(DONE);
        }
    };
    if !args.how.yes && !can_ask() {
        return Err(needs_yes("secure"));
    }
    policy.only = match &args.account {
        Some(pattern) => vec![pattern.clone()],
        None if insecure.len() > 1 && !args.how.yes && can_ask() => choose(&insecure)?,
        None => Vec::new(),
    };
    if args.account.is_none() && policy.only.is_empty() && insecure.len() > 1 && !args.how.yes && can_ask() {
        say::note("nothing was written");
        return Ok(DONE);
    }
    say::note("nobody asks the servers whether they offer TLS; if an account can't connect afterwards, undo it");
    let apply = Apply {
        homes: args.homes.clone(),
        accounts: Accounts::default(),
        rules: Rules::default(),
        state: args.state.clone(),
        how: args.how.clone(),
        output: args.output.clone(),
        plan: None,
        report: None,
        resume: None,
        retry_refused: false,
    };
    carry(&apply, Source::Live(homes, policy), "secure")
}

/// The policy: a rule for each thing that can be wrong, with what is asked for beside it on the same side.
fn rules(args: &Secure) -> Result<Policy, Stop> {
    let list = |words: &mut dyn Iterator<Item = String>| format!("[{}]", words.collect::<Vec<_>>().join(", "));
    let mut text = String::new();
    for Wrong { why, side, now, ports, wanted } in WRONG {
        text += &format!("[[rule]]\nname = \"{why}\"\nprobe = \"off\"\n");
        text += &format!("match.{side}.security = {}\n", list(&mut now.iter().map(|word| format!("\"{word}\""))));
        if !ports.is_empty() {
            text += &format!("match.{side}.port = {}\n", list(&mut ports.iter().map(u16::to_string)));
        }
        text += &format!("set.{side}.security = \"{wanted}\"\n");
    }
    let mut policy = Policy::parse(&text)?;
    // Nobody has that text: what is wrong is wrong with what is typed.
    policy.rules.iter_mut().for_each(|rule| rule.places.clear());
    let host = args.host.iter().flat_map(|host| ["incoming", "outgoing"].map(|side| format!("{side}.host={host}")));
    let (mut more, mut faults) = (Policy::default(), Vec::new());
    for assignment in host.chain(args.set.iter().cloned()) {
        let mut one = Policy::default();
        if let Err(error) = one.set(&assignment) {
            faults.extend(error.faults);
            continue;
        }
        more.set(&assignment)?;
        for (setting, wanted) in one.rules.into_iter().flat_map(|rule| rule.set) {
            for (rule, wrong) in policy.rules.iter_mut().zip(WRONG) {
                if setting.name().split('.').next() == Some(wrong.side) {
                    rule.set.insert(setting, wanted.clone());
                }
            }
        }
    }
    // What belongs to no server is set beside it.
    for rule in &mut more.rules {
        rule.set.retain(|setting, _| setting.side() == waxseal::setting::Side::Mailbox);
        rule.probe = Probe::Off;
    }
    policy.rules.extend(more.rules.into_iter().filter(|rule| !rule.set.is_empty()));
    policy::settled(policy, faults, None)
}

#[derive(Default)]
struct Found {
    /// Accounts that the pattern fits.
    accounts: usize,
    /// What those of them are called with which something is wrong, and what.
    insecure: Vec<(String, String)>,
    /// What every account is called.
    known: Vec<String>,
}

fn insecure(homes: &Homes, pattern: Option<&str>) -> Found {
    let system = Disk::new();
    let mut found = Found::default();
    // What can't be read is said by the plan.
    thread::scope(|threads| {
        let readings = homes.readings(threads, &system).flatten();
        readings.for_each(|(reading, _)| reading.accounts.iter().for_each(|account| found.add(account, pattern)));
    });
    found
}

impl Found {
    fn add(&mut self, account: &Account, pattern: Option<&str>) {
        let called = [account.email().unwrap_or_default(), &account.name, &account.id];
        let called = called.into_iter().find(|name| !name.is_empty()).unwrap_or_default().to_owned();
        self.known.push(called.clone());
        if pattern.is_some_and(|pattern| !Subject::of(account).is_called(pattern)) {
            return;
        }
        self.accounts += 1;
        let findings = audit(account);
        if let Some(first) = findings.iter().find(|finding| finding.can_be_set()) {
            let open = grade(account).is_none_or(|grade| !grade.is_secure());
            let what = if open { graded(grade(account)).1.to_owned() } else { format!("{} {}", first.setting, value(first)) };
            self.insecure.push((called, what));
        }
    }
}

fn value(finding: &Finding) -> String {
    finding.actual.as_ref().map_or("not set".to_owned(), ToString::to_string)
}

fn unknown(homes: &Homes, pattern: Option<&str>, known: &[String]) -> Result<u8, Stop> {
    match pattern {
        Some(pattern) if !known.is_empty() => {
            Err(Stop::usage(format!("no account is called \"{pattern}\""), format!("known: {}", known.join(", "))))
        }
        _ => {
            homes.nothing_found();
            Ok(DONE)
        }
    }
}

/// Lets somebody choose by number; nothing chosen is none.
fn choose(insecure: &[(String, String)]) -> Result<Vec<String>, Stop> {
    let mut err = io::stderr();
    for (at, (called, grade)) in insecure.iter().enumerate() {
        writeln!(err, "{:>3}  {}  {grade}", at + 1, clean(called))?;
    }
    write!(err, "Which? Numbers, or a for all [none] ")?;
    err.flush()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    chosen(&answer, insecure.len())
        .map(|numbers| numbers.into_iter().filter_map(|at| insecure.get(at)).map(|(called, _)| called.clone()).collect())
        .ok_or_else(|| Stop::usage(format!("there is no account \"{}\"", answer.trim()), "give numbers of the list, such as 1 3"))
}

fn chosen(answer: &str, count: usize) -> Option<Vec<usize>> {
    let words: Vec<&str> = answer.split([' ', ',', '\t', '\r', '\n']).filter(|word| !word.is_empty()).collect();
    if words.iter().any(|word| matches!(word.to_lowercase().as_str(), "a" | "all")) {
        return Some((0..count).collect());
    }
    words.iter().map(|word| word.parse::<usize>().ok().filter(|n| (1..=count).contains(n)).map(|n| n - 1)).collect()
}

#[cfg(test)]
mod tests {
    use super::chosen;

    #[test]
    fn numbers_choose_from_the_list() {
        assert_eq!(chosen("1, 3\n", 3), Some(vec![0, 2]));
        assert_eq!(chosen("A\n", 2), Some(vec![0, 1]));
        assert_eq!(chosen("\n", 2), Some(vec![]));
        assert_eq!(chosen("4", 3), None);
        assert_eq!(chosen("0", 3), None);
        assert_eq!(chosen("x", 3), None);
    }
}
