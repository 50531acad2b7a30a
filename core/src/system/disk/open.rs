//! Opens files below a root without leaving it: no link is followed on another user's home, and only regular files of
//! a sane size are read. Never writes.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rustix::buffer::spare_capacity;
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, Stat, fstat, openat, statat};
use rustix::io::{Errno, fcntl_dupfd_cloexec};

use super::held;
use crate::home::StorePath;
use crate::system::{LARGEST, Refusal, What};

/// Flags that keep an opened pipe, device or terminal from doing anything.
pub(super) const QUIET: OFlags = OFlags::NONBLOCK.union(OFlags::NOCTTY).union(OFlags::CLOEXEC);

#[cfg(target_os = "linux")]
const HANDLE: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
#[cfg(not(target_os = "linux"))]
const HANDLE: OFlags = OFlags::DIRECTORY.union(OFlags::CLOEXEC);

/// Flags of a folder that is listed, or worked in.
const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NONBLOCK).union(OFlags::CLOEXEC);

/// A root's handle.
#[derive(Debug)]
pub(crate) struct Base {
    folder: OwnedFd,
    /// Held while the root itself is listed, which goes on where the last one stopped; `None` where nobody lets us list it.
    names: Option<Mutex<()>>,
    /// The user it belongs to.
    pub(crate) owner: u32,
    /// Whether its links are trusted: nobody but this process's user, or root, can have made it.
    own: bool,
}

impl Base {
    /// Opens a root, which may itself be reached through links; that of a home that is held is open already.
    pub(crate) fn open(root: &Path) -> io::Result<Arc<Base>> {
        if let Some(base) = held::base(root) {
            return Ok(base);
        }
        let (folder, names) = match rustix::fs::open(root, FOLDER, Mode::empty()) {
            Err(Errno::ACCESS) => (rustix::fs::open(root, HANDLE, Mode::empty())?, None),
            opened => (opened?, Some(Mutex::default())),
        };
        let owner = fstat(&folder)?.st_uid;
        Ok(Arc::new(Base { folder, names, owner, own: owner == rustix::process::geteuid().as_raw() || owner == 0 }))
    }

    /// Opens something below it; the empty path is the root itself.
    pub(crate) fn below(&self, path: &Path, flags: OFlags, mode: Mode) -> io::Result<OwnedFd> {
        let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        let flags = flags | OFlags::CLOEXEC;
        if self.own {
            return Ok(openat(&self.folder, path, flags, mode)?);
        }
        match beneath(&self.folder, path, flags, mode) {
            Err(Errno::LOOP | Errno::XDEV) => Err(Refusal::Link.into()),
            opened => Ok(opened?),
        }
    }

    /// Opens a folder below it, for working in it.
    pub(crate) fn folder(&self, path: &Path) -> io::Result<OwnedFd> {
        self.below(path, FOLDER, Mode::empty())
    }

    /// Opens a regular file below it, for reading.
    fn file(&self, path: &Path) -> io::Result<(File, Stat)> {
        let opened = self.below(path, OFlags::RDONLY | QUIET, Mode::empty());
        let file =
            File::from(opened.map_err(|error| if error.raw_os_error() == NO_DEVICE { Refusal::NotAFile.into() } else { error })?);
        let stat = fstat(&file)?;
        regular(&stat)?;
        if !self.own && stat.st_uid != self.owner && stat.st_nlink > 1 {
            return Err(Refusal::NotOfThisHome.into());
        }
        Ok((file, stat))
    }
}

/// What opening a socket, or a device that is not there, gives.
const NO_DEVICE: Option<i32> = Some(Errno::NXIO.raw_os_error());

/// Refuses what is not a regular file.
pub(super) fn regular(stat: &Stat) -> io::Result<()> {
    if FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile { Ok(()) } else { Err(Refusal::NotAFile.into()) }
}

#[cfg(target_os = "linux")]
fn beneath(folder: &OwnedFd, path: &Path, flags: OFlags, mode: Mode) -> Result<OwnedFd, Errno> {
    use rustix::fs::{ResolveFlags, openat2};
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    match openat2(folder, path, flags, mode, resolve) {
        Err(Errno::NOSYS | Errno::PERM) => by_component(folder, path, flags, mode),
        opened => opened,
    }
}

#[cfg(not(target_os = "linux"))]
fn beneath(folder: &OwnedFd, path: &Path, flags: OFlags, mode: Mode) -> Result<OwnedFd, Errno> {
    by_component(folder, path, flags, mode)
}

/// Opens one name after the other, for kernels that can't do it in one go.
pub(super) fn by_component(folder: &OwnedFd, path: &Path, flags: OFlags, mode: Mode) -> Result<OwnedFd, Errno> {
    let names: Vec<&OsStr> = path.iter().collect();
    let Some((last, folders)) = names.split_last() else { return Err(Errno::NOENT) };
    let mut at: Option<OwnedFd> = None;
    for name in folders {
        at = Some(step(at.as_ref().unwrap_or(folder), name, HANDLE, Mode::empty())?);
    }
    step(at.as_ref().unwrap_or(folder), last, flags, mode)
}

