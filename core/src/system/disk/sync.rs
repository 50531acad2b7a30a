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
    by_device(
        temps.into_iter().collect(),
        |(_, names)| names.len(),
        |(folder, _)| open(folder).map(Some),
        |folder, (_, names)| {
            let file = |name: &&str| openat(folder, *name, OFlags::RDONLY | OFlags::NOFOLLOW | QUIET, Mode::empty());
            names.iter().try_for_each(|name| Ok(fsync(file(name)?)?))
        },
    )
}

pub(super) fn settle(folders: &[StorePath]) -> io::Result<()> {
    let each: BTreeSet<&StorePath> = folders.iter().collect();
    // A folder that is gone has nothing to make durable.
    by_device(each.into_iter().collect(), |_| 1, |folder| present(open(folder)), |folder, _| folder_sync(folder))
}

/// Makes an open file durable, and the names in these folders.
pub(crate) fn file(file: &std::fs::File, folders: &[&Path]) -> io::Result<()> {
    fsync(file)?;
    folders.iter().try_for_each(|folder| folder_sync(&std::fs::File::open(folder)?.into()))
}

/// Whether other machines may work in a folder, or nobody can tell.
pub(crate) fn is_shared(folder: &Path) -> bool {
    std::fs::File::open(folder).and_then(crate::system::lock::network).map_or(true, |network| network.is_some())
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

/// Syncs what is on one file system together, where that is many and possible; else one by one. However many there are, one
/// folder is open at a time, and one more for each file system.
fn by_device<T>(
    all: Vec<T>,
    count: impl Fn(&T) -> usize,
    folder: impl Fn(&T) -> io::Result<Option<OwnedFd>>,
    single: impl Fn(&OwnedFd, &T) -> io::Result<()>,
) -> io::Result<()> {
    let mut devices: BTreeMap<u64, (OwnedFd, Vec<T>)> = BTreeMap::new();
    for one in all {
        let Some(opened) = folder(&one)? else { continue };
        devices.entry(fstat(&opened)?.st_dev as u64).or_insert_with(|| (opened, Vec::new())).1.push(one);
    }
    for (first, group) in devices.values() {
        match (group.iter().map(&count).sum::<usize>() > TOGETHER).then(|| whole(first)).flatten() {
            Some(synced) => synced?,
            None => {
                for one in group {
                    folder(one)?.map_or(Ok(()), |folder| single(&folder, one))?;
                }
            }
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
