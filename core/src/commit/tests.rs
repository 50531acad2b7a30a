mod crash;
mod fault;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use self::fault::{Fault, Faulty};
use super::{Committer, Recovered, Rewrite, Transaction, recover};
use crate::home::StorePath;
use crate::journal::{Journal, Kind, OperationId, Record, State};
use crate::problem::{Code, Problem};
use crate::system::{Disk, Guard, Writer};

#[derive(Debug)]
struct Free;
impl Guard for Free {}

fn free(_: &Record) -> Result<Box<dyn Guard>, Problem> {
    Ok(Box::new(Free))
}

type Files = BTreeMap<PathBuf, Vec<u8>>;

/// Three profiles: one with stores in two folders (changed, made, removed), two with one store each.
struct Bed {
    home: TempDir,
    state: TempDir,
}

/// Store, before, after.
const STORES: &[(&str, Option<&str>, Option<&str>)] = &[
    ("one/prefs.js", Some("old prefs"), Some("new prefs, longer")),
    ("one/mail/filters", Some("old filters"), Some("new")),
    ("one/made", None, Some("made")),
    ("one/gone", Some("gone"), None),
    ("two/prefs.js", Some("old two"), Some("new two")),
    ("three/prefs.js", Some("old three"), Some("new three")),
];

const PROFILES: [&str; 3] = ["one", "two", "three"];

impl Bed {
    fn new() -> Bed {
        let bed = Bed { home: tempfile::tempdir().unwrap(), state: tempfile::tempdir().unwrap() };
        fs::create_dir_all(bed.home.path().join("one/mail")).unwrap();
        for name in ["two", "three"] {
            fs::create_dir(bed.home.path().join(name)).unwrap();
        }
        for (path, before, _) in STORES {
            if let Some(before) = before {
                fs::write(bed.home.path().join(path), before).unwrap();
            }
        }
        bed
    }

    fn journal(&self) -> Journal {
        Journal::open(self.state.path()).unwrap()
    }

    fn path(&self, path: &str) -> StorePath {
        StorePath::root(self.home.path()).join(path).unwrap()
    }

    fn group(&self) -> Vec<Transaction> {
        let bytes = |text: Option<&str>| text.map(|text| text.as_bytes().to_vec());
        let rewrites = |profile: &str| {
            let of = STORES.iter().filter(|(path, ..)| Path::new(path).starts_with(profile));
            of.map(|(path, before, after)| Rewrite { path: self.path(path), before: bytes(*before), after: bytes(*after) })
                .collect()
        };
        let transaction = |profile: &str| Transaction {
            profile: format!("{{\"home\":\"h\",\"profile\":\"{profile}\"}}"),
            detail: String::new(),
            undoes: None,
            rewrites: rewrites(profile),
            databases: Vec::new(),
            guard: Box::new(Free),
        };
        PROFILES.map(transaction).into()
    }

    fn run(&self, system: &dyn Writer, journal: &Journal, group: Vec<Transaction>) -> (OperationId, Vec<Result<(), Problem>>) {
        let operation = journal.begin(Kind::Apply, None, "").unwrap();
        let results = Committer::new(system, journal).commit(operation, group);
        journal.finish(operation).unwrap();
        (operation, results)
    }

    fn files(&self) -> Files {
        fn walk(folder: &Path, root: &Path, files: &mut Files) {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    walk(&path, root, files);
                } else {
                    files.insert(path.strip_prefix(root).unwrap().to_owned(), fs::read(&path).unwrap());
                }
            }
        }
        let mut files = Files::new();
        walk(self.home.path(), self.home.path(), &mut files);
        files
    }

    /// Which profiles are new; fails if one is a mix, or anything lies about.
    fn new_ones(&self, what: &str) -> [bool; 3] {
        let (files, mut wanted) = (self.files(), Files::new());
        let new = PROFILES.map(|profile| files.get(&Path::new(profile).join("prefs.js")).unwrap().starts_with(b"new"));
        for (path, before, after) in STORES {
            let new = PROFILES.iter().zip(new).any(|(profile, new)| new && Path::new(path).starts_with(profile));
            if let Some(text) = if new { after } else { before } {
                wanted.insert(path.into(), text.as_bytes().to_vec());
            }
        }
        assert_eq!(files, wanted, "{what}");
        new
    }

    /// Every store is whole: the old one or the new one.
    fn stores_are_whole(&self, what: &str) {
        let files = self.files();
        for (path, before, after) in STORES {
            let found = files.get(Path::new(path)).map(|bytes| String::from_utf8_lossy(bytes).into_owned());
            assert!(found.as_deref() == *before || found.as_deref() == *after, "{what}: {path}: {found:?}");
        }
    }

    fn recover(&self, system: &dyn Writer) -> Vec<Result<Recovered, Problem>> {
        recover(system, &self.journal(), &free)
    }

    /// What the journal says agrees with what is there, and nothing is interrupted.
    fn journal_agrees(&self, new: [bool; 3], what: &str) {
        let journal = self.journal();
        assert_eq!(journal.interrupted().unwrap(), [], "{what}");
        let Some(operation) = journal.operations().unwrap().pop() else {
            assert_eq!(new, [false; 3], "{what}");
            return;
        };
        for record in journal.records(operation.id).unwrap() {
            let at = PROFILES.iter().position(|profile| record.profile.contains(&format!("\"{profile}\""))).unwrap();
            assert_eq!(record.state, if new[at] { State::Done } else { State::Failed }, "{what}: {record:?}");
        }
    }
}

