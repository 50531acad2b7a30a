//! `waxseal` alone: my accounts, how well each is protected, and what to type next.

use std::io::Write;
use std::thread;

use anstream::AutoStream;
use waxseal::audit::{Finding, audit, grade};
use waxseal::system::Disk;
use waxseal::value::Security;

use crate::args::State;
use crate::exit::{DONE, PARTLY, Stop};
use crate::view::style::{BAD, BOLD, FAINT, NEW, WARN, clean};
use crate::{homes, say, state};

/// Shows the caller's own accounts.
pub(crate) fn run() -> Result<u8, Stop> {
    let homes = homes::own()?;
    state::look(&State { state: None });
    let system = Disk::new();
    let mut out = AutoStream::auto(std::io::stdout());
    let (mut accounts, mut insecure, mut problems) = (0, 0, 0);
    thread::scope(|threads| -> Result<(), Stop> {
        for found in homes.readings(threads, &system) {
            let (reading, profile) = match found {
                Ok(found) => found,
                Err(problem) => {
                    problems += 1;
                    say::problem(&problem);
                    continue;
                }
            };
            for account in &reading.accounts {
                accounts += 1;
                let findings = audit(account);
                insecure += usize::from(findings.iter().any(Finding::can_be_set));
                let (style, words) = graded(grade(account));
                let called = [account.email().unwrap_or_default(), &account.name, &account.id];
                let called = called.into_iter().find(|name| !name.is_empty()).unwrap_or_default();
                let client = waxseal::clients::named(&profile.client).map_or("", |client| client.title);
                writeln!(out, "{BOLD}{}{BOLD:#} · {client}: {style}{words}{style:#}", clean(called))?;
                for finding in &findings {
                    let actual = finding.actual.as_ref().map_or("not set".to_owned(), ToString::to_string);
                    writeln!(out, "  {}  {}  {FAINT}{}{FAINT:#}", finding.setting, clean(&actual), finding.message)?;
                }
            }
            problems += reading.problems.len();
            reading.problems.iter().for_each(say::problem);
        }
        Ok(())
    })?;
    let next = match (accounts, insecure) {
        (0, _) => {
            homes.nothing_found();
            "waxseal list --home DIR    for another home\nwaxseal demo               to see the whole job on a sample"
        }
        (_, 0) => "waxseal list --full        every setting of every account",
        _ => "waxseal secure             to switch to TLS: it shows the change, and asks",
    };
    writeln!(out, "\n{FAINT}next:{FAINT:#}\n{next}")?;
    Ok(if problems == 0 { DONE } else { PARTLY })
}

/// A grade in words.
pub(crate) fn graded(grade: Option<Security>) -> (anstyle::Style, &'static str) {
    match grade {
        Some(Security::ImplicitTls) => (NEW, "good: TLS from the first byte"),
        Some(Security::StartTls) => (NEW, "good: TLS, or no connection (STARTTLS)"),
        Some(Security::StartTlsIfOffered) => (WARN, "weak: TLS only if nobody in between objects"),
        Some(Security::Cleartext) => (BAD, "bad: no TLS"),
        None => (WARN, "unknown"),
    }
}
