//! Locks on Windows: a client's lock file is open without sharing while the client runs, and goes when it ends.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::windows::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;

use crate::home::StorePath;
use crate::system::{Held, Refusal, Running};

const SHARING_VIOLATION: Option<i32> = Some(32);
const DELETE: u32 = 0x0001_0000;
const READ_AND_WRITE: u32 = 0xc000_0000;
const DELETE_ON_CLOSE: u32 = 0x0400_0000;

/// A lock file that is held; closing it frees and removes it.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

/// Nothing of its own: here the client's lock file excludes another waxseal too.
#[derive(Debug)]
pub(super) struct Folder;

/// The folders that one waxseal holds.
#[derive(Debug, Default)]
pub(in crate::system) struct Folders;

impl Folders {
    pub(super) fn hold(&self, _: &StorePath) -> Result<Option<Arc<Folder>>, Held> {
        Ok(None)
    }
}

pub(super) fn probe(profile: &StorePath, name: &str) -> Running {
    let Some(path) = profile.join(name) else { return Running::Unknown(format!("{name} leads out of the home")) };
    match OpenOptions::new().read(true).share_mode(0).open(path.full()) {
        Ok(_) => Running::No,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Running::No,
        Err(error) if error.raw_os_error() == SHARING_VIOLATION => Running::Yes(format!("what holds {path}")),
        Err(error) => Running::Unknown(format!("{path}: {error}")),
    }
}

pub(super) fn take(profile: &StorePath, name: &str) -> Result<(Lock, Running), Held> {
    let path = profile.join(name).ok_or_else(|| Held::Io(Refusal::Link.into()))?;
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    options.access_mode(READ_AND_WRITE | DELETE).share_mode(0).custom_flags(DELETE_ON_CLOSE);
    match options.open(path.full()) {
        Ok(file) => Ok((Lock { _file: file }, Running::No)),
        Err(error) if error.raw_os_error() == SHARING_VIOLATION => Err(Held::Client(Running::Yes(format!("what holds {path}")))),
        Err(error) => Err(Held::Io(error)),
    }
}

pub(super) fn answers(_: &Path) -> Running {
    Running::No
}

/// There are no numbers of users here, and no such sockets.
pub(super) fn owner(_: &Path) -> Option<u32> {
    Some(0)
}
