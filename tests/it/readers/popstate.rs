//! popstate.dat: `*host user`, then `state uidl time` for each message seen. Keys are `server` and `uidl/ID`.

use super::{Found, lines, put, text};

pub(super) fn read(bytes: &[u8]) -> Found {
    let mut found = Found::new();
    for line in lines(bytes).filter(|line| !line.is_empty() && !line.starts_with(b"#")) {
        if let Some(server) = line.strip_prefix(b"*") {
            put(&mut found, "server", text(server));
            continue;
        }
        let mut words = line.split(|byte| *byte == b' ');
        let (state, id) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let rest = [state, words.next().unwrap_or_default()].join(&b' ');
        put(&mut found, &format!("uidl/{}", String::from_utf8_lossy(id)), text(&rest));
    }
    found
}
