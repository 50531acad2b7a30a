//! Reads Outlook's send/receive settings by the crate `cfb`: the fields of the group of all accounts, and every stream
//! with those blanked.

use std::io::{Cursor, Read};

use libtest_mimic::Failed;
use toml::Value;

use super::Found;

pub(crate) fn read(bytes: &[u8]) -> Result<Found, Failed> {
    let mut file = cfb::CompoundFile::open(Cursor::new(bytes.to_vec()))?;
    let names: Vec<String> =
        file.walk().filter(cfb::Entry::is_stream).map(|entry| entry.path().to_string_lossy().into_owned()).collect();
    let mut found = Found::new();
    for name in names {
        let mut content = Vec::new();
        file.open_stream(&name)?.read_to_end(&mut content)?;
        if name.contains("{8300BC40") {
            let number =
                |at: usize| i64::from(u32::from_le_bytes([content[at], content[at + 1], content[at + 2], content[at + 3]]));
            found.insert("scheduled".to_owned(), Value::Integer(content[114].into()));
            found.insert("minutes".to_owned(), Value::Integer(number(115)));
            content[114..119].fill(0);
        }
        found.insert(name, Value::String(content.iter().map(|byte| format!("{byte:02x}")).collect()));
    }
    Ok(found)
}
