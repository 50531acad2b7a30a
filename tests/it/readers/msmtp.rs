//! msmtprc and mpoprc: `keyword value`, in sections. Keys are `account=NAME/keyword`, `defaults/keyword`,
//! `defaults=2/keyword`; of two lines for one the last counts. An account that is there
//! again is `account=NAME#2`.

use std::collections::BTreeMap;

use super::{Found, text};

pub(super) fn read(bytes: &[u8]) -> Found {
    let mut found = Found::new();
    let mut section = "account=default".to_owned();
    let (mut seen, mut defaults) = (BTreeMap::new(), 0);
    for line in bytes.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line).trim_ascii();
        let length = line.iter().position(|byte| matches!(byte, b' ' | b'\t')).unwrap_or(line.len());
        let (keyword, value) = (&line[..length], unquoted(line[length..].trim_ascii()));
        match keyword {
            [] | [b'#', ..] => {}
            b"defaults" => {
                defaults += 1;
                section = if defaults == 1 { "defaults".to_owned() } else { format!("defaults={defaults}") };
            }
            b"account" => {
                let value = String::from_utf8_lossy(value);
                let name = value.split(':').next().unwrap_or_default().trim();
                let name = String::from_utf8_lossy(unquoted(name.as_bytes())).replace('~', "~0").replace('/', "~1");
                let count = seen.entry(name.clone()).and_modify(|count| *count += 1).or_insert(1);
                section = if *count == 1 { format!("account={name}") } else { format!("account={name}#{count}") };
            }
            keyword => {
                found.insert(format!("{section}/{}", String::from_utf8_lossy(keyword)), text(value));
            }
        }
    }
    found
}

fn unquoted(value: &[u8]) -> &[u8] {
    match value {
        [b'"', inner @ .., b'"'] => inner,
        value => value,
    }
}
