//! The real disk. Every path is opened relative to its home's folder; links are followed on one's own home only. Knows
//! no client and no format.

#[cfg(unix)]
mod attributes;
#[cfg(unix)]
mod held;
#[cfg(unix)]
mod open;
#[cfg(unix)]
mod stage;
#[cfg(unix)]
mod sync;
#[cfg(target_os = "linux")]
#[cfg(test)]
mod tests;
#[cfg(windows)]
mod windows;

#[cfg(windows)]
use windows as os;

#[cfg(unix)]
pub(crate) use sync::{file as sync_file, is_shared};
#[cfg(windows)]
pub(crate) use windows::{is_shared, sync_file};
#[cfg(unix)]
pub(super) use {attributes::own, held::hold, open::Base};

use std::ffi::OsString;
use std::io;
#[cfg(unix)]
use std::path::Path;
use std::path::PathBuf;
#[cfg(unix)]
use std::sync::Arc;

use super::lock::{self, Folders};
use super::{Guard, Held, Reader, Running, Sign, Staged, What, Writer};
use crate::home::{Home, StorePath};

#[cfg(unix)]
use unix as os;

#[cfg(unix)]
mod unix {
    pub(super) use super::open::{list, place, read, resolve};
    pub(super) use super::stage::{publish, remove, stage};
    pub(super) use super::sync::{settle, sync};
}

/// The disk of this machine. One value is one waxseal: profiles that share a folder may be held together by it, and by
/// no other.
#[derive(Debug, Default)]
pub struct Disk {
    held: Folders,
}

impl Disk {
    /// The disk of this machine.
    pub fn new() -> Disk {
        Disk::default()
    }
}

impl Reader for Disk {
    fn read(&self, path: &StorePath) -> io::Result<Option<Vec<u8>>> {
        os::read(path)
    }

    fn list(&self, folder: &StorePath) -> io::Result<Vec<(OsString, What)>> {
        os::list(folder)
    }

    fn is_there(&self, folder: &StorePath) -> bool {
        !matches!(std::fs::symlink_metadata(folder.full()), Err(error) if error.kind() == io::ErrorKind::NotFound)
    }

    fn running(&self, home: &Home, profile: &StorePath, signs: &[Sign]) -> Running {
        lock::running(home, profile, signs)
    }

    #[cfg(unix)]
    fn locked(&self, path: &StorePath) -> Option<String> {
        lock::locked(path)
    }

    #[cfg(unix)]
    fn within(&self, root: &Path) -> Option<Box<dyn Reader + '_>> {
        Some(Box::new(Within { disk: self, root: root.to_owned(), base: Base::open(root).ok()? }))
    }

    fn resolve(&self, path: &StorePath) -> PathBuf {
        os::resolve(path)
    }
}

/// The disk, with the folder of one home at hand.
#[cfg(unix)]
struct Within<'a> {
    disk: &'a Disk,
    root: PathBuf,
    base: Arc<Base>,
}

#[cfg(unix)]
impl Reader for Within<'_> {
    fn read(&self, path: &StorePath) -> io::Result<Option<Vec<u8>>> {
        if path.base() == self.root { self.base.read(path.below()) } else { self.disk.read(path) }
    }

    fn list(&self, folder: &StorePath) -> io::Result<Vec<(OsString, What)>> {
        if folder.base() == self.root { self.base.list(folder.below()) } else { self.disk.list(folder) }
    }

    fn is_there(&self, folder: &StorePath) -> bool {
        self.disk.is_there(folder)
    }

    fn running(&self, home: &Home, profile: &StorePath, signs: &[Sign]) -> Running {
        self.disk.running(home, profile, signs)
    }

    fn locked(&self, path: &StorePath) -> Option<String> {
        self.disk.locked(path)
    }

    fn resolve(&self, path: &StorePath) -> PathBuf {
        self.disk.resolve(path)
    }
}

impl Writer for Disk {
    fn place(&self, target: &StorePath) -> io::Result<StorePath> {
        os::place(target)
    }

    fn hold(&self, home: &Home, profile: &StorePath, signs: &[Sign], assume_closed: bool) -> Result<Box<dyn Guard>, Held> {
        lock::hold(&self.held, home, profile, signs, assume_closed)
    }

    fn stage(&self, target: &StorePath, temp: &str, bytes: &[u8]) -> io::Result<Staged> {
        os::stage(target, temp, bytes)
    }

    fn sync(&self, staged: &[Staged]) -> io::Result<()> {
        os::sync(staged)
    }

    fn publish(&self, staged: &Staged) -> io::Result<()> {
        os::publish(staged)
    }

    fn settle(&self, folders: &[StorePath]) -> io::Result<()> {
        os::settle(folders)
    }

    fn remove(&self, path: &StorePath) -> io::Result<()> {
        os::remove(path)
    }

    #[cfg(unix)]
    fn room(&self) -> usize {
        // A profile takes its home, its folder and its lock; the rest is for what is open in passing, and for the caller.
        let files = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
        files.and_then(|files| usize::try_from(files).ok()).map_or(usize::MAX, |files| files.saturating_sub(96) / 3).max(1)
    }
}
