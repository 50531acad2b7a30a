//! Putting stores back, and the small steps that commit and recovery share.

use std::io;

use super::work::{Work, temps};
use crate::home::StorePath;
use crate::problem::{Code, Problem};
use crate::system::{Refusal, Writer, refusal};

/// Puts back, whole, each profile that failed after something of it was put in place.
pub(super) fn back(system: &dyn Writer, group: &mut [Work]) {
    for work in group.iter_mut() {
        let Some(failed) = work.failed.take() else { continue };
        work.failed = Some(match restore(system, work) {
            Ok(()) => failed,
            Err(problem) => {
                let message = format!("{}; before that: {failed}", problem.message);
                Problem { message, ..problem }
            }
        });
    }
}

fn restore(system: &dyn Writer, work: &mut Work) -> Result<(), Problem> {
    let mut first = Ok(());
    let rewrites = work.transaction.rewrites.iter().zip(temps(work.record.as_ref()));
    for (rewrite, temp) in rewrites.take(work.begun).collect::<Vec<_>>().into_iter().rev() {
        first = first.and(store(system, &rewrite.path, temp, rewrite.before.as_deref()));
    }
    first.and(work.sweep(system))
}

/// Gives a store these bytes (`None`: removes it), durably, and makes sure of it.
pub(super) fn store(system: &dyn Writer, path: &StorePath, temp: &str, bytes: Option<&[u8]>) -> Result<(), Problem> {
    let put = || -> io::Result<bool> {
        if system.read(path)?.as_deref() == bytes {
            system.settle(&[path.parent()])?;
            return Ok(true);
        }
        match bytes {
            Some(bytes) => {
                system.remove(&beside(path, temp)?)?;
                let staged = system.stage(path, temp, bytes)?;
                system.sync(std::slice::from_ref(&staged))?;
                system.publish(&staged)?;
            }
            None => system.remove(path)?,
        }
        system.settle(&[path.parent()])?;
        Ok(system.read(path)?.as_deref() == bytes)
    };
    let stuck = |why: String| {
        let message = format!("the store could not be put back: {why}");
        Problem::new(Code::RestoreFailed, message).at(path.full()).hint("run waxseal recover; its backup is kept")
    };
    match put() {
        Ok(true) => Ok(()),
        Ok(false) => Err(stuck("it does not read back as it was".to_owned())),
        Err(error) => Err(stuck(error.to_string())),
    }
}

/// Removes the new file beside a target, if it is there.
pub(super) fn unstage(system: &dyn Writer, target: &StorePath, temp: &str) -> Result<(), Problem> {
    beside(target, temp)
        .and_then(|path| system.remove(&path))
        .map_err(|error| {
            Problem::new(Code::RestoreFailed, format!("the new file {temp} could not be removed: {error}")).at(target.full())
        })
        .map_err(|problem| problem.hint("run waxseal recover"))
}

fn beside(target: &StorePath, temp: &str) -> io::Result<StorePath> {
    target.parent().join(temp).ok_or_else(|| Refusal::NotAFile.into())
}

/// A store's bytes.
pub(super) fn content(system: &dyn Writer, path: &StorePath) -> Result<Option<Vec<u8>>, Problem> {
    system.read(path).map_err(|error| failed(path, "can't be read", &error))
}

/// The problem of a store that could not be read or written.
pub(super) fn failed(path: &StorePath, what: &str, error: &io::Error) -> Problem {
    match refusal(error) {
        Some(Refusal::HardLink) => Problem::new(Code::HardLink, error.to_string())
            .at(path.full())
            .hint("remove the other name, or copy the file over itself to part the two"),
        _ => Problem::new(Code::WriteFailed, format!("the store {what}: {error}")).at(path.full()),
    }
}
