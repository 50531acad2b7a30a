//! After a crash: every profile that was under way is finished, or put back.

use crate::apply::{ApplyOptions, hold};
use crate::commit;
use crate::discover::Profile;
use crate::journal::{Journal, JournalError};
use crate::problem::{Code, Problem};
use crate::system::{Guard, Writer};

/// What became of one profile that was under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovered {
    /// The profile, if the journal still tells.
    pub profile: Option<Profile>,
    /// The operation that was interrupted.
    pub operation: crate::journal::OperationId,
    /// Whether everything had been written already: it is done. Else it is as it was before.
    pub finished: bool,
}

struct Gone;

impl Guard for Gone {}

/// Finishes or reverses what was under way when a process ended. What fails can be tried again.
pub fn recover(system: &dyn Writer, journal: &Journal, options: &ApplyOptions) -> Vec<Result<Recovered, Problem>> {
    let profile = |text: &str| serde_json::from_str::<Profile>(text).ok();
    let results = commit::recover(system, journal, &|record| match profile(&record.profile) {
        // A profile that is gone has no client to keep away.
        Some(profile) if system.list(&profile.folder).is_ok_and(|names| names.is_empty()) => Ok(Box::new(Gone)),
        Some(profile) => hold(system, &profile, record.stores.iter().map(|store| &store.place), options),
        None => Err(Problem::new(Code::Interrupted, "the journal's profile can't be read")),
    });
    let told = |done: commit::Recovered| Recovered {
        profile: profile(&done.record.profile),
        operation: done.record.operation,
        finished: done.outcome == commit::Outcome::Finished,
    };
    results.into_iter().map(|result| result.map(told)).collect()
}

/// Profiles that an earlier run left under way and that could not be recovered: nothing new is begun on them.
pub(crate) struct Stuck(Vec<Profile>);

impl Stuck {
    /// What a recovery has left.
    pub(crate) fn of(journal: &Journal) -> Result<Stuck, JournalError> {
        let left = journal.interrupted()?;
        Ok(Stuck(left.iter().filter_map(|record| serde_json::from_str(&record.profile).ok()).collect()))
    }

    /// Why nothing may be begun on a profile, if so.
    pub(crate) fn problem(&self, profile: &Profile) -> Option<Problem> {
        let message = "an interrupted operation on this profile could not be recovered, so nothing new is begun";
        let problem =
            || Problem::new(Code::Interrupted, message).at(profile.folder.full()).hint("close the client, then try again");
        self.0.contains(profile).then(|| profile.blame(problem()))
    }
}
