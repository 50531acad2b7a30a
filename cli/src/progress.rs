//! How far long work is, on a terminal: a bar on stderr that comes after a moment and goes when the work is done.

use std::cell::Cell;
use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// What takes less time shows no bar.
const SOON: Duration = Duration::from_millis(400);

/// A bar, or none where nobody looks or only one thing is done.
pub(crate) struct Bar {
    bar: Option<ProgressBar>,
    begun: Instant,
    shown: Cell<bool>,
}

impl Bar {
    /// A bar over so many things of this name; they are only counted where somebody looks.
    pub(crate) fn new(what: &str, total: impl FnOnce() -> usize) -> Bar {
        let total = if io::stderr().is_terminal() { total() } else { 0 };
        let style = ProgressStyle::with_template(&format!("{{bar:30}} {{pos}} of {{len}} {what}, {{eta}} left"));
        let bar = style.ok().filter(|_| total > 1).map(|style| {
            let target = ProgressDrawTarget::hidden();
            ProgressBar::with_draw_target(Some(total as u64), target).with_style(style.progress_chars("━╸─"))
        });
        Bar { bar, begun: Instant::now(), shown: Cell::new(false) }
    }

    /// One more is begun.
    pub(crate) fn step(&self) {
        let Some(bar) = &self.bar else { return };
        if !self.shown.get() && self.begun.elapsed() > SOON {
            self.shown.set(true);
            bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        bar.inc(1);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
