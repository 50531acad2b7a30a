//! The one object: whose homes, which clients, where the journal is; and the whole job on them.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use waxseal::apply::{self, ApplyOptions};
use waxseal::clients;
use waxseal::discover::{self, Homes, Profile};
use waxseal::home;
use waxseal::journal::{Age, Journal, OperationId, State};
use waxseal::plan::kept::NotAPlan;
use waxseal::policy::{self, Subject};
use waxseal::probe::Unproven;
use waxseal::problem::{Code, Problem};
use waxseal::report::Progress as _;
use waxseal::system::{Disk, Reader};
use waxseal::undo::{homes_of, newest_in};

use crate::error;
use crate::kept::Spool;
use crate::progress::Told;
use crate::{Account, Audit, Finding, JournalOperation, Listing, Plan, Policy, ProgressListener, Recovery, Report, WaxsealError};

/// The accounts of some homes, and the record of what was done to them.
#[derive(Debug, uniffi::Object)]
pub struct Waxseal {
    state: PathBuf,
    homes: Homes,
    command: String,
    system: Disk,
}

/// One user's world: a home directory, a Windows profile folder, a roaming-profile folder, or one profile's own folder.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Home {
    /// Its folder.
    pub path: String,
    /// The layout; none means whatever is found.
    #[uniffi(default = None)]
    pub os: Option<Os>,
}

/// Which system's layout a home has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, uniffi::Enum)]
pub enum Os {
    /// Linux and its kin.
    Linux,
    /// macOS, and Mac OS before it.
    Macos,
    /// Windows.
    Windows,
}

#[uniffi::export]
impl Waxseal {
    /// Says whose accounts are meant. Nothing is read or made yet.
    ///
    /// Without `homes` it is the caller's own; without `state` the journal and the backups are in `waxseal` in the user's
    /// data folder, as the command line has them. `clients` are names such as `thunderbird`; all without. `command` is what
    /// the log says began an operation.
    #[uniffi::constructor(default(homes = [], state = None, clients = [], command = "waxseal library"))]
    pub fn new(
        homes: Vec<Home>,
        state: Option<String>,
        clients: Vec<String>,
        command: String,
    ) -> Result<Arc<Waxseal>, WaxsealError> {
        if let Some(name) = clients.iter().find(|name| clients::named(name).is_none()) {
            return Err(WaxsealError::UnknownClient { name: name.clone() });
        }
        let own = dirs::home_dir();
        let homes = match homes.is_empty() {
            true => vec![Home { path: crate::text(own.as_deref().ok_or(WaxsealError::NoOwnFolders)?), os: None }],
            false => homes,
        };
        let homes = (0..).zip(&homes).map(|(at, home)| home.to_core(own.as_deref()).ok_or(WaxsealError::NoHome { at }));
        let state = state.map(PathBuf::from).or_else(|| dirs::data_dir().map(|data| data.join("waxseal")));
        let state = state.ok_or(WaxsealError::NoOwnFolders)?;
        Ok(Arc::new(Waxseal {
            // An empty name is no folder, and must not become the one that the program happens to be in.
            state: std::path::absolute(&state).map_err(|_| WaxsealError::Journal)?,
            homes: Homes { homes: homes.collect::<Result<_, _>>()?, clients },
            command,
            system: Disk::new(),
        }))
    }

