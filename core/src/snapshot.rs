//! The files of one home at one moment: each is read once, and new bytes can be laid over it, so that what is about to be
//! written can be read as its client would read it. Never writes.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::home::{Home, StorePath};
use crate::system::{Reader, Running, Sign, What};

/// A reader that reads each file once.
pub(crate) struct Snapshot<'a> {
    system: &'a dyn Reader,
    /// The home's own reader, where there is a cheaper one.
    home: Option<Box<dyn Reader + 'a>>,
    files: Mutex<BTreeMap<StorePath, Option<Vec<u8>>>>,
}

impl<'a> Snapshot<'a> {
    /// Of the home with this folder.
    pub(crate) fn of(system: &'a dyn Reader, root: &Path) -> Snapshot<'a> {
        Snapshot { system, home: system.within(root), files: Mutex::default() }
    }

    fn reader(&self) -> &dyn Reader {
        self.home.as_deref().unwrap_or(self.system)
    }

    /// From here on the file has these bytes; `None`: it is not there.
    pub(crate) fn lay(&self, path: &StorePath, bytes: Option<Vec<u8>>) {
        self.files.lock().unwrap_or_else(PoisonError::into_inner).insert(path.clone(), bytes);
    }
}

impl Reader for Snapshot<'_> {
    fn read(&self, path: &StorePath) -> io::Result<Option<Vec<u8>>> {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = files.get(path) {
            return Ok(known.clone());
        }
        let bytes = self.reader().read(path)?;
        files.insert(path.clone(), bytes.clone());
        Ok(bytes)
    }

    fn list(&self, folder: &StorePath) -> io::Result<Vec<(OsString, What)>> {
        let mut names: BTreeMap<OsString, What> = self.reader().list(folder)?.into_iter().collect();
        let files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        for (path, bytes) in files.iter().filter(|(path, _)| path.parent() == *folder) {
            let Some(name) = path.below().file_name() else { continue };
            match bytes {
                Some(_) => _ = names.entry(name.to_owned()).or_insert(What::File),
                None => _ = names.remove(name),
            }
        }
        Ok(names.into_iter().collect())
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
