//! Whether a client runs in a profile, and keeping it from starting. Knows the kinds of signs, not the clients.

#[cfg(unix)]
mod file;
#[cfg(unix)]
mod folder;
#[cfg(target_os = "linux")]
mod link;
#[cfg(unix)]
mod network;
#[cfg(target_os = "linux")]
mod process;
#[cfg(windows)]
mod task;
#[cfg(target_os = "linux")]
#[cfg(test)]
mod tests;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
pub(super) use network::network;
#[cfg(windows)]
use {windows as file, windows as folder};

use std::sync::Arc;

#[cfg(unix)]
pub(super) use file::locked;
pub(super) use folder::Folders;

use super::{Guard, Held, Running, Sign};
use crate::home::{Home, Os, StorePath};

/// The locks of a profile that is held: dropped, they are free again.
#[derive(Debug)]
struct Locks {
    _files: Vec<file::Lock>,
    #[cfg(unix)]
    _home: Arc<super::disk::Base>,
    _folder: Option<Arc<folder::Folder>>,
}

impl Guard for Locks {}

/// Whether one of the signs says that the client runs.
pub(super) fn running(home: &Home, profile: &StorePath, signs: &[Sign]) -> Running {
    verdict(signs.iter().map(|sign| match sign {
        Sign::LockFile(name) => (true, on_this_system(home).unwrap_or_else(|| file::probe(profile, name))),
        sign => (false, sign_of_life(home, profile, sign)),
    }))
}

/// Holds a profile: its folder against another waxseal, its lock files against the client.
pub(super) fn hold(
    folders: &Folders,
    home: &Home,
    profile: &StorePath,
    signs: &[Sign],
    assume_closed: bool,
) -> Result<Box<dyn Guard>, Held> {
    #[cfg(unix)]
    let own = super::disk::hold(profile.base()).map_err(Held::Io)?;
    let folder = folders.hold(profile)?;
    let (mut files, mut seen) = (Vec::new(), Vec::new());
    for sign in signs {
        seen.push(match sign {
            Sign::LockFile(name) => match on_this_system(home) {
                Some(unknown) => (true, unknown),
                None => {
                    let (lock, running) = file::take(profile, name)?;
                    files.push(lock);
                    (true, running)
                }
            },
            sign => (false, sign_of_life(home, profile, sign)),
        });
    }
    if folder.is_none() && files.is_empty() {
        seen.push((true, Running::Unknown(format!("{profile} is on a file system without locks"))));
    }
    match verdict(seen) {
        Running::Unknown(_) if assume_closed => {}
        Running::No => {}
        running => return Err(Held::Client(running)),
    }
    Ok(Box::new(Locks {
        _files: files,
        #[cfg(unix)]
        _home: own,
        _folder: folder,
    }))
}

/// One "yes" is enough; a lock file that is free settles it; else what can't be known stays unknown.
fn verdict(seen: impl IntoIterator<Item = (bool, Running)>) -> Running {
    let (mut free, mut unknown) = (false, None);
    for (lock, running) in seen {
        match running {
            Running::Yes(who) => return Running::Yes(who),
            Running::No => free |= lock,
            Running::Unknown(why) => unknown = unknown.or(Some(why)),
        }
    }
    match unknown {
        Some(why) if !free => Running::Unknown(why),
        _ => Running::No,
    }
}

/// A lock of another system can't be tested from this one: why.
fn on_this_system(home: &Home) -> Option<Running> {
    let (this, foreign) = (
        if cfg!(windows) {
            Os::Windows
        } else if cfg!(target_os = "macos") {
            Os::Macos
        } else {
            Os::Linux
        },
        home.os?,
    );
    let name = match foreign {
        Os::Linux => "Linux",
        Os::Macos => "macOS",
        Os::Windows => "Windows",
    };
    (foreign != this).then(|| Running::Unknown(format!("a lock of {name} can't be tested on this system")))
}

fn sign_of_life(home: &Home, profile: &StorePath, sign: &Sign) -> Running {
    if !home.live {
        return Running::Unknown(format!("{} is not a live home: its owner's programs run elsewhere", home.path.display()));
    }
    match sign {
        Sign::LockFile(name) => file::probe(profile, name),
        Sign::Socket(place) => match file::owner(&home.path) {
            Some(owner) => place(home, profile, owner).map_or(Running::No, |path| file::answers(&path)),
            None => Running::Unknown(format!("whose home {} is can't be told", home.path.display())),
        },
        #[cfg(target_os = "linux")]
        Sign::Link(name) => link::probe(profile, name),
        #[cfg(not(target_os = "linux"))]
        Sign::Link(_) => Running::No,
        #[cfg(target_os = "linux")]
        Sign::Process(names) => process::of_owner(home, names),
        #[cfg(windows)]
        Sign::Process(names) => task::named(names),
        #[cfg(not(any(target_os = "linux", windows)))]
        Sign::Process(_) => Running::Unknown("the processes of this system can't be listed".to_owned()),
    }
}
