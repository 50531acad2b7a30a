//! Which homes are meant: the caller's own, one named, or many by pattern. The only place that looks for the caller's
//! own home.

use std::path::{Path, PathBuf};

use waxseal::clients::CLIENTS;
use waxseal::discover::Homes;
use waxseal::home::Home;

use crate::args;
use crate::exit::Stop;

/// The homes and clients that the command line names.
pub(crate) fn from(args: &args::Homes) -> Result<Homes, Stop> {
    let own = dirs::home_dir();
    let os = args.os.map(Into::into);
    let home = |path: &Path| Home { path: absolute(path), os, live: own.as_deref().is_some_and(|own| is_same(own, path)) };
    let homes = match (&args.home, args.homes.as_slice(), &own) {
        (Some(named), ..) => vec![home(existing(named)?)],
        (None, [], Some(own)) => vec![home(existing(own)?)],
        (None, [], None) => return Err(Stop::usage("your home can't be found", "name it with --home DIR")),
        (None, patterns, _) => {
            let mut found = Vec::new();
            for pattern in patterns {
                found.extend(expand(pattern)?);
            }
            found.iter().map(|path| home(path)).collect()
        }
    };
    Ok(Homes { homes, clients: clients(&args.client)? })
}

/// The caller's own home.
pub(crate) fn own() -> Result<Vec<Home>, Stop> {
    let path = dirs::home_dir().ok_or_else(|| Stop::usage("your home can't be found", "name it with --home DIR"))?;
    Ok(vec![Home { path: absolute(existing(&path)?), os: None, live: true }])
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

/// The folders that fit a pattern, sorted. A name that is there stands for itself, whatever letters it has.
fn expand(pattern: &Path) -> Result<Vec<PathBuf>, Stop> {
    let text = pattern.to_str().filter(|text| text.contains(['*', '?', '[']) && !pattern.exists());
    let Some(text) = text else { return existing(pattern).map(|path| vec![path.to_owned()]) };
    let fitting = glob::glob(text).map_err(|error| Stop::usage(format!("{text}: {error}"), "for example: --homes '/home/*'"))?;
    let folders: Vec<PathBuf> = fitting.flatten().filter(|path| path.is_dir()).collect();
    if folders.is_empty() { Err(Stop::usage(format!("no folder fits {text}"), "check the pattern")) } else { Ok(folders) }
}

/// A home that is not there is a slip of the hand, not a home without accounts.
fn existing(path: &Path) -> Result<&Path, Stop> {
    match std::fs::metadata(path) {
        Ok(found) if found.is_dir() => Ok(path),
        Ok(_) => Err(Stop::usage(format!("{} is not a folder", path.display()), "name a home, or a profile's own folder")),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Err(Stop::usage(format!("there is no folder {}", path.display()), "name a home, or a profile's own folder"))
        }
        // The library says what can't be read, and goes on with the others.
        Err(_) => Ok(path),
    }
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

fn is_same(a: &Path, b: &Path) -> bool {
    match (a.canonicalize(), b.canonicalize()) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{clients, expand};

    #[test]
    fn a_pattern_stands_for_folders_sorted_and_a_miss_is_an_error() {
        let world = tempfile::tempdir().unwrap();
        for name in ["joe", "ann", "jim"] {
            std::fs::create_dir(world.path().join(name)).unwrap();
        }
        std::fs::write(world.path().join("jar"), "").unwrap();
        let names = |pattern: &str| -> Option<Vec<String>> {
            let found = expand(&world.path().join(pattern)).ok()?;
            Some(found.iter().map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect())
        };
        assert_eq!(names("j*"), Some(vec!["jim".to_owned(), "joe".to_owned()]));
        assert_eq!(names("ann"), Some(vec!["ann".to_owned()]));
        assert_eq!(names("x*"), None);
        assert_eq!(names("jar"), None);
        assert!(expand(Path::new("no/such/folder")).is_err());
    }

    #[test]
    fn an_unknown_client_is_named_with_those_that_are_known() {
        assert!(clients(&["thunderbird".to_owned()]).is_ok());
        assert!(clients(&["thunderbrid".to_owned()]).is_err());
    }
}
