//! `waxseal list`: the accounts found.

use waxseal::account::Account;
use waxseal::clients::CLIENTS;
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
    let mut problems = 0;
    for found in homes.readings(&system) {
        let (reading, profile) = match found {
            Ok(found) => found,
            Err(problem) => {
                problems += 1;
                view.problem(&problem)?;
                continue;
            }
        };
        for account in reading.accounts.iter().filter(|account| is_wanted(account, &args.accounts.account)) {
            counts.accounts += 1;
            counts.unchanged += 1;
            view.account(&profile, account)?;
        }
        for problem in &reading.problems {
            problems += 1;
            view.problem(problem)?;
        }
    }
    if counts.accounts == 0 && problems == 0 && args.accounts.account.is_empty() {
        let clients =
            CLIENTS.iter().filter(|client| homes.clients.is_empty() || homes.clients.iter().any(|name| name == client.name));
        let titles: Vec<&str> = clients.map(|client| client.title).collect();
        say::note(&format!("nothing found; looked for the stores of {}", titles.join(", ")));
    }
    counts.homes = homes.seen();
    view.summary(&Summary { of: Sum::List, counts, operation: None })?;
    view.flush()?;
    Ok(if problems == 0 { DONE } else { PARTLY })
}

fn is_wanted(account: &Account, patterns: &[String]) -> bool {
    let subject = Subject::of(account);
    patterns.is_empty() || patterns.iter().any(|pattern| subject.is_called(pattern))
}
