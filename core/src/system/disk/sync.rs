//! Durability. Many files of one file system share one sync of the whole; a few, and those on a network, go one by one.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{Mode, OFlags, fstat, openat};

#[cfg(not(target_vendor = "apple"))]
use rustix::fs::fsync;
// On this system the plain call stops at the disk's own cache.
#[cfg(target_vendor = "apple")]
use rustix::fs::fcntl_fullfsync as fsync;

use rustix::io::Errno;

use super::open::{Base, QUIET, present};
use crate::home::StorePath;
use crate::system::Staged;

/// From how many files on, one sync of the file system is cheaper than one for each.
const TOGETHER: usize = 8;

pub(super) fn sync(staged: &[Staged]) -> io::Result<()> {
    let mut temps: BTreeMap<StorePath, Vec<&str>> = BTreeMap::new();
    for staged in staged {
        temps.entry(staged.target.parent()).or_default().push(&staged.temp);
    }
    let folders = temps.iter().map(|(path, names)| Ok((open(path)?, names))).collect::<io::Result<Vec<_>>>()?;
    by_device(
        folders,
        |(folder, names)| (folder, names.len()),
        |(folder, names)| {
            names
                .iter()
                .try_for_each(|name| Ok(fsync(openat(folder, *name, OFlags::RDONLY | OFlags::NOFOLLOW | QUIET, Mode::empty())?)?))
        },
    )
}

pub(super) fn settle(folders: &[StorePath]) -> io::Result<()> {
    let each: BTreeSet<&StorePath> = folders.iter().collect();
    // A folder that is gone has nothing to make durable.
    let opened = each.into_iter().filter_map(|folder| present(open(folder)).transpose());
    let folders = opened.collect::<io::Result<Vec<_>>>()?;
    by_device(folders, |folder| (folder, 1), folder_sync)
}

/// Makes open files durable, and the names in a folder.
pub(crate) fn files(files: Vec<OwnedFd>, folders: &[&Path]) -> io::Result<()> {
    by_device(files, |file| (file, 1), |file| Ok(fsync(file)?))?;
    folders.iter().try_for_each(|folder| folder_sync(&std::fs::File::open(folder)?.into()))
}

fn open(folder: &StorePath) -> io::Result<OwnedFd> {
    Base::open(folder.base())?.folder(folder.below())
}

/// Some file systems can't sync a folder, and say so: there the rename is as durable as it gets.
fn folder_sync(folder: &OwnedFd) -> io::Result<()> {
    match fsync(folder) {
        Err(Errno::INVAL) => Ok(()),
        synced => Ok(synced?),
    }
}

fn by_device<T>(
    all: Vec<T>,
    of: impl for<'a> Fn(&'a T) -> (&'a OwnedFd, usize),
    single: impl Fn(&T) -> io::Result<()>,
) -> io::Result<()> {
    let mut devices: BTreeMap<u64, Vec<T>> = BTreeMap::new();
    for one in all {
        devices.entry(fstat(of(&one).0)?.st_dev as u64).or_default().push(one);
    }
    for group in devices.values() {
        let count: usize = group.iter().map(|one| of(one).1).sum();
        match group.first().filter(|_| count > TOGETHER).and_then(|one| whole(of(one).0)) {
            Some(synced) => synced?,
            None => group.iter().try_for_each(&single)?,
        }
    }
    Ok(())
}

/// Syncs the whole file system, where that is known to reach the disk.
#[cfg(target_os = "linux")]
fn whole(file: &OwnedFd) -> Option<io::Result<()>> {
    match crate::system::lock::network(file) {
        Ok(None) => match rustix::fs::syncfs(file) {
            Err(Errno::NOSYS) => None,
            synced => Some(synced.map_err(io::Error::from)),
        },
        _ => None,
    }
}

#[cfg(not(target_os = "linux"))]
fn whole(_: &OwnedFd) -> Option<io::Result<()>> {
    None
}