    /// The accounts found. With `accounts`, only those that fit one of these globs (address, host, name or id). `progress` is asked
    /// whether to stop.
    ///
    /// Of many homes, take some at a time: `count` of them, from `first` on, from 0. Then no more than those are in memory.
    #[uniffi::method(default(accounts = [], first = 0, count = 4_294_967_295, progress = None))]
    pub fn list(
        &self,
        accounts: Vec<String>,
        first: u32,
        count: u32,
        progress: Option<Arc<dyn ProgressListener>>,
    ) -> Result<Listing, WaxsealError> {
        let told = Told::new(progress);
        let only = policy::Policy { only: accounts, ..policy::Policy::default() };
        let mut listing = Listing::default();
        let read = |home: &dyn Reader, found: Result<Profile, Problem>| {
            found.map(|profile| (waxseal::read(home, &profile), profile)).map_err(Box::new)
        };
        self.each(Part { first, count }, &told, read, |found| {
            match found {
                Ok((reading, profile)) => {
                    let wanted = reading.accounts.iter().filter(|account| only.includes(&Subject::of(account)));
                    listing.accounts.extend(wanted.map(|account| Account::of(&profile, account)));
                    listing.problems.extend(reading.problems.into_iter().map(Into::into));
                }
                Err(problem) => listing.problems.push((*problem).into()),
            }
            Ok(())
        })?;
        Ok(listing)
    }

    /// What breaks RFC 8314: no TLS, TLS that anybody in between can switch off, ports of the other kind. With a policy:
    /// what breaks the policy instead. `progress` is asked whether to stop.
    ///
    /// Of many homes, take some at a time, as with `list`.
    #[uniffi::method(default(policy = None, first = 0, count = 4_294_967_295, progress = None))]
    pub fn audit(
        &self,
        policy: Option<Policy>,
        first: u32,
        count: u32,
        progress: Option<Arc<dyn ProgressListener>>,
    ) -> Result<Audit, WaxsealError> {
        let told = Told::new(progress);
        let rules = policy.as_ref().map(Policy::to_audit).transpose()?;
        let only = policy::Policy { only: policy.map(|policy| policy.accounts).unwrap_or_default(), ..policy::Policy::default() };
        let mut audit = Audit::default();
        let compare = |home: &dyn Reader, found: Result<Profile, Problem>| {
            let profile = found.map_err(Box::new)?;
            let plan = rules.as_ref().map(|rules| waxseal::plan(home, &profile, rules, &Unproven));
            Ok::<_, Box<Problem>>((waxseal::read(home, &profile), plan, profile))
        };
        self.each(Part { first, count }, &told, compare, |found| {
            let (reading, plan, profile) = match found {
                Ok(found) => found,
                Err(problem) => {
                    audit.problems.push((*problem).into());
                    return Ok(());
                }
            };
            for account in reading.accounts.iter().filter(|account| only.includes(&Subject::of(account))) {
                let wants = plan.as_ref().map(|plan| plan.accounts.iter().find(|known| known.id == account.id));
                let findings = match wants {
                    None => waxseal::audit::audit(account),
                    Some(wants) => wants.map(|wants| waxseal::audit::against(account, &wants.wants)).unwrap_or_default(),
                };
                audit.accounts += 1;
                audit.findings.extend(findings.into_iter().map(|finding| Finding::of(&profile, account, finding)));
            }
            // An account that lacks a variable's value was not compared; nobody may overlook that.
            let lost = plan.into_iter().flat_map(|plan| plan.accounts).flat_map(|account| account.problems);
            let lost = lost.filter(|problem| problem.code == Code::NoValue);
            audit.problems.extend(reading.problems.into_iter().chain(lost).map(Into::into));
            Ok(())
        })?;
        Ok(audit)
    }

    /// What a policy would change. No store is written. `progress` is asked whether to stop.
    #[uniffi::method(default(progress = None))]
    pub fn plan(&self, policy: Policy, progress: Option<Arc<dyn ProgressListener>>) -> Result<Arc<Plan>, WaxsealError> {
        let policy = policy.to_core()?;
        let told = Told::new(progress);
        let mut spool = Spool::new(Some(&self.state))?;
        let plan = |home: &dyn Reader, found: Result<Profile, Problem>| {
            found.map(|profile| waxseal::plan(home, &profile, &policy, &Unproven)).map_err(Box::new)
        };
        self.each(Part::ALL, &told, plan, |found| {
            match found {
                Ok(profile) => spool.add(&profile)?,
                Err(problem) => spool.hide(&problem)?,
            }
            Ok(())
        })?;
        Ok(Arc::new(spool.end(Some(crate::number(self.homes.homes.len())))?))
    }

