//! Images against SQLite itself, which writes the logs here.

use rusqlite::Connection;

use super::{fold, image, open, patch};

/// A database that was written with a log: its own file, and the log as it lay there.
fn logged(sql: &[&str]) -> (Vec<u8>, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let connection = Connection::open(&path).unwrap();
    connection.execute_batch("PRAGMA journal_mode = wal; PRAGMA wal_autocheckpoint = 0").unwrap();
    sql.iter().for_each(|sql| connection.execute_batch(sql).unwrap());
    let read = |suffix: &str| std::fs::read(folder.path().join(format!("a.db{suffix}"))).unwrap();
    (read(""), read("-wal"))
}

fn rows(image: &[u8]) -> Vec<String> {
    let connection = open(image).unwrap();
    let mut statement = connection.prepare("SELECT b FROM t ORDER BY a").unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

const MADE: &str = "CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT); INSERT INTO t VALUES (1, 'one'), (2, 'two')";

#[test]
fn what_is_only_in_the_log_is_seen() {
    let (main, log) = logged(&[
        MADE,
        "PRAGMA wal_checkpoint(TRUNCATE)",
        "UPDATE t SET b = 'deux' WHERE a = 2",
        "INSERT INTO t VALUES (3, 'trois')",
    ]);
    assert_eq!(rows(&main), ["one", "two"]);
    assert_eq!(rows(&fold(&main, &[]).unwrap()), ["one", "two"]);
    assert_eq!(rows(&fold(&main, &[Some(&log)]).unwrap()), ["one", "deux", "trois"]);
    let (_, whole) = logged(&[MADE]);
    assert_eq!(rows(&fold(&[], &[Some(&whole), None]).unwrap()), ["one", "two"]);
}

#[test]
fn a_commit_that_was_cut_off_is_none() {
    let (main, log) = logged(&[
        MADE,
        "PRAGMA wal_checkpoint(TRUNCATE)",
        "UPDATE t SET b = 'uno' WHERE a = 1",
        "UPDATE t SET b = 'due' WHERE a = 2",
    ]);
    for (cut, expected) in [(1, ["uno", "two"]), (log.len() - 32, ["one", "two"]), (0, ["uno", "due"])] {
        let log = &log[..log.len() - cut];
        assert_eq!(rows(&fold(&main, &[Some(log)]).unwrap()), expected, "{cut} bytes cut off");
    }
    let mut torn = log.clone();
    let last = torn.len() - 1;
    torn[last] ^= 1;
    assert_eq!(rows(&fold(&main, &[Some(&torn)]).unwrap()), ["uno", "two"]);
}

#[test]
fn a_journal_that_would_be_played_back_is_refused() {
    let (main, _) = logged(&[MADE, "PRAGMA wal_checkpoint(TRUNCATE)"]);
    let hot = [super::wal::HOT, &[0; 20][..]].concat();
    assert!(fold(&main, &[None, None, Some(&hot)]).is_err());
    assert!(fold(&main, &[None, None, Some(&[0; 28])]).is_ok());
}

#[test]
fn an_image_keeps_its_journal_mode_and_all_but_what_changed() {
    let (main, _) = logged(&[MADE, "PRAGMA wal_checkpoint(TRUNCATE)"]);
    let connection = open(&main).unwrap();
    connection.execute_batch("UPDATE t SET b = 'zwei' WHERE a = 2").unwrap();
    let after = image(connection, &main).unwrap();
    assert_eq!(after.get(18..20), Some(&[2, 2][..]));
    let patch = patch(&main, &after);
    assert_eq!(patch.apply(&main), after);
    assert!(patch.splices().iter().map(|splice| splice.bytes.len()).sum::<usize>() < 200);
    assert_eq!(rows(&after), ["one", "zwei"]);
}

#[test]
fn patches_of_images_that_grow_and_shrink() {
    let image = |length: usize, mark: usize| -> Vec<u8> {
        (0..length).map(|at| if at == mark { 0xff } else { (at / 7) as u8 }).collect()
    };
    for (old, new) in [(2048, 4096), (4096, 2048), (1000, 1000), (1000, 1500), (0, 600), (600, 0), (513, 511)] {
        let (old, new) = (image(old, 30), image(new, 31));
        assert_eq!(patch(&old, &new).apply(&old), new);
    }
}

#[test]
fn nothing_of_a_schema_runs() {
    let (main, _) = logged(&[
        MADE,
        "CREATE TRIGGER x AFTER UPDATE ON t BEGIN INSERT INTO t VALUES (9, 'ran'); END",
        "CREATE VIEW v AS SELECT 1",
        "PRAGMA wal_checkpoint(TRUNCATE)",
    ]);
    let connection = open(&main).unwrap();
    connection.execute_batch("UPDATE t SET b = 'x'").unwrap();
    assert!(connection.prepare("SELECT * FROM v").is_err());
    assert_eq!(rows(&image(connection, &main).unwrap()), ["x", "x"]);
}

#[test]
fn other_files_are_refused() {
    for bytes in [&b""[..], b"SQLite format 3\0", b"bplist00", &[0; 4096]] {
        assert!(open(bytes).is_err());
    }
}
