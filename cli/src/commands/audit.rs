//! `waxseal audit`: what breaks RFC 8314, or a policy: for people, as JSON or as CSV. Changes nothing.

use std::io::{self, Write};

use waxseal::account::Account;
use waxseal::audit::{Finding, against, audit};
use waxseal::discover::Profile;
use waxseal::policy::{Policy, Subject};
use waxseal::probe::Unproven;
use waxseal::problem::{Code, Problem};
use waxseal::report::Counts;
use waxseal::system::{Disk, Reader};

use crate::args::Audit;
use crate::exit::{DONE, PARTLY, PENDING, Stop};
use crate::view::{self, Sum, Summary, View};
use crate::{homes, policy, say, state};

/// Audits.
pub(crate) fn run(args: &Audit) -> Result<u8, Stop> {
    let rules = args.policy.as_ref().map(|path| policy::to_audit(path, args.users.as_deref())).transpose()?;
    let only = Policy { only: args.accounts.account.clone(), ..Policy::default() };
    let homes = homes::from(&args.homes)?;
    state::look(&args.state);
    let system = Disk::new();
    let mut view = view::on_stdout(&args.output);
    let mut csv = args.csv.then(|| io::BufWriter::new(io::stdout()));
    if let Some(csv) = &mut csv {
        line(csv, &["home", "client", "profile", "account", "name", "email", "setting", "actual", "wanted", "message", "store"])?;
    }
    let mut counts = Counts::default();
    let mut problems = 0;
    let look = |home: &dyn Reader, found: Result<Profile, Problem>| {
        let plan = |profile: &Profile| rules.as_ref().map(|rules| waxseal::plan(home, profile, rules, &Unproven));
        found.map(|profile| (waxseal::read(home, &profile), plan(&profile), profile)).map_err(Box::new)
    };
    for found in homes.each(&system, look) {
        let (reading, plan, profile) = match found {
            Ok(found) => found,
            Err(problem) => {
                problems += 1;
                tell(view.as_mut(), args.csv, &problem)?;
                continue;
            }
        };
        for account in reading.accounts.iter().filter(|account| only.includes(&Subject::of(account))) {
            let wants = plan.as_ref().map(|plan| plan.accounts.iter().find(|known| known.id == account.id));
            let findings = match wants {
                None => audit(account),
                Some(wants) => wants.map(|wants| against(account, &wants.wants)).unwrap_or_default(),
            };
            counts.accounts += 1;
            *(if findings.is_empty() { &mut counts.unchanged } else { &mut counts.changed }) += 1;
            match &mut csv {
                Some(csv) => rows(csv, &profile, account, &findings)?,
                None => view.findings(&profile, account, &findings)?,
            }
        }
        // An account that lacks a variable's value was not compared; nobody may overlook that.
        let lost = plan.iter().flat_map(|plan| plan.accounts.iter().flat_map(|account| &account.problems));
        for problem in reading.problems.iter().chain(lost.filter(|problem| problem.code == Code::NoValue)) {
            problems += 1;
            tell(view.as_mut(), args.csv, problem)?;
        }
    }
    counts.homes = homes.seen();
    match &mut csv {
        Some(csv) => csv.flush()?,
        None => {
            view.summary(&Summary { of: Sum::Audit, counts: counts.clone(), operation: None })?;
            view.flush()?;
        }
    }
    Ok(match (problems, counts.changed) {
        (0, 0) => DONE,
        (0, _) => PENDING,
        _ => PARTLY,
    })
}

/// A problem stands among the findings, but in no table.
fn tell(view: &mut dyn View, is_table: bool, problem: &Problem) -> io::Result<()> {
    if is_table {
        say::problem(problem);
        return Ok(());
    }
    view.problem(problem)
}

fn rows(out: &mut impl Write, profile: &Profile, account: &Account, findings: &[Finding]) -> io::Result<()> {
    for finding in findings {
        let actual = finding.actual.as_ref().map(ToString::to_string).unwrap_or_default();
        let (home, folder, store) =
            (profile.home.path.to_string_lossy(), profile.folder.to_string(), account.store.to_string_lossy());
        let (wanted, email) = (finding.wanted.to_string(), account.email().unwrap_or_default());
        let setting = finding.setting.name();
        line(
            out,
            &[
                &home,
                &profile.client,
                &folder,
                &account.id,
                &account.name,
                email,
                setting,
                &actual,
                &wanted,
                &finding.message,
                &store,
            ],
        )?;
    }
    Ok(())
}

/// One line of CSV (RFC 4180). What a spreadsheet would take for a formula is marked as text.
pub(crate) fn line(out: &mut impl Write, fields: &[&str]) -> io::Result<()> {
    let quoted = |field: &&str| {
        let formula = field.starts_with(['=', '+', '-', '@', '\t', '\r']);
        let field = if formula { format!("'{field}") } else { (*field).to_owned() };
        if field.contains([',', '"', '\n', '\r']) { format!("\"{}\"", field.replace('"', "\"\"")) } else { field }
    };
    let fields: Vec<String> = fields.iter().map(quoted).collect();
    write!(out, "{}\r\n", fields.join(","))
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn fields_are_quoted_and_no_formula() {
        let mut out = Vec::new();
        line(&mut out, &["a,b", "say \"x\"", "=1+1", "plain"]).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "\"a,b\",\"say \"\"x\"\"\",'=1+1,plain\r\n");
    }
}
