//! `waxseal forget`: drops the backups of operations; their lines in the log stay, and they can't be taken back any more.

use waxseal::journal::{Age, Journal, JournalError, Operation};

use super::{ask, can_ask, needs_yes};
use crate::args::Forget;
use crate::exit::{DONE, Stop};
use crate::{say, state, view};

/// Forgets.
pub(crate) fn run(args: &Forget) -> Result<u8, Stop> {
    let which = match (args.operation, args.older) {
        (Some(operation), _) => Age::Operation(operation),
        (None, days) => Age::OlderThan(days.unwrap_or(u32::MAX)),
    };
    let folder = state::folder(&args.state)?;
    if matches!(Journal::peek(&folder), Ok(None)) {
        return match args.operation {
            Some(operation) => Err(JournalError::NoOperation(operation).into()),
            None => Ok(nothing()),
        };
    }
    if !args.yes && !can_ask() {
        return Err(needs_yes("forget"));
    }
    let journal = Journal::open(&folder)?;
    if !args.yes {
        let what = match which {
            Age::Operation(operation) => format!("operation {operation}"),
            Age::OlderThan(days) => format!("every operation that ended more than {days} days ago"),
        };
        say::note(&format!("the backups of {what} will be removed; after that it can't be taken back"));
        if !ask("Remove them?") {
            say::note("nothing was removed");
            return Ok(DONE);
        }
    }
    let forgotten = journal.forget(which)?;
    if forgotten.is_empty() {
        return Ok(nothing());
    }
    let mut view = view::on_stdout(&args.output);
    let is_forgotten = |operation: &&Operation| forgotten.contains(&operation.id);
    for operation in journal.operations()?.iter().filter(is_forgotten) {
        view.operation(operation)?;
    }
    view.flush()?;
    Ok(DONE)
}

fn nothing() -> u8 {
    say::note("nothing to forget");
    DONE
}