#[test]
fn a_group_is_written_and_marked() {
    let bed = Bed::new();
    let journal = bed.journal();
    let (operation, results) = bed.run(&Disk::new(), &journal, bed.group());
    assert_eq!(results, [Ok(()), Ok(()), Ok(())]);
    assert_eq!(bed.new_ones(""), [true; 3]);
    let records = journal.records(operation).unwrap();
    assert!(records.iter().all(|record| record.state == State::Done));
    assert_eq!(journal.backup(&records[0].stores[0]).unwrap(), Some(b"old prefs".to_vec()));
    drop(journal);
    assert!(bed.recover(&Disk::new()).is_empty());
}

#[test]
fn one_that_fails_is_put_back_and_the_others_go_on() {
    let case = |change: &dyn Fn(&Bed, &mut Vec<Transaction>), code| {
        let bed = Bed::new();
        let mut group = bed.group();
        change(&bed, &mut group);
        let journal = bed.journal();
        let (_, results) = bed.run(&Disk::new(), &journal, group);
        let codes: Vec<_> = results.iter().map(|result| result.as_ref().err().map(|problem| problem.code)).collect();
        assert_eq!(codes, [Some(code), None, None]);
        drop(journal);
        bed
    };
    let bed = case(&|_, group| group[0].rewrites[1].before = Some(b"else".to_vec()), Code::Stale);
    bed.journal_agrees(bed.new_ones("stale"), "stale");
    let bed =
        case(&|bed, _| fs::hard_link(bed.home.path().join("one/prefs.js"), bed.state.path().join("x")).unwrap(), Code::HardLink);
    bed.journal_agrees(bed.new_ones("hard link"), "hard link");
}

#[test]
fn what_was_not_written_whole_is_seen_and_put_back() {
    let bed = Bed::new();
    let lying = Faulty::new(Fault::Lie, 1, &["stage"]);
    let (_, results) = bed.run(&lying, &bed.journal(), bed.group());
    let codes: Vec<_> = results.iter().map(|result| result.as_ref().err().map(|problem| problem.code)).collect();
    assert_eq!(codes, [Some(Code::VerifyFailed), None, None]);
    bed.journal_agrees(bed.new_ones("lie"), "lie");
}

#[cfg(unix)]
#[test]
fn a_link_on_ones_own_home_is_written_through_and_its_temp_is_swept() {
    let bed = Bed::new();
    let elsewhere = tempfile::tempdir().unwrap();
    fs::rename(bed.home.path().join("two/prefs.js"), elsewhere.path().join("prefs")).unwrap();
    std::os::unix::fs::symlink(elsewhere.path().join("prefs"), bed.home.path().join("two/prefs.js")).unwrap();
    let names = || fs::read_dir(elsewhere.path()).unwrap().count();
    let publish = 9;
    Faulty::new(Fault::Kill, publish, &["publish", "stage", "remove"]).run(|system| bed.run(system, &bed.journal(), bed.group()));
    assert_eq!(names(), 2);
    assert!(bed.recover(&Disk::new()).iter().all(Result::is_ok));
    assert_eq!((names(), bed.new_ones("link")), (1, [true, false, false]));
    assert!(fs::symlink_metadata(bed.home.path().join("two/prefs.js")).unwrap().is_symlink());
}

#[test]
fn what_someone_else_wrote_is_left_alone_and_reported() {
    let bed = Bed::new();
    Faulty::new(Fault::Kill, 2, &["publish"]).run(|system| bed.run(system, &bed.journal(), bed.group()));
    fs::write(bed.home.path().join("one/mail/filters"), "the client's").unwrap();
    let results = bed.recover(&Disk::new());
    let problem = results[0].as_ref().unwrap_err();
    assert_eq!((problem.code, problem.path.clone()), (Code::RestoreFailed, Some(bed.home.path().join("one/mail/filters"))));
    let backup = problem.hint.clone().unwrap().replace("what it was before is kept in ", "");
    assert_eq!(fs::read(backup).unwrap(), b"old filters");
    assert!(results[1..].iter().all(Result::is_ok));
    let files = bed.files();
    assert_eq!(files[Path::new("one/mail/filters")], b"the client's");
    assert_eq!(files[Path::new("one/prefs.js")], b"old prefs");
    let journal = bed.journal();
    assert_eq!(journal.interrupted().unwrap(), []);
    assert_eq!(journal.operations().unwrap()[0].broken, 1);
}

#[test]
fn what_can_not_be_held_stays_interrupted() {
    let bed = Bed::new();
    Faulty::new(Fault::Kill, 2, &["publish"]).run(|system| bed.run(system, &bed.journal(), bed.group()));
    let before = bed.files();
    let running = |_: &Record| Err(Problem::new(Code::ClientRunning, "it runs"));
    let results = recover(&Disk::new(), &bed.journal(), &running);
    assert_eq!(results.iter().map(|result| result.as_ref().unwrap_err().code).collect::<Vec<_>>(), [Code::ClientRunning; 3]);
    assert_eq!(bed.files(), before);
    assert_eq!(bed.journal().interrupted().unwrap().len(), 3);
}

#[test]
fn without_a_backup_nothing_is_written() {
    let bed = Bed::new();
    let journal = bed.journal();
    fs::write(bed.state.path().join("backups"), "in the way").unwrap();
    let (_, results) = bed.run(&Disk::new(), &journal, bed.group());
    assert_eq!(results.iter().map(|result| result.as_ref().unwrap_err().code).collect::<Vec<_>>(), [Code::WriteFailed; 3]);
    assert_eq!(bed.new_ones("no backup"), [false; 3]);
    assert_eq!(journal.operations().unwrap(), []);
}
