//! profiles.ini, installs.ini, compatibility.ini: `section/key`.

use super::{Found, lines, put, text};

pub(super) fn read(bytes: &[u8]) -> Found {
    let mut found = Found::new();
    let mut section = String::new();
    for line in lines(bytes) {
        let line = String::from_utf8_lossy(line);
        let line = line.trim();
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = name.to_owned();
        } else if let Some((key, value)) = line.split_once('=').filter(|_| !line.starts_with([';', '#'])) {
            put(&mut found, &format!("{section}/{}", key.trim()), text(value.trim().as_bytes()));
        }
    }
    found
}
