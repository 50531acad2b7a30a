//! What a writer does: begin, intend, settle, finish, forget. Each is one transaction.

use std::time::{SystemTime, UNIX_EPOCH};

use rusqlite::{OptionalExtension, Transaction, TransactionBehavior, params};

use super::backup::Pack;
use super::types::{Age, Content, Kind, NewRecord, OperationId, Record, State, StoreRecord};
use super::{Journal, JournalError, place};

impl Journal {
    /// Begins an operation. One that ends without records leaves no trace.
    ///
    /// # Errors
    /// The journal can't be written.
    pub fn begin(&self, kind: Kind, of: Option<OperationId>, command: &str) -> Result<OperationId, JournalError> {
        let database = self.database();
        database.execute(
            "INSERT INTO operation (kind, undoes, started, command) VALUES (?1, ?2, ?3, ?4)",
            params![kind.word(), of.map(number), now(), command],
        )?;
        Ok(OperationId(database.last_insert_rowid().cast_unsigned()))
    }

    /// Writes down what is about to be done to these profiles, with backups; durable when it returns.
    ///
    /// # Errors
    /// A backup or the journal could not be written: then nothing is intended.
    pub fn intend(&self, operation: OperationId, group: &[NewRecord<'_>]) -> Result<Vec<Record>, JournalError> {
        let database = self.database();
        let transaction = Transaction::new_unchecked(&database, TransactionBehavior::Immediate)?;
        let last: i64 =
            transaction.query_row("SELECT ifnull(max(seq), 0) FROM record WHERE operation = ?1", [number(operation)], |row| {
                row.get(0)
            })?;
        let mut pack = Pack::new(self, operation, last.cast_unsigned() + 1);
        let written = records_of(&mut pack, group, last.cast_unsigned() + 1).and_then(|records| {
            pack.close()?;
            records.iter().try_for_each(|record| insert(&transaction, record))?;
            transaction.commit()?;
            Ok(records)
        });
        if written.is_err() {
            pack.drop_kept();
        }
        written
    }

    /// Says how the work on these records of an operation ended. What an undo has done takes its records back.
    ///
    /// # Errors
    /// The journal can't be written.
    pub fn settle(&self, operation: OperationId, seqs: &[u64], state: State) -> Result<(), JournalError> {
        let database = self.database();
        let transaction = Transaction::new_unchecked(&database, TransactionBehavior::Immediate)?;
        for seq in seqs {
            mark(&transaction, (operation, *seq), state)?;
            if state == State::Done {
                let mut at = undoes(&transaction, (operation, *seq))?;
                let mut state = State::Undone;
                // A chain (undo of undo …) is finite: a record can only take back an older one.
                while let Some(record) = at {
                    mark(&transaction, record, state)?;
                    state = if state == State::Undone { State::Done } else { State::Undone };
                    at = undoes(&transaction, record)?.filter(|older| *older < record);
                }
            }
        }
        Ok(transaction.commit()?)
    }

    /// Ends an operation.
    ///
    /// # Errors
    /// The journal can't be written.
    pub fn finish(&self, operation: OperationId) -> Result<(), JournalError> {
        self.database().execute("UPDATE operation SET finished = ?2 WHERE id = ?1", params![number(operation), now()])?;
        self.drop_empty(Some(operation))
    }

    /// Drops backups and plans of operations that have ended; their lines in the log stay.
    ///
    /// # Errors
    /// There is no such operation, or it was interrupted; backups that can't be removed.
    pub fn forget(&self, which: Age) -> Result<Vec<OperationId>, JournalError> {
        let operations = self.operations()?;
        let chosen: Vec<_> = match which {
            Age::Operation(id) => {
                let operation = operations.iter().find(|operation| operation.id == id).ok_or(JournalError::NoOperation(id))?;
                if operation.interrupted > 0 {
                    return Err(JournalError::Unfinished(id));
                }
                vec![operation]
            }
            Age::OlderThan(days) => {
                let limit = now() - i64::from(days) * 86_400;
                operations
                    .iter()
                    .filter(|operation| operation.interrupted == 0 && operation.finished.is_some_and(|at| at < limit))
                    .collect()
            }
        };
        let mut forgotten = Vec::new();
        for operation in chosen.into_iter().filter(|operation| !operation.forgotten) {
            // Backups first: were it the other way round, a crash between would leave stores lying about that count as gone.
            self.drop_backups(operation.id)?;
            let database = self.database();
            let transaction = Transaction::new_unchecked(&database, TransactionBehavior::Immediate)?;
            transaction.execute("UPDATE operation SET forgotten = 1 WHERE id = ?1", [number(operation.id)])?;
            transaction.execute("UPDATE record SET archive = NULL WHERE operation = ?1", [number(operation.id)])?;
            transaction.execute("UPDATE store SET archive = NULL WHERE operation = ?1", [number(operation.id)])?;
            transaction.commit()?;
            forgotten.push(operation.id);
        }
        Ok(forgotten)
    }

    /// Drops operations that did nothing: this one, or all.
    pub(super) fn drop_empty(&self, only: Option<OperationId>) -> Result<(), JournalError> {
        let database = self.database();
        let mut statement = database.prepare(
            "SELECT id FROM operation WHERE id = ifnull(?1, id)
             AND NOT EXISTS (SELECT 1 FROM record WHERE record.operation = operation.id)",
        )?;
        let empty: Vec<i64> = statement.query_map([only.map(number)], |row| row.get(0))?.collect::<Result<_, _>>()?;
        for id in empty {
            self.drop_backups(OperationId(id.cast_unsigned()))?;
            database.execute("DELETE FROM operation WHERE id = ?1", [id])?;
        }
        Ok(())
    }
}

/// The records of a group, with their backups in the pack.
fn records_of(pack: &mut Pack<'_>, group: &[NewRecord<'_>], first: u64) -> Result<Vec<Record>, JournalError> {
    let record = |(new, seq): (&NewRecord<'_>, u64)| {
        let mut stores = Vec::with_capacity(new.stores.len());
        for (store, n) in new.stores.iter().zip(1..) {
            let print = |content: Option<Content<'_>>| content.map(|content| content.print);
            let after = store.after.map(|after| after.bytes);
            let keep = |before: Content<'_>| pack.keep(&format!("{seq}-{n}"), &store.path.full(), before.bytes, after);
            let backup = store.before.map(keep);
            let (before, after) = (print(store.before), print(store.after));
            let (path, place) = (store.path.clone(), store.place.clone());
            stores.push(StoreRecord { path, place, temp: pack.temp(seq, n), before, after, backup: backup.transpose()? });
        }
        let detail =
            Some(new.detail).filter(|detail| !detail.is_empty()).map(|detail| pack.keep_detail(seq, detail)).transpose()?;
        let profile = new.profile.to_owned();
        Ok(Record { operation: pack.operation, seq, profile, detail, undoes: new.undoes, stores, state: State::Intended })
    };
    group.iter().zip(first..).map(record).collect()
}

