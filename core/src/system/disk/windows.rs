//! The disk on Windows: plain files, replaced by ReplaceFileW, which keeps the target's owner, access list and attributes.
//! Links and reparse points are followed. A client or a scanner can hold a file for a moment: what is refused for sharing
//! is tried again. A few names in a home are the live registry.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::windows::fs::OpenOptionsExt;
use std::path::{Component, Path, PathBuf, Prefix};
use std::thread::sleep;
use std::time::Duration;

use winsafe::{HFILE, ReplaceFile, co};

use crate::home::StorePath;
use crate::system::{LARGEST, Refusal, Staged, What, live};

/// What Windows answers while somebody else has a file open or locked.
const SHARING: [i32; 2] = [32, 33];
/// What ReplaceFileW answers where the file that it was to replace is no more.
const MISSING: i32 = 2;

/// What ReplaceFileW opens the file for that it is to replace, and what it lets others do meanwhile: all.
const READ_AND_DELETE: u32 = 0x8001_0000;
const SHARE_ALL: u32 = 7;

/// Tries again while somebody holds the file, for up to about a second.
fn patiently<T>(mut attempt: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    for wait in [10, 20, 40, 80, 160, 320, 400] {
        match attempt() {
            Err(error) if error.raw_os_error().is_some_and(|code| SHARING.contains(&code)) => {
                sleep(Duration::from_millis(wait));
            }
            done => return done,
        }
    }
    attempt()
}

fn present<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(error),
    }
}

pub(super) fn read(path: &StorePath) -> io::Result<Option<Vec<u8>>> {
    if live::is_live(path) {
        return live::read(path);
    }
    let Some(found) = present(fs::metadata(path.full()))? else { return Ok(None) };
    if !found.is_file() {
        return Err(Refusal::NotAFile.into());
    }
    if found.len() > LARGEST {
        return Err(Refusal::TooLarge(found.len()).into());
    }
    let Some(file) = present(patiently(|| File::open(path.full())))? else { return Ok(None) };
    let mut bytes = Vec::new();
    file.take(LARGEST).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

pub(super) fn list(folder: &StorePath) -> io::Result<Vec<(OsString, What)>> {
    let Some(entries) = present(fs::read_dir(folder.full()))? else { return Ok(Vec::new()) };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry?;
        let what = match entry.file_type()? {
            kind if kind.is_file() => What::File,
            kind if kind.is_dir() => What::Folder,
            _ => What::Other,
        };
        names.push((entry.file_name(), what));
    }
    names.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(names)
}

pub(super) fn resolve(path: &StorePath) -> PathBuf {
    fs::canonicalize(path.full()).unwrap_or_else(|_| path.full())
}

pub(super) fn place(target: &StorePath) -> io::Result<StorePath> {
    Ok(target.clone())
}

fn beside(target: &StorePath, temp: &str) -> PathBuf {
    target.parent().full().join(temp)
}

pub(super) fn stage(target: &StorePath, temp: &str, bytes: &[u8]) -> io::Result<Staged> {
    if present(patiently(|| names_of(&target.full())))?.is_some_and(|names| names > 1) {
        return Err(Refusal::HardLink.into());
    }
    present(patiently(|| can_be_replaced(&target.full())))?;
    let path = beside(target, temp);
    let mut file = OpenOptions::new().write(true).create_new(true).open(&path)?;
    if let Err(error) = file.write_all(bytes) {
        drop(file);
        // What failed is worth more to the caller than a second failure; the journal's sweep comes by here again.
        let _ = fs::remove_file(&path);
        return Err(error);
    }
    Ok(Staged { target: target.clone(), temp: temp.to_owned() })
}

pub(super) fn sync(staged: &[Staged]) -> io::Result<()> {
    staged.iter().try_for_each(|staged| OpenOptions::new().write(true).open(beside(&staged.target, &staged.temp))?.sync_all())
}

pub(super) fn publish(staged: &Staged) -> io::Result<()> {
    let (temp, target) = (beside(&staged.target, &staged.temp), staged.target.full());
    if live::is_live(&staged.target) {
        live::publish(&staged.target, &fs::read(&temp)?)?;
        return fs::remove_file(temp);
    }
    patiently(|| match can_be_replaced(&target).and_then(|()| replace(&target, &temp)) {
        Err(error) if error.raw_os_error() == Some(MISSING) && temp.exists() => fs::rename(&temp, &target),
        done => done,
    })
}

/// Whether nobody keeps a file from being replaced. Where ReplaceFileW finds that out, it can leave a file of its own behind.
fn can_be_replaced(path: &Path) -> io::Result<()> {
    OpenOptions::new().access_mode(READ_AND_DELETE).share_mode(SHARE_ALL).open(path).map(drop)
}

