//! virtualFolders.dat: `key=value` lines; `uri` opens a saved search, which is named by its folder path alone, so that
//! its name stays when its server moves: `Unread/uri`, `Unread/scope`.

use super::{Found, lines, put, text};

pub(super) fn read(bytes: &[u8]) -> Found {
    let mut found = Found::new();
    let mut folder = String::new();
    for line in lines(bytes) {
        let Some(equals) = line.iter().position(|byte| *byte == b'=') else { continue };
        let (key, value) = line.split_at(equals);
        let (key, value) = (String::from_utf8_lossy(key), text(value.get(1..).unwrap_or_default()));
        if key == "uri" {
            let uri = value.as_str().unwrap_or_default();
            let path = uri.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map_or(uri, |(_, path)| path);
            folder = format!("{path}/");
        }
        put(&mut found, &format!("{folder}{key}"), value);
    }
    found
}