fn insert(transaction: &Transaction<'_>, record: &Record) -> Result<(), JournalError> {
    let key = (number(record.operation), record.seq.cast_signed());
    transaction
        .prepare_cached(
            "INSERT INTO record (operation, seq, profile, home, undoes_operation, undoes_seq, state, archive, archive_at, archive_len)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?
        .execute(params![
            key.0,
            key.1,
            record.profile,
            home_of(&record.profile),
            record.undoes.map(|(operation, _)| number(operation)),
            record.undoes.map(|(_, seq)| seq.cast_signed()),
            record.state.word(),
            record.detail.as_ref().map(|kept| &kept.archive),
            record.detail.as_ref().map(|kept| kept.at.cast_signed()),
            record.detail.as_ref().map(|kept| kept.len.cast_signed()),
        ])?;
    let mut statement = transaction
        .prepare_cached("INSERT INTO store VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)")?;
    for (store, n) in record.stores.iter().zip(1i64..) {
        let backup = store.backup.as_ref();
        statement.execute(params![
            key.0,
            key.1,
            n,
            place::bytes_of(store.path.base()),
            place::bytes_of(store.path.below()),
            place::bytes_of(store.place.base()),
            place::bytes_of(store.place.below()),
            store.temp,
            store.before.map(|print| print.len.cast_signed()),
            store.before.map(|print| print.sha256),
            store.after.map(|print| print.len.cast_signed()),
            store.after.map(|print| print.sha256),
            backup.map(|backup| &backup.kept.archive),
            backup.map(|backup| backup.kept.at.cast_signed()),
            backup.map(|backup| backup.kept.len.cast_signed()),
            backup.map(|backup| backup.whole),
        ])?;
    }
    Ok(())
}

fn home_of(profile: &str) -> Option<String> {
    let profile: serde_json::Value = serde_json::from_str(profile).ok()?;
    profile.get("home").map(|home| home.as_str().map_or_else(|| home.to_string(), str::to_owned))
}

fn mark(transaction: &Transaction<'_>, (operation, seq): (OperationId, u64), state: State) -> Result<(), JournalError> {
    let mut statement = transaction.prepare_cached("UPDATE record SET state = ?3 WHERE operation = ?1 AND seq = ?2")?;
    statement.execute(params![number(operation), seq.cast_signed(), state.word()])?;
    Ok(())
}

fn undoes(
    transaction: &Transaction<'_>,
    (operation, seq): (OperationId, u64),
) -> Result<Option<(OperationId, u64)>, JournalError> {
    let mut statement =
        transaction.prepare_cached("SELECT undoes_operation, undoes_seq FROM record WHERE operation = ?1 AND seq = ?2")?;
    let found = statement.query_row(params![number(operation), seq.cast_signed()], |row| {
        Ok(row.get::<_, Option<i64>>(0)?.zip(row.get::<_, Option<i64>>(1)?))
    });
    Ok(found.optional()?.flatten().map(|(operation, seq)| (OperationId(operation.cast_unsigned()), seq.cast_unsigned())))
}

pub(super) fn number(operation: OperationId) -> i64 {
    operation.0.cast_signed()
}

pub(super) fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs().cast_signed())
}
