//! The state folder: where it is, the journal in it, and what an interrupted operation left. Reading verbs make nothing.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use waxseal::journal::{Journal, JournalError};
use waxseal::recover::Recovered;

use crate::args::State;
use crate::exit::Stop;
use crate::say;

/// The state folder.
pub(crate) fn folder(args: &State) -> Result<PathBuf, Stop> {
    let named = args.state.clone().or_else(|| dirs::data_dir().map(|data| data.join("waxseal")));
    let folder = named.ok_or_else(|| Stop::usage("your data directory can't be found", "name a folder with --state DIR"))?;
    Ok(std::path::absolute(&folder).unwrap_or(folder))
}

/// Says, if so, that an operation was interrupted, or is under way. For verbs that only read.
pub(crate) fn look(args: &State) {
    let Ok(folder) = folder(args) else { return };
    let interrupted = match Journal::peek(&folder).and_then(|journal| journal.map(|journal| journal.interrupted()).transpose()) {
        Ok(Some(records)) if !records.is_empty() => JournalError::Interrupted.to_string(),
        Ok(_) => return,
        Err(error) => error.to_string(),
    };
    match Journal::writer(&folder) {
        Some(writer) => say::note(&format!("another waxseal is at work ({writer}): this may change")),
        None => say::note(&interrupted),
    }
}

/// Opens the journal for writing; waits for another waxseal as long as is asked for.
pub(crate) fn open(folder: &Path, wait: Option<Duration>) -> Result<Journal, Stop> {
    let until = Instant::now() + wait.unwrap_or_default();
    loop {
        match Journal::open(folder) {
            Err(JournalError::Busy { .. }) if Instant::now() < until => std::thread::sleep(Duration::from_millis(200)),
            opened => return Ok(opened?),
        }
    }
}

/// What `undo` is to be given to find the journal of this command.
pub(crate) fn flag(args: &State) -> String {
    args.state.as_deref().map(|folder| format!(" --state {}", quoted(folder))).unwrap_or_default()
}

fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    if text.contains(char::is_whitespace) { format!("\"{text}\"") } else { text }
}

/// What became of an interrupted profile, in words.
pub(crate) fn recovered_text(recovered: &Recovered) -> String {
    let place = recovered.profile.as_ref().map_or_else(|| "a profile".to_owned(), |profile| profile.folder.to_string());
    let end = if recovered.finished { "was complete, and is finished" } else { "was taken back" };
    format!("recovered: interrupted operation {} on {place} {end}", recovered.operation)
}

/// The command that was given, for the log.
pub(crate) fn command() -> String {
    let words: Vec<String> = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    format!("waxseal {}", words.join(" "))
}
