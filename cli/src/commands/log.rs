//! `waxseal log`: the operations, newest first.

use waxseal::journal::Journal;

use crate::args::Log;
use crate::exit::{DONE, Stop};
use crate::{say, state, view};

/// Lists operations.
pub(crate) fn run(args: &Log) -> Result<u8, Stop> {
    let folder = state::folder(&args.state)?;
    state::look(&args.state);
    let operations = match Journal::peek(&folder)? {
        Some(journal) => journal.operations()?,
        None => Vec::new(),
    };
    let mut view = view::on_stdout(&args.output);
    if operations.is_empty() {
        say::note(&format!("no operations in {}", folder.display()));
    }
    for operation in &operations {
        view.operation(operation)?;
    }
    view.flush()?;
    Ok(DONE)
}
