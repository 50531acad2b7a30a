//! Being told, while plans are carried out: shows it, and keeps what the exit code needs.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use waxseal::plan::ProfilePlan;
use waxseal::problem::Problem;
use waxseal::recover::Recovered;
use waxseal::report::{Outcome, Progress, Report};

use super::HomesSeen;
use crate::exit::{Stop, Tally};
use crate::progress::Bar;
use crate::view::{Before, Sum, Summary, View};
use crate::{interrupt, report, say, state};

/// Shows what happens, as it happens.
pub(crate) struct Told {
    inner: Mutex<Inner>,
}

struct Inner {
    view: Box<dyn View>,
    tally: Tally,
    homes: HomesSeen,
    before: Before,
    bar: Option<Bar>,
    report: Option<report::Report>,
    /// The first failure to show something. The work goes on: half of it done and half not is worse.
    error: Option<io::Error>,
    /// What could not be recovered: told once, however often it is tried.
    stuck: Vec<Problem>,
    /// Called with every plan that is done with.
    after: After,
}

type After = Box<dyn FnMut(&ProfilePlan, &Outcome) + Send>;

impl Told {
    pub(crate) fn new(view: Box<dyn View>) -> Told {
        Told::with(view, Box::new(|_, _| {}))
    }

    /// One that lets something more look at every plan that is done with.
    pub(crate) fn with(view: Box<dyn View>, after: After) -> Told {
        let (tally, homes) = (Tally::default(), HomesSeen::default());
        Told {
            inner: Mutex::new(Inner {
                view,
                tally,
                homes,
                before: Before::Unseen,
                bar: None,
                report: None,
                error: None,
                stuck: Vec::new(),
                after,
            }),
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Shows something at once.
    pub(crate) fn show(&self, show: impl FnOnce(&mut dyn View) -> io::Result<()>) -> Result<(), Stop> {
        Ok(show(self.inner().view.as_mut())?)
    }

    /// From now on changes have been shown already.
    pub(crate) fn shown(&self) {
        self.inner().before = Before::Shown;
    }

    /// From now on all is reported too.
    pub(crate) fn report(&self, report: report::Report) {
        self.inner().report = Some(report);
    }

    /// From now on so many profiles are worked on.
    pub(crate) fn begin(&self, profiles: usize) {
        self.inner().bar = Some(Bar::new("profiles", || profiles));
    }

    /// Ends without a summary, since there was nothing to do; the exit code.
    pub(crate) fn code(&self) -> Result<u8, Stop> {
        self.show(|view| view.flush())?;
        Ok(self.inner().tally.code(0, false))
    }

    /// Ends with the summary; the exit code. `homes` is how many were looked at, where that is known.
    pub(crate) fn end(&self, of: Sum, mut report: Report, homes: Option<usize>) -> Result<u8, Stop> {
        let mut inner = self.inner();
        inner.bar = None;
        report.counts.homes = homes.unwrap_or(inner.homes.count);
        let code = inner.tally.code(report.counts.changed, report.blocked);
        let summary = Summary { of, counts: report.counts, operation: report.operation };
        let shown = match inner.error.take() {
            Some(error) => Err(error),
            None => inner.view.summary(&summary).and_then(|()| inner.view.flush()),
        };
        inner.report.take().map_or(Ok(()), |report| report.finish(&summary))?;
        match shown.map_err(Stop::from) {
            // What was done counts, not who listened.
            Ok(()) | Err(Stop::Closed) => Ok(code),
            Err(stop) => Err(stop),
        }
    }
}

impl Progress for Told {
    fn done(&self, plan: &ProfilePlan, outcome: &Outcome) {
        let mut inner = self.inner();
        inner.tally.plan(plan);
        if let Outcome::Refused(problem) | Outcome::Failed(problem) = outcome {
            inner.tally.problem(problem);
        }
        inner.homes.add(plan);
        let before = inner.before;
        if let Some(report) = &mut inner.report {
            report.done(plan, outcome);
        }
        if inner.error.is_none() {
            inner.error = inner.view.done(plan, outcome, before).err();
        }
        if let Some(bar) = &inner.bar {
            bar.step();
        }
        (inner.after)(plan, outcome);
    }

    fn is_cancelled(&self) -> bool {
        interrupt::is_wished()
    }

    fn recovered(&self, result: &Result<Recovered, Problem>) {
        match result {
            Ok(recovered) => say::note(&state::recovered_text(recovered)),
            Err(problem) if self.inner().stuck.contains(problem) => {}
            Err(problem) => {
                self.inner().stuck.push(problem.clone());
                self.problem(problem);
            }
        }
    }

    fn problem(&self, problem: &Problem) {
        let mut inner = self.inner();
        inner.tally.problem(problem);
        if let Some(report) = &mut inner.report {
            report.problem(problem);
        }
        if inner.error.is_none() {
            inner.error = inner.view.problem(problem).err();
        }
    }
}
