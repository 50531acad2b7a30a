//! Waxseal's own lock: on the profile's folder, so that no two waxseals work in it. Leaves nothing behind.

use std::collections::BTreeMap;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use rustix::fs::{FlockOperation, flock, fstat};
use rustix::io::Errno;

use super::file::folder_holder;
use crate::home::StorePath;
use crate::system::Held;
use crate::system::disk::Base;

/// A folder that is held; closing it frees it.
#[derive(Debug)]
pub(super) struct Folder {
    _handle: OwnedFd,
}

/// The folders that one waxseal holds: profiles can share one (the home itself), and are held together.
#[derive(Debug, Default)]
pub(in crate::system) struct Folders {
    held: Mutex<BTreeMap<(u64, u64), Weak<Folder>>>,
}

impl Folders {
    /// Holds a profile's folder (of a profile that is one file, the folder that it is in); `None` where the file
    /// system has no such locks.
    pub(super) fn hold(&self, profile: &StorePath) -> Result<Option<Arc<Folder>>, Held> {
        let handle = open(profile).map_err(Held::Io)?;
        let stat = fstat(&handle).map_err(|error| Held::Io(error.into()))?;
        let place = (stat.st_dev as u64, stat.st_ino);
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(folder) = held.get(&place).and_then(Weak::upgrade) {
            return Ok(Some(folder));
        }
        match flock(&handle, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => {
                let who = folder_holder(&handle).unwrap_or_else(|| "another waxseal".to_owned());
                return Err(Held::Waxseal(who));
            }
            Err(Errno::BADF | Errno::NOLCK | Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL | Errno::ISDIR) => return Ok(None),
            Err(error) => return Err(Held::Io(error.into())),
        }
        let folder = Arc::new(Folder { _handle: handle });
        held.retain(|_, folder| folder.strong_count() > 0);
        held.insert(place, Arc::downgrade(&folder));
        Ok(Some(folder))
    }
}

fn open(profile: &StorePath) -> io::Result<OwnedFd> {
    let base = Base::open(profile.base())?;
    match base.folder(profile.below()) {
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => base.folder(profile.parent().below()),
        opened => opened,
    }
}
