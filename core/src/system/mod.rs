//! The outside world, behind two traits: what only reads can't write, by its type. Knows nothing of clients or formats.

mod disk;
#[cfg(windows)]
mod live;
mod lock;
mod memory;
mod refusal;

use std::ffi::OsString;
use std::io;

pub use disk::Disk;
pub(crate) use disk::{is_shared, sync_file};
pub use memory::Memory;
pub use refusal::{Refusal, refusal};

use crate::home::{Home, StorePath};

/// The largest file that is read, in bytes: more is no store.
pub(crate) const LARGEST: u64 = 256 << 20;

/// What a name in a folder is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// A plain file.
    File,
    /// A folder.
    Folder,
    /// A link, a device, a pipe.
    Other,
}

/// Whether a client is running in a profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Running {
    /// It is: who, as far as can be told ("thunderbird-bin, process 4711").
    Yes(String),
    /// It is not.
    No,
    /// Can't be known, and why.
    Unknown(String),
}

/// How a client shows that it is running, and how it can be kept from starting. Paths are below the profile's folder.
#[derive(Debug, Clone, Copy)]
pub enum Sign {
    /// A file on which the client holds a write lock (fcntl) while it runs; left behind afterwards. Holding it keeps
    /// the client from starting.
    LockFile(&'static str),
    /// A Unix socket that the client answers on; its absolute path is worked out by the client's table from the home, the
    /// profile's folder and the number of the home's owner.
    Socket(fn(&Home, &StorePath, u32) -> Option<std::path::PathBuf>),
    /// A symbolic link to `ADDRESS:PROCESS` that the client makes as it starts, and takes away as it ends.
    Link(&'static str),
    /// A process of this name, of the home's owner. Tells something only about a live home.
    Process(&'static [&'static str]),
}

/// Reads homes. Links are followed on one's own home only.
pub trait Reader: Sync {
    /// The whole content of a file; `None` if there is none.
    ///
    /// # Errors
    /// Anything but absence: permission, a folder, a device, a size beyond reason.
    fn read(&self, path: &StorePath) -> io::Result<Option<Vec<u8>>>;

    /// Whether there is such a file, also one that can't be read.
    fn has(&self, path: &StorePath) -> bool {
        !matches!(self.read(path), Ok(None))
    }

    /// The names in a folder, sorted; none if there is no such folder.
    ///
    /// # Errors
    /// Anything but absence.
    fn list(&self, folder: &StorePath) -> io::Result<Vec<(OsString, What)>>;

    /// Whether a folder is there at all; where that can't be told, it is.
    fn is_there(&self, _folder: &StorePath) -> bool {
        true
    }

    /// Whether one of the signs says that the client runs. Never writes.
    fn running(&self, home: &Home, profile: &StorePath, signs: &[Sign]) -> Running;

    /// Who has locked a file, or a part of it: a database is locked where somebody works in it. Never locks it.
    fn locked(&self, _path: &StorePath) -> Option<String> {
        None
    }

    /// A reader of the same world for one home, where holding on to its folder makes that cheaper.
    fn within(&self, _root: &std::path::Path) -> Option<Box<dyn Reader + '_>> {
        None
    }

    /// Where a path really leads, for telling that two paths are one; the path itself if that can't be told.
    fn resolve(&self, path: &StorePath) -> std::path::PathBuf {
        path.full()
    }
}

/// Keeps a client from starting while it lives.
pub trait Guard: Send {}

/// Why a profile could not be held.
#[derive(Debug)]
pub enum Held {
    /// The client runs, or can't be known not to.
    Client(Running),
    /// Another waxseal holds it: who.
    Waxseal(String),
    /// The lock could not be taken or made.
    Io(io::Error),
}

/// A new file beside its target, not yet in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staged {
    /// What it is to replace.
    pub target: StorePath,
    /// Its own name, in the target's folder.
    pub temp: String,
}

/// Writes homes. The steps are apart so that many stores share their syncs: stage all, sync, publish all, settle.
pub trait Writer: Reader {
    /// Where a write to this path goes: the path itself, or on one's own home the file that a link there leads to.
    ///
    /// # Errors
    /// A link that leads nowhere, or that is not followed.
    fn place(&self, target: &StorePath) -> io::Result<StorePath> {
        Ok(target.clone())
    }

    /// Holds a profile: no client starts in it, no other waxseal works on it, until the guard is dropped.
    /// `assume_closed` passes over what can't be known, never over a client that is seen to run.
    ///
    /// # Errors
    /// Who holds it.
    fn hold(&self, home: &Home, profile: &StorePath, signs: &[Sign], assume_closed: bool) -> Result<Box<dyn Guard>, Held>;

    /// Writes a new file beside the target with the target's mode, owner, ACL and extended attributes (of a new
    /// target: the folder's owner, mode 0600). Fails if the temp name exists.
    ///
    /// # Errors
    /// The file can't be written whole, or not as its target's like ([`Refusal::HardLink`]); nothing is left behind.
    fn stage(&self, target: &StorePath, temp: &str, bytes: &[u8]) -> io::Result<Staged>;

    /// Makes staged files durable.
    ///
    /// # Errors
    /// The first that could not be.
    fn sync(&self, staged: &[Staged]) -> io::Result<()>;

    /// Renames a staged file over its target.
    ///
    /// # Errors
    /// It could not be renamed; the target is as it was.
    fn publish(&self, staged: &Staged) -> io::Result<()>;

    /// Makes the renames in these folders durable.
    ///
    /// # Errors
    /// The first folder that could not be synced.
    fn settle(&self, folders: &[StorePath]) -> io::Result<()>;

    /// Removes a file, if it is there.
    ///
    /// # Errors
    /// It is there and can't be removed.
    fn remove(&self, path: &StorePath) -> io::Result<()>;

    /// How many profiles can be held at once: the system caps the files that are open.
    fn room(&self) -> usize {
        usize::MAX
    }
}
