//! The files of one home at one moment: each is read once, each folder listed once, and new bytes can be laid over it, so that what
//! is about to be written can be read as its client would read it. Never writes.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::home::{Home, StorePath};
use crate::system::{Reader, Running, Sign, What};

/// A reader that reads each file and lists each folder once.
pub(crate) struct Snapshot<'a> {
    system: &'a dyn Reader,
    /// The home's own reader, where there is a cheaper one.
    home: Option<Box<dyn Reader + 'a>>,
    files: Mutex<BTreeMap<StorePath, Option<Vec<u8>>>>,
    /// Those that stand in for files of the disk.
    laid: Mutex<BTreeMap<StorePath, Option<Vec<u8>>>>,
    folders: Mutex<BTreeMap<StorePath, Vec<(OsString, What)>>>,
}

impl<'a> Snapshot<'a> {
    /// Of the home with this folder.
    pub(crate) fn of(system: &'a dyn Reader, root: &Path) -> Snapshot<'a> {
        Snapshot { system, home: system.within(root), files: Mutex::default(), laid: Mutex::default(), folders: Mutex::default() }
    }

    fn reader(&self) -> &dyn Reader {
        self.home.as_deref().unwrap_or(self.system)
    }

    /// What becomes of a file's bytes, which are read if nobody asked for them yet.
    fn file<T>(&self, path: &StorePath, of: impl FnOnce(&Option<Vec<u8>>) -> T) -> io::Result<T> {
        if let Some(laid) = self.laid().get(path) {
            return Ok(of(laid));
        }
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = files.get(path) {
            return Ok(of(known));
        }
        let bytes = if self.leads_nowhere(path) { None } else { self.reader().read(path)? };
        Ok(of(files.entry(path.clone()).or_insert(bytes)))
    }

    /// Whether the names in the home tell that there is no such file, on disks that care for letter case and on others.
    fn leads_nowhere(&self, path: &StorePath) -> bool {
        let folders = self.folders.lock().unwrap_or_else(PoisonError::into_inner);
        let names = folders.get(&path.top()).filter(|_| self.home.is_some());
        let first = path.below().iter().next().filter(|first| first.is_ascii());
        names
            .zip(first)
            .is_some_and(|(names, first)| names.iter().all(|(name, _)| name.is_ascii() && !name.eq_ignore_ascii_case(first)))
    }

    /// The names in a folder as they are on the disk.
    fn listed(&self, folder: &StorePath) -> io::Result<Vec<(OsString, What)>> {
        let mut folders = self.folders.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = folders.get(folder) {
            return Ok(known.clone());
        }
        let names = self.reader().list(folder)?;
        folders.insert(folder.clone(), names.clone());
        Ok(names)
    }

    /// From here on the file has these bytes; `None`: it is not there.
    pub(crate) fn lay(&self, path: &StorePath, bytes: Option<Vec<u8>>) {
        self.laid().insert(path.clone(), bytes);
    }

    fn laid(&self) -> MutexGuard<'_, BTreeMap<StorePath, Option<Vec<u8>>>> {
        self.laid.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reader for Snapshot<'_> {
    fn read(&self, path: &StorePath) -> io::Result<Option<Vec<u8>>> {
        self.file(path, Option::clone)
    }

    fn has(&self, path: &StorePath) -> bool {
        self.file(path, Option::is_some).unwrap_or(true)
    }

    fn list(&self, folder: &StorePath) -> io::Result<Vec<(OsString, What)>> {
        let mut names = self.listed(folder)?;
        for (path, bytes) in self.laid().iter().filter(|(path, _)| path.is_in(folder)) {
            let Some(name) = path.below().file_name() else { continue };
            match (names.binary_search_by(|(known, _)| known.as_os_str().cmp(name)), bytes) {
                (Err(at), Some(_)) => names.insert(at, (name.to_owned(), What::File)),
                (Ok(at), None) => drop(names.remove(at)),
                _ => {}
            }
        }
        Ok(names)
    }

    fn is_there(&self, folder: &StorePath) -> bool {
        self.reader().is_there(folder)
    }

    fn running(&self, home: &Home, profile: &StorePath, signs: &[Sign]) -> Running {
        self.system.running(home, profile, signs)
    }

    fn locked(&self, path: &StorePath) -> Option<String> {
        self.reader().locked(path)
    }

    fn resolve(&self, path: &StorePath) -> PathBuf {
        self.system.resolve(path)
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::fs;

    use super::Snapshot;
    use crate::home::StorePath;
    use crate::system::{Disk, Reader};

    #[test]
    fn a_path_that_the_names_of_the_home_deny_is_not_looked_up() {
        let home = tempfile::tempdir().unwrap();
        let (disk, root) = (Disk::new(), StorePath::root(home.path()));
        let store = root.join("Mail/store").unwrap();
        fs::create_dir(home.path().join("mail")).unwrap();
        let files = Snapshot::of(&disk, home.path());
        assert!(!files.leads_nowhere(&store), "nobody has listed the home");
        files.list(&root).unwrap();
        assert!(!files.leads_nowhere(&store), "letter case may not matter to the disk");
        let other = root.join("News/store").unwrap();
        assert!(files.leads_nowhere(&other));
        fs::create_dir(home.path().join("News")).unwrap();
        fs::write(other.full(), "x").unwrap();
        assert_eq!(files.read(&other).unwrap(), None, "the names are those of one moment");
        assert_eq!(Snapshot::of(&disk, home.path()).read(&other).unwrap(), Some(b"x".to_vec()));
    }
}
