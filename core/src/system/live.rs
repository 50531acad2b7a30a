//! The registry of the running Windows as files of a user's home, as text: `HKEY_CURRENT_USER` in one's own home, `HKEY_USERS`
//! in the home of another user whose part is loaded, since they are logged on, and `HKEY_LOCAL_MACHINE`, what is said for all
//! users. What is not loaded lies in that home's hive. Publishing a user's part sets and removes the values that differ; what
//! is said for all is only read. Knows the text's grammar, and no client but by the branches that are looked at.

use std::collections::BTreeSet;
use std::io::{self, ErrorKind};
use std::path::Path;

use windows_registry::{CURRENT_USER, Key as Branch, LOCAL_MACHINE, Type, USERS};

use crate::document::Key;
use crate::formats::hive::names::{Spot, spot};
use crate::formats::registry::live::{Values, read as values_of, write};
use crate::home::StorePath;

/// The file in one's own home.
const OWN: &str = "HKEY_CURRENT_USER";
/// The file in another user's home.
const LOADED: &str = "HKEY_USERS";
/// The file for all users.
const MACHINE: &str = "HKEY_LOCAL_MACHINE";

/// Where Windows keeps whose home is where: a key for each user's security identifier.
const PROFILES: &str = r"SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList";

/// The branches in which clients of mail keep their settings; `*` stands for every subkey. No other is looked at: what
/// every program changes all day is no concern of ours.
const BRANCHES: &[&str] = &[
    r"Identities",
    r"Software\Microsoft\Internet Account Manager",
    r"Software\Microsoft\Office\*\Outlook",
    r"Software\Policies\Microsoft\Office\*\Outlook",
    r"Software\Policies\Mozilla",
    r"Software\Microsoft\Windows NT\CurrentVersion\Windows Messaging Subsystem",
];

/// The same for all users: policies, and a list of profiles.
const BRANCHES_OF_ALL: &[&str] = &[
    r"SOFTWARE\Policies\Mozilla",
    r"SOFTWARE\Netscape\Netscape Navigator\Users",
    r"SOFTWARE\Wow6432Node\Netscape\Netscape Navigator\Users",
];

/// Whether a path is the live registry's.
pub(super) fn is_live(path: &StorePath) -> bool {
    [OWN, LOADED, MACHINE].iter().any(|name| path.below() == Path::new(name))
}

/// An error of the registry as one of the system, which it is in a wrapping.
fn failed(error: impl Into<io::Error>) -> io::Error {
    const OF_THE_SYSTEM: i32 = 0x8007;
    let error = error.into();
    match error.raw_os_error() {
        Some(code) if code >> 16 & 0xFFFF == OF_THE_SYSTEM => io::Error::from_raw_os_error(code & 0xFFFF),
        _ => error,
    }
}

