//! `waxseal apply` with groups of one profile, so that no sync is shared: `per-file HOMES STATE POLICY`.

use std::path::Path;

use waxseal::apply::ApplyOptions;
use waxseal::discover::{Homes, discover};
use waxseal::home::Home;
use waxseal::journal::Journal;
use waxseal::policy::Policy;
use waxseal::probe::Unproven;
use waxseal::system::Disk;

fn main() {
    let [below, state, policy] = std::env::args().skip(1).collect::<Vec<_>>().try_into().expect("per-file HOMES STATE POLICY");
    let policy = Policy::parse(&std::fs::read_to_string(policy).expect("the policy")).expect("a policy");
    let homes = waxseal_bench::homes(Path::new(&below)).into_iter().map(|path| Home { path, os: None, live: false });
    let homes = Homes { homes: homes.collect(), clients: Vec::new() };
    let (system, journal) = (Disk::new(), Journal::open(state).expect("the journal"));
    let plans = discover(&system, &homes).map(|profile| waxseal::plan(&system, &profile.expect("a profile"), &policy, &Unproven));
    let options = ApplyOptions { group: 1, ..ApplyOptions::default() };
    let report = waxseal::apply(&system, plans, &options, &journal, &Silent);
    assert_eq!(report.counts.changed, homes.homes.len());
}

struct Silent;

impl waxseal::report::Progress for Silent {
    fn done(&self, _: &waxseal::plan::ProfilePlan, _: &waxseal::report::Outcome) {}

    fn problem(&self, problem: &waxseal::problem::Problem) {
        eprintln!("{problem}");
    }
}
