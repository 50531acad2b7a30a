//! The registry of the running Windows as files of its user's home: `HKEY_CURRENT_USER`, what clients of mail keep in it, as
//! text, and `HKEY_LOCAL_MACHINE`, what is said there for all users. Publishing the first sets and removes the values that
//! differ; the second is only read. Knows the text's grammar, and no client but by the branches that are looked at.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::io;
use std::path::Path;

use windows_registry::{CURRENT_USER, Key as Branch, LOCAL_MACHINE, Type};

use crate::document::Key;
use crate::formats::hive::names::{Spot, spot};
use crate::formats::registry::live::{Values, read as values_of, write};
use crate::home::StorePath;

/// The file's name.
pub(crate) const NAME: &str = "HKEY_CURRENT_USER";
/// The name of the one for all users.
const MACHINE: &str = "HKEY_LOCAL_MACHINE";

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
    [NAME, MACHINE].iter().any(|name| path.below() == Path::new(name))
}

fn failed(error: impl Display) -> io::Error {
    io::Error::other(error.to_string())
}

/// The branches as text.
pub(super) fn read(path: &StorePath) -> io::Result<Vec<u8>> {
    match path.below() == Path::new(MACHINE) {
        true => text(LOCAL_MACHINE, BRANCHES_OF_ALL),
        false => text(CURRENT_USER, BRANCHES),
    }
}

fn text(root: &Branch, branches: &[&str]) -> io::Result<Vec<u8>> {
    let mut values = Values::new();
    for branch in branches {
        let parts: Vec<&str> = branch.split('\\').collect();
        walk(root, &mut Vec::new(), &parts, &mut values)?;
    }
    Ok(write(&values))
}

/// Goes down the parts of a branch, then into all below it.
fn walk(at: &Branch, path: &mut Vec<String>, parts: &[&str], values: &mut Values) -> io::Result<()> {
    let Some((part, rest)) = parts.split_first() else { return all(at, path, values) };
    let names = match *part {
        "*" => at.keys().map_err(failed)?.collect(),
        name => vec![name.to_owned()],
    };
    for name in names {
        let Ok(below) = at.open(&name) else { continue };
        path.push(name);
        walk(&below, path, rest, values)?;
        path.pop();
    }
    Ok(())
}

fn all(at: &Branch, path: &mut Vec<String>, values: &mut Values) -> io::Result<()> {
    for (name, value) in at.values().map_err(failed)? {
        let key = Spot::Value(path.clone(), name).key();
        values.insert(key, (value.ty().into(), value.to_vec()));
    }
    for name in at.keys().map_err(failed)? {
        let below = at.open(&name).map_err(failed)?;
        path.push(name);
        all(&below, path, values)?;
        path.pop();
    }
    Ok(())
}

/// Makes the registry say what the text says. What fails half way is taken back.
pub(super) fn publish(path: &StorePath, new: &[u8]) -> io::Result<()> {
    let odd = |what: String| io::Error::new(io::ErrorKind::InvalidData, what);
    if path.below() != Path::new(NAME) {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, format!("{MACHINE} is only read")));
    }
    let wanted = values_of(new).map_err(|refusal| odd(refusal.to_string()))?;
    let before = values_of(&read(path)?).map_err(|refusal| odd(refusal.to_string()))?;
    let differs = |key: &&Key| wanted.get(*key) != before.get(*key);
    let keys: BTreeSet<&Key> = wanted.keys().chain(before.keys()).filter(differs).collect();
    for (done, key) in keys.iter().enumerate() {
        if let Err(error) = set(key, wanted.get(*key)) {
            // The first failure is what counts; a second one shows when the values are read back.
            keys.iter().take(done).for_each(|key| drop(set(key, before.get(*key))));
            return Err(error);
        }
    }
    Ok(())
}

fn set(key: &Key, value: Option<&(u32, Vec<u8>)>) -> io::Result<()> {
    let Some(Spot::Value(path, name)) = spot(key) else {
        return Err(io::Error::new(io::ErrorKind::InvalidData, format!("{key} is no value's name")));
    };
    let path = path.join("\\");
    match value {
        Some((kind, data)) => {
            let branch = CURRENT_USER.create(path).map_err(failed)?;
            branch.set_bytes(name, Type::from(*kind), data).map_err(failed)
        }
        None => CURRENT_USER.options().read().write().open(path).map_err(failed)?.remove_value(name).map_err(failed),
    }
}