fn replace(target: &Path, temp: &Path) -> io::Result<()> {
    let (Some(target), Some(temp)) = (target.to_str(), temp.to_str()) else { return fs::rename(temp, target) };
    ReplaceFile(target, temp, None, co::REPLACEFILE::WRITE_THROUGH).map_err(failed)
}

/// How many names a file has.
fn names_of(path: &Path) -> io::Result<u32> {
    let Some(path) = path.to_str() else { return Ok(1) };
    let (access, share) = (co::GENERIC::READ, co::FILE_SHARE::READ | co::FILE_SHARE::WRITE | co::FILE_SHARE::DELETE);
    let (open, plain) = (co::DISPOSITION::OPEN_EXISTING, co::FILE_ATTRIBUTE::NORMAL);
    let (file, _) = HFILE::CreateFile(path, access, Some(share), None, open, plain, None, None, None).map_err(failed)?;
    Ok(file.GetFileInformationByHandle().map_err(failed)?.nNumberOfLinks)
}

fn failed(error: co::ERROR) -> io::Error {
    io::Error::from_raw_os_error(i32::try_from(error.raw()).unwrap_or_default())
}

/// Folders can't be synced here; the file system keeps a log of renames.
pub(super) fn settle(_: &[StorePath]) -> io::Result<()> {
    Ok(())
}

pub(super) fn remove(path: &StorePath) -> io::Result<()> {
    present(fs::remove_file(path.full())).map(|_| ())
}

/// Whether other machines may work in a folder: one that is reached by the name of a server, or by a drive that nobody can tell of.
pub(crate) fn is_shared(folder: &Path) -> bool {
    let real = fs::canonicalize(folder);
    let prefix = real.as_deref().ok().and_then(|path| path.components().next());
    !matches!(prefix, Some(Component::Prefix(prefix)) if matches!(prefix.kind(), Prefix::VerbatimDisk(_) | Prefix::Disk(_)))
}

/// Makes an open file durable.
pub(crate) fn sync_file(file: &File, _: &[&Path]) -> io::Result<()> {
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use std::fs::{self, OpenOptions};
    use std::os::windows::fs::OpenOptionsExt;
    use std::thread;
    use std::time::Duration;

    use super::{SHARING, list, publish, read, stage};
    use crate::home::StorePath;
    use crate::system::{Refusal, What, refusal};

    /// Others may read the file, and not replace it.
    const SHARE_READ: u32 = 1;

    fn home() -> (tempfile::TempDir, StorePath) {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("prefs.js"), "old").unwrap();
        let target = StorePath::root(home.path()).join("prefs.js").unwrap();
        (home, target)
    }

    #[test]
    fn a_file_is_replaced_and_made() {
        let (home, target) = home();
        publish(&stage(&target, "one", b"new").unwrap()).unwrap();
        let made = StorePath::root(home.path()).join("made").unwrap();
        publish(&stage(&made, "two", b"made").unwrap()).unwrap();
        assert_eq!((read(&target).unwrap().unwrap(), read(&made).unwrap().unwrap()), (b"new".to_vec(), b"made".to_vec()));
        let names = list(&target.parent()).unwrap();
        assert_eq!(names, [("made".into(), What::File), ("prefs.js".into(), What::File)]);
    }

    #[test]
    fn a_file_with_a_second_name_is_refused() {
        let (home, target) = home();
        fs::hard_link(target.full(), home.path().join("second")).unwrap();
        assert_eq!(refusal(&stage(&target, "one", b"new").unwrap_err()), Some(Refusal::HardLink));
    }

    #[test]
    fn a_file_that_somebody_holds_for_a_moment_is_replaced_then() {
        let (_home, target) = home();
        let staged = stage(&target, "one", b"new").unwrap();
        let held = OpenOptions::new().read(true).share_mode(SHARE_READ).open(target.full()).unwrap();
        let holder = thread::spawn(move || {
            thread::sleep(Duration::from_millis(200));
            drop(held);
        });
        publish(&staged).unwrap();
        holder.join().unwrap();
        assert_eq!(read(&target).unwrap().unwrap(), b"new");
    }

    #[test]
    fn a_file_that_somebody_keeps_stays_as_it_is() {
        let (_home, target) = home();
        let staged = stage(&target, "one", b"new").unwrap();
        let held = OpenOptions::new().read(true).share_mode(SHARE_READ).open(target.full()).unwrap();
        let error = publish(&staged).unwrap_err();
        assert!(error.raw_os_error().is_some_and(|code| SHARING.contains(&code)), "{error}");
        assert_eq!(read(&target).unwrap().unwrap(), b"old");
        drop(held);
        publish(&staged).unwrap();
        assert_eq!(read(&target).unwrap().unwrap(), b"new");
    }
}
