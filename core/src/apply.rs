//! Carrying plans out: hold the profile, read again, render and prove, commit. Looks at nothing but plans; reads no
//! policy.

use std::collections::BTreeSet;
use std::iter::Peekable;
use std::path::PathBuf;
use std::thread::{Scope, ScopedJoinHandle};

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use crate::commit::{Rewrite, Transaction, commit};
use crate::discover::Profile;
use crate::document::Edits;
use crate::fingerprint::Fingerprint;
use crate::home::StorePath;
use crate::image;
use crate::journal::{Journal, Kind, OperationId};
use crate::plan::{self, ProfilePlan, StorePlan};
use crate::problem::{Code, Problem};
use crate::prove::render;
use crate::recover::{Stuck, recover};
use crate::report::{Outcome, Progress, Report};
use crate::snapshot::Snapshot;
use crate::system::{Guard, Held, Running, Writer};

/// Carries out plans, group by group; each profile is wholly changed, or as it was. What an earlier run left half done is
/// recovered before the first plan is drawn, so that plans made on the way are about what stands then.
pub fn apply(
    system: &dyn Writer,
    plans: impl Iterator<Item = ProfilePlan>,
    options: &ApplyOptions,
    journal: &Journal,
    progress: &dyn Progress,
) -> Report {
    let mut run = Run { system, journal, options, progress, report: Report::default(), kind: Kind::Apply, of: None };
    run.report.operation = options.resume;
    let Some(stuck) = run.recover() else { return run.report };
    // Two groups are held at once: one is written while the next is worked out, since writing mostly waits for the disk.
    let size = options.group.clamp(1, (system.room() / 2).max(1));
    let mut plans = plans.peekable();
    std::thread::scope(|threads| {
        let mut under_way: Option<UnderWay<'_>> = None;
        loop {
            let busy = under_way.as_ref().map(|group| group.stores.clone()).unwrap_or_default();
            let group = run.draw(&mut plans, size, busy, &stuck);
            let is_over = group.is_empty() && plans.peek().is_none();
            let next = if progress.is_cancelled() { Vec::new() } else { run.prepare(group) };
            if let Some(group) = under_way.take() {
                let (plans, results) = group.results();
                run.end(&plans, results);
            }
            if is_over {
                return run.finish();
            }
            if progress.is_cancelled() {
                return run.cancel();
            }
            under_way = run.begin(next).map(|begun| begun.under_way(threads, system, journal));
        }
    })
}

/// How plans are carried out.
#[derive(Debug, Clone)]
pub struct ApplyOptions {
    /// Whether to go on where it can't be known that the client is closed.
    pub assume_closed: bool,
    /// How many profiles share their syncs; fewer where the system does not let so many files be open.
    pub group: usize,
    /// The command that was given, for the log.
    pub command: String,
    /// The operation that this goes on with, if it ended before its work did: what is written is added to it.
    pub resume: Option<OperationId>,
    /// In which homes an undo takes back what the operation did; in all if there are none. Apply goes by its plans.
    pub homes: Vec<PathBuf>,
}

impl Default for ApplyOptions {
    fn default() -> ApplyOptions {
        ApplyOptions { assume_closed: false, group: 128, command: String::new(), resume: None, homes: Vec::new() }
    }
}

/// The stores that a plan changes.
pub(crate) fn stores(plan: &ProfilePlan) -> impl Iterator<Item = &StorePath> {
    plan.stores.iter().map(|store| &store.store)
}

/// The files of those stores, with those that would be beside them.
pub(crate) fn files(plan: &ProfilePlan) -> Vec<StorePath> {
    let beside = |store: &StorePlan| {
        let sides = plan.profile.table().and_then(|table| table.store(&store.role)).and_then(|def| def.sides);
        let names = sides.map_or(&[][..], |sides| sides.names);
        let (folder, name) = (store.store.parent(), store.store.name());
        names.iter().filter_map(move |added| folder.join(format!("{name}{added}"))).collect::<Vec<_>>()
    };
    plan.stores.iter().flat_map(|store| [vec![store.store.clone()], beside(store)].concat()).collect()
}

/// A profile that is held, with the new bytes of its stores.
pub(crate) struct Prepared {
    pub(crate) rewrites: Vec<Rewrite>,
    pub(crate) guard: Box<dyn Guard>,
    pub(crate) undoes: Option<(OperationId, u64)>,
}

/// A group that is all ready to be written.
struct Begun {
    operation: OperationId,
    plans: Vec<ProfilePlan>,
    transactions: Vec<Transaction>,
}

