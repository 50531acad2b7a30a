//! `waxseal list`: the accounts found.

use std::thread;

use waxseal::account::Account;
use waxseal::policy::Subject;
use waxseal::report::Counts;
use waxseal::system::Disk;

use crate::args::List;
use crate::exit::{DONE, PARTLY, Stop};
use crate::view::{self, Sum, Summary};
use crate::{homes, say, state};

/// Lists accounts.
pub(crate) fn run(args: &List) -> Result<u8, Stop> {
    let homes = homes::from(&args.homes)?;
    state::look(&args.state);
    let system = Disk::new();
    let mut view = view::on_stdout(&args.output);
    let mut counts = Counts::default();
    let (mut problems, mut others) = (0, 0);
    thread::scope(|threads| -> Result<(), Stop> {
        for found in homes.readings(threads, &system) {
            let (reading, profile) = match found {
                Ok(found) => found,
                Err(problem) => {
                    problems += 1;
                    view.problem(&problem)?;
                    continue;
                }
            };
            for account in &reading.accounts {
                if !is_wanted(account, &args.accounts.account) {
                    others += 1;
                    continue;
                }
                counts.accounts += 1;
                counts.unchanged += 1;
                view.account(&profile, account)?;
            }
            for problem in &reading.problems {
                problems += 1;
                view.problem(problem)?;
            }
        }
        Ok(())
    })?;
    match (counts.accounts, others) {
        (0, 0) if problems == 0 => homes.nothing_found(),
        (0, 1..) => say::note(&format!("no account is called {}; others are there", args.accounts.account.join(" or "))),
        _ => {}
    }
    counts.homes = homes.seen();
    view.summary(&Summary { of: Sum::List, counts, operation: None })?;
    view.flush()?;
    Ok(if problems == 0 { DONE } else { PARTLY })
}

fn is_wanted(account: &Account, patterns: &[String]) -> bool {
    if patterns.is_empty() {
        return true;
    }
    let subject = Subject::of(account);
    patterns.iter().any(|pattern| subject.is_called(pattern))
}