    /// Carries a plan out; each profile is wholly changed, or as it was. What an earlier run left half done is recovered
    /// first. Nothing is written while a client runs.
    ///
    /// `assume_closed` goes on where it can't be known that a client is closed. `group` is how many profiles share their
    /// disk syncs: a large one is faster, with 1 `progress` can stop the work after every profile. `resume` is an operation
    /// that was stopped or ended too early: what it has done is passed over, what is done now is added to it.
    #[uniffi::method(default(progress = None, assume_closed = false, group = 64, resume = None))]
    pub fn apply(
        &self,
        plan: Arc<Plan>,
        progress: Option<Arc<dyn ProgressListener>>,
        assume_closed: bool,
        group: u32,
        resume: Option<u64>,
    ) -> Result<Report, WaxsealError> {
        let options = ApplyOptions {
            group: group.max(1).try_into().unwrap_or(usize::MAX),
            resume: resume.map(OperationId),
            ..self.options(assume_closed)
        };
        let told = Told::new(progress);
        let journal = Journal::open(&self.state)?;
        let done = options.resume.map(|operation| apply::done(&journal, operation)).transpose();
        let done: HashSet<Profile> = done.map_err(|error| error::not_resumable(error, resume))?.unwrap_or_default();
        told.know(plan.hidden()?);
        // A plan that can't be read on ends here, as a problem: what was done stays on record.
        let plans = plan.from(0)?.map_while(|planned| {
            let broken =
                |error: NotAPlan| told.problem(&Problem::new(Code::Unreadable, error.to_string()).hint("make the plan again"));
            planned.map_err(broken).ok()
        });
        let plans = plans.filter(|plan| !done.contains(&plan.profile));
        let report = waxseal::apply(&self.system, plans, &options, &journal, &told);
        told.end(&report, Some(plan.counts().homes))
    }

    /// Takes an operation back; without a number the newest apply that still stands. Of an undo, that is a redo. Where there
    /// is nothing to take back, the report has no operation.
    ///
    /// With `homes` only what it did in those, which need not be there any more: the rest stands, and can be taken back
    /// later. The homes that this object looks at don't matter.
    #[uniffi::method(default(operation = None, homes = [], progress = None, assume_closed = false))]
    pub fn undo(
        &self,
        operation: Option<u64>,
        homes: Vec<String>,
        progress: Option<Arc<dyn ProgressListener>>,
        assume_closed: bool,
    ) -> Result<Report, WaxsealError> {
        // Where there is no journal, none is made.
        let Some(journal) = self.journal()? else {
            return operation.map_or(Ok(Report::default()), |operation| Err(WaxsealError::NoOperation { operation }));
        };
        let mut options = self.options(assume_closed);
        let told = Told::new(progress);
        // What stands is known once an interrupted run is put right.
        waxseal::recover(&self.system, &journal, &options).iter().for_each(|result| told.recovered(result));
        let meant: Vec<PathBuf> = homes.iter().map(|home| absolute(Path::new(home))).collect();
        let is_meant = |home: &Path| meant.is_empty() || meant.iter().any(|meant| meant == home || is_same(meant, home));
        let which = match operation.map(OperationId) {
            Some(operation) => {
                let records = journal.records(operation)?;
                if journal.operations()?.iter().any(|known| known.id == operation && known.forgotten) {
                    return Err(WaxsealError::Forgotten { operation: operation.0 });
                }
                records.iter().any(|record| record.state == State::Done).then_some(operation)
            }
            None => newest_in(&journal, &is_meant)?,
        };
        if let (Some(which), false) = (which, meant.is_empty()) {
            options.homes = homes_of(&journal, which, &is_meant)?;
        }
        // None of the homes that are meant are the operation's: without any, it would be taken back in all.
        let which = which.filter(|_| meant.is_empty() || !options.homes.is_empty());
        let report = which.map(|which| waxseal::undo(&self.system, &journal, which, &options, &told));
        told.end(&report.unwrap_or_default(), None)
    }

