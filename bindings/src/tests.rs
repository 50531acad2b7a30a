//! The job through what the bindings export, without another language: what each of them has to hold is held here first.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use crate::{
    Done, Home, Match, Outcome, Policy, Probe, ProgressListener, Rule, Setting, Value, Waxseal, WaxsealError, check_policy,
};

/// Some homes, each a copy of one case's, and a state folder.
struct World {
    _folder: tempfile::TempDir,
    homes: Vec<PathBuf>,
    waxseal: Arc<Waxseal>,
}

impl World {
    fn of(count: usize) -> World {
        let case = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/stores/thunderbird/both/in");
        let folder = tempfile::tempdir().unwrap();
        let homes: Vec<PathBuf> = (0..count).map(|at| folder.path().join(format!("user{at}"))).collect();
        homes.iter().for_each(|home| copy(&case, home));
        let named = homes.iter().map(|home| Home { path: home.to_str().unwrap().to_owned(), os: None }).collect();
        let state = folder.path().join("state").to_str().unwrap().to_owned();
        let waxseal = Waxseal::new(named, Some(state), Vec::new(), "test".to_owned()).unwrap();
        World { _folder: folder, homes, waxseal }
    }

    fn stores(&self) -> Vec<Vec<u8>> {
        let prefs = |home: &PathBuf| std::fs::read(home.join(".thunderbird/abcd1234.default-esr/prefs.js")).unwrap();
        self.homes.iter().map(prefs).collect()
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}

fn every(minutes: u32) -> Policy {
    let set = HashMap::from([(Setting::CheckEveryMinutes, Value::Minutes { value: Some(minutes) })]);
    let matches = HashMap::from([(Match::Client, vec!["thunder*".to_owned()])]);
    Policy { rules: vec![Rule { name: "often".to_owned(), set, matches, probe: Some(Probe::Off) }], ..Policy::default() }
}

/// Remembers what it was told; asks to stop, or throws, after so many profiles.
#[derive(Default)]
struct Listener {
    told: Mutex<Vec<Outcome>>,
    stop_after: Option<usize>,
    throw_after: Option<usize>,
}

impl Listener {
    fn is_past(&self, limit: Option<usize>) -> bool {
        limit.is_some_and(|limit| self.told.lock().unwrap().len() >= limit)
    }
}

impl ProgressListener for Listener {
    fn done(&self, done: Done) -> Result<(), WaxsealError> {
        self.told.lock().unwrap().push(done.outcome);
        if self.is_past(self.throw_after) {
            return Err(uniffi::UnexpectedUniFFICallbackError::new("thrown").into());
        }
        Ok(())
    }

    fn is_cancelled(&self) -> Result<bool, WaxsealError> {
        Ok(self.is_past(self.stop_after))
    }
}

#[test]
fn a_plan_is_carried_out_told_logged_and_taken_back() {
    let world = World::of(2);
    let before = world.stores();
    let plan = world.waxseal.plan(every(9), None).unwrap();
    assert_eq!(world.stores(), before);
    let listener = Arc::new(Listener::default());
    let report = world.waxseal.apply(plan.clone(), Some(listener.clone()), true, 64, None).unwrap();
    assert_eq!(report.problems, []);
    assert_eq!((report.counts, report.cancelled), (plan.counts(), false));
    assert_eq!(*listener.told.lock().unwrap(), [Outcome::Changed, Outcome::Changed]);
    let minutes = world
        .waxseal
        .list(Vec::new(), 0, u32::MAX, None)
        .unwrap()
        .accounts
        .remove(0)
        .settings
        .remove(&Setting::CheckEveryMinutes);
    assert_eq!(minutes, Some(Value::Minutes { value: Some(9) }));
    let operation = world.waxseal.log().unwrap().remove(0);
    assert_eq!((Some(operation.id), operation.homes, operation.command.as_str()), (report.operation, 2, "test"));
    assert!(world.waxseal.undo(None, Vec::new(), None, true).unwrap().operation.is_some());
    assert_eq!(world.stores(), before);
    assert_eq!(world.waxseal.undo(None, Vec::new(), None, true).unwrap().operation, None);
}

#[test]
fn a_progress_that_stops_or_throws_leaves_every_profile_whole() {
    let world = World::of(3);
    let before = world.stores();
    let stops = Arc::new(Listener { stop_after: Some(1), ..Listener::default() });
    let report = world.waxseal.apply(world.waxseal.plan(every(9), None).unwrap(), Some(stops), true, 1, None).unwrap();
    assert!(report.cancelled);
    assert_eq!((report.counts.accounts, report.counts.changed), (2, 2));
    assert_ne!(world.stores()[0], before[0]);
    assert_eq!(world.stores()[1..], before[1..]);
    let throws = Arc::new(Listener { throw_after: Some(1), ..Listener::default() });
    let thrown = world.waxseal.apply(world.waxseal.plan(every(7), None).unwrap(), Some(throws), true, 1, None).unwrap_err();
    let WaxsealError::Callback { operation: Some(operation), reason } = thrown else { panic!("{thrown:?}") };
    assert_eq!(reason, "thrown");
    assert_eq!(world.stores()[1..], before[1..]);
    world.waxseal.undo(Some(operation), Vec::new(), None, true).unwrap();
    world.waxseal.undo(None, Vec::new(), None, true).unwrap();
    assert_eq!(world.stores(), before);
}

#[test]
fn what_is_wrong_is_said_without_the_users_words() {
    let world = World::of(1);
    let secret = "rosa@example.org";
    let policy = Policy { toml: format!("[[rule]]\nset.incoming.port = \"{secret}\"\n"), ..Policy::default() };
    let error = world.waxseal.plan(policy.clone(), None).unwrap_err();
    assert_eq!(error, WaxsealError::BadPolicy { faults: 1, line: 2, column: 21 });
    assert!(!format!("{error} {error:?}").contains(secret));
    assert!(check_policy(policy)[0].message.contains(secret));
    let wrong_kind = HashMap::from([(Setting::IncomingPort, Value::Switch { value: true })]);
    let rule = Rule { name: "odd".to_owned(), set: wrong_kind, matches: HashMap::new(), probe: None };
    assert_eq!(check_policy(Policy { rules: vec![rule], ..Policy::default() }).len(), 1);
    assert_eq!(check_policy(Policy::default()).len(), 1);
    assert_eq!(check_policy(every(9)), []);
    let missing = vec![Home { path: "no/such/home".to_owned(), os: None }];
    assert_eq!(Waxseal::new(missing, None, Vec::new(), String::new()).unwrap_err(), WaxsealError::NoHome { at: 0 });
    assert_eq!(world.waxseal.undo(Some(7), Vec::new(), None, false).unwrap_err(), WaxsealError::NoOperation { operation: 7 });
}
