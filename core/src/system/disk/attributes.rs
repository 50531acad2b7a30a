//! What a new file takes over from the one it replaces: owner, mode, ACL, extended attributes.

use std::collections::BTreeMap;
use std::ffi::CString;
use std::io;
use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{Gid, Mode, Stat, Uid, XattrFlags, fchmod, fchown, fgetxattr, flistxattr, fremovexattr, fsetxattr, fstat};
use rustix::io::Errno;

/// Attributes that the system derives from the very file; a copy would be false.
const DERIVED: &[&[u8]] = &[b"security.ima", b"security.evm"];

/// Gives a new file the attributes of an old one.
pub(super) fn copy(old: &OwnedFd, like: &Stat, new: &OwnedFd) -> io::Result<()> {
    own(new, like)?;
    copy_extended(old, new)?;
    if fstat(new)?.st_mode & 0o7777 != like.st_mode & 0o7777 {
        fchmod(new, Mode::from_raw_mode(like.st_mode & 0o7777))?;
    }
    Ok(())
}

/// Gives a file the owner and group of something, where they differ.
pub(crate) fn own(file: &OwnedFd, like: &Stat) -> io::Result<()> {
    let now = fstat(file)?;
    let owner = (now.st_uid != like.st_uid).then(|| Uid::from_raw(like.st_uid));
    let group = (now.st_gid != like.st_gid).then(|| Gid::from_raw(like.st_gid));
    if owner.is_none() && group.is_none() {
        return Ok(());
    }
    fchown(file, owner, group)
        .map_err(|error| io::Error::new(error.kind(), format!("owner {}:{} can't be kept: {error}", like.st_uid, like.st_gid)))
}

fn copy_extended(old: &OwnedFd, new: &OwnedFd) -> io::Result<()> {
    let (wanted, there) = (extended(old)?, extended(new)?);
    let lost = |name: &CString, error: Errno| {
        io::Error::new(error.kind(), format!("attribute {} can't be kept: {error}", name.to_string_lossy()))
    };
    for name in there.keys().filter(|name| !wanted.contains_key(*name)) {
        fremovexattr(new, name.as_c_str()).or_else(absent).map_err(|error| lost(name, error))?;
    }
    for (name, value) in wanted.iter().filter(|(name, value)| there.get(*name) != Some(*value)) {
        fsetxattr(new, name.as_c_str(), value, XattrFlags::empty()).map_err(|error| lost(name, error))?;
    }
    Ok(())
}

fn absent(error: Errno) -> Result<(), Errno> {
    if error == Errno::NODATA { Ok(()) } else { Err(error) }
}

fn extended(file: impl AsFd) -> io::Result<BTreeMap<CString, Vec<u8>>> {
    let file = file.as_fd();
    let names = match grown(|buffer| flistxattr(file, buffer)) {
        Err(Errno::NOTSUP | Errno::NOSYS) => return Ok(BTreeMap::new()),
        names => names?,
    };
    let mut all = BTreeMap::new();
    for name in names.split(|byte| *byte == 0).filter(|name| !name.is_empty() && !DERIVED.contains(name)) {
        let name = CString::new(name)?;
        match grown(|buffer| fgetxattr(file, name.as_c_str(), buffer)) {
            Err(Errno::NODATA) => continue,
            value => all.insert(name, value?),
        };
    }
    Ok(all)
}

/// Calls with a larger and larger buffer until the answer fits.
fn grown(mut call: impl FnMut(&mut [u8]) -> Result<usize, Errno>) -> Result<Vec<u8>, Errno> {
    let mut buffer = vec![0; 1024];
    loop {
        match call(&mut buffer) {
            Err(Errno::RANGE) if buffer.len() < 1 << 20 => buffer.resize(buffer.len() * 4, 0),
            length => {
                buffer.truncate(length?);
                return Ok(buffer);
            }
        }
    }
}
