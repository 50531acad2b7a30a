//! `waxseal recover`: finishes or takes back what a crash interrupted.

use waxseal::apply::ApplyOptions;
use waxseal::journal::Journal;
use waxseal::problem::Code;
use waxseal::system::Disk;

use crate::args::Recover;
use crate::exit::{DONE, Stop, Tally};
use crate::{say, state, view};

/// Recovers.
pub(crate) fn run(args: &Recover) -> Result<u8, Stop> {
    let folder = state::folder(&args.state)?;
    if matches!(Journal::peek(&folder), Ok(None)) {
        say::note("nothing to recover");
        return Ok(DONE);
    }
    let journal = Journal::open(&folder)?;
    let options = ApplyOptions { assume_closed: args.assume_closed, command: state::command(), ..ApplyOptions::default() };
    let results = waxseal::recover(&Disk::new(), &journal, &options);
    let mut view = view::on_stdout(&args.output);
    let (mut tally, mut recovered, mut blocked) = (Tally::default(), 0, false);
    if results.is_empty() {
        say::note("nothing to recover");
    }
    for result in &results {
        match result {
            Ok(done) => {
                recovered += 1;
                view.recovered(done)?;
            }
            Err(problem) => {
                tally.problem(problem);
                blocked |= matches!(problem.code, Code::ClientRunning | Code::ClosedUnknown | Code::Busy);
                view.problem(problem)?;
            }
        }
    }
    view.flush()?;
    Ok(tally.code(recovered, blocked))
}
