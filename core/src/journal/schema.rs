//! The journal's tables, their version, and what makes a commit durable.

use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior};
use sha2::{Digest, Sha256};

use super::JournalError;

/// The version of the tables that this program knows.
const VERSION: i64 = 5;

const TABLES: &str = "
    CREATE TABLE journal (mark TEXT NOT NULL);
    CREATE TABLE operation (
        id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, undoes INTEGER, started INTEGER NOT NULL,
        finished INTEGER, command TEXT NOT NULL, forgotten INTEGER NOT NULL DEFAULT 0);
    CREATE TABLE record (
        operation INTEGER NOT NULL REFERENCES operation, seq INTEGER NOT NULL, profile TEXT NOT NULL, home TEXT,
        undoes_operation INTEGER, undoes_seq INTEGER, state TEXT NOT NULL,
        archive TEXT, archive_at INTEGER, archive_len INTEGER,
        PRIMARY KEY (operation, seq)) WITHOUT ROWID;
    CREATE INDEX record_state ON record (state);
    CREATE TABLE store (
        operation INTEGER NOT NULL, seq INTEGER NOT NULL, n INTEGER NOT NULL, root BLOB NOT NULL, below BLOB NOT NULL,
        place_root BLOB NOT NULL, place_below BLOB NOT NULL, temp TEXT NOT NULL, before_len INTEGER, before_sha256 BLOB, after_len INTEGER, after_sha256 BLOB,
        archive TEXT, archive_at INTEGER, archive_len INTEGER, archive_whole INTEGER,
        PRIMARY KEY (operation, seq, n), FOREIGN KEY (operation, seq) REFERENCES record) WITHOUT ROWID;
";

/// Readies a writer's connection; makes the tables if there are none.
pub(super) fn prepare(database: &Connection, shared: bool) -> Result<(), JournalError> {
    settings(database)?;
    // A commit is one wait for the disk: it counts when it is in the log, which `end` folds in. Others on a network can't see
    // the log's index; there a commit counts when its rollback file is gone for good: EXTRA syncs the folder too.
    database.pragma_update(None, "journal_mode", if shared { "DELETE" } else { "WAL" })?;
    database.pragma_update(None, "synchronous", "EXTRA")?;
    database.pragma_update(None, "wal_autocheckpoint", FOLDED)?;
    database.pragma_update(None, "secure_delete", "ON")?;
    if check(database)? {
        return Ok(());
    }
    let transaction = rusqlite::Transaction::new_unchecked(database, TransactionBehavior::Immediate)?;
    transaction.execute_batch(TABLES)?;
    transaction.execute("INSERT INTO journal VALUES (?1)", [new_mark()])?;
    transaction.pragma_update(None, "user_version", VERSION)?;
    Ok(transaction.commit()?)
}

/// After how many pages of the log it is folded in while the writer goes on: of some ten thousand profiles.
const FOLDED: i64 = 8000;

/// Folds the log in and drops it: nothing stays beside the database, so that readers need no right to write. Where somebody
/// reads just now it stays, for the next writer.
pub(super) fn end(database: &Connection) {
    let _ = database.pragma_update(None, "journal_mode", "DELETE");
}

/// Whether the tables are there, in the version that is known.
pub(super) fn check(database: &Connection) -> Result<bool, JournalError> {
    settings(database)?;
    match database.pragma_query_value(None, "user_version", |row| row.get(0))? {
        VERSION => Ok(true),
        0 => Ok(false),
        found => Err(JournalError::Version { found, known: VERSION }),
    }
}

/// What tells this journal's temp files from another's.
pub(super) fn mark(database: &Connection) -> Result<String, JournalError> {
    Ok(database.query_row("SELECT mark FROM journal", [], |row| row.get(0))?)
}

fn settings(database: &Connection) -> Result<(), JournalError> {
    database.busy_timeout(Duration::from_secs(5))?;
    database.pragma_update(None, "foreign_keys", "ON")?;
    Ok(database.pragma_update(None, "trusted_schema", "OFF")?)
}

fn new_mark() -> String {
    let now = std::time::SystemTime::now();
    let hash = Sha256::digest(format!("{now:?} {}", std::process::id()));
    hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}
