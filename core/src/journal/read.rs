//! What the journal can tell.

use rusqlite::{Row, params};

use super::types::{Backup, Kept, Kind, Operation, OperationId, Record, State, StoreRecord};
use super::write::number;
use super::{Journal, JournalError, place};
use crate::fingerprint::Fingerprint;
use crate::home::StorePath;

const OPERATIONS: &str = "
    SELECT id, kind, undoes, started, finished, command, forgotten, count(DISTINCT ifnull(home, profile)), count(*),
           sum(state = 'done'), sum(state = 'failed'), sum(state = 'undone'), sum(state = 'intended'), sum(state = 'broken')
    FROM operation JOIN record ON record.operation = operation.id GROUP BY id ORDER BY id DESC";

impl Journal {
    /// Every operation, newest first.
    ///
    /// # Errors
    /// The journal can't be read.
    pub fn operations(&self) -> Result<Vec<Operation>, JournalError> {
        let database = self.database();
        let mut statement = database.prepare(OPERATIONS)?;
        let mut rows = statement.query([])?;
        let mut operations = Vec::new();
        while let Some(row) = rows.next()? {
            operations.push(operation(row)?);
        }
        Ok(operations)
    }

    /// What an operation does, in order.
    ///
    /// # Errors
    /// There is no such operation; the journal can't be read.
    pub fn records(&self, operation: OperationId) -> Result<Vec<Record>, JournalError> {
        let records = self.select("operation = ?1", number(operation))?;
        if records.is_empty() { Err(JournalError::NoOperation(operation)) } else { Ok(records) }
    }

    /// What was begun and neither done nor put back, oldest first.
    ///
    /// # Errors
    /// The journal can't be read.
    pub fn interrupted(&self) -> Result<Vec<Record>, JournalError> {
        self.select("state = ?1", State::Intended.word())
    }

    /// The newest apply of which something still stands and can be taken back.
    ///
    /// # Errors
    /// The journal can't be read.
    pub fn standing(&self) -> Result<Option<Operation>, JournalError> {
        let stands = |operation: &Operation| operation.kind == Kind::Apply && operation.done > 0 && !operation.forgotten;
        Ok(self.operations()?.into_iter().find(stands))
    }

    /// Whether an operation has been taken back whole.
    ///
    /// # Errors
    /// There is no such operation; the journal can't be read.
    pub fn is_undone(&self, operation: OperationId) -> Result<bool, JournalError> {
        let records = self.records(operation)?;
        let any = |state| records.iter().any(|record| record.state == state);
        Ok(any(State::Undone) && !any(State::Done) && !any(State::Intended))
    }

    fn select(&self, condition: &str, value: impl rusqlite::ToSql) -> Result<Vec<Record>, JournalError> {
        let database = self.database();
        let mut statement = database.prepare(&format!(
            "SELECT operation, seq, profile, undoes_operation, undoes_seq, state, archive, archive_at, archive_len
             FROM record WHERE {condition} ORDER BY operation, seq"
        ))?;
        let mut stores = database.prepare(
            "SELECT root, below, place_root, place_below, temp, before_len, before_sha256, after_len, after_sha256,
                    archive, archive_at, archive_len, archive_whole FROM store
             WHERE operation = ?1 AND seq = ?2 ORDER BY n",
        )?;
        let mut rows = statement.query([value])?;
        let mut records = Vec::new();
        while let Some(row) = rows.next()? {
            let mut record = record(row)?;
            let mut rows = stores.query(params![number(record.operation), record.seq.cast_signed()])?;
            while let Some(row) = rows.next()? {
                record.stores.push(store(row)?);
            }
            records.push(record);
        }
        Ok(records)
    }
}

fn operation(row: &Row<'_>) -> Result<Operation, JournalError> {
    let count = |at| row.get::<_, i64>(at).map(i64::cast_unsigned);
    Ok(Operation {
        id: OperationId(count(0)?),
        kind: Kind::from_word(&row.get::<_, String>(1)?)?,
        of: row.get::<_, Option<i64>>(2)?.map(|id| OperationId(id.cast_unsigned())),
        started: row.get(3)?,
        finished: row.get(4)?,
        command: row.get(5)?,
        forgotten: row.get(6)?,
        homes: count(7)?,
        profiles: count(8)?,
        done: count(9)?,
        failed: count(10)?,
        undone: count(11)?,
        interrupted: count(12)?,
        broken: count(13)?,
    })
}

fn record(row: &Row<'_>) -> Result<Record, JournalError> {
    let undoes = row.get::<_, Option<i64>>(3)?.zip(row.get::<_, Option<i64>>(4)?);
    Ok(Record {
        operation: OperationId(row.get::<_, i64>(0)?.cast_unsigned()),
        seq: row.get::<_, i64>(1)?.cast_unsigned(),
        profile: row.get(2)?,
        detail: kept(row, 6)?,
        undoes: undoes.map(|(operation, seq)| (OperationId(operation.cast_unsigned()), seq.cast_unsigned())),
        stores: Vec::new(),
        state: State::from_word(&row.get::<_, String>(5)?)?,
    })
}

fn store(row: &Row<'_>) -> Result<StoreRecord, JournalError> {
    let path = |at| -> Result<StorePath, JournalError> {
        let (root, below) = (place::path_of(&row.get::<_, Vec<u8>>(at)?), place::path_of(&row.get::<_, Vec<u8>>(at + 1)?));
        StorePath::root(root).join(below).ok_or_else(|| JournalError::Damaged("a path leaves its root".to_owned()))
    };
    let print = |at| -> rusqlite::Result<Option<Fingerprint>> {
        let both = row.get::<_, Option<i64>>(at)?.zip(row.get::<_, Option<[u8; 32]>>(at + 1)?);
        Ok(both.map(|(len, sha256)| Fingerprint { len: len.cast_unsigned(), sha256 }))
    };
    let backup = match kept(row, 9)? {
        Some(kept) => Some(Backup { kept, whole: row.get(12)? }),
        None => None,
    };
    Ok(StoreRecord { path: path(0)?, place: path(2)?, temp: row.get(4)?, before: print(5)?, after: print(7)?, backup })
}

/// An archive, the place in it, the length: three columns, empty where nothing is kept any more.
fn kept(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<Kept>> {
    let Some(archive) = row.get(at)? else { return Ok(None) };
    let number = |at| row.get::<_, i64>(at).map(i64::cast_unsigned);
    Ok(Some(Kept { archive, at: number(at + 1)?, len: number(at + 2)? }))
}

impl Kind {
    pub(super) fn word(self) -> &'static str {
        match self {
            Kind::Apply => "apply",
            Kind::Undo => "undo",
        }
    }

    fn from_word(word: &str) -> Result<Kind, JournalError> {
        let found = [Kind::Apply, Kind::Undo].into_iter().find(|kind| kind.word() == word);
        found.ok_or_else(|| JournalError::Damaged(format!("an operation of kind {word}")))
    }
}

impl State {
    pub(super) fn word(self) -> &'static str {
        match self {
            State::Intended => "intended",
            State::Done => "done",
            State::Failed => "failed",
            State::Undone => "undone",
            State::Broken => "broken",
        }
    }

    fn from_word(word: &str) -> Result<State, JournalError> {
        let all = [State::Intended, State::Done, State::Failed, State::Undone, State::Broken];
        let found = all.into_iter().find(|state| state.word() == word);
        found.ok_or_else(|| JournalError::Damaged(format!("a record in state {word}")))
    }
}
