//! Locks on Windows: a client's lock file is open without sharing while the client runs, and goes when it ends.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::windows::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};

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

/// A folder that is held: a file in it that nobody else can open, and that goes with its last handle.
#[derive(Debug)]
pub(super) struct Folder {
    _file: File,
}

/// The name of that file.
const OWN: &str = ".waxseal.lock";

/// The folders that one waxseal holds: profiles can share one (the home itself), and are held together.
#[derive(Debug, Default)]
pub(in crate::system) struct Folders {
    held: Mutex<BTreeMap<PathBuf, Weak<Folder>>>,
}

impl Folders {
    pub(super) fn hold(&self, profile: &StorePath) -> Result<Option<Arc<Folder>>, Held> {
        let place = fs::canonicalize(profile.full()).map_err(Held::Io)?;
        let place = if place.is_dir() { place } else { place.parent().map(Path::to_owned).unwrap_or(place) };
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(folder) = held.get(&place).and_then(Weak::upgrade) {
            return Ok(Some(folder));
        }
        let folder = match alone(&place.join(OWN)) {
            Ok(file) => Arc::new(Folder { _file: file }),
            Err(error) if error.raw_os_error() == SHARING_VIOLATION => {
                return Err(Held::Waxseal("another waxseal".to_owned()));
            }
            Err(error) => return Err(Held::Io(error)),
        };
        held.retain(|_, folder| folder.strong_count() > 0);
        held.insert(place, Arc::downgrade(&folder));
        Ok(Some(folder))
    }
}

/// Opens or makes a file that nobody else can open meanwhile; it goes when it is closed.
fn alone(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    options.access_mode(READ_AND_WRITE | DELETE).share_mode(0).custom_flags(DELETE_ON_CLOSE).open(path)
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
    match alone(&path.full()) {
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
