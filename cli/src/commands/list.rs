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
    let mut counts = Counts { homes: homes.homes.len(), ..Counts::default() };
    let mut problems = 0;
    for found in waxseal::discover(&system, &homes) {
        let profile = match found {
            Ok(profile) => profile,
            Err(problem) => {
                problems += 1;
                view.problem(&problem)?;
                continue;
            }
        };
        let reading = waxseal::read(&system, &profile);
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
    view.summary(&Summary { of: Sum::List, counts, operation: None })?;
    view.flush()?;
    Ok(if problems == 0 { DONE } else { PARTLY })
}

fn is_wanted(account: &Account, patterns: &[String]) -> bool {
    let host = |server: Option<waxseal::account::Server<'_>>| server.and_then(|server| server.host.map(str::to_owned));
    let (incoming, outgoing) = (host(account.incoming()), host(account.outgoing()));
    let subject = Subject {
        emails: account.emails.iter().map(String::as_str).collect(),
        incoming_host: incoming.as_deref(),
        outgoing_host: outgoing.as_deref(),
        name: &account.name,
        id: &account.id,
        ..Subject::default()
    };
    patterns.is_empty() || patterns.iter().any(|pattern| subject.is_called(pattern))
}
