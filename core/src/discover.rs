//! Which profiles there are: each client's places in each home, as a stream that holds one home at a time. Reads
//! folders and profile lists only.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::sync::mpsc::sync_channel;
use std::thread::Scope;

use serde::{Deserialize, Serialize};

use crate::client::Client;
use crate::clients::CLIENTS;
use crate::home::{Home, Os, StorePath};
use crate::problem::{Code, Problem};
use crate::snapshot::Snapshot;
use crate::system::{Reader, What};

/// Finds the profiles of every client in these homes, home by home, in the order of the clients' table.
pub fn discover<'a>(system: &'a dyn Reader, homes: &'a Homes) -> impl Iterator<Item = Result<Profile, Problem>> + 'a {
    homes.homes.iter().flat_map(move |home| find(&Snapshot::of(system, &home.path), home, &homes.clients))
}

/// How many homes are worked on in one go, at most: of few homes each processor gets some, of many a go is worth waking for.
const TOGETHER: usize = 32;
/// How many such goes are ahead of who takes what comes of them.
const AHEAD: usize = 4;

/// Does something with each profile of these homes, on all processors and ahead of who takes what comes of it, in the order
/// of [`discover`]. So far ahead and no further, so that memory doesn't grow with the number of homes; nothing is drawn before the
/// first result is asked for, nor once the results are dropped. All clients are looked for if none is named. The work
/// gets a reader of its home: each file is read once, by looking for profiles and by the work together.
pub fn each<'s, T: Send + 's>(
    threads: &'s Scope<'s, '_>,
    system: &'s dyn Reader,
    homes: impl Iterator<Item = Home> + Send + 's,
    clients: &'s [String],
    work: impl Fn(&dyn Reader, Result<Profile, Problem>) -> T + Sync + Send + 's,
) -> impl Iterator<Item = T> + 's {
    let one = move |home: &Home| -> Vec<T> {
        let files = Snapshot::of(system, &home.path);
        find(&files, home, clients).into_iter().map(|found| work(&files, found)).collect()
    };
    let mut homes = homes.peekable();
    let begun = std::iter::once_with(move || {
        let (send, goes) = sync_channel(AHEAD);
        threads.spawn(move || {
            let first: Vec<Home> = homes.by_ref().take(1).collect();
            // One home needs no other processor.
            if homes.peek().is_none() {
                let (done, result) = sync_channel(1);
                let _ = done.send(first.iter().map(&one).collect::<Vec<_>>());
                let _ = send.send(result);
                return;
            }
            let mut homes = first.into_iter().chain(homes);
            let mut drawn = 0;
            rayon::in_place_scope(|processors| {
                loop {
                    let go: Vec<Home> = homes.by_ref().take((drawn / TOGETHER).clamp(1, TOGETHER)).collect();
                    drawn += go.len();
                    let (done, result) = sync_channel(1);
                    if go.is_empty() || send.send(result).is_err() {
                        break;
                    }
                    let one = &one;
                    processors.spawn(move |_| _ = done.send(go.iter().map(one).collect()));
                }
            });
        });
        goes
    });
    begun.flatten().flatten().flatten().flatten()
}

/// Which homes are looked at, and for which clients.
#[derive(Debug, Clone, Default)]
pub struct Homes {
    /// The homes, in order.
    pub homes: Vec<Home>,
    /// Clients by name; all if empty.
    pub clients: Vec<String>,
}

/// One client's settings of one user.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Profile {
    /// Whose.
    pub home: Home,
    /// The client's name.
    pub client: String,
    /// What the client calls it; else its folder's name.
    pub name: String,
    /// Its folder.
    pub folder: StorePath,
}

impl Profile {
    /// The client's table; `None` if this build knows no such client.
    pub fn table(&self) -> Option<&'static Client> {
        CLIENTS.iter().copied().find(|client| client.name == self.client)
    }

    /// Adds home, client and profile to a problem.
    pub fn blame(&self, mut problem: Problem) -> Problem {
        problem.home.get_or_insert_with(|| self.home.path.clone());
        problem.client.get_or_insert_with(|| self.client.clone());
        problem.profile.get_or_insert_with(|| self.folder.to_string());
        problem
    }
}

/// Whether a name fits a pattern; one that is no text fits none.
fn fits(pattern: &str, name: &OsStr) -> bool {
    crate::glob::fits_bytes(pattern.as_bytes(), name.as_encoded_bytes()) && name.to_str().is_some()
}

/// The profiles of one home.
fn find(system: &dyn Reader, home: &Home, wanted: &[String]) -> VecDeque<Result<Profile, Problem>> {
    let mut found = VecDeque::new();
    let mut seen = Vec::new();
    let root = StorePath::root(&home.path);
    let names = match system.list(&root) {
        Ok(names) => names,
        Err(error) => {
            let problem = Problem::new(Code::Unreadable, format!("can't be listed: {error}")).at(&home.path);
            found.push_back(Err(Problem { home: Some(home.path.clone()), ..problem }));
            return found;
        }
    };
    // An empty home has no accounts; of one that is gone, nobody knows.
    if names.is_empty() && !system.is_there(&root) {
        let problem = Problem::new(Code::Unreadable, "the home is not there any more").at(&home.path);
        let problem = problem.hint("is a disk or a share not mounted?");
        found.push_back(Err(Problem { home: Some(home.path.clone()), ..problem }));
        return found;
    }
    for client in CLIENTS.iter().copied().filter(|client| wanted.is_empty() || wanted.iter().any(|name| name == client.name)) {
        let mut finder = Finder { system, home, client, names: &names, root: root.clone(), seen: &mut seen, found: &mut found };
        let own = !client.marks.is_empty() && client.marks.iter().all(|mark| finder.has_like(mark));
        if own {
            let name = home.user();
            finder.profile(name, root.clone());
        }
        (client.find)(&mut finder);
    }
    found
}

