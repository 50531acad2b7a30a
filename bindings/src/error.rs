//! The one error. It names no path, no address and no host, so that it may go into a log: what is the user's own stands in
//! problems and faults.

use uniffi::UnexpectedUniFFICallbackError;
use waxseal::apply::CannotResume;
use waxseal::journal::JournalError;

/// Why a call did nothing, or stopped. What concerns one store or account is a problem, and stops nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum WaxsealError {
    /// A home is not a folder that is there.
    #[error("home {at} is not a folder")]
    NoHome {
        /// Its place in the list, from 0.
        at: u32,
    },
    /// The system doesn't tell the user's home or data folder: name them.
    #[error("the user's own folders can't be found")]
    NoOwnFolders,
    /// No client is named so.
    #[error("no client is named {name}")]
    UnknownClient {
        /// The name.
        name: String,
    },
    /// A policy that can't be. `check_policy` says in words what is wrong with it.
    #[error("the policy has {faults} faults, the first in line {line}, column {column}")]
    BadPolicy {
        /// How many faults there are.
        faults: u32,
        /// The line of the first in its text, from 1; 0 if it stands in none.
        line: u32,
        /// The character of the first in its line, from 1; 0 if it stands in none.
        column: u32,
    },
    /// Another waxseal writes with this state folder: try again when it is done.
    #[error("another waxseal works with this state folder")]
    Busy,
    /// The journal's own last write was interrupted: recover first.
    #[error("the journal's own last write was interrupted")]
    Interrupted,
    /// There is no such operation.
    #[error("there is no operation {operation}")]
    NoOperation {
        /// Its number.
        operation: u64,
    },
    /// The operation's backups were dropped: it can't be taken back any more.
    #[error("operation {operation} can't be taken back: its backups were dropped")]
    Forgotten {
        /// Its number.
        operation: u64,
    },
    /// The operation can't be gone on with: it is an undo, or was taken back. Begin a new one.
    #[error("operation {operation} can't be gone on with")]
    NotResumable {
        /// Its number.
        operation: u64,
    },
    /// The operation was interrupted: recover first.
    #[error("operation {operation} was interrupted")]
    Unfinished {
        /// Its number.
        operation: u64,
    },
    /// The journal was written by another version of waxseal.
    #[error("the journal has version {found}, this waxseal knows version {known}")]
    JournalVersion {
        /// The version found.
        found: i64,
        /// The version that is known.
        known: i64,
    },
    /// The journal can't be read or written: a damaged file, a full disk, a folder of another user.
    #[error("the journal can't be used")]
    Journal,
    /// A plan can't be kept or read: a full disk, a file that is there or is not, a line that is none of a plan of this version.
    #[error("the plan can't be kept or read, line {line}")]
    PlanFile {
        /// The line that is none of a plan; 0 if it is the file itself.
        line: u32,
    },
    /// The progress asked to stop a call that only reads: it has no result.
    #[error("stopped, as the progress asked")]
    Cancelled,
    /// A callback threw. What was under way was brought to its end first; nothing further was begun.
    #[error("a callback failed")]
    Callback {
        /// The operation, if anything was written: it can be taken back.
        operation: Option<u64>,
        /// What it threw, in its own words.
        reason: String,
    },
}

#[uniffi::export]
impl WaxsealError {
    /// Its kind as a word, stable: `no-home`.
    pub fn code(&self) -> String {
        let word = match self {
            WaxsealError::NoHome { .. } => "no-home",
            WaxsealError::NoOwnFolders => "no-own-folders",
            WaxsealError::UnknownClient { .. } => "unknown-client",
            WaxsealError::BadPolicy { .. } => "bad-policy",
            WaxsealError::Busy => "busy",
            WaxsealError::Interrupted => "interrupted",
            WaxsealError::NoOperation { .. } => "no-operation",
            WaxsealError::Forgotten { .. } => "forgotten",
            WaxsealError::NotResumable { .. } => "not-resumable",
            WaxsealError::Unfinished { .. } => "unfinished",
            WaxsealError::JournalVersion { .. } => "journal-version",
            WaxsealError::Journal => "journal",
            WaxsealError::PlanFile { .. } => "plan-file",
            WaxsealError::Cancelled => "cancelled",
            WaxsealError::Callback { .. } => "callback",
        };
        word.to_owned()
    }

    /// What happened, as a sentence for people. It holds none of the user's words.
    pub fn summary(&self) -> String {
        self.to_string()
    }
}

/// Why an operation can't be gone on with.
pub(crate) fn not_resumable(error: CannotResume, operation: Option<u64>) -> WaxsealError {
    match error {
        CannotResume::Journal(error) => error.into(),
        CannotResume::Undo | CannotResume::TakenBack => WaxsealError::NotResumable { operation: operation.unwrap_or_default() },
    }
}

impl From<JournalError> for WaxsealError {
    fn from(error: JournalError) -> WaxsealError {
        match error {
            JournalError::Busy { .. } => WaxsealError::Busy,
            JournalError::Interrupted => WaxsealError::Interrupted,
            JournalError::NoOperation(operation) => WaxsealError::NoOperation { operation: operation.0 },
            JournalError::Unfinished(operation) => WaxsealError::Unfinished { operation: operation.0 },
            JournalError::Version { found, known } => WaxsealError::JournalVersion { found, known },
            _ => WaxsealError::Journal,
        }
    }
}

impl From<std::io::Error> for WaxsealError {
    fn from(_: std::io::Error) -> WaxsealError {
        WaxsealError::PlanFile { line: 0 }
    }
}

impl From<waxseal::plan::kept::NotAPlan> for WaxsealError {
    fn from(broken: waxseal::plan::kept::NotAPlan) -> WaxsealError {
        WaxsealError::PlanFile { line: broken.line.try_into().unwrap_or(u32::MAX) }
    }
}

impl From<UnexpectedUniFFICallbackError> for WaxsealError {
    fn from(error: UnexpectedUniFFICallbackError) -> WaxsealError {
        WaxsealError::Callback { operation: None, reason: error.reason }
    }
}