    /// The operations, newest first.
    pub fn log(&self) -> Result<Vec<JournalOperation>, WaxsealError> {
        let operations = Journal::peek(&self.state)?.map(|journal| journal.operations()).transpose()?.unwrap_or_default();
        Ok(operations.into_iter().map(Into::into).collect())
    }

    /// Finishes or reverses what was under way when a process ended. `apply` and `undo` do it by themselves.
    #[uniffi::method(default(assume_closed = false))]
    pub fn recover(&self, assume_closed: bool) -> Result<Recovery, WaxsealError> {
        let Some(journal) = self.journal()? else { return Ok(Recovery::default()) };
        Ok(waxseal::recover(&self.system, &journal, &self.options(assume_closed)).into_iter().collect())
    }

    /// Drops the backups of an operation, which hold whole stores and can hold passwords. It can't be taken back then.
    pub fn forget(&self, operation: u64) -> Result<(), WaxsealError> {
        let journal = self.journal()?.ok_or(WaxsealError::NoOperation { operation })?;
        journal.forget(Age::Operation(OperationId(operation)))?;
        Ok(())
    }

    /// Drops the backups of every operation that ended more than so many days ago; which ones those were.
    pub fn forget_older(&self, days: u32) -> Result<Vec<u64>, WaxsealError> {
        let forgotten = self.journal()?.map(|journal| journal.forget(Age::OlderThan(days))).transpose()?.unwrap_or_default();
        Ok(forgotten.into_iter().map(|operation| operation.0).collect())
    }
}

/// Some of the homes.
#[derive(Clone, Copy)]
struct Part {
    first: u32,
    count: u32,
}

impl Part {
    const ALL: Part = Part { first: 0, count: u32::MAX };
}

impl Waxseal {
    /// Does something with each profile of some homes, and takes what comes of it, in order, until the caller wants to stop.
    fn each<T: Send>(
        &self,
        part: Part,
        told: &Told,
        work: impl Fn(&dyn Reader, Result<Profile, Problem>) -> T + Sync + Send,
        mut take: impl FnMut(T) -> Result<(), WaxsealError>,
    ) -> Result<(), WaxsealError> {
        let size = |number: u32| number.try_into().unwrap_or(usize::MAX);
        let homes = self.homes.homes.iter().skip(size(part.first)).take(size(part.count)).cloned();
        thread::scope(|threads| {
            discover::each(threads, &self.system, homes, &self.homes.clients, work)
                .try_for_each(|found| told.go_on().and_then(|()| take(found)))
        })
    }

    /// The journal, to write in it; where there is none, none is made.
    fn journal(&self) -> Result<Option<Journal>, WaxsealError> {
        match Journal::peek(&self.state) {
            Ok(None) => Ok(None),
            _ => Ok(Some(Journal::open(&self.state)?)),
        }
    }

    fn options(&self, assume_closed: bool) -> ApplyOptions {
        ApplyOptions { assume_closed, command: self.command.clone(), ..ApplyOptions::default() }
    }
}

impl Home {
    /// The library's home; none if there is no such folder. One that may not be looked at is a problem of the reading.
    fn to_core(&self, own: Option<&Path>) -> Option<home::Home> {
        let path = Path::new(&self.path);
        match std::fs::metadata(path) {
            Ok(found) if found.is_dir() => {}
            Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {}
            _ => return None,
        }
        let live = own.is_some_and(|own| is_same(own, path));
        Some(home::Home { path: absolute(path), os: self.os.map(Into::into), live })
    }
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// Whether two paths name one folder that is there.
fn is_same(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

impl From<Os> for home::Os {
    fn from(os: Os) -> home::Os {
        match os {
            Os::Linux => home::Os::Linux,
            Os::Macos => home::Os::Macos,
            Os::Windows => home::Os::Windows,
        }
    }
}
