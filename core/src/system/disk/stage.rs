//! New files beside their targets, and the renames that put them in place.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::OwnedFd;

use rustix::fs::{AtFlags, Mode, OFlags, Stat, fstat, openat, renameat, statat, unlinkat};
use rustix::io::Errno;

use super::attributes;
use super::open::{Base, QUIET, place, present, regular};
use crate::home::StorePath;
use crate::system::{Refusal, Staged};

pub(super) fn stage(target: &StorePath, temp: &str, bytes: &[u8]) -> io::Result<Staged> {
    let target = place(target)?;
    let (folder, name) = parts(&target)?;
    let old = old(&folder, name)?;
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let new = openat(&folder, temp, flags, Mode::RUSR | Mode::WUSR)?;
    match fill(new, old.as_ref(), &folder, bytes) {
        Ok(()) => Ok(Staged { target, temp: temp.to_owned() }),
        Err(error) => {
            // What failed is worth more to the caller than a second failure; the journal's sweep comes by here again.
            let _ = unlinkat(&folder, temp, AtFlags::empty());
            Err(error)
        }
    }
}

/// A path's folder, opened, and its name there.
pub(super) fn parts(path: &StorePath) -> io::Result<(OwnedFd, &OsStr)> {
    let name = path.below().file_name().ok_or(Refusal::NotAFile)?;
    Ok((Base::open(path.base())?.folder(path.parent().below())?, name))
}

/// The file that is to be replaced, if there is one.
fn old(folder: &OwnedFd, name: &OsStr) -> io::Result<Option<(OwnedFd, Stat)>> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | QUIET;
    let Some(old) = present(openat(folder, name, flags, Mode::empty()).map_err(io::Error::from))? else { return Ok(None) };
    let stat = fstat(&old)?;
    regular(&stat)?;
    if stat.st_nlink > 1 { Err(Refusal::HardLink.into()) } else { Ok(Some((old, stat))) }
}

fn fill(new: OwnedFd, old: Option<&(OwnedFd, Stat)>, folder: &OwnedFd, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::from(new);
    file.write_all(bytes)?;
    let new = OwnedFd::from(file);
    match old {
        Some((old, like)) => attributes::copy(old, like, &new),
        None => {
            let like = fstat(folder)?;
            if fstat(&new)?.st_uid == like.st_uid { Ok(()) } else { attributes::own(&new, &like) }
        }
    }
}

pub(super) fn publish(staged: &Staged) -> io::Result<()> {
    let (folder, name) = parts(&staged.target)?;
    Ok(renameat(&folder, staged.temp.as_str(), &folder, name)?)
}

pub(super) fn remove(path: &StorePath) -> io::Result<()> {
    let Some((folder, name)) = present(parts(path))? else { return Ok(()) };
    match unlinkat(&folder, name, AtFlags::empty()) {
        // A file system that can't be written says so before it looks.
        Err(error) if !matches!(statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW), Err(Errno::NOENT)) => Err(error.into()),
        _ => Ok(()),
    }
}
