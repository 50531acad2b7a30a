use std::fs;
#[cfg(unix)]
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::{Age, Content, Journal, JournalError, Kind, NewRecord, NewStore, OperationId, State};
use crate::fingerprint::Fingerprint;
use crate::home::StorePath;

fn store(name: &str) -> StorePath {
    StorePath::root("/home/joe").join(name).unwrap()
}

fn record<'a>(path: &'a StorePath, undoes: Option<(OperationId, u64)>) -> NewRecord<'a> {
    let stores = vec![NewStore { path, place: path, before: Some(Content::of(b"old")), after: Some(Content::of(b"newer")) }];
    NewRecord { profile: r#"{"home":"/home/joe","client":"x"}"#, detail: r#"{"plan":1}"#, undoes, stores }
}

/// An operation on one store that is done.
fn done(journal: &Journal, kind: Kind, of: Option<OperationId>) -> OperationId {
    let operation = journal.begin(kind, of, "waxseal apply").unwrap();
    let path = store("a/prefs.js");
    journal.intend(operation, &[record(&path, of.map(|of| (of, 1)))]).unwrap();
    journal.settle(operation, &[1], State::Done).unwrap();
    journal.finish(operation).unwrap();
    operation
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o777
}

#[test]
fn what_is_intended_is_read_back() {
    let state = tempfile::tempdir().unwrap();
    let folder = state.path().join("a/state");
    let journal = Journal::open(&folder).unwrap();
    let operation = journal.begin(Kind::Apply, None, "waxseal apply --yes").unwrap();
    let paths = [store("a"), store("b"), store("c")];
    let stores = vec![
        NewStore { path: &paths[0], place: &paths[0], before: Some(Content::of(b"old")), after: Some(Content::of(b"new")) },
        NewStore { path: &paths[1], place: &paths[0], before: None, after: Some(Content::of(b"made")) },
        NewStore { path: &paths[2], place: &paths[2], before: Some(Content::of(b"")), after: None },
    ];
    let first = NewRecord { profile: "1", detail: "d1", undoes: None, stores };
    let made = journal.intend(operation, &[first, record(&paths[0], None)]).unwrap();
    let more = journal.intend(operation, &[record(&paths[1], None)]).unwrap();
    assert_eq!((made[0].seq, made[1].seq, more[0].seq), (1, 2, 3));
    assert_eq!(made[0].stores[0].before, Some(Fingerprint::of(b"old")));
    assert_eq!(made[0].stores[1].before, None);
    assert_eq!(made[0].stores[2].after, None);
    let all = [made, more].concat();
    drop(journal);
    let journal = Journal::open(&folder).unwrap();
    assert_eq!(journal.records(operation).unwrap(), all);
    assert_eq!(journal.interrupted().unwrap(), all);
    let details: Vec<_> = all.iter().map(|record| journal.detail(record).unwrap()).collect();
    assert_eq!(details, ["d1", r#"{"plan":1}"#, r#"{"plan":1}"#]);
    let backups: Vec<_> = all[0].stores.iter().map(|store| journal.backup(store).unwrap()).collect();
    assert_eq!(backups, [Some(b"old".to_vec()), None, Some(Vec::new())]);
    journal.settle(operation, &[1, 2], State::Done).unwrap();
    journal.settle(operation, &[3], State::Failed).unwrap();
    journal.finish(operation).unwrap();
    let log = journal.operations().unwrap();
    assert_eq!(log.len(), 1);
    assert_eq!(
        (log[0].id, log[0].kind, log[0].of, log[0].command.as_str()),
        (operation, Kind::Apply, None, "waxseal apply --yes")
    );
    assert_eq!((log[0].homes, log[0].profiles, log[0].done, log[0].failed, log[0].interrupted), (2, 3, 2, 1, 0));
    assert!(log[0].finished.unwrap() >= log[0].started && log[0].started > 1_700_000_000);
    #[cfg(unix)]
    for (path, wanted) in [
        ("", 0o700),
        ("journal.db", 0o600),
        ("journal.db-wal", 0o600),
        ("lock", 0o600),
        ("backups", 0o700),
        ("backups/1", 0o700),
        ("backups/1/1.tar", 0o600),
    ] {
        assert_eq!(mode(&folder.join(path)), wanted, "{path}");
    }
    drop(journal);
    assert_eq!(names(&folder), ["backups", "journal.db", "lock"]);
}

#[test]
fn two_writers_are_one_too_many() {
    let state = tempfile::tempdir().unwrap();
    let first = Journal::open(state.path()).unwrap();
    let error = Journal::open(state.path()).unwrap_err();
    let process = format!("process {}", std::process::id());
    assert!(error.to_string().ends_with(&format!("another waxseal works with this state folder ({process})")), "{error}");
    assert!(Journal::peek(state.path()).unwrap().is_some());
    drop(first);
    Journal::open(state.path()).unwrap();
}

#[test]
fn a_reader_makes_nothing() {
    let state = tempfile::tempdir().unwrap();
    assert!(Journal::peek(state.path().join("none")).unwrap().is_none());
    assert_eq!(names(state.path()), [""; 0]);
    fs::write(state.path().join("journal.db"), "").unwrap();
    assert!(Journal::peek(state.path()).unwrap().is_none());
    done(&Journal::open(state.path()).unwrap(), Kind::Apply, None);
    let before = names(state.path());
    let reader = Journal::peek(state.path()).unwrap().unwrap();
    assert_eq!(reader.operations().unwrap().len(), 1);
    assert!(reader.begin(Kind::Apply, None, "").is_err());
    assert_eq!(names(state.path()), before);
}

#[test]
fn an_operation_that_did_nothing_leaves_no_trace_and_no_number_is_used_twice() {
    let state = tempfile::tempdir().unwrap();
    let journal = Journal::open(state.path()).unwrap();
    let first = journal.begin(Kind::Apply, None, "").unwrap();
    journal.finish(first).unwrap();
    let second = journal.begin(Kind::Apply, None, "").unwrap();
    assert!(second > first);
    drop(journal);
    let journal = Journal::open(state.path()).unwrap();
    assert_eq!(journal.operations().unwrap(), []);
    assert!(matches!(journal.records(second), Err(JournalError::NoOperation(id)) if id == second));
    assert!(done(&journal, Kind::Apply, None) > second);
}

#[test]
fn undo_and_redo_change_what_stands() {
    let state = tempfile::tempdir().unwrap();
    let journal = Journal::open(state.path()).unwrap();
    let stands = || journal.standing().unwrap().map(|operation| operation.id);
    assert_eq!(stands(), None);
    let (first, second) = (done(&journal, Kind::Apply, None), done(&journal, Kind::Apply, None));
    assert_eq!(stands(), Some(second));
    let undo = done(&journal, Kind::Undo, Some(second));
    assert_eq!((stands(), journal.is_undone(second).unwrap()), (Some(first), true));
    assert!(!journal.is_undone(undo).unwrap());
    let redo = done(&journal, Kind::Undo, Some(undo));
    assert_eq!((stands(), journal.is_undone(second).unwrap()), (Some(second), false));
    assert!(journal.is_undone(undo).unwrap());
    let again = done(&journal, Kind::Undo, Some(redo));
    assert_eq!((stands(), journal.is_undone(second).unwrap()), (Some(first), true));
    let of: Vec<_> = journal.operations().unwrap().into_iter().map(|operation| (operation.id, operation.of)).collect();
    assert_eq!(of, [(again, Some(redo)), (redo, Some(undo)), (undo, Some(second)), (second, None), (first, None)]);
}

#[test]
fn what_is_forgotten_keeps_its_line_only() {
    let state = tempfile::tempdir().unwrap();
    let journal = Journal::open(state.path()).unwrap();
    let operation = done(&journal, Kind::Apply, None);
    assert_eq!(journal.forget(Age::OlderThan(1)).unwrap(), []);
    let under_way = journal.begin(Kind::Apply, None, "").unwrap();
    let path = store("b");
    journal.intend(under_way, &[record(&path, None)]).unwrap();
    assert!(matches!(journal.forget(Age::Operation(under_way)), Err(JournalError::Unfinished(_))));
    assert!(matches!(journal.forget(Age::Operation(OperationId(99))), Err(JournalError::NoOperation(_))));
    let stored = journal.records(operation).unwrap().remove(0).stores.remove(0);
    assert_eq!(journal.forget(Age::Operation(operation)).unwrap(), [operation]);
    assert_eq!(journal.forget(Age::Operation(operation)).unwrap(), []);
    assert_eq!(names(&state.path().join("backups")), [under_way.to_string()]);
    assert!(matches!(journal.backup(&stored), Err(JournalError::Backup(_))));
    let record = journal.records(operation).unwrap().remove(0);
    assert_eq!((&record.detail, &record.stores[0].backup), (&None, &None));
    assert!(matches!(journal.detail(&record), Err(JournalError::Backup(_))));
    assert_eq!(journal.standing().unwrap(), None);
    assert!(journal.operations().unwrap()[1].forgotten);
}

#[test]
fn a_damaged_backup_or_plan_is_not_given_out() {
    let state = tempfile::tempdir().unwrap();
    let journal = Journal::open(state.path()).unwrap();
    let operation = done(&journal, Kind::Apply, None);
    let record = journal.records(operation).unwrap().remove(0);
    let archive = journal.backup_path(&record.stores[0]).unwrap();
    fs::write(&archive, "odd").unwrap();
    assert!(matches!(journal.backup(&record.stores[0]), Err(JournalError::Backup(_))));
    assert!(matches!(journal.detail(&record), Err(JournalError::Backup(path)) if path == archive));
    fs::remove_file(&archive).unwrap();
    assert!(matches!(journal.detail(&record), Err(JournalError::Backup(path)) if path == archive));
}

#[test]
fn a_journal_of_another_version_is_refused() {
    let state = tempfile::tempdir().unwrap();
    drop(Journal::open(state.path()).unwrap());
    rusqlite::Connection::open(state.path().join("journal.db")).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let message = "the journal has version 99, this waxseal knows version 5";
    assert_eq!(Journal::open(state.path()).unwrap_err().to_string(), message);
    assert_eq!(Journal::peek(state.path()).unwrap_err().to_string(), message);
    fs::write(state.path().join("journal.db"), "this is no database at all, but long enough to be one?").unwrap();
    assert!(matches!(Journal::peek(state.path()), Err(JournalError::Database(_))));
}

#[test]
fn where_no_backup_can_be_kept_nothing_is_intended() {
    let state = tempfile::tempdir().unwrap();
    let journal = Journal::open(state.path()).unwrap();
    fs::write(state.path().join("backups"), "in the way").unwrap();
    let operation = journal.begin(Kind::Apply, None, "").unwrap();
    let path = store("a");
    assert!(matches!(journal.intend(operation, &[record(&path, None)]), Err(JournalError::Io { .. })));
    assert_eq!(journal.interrupted().unwrap(), []);
    fs::remove_file(state.path().join("backups")).unwrap();
    let unknown = OperationId(operation.0 + 1);
    assert!(matches!(journal.intend(unknown, &[record(&path, None)]), Err(JournalError::Database(_))));
    assert_eq!(names(&state.path().join("backups").join(unknown.to_string())), [""; 0]);
}

#[test]
fn of_a_large_store_the_difference_is_kept() {
    let state = tempfile::tempdir().unwrap();
    let journal = Journal::open(state.path()).unwrap();
    let operation = journal.begin(Kind::Apply, None, "").unwrap();
    let path = store("hive");
    let old: Vec<u8> = (0..2_000_000u32).map(|n| (n % 251) as u8).collect();
    let mut changed = old.clone();
    changed.splice(1_000_000..1_000_010, *b"something longer");
    let doubled = [old.as_slice(), &old].concat();
    let news = [changed, doubled, old[..100].to_vec(), Vec::new(), old.clone()];
    let stores = news
        .iter()
        .map(|new| NewStore { path: &path, place: &path, before: Some(Content::of(&old)), after: Some(Content::of(new)) })
        .collect();
    let record = NewRecord { profile: "", detail: "", undoes: None, stores };
    let stores = journal.intend(operation, &[record]).unwrap().remove(0).stores;
    for (store, new) in stores.iter().zip(&news) {
        assert!(journal.restored(store, Some(new)).unwrap() == Some(old.clone()));
        assert!(matches!(journal.restored(store, Some(b"else")), Err(JournalError::Rewritten(_))));
        assert!(matches!(journal.backup(store), Err(JournalError::Rewritten(_))));
    }
    assert_eq!(stores[0].backup.as_ref().map(|backup| (backup.kept.len, backup.whole)), Some((24 + 10, false)));
}

/// Copies these files of a state folder into another one, as a crash leaves them.
fn crash(state: &Path, names: &[&str]) -> tempfile::TempDir {
    let crashed = tempfile::tempdir().unwrap();
    for name in names {
        fs::copy(state.join(name), crashed.path().join(name)).unwrap();
    }
    crashed
}

#[test]
fn what_a_writer_that_never_ended_has_committed_is_there() {
    let state = tempfile::tempdir().unwrap();
    let journal = Journal::open(state.path()).unwrap();
    let operation = done(&journal, Kind::Apply, None);
    assert_eq!(Journal::peek(state.path()).unwrap().unwrap().operations().unwrap().len(), 1);
    let crashed = crash(state.path(), &["journal.db", "journal.db-wal"]);
    assert_eq!(Journal::peek(crashed.path()).unwrap().unwrap().operations().unwrap().len(), 1);
    let next = Journal::open(crashed.path()).unwrap();
    assert_eq!(next.records(operation).unwrap(), journal.records(operation).unwrap());
    drop((journal, next));
    for folder in [&state, &crashed] {
        assert!(names(folder.path()).iter().all(|name| ["backups", "journal.db", "lock"].contains(&&**name)));
        assert_eq!(Journal::peek(folder.path()).unwrap().unwrap().operations().unwrap().len(), 1);
    }
}

#[test]
fn where_a_rollback_file_was_left_a_reader_says_so_and_a_writer_puts_it_in_order() {
    let state = tempfile::tempdir().unwrap();
    let operation = done(&Journal::open(state.path()).unwrap(), Kind::Apply, None);
    let database = rusqlite::Connection::open(state.path().join("journal.db")).unwrap();
    // With hardly any cache the database is written before the commit.
    database.execute_batch("PRAGMA cache_size = 1; BEGIN IMMEDIATE; DELETE FROM store; DELETE FROM record;").unwrap();
    let fill = "INSERT INTO operation (kind, started, command) WITH RECURSIVE n(i) AS
                (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500) SELECT 'apply', 1, hex(zeroblob(500)) FROM n";
    database.execute(fill, []).unwrap();
    let crashed = crash(state.path(), &["journal.db", "journal.db-journal"]);
    let error = Journal::peek(crashed.path()).unwrap_err();
    assert_eq!(error.to_string(), "interrupted operation: run waxseal recover");
    assert_eq!(Journal::open(crashed.path()).unwrap().records(operation).unwrap().len(), 1);
    assert_eq!(Journal::peek(crashed.path()).unwrap().unwrap().operations().unwrap().len(), 1);
}
