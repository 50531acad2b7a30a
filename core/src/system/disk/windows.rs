//! The disk on Windows: plain files, one rename each. Links and reparse points are followed.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::windows::io::OwnedHandle;
use std::path::{Path, PathBuf};

use crate::home::StorePath;
use crate::system::{LARGEST, Refusal, Staged, What};

fn present<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(error),
    }
}

pub(super) fn read(path: &StorePath) -> io::Result<Option<Vec<u8>>> {
    let Some(found) = present(fs::metadata(path.full()))? else { return Ok(None) };
    if !found.is_file() {
        return Err(Refusal::NotAFile.into());
    }
    if found.len() > LARGEST {
        return Err(Refusal::TooLarge(found.len()).into());
    }
    let Some(file) = present(File::open(path.full()))? else { return Ok(None) };
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
    fs::rename(beside(&staged.target, &staged.temp), staged.target.full())
}

/// Folders can't be synced here; the file system keeps a log of renames.
pub(super) fn settle(_: &[StorePath]) -> io::Result<()> {
    Ok(())
}

pub(super) fn remove(path: &StorePath) -> io::Result<()> {
    present(fs::remove_file(path.full())).map(|_| ())
}

/// Makes open files durable.
pub(crate) fn sync_files(files: Vec<OwnedHandle>, _: &[&Path]) -> io::Result<()> {
    files.into_iter().try_for_each(|file| File::from(file).sync_all())
}
