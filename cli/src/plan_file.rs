//! Plans as files, for the owner alone.

use std::fs::{File, OpenOptions};
use std::io::{BufReader, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use waxseal::plan::ProfilePlan;
use waxseal::plan::kept::{self, NotAPlan, Why};

use crate::exit::{PARTLY, Stop, words};

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
        kept::begin(&mut made.out).map_err(|error| made.failed(&error))?;
        Ok(made)
    }

    /// Adds a profile's plan.
    pub(crate) fn add(&mut self, plan: &ProfilePlan) -> Result<(), Stop> {
        kept::add(&mut self.out, plan).map_err(|error| self.failed(&error))
    }

    /// Makes sure that all is written.
    pub(crate) fn finish(mut self) -> Result<(), Stop> {
        self.out.flush().and_then(|()| self.out.get_ref().sync_all()).map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &std::io::Error) -> Stop {
        let message = format!("{}: the plan can't be written: {}", self.path.display(), words(error));
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
    let lines = kept::read(BufReader::new(file)).map_err(|broken| wrong(path, &broken))?;
    let path = path.to_owned();
    Ok(lines.map(move |line| line.map_err(|broken| wrong(&path, &broken))))
}

fn wrong(path: &Path, broken: &NotAPlan) -> Stop {
    let hint = match broken.why {
        Why::Other => "waxseal plan --out FILE keeps one",
        Why::Version(_) => "make the plan again, or carry it out with the waxseal that made it",
        _ => "make the plan again",
    };
    Stop::usage(format!("{} line {}: {broken}", path.display(), broken.line), hint)
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
