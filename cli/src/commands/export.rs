//! `waxseal export`: accounts as they are, or as a policy would make them, in a format that others take accounts from. On stdout;
//! writes no store.

use std::io::{self, Write};

use waxseal::account::Account;
use waxseal::discover::Profile;
use waxseal::export::{mobileconfig, planned};
use waxseal::policy::{Policy, Subject};
use waxseal::probe::Unproven;
use waxseal::problem::Problem;
use waxseal::system::{Disk, Reader};

use crate::args::{Export, Format};
use crate::exit::{DONE, PARTLY, Stop};
use crate::{homes, policy, say};

/// Exports.
pub(crate) fn run(args: &Export) -> Result<u8, Stop> {
    let policy = policy::on_top(&args.rules, &args.accounts)?;
    let homes = homes::from(&args.homes)?;
    let system = Disk::new();
    let (mut accounts, mut problems) = (Vec::new(), Vec::new());
    let found = homes.each(&system, |home, found| found.map(|profile| of_profile(home, &profile, &policy)).map_err(Box::new));
    for found in found {
        match found {
            Ok((of_profile, told)) => {
                accounts.extend(of_profile);
                problems.extend(told);
            }
            Err(problem) => problems.push(*problem),
        }
    }
    let export = match args.format {
        Format::Mobileconfig => mobileconfig(&accounts, &args.identifier),
    };
    problems.iter().for_each(say::problem);
    let name = |id: &str| accounts.iter().find(|account| account.id == id).map_or(id, |account| account.name.as_str()).to_owned();
    export.left.iter().for_each(|(id, what)| say::note(&format!("{}: {what}", name(id))));
    // A profile with nothing in it looks like one that worked.
    if export.accounts == 0 {
        return Err(Stop::usage("there is no account to put into the profile", "waxseal list shows which accounts there are"));
    }
    io::stdout().write_all(export.text.as_bytes())?;
    Ok(if problems.is_empty() && export.accounts == accounts.len() { DONE } else { PARTLY })
}

/// The accounts of a profile as they would be, and what kept any from being read or changed.
fn of_profile(system: &dyn Reader, profile: &Profile, policy: &Policy) -> (Vec<Account>, Vec<Problem>) {
    let reading = waxseal::read(system, profile);
    let plan = waxseal::plan(system, profile, policy, &Unproven);
    let mut problems = reading.problems;
    let wanted = |account: &Account| policy.includes(&Subject::of(account));
    let mut accounts = Vec::new();
    for account in reading.accounts.into_iter().filter(wanted) {
        match plan.accounts.iter().find(|planned| planned.id == account.id) {
            Some(changed) => {
                problems.extend(changed.problems.iter().cloned());
                accounts.push(planned(account, changed));
            }
            None => accounts.push(account),
        }
    }
    (accounts, problems)
}
