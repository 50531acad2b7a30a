//! Plans as files: JSON lines, the first `{"type":"plan","version":1,…}`, then one profile a line. For the owner alone.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use waxseal::plan::ProfilePlan;

use crate::exit::{PARTLY, Stop, words};

const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Header {
    r#type: String,
    version: u32,
    waxseal: String,
}

/// A plan file that is being written.
pub(crate) struct PlanFile {
    path: PathBuf,
    out: BufWriter<File>,
}

impl PlanFile {
    /// Makes a new file for the owner alone.
    pub(crate) fn create(path: &Path) -> Result<PlanFile, Stop> {
        let file = new_file(path, "plan")?;
        let mut made = PlanFile { path: path.to_owned(), out: BufWriter::new(file) };
        made.line(&Header { r#type: "plan".to_owned(), version: VERSION, waxseal: env!("CARGO_PKG_VERSION").to_owned() })?;
        Ok(made)
    }

    /// Adds a profile's plan.
    pub(crate) fn add(&mut self, plan: &ProfilePlan) -> Result<(), Stop> {
        self.line(plan)
    }

    /// Makes sure that all is written.
    pub(crate) fn finish(mut self) -> Result<(), Stop> {
        self.out.flush().and_then(|()| self.out.get_ref().sync_all()).map_err(|error| self.failed(error))
    }

    fn line(&mut self, line: &impl Serialize) -> Result<(), Stop> {
        let text = serde_json::to_string(line).map_err(|error| self.failed(error))?;
        writeln!(self.out, "{text}").map_err(|error| self.failed(error))
    }

    fn failed(&self, error: impl std::fmt::Display) -> Stop {
        let message = format!("{}: the plan can't be written: {error}", self.path.display());
        Stop::Error { code: PARTLY, message, hint: None }
    }
}

/// Makes a new file for the owner alone.
pub(crate) fn new_file(path: &Path, what: &str) -> Result<File, Stop> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|error| {
        let why = if error.kind() == ErrorKind::AlreadyExists { "there is such a file".to_owned() } else { words(&error) };
        Stop::usage(format!("{}: the {what} can't be kept there: {why}", path.display()), "name a new file")
    })
}

/// Reads a plan file, profile by profile.
pub(crate) fn read(path: &Path) -> Result<impl Iterator<Item = Result<ProfilePlan, Stop>> + use<>, Stop> {
    let unreadable = |error: std::io::Error| {
        Stop::usage(format!("{}: the plan can't be read: {}", path.display(), words(&error)), "check the file's name")
    };
    let file = File::open(path).map_err(unreadable)?;
    let mut lines = BufReader::new(file).lines();
    let first = lines.next().and_then(Result::ok).unwrap_or_default();
    let header: Header = serde_json::from_str(&first)
        .ok()
        .filter(|header: &Header| header.r#type == "plan")
        .ok_or_else(|| wrong(path, 1, "this is no plan".to_owned(), "waxseal plan --out FILE keeps one"))?;
    if header.version != VERSION {
        let message = format!("the plan has version {}, this waxseal knows version {VERSION}", header.version);
        return Err(wrong(path, 1, message, "make the plan again, or carry it out with the waxseal that made it"));
    }
    let path = path.to_owned();
    let parse = move |(at, line): (usize, std::io::Result<String>)| {
        let broken = |what: String| wrong(&path, at + 2, what, "make the plan again");
        let line = line.map_err(|error| broken(format!("the plan can't be read: {}", words(&error))))?;
        serde_json::from_str(&line).map_err(|error| match error.is_eof() {
            true => broken("the plan is cut off".to_owned()),
            false => broken(format!("not a profile's plan: {error}")),
        })
    };
    Ok(lines.enumerate().map(parse))
}

fn wrong(path: &Path, line: usize, what: String, hint: &str) -> Stop {
    Stop::usage(format!("{} line {line}: {what}", path.display()), hint)
}

#[cfg(test)]
mod tests {
    use super::{PlanFile, read};
    use crate::exit::Stop;

    fn message(text: &str) -> String {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        let failed = read(file.path()).and_then(|lines| lines.collect::<Result<Vec<_>, _>>());
        let Err(Stop::Error { code: 2, message, .. }) = failed else { panic!("{failed:?}") };
        message.rsplit(": ").next().unwrap().to_owned()
    }

    #[test]
    fn only_plans_of_this_version_are_read() {
        assert_eq!(message(""), "this is no plan");
        assert_eq!(message("{\"type\":\"change\"}\n"), "this is no plan");
        let newer = "{\"type\":\"plan\",\"version\":2,\"waxseal\":\"9\"}\n";
        assert_eq!(message(newer), "the plan has version 2, this waxseal knows version 1");
        let cut = "{\"type\":\"plan\",\"version\":1,\"waxseal\":\"0\"}\n{\"profile\":";
        assert_eq!(message(cut), "the plan is cut off");
    }

    #[test]
    fn a_plan_file_is_new_and_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("plan");
        PlanFile::create(&path).unwrap().finish().unwrap();
        assert_eq!(read(&path).unwrap().count(), 0);
        assert!(PlanFile::create(&path).is_err());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }
}
