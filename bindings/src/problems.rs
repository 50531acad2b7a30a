//! The problems of a plan, as lines: they can be of any number of homes. A few stay in memory, more of them go to a file that
//! goes with them.

use std::fmt;
use std::io::{self, BufRead, BufReader, Seek, SeekFrom, Write};
use std::sync::{Mutex, PoisonError};

use tempfile::SpooledTempFile;
use waxseal::plan::ProfilePlan;
use waxseal::problem;

use crate::Problem;

/// How many bytes stay in memory.
const FEW: usize = 1 << 16;

/// Problems, in the order in which they were met.
pub(crate) struct Problems {
    lines: Mutex<SpooledTempFile>,
    /// Where each begins, and whether it hides a profile.
    starts: Vec<(u64, bool)>,
}

impl Default for Problems {
    fn default() -> Problems {
        Problems { lines: Mutex::new(SpooledTempFile::new(FEW)), starts: Vec::new() }
    }
}

impl fmt::Debug for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Problems").field("count", &self.starts.len()).finish_non_exhaustive()
    }
}

impl Problems {
    pub(crate) fn add(&mut self, hides: bool, problem: &problem::Problem) -> io::Result<()> {
        let lines = self.lines.get_mut().unwrap_or_else(PoisonError::into_inner);
        self.starts.push((lines.stream_position()?, hides));
        writeln!(lines, "{}", serde_json::to_string(problem)?)
    }

    /// Adds those of a profile and of its accounts.
    pub(crate) fn of(&mut self, plan: &ProfilePlan) -> io::Result<()> {
        for problem in plan.problems.iter() {
            self.add(false, &plan.profile.blame(problem.clone()))?;
        }
        for account in &plan.accounts {
            for problem in &account.problems {
                let mut problem = plan.profile.blame(problem.clone());
                problem.account.get_or_insert_with(|| account.id.clone());
                self.add(false, &problem)?;
            }
        }
        Ok(())
    }

    /// So many of them, from one on.
    pub(crate) fn page(&self, first: u64, count: u32) -> io::Result<Vec<Problem>> {
        let first = usize::try_from(first).unwrap_or(usize::MAX);
        let Some((start, _)) = self.starts.get(first) else { return Ok(Vec::new()) };
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.seek(SeekFrom::Start(*start))?;
        let mut page = Vec::new();
        for line in BufReader::new(&mut *lines).lines().take(count.try_into().unwrap_or(usize::MAX)) {
            page.push(serde_json::from_str::<problem::Problem>(&line?)?.into());
        }
        Ok(page)
    }

    /// Those that hide profiles.
    pub(crate) fn hidden(&self) -> io::Result<Vec<Problem>> {
        let mut hidden = Vec::new();
        for (at, _) in (0..).zip(&self.starts).filter(|(_, (_, hides))| *hides) {
            hidden.extend(self.page(at, 1)?);
        }
        Ok(hidden)
    }
}
