//! The homes in which something is to be taken back, as the journal knows them: they may be gone, or mounted elsewhere now.

use std::path::{Path, PathBuf};

use waxseal::journal::{Journal, OperationId, Record};
use waxseal::undo::{home, homes_of, newest_in};

use crate::args::Undo;
use crate::exit::Stop;

/// What stands on the command line.
pub(super) struct Chosen {
    named: Vec<PathBuf>,
    patterns: Vec<glob::Pattern>,
}

impl Chosen {
    pub(super) fn of(args: &Undo) -> Chosen {
        let absolute = |path: &PathBuf| std::path::absolute(path).unwrap_or_else(|_| path.clone());
        let all: Vec<PathBuf> = args.home.iter().chain(&args.homes).map(absolute).collect();
        let patterns = all.iter().skip(args.home.len()).filter_map(|path| glob::Pattern::new(path.to_str()?).ok()).collect();
        Chosen { named: all, patterns }
    }

    /// Whether any are named; else all are meant.
    pub(super) fn any(&self) -> bool {
        !self.named.is_empty()
    }

    /// Whether what was done is in one of them.
    pub(super) fn holds(&self, record: &Record) -> bool {
        !self.any() || home(record).is_some_and(|home| self.is_one(&home))
    }

    fn is_one(&self, home: &Path) -> bool {
        let same = |path: &Path| matches!((path.canonicalize(), home.canonicalize()), (Ok(a), Ok(b)) if a == b);
        self.named.iter().any(|path| path == home || same(path))
            || self.patterns.iter().any(|pattern| pattern.matches(&home.to_string_lossy()))
    }

    /// The newest apply that still stands in one of them.
    pub(super) fn newest(&self, journal: &Journal) -> Result<Option<OperationId>, Stop> {
        Ok(newest_in(journal, &|home| self.is_one(home))?)
    }

    /// Those of an operation, as its records name them; none where all are meant.
    pub(super) fn homes(&self, journal: &Journal, operation: OperationId) -> Result<Vec<PathBuf>, Stop> {
        if self.any() { Ok(homes_of(journal, operation, &|home| self.is_one(home))?) } else { Ok(Vec::new()) }
    }
}
