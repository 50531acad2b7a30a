//! The one test binary: a trial for each case, judge and law, so that what can't run here shows by name as ignored.
//! `WAXSEAL_JUDGES=require` turns "can't run" into a failure; `UPDATE=1` rewrites `plan.txt` and `out/` of the cases.

mod bad;
mod cases;
mod corpus;
mod expect;
mod judges;
mod laws;
mod need;
mod readers;
mod repo;
mod stand_in;
mod world;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    let groups =
        [readers::trials(), repo::trials(), cases::trials(), bad::trials(), laws::trials(), judges::trials(), corpus::trials()];
    let trials: Vec<Trial> = groups.into_iter().flatten().collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}
