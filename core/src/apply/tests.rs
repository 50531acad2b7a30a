use std::ffi::OsString;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{ApplyOptions, apply};
use crate::discover::{Homes, discover};
use crate::home::{Home, StorePath};
use crate::journal::Journal;
use crate::plan::plan;
use crate::policy::Policy;
use crate::probe::Unproven;
use crate::report::Silent;
use crate::system::{Guard, Held, Memory, Reader, Running, Sign, Staged, What, Writer};

const POLICY: &str = "[[rule]]\nname = \"r\"\nmatch = { outgoing.host = \"old.example\" }\nprobe = \"off\"\n\
    set = { outgoing.host = \"new.example\", outgoing.security = \"implicit-tls\" }\n";

/// Counts how often stores are made durable.
struct Counting(Memory, AtomicUsize);

impl Reader for Counting {
    fn read(&self, path: &StorePath) -> io::Result<Option<Vec<u8>>> {
        self.0.read(path)
    }
    fn list(&self, folder: &StorePath) -> io::Result<Vec<(OsString, What)>> {
        self.0.list(folder)
    }
    fn running(&self, home: &Home, profile: &StorePath, signs: &[Sign]) -> Running {
        self.0.running(home, profile, signs)
    }
}

impl Writer for Counting {
    fn hold(&self, home: &Home, profile: &StorePath, signs: &[Sign], closed: bool) -> Result<Box<dyn Guard>, Held> {
        self.0.hold(home, profile, signs, closed)
    }
    fn stage(&self, target: &StorePath, temp: &str, bytes: &[u8]) -> io::Result<Staged> {
        self.0.stage(target, temp, bytes)
    }
    fn sync(&self, staged: &[Staged]) -> io::Result<()> {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.sync(staged)
    }
    fn publish(&self, staged: &Staged) -> io::Result<()> {
        self.0.publish(staged)
    }
    fn settle(&self, folders: &[StorePath]) -> io::Result<()> {
        self.0.settle(folders)
    }
    fn remove(&self, path: &StorePath) -> io::Result<()> {
        self.0.remove(path)
    }
}

/// Forty homes with msmtp, each with a host of its own.
fn forty(system: &Memory, host: impl Fn(usize) -> &'static str) -> Homes {
    let homes = (0..40).map(|n| {
        system.put(format!("/h/{n:02}/.msmtprc"), format!("account a\nhost {}\nfrom a@old.example\n", host(n)));
        Home { path: format!("/h/{n:02}").into(), os: None, live: false }
    });
    Homes { homes: homes.collect(), clients: vec!["msmtp".to_owned()] }
}

#[test]
fn few_changes_among_many_homes_share_their_syncs() {
    let system = Counting(Memory::new(), AtomicUsize::new(0));
    let homes = forty(&system.0, |n| if n % 10 == 0 { "old.example" } else { "other.example" });
    let policy = Policy::parse(POLICY).unwrap();
    let state = tempfile::tempdir().unwrap();
    let journal = Journal::open(state.path()).unwrap();
    let options = ApplyOptions { assume_closed: true, group: 4, ..ApplyOptions::default() };
    let plans = discover(&system, &homes).map(|profile| plan(&system, &profile.unwrap(), &policy, &Unproven));
    let report = apply(&system, plans, &options, &journal, &Silent);
    assert_eq!((report.counts.changed, report.counts.unchanged, report.problems), (4, 36, 0));
    assert_eq!(system.1.load(Ordering::Relaxed), 1);
}

#[test]
fn a_store_that_is_being_written_is_waited_for() {
    let system = Memory::new();
    let homes = forty(&system, |_| "old.example");
    let policy = Policy::parse(POLICY).unwrap();
    let state = tempfile::tempdir().unwrap();
    let journal = Journal::open(state.path()).unwrap();
    let options = ApplyOptions { assume_closed: true, group: 8, ..ApplyOptions::default() };
    let plans = discover(&system, &homes).map(|profile| plan(&system, &profile.unwrap(), &policy, &Unproven));
    let mut plans: Vec<_> = plans.collect();
    // The second group has nothing to begin with before the first is written; then its plan is about what stood before.
    plans.insert(8, plans[0].clone());
    let report = apply(&system, plans.into_iter(), &options, &journal, &Silent);
    assert_eq!((report.counts.changed, report.counts.failed, report.problems), (40, 0, 1));
    assert_eq!(journal.records(report.operation.unwrap()).unwrap().len(), 40);
}
