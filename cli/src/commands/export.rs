//! `waxseal export`: accounts as they are, or as a policy would make them, in a format that others take accounts from. On stdout
//! or in a new file; writes no store.

mod reg;

use std::io::{self, Write};
use std::path::Path;
use std::thread;

use waxseal::account::Account;
use waxseal::discover::Profile;
use waxseal::export::{mobileconfig, planned};
use waxseal::plan::ProfilePlan;
use waxseal::policy::{Policy, Subject};
use waxseal::probe::Unproven;
use waxseal::problem::Problem;
use waxseal::system::{Disk, Reader};

use crate::args::{Export, Format};
use crate::exit::{DONE, PARTLY, Stop, words};
use crate::plan_file::new_file;
use crate::{homes, policy, say};

/// Exports.
pub(crate) fn run(args: &Export) -> Result<u8, Stop> {
    match args.format {
        Format::Mobileconfig => profile(args),
        Format::Reg => reg::run(args),
    }
}

/// A configuration profile.
fn profile(args: &Export) -> Result<u8, Stop> {
    let policy = policy::on_top(&args.rules, &args.accounts)?;
    let (accounts, whole) = taken(args, &policy, |_, _, plan, accounts| {
        let of = |account: &Account| plan.accounts.iter().find(|planned| planned.id == account.id);
        accounts.into_iter().map(|account| of(&account).map_or(account.clone(), |changed| planned(account, changed))).collect()
    })?;
    let export = mobileconfig(&accounts, &args.identifier);
    let name = |id: &str| accounts.iter().find(|account| account.id == id).map_or(id, |account| account.name.as_str()).to_owned();
    export.left.iter().for_each(|(id, what)| say::note(&format!("{}: {what}", name(id))));
    // A profile with nothing in it looks like one that worked.
    if export.accounts == 0 {
        return Err(Stop::usage("there is no account to put into the profile", "waxseal list shows which accounts there are"));
    }
    put(export.text.as_bytes(), args.out.as_deref())?;
    Ok(if whole && export.accounts == accounts.len() { DONE } else { PARTLY })
}

/// What an export takes from each profile, given its plan and the accounts that are asked for; and whether nothing kept any of
/// them from being read or changed.
fn taken<T: Send>(
    args: &Export,
    policy: &Policy,
    take: impl Fn(&dyn Reader, &Profile, &ProfilePlan, Vec<Account>) -> Vec<T> + Sync,
) -> Result<(Vec<T>, bool), Stop> {
    let homes = homes::from(&args.homes)?;
    let system = Disk::new();
    let of_profile = |system: &dyn Reader, profile: Profile| {
        let (accounts, plan, problems) = wanted(system, &profile, policy);
        (take(system, &profile, &plan, accounts), problems)
    };
    let (mut all, mut whole) = (Vec::new(), true);
    let of_found = |home: &dyn Reader, found: Result<Profile, Problem>| match found {
        Ok(profile) => of_profile(home, profile),
        Err(problem) => (Vec::new(), vec![problem]),
    };
    thread::scope(|threads| {
        for (taken, problems) in homes.each(threads, &system, of_found) {
            all.extend(taken);
            whole &= problems.is_empty();
            problems.iter().for_each(say::problem);
        }
    });
    Ok((all, whole))
}

/// The accounts of a profile that are asked for, its plan, and what kept any from being read or changed.
fn wanted(system: &dyn Reader, profile: &Profile, policy: &Policy) -> (Vec<Account>, ProfilePlan, Vec<Problem>) {
    let reading = waxseal::read(system, profile);
    let plan = waxseal::plan(system, profile, policy, &Unproven);
    let accounts: Vec<Account> = reading.accounts.into_iter().filter(|account| policy.includes(&Subject::of(account))).collect();
    let asked = plan.accounts.iter().filter(|planned| accounts.iter().any(|account| account.id == planned.id));
    let problems = reading.problems.into_iter().chain(asked.flat_map(|planned| planned.problems.iter().cloned())).collect();
    (accounts, plan, problems)
}

/// Prints an export, or keeps it in a new file.
fn put(bytes: &[u8], out: Option<&Path>) -> Result<(), Stop> {
    let Some(path) = out else { return Ok(io::stdout().write_all(bytes)?) };
    let mut file = new_file(path, "export")?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    written.map_err(|error| Stop::failed(format!("{}: the export can't be written: {}", path.display(), words(&error))))
}
