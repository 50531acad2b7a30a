//! Outlook's send/receive settings (`.srs`, reference: windows, section 6): a compound file with a stream for each group,
//! of which the group of all accounts is known. Its four fields are overwritten where they stand, nothing else. Knows no
//! client.

mod compound;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::ops::Range;

use crate::document::{Document, Edit, Edits, Key, Raw, Refusal, expected};
use crate::patch::{Patch, Splice};

/// The stream of the group of all accounts: its name, as far as a directory holds it.
const STREAM: &str = "GUID|{8300BC40-7170-4328-A63D~1";
/// The same name in full, as the stream itself has it.
const NAME: &str = "GUID|{8300BC40-7170-4328-A63D-8CD77F8CDB22}";
const GUID: [u8; 16] = [0x40, 0xBC, 0x00, 0x83, 0x70, 0x71, 0x28, 0x43, 0xA6, 0x3D, 0x8C, 0xD7, 0x7F, 0x8C, 0xDB, 0x22];

/// The largest file that is read, in bytes: known ones have a few thousand.
const LARGEST: usize = 4 << 20;

/// What stands before the fields.
const HEAD: usize = 112;
/// The fields: key, offset in the stream, length.
const FIELDS: [(&str, usize, usize); 4] = [
    ("All Accounts/scheduled", 114, 1),
    ("All Accounts/minutes", 115, 4),
    ("All Accounts/offline scheduled", 120, 1),
    ("All Accounts/offline minutes", 121, 4),
];

/// Opens send/receive settings.
///
/// # Errors
/// What is no compound file, has no group of all accounts, or has it in a layout that is not known.
pub fn open(bytes: &[u8]) -> Result<Box<dyn Document>, Refusal> {
    if bytes.len() > LARGEST {
        return Err(Refusal::new(format!("expected at most {LARGEST} bytes of send/receive settings, found {}", bytes.len())));
    }
    let places = compound::stream(bytes, STREAM)?;
    let byte = |at: usize| places.get(at).and_then(|at| bytes.get(*at)).copied();
    let known = head();
    if (0..HEAD).any(|at| byte(at) != known.get(at).copied()) {
        return Err(Refusal::new("the group of all accounts is in a layout that is not known"));
    }
    let mut fields = BTreeMap::new();
    for (key, at, length) in FIELDS {
        let here: Option<Vec<u8>> = (at..at + length).map(byte).collect();
        let here = here.ok_or_else(|| Refusal::new("the group of all accounts is cut short"))?;
        let number = here.iter().rev().fold(0, |sum, byte| sum << 8 | i64::from(*byte));
        let spans = places.get(at..at + length).unwrap_or_default().to_vec();
        fields.insert(Key::raw(key), (Raw::Int(number), spans));
    }
    Ok(Box::new(Srs {
        bytes: bytes.into(),
        entries: fields.iter().map(|(key, (raw, _))| (key.clone(), raw.clone())).collect(),
        fields,
    }))
}

/// The bytes before the fields: a number, the length of the name and the name, the group's id.
fn head() -> Vec<u8> {
    let name: Vec<u8> = NAME.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect();
    [&[1, 0, 0, 0, 0x2C, 0, 0, 0], name.as_slice(), &GUID].concat()
}

/// Send/receive settings, opened: each field with its number and the places of its bytes.
struct Srs {
    bytes: Box<[u8]>,
    entries: BTreeMap<Key, Raw>,
    fields: BTreeMap<Key, (Raw, Vec<usize>)>,
}

impl Document for Srs {
    crate::formats::looked_up!(entries);

    fn render(&self, edits: &Edits) -> Result<Patch, Refusal> {
        let mut splices = Vec::new();
        for (key, edit) in edits {
            let Some((_, places)) = self.fields.get(key) else {
                return Err(Refusal::new(format!("send/receive settings have no place for {key}")));
            };
            let largest = (1_i64 << (8 * places.len())) - 1;
            let number = match edit {
                Edit::Put(Raw::Int(number)) if (0..=largest).contains(number) => *number,
                _ => return Err(Refusal::new(format!("{key} holds a number from 0 to {largest}, and can't be removed"))),
            };
            for (at, new) in places.iter().zip(number.to_le_bytes()) {
                let range: Range<usize> = *at..*at + 1;
                if self.bytes.get(*at) != Some(&new) {
                    splices.push(Splice::new(range, [new]));
                }
            }
        }
        splices.sort_by_key(|splice| splice.range.start);
        let patch =
            Patch::new(splices).map_err(|splice| Refusal::new(format!("two edits meet at byte {}", splice.range.start)))?;
        // In a broken file the fields can lie in its own tables.
        match open(&patch.apply(&self.bytes))?.entries() == expected(self.entries(), edits) {
            true => Ok(patch),
            false => Err(Refusal::new("the file's tables lie in the fields themselves")),
        }
    }
}