impl Begun {
    fn under_way<'s>(self, threads: &'s Scope<'s, '_>, system: &'s dyn Writer, journal: &'s Journal) -> UnderWay<'s> {
        let stores = self.plans.iter().flat_map(stores).cloned().collect();
        let Begun { operation, plans, transactions } = self;
        UnderWay { plans, stores, thread: threads.spawn(move || commit(system, journal, operation, transactions)) }
    }
}

/// A group that is being written: by one thread, while another works the next group out.
struct UnderWay<'s> {
    plans: Vec<ProfilePlan>,
    stores: BTreeSet<StorePath>,
    thread: ScopedJoinHandle<'s, Vec<Result<(), Problem>>>,
}

impl UnderWay<'_> {
    fn results(self) -> (Vec<ProfilePlan>, Vec<Result<(), Problem>>) {
        let results = self.thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        (self.plans, results)
    }
}

/// One operation, on its way through its groups.
pub(crate) struct Run<'a> {
    pub(crate) system: &'a dyn Writer,
    pub(crate) journal: &'a Journal,
    pub(crate) options: &'a ApplyOptions,
    pub(crate) progress: &'a dyn Progress,
    pub(crate) report: Report,
    pub(crate) kind: Kind,
    pub(crate) of: Option<OperationId>,
}

impl Run<'_> {
    /// Puts right what an earlier run left under way, before anything new is begun; nothing is, if the journal can't tell.
    pub(crate) fn recover(&mut self) -> Option<Stuck> {
        for result in recover(self.system, self.journal, self.options) {
            self.progress.recovered(&result);
            if let Err(problem) = result {
                self.report.problem(&problem);
            }
        }
        match Stuck::of(self.journal) {
            Ok(stuck) => Some(stuck),
            Err(error) => {
                self.report.problems += 1;
                self.progress.problem(&Problem::new(Code::Unreadable, format!("the journal can't be read: {error}")));
                None
            }
        }
    }

    /// The next plans that can be carried out together. Two clients can keep their settings in one file: the second waits
    /// until the first is written.
    fn draw<I: Iterator<Item = ProfilePlan>>(
        &mut self,
        plans: &mut Peekable<I>,
        size: usize,
        mut written: BTreeSet<StorePath>,
        stuck: &Stuck,
    ) -> Vec<ProfilePlan> {
        let mut group = Vec::new();
        while group.len() < size
            && !self.progress.is_cancelled()
            && let Some(plan) = plans.next_if(|plan| !stores(plan).any(|store| written.contains(store)))
        {
            // What has nothing to write takes no place in a group: few changes among many homes share their syncs too.
            if plan.is_empty() {
                self.report.add(&plan, &Outcome::Unchanged, self.progress);
            } else if let Some(problem) = stuck.problem(&plan.profile) {
                self.report.add(&plan, &Outcome::Refused(problem), self.progress);
            } else {
                written.extend(stores(&plan).cloned());
                group.push(plan);
            }
        }
        group
    }

    /// Holds the profiles of a group and works their new bytes out.
    fn prepare(&mut self, group: Vec<ProfilePlan>) -> Vec<(ProfilePlan, Prepared)> {
        let ready: Vec<_> = group.par_iter().map(|plan| prepare(self.system, plan, self.options)).collect();
        let mut prepared = Vec::new();
        for (plan, ready) in group.into_iter().zip(ready) {
            match ready {
                Ok(ready) => prepared.push((plan, ready)),
                Err(problem) => self.report.add(&plan, &Outcome::Refused(problem), self.progress),
            }
        }
        prepared
    }

    /// Commits a group.
    pub(crate) fn commit(&mut self, group: Vec<(ProfilePlan, Prepared)>) {
        if let Some(begun) = self.begin(group) {
            self.end(&begun.plans, commit(self.system, self.journal, begun.operation, begun.transactions));
        }
    }

    /// What is to be committed for a group. The operation begins with the first that has anything to write.
    fn begin(&mut self, group: Vec<(ProfilePlan, Prepared)>) -> Option<Begun> {
        if group.is_empty() {
            return None;
        }
        let operation = match self.report.operation {
            Some(operation) => Ok(operation),
            None => self.journal.begin(self.kind, self.of, &self.options.command),
        };
        let operation = match operation {
            Ok(operation) => operation,
            Err(error) => {
                for (plan, _) in &group {
                    let problem = Problem::new(Code::WriteFailed, format!("the journal could not be written: {error}"));
                    self.report.add(plan, &Outcome::Failed(plan.profile.blame(problem)), self.progress);
                }
                return None;
            }
        };
        self.report.operation = Some(operation);
        let (plans, prepared): (Vec<_>, Vec<_>) = group.into_iter().unzip();
        let transactions = plans.iter().zip(prepared).map(|(plan, prepared)| Transaction {
            profile: serde_json::to_string(&plan.profile).unwrap_or_default(),
            detail: serde_json::to_string(plan).unwrap_or_default(),
            undoes: prepared.undoes,
            rewrites: prepared.rewrites,
            guard: prepared.guard,
        });
        let transactions = transactions.collect();
        Some(Begun { operation, plans, transactions })
    }

    /// What became of a group.
    fn end(&mut self, plans: &[ProfilePlan], results: Vec<Result<(), Problem>>) {
        for (plan, result) in plans.iter().zip(results) {
            let outcome = match result {
                Ok(()) => Outcome::Changed,
                Err(problem) if matches!(problem.code, Code::Stale | Code::ClientRunning) => {
                    Outcome::Refused(plan.profile.blame(problem))
                }
                Err(problem) => Outcome::Failed(plan.profile.blame(problem)),
            };
            self.report.add(plan, &outcome, self.progress);
        }
    }

    /// Ends before all is done: what is prepared is let go, since nothing of it is begun.
    pub(crate) fn cancel(mut self) -> Report {
        let problem = Problem::new(Code::Cancelled, "stopped before all was done, as somebody asked; what was begun is whole");
        self.progress.problem(&problem.hint("the same command does the rest"));
        self.report.problems += 1;
        self.report.blocked = true;
        self.finish()
    }

    /// Ends the operation; one that wrote nothing leaves no trace.
    pub(crate) fn finish(mut self) -> Report {
        if let Some(operation) = self.report.operation
            && let Err(error) = self.journal.finish(operation)
        {
            self.report.problems += 1;
            self.progress.problem(&Problem::new(Code::WriteFailed, format!("the journal could not be ended: {error}")));
        }
        if self.report.counts.changed == 0 {
            self.report.operation = None;
        }
        self.report
    }
}