fn step(folder: &OwnedFd, name: &OsStr, flags: OFlags, mode: Mode) -> Result<OwnedFd, Errno> {
    match openat(folder, name, flags | OFlags::NOFOLLOW, mode) {
        Err(Errno::NOTDIR) if is_link(folder, name) => Err(Errno::LOOP),
        opened => opened,
    }
}

/// Whether a name in a folder is a link.
pub(super) fn is_link(folder: &OwnedFd, name: &OsStr) -> bool {
    statat(folder, name, AtFlags::SYMLINK_NOFOLLOW).is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Symlink)
}

/// Turns "there is none" into `None`: no such name, or a file where a folder would have to be.
pub(super) fn present<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(error),
    }
}

pub(super) fn read(path: &StorePath) -> io::Result<Option<Vec<u8>>> {
    match present(Base::open(path.base()))? {
        Some(base) => base.read(path.below()),
        None => Ok(None),
    }
}

pub(super) fn list(folder: &StorePath) -> io::Result<Vec<(OsString, What)>> {
    match present(Base::open(folder.base()))? {
        Some(base) => base.list(folder.below()),
        None => Ok(Vec::new()),
    }
}

impl Base {
    /// A file below it, whole; `None` if there is none.
    pub(super) fn read(&self, path: &Path) -> io::Result<Option<Vec<u8>>> {
        let Some((file, stat)) = present(self.file(path))? else { return Ok(None) };
        let size = u64::try_from(stat.st_size).unwrap_or(0);
        if size > LARGEST {
            return Err(Refusal::TooLarge(size).into());
        }
        // One byte more tells at once that the file has not grown: what ends before it is at its end.
        let size = usize::try_from(size).unwrap_or(0);
        let mut bytes = Vec::with_capacity(size + 1);
        while bytes.len() <= size {
            match rustix::io::read(&file, spare_capacity(&mut bytes)) {
                Ok(0) => break,
                Ok(_) if bytes.len() == size => break,
                Ok(_) | Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        if bytes.len() > size {
            file.take((LARGEST + 1).saturating_sub(bytes.len() as u64)).read_to_end(&mut bytes)?;
        }
        if bytes.len() as u64 > LARGEST { Err(Refusal::TooLarge(bytes.len() as u64).into()) } else { Ok(Some(bytes)) }
    }

    /// The names in a folder below it.
    pub(super) fn list(&self, folder: &Path) -> io::Result<Vec<(OsString, What)>> {
        // The root is open already: looking up its own name again would be half of what listing it costs.
        let root = self.names.as_ref().filter(|_| folder.as_os_str().is_empty());
        let _listing = root.map(|names| names.lock().unwrap_or_else(PoisonError::into_inner));
        let opened = if root.is_some() { Some(fcntl_dupfd_cloexec(&self.folder, 0)?) } else { present(self.folder(folder))? };
        let Some(opened) = opened else { return Ok(Vec::new()) };
        let mut dir = Dir::new(opened)?;
        dir.rewind();
        let mut found = Vec::new();
        while let Some(entry) = dir.read() {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            if name != b"." && name != b".." {
                found.push((OsString::from_vec(name.to_vec()), entry.file_type()));
            }
        }
        let opened = dir.fd()?;
        let mut names: Vec<(OsString, What)> = found
            .into_iter()
            .map(|(name, kind)| {
                let what = what(opened, &name, kind, self.own);
                (name, what)
            })
            .collect();
        names.sort_by(|(one, _), (other, _)| one.cmp(other));
        Ok(names)
    }
}

/// On one's own home a link to a file counts as a file; one to a folder doesn't count, so that no walk runs in circles.
fn what(folder: BorrowedFd<'_>, name: &OsStr, known: FileType, own: bool) -> What {
    let stat = |flags| statat(folder, name, flags).map_or(FileType::Unknown, |stat| FileType::from_raw_mode(stat.st_mode));
    let kind = if known == FileType::Unknown { stat(AtFlags::SYMLINK_NOFOLLOW) } else { known };
    match kind {
        FileType::RegularFile => What::File,
        FileType::Directory => What::Folder,
        FileType::Symlink if own && stat(AtFlags::empty()) == FileType::RegularFile => What::File,
        _ => What::Other,
    }
}

pub(super) fn resolve(path: &StorePath) -> PathBuf {
    let full = path.full();
    match Base::open(path.base()) {
        Ok(base) if base.own => std::fs::canonicalize(&full).unwrap_or(full),
        _ => full,
    }
}

/// Where a write goes: a link's target on one's own home.
pub(super) fn place(target: &StorePath) -> io::Result<StorePath> {
    let base = Base::open(target.base())?;
    let Some(name) = target.below().file_name() else { return Err(Refusal::NotAFile.into()) };
    if !is_link(&base.folder(target.parent().below())?, name) {
        return Ok(target.clone());
    }
    if !base.own {
        return Err(Refusal::Link.into());
    }
    let real = std::fs::canonicalize(target.full()).map_err(|_| Refusal::Link)?;
    let root = std::fs::canonicalize(target.base())?;
    let placed = match real.strip_prefix(&root) {
        Ok(below) => StorePath::root(target.base()).join(below),
        Err(_) => real.parent().zip(real.file_name()).and_then(|(folder, name)| StorePath::root(folder).join(name)),
    };
    placed.ok_or_else(|| Refusal::Link.into())
}