/// What a client's table looks for profiles with. A home without stores costs one directory look.
pub struct Finder<'a> {
    /// The outside world.
    pub system: &'a dyn Reader,
    /// The home.
    pub home: &'a Home,
    client: &'static Client,
    names: &'a [(OsString, What)],
    root: StorePath,
    seen: &'a mut Vec<(&'static str, StorePath)>,
    found: &'a mut VecDeque<Result<Profile, Problem>>,
}

impl Finder<'_> {
    /// Whether the home may have this layout: asked for, or nobody said.
    pub fn os(&self, os: Os) -> bool {
        self.home.os.is_none_or(|wanted| wanted == os)
    }

    /// Whether a name is directly in the home.
    pub fn has(&self, name: &str) -> bool {
        self.names.iter().any(|(known, _)| known == name)
    }

    /// Whether a name that fits this pattern is directly in the home.
    fn has_like(&self, pattern: &str) -> bool {
        self.like(pattern).next().is_some()
    }

    /// The names directly in the home that fit a pattern.
    fn like<'n>(&'n self, pattern: &'n str) -> impl Iterator<Item = &'n OsString> {
        self.names.iter().map(|(name, _)| name).filter(move |name| fits(pattern, name))
    }

    /// The folder at a path of the home, if its first part is there. `*` in a part stands for every name that fits.
    pub fn folders(&self, pattern: &str) -> Vec<StorePath> {
        let end = memchr::memchr(b'/', pattern.as_bytes()).unwrap_or(pattern.len());
        let (first, parts) = pattern.split_at(end);
        let mut at: Vec<StorePath> = self.like(first).filter_map(|name| self.root.join(name)).collect();
        // Nearly every home lacks nearly all of what is looked for.
        if at.is_empty() {
            return at;
        }
        for part in parts.split('/').skip(1) {
            at = at.iter().flat_map(|folder| self.below(folder, part)).collect();
        }
        at
    }

    fn below(&self, folder: &StorePath, part: &str) -> Vec<StorePath> {
        if !part.contains('*') {
            return folder.join(part).into_iter().collect();
        }
        let names = self.system.list(folder).unwrap_or_default();
        names.iter().filter(|(name, _)| fits(part, name)).filter_map(|(name, _)| folder.join(name)).collect()
    }

    /// A file of the home; a file that can't be read is a problem, and none here.
    pub fn read(&mut self, path: &StorePath) -> Option<Vec<u8>> {
        match self.system.read(path) {
            Ok(bytes) => bytes,
            Err(error) => {
                self.problem(Problem::new(Code::Unreadable, format!("can't be read: {error}")).at(path.full()));
                None
            }
        }
    }

    /// The home itself, if a file of this name is directly in it: it can be one profile's own folder.
    pub fn itself(&self, name: &str) -> Option<StorePath> {
        self.has(name).then(|| self.root.clone())
    }

    /// Whether there is such a file in a folder.
    pub fn holds(&self, folder: &StorePath, name: &str) -> bool {
        folder.join(name).is_some_and(|path| self.system.has(&path))
    }

    /// Where a path that a client wrote into a profile list leads: as it is on a live home; on another one below the home, by
    /// the part after its user's name, or whole, where the home is a disk.
    pub fn absolute(&mut self, path: &str) -> Option<StorePath> {
        let (sure, maybe) = self.home.places(path);
        let is_there = |folder: &StorePath| self.system.list(folder).is_ok_and(|names| !names.is_empty());
        let found = sure.or_else(|| maybe.into_iter().find(is_there));
        if found.is_none() {
            self.problem(
                Problem::new(Code::OutsideHome, format!("the profile list names {path}, which is not in this home"))
                    .at(self.root.full())
                    .hint("name that folder itself with --home"),
            );
        }
        found
    }

    /// A problem of this client in this home. What several clients have to say of one file is told once.
    pub fn problem(&mut self, mut problem: Problem) {
        problem.home = Some(self.home.path.clone());
        problem.client = Some(self.client.name.to_owned());
        let same = |known: &Problem| known.path.is_some() && known.path == problem.path && known.message == problem.message;
        if !self.found.iter().any(|known| known.as_ref().is_err_and(same)) {
            self.found.push_back(Err(problem));
        }
    }

    /// A profile. One that was found already, also under another path, is not listed twice.
    pub fn profile(&mut self, name: impl Into<String>, folder: StorePath) {
        let system = self.system;
        let same = |(client, known): &(&str, StorePath)| {
            *client == self.client.name && (*known == folder || system.resolve(known) == system.resolve(&folder))
        };
        if !self.seen.iter().any(same) {
            self.seen.push((self.client.name, folder.clone()));
            self.found.push_back(Ok(Profile {
                home: self.home.clone(),
                client: self.client.name.to_owned(),
                name: name.into(),
                folder,
            }));
        }
    }
}
