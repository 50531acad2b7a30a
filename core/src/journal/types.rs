//! What a journal holds.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::fingerprint::Fingerprint;
use crate::home::StorePath;

/// An operation's number, growing, never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OperationId(pub u64);

impl fmt::Display for OperationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for OperationId {
    type Err = NoNumber;

    fn from_str(text: &str) -> Result<OperationId, Self::Err> {
        text.parse().map(OperationId).map_err(|_| NoNumber)
    }
}

/// A text that is no operation's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoNumber;

impl fmt::Display for NoNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected the number of an operation, as the log has it")
    }
}

impl std::error::Error for NoNumber {}

/// What an operation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Carries out a plan.
    Apply,
    /// Takes an operation back.
    Undo,
}

/// How far the work on one profile has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It may be half done: something to recover, unless it is under way right now.
    Intended,
    /// It is done and verified.
    Done,
    /// It failed; the profile is as it was.
    Failed,
    /// It was done, and has been taken back since.
    Undone,
    /// It failed, and a store could not be put back: neither the old bytes nor the new ones are there.
    Broken,
}

/// One apply or undo.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Operation {
    /// Its number.
    pub id: OperationId,
    /// What it does.
    pub kind: Kind,
    /// The operation that it takes back.
    pub of: Option<OperationId>,
    /// When it began, in seconds since 1970 UTC.
    pub started: i64,
    /// When it ended, in seconds since 1970 UTC.
    pub finished: Option<i64>,
    /// The command that was given.
    pub command: String,
    /// In how many homes.
    pub homes: u64,
    /// On how many profiles.
    pub profiles: u64,
    /// How many of them are done and still stand.
    pub done: u64,
    /// How many failed, and are as they were.
    pub failed: u64,
    /// How many have been taken back since.
    pub undone: u64,
    /// How many are interrupted (or under way).
    pub interrupted: u64,
    /// How many have a store that could not be put back.
    pub broken: u64,
    /// Whether its backups have been dropped: it can't be taken back any more.
    pub forgotten: bool,
}

/// What an operation does to one profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The operation.
    pub operation: OperationId,
    /// Its place in the operation, from 1.
    pub seq: u64,
    /// Which profile: the caller's text. If it is a JSON object, its `home` tells homes apart.
    pub profile: String,
    /// Where the plan is kept, the caller's text; `None` if it is forgotten, or never was.
    pub detail: Option<Kept>,
    /// The record that it takes back.
    pub undoes: Option<(OperationId, u64)>,
    /// The stores that it writes.
    pub stores: Vec<StoreRecord>,
    /// How far it has come.
    pub state: State,
}

/// What happens to one store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreRecord {
    /// Where it is, as the plan has it.
    pub path: StorePath,
    /// Where it really is written: on one's own home a link stays, and this is where it leads.
    pub place: StorePath,
    /// The name of the new file beside that place, until it is renamed.
    pub temp: String,
    /// What was there; `None`: nothing.
    pub before: Option<Fingerprint>,
    /// What is to be there; `None`: nothing.
    pub after: Option<Fingerprint>,
    /// Where that is kept.
    pub backup: Option<Backup>,
}

/// Bytes in an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The archive, below the state folder's `backups`.
    pub archive: String,
    /// Where in the archive they begin, in bytes.
    pub at: u64,
    /// How many they are.
    pub len: u64,
}

/// Where the bytes are kept that a store had before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// What is kept.
    pub kept: Kept,
    /// Whether that is all of the store; else what turns its new bytes into the old ones.
    pub whole: bool,
}

/// A record that is to be made.
#[derive(Debug)]
pub struct NewRecord<'a> {
    /// Which profile.
    pub profile: &'a str,
    /// The plan.
    pub detail: &'a str,
    /// The record that it takes back.
    pub undoes: Option<(OperationId, u64)>,
    /// The stores.
    pub stores: Vec<NewStore<'a>>,
}

/// A store of a record that is to be made.
#[derive(Debug)]
pub struct NewStore<'a> {
    /// Where it is, as the plan has it.
    pub path: &'a StorePath,
    /// Where it really is written.
    pub place: &'a StorePath,
    /// Its bytes; `None`: there is none.
    pub before: Option<Content<'a>>,
    /// Its bytes to be; `None`: it is to go.
    pub after: Option<Content<'a>>,
}

/// A store's bytes with their fingerprint, which is worked out where there are threads for many.
#[derive(Debug, Clone, Copy)]
pub struct Content<'a> {
    /// The bytes.
    pub bytes: &'a [u8],
    /// Their fingerprint.
    pub print: Fingerprint,
}

impl<'a> Content<'a> {
    /// These bytes.
    pub fn of(bytes: &'a [u8]) -> Content<'a> {
        Content { bytes, print: Fingerprint::of(bytes) }
    }
}

/// Which operations to forget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Age {
    /// This one.
    Operation(OperationId),
    /// All that ended more than so many days ago.
    OlderThan(u32),
}
