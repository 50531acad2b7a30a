//! Processes of a home's owner, by name.

use std::os::unix::fs::MetadataExt;

use crate::home::Home;
use crate::system::Running;

/// The longest name that the system keeps of a process, in bytes.
const LONGEST: usize = 15;

/// Whether the home's owner runs a process of one of these names.
pub(super) fn of_owner(home: &Home, names: &[&str]) -> Running {
    match find(home, names) {
        Ok(Some(who)) => Running::Yes(who),
        Ok(None) => Running::No,
        Err(error) => Running::Unknown(format!("the processes can't be listed: {error}")),
    }
}

fn find(home: &Home, names: &[&str]) -> std::io::Result<Option<String>> {
    let owner = std::fs::metadata(&home.path)?.uid();
    for entry in std::fs::read_dir("/proc")? {
        let Ok(entry) = entry else { continue };
        let number = entry.file_name();
        let Some(number) = number.to_str().filter(|name| name.bytes().all(|byte| byte.is_ascii_digit())) else { continue };
        // A process that ends while we look is no process.
        let Ok(comm) = std::fs::read(entry.path().join("comm")) else { continue };
        let name = comm.strip_suffix(b"\n").unwrap_or(&comm);
        if names.iter().any(|wanted| is(name, wanted)) && entry.metadata().is_ok_and(|process| process.uid() == owner) {
            return Ok(Some(format!("{}, process {number}", String::from_utf8_lossy(name))));
        }
    }
    Ok(None)
}

fn is(name: &[u8], wanted: &str) -> bool {
    let wanted = wanted.as_bytes();
    name == wanted.get(..LONGEST).unwrap_or(wanted)
}
