//! The one test binary: a trial for each case, judge and law, so that what can't run here shows by name as ignored.
//! `WAXSEAL_JUDGES=require` turns "can't run" into a failure; `UPDATE=1` rewrites `plan.txt` and `out/` of the cases.

mod bad;
mod cases;
mod cli;
mod corpus;
mod expect;
mod exports;
mod faults;
mod figures;
mod judges;
mod judges_accounts;
mod judges_bindings;
mod judges_costs;
mod judges_evolution;
mod judges_linux;
mod judges_mozilla;
#[cfg(unix)]
mod judges_msmtp;
mod judges_plist;
mod judges_registry;
#[cfg(unix)]
mod judges_windows;
mod laws;
mod need;
mod readers;
mod repo;
mod stand_in;
mod world;
#[cfg(unix)]
mod xcframework;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    let groups = [
        readers::trials(),
        repo::trials(),
        cases::trials(),
        cli::trials(),
        bad::trials(),
        laws::trials(),
        faults::trials(),
        figures::trials(),
        judges::trials(),
        judges_costs::trials(),
        judges_bindings::trials(),
        judges_plist::trials(),
        judges_accounts::trials(),
        exports::trials(),
        judges_evolution::trials(),
        judges_mozilla::trials(),
        judges_linux::trials(),
        corpus::trials(),
    ];
    #[cfg(unix)]
    let groups = groups.into_iter().chain([
        judges_msmtp::trials(),
        judges_registry::trials(),
        judges_windows::trials(),
        xcframework::trials(),
    ]);
    let trials: Vec<Trial> = groups.into_iter().flatten().collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}
