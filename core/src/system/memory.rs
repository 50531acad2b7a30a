//! Files in memory: a home for tests and examples that touches no disk.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Guard, Held, Reader, Running, Sign, Staged, What, Writer};
use crate::home::{Home, StorePath};

/// Files in memory, for trying things out. Folders are there as long as a file is in them.
#[derive(Debug)]
pub struct Memory {
    files: Mutex<BTreeMap<PathBuf, Vec<u8>>>,
    running: Running,
    held: Arc<Mutex<BTreeSet<PathBuf>>>,
}

impl Default for Memory {
    fn default() -> Memory {
        Memory { files: Mutex::default(), running: Running::No, held: Arc::default() }
    }
}

impl Memory {
    /// No files, no running clients.
    pub fn new() -> Memory {
        Memory::default()
    }

    /// Puts a file, by its full path.
    #[must_use]
    pub fn with(self, path: impl Into<PathBuf>, bytes: impl Into<Vec<u8>>) -> Memory {
        self.put(path, bytes);
        self
    }

    /// Says of every client whether it runs.
    #[must_use]
    pub fn with_running(mut self, running: Running) -> Memory {
        self.running = running;
        self
    }

    /// Puts a file, by its full path.
    pub fn put(&self, path: impl Into<PathBuf>, bytes: impl Into<Vec<u8>>) {
        lock(&self.files).insert(path.into(), bytes.into());
    }

    /// A file's content, by its full path.
    pub fn get(&self, path: impl AsRef<Path>) -> Option<Vec<u8>> {
        lock(&self.files).get(path.as_ref()).cloned()
    }

    /// Every file.
    pub fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        lock(&self.files).clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Reader for Memory {
    fn read(&self, path: &StorePath) -> io::Result<Option<Vec<u8>>> {
        Ok(self.get(path.full()))
    }

    fn list(&self, folder: &StorePath) -> io::Result<Vec<(OsString, What)>> {
        let folder = folder.full();
        let mut names = BTreeMap::new();
        for path in lock(&self.files).keys() {
            let Ok(below) = path.strip_prefix(&folder) else { continue };
            let mut parts = below.components();
            if let Some(Component::Normal(name)) = parts.next() {
                names.insert(name.to_owned(), if parts.next().is_some() { What::Folder } else { What::File });
            }
        }
        Ok(names.into_iter().collect())
    }

    fn running(&self, _: &Home, _: &StorePath, _: &[Sign]) -> Running {
        self.running.clone()
    }
}

/// The lock files of a profile that is held.
#[derive(Debug)]
struct Hold {
    files: Vec<PathBuf>,
    held: Arc<Mutex<BTreeSet<PathBuf>>>,
}

impl Guard for Hold {}

impl Drop for Hold {
    fn drop(&mut self) {
        let mut held = lock(&self.held);
        self.files.iter().for_each(|file| drop(held.take(file)));
    }
}

impl Writer for Memory {
    fn hold(&self, _: &Home, profile: &StorePath, signs: &[Sign], assume_closed: bool) -> Result<Box<dyn Guard>, Held> {
        match &self.running {
            Running::No => {}
            Running::Unknown(_) if assume_closed => {}
            running => return Err(Held::Client(running.clone())),
        }
        let file = |sign: &Sign| match sign {
            Sign::LockFile(name) => Some(profile.full().join(name)),
            _ => None,
        };
        let files: Vec<PathBuf> = signs.iter().filter_map(file).collect();
        let mut held = lock(&self.held);
        if files.iter().any(|file| held.contains(file)) {
            return Err(Held::Waxseal("another waxseal".to_owned()));
        }
        held.extend(files.iter().cloned());
        Ok(Box::new(Hold { files, held: Arc::clone(&self.held) }))
    }

    fn stage(&self, target: &StorePath, temp: &str, bytes: &[u8]) -> io::Result<Staged> {
        let staged = Staged { target: target.clone(), temp: temp.to_owned() };
        let path = beside(&staged);
        let mut files = lock(&self.files);
        if files.contains_key(&path) {
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, format!("{} exists", path.display())));
        }
        files.insert(path, bytes.to_vec());
        Ok(staged)
    }

    fn sync(&self, staged: &[Staged]) -> io::Result<()> {
        let files = lock(&self.files);
        match staged.iter().find(|staged| !files.contains_key(&beside(staged))) {
            Some(lost) => Err(gone(lost)),
            None => Ok(()),
        }
    }

    fn publish(&self, staged: &Staged) -> io::Result<()> {
        let mut files = lock(&self.files);
        let bytes = files.remove(&beside(staged)).ok_or_else(|| gone(staged))?;
        files.insert(staged.target.full(), bytes);
        Ok(())
    }

    fn settle(&self, _: &[StorePath]) -> io::Result<()> {
        Ok(())
    }

    fn remove(&self, path: &StorePath) -> io::Result<()> {
        lock(&self.files).remove(&path.full());
        Ok(())
    }
}

fn beside(staged: &Staged) -> PathBuf {
    staged.target.parent().full().join(&staged.temp)
}

fn gone(staged: &Staged) -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, format!("{} is gone", beside(staged).display()))
}