/// Opens a key below another one; `None` if there is none.
fn open(at: &Branch, path: &str) -> io::Result<Option<Branch>> {
    match at.open(path).map_err(failed) {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// A part of the registry: a root, the way from there, and what is looked at below.
struct Part {
    root: &'static Branch,
    way: Vec<String>,
    branches: &'static [&'static str],
}

impl Part {
    /// The part that a path stands for; `None` if it isn't loaded.
    fn of(path: &StorePath) -> io::Result<Option<Part>> {
        let whole = |root, branches| Ok(Some(Part { root, way: Vec::new(), branches }));
        if path.below() == Path::new(OWN) {
            return whole(CURRENT_USER, BRANCHES);
        }
        if path.below() == Path::new(MACHINE) {
            return whole(LOCAL_MACHINE, BRANCHES_OF_ALL);
        }
        let Some(profiles) = open(LOCAL_MACHINE, PROFILES)? else { return Ok(None) };
        for name in profiles.keys().map_err(failed)? {
            let home = profiles.open(&name).and_then(|profile| profile.get_string("ProfileImagePath"));
            if home.is_ok_and(|home| is_same(&home, path.base())) && open(USERS, &name)?.is_some() {
                return Ok(Some(Part { root: USERS, way: vec![name], branches: BRANCHES }));
            }
        }
        Ok(None)
    }

    fn read(&self) -> io::Result<Values> {
        let mut values = Values::new();
        for branch in self.branches {
            let parts: Vec<&str> = self.way.iter().map(String::as_str).chain(branch.split('\\')).collect();
            self.walk(self.root, &mut Vec::new(), &parts, &mut values)?;
        }
        Ok(values)
    }

    /// Goes down the parts of a branch, then into all below it.
    fn walk(&self, at: &Branch, path: &mut Vec<String>, parts: &[&str], values: &mut Values) -> io::Result<()> {
        let Some((part, rest)) = parts.split_first() else { return self.all(at, path, values) };
        let names = match *part {
            "*" => at.keys().map_err(failed)?.collect(),
            name => vec![name.to_owned()],
        };
        for name in names {
            let Some(below) = open(at, &name)? else { continue };
            path.push(name);
            self.walk(&below, path, rest, values)?;
            path.pop();
        }
        Ok(())
    }

    fn all(&self, at: &Branch, path: &mut Vec<String>, values: &mut Values) -> io::Result<()> {
        let own = path.get(self.way.len()..).unwrap_or_default();
        for (name, value) in at.values().map_err(failed)? {
            values.insert(Spot::Value(own.to_vec(), name).key(), (value.ty().into(), value.to_vec()));
        }
        for name in at.keys().map_err(failed)? {
            let below = at.open(&name).map_err(failed)?;
            path.push(name);
            self.all(&below, path, values)?;
            path.pop();
        }
        Ok(())
    }

    fn set(&self, key: &Key, value: Option<&(u32, Vec<u8>)>) -> io::Result<()> {
        let Some(Spot::Value(path, name)) = spot(key) else { return Err(odd(format!("{key} is no value's name"))) };
        let path = [self.way.as_slice(), &path].concat().join("\\");
        match value {
            Some((kind, data)) => {
                let branch = self.root.create(path).map_err(failed)?;
                branch.set_bytes(name, Type::from(*kind), data).map_err(failed)
            }
            None => self.root.options().read().write().open(path).map_err(failed)?.remove_value(name).map_err(failed),
        }
    }
}

/// Whether a profile's path, as Windows keeps it, is this home. Of XP it has the drive's name as a variable.
fn is_same(known: &str, home: &Path) -> bool {
    let home = home.to_string_lossy();
    let (drive, below) = home.split_at_checked(2).unwrap_or_default();
    let known = known.trim_end_matches('\\');
    let whole = match known.get(..VARIABLE.len()).filter(|start| start.eq_ignore_ascii_case(VARIABLE)) {
        Some(_) => [drive, known.get(VARIABLE.len()..).unwrap_or_default()].concat(),
        None => known.to_owned(),
    };
    let wanted = [drive, below.trim_end_matches('\\')].concat().replace('/', "\\");
    whole.to_lowercase() == wanted.to_lowercase()
}

const VARIABLE: &str = "%SystemDrive%";

fn odd(what: String) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, what)
}

/// The branches of a part as text; `None` if it isn't loaded.
pub(super) fn read(path: &StorePath) -> io::Result<Option<Vec<u8>>> {
    Part::of(path)?.map(|part| part.read().map(|values| write(&values))).transpose()
}

/// Makes a user's part of the registry say what the text says. What fails half way is taken back.
pub(super) fn publish(path: &StorePath, text: &[u8]) -> io::Result<()> {
    if path.below() == Path::new(MACHINE) {
        return Err(io::Error::new(ErrorKind::PermissionDenied, format!("{MACHINE} is only read")));
    }
    let user = Part::of(path)?.ok_or_else(|| io::Error::new(ErrorKind::NotFound, "the user has logged off meanwhile"))?;
    let (wanted, before) = (values_of(text).map_err(|refusal| odd(refusal.to_string()))?, user.read()?);
    let differs = |key: &&Key| wanted.get(*key) != before.get(*key);
    let keys: BTreeSet<&Key> = wanted.keys().chain(before.keys()).filter(differs).collect();
    for (done, key) in keys.iter().enumerate() {
        if let Err(error) = user.set(key, wanted.get(*key)) {
            // The first failure is what counts; a second one shows when the values are read back.
            keys.iter().take(done).for_each(|key| drop(user.set(key, before.get(*key))));
            return Err(error);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{is_live, is_same, read};
    use crate::home::StorePath;

    #[test]
    fn a_home_is_told_by_its_path() {
        let home = Path::new(r"C:\Users\Ann");
        assert!(is_same(r"c:\users\ann\", home) && is_same(r"%SystemDrive%\Users\Ann", home));
        assert!(!is_same(r"C:\Users\Anna", home) && !is_same("", home) && !is_same(r"%SystemRoot%\Users\Ann", home));
    }

    #[test]
    fn who_has_no_part_of_the_registry_has_no_such_file() {
        let file = StorePath::root(r"C:\Users\nobody at all").join("HKEY_USERS").unwrap();
        assert!(is_live(&file));
        assert_eq!(read(&file).unwrap(), None);
    }

    #[test]
    fn ones_own_part_is_text() {
        let text = read(&StorePath::root(r"C:\").join("HKEY_CURRENT_USER").unwrap()).unwrap().unwrap();
        assert!(text.starts_with(b"live registry 1\n"));
    }
}
