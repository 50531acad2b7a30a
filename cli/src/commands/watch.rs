//! Patience: what is refused since a client or another waxseal runs is tried again until it is done or the time is up, and
//! is only told then.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use waxseal::plan::ProfilePlan;
use waxseal::problem::{Code, Problem};
use waxseal::recover::Recovered;
use waxseal::report::{Counts, Outcome, Progress, Report};

use super::Told;
use crate::exit::Stop;
use crate::plan_file::PlanFile;
use crate::say;

/// How long it is between two tries.
const PAUSE: Duration = Duration::from_secs(2);

/// Stands between the work and who is told of it.
pub(crate) struct Watch<'a> {
    told: &'a Told,
    until: Option<Instant>,
    kept: Mutex<Kept>,
}

/// What is kept back in one try.
#[derive(Default)]
struct Kept {
    profiles: usize,
    /// How many of them will be free some day; of the others nobody can know.
    in_use: usize,
    counts: Counts,
    problems: usize,
    /// The time is up: everything is told.
    is_last: bool,
    refused: Option<Refused>,
}

/// The plans that are refused and can be tried again, as a file of the state folder.
struct Refused {
    folder: PathBuf,
    file: Option<PlanFile>,
    failed: Option<Stop>,
}

/// Where they are.
pub(crate) fn refused(folder: &Path) -> PathBuf {
    folder.join("refused.plan")
}

impl Refused {
    fn add(&mut self, plan: &ProfilePlan) -> Result<(), Stop> {
        let file = match self.file.take() {
            Some(file) => file,
            None => PlanFile::create(&self.fresh())?,
        };
        self.file.insert(file).add(plan)
    }

    /// From now on those are the refused ones; none, if nothing was.
    fn end(mut self) -> Result<bool, Stop> {
        let place = refused(&self.folder);
        let any = self.file.is_some();
        let ended = match self.file.take() {
            Some(file) => file.finish().and_then(|()| Ok(fs::rename(self.fresh(), &place)?)),
            None => match fs::remove_file(&place) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
                _ => Ok(()),
            },
        };
        self.failed.map_or(ended, Err).map(|()| any)
    }

    fn fresh(&self) -> PathBuf {
        self.folder.join("refused.new")
    }
}

impl<'a> Watch<'a> {
    pub(crate) fn new(told: &'a Told, wait: Option<Duration>) -> Watch<'a> {
        let kept = Kept { is_last: wait.is_none(), ..Kept::default() };
        Watch { told, until: wait.map(|wait| Instant::now() + wait), kept: Mutex::new(kept) }
    }

    /// Keeps, in this try, the plans that are refused and can be tried again.
    pub(crate) fn keep(&self, folder: &Path) {
        let refused = Refused { folder: folder.to_owned(), file: None, failed: None };
        // One that a crash left; the journal's lock says that nobody else uses it.
        let _ = fs::remove_file(refused.fresh());
        self.kept().refused = Some(refused);
    }

    /// Whether any were.
    pub(crate) fn keep_end(&self) -> Result<bool, Stop> {
        let refused = self.kept().refused.take();
        refused.map_or(Ok(false), Refused::end)
    }

    /// Tries until nothing is kept back or the time is up. The try gets what the ones before it did.
    pub(crate) fn until_done(&self, mut attempt: impl FnMut(&Report) -> Result<Report, Stop>) -> Result<Report, Stop> {
        let (mut total, mut is_said) = (Report::default(), false);
        loop {
            let report = attempt(&total)?;
            let back = std::mem::take(&mut *self.kept());
            add(&mut total, &report, &back);
            let Some(until) = self.until.filter(|_| back.profiles > 0 && !back.is_last) else { return Ok(total) };
            let left = until.saturating_duration_since(Instant::now());
            if back.in_use > 0 {
                if !std::mem::replace(&mut is_said, true) {
                    let profiles = if back.in_use == 1 { "1 profile".to_owned() } else { format!("{} profiles", back.in_use) };
                    say::note(&format!("waiting for {profiles} in use, at most {} s more", left.as_secs()));
                }
                std::thread::sleep(left.min(PAUSE));
            }
            self.kept().is_last = back.in_use == 0 || Instant::now() >= until;
        }
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Adds what a try did, without what will be tried again.
fn add(total: &mut Report, report: &Report, back: &Kept) {
    let (sum, new, less) = (&mut total.counts, &report.counts, &back.counts);
    sum.accounts += new.accounts - less.accounts;
    sum.changed += new.changed;
    sum.unchanged += new.unchanged - less.unchanged;
    sum.skipped += new.skipped - less.skipped;
    sum.failed += new.failed;
    total.problems += report.problems - back.problems;
    total.operation = report.operation.or(total.operation);
    total.blocked |= report.blocked && (back.profiles == 0 || back.is_last);
}

/// Whether it may go another time by the same plan.
fn may_go_later(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Refused(problem) if matches!(problem.code, Code::ClientRunning | Code::ClosedUnknown | Code::Busy))
}

impl Progress for Watch<'_> {
    fn done(&self, plan: &ProfilePlan, outcome: &Outcome) {
        if may_go_later(outcome) {
            let mut kept = self.kept();
            if let Some(refused) = &mut kept.refused
                && let Err(stop) = refused.add(plan)
            {
                refused.failed.get_or_insert(stop);
            }
            if !kept.is_last {
                let is_unknown = matches!(outcome, Outcome::Refused(problem) if problem.code == Code::ClosedUnknown);
                kept.profiles += 1;
                kept.in_use += usize::from(!is_unknown);
                kept.problems += plan.all_problems().count() + 1;
                kept.counts.add(plan, outcome);
                return;
            }
        }
        self.told.done(plan, outcome);
    }

    fn problem(&self, problem: &Problem) {
        self.told.problem(problem);
    }

    fn recovered(&self, result: &Result<Recovered, Problem>) {
        self.told.recovered(result);
    }

    fn is_cancelled(&self) -> bool {
        self.told.is_cancelled()
    }
}
