//! A disk on which something goes wrong at a chosen step.

use std::ffi::OsString;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Mutex;

use crate::home::{Home, StorePath};
use crate::system::{Disk, Guard, Held, Reader, Running, Sign, Staged, What, Writer};

/// Every kind of step.
pub(super) const ALL: &[&str] = &["read", "place", "stage", "sync", "publish", "settle", "remove"];
/// The steps that write.
pub(super) const WRITES: &[&str] = &["stage", "sync", "publish", "settle", "remove"];

/// What goes wrong.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Fault {
    /// The process ends there, with half of that step done if it is a write.
    Kill,
    /// That step fails; the next ones don't.
    Once,
    /// That step and all after it fail.
    Dead,
    /// That step, a stage, writes half of the bytes and says that all is well.
    Lie,
}

struct Killed;

pub(super) struct Faulty {
    disk: Disk,
    fault: Fault,
    at: usize,
    kinds: &'static [&'static str],
    seen: Mutex<(usize, &'static str)>,
}

impl Faulty {
    /// Something goes wrong at this step (from 0) of these kinds.
    pub(super) fn new(fault: Fault, at: usize, kinds: &'static [&'static str]) -> Faulty {
        Faulty { disk: Disk::new(), fault, at, kinds, seen: Mutex::new((0, "none")) }
    }

    /// Runs until it ends or is killed.
    pub(super) fn run<T>(&self, work: impl FnOnce(&Faulty) -> T) -> Option<T> {
        match catch_unwind(AssertUnwindSafe(|| work(self))) {
            Ok(done) => Some(done),
            Err(killed) if killed.is::<Killed>() => None,
            Err(panic) => resume_unwind(panic),
        }
    }

    /// The first step at which it went wrong.
    pub(super) fn last(&self) -> &'static str {
        self.seen.lock().unwrap().1
    }

    fn step(&self, kind: &'static str, half: impl FnOnce()) -> io::Result<()> {
        if !self.kinds.contains(&kind) {
            return Ok(());
        }
        let now = {
            let mut seen = self.seen.lock().unwrap();
            let now = seen.0;
            seen.0 += 1;
            if now == self.at {
                seen.1 = kind;
            }
            now
        };
        match self.fault {
            Fault::Kill if now == self.at => {
                half();
                resume_unwind(Box::new(Killed))
            }
            Fault::Once if now == self.at => Err(io::Error::other("injected")),
            Fault::Dead if now >= self.at => Err(io::Error::other("injected")),
            _ => Ok(()),
        }
    }
}

impl Reader for Faulty {
    fn read(&self, path: &StorePath) -> io::Result<Option<Vec<u8>>> {
        self.step("read", || {})?;
        self.disk.read(path)
    }

    fn list(&self, folder: &StorePath) -> io::Result<Vec<(OsString, What)>> {
        self.disk.list(folder)
    }

    fn running(&self, home: &Home, profile: &StorePath, signs: &[Sign]) -> Running {
        self.disk.running(home, profile, signs)
    }
}

impl Writer for Faulty {
    fn place(&self, target: &StorePath) -> io::Result<StorePath> {
        self.step("place", || {})?;
        self.disk.place(target)
    }

    fn hold(&self, home: &Home, profile: &StorePath, signs: &[Sign], assume_closed: bool) -> Result<Box<dyn Guard>, Held> {
        self.disk.hold(home, profile, signs, assume_closed)
    }

    fn stage(&self, target: &StorePath, temp: &str, bytes: &[u8]) -> io::Result<Staged> {
        let half = || drop(self.disk.stage(target, temp, &bytes[..bytes.len() / 2]).unwrap());
        self.step("stage", half)?;
        let lies = self.fault == Fault::Lie && self.seen.lock().unwrap().0 == self.at + 1;
        self.disk.stage(target, temp, if lies { &bytes[..bytes.len() / 2] } else { bytes })
    }

    fn sync(&self, staged: &[Staged]) -> io::Result<()> {
        self.step("sync", || {})?;
        self.disk.sync(staged)
    }

    fn publish(&self, staged: &Staged) -> io::Result<()> {
        self.step("publish", || {})?;
        self.disk.publish(staged)
    }

    fn settle(&self, folders: &[StorePath]) -> io::Result<()> {
        self.step("settle", || {})?;
        self.disk.settle(folders)
    }

    fn remove(&self, path: &StorePath) -> io::Result<()> {
        self.step("remove", || {})?;
        self.disk.remove(path)
    }
}
