//! A client's lock file: taken as a record lock of the open file (Linux), so that no other descriptor of this process
//! can lose it by closing.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::Path;

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};
use nix::libc::{F_UNLCK, F_WRLCK, SEEK_SET, flock, pid_t};
use rustix::fs::{FileType, Mode, OFlags, fstat};

use super::network;
use crate::home::StorePath;
use crate::system::disk::{Base, own};
use crate::system::{Held, Refusal, Running};

/// A lock file that is held; closing it frees it.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

#[cfg(target_os = "linux")]
fn set(lock: &flock) -> FcntlArg<'_> {
    FcntlArg::F_OFD_SETLK(lock)
}

#[cfg(target_os = "linux")]
fn get(lock: &mut flock) -> FcntlArg<'_> {
    FcntlArg::F_OFD_GETLK(lock)
}

#[cfg(not(target_os = "linux"))]
fn set(lock: &flock) -> FcntlArg<'_> {
    FcntlArg::F_SETLK(lock)
}

#[cfg(not(target_os = "linux"))]
fn get(lock: &mut flock) -> FcntlArg<'_> {
    FcntlArg::F_GETLK(lock)
}

fn whole() -> flock {
    flock { l_type: F_WRLCK as _, l_whence: SEEK_SET as _, l_start: 0, l_len: 0, l_pid: 0 }
}

/// Who holds a lock on an open file.
enum Holder {
    Nobody,
    /// A process that locks for itself, as clients do.
    Process(pid_t),
    /// An open file of some process, as we do.
    OpenFile,
}

fn holder(file: &File) -> nix::Result<Holder> {
    let free = flock { l_type: F_UNLCK as _, ..whole() };
    let mut lock = whole();
    fcntl(file, get(&mut lock))?;
    Ok(match lock.l_pid {
        _ if lock.l_type == free.l_type => Holder::Nobody,
        -1 => Holder::OpenFile,
        process => Holder::Process(process),
    })
}

/// Looks at a lock file without making or locking it.
pub(super) fn probe(profile: &StorePath, name: &str) -> Running {
    let looked = profile.join(name).ok_or_else(|| Refusal::Link.into()).and_then(|path| {
        let base = Base::open(path.base())?;
        match base.below(path.below(), OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY, Mode::empty()) {
            Ok(file) => look(&path, &File::from(file)),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                Ok(base.folder(profile.below()).map_or(Running::No, |folder| free(&path, &folder)))
            }
            Err(error) => Err(error),
        }
    });
    looked.unwrap_or_else(|error: io::Error| Running::Unknown(format!("{profile}: the lock {name} can't be looked at: {error}")))
}

fn look(path: &StorePath, file: &File) -> io::Result<Running> {
    plain(file)?;
    Ok(match holder(file)? {
        Holder::Process(process) => Running::Yes(named(process)),
        // A write lock excludes the client's, so it doesn't run.
        Holder::OpenFile => Running::No,
        Holder::Nobody => free(path, file),
    })
}

/// Who has locked a file, or a part of it. Of one that can't be opened nobody can tell.
pub(in crate::system) fn locked(path: &StorePath) -> Option<String> {
    let base = Base::open(path.base()).ok()?;
    let file = base.below(path.below(), OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY, Mode::empty()).ok()?;
    match holder(&File::from(file)).ok()? {
        Holder::Nobody => None,
        Holder::Process(process) => Some(named(process)),
        Holder::OpenFile => Some("another process".to_owned()),
    }
}

/// A free lock says "no", except where other machines lock too.
fn free(path: &StorePath, file: impl std::os::fd::AsFd) -> Running {
    match network(file) {
        Ok(None) => Running::No,
        Ok(Some(kind)) => Running::Unknown(format!("{path} is on a network file system ({kind})")),
        Err(error) => Running::Unknown(format!("{path}: the file system can't be told: {error}")),
    }
}

/// Takes a lock file, which is made for the folder's owner if there is none, and left there.
pub(super) fn take(profile: &StorePath, name: &str) -> Result<(Lock, Running), Held> {
    let path = profile.join(name).ok_or_else(|| Held::Io(Refusal::Link.into()))?;
    let file = open_or_make(&path).map_err(Held::Io)?;
    plain(&file).map_err(Held::Io)?;
    match fcntl(&file, set(&whole())) {
        Ok(_) => {
            let running = free(&path, &file);
            Ok((Lock { _file: file }, running))
        }
        Err(Errno::EAGAIN | Errno::EACCES) => Err(match holder(&file) {
            Ok(Holder::Process(process)) => Held::Client(Running::Yes(named(process))),
            Ok(Holder::OpenFile) => Held::Waxseal("another waxseal".to_owned()),
            Ok(Holder::Nobody) => Held::Client(Running::Yes("a process that has just ended".to_owned())),
            Err(error) => Held::Io(error.into()),
        }),
        Err(error) => Err(Held::Io(error.into())),
    }
}

fn open_or_make(path: &StorePath) -> io::Result<File> {
    let base = Base::open(path.base())?;
    let there = OFlags::RDWR | OFlags::NONBLOCK | OFlags::NOCTTY;
    match base.below(path.below(), there, Mode::empty()) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        opened => return Ok(File::from(opened?)),
    }
    let folder = base.folder(path.parent().below())?;
    let mode = Mode::RUSR | Mode::WUSR | Mode::RGRP | Mode::ROTH;
    match base.below(path.below(), there | OFlags::CREATE | OFlags::EXCL, mode) {
        Ok(made) => {
            let like = fstat(&folder)?;
            if like.st_uid != fstat(&made)?.st_uid {
                own(&made, &like)?;
            }
            Ok(File::from(made))
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            Ok(File::from(base.below(path.below(), there, Mode::empty())?))
        }
        Err(error) => Err(error),
    }
}

fn plain(file: &File) -> io::Result<()> {
    let kind = FileType::from_raw_mode(fstat(file)?.st_mode);
    if kind == FileType::RegularFile { Ok(()) } else { Err(Refusal::NotAFile.into()) }
}

/// A process by name and number, as far as this machine knows it.
pub(super) fn named(process: pid_t) -> String {
    match std::fs::read_to_string(format!("/proc/{process}/comm")) {
        Ok(name) => format!("{}, process {process}", name.trim_end()),
        Err(_) if process > 0 => format!("process {process}"),
        Err(_) => "a process of another machine or container".to_owned(),
    }
}

/// The number of the user who owns a folder.
pub(super) fn owner(folder: &Path) -> Option<u32> {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(folder).ok().map(|folder| folder.uid())
}

/// Whether something answers on a Unix socket.
pub(super) fn answers(path: &Path) -> Running {
    match UnixStream::connect(path) {
        Ok(_) => Running::Yes(format!("what answers on {}", path.display())),
        Err(error) => match error.kind() {
            io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Running::No,
            _ => Running::Unknown(format!("{}: {error}", path.display())),
        },
    }
}

/// The number of the process that holds a folder's lock, as the system lists it.
pub(super) fn folder_holder(folder: &OwnedFd) -> Option<String> {
    let inode = fstat(folder).ok()?.st_ino;
    let locks = std::fs::read_to_string("/proc/locks").ok()?;
    locks.lines().find_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (kind, process, place) = (words.get(1)?, words.get(4)?, words.get(5)?);
        let matches = *kind == "FLOCK" && place.rsplit(':').next()?.parse() == Ok(inode);
        matches.then(|| process.parse().ok().map(named))?
    })
}