/// Holds a profile against its client and other waxseals.
/// Nobody works in these files either: databases are locked for themselves, by whoever has them open.
pub(crate) fn hold<'a>(
    system: &dyn Writer,
    profile: &Profile,
    files: impl IntoIterator<Item = &'a StorePath>,
    options: &ApplyOptions,
) -> Result<Box<dyn Guard>, Problem> {
    let table =
        profile.table().ok_or_else(|| Problem::new(Code::UnsupportedClient, format!("no client is named {}", profile.client)))?;
    let guard = system.hold(&profile.home, &profile.folder, table.running, options.assume_closed).map_err(|held| {
        let folder = profile.folder.full();
        let problem = match held {
            Held::Client(Running::Yes(who)) => {
                Problem::new(Code::ClientRunning, format!("{} is running here ({who})", table.title))
                    .hint(format!("close {} and try again", table.title))
            }
            Held::Client(Running::Unknown(why)) => {
                Problem::new(Code::ClosedUnknown, format!("whether {} is closed can't be known: {why}", table.title))
                    .hint("make sure that it is closed everywhere, then add --assume-closed")
            }
            Held::Client(Running::No) => Problem::new(Code::Busy, "the profile's lock was taken a moment ago").hint("try again"),
            Held::Waxseal(who) => {
                Problem::new(Code::Busy, format!("another waxseal works on this profile ({who})")).hint("wait until it is done")
            }
            Held::Io(error) => Problem::new(Code::WriteFailed, format!("the profile's lock can't be taken: {error}"))
                .hint("check who owns the profile's folder, and its free space"),
        };
        profile.blame(problem.at(folder))
    })?;
    image::in_use(system, files).map_or(Ok(guard), |problem| Err(profile.blame(problem)))
}

/// Holds a profile, makes sure that the plan is still right, and works the new bytes out: proven before any is written,
/// as afterwards only the bytes need comparing.
fn prepare(system: &dyn Writer, plan: &ProfilePlan, options: &ApplyOptions) -> Result<Prepared, Problem> {
    let guard = hold(system, &plan.profile, &files(plan), options)?;
    let blame = |problem: Problem| plan.profile.blame(problem);
    let files = Snapshot::of(system, plan.profile.folder.base());
    let again;
    let current = if unchanged(&files, plan) {
        plan
    } else {
        again = plan::again(&files, plan);
        same_edits(plan, &again).map_err(blame)?;
        &again
    };
    let rewrites = render(&files, current).map_err(blame)?;
    Ok(Prepared { rewrites, guard, undoes: None })
}

fn stale(path: &StorePath) -> Problem {
    Problem::new(Code::Stale, "the store changed since the plan was made").at(path.full()).hint("make the plan again")
}

/// Whether every store that the plan looked at still has the bytes that it had. One that could not be read when the plan
/// was made is no reason to stop now.
fn unchanged(files: &Snapshot<'_>, plan: &ProfilePlan) -> bool {
    plan.inputs.iter().all(|(path, fingerprint)| Fingerprint::at(files, path) == *fingerprint)
}

