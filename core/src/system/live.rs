//! The registry of the running Windows as a file of its user's home, named `HKEY_CURRENT_USER`: what clients of mail keep
//! in it, as text. Publishing such a file sets and removes the values that differ. Knows the text's grammar, and no client
//! but by the branches that are looked at.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::io;
use std::path::Path;

use windows_registry::{CURRENT_USER, Key as Branch, Type};

use crate::document::Key;
use crate::formats::hive::names::{Spot, spot};
use crate::formats::registry::live::{Values, read as values_of, write};
use crate::home::StorePath;

/// The file's name.
pub(crate) const NAME: &str = "HKEY_CURRENT_USER";

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

/// Whether a path is the live registry's.
pub(super) fn is_live(path: &StorePath) -> bool {
    path.below() == Path::new(NAME)
}

fn failed(error: impl Display) -> io::Error {
    io::Error::other(error.to_string())
}

/// The branches as text.
pub(super) fn read() -> io::Result<Vec<u8>> {
    let mut values = Values::new();
    for branch in BRANCHES {
        let parts: Vec<&str> = branch.split('\\').collect();
        walk(CURRENT_USER, &mut Vec::new(), &parts, &mut values)?;
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
pub(super) fn publish(text: &[u8]) -> io::Result<()> {
    let odd = |what: String| io::Error::new(io::ErrorKind::InvalidData, what);
    let wanted = values_of(text).map_err(|refusal| odd(refusal.to_string()))?;
    let before = values_of(&read()?).map_err(|refusal| odd(refusal.to_string()))?;
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
