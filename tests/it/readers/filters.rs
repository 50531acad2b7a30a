//! msgFilterRules.dat: `attr="value"` pairs; `name` opens a filter. Keys are `version`, `NAME/action`,
//! `NAME/actionValue`, `NAME/actionValue#2` …

use super::{Found, put, text};

pub(super) fn read(bytes: &[u8]) -> Found {
    let mut found = Found::new();
    let mut filter = String::new();
    let mut rest = bytes;
    while let Some(equals) = rest.iter().position(|byte| *byte == b'=') {
        let (attr, after) = rest.split_at(equals);
        let attr = String::from_utf8_lossy(attr).trim().to_owned();
        let Some(quoted) = after.strip_prefix(b"=\"") else { return found };
        let mut value = Vec::new();
        let mut bytes = quoted.iter().copied().peekable();
        let mut used = 0;
        while let Some(byte) = bytes.next() {
            used += 1;
            match byte {
                b'\\' if bytes.peek() == Some(&b'"') => {
                    bytes.next();
                    used += 1;
                    value.push(b'"');
                }
                b'"' | b'\r' | b'\n' => break,
                byte => value.push(byte),
            }
        }
        rest = quoted.get(used..).unwrap_or_default();
        let value = text(&value);
        if attr.eq_ignore_ascii_case("name") {
            filter = format!("{}/", value.as_str().unwrap_or_default());
        } else {
            put(&mut found, &format!("{filter}{attr}"), value);
        }
    }
    found
}
