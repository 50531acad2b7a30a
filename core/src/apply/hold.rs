//! Holding a profile, so that nobody else works in it while it is changed. Knows which files a plan is about; reads none.

use crate::apply::ApplyOptions;
use crate::discover::Profile;
use crate::home::StorePath;
use crate::image;
use crate::plan::{ProfilePlan, StorePlan};
use crate::problem::{Code, Problem};
use crate::system::{Guard, Held, Running, Writer};

/// Holds a profile against its client and other waxseals. Nobody works in these files either: databases are locked for themselves, by whoever has them open.
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

/// The stores that a plan changes.
pub(crate) fn stores(plan: &ProfilePlan) -> impl Iterator<Item = &StorePath> {
    plan.stores.iter().map(|store| &store.store)
}

/// The files among them that their clients work on in place, and lock: databases, with what would be beside them.
pub(crate) fn databases(plan: &ProfilePlan) -> Vec<StorePath> {
    let files = |store: &StorePlan| {
        let sides = plan.profile.table()?.store(&store.role)?.sides.filter(|sides| sides.go)?;
        let (folder, name) = (store.store.parent(), store.store.name());
        let beside = sides.names.iter().filter_map(|added| folder.join(format!("{name}{added}")));
        Some([store.store.clone()].into_iter().chain(beside).collect::<Vec<_>>())
    };
    plan.stores.iter().filter_map(files).flatten().collect()
}
