//! Which homes are meant: the caller's own, one named, or many by pattern, found while they are gone through. The only
//! place that looks for the caller's own home.

mod names;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::Scope;

use waxseal::account::Reading;
use waxseal::clients::CLIENTS;
use waxseal::discover::{Profile, each};
use waxseal::home::{Home, Os};
use waxseal::problem::Problem;
use waxseal::system::Reader;

use names::Names;

use crate::args;
use crate::exit::Stop;
use crate::progress::Bar;
use crate::say;

/// The homes and clients that the command line names. Nothing holds all of them.
pub(crate) struct Homes {
    places: Vec<Place>,
    os: Option<Os>,
    own: Option<Folder>,
    /// Clients by name; all if empty.
    pub(crate) clients: Vec<String>,
    seen: AtomicUsize,
}

/// What stands on the command line.
enum Place {
    Folder(PathBuf),
    /// Whatever fits.
    Pattern(String),
}

impl Homes {
    /// Does something with each profile; how far that is, is shown on a terminal.
    pub(crate) fn each<'s, T: Send + 's>(
        &'s self,
        threads: &'s Scope<'s, '_>,
        system: &'s dyn Reader,
        work: impl Fn(&dyn Reader, Result<Profile, Problem>) -> T + Sync + Send + 's,
    ) -> impl Iterator<Item = T> + 's {
        self.seen.store(0, Ordering::Relaxed);
        let bar = Bar::new("homes", || self.paths().count());
        let homes = self.paths().map(move |path| {
            self.seen.fetch_add(1, Ordering::Relaxed);
            bar.step();
            self.home(&path)
        });
        each(threads, system, homes, &self.clients, work)
    }

    /// The accounts of each profile, or what hides it.
    pub(crate) fn readings<'s>(
        &'s self,
        threads: &'s Scope<'s, '_>,
        system: &'s dyn Reader,
    ) -> impl Iterator<Item = Result<(Reading, Profile), Box<Problem>>> + 's {
        self.each(threads, system, |home, found| found.map(|profile| (waxseal::read(home, &profile), profile)).map_err(Box::new))
    }

    /// Says that there is no account, and for which clients.
    pub(crate) fn nothing_found(&self) {
        let titles = self.clients.iter().filter_map(|name| waxseal::clients::named(name)).map(|client| client.title);
        let titles: Vec<&str> = titles.collect();
        say::note(&match titles.as_slice() {
            [] => "no accounts found; waxseal clients lists the mail programs that are looked for".to_owned(),
            titles => format!("no accounts of {} found", titles.join(", ")),
        });
    }

    /// How many homes have been gone through.
    pub(crate) fn seen(&self) -> usize {
        self.seen.load(Ordering::Relaxed)
    }

    fn paths(&self) -> impl Iterator<Item = PathBuf> + Send + '_ {
        self.places.iter().flat_map(|place| -> Box<dyn Iterator<Item = PathBuf> + Send> {
            match place {
                Place::Folder(path) => Box::new(std::iter::once(path.clone())),
                Place::Pattern(text) => fitting(text),
            }
        })
    }

    fn home(&self, path: &Path) -> Home {
        Home { path: absolute(path), os: self.os, live: self.own.as_ref().is_some_and(|own| own.is_at(path)) }
    }
}

/// The homes and clients that the command line names.
pub(crate) fn from(args: &args::Homes) -> Result<Homes, Stop> {
    let own = dirs::home_dir();
    let places = match (&args.home, args.homes.as_slice(), &own) {
        (Some(named), ..) => vec![folder(named)?],
        (None, [], Some(own)) => vec![folder(own)?],
        (None, [], None) => return Err(Stop::usage("your home can't be found", "name it with --home DIR")),
        (None, patterns, _) => patterns.iter().map(|pattern| place(pattern)).collect::<Result<_, _>>()?,
    };
    let clients = clients(&args.client)?;
    let own = own.as_deref().and_then(Folder::at);
    Ok(Homes { places, os: args.os.map(Into::into), own, clients, seen: AtomicUsize::new(0) })
}

/// The caller's own home.
pub(crate) fn own() -> Result<Homes, Stop> {
    from(&args::Homes::default())
}

/// Names of clients, each of them known.
pub(crate) fn clients(names: &[String]) -> Result<Vec<String>, Stop> {
    match names.iter().find(|name| waxseal::clients::named(name).is_none()) {
        Some(unknown) => {
            let known: Vec<&str> = CLIENTS.iter().map(|client| client.name).collect();
            Err(Stop::usage(format!("no client is named \"{unknown}\""), format!("known: {}", known.join(", "))))
        }
        None => Ok(names.to_vec()),
    }
}

