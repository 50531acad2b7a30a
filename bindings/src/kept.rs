//! Plans: everything intended, kept as lines in a file, since it can be about any number of homes; with the edits, which stay on
//! this side.

use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::NamedTempFile;
use waxseal::plan::ProfilePlan as Planned;
use waxseal::plan::kept::{self, NotAPlan};
use waxseal::problem;
use waxseal::report::{self, Outcome};

use crate::problems::Problems;
use crate::{Counts, Problem, ProfilePlan, WaxsealError};

/// Everything intended for the homes of a `Waxseal`. It keeps the edits, in a file for the caller alone that goes with it, so it is
/// an object: look at it through its methods, and hand it to `apply`.
#[derive(Debug, uniffi::Object)]
pub struct Plan {
    file: Place,
    /// Where each profile's line begins.
    starts: Vec<u64>,
    problems: Problems,
    counts: Counts,
    is_empty: bool,
}

/// Where the lines are.
#[derive(Debug)]
enum Place {
    /// In a file that goes with the plan.
    Own(NamedTempFile),
    /// In one that somebody keeps.
    Kept(PathBuf),
}

#[uniffi::export]
impl Plan {
    /// A plan that was kept by `save`, or by `waxseal plan --out`. All of it is read once, so that a broken one is found now.
    #[uniffi::constructor]
    pub fn load(path: String) -> Result<Arc<Plan>, WaxsealError> {
        let path = PathBuf::from(path);
        let (mut sum, mut problems) = (Sum::default(), Problems::default());
        let mut file = BufReader::new(File::open(&path)?);
        for plan in kept::read(&mut file)? {
            let plan = plan?;
            sum.add(&plan);
            problems.of(&plan)?;
        }
        file.rewind()?;
        sum.starts = starts(file)?;
        Ok(Arc::new(sum.plan(Place::Kept(path), problems, None)))
    }

    /// Keeps the plan in a new file for the caller alone, as `waxseal plan --out` does: for `load`, or `waxseal apply --plan`. What
    /// hides a profile is not in it.
    pub fn save(&self, path: String) -> Result<(), WaxsealError> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut out = options.open(Path::new(&path))?;
        io::copy(&mut self.file.open()?, &mut out)?;
        Ok(out.sync_all()?)
    }

    /// What is intended, profile by profile: so many of them, from this one on, from 0. Without either it is all, which for many
    /// homes is a lot.
    #[uniffi::method(default(first = 0, count = 4_294_967_295))]
    pub fn profiles(&self, first: u64, count: u32) -> Result<Vec<ProfilePlan>, WaxsealError> {
        let mut page = Vec::new();
        for plan in self.from(first)?.take(count.try_into().unwrap_or(usize::MAX)) {
            page.push(ProfilePlan::from(&plan?));
        }
        Ok(page)
    }

    /// How many profiles there are.
    pub fn size(&self) -> u64 {
        crate::number(self.starts.len())
    }

    /// Every problem, home by home: what hides a profile, what is wrong with one, what is wrong with its accounts. So many of
    /// them, from this one on, from 0; without either it is all.
    #[uniffi::method(default(first = 0, count = 4_294_967_295))]
    pub fn problems(&self, first: u64, count: u32) -> Result<Vec<Problem>, WaxsealError> {
        Ok(self.problems.page(first, count)?)
    }

    /// Accounts by what is to become of them.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Whether nothing is to be written.
    pub fn is_empty(&self) -> bool {
        self.is_empty
    }

    /// A plan for some of these profiles alone, by their folders: those that the user said yes to.
    pub fn only(&self, profiles: Vec<String>) -> Result<Arc<Plan>, WaxsealError> {
        let mut spool = Spool::new(None)?;
        for plan in self.from(0)? {
            let plan = plan?;
            if profiles.contains(&plan.profile.folder.to_string()) {
                spool.add(&plan)?;
            }
        }
        Ok(Arc::new(spool.end(None)?))
    }
}

impl Plan {
    /// What hides profiles: no profile's plan tells it.
    pub(crate) fn hidden(&self) -> Result<Vec<Problem>, WaxsealError> {
        Ok(self.problems.hidden()?)
    }

    /// The plans of the profiles from one on, as they are drawn.
    pub(crate) fn from(&self, first: u64) -> Result<impl Iterator<Item = Result<Planned, NotAPlan>> + use<>, WaxsealError> {
        let mut file = self.file.open()?;
        let start = usize::try_from(first).ok().and_then(|first| self.starts.get(first).copied());
        let start = start.map_or(SeekFrom::End(0), SeekFrom::Start);
        file.seek(start)?;
        Ok(kept::profiles(BufReader::new(file)))
    }
}

impl Place {
    fn open(&self) -> io::Result<File> {
        match self {
            Place::Own(file) => file.reopen(),
            Place::Kept(path) => File::open(path),
        }
    }
}

/// Where the lines after the first begin.
fn starts(mut lines: impl io::BufRead) -> io::Result<Vec<u64>> {
    let (mut at, mut starts) = (0, Vec::new());
    loop {
        match lines.skip_until(b'\n')? {
            0 => break,
            length => at += length as u64,
        }
        starts.push(at);
    }
    // The last is the end.
    starts.pop();
    Ok(starts)
}

/// What is known of a plan without its lines.
#[derive(Debug, Default)]
struct Sum {
    starts: Vec<u64>,
    counts: report::Counts,
    last: Option<PathBuf>,
    homes: u64,
    is_changed: bool,
}

impl Sum {
    fn add(&mut self, plan: &Planned) {
        self.counts.add(plan, if plan.is_empty() { &Outcome::Unchanged } else { &Outcome::Changed });
        self.is_changed |= !plan.is_empty();
        if self.last.as_ref() != Some(&plan.profile.home.path) {
            self.last = Some(plan.profile.home.path.clone());
            self.homes += 1;
        }
    }

    fn plan(self, file: Place, problems: Problems, homes: Option<u64>) -> Plan {
        let counts = Counts { homes: homes.unwrap_or(self.homes), ..Counts::from(&self.counts) };
        Plan { file, starts: self.starts, problems, counts, is_empty: !self.is_changed }
    }
}

/// A plan that is being made.
pub(crate) struct Spool {
    out: BufWriter<NamedTempFile>,
    sum: Sum,
    problems: Problems,
}

impl Spool {
    /// In this folder, if it is there and can be written in; else where the system keeps what is gone soon.
    pub(crate) fn new(folder: Option<&Path>) -> io::Result<Spool> {
        let beside = folder.and_then(|folder| NamedTempFile::with_prefix_in("plan-", folder).ok());
        let mut out = BufWriter::new(beside.map_or_else(|| NamedTempFile::with_prefix("waxseal-plan-"), Ok)?);
        kept::begin(&mut out)?;
        Ok(Spool { out, sum: Sum::default(), problems: Problems::default() })
    }

    pub(crate) fn add(&mut self, plan: &Planned) -> io::Result<()> {
        let start = self.out.stream_position()?;
        kept::add(&mut self.out, plan)?;
        self.sum.starts.push(start);
        self.sum.add(plan);
        self.problems.of(plan)
    }

    /// Adds what hides a profile.
    pub(crate) fn hide(&mut self, problem: &problem::Problem) -> io::Result<()> {
        self.problems.add(true, problem)
    }

    /// The plan, and how many homes were looked at if that is known.
    pub(crate) fn end(mut self, homes: Option<u64>) -> io::Result<Plan> {
        self.out.flush()?;
        let file = self.out.into_inner().map_err(io::IntoInnerError::into_error)?;
        Ok(self.sum.plan(Place::Own(file), self.problems, homes))
    }
}
