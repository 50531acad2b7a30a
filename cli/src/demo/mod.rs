//! The sample home of the demo: a Thunderbird profile with two accounts as people have them, and a policy. Only files.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

macro_rules! sample {
    ($name:literal) => {
        include_bytes!(concat!("../../demo/", $name))
    };
}

const FILES: &[(&str, &[u8])] = &[
    ("profiles.ini", sample!("profiles.ini")),
    ("installs.ini", sample!("installs.ini")),
    ("q3v7k1xd.default-release/compatibility.ini", sample!("profile/compatibility.ini")),
    ("q3v7k1xd.default-release/prefs.js", sample!("profile/prefs.js")),
    ("q3v7k1xd.default-release/logins.json", sample!("profile/logins.json")),
    ("q3v7k1xd.default-release/virtualFolders.dat", sample!("profile/virtualFolders.dat")),
    ("q3v7k1xd.default-release/Mail/pop.example.org/msgFilterRules.dat", sample!("profile/msgFilterRules.dat")),
    ("q3v7k1xd.default-release/Mail/pop.example.org/popstate.dat", sample!("profile/popstate.dat")),
];

/// The policy that the demo applies.
pub(crate) const POLICY: &[u8] = sample!("policy.toml");

/// Writes the sample home.
pub(crate) fn write(home: &Path) -> io::Result<()> {
    for (name, bytes) in FILES {
        let path = home.join(".thunderbird").join(name);
        fs::create_dir_all(path.parent().unwrap_or(home))?;
        fs::write(path, bytes)?;
    }
    Ok(())
}

/// Every file of a folder, and its bytes; lock files aside, which stay.
pub(crate) fn contents(folder: &Path) -> io::Result<BTreeMap<PathBuf, Vec<u8>>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name().is_some_and(|name| name != ".parentlock") {
                let bytes = fs::read(&path)?;
                found.insert(path, bytes);
            }
        }
    }
    Ok(found)
}