/// A pattern that some folder fits. A name that is there stands for itself, whatever letters it has.
fn place(pattern: &Path) -> Result<Place, Stop> {
    let text = pattern.to_str().filter(|text| text.contains(['*', '?', '[']) && !pattern.exists());
    let Some(text) = text else { return folder(pattern) };
    glob::Pattern::new(text).map_err(|error| Stop::usage(format!("{text}: {error}"), "for example: --homes '/home/*'"))?;
    let fits = match names_in(text) {
        Some((above, name)) => names::fitting(&above, &name).next().is_some(),
        None => fitting(text).next().is_some(),
    };
    match fits {
        true => Ok(Place::Pattern(text.to_owned())),
        false => Err(Stop::usage(format!("no folder fits {text}"), "check the pattern")),
    }
}

/// The folders that fit a pattern, sorted, as they are found. Of a folder with very many homes only their names are held.
fn fitting(pattern: &str) -> Box<dyn Iterator<Item = PathBuf> + Send> {
    match names_in(pattern) {
        Some((above, name)) => Box::new(Names::of(&above, &name).into_iter().map(move |name| above.join(name))),
        None => Box::new(glob::glob(pattern).into_iter().flatten().flatten().filter(|path| path.is_dir())),
    }
}

/// The one folder in which a pattern wants names, and the pattern of these; `None` of another kind of pattern.
fn names_in(pattern: &str) -> Option<(PathBuf, glob::Pattern)> {
    let (above, name) = (Path::new(pattern).parent()?, Path::new(pattern).file_name()?.to_str()?);
    let plain = name != "**" && !above.to_str()?.contains(['*', '?', '[']);
    let above = if above.as_os_str().is_empty() { Path::new(".") } else { above };
    Some((above.to_owned(), glob::Pattern::new(name).ok().filter(|_| plain)?))
}

fn folder(path: &Path) -> Result<Place, Stop> {
    existing(path).map(|path| Place::Folder(path.to_owned()))
}

/// A home that is not there is a slip of the hand, not a home without accounts.
fn existing(path: &Path) -> Result<&Path, Stop> {
    match std::fs::metadata(path) {
        Ok(found) if found.is_dir() => Ok(path),
        Ok(_) => {
            Err(Stop::usage(format!("{} is not a folder", path.display()), "--home takes a home, or a profile's own folder"))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Err(Stop::usage(format!("there is no folder {}", path.display()), "--home takes a home, or a profile's own folder"))
        }
        // The library says what can't be read, and goes on with the others.
        Err(_) => Ok(path),
    }
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// A folder, by whatever path it is reached.
#[cfg(unix)]
#[derive(PartialEq)]
struct Folder(u64, u64);

#[cfg(unix)]
impl Folder {
    fn at(path: &Path) -> Option<Folder> {
        use std::os::unix::fs::MetadataExt;
        std::fs::metadata(path).ok().map(|found| Folder(found.dev(), found.ino()))
    }
}

#[cfg(not(unix))]
#[derive(PartialEq)]
struct Folder(PathBuf);

#[cfg(not(unix))]
impl Folder {
    fn at(path: &Path) -> Option<Folder> {
        path.canonicalize().ok().map(Folder)
    }
}

impl Folder {
    fn is_at(&self, path: &Path) -> bool {
        Folder::at(path).as_ref() == Some(self)
    }
}

#[cfg(test)]
mod tests {
    use super::{clients, from};
    use crate::args::Homes;

    #[test]
    fn a_pattern_stands_for_folders_sorted_and_a_miss_is_an_error() {
        let world = tempfile::tempdir().unwrap();
        for name in ["joe", "ann", "jim"] {
            std::fs::create_dir(world.path().join(name)).unwrap();
        }
        std::fs::write(world.path().join("jar"), "").unwrap();
        let names = |pattern: &str| -> Option<Vec<String>> {
            let homes = from(&Homes { homes: vec![world.path().join(pattern)], ..Homes::default() }).ok()?;
            Some(homes.paths().map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect())
        };
        assert_eq!(names("j*"), Some(vec!["jim".to_owned(), "joe".to_owned()]));
        assert_eq!(names("ann"), Some(vec!["ann".to_owned()]));
        assert_eq!(names("x*"), None);
        assert_eq!(names("jar"), None);
        assert!(from(&Homes { home: Some("no/such/folder".into()), ..Homes::default() }).is_err());
    }

    #[test]
    fn an_unknown_client_is_named_with_those_that_are_known() {
        assert!(clients(&["thunderbird".to_owned()]).is_ok());
        assert!(clients(&["thunderbrid".to_owned()]).is_err());
    }
}