/// Clients rewrite their files every day: a plan is stale only if its own changes would come out differently now.
fn same_edits(plan: &ProfilePlan, again: &ProfilePlan) -> Result<(), Problem> {
    let edits = |plan: &ProfilePlan| -> Vec<(StorePath, Edits)> {
        plan.stores.iter().map(|store| (store.store.clone(), store.edits.clone())).collect()
    };
    let (mut planned, mut now) = (edits(plan), edits(again));
    planned.sort_by(|a, b| a.0.cmp(&b.0));
    now.sort_by(|a, b| a.0.cmp(&b.0));
    if planned == now {
        return Ok(());
    }
    let differing =
        planned.iter().filter(|store| !now.contains(store)).chain(now.iter().filter(|store| !planned.contains(store)));
    let differing: Vec<&StorePath> = differing.map(|(path, _)| path).collect();
    // What somebody changed is named, sooner than what would have to follow.
    let changed: Vec<&StorePath> =
        plan.inputs.iter().filter(|input| !again.inputs.contains(input)).map(|(path, _)| path).collect();
    let named = changed.iter().find(|path| differing.contains(path)).or(changed.first()).or(differing.first());
    Err(named.map_or_else(|| Problem::new(Code::Stale, "the profile changed since the plan was made"), |path| stale(path)))
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::io;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::{ApplyOptions, apply};
    use crate::discover::{Homes, discover};
    use crate::home::{Home, StorePath};
    use crate::journal::Journal;
    use crate::plan::plan;
    use crate::policy::Policy;
    use crate::probe::Unproven;
    use crate::report::Silent;
    use crate::system::{Guard, Held, Memory, Reader, Running, Sign, Staged, What, Writer};

    /// Counts how often stores are made durable.
    struct Counting(Memory, AtomicUsize);

    impl Reader for Counting {
        fn read(&self, path: &StorePath) -> io::Result<Option<Vec<u8>>> {
            self.0.read(path)
        }
        fn list(&self, folder: &StorePath) -> io::Result<Vec<(OsString, What)>> {
            self.0.list(folder)
        }
        fn running(&self, home: &Home, profile: &StorePath, signs: &[Sign]) -> Running {
            self.0.running(home, profile, signs)
        }
    }

    impl Writer for Counting {
        fn hold(&self, home: &Home, profile: &StorePath, signs: &[Sign], closed: bool) -> Result<Box<dyn Guard>, Held> {
            self.0.hold(home, profile, signs, closed)
        }
        fn stage(&self, target: &StorePath, temp: &str, bytes: &[u8]) -> io::Result<Staged> {
            self.0.stage(target, temp, bytes)
        }
        fn sync(&self, staged: &[Staged]) -> io::Result<()> {
            self.1.fetch_add(1, Ordering::Relaxed);
            self.0.sync(staged)
        }
        fn publish(&self, staged: &Staged) -> io::Result<()> {
            self.0.publish(staged)
        }
        fn settle(&self, folders: &[StorePath]) -> io::Result<()> {
            self.0.settle(folders)
        }
        fn remove(&self, path: &StorePath) -> io::Result<()> {
            self.0.remove(path)
        }
    }

    #[test]
    fn few_changes_among_many_homes_share_their_syncs() {
        let system = Counting(Memory::new(), AtomicUsize::new(0));
        let homes = (0..40).map(|n| {
            let host = if n % 10 == 0 { "old.example" } else { "other.example" };
            system.0.put(format!("/h/{n:02}/.msmtprc"), format!("account a\nhost {host}\nfrom a@old.example\n"));
            Home { path: format!("/h/{n:02}").into(), os: None, live: false }
        });
        let homes = Homes { homes: homes.collect(), clients: vec!["msmtp".to_owned()] };
        let text = "[[rule]]\nname = \"r\"\nmatch = { outgoing.host = \"old.example\" }\nprobe = \"off\"\n\
                    set = { outgoing.host = \"new.example\", outgoing.security = \"implicit-tls\" }\n";
        let policy = Policy::parse(text).unwrap();
        let state = tempfile::tempdir().unwrap();
        let journal = Journal::open(state.path()).unwrap();
        let options = ApplyOptions { assume_closed: true, group: 4, ..ApplyOptions::default() };
        let plans = discover(&system, &homes).map(|profile| plan(&system, &profile.unwrap(), &policy, &Unproven));
        let report = apply(&system, plans, &options, &journal, &Silent);
        assert_eq!((report.counts.changed, report.counts.unchanged, report.problems), (4, 36, 0));
        assert_eq!(system.1.load(Ordering::Relaxed), 1);
    }
}
