//! `apply --report DIR`: what became of every home, as a page to look at, a table and an object. Each is written as things
//! happen, so that nothing grows with the number of homes.

mod row;

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use waxseal::plan::ProfilePlan;
use waxseal::problem::Problem;
use waxseal::report::Outcome;

use crate::csv;
use crate::exit::{Stop, words};
use crate::view::Summary;
use crate::view::time::{now, rfc3339};

/// The page before the rows, between rows and sum, and after both. Its script only ever sets texts, so that nothing that
/// stores hold becomes markup.
const PAGE: [&str; 3] = [include_str!("report/head.html"), include_str!("report/middle.html"), include_str!("report/tail.html")];

const COLUMNS: &[&str] = &[
    "home",
    "client",
    "profile",
    "account",
    "name",
    "email",
    "outcome",
    "changes",
    "reason",
    "hint",
    "password_asked_again",
    "mail_fetched_again",
];

/// A report that is being written.
pub(crate) struct Report {
    folder: PathBuf,
    page: BufWriter<File>,
    table: BufWriter<File>,
    object: BufWriter<File>,
    is_first: bool,
    /// The first failure; the work that is reported goes on.
    failed: Option<io::Error>,
}

impl Report {
    /// Begins a report in a folder that has none.
    pub(crate) fn create(folder: &Path, command: &str) -> Result<Report, Stop> {
        let cannot = |error: io::Error| {
            let why = if error.kind() == io::ErrorKind::AlreadyExists { "there is one".to_owned() } else { words(&error) };
            Stop::usage(format!("{}: the report can't be written: {why}", folder.display()), "name a folder without a report")
        };
        fs::create_dir_all(folder).map_err(cannot)?;
        let file = |name: &str| -> Result<BufWriter<File>, Stop> {
            let mut options = OpenOptions::new();
            options.write(true).create_new(true);
            // It names people and their servers.
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            Ok(BufWriter::new(options.open(folder.join(name)).map_err(cannot)?))
        };
        let (page, table, object) = (file("report.html")?, file("report.csv")?, file("report.json")?);
        let mut report = Report { folder: folder.to_owned(), page, table, object, is_first: true, failed: None };
        report.begin(command).map_err(cannot)?;
        Ok(report)
    }

    fn begin(&mut self, command: &str) -> io::Result<()> {
        self.page.write_all(PAGE[0].as_bytes())?;
        csv::line(&mut self.table, COLUMNS)?;
        let head = json!({
            "type": "report", "version": 1, "waxseal": env!("CARGO_PKG_VERSION"), "command": command, "started": rfc3339(now()),
        });
        let head = head.to_string();
        write!(self.object, "{},\"profiles\":[", head.trim_end_matches('}'))
    }

    /// What became of a profile.
    pub(crate) fn done(&mut self, plan: &ProfilePlan, outcome: &Outcome) {
        let row = row::of_plan(plan, outcome);
        self.add(&row);
    }

    /// What hides a home or a profile.
    pub(crate) fn problem(&mut self, problem: &Problem) {
        let row = row::of_problem(problem);
        self.add(&row);
    }

    fn add(&mut self, row: &Value) {
        if self.failed.is_none() {
            self.failed = self.write(row).err();
        }
    }

    fn write(&mut self, row: &Value) -> io::Result<()> {
        let separator = if std::mem::take(&mut self.is_first) { "\n" } else { ",\n" };
        write!(self.object, "{separator}{row}")?;
        write!(self.page, "{separator}{}", within_script(row))?;
        row::lines(row).iter().try_for_each(|fields| {
            let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
            csv::line(&mut self.table, &fields)
        })
    }

    /// Ends it with the sum.
    pub(crate) fn finish(mut self, summary: &Summary) -> Result<(), Stop> {
        let failed = self.failed.take();
        let ended = failed.map_or_else(|| self.end(summary), Err);
        ended.map_err(|error| Stop::failed(format!("{}: the report can't be written: {}", self.folder.display(), words(&error))))
    }

    fn end(&mut self, summary: &Summary) -> io::Result<()> {
        let (operation, finished) = (summary.operation.map(|id| id.to_string()), rfc3339(now()));
        let sum = json!({ "operation": operation, "finished": finished, "counts": summary.counts });
        let tail = sum.to_string();
        writeln!(self.object, "\n],{}", tail.trim_start_matches('{'))?;
        write!(self.page, "\n{}{}{}", PAGE[1], within_script(&sum), PAGE[2])?;
        [&mut self.object, &mut self.page, &mut self.table].into_iter().try_for_each(Write::flush)
    }
}

/// JSON that ends no script, whatever it holds.
fn within_script(value: &Value) -> String {
    value.to_string().replace('<', "\\u003c")
}
