//! The registry behind whichever door: a hive, registry text, or the registry of a running Windows. All have one key
//! space, so that a client's table never knows which of them is open.

pub(crate) mod live;

use super::{hive, reg};
use crate::document::{Document, Refusal};

/// Opens a hive or registry text.
///
/// # Errors
/// What is neither, or is not whole.
pub fn open(bytes: &[u8]) -> Result<Box<dyn Document>, Refusal> {
    match bytes {
        [b'r', b'e', b'g', b'f', ..] => hive::open(bytes),
        [b'C', b'R', b'E', b'G', ..] => Err(Refusal::new("found a registry of Windows 95, 98 or Me, expected one of Windows NT")),
        _ if bytes.starts_with(live::FIRST.as_bytes()) => live::open(bytes),
        _ if starts_as_text(bytes) => reg::open(bytes),
        _ => Err(Refusal::new("expected a registry hive or registry text, found something else")),
    }
}

/// Whether there is text at the start, in whatever characters.
fn starts_as_text(bytes: &[u8]) -> bool {
    let words: Vec<u8> = bytes.iter().copied().take(256).filter(u8::is_ascii_alphabetic).collect();
    [b"REGEDIT".as_slice(), b"Windows"].iter().any(|word| words.starts_with(word))
}

#[cfg(test)]
mod tests {
    use super::open;
    use crate::document::{Key, Raw};

    #[test]
    fn a_registry_is_told_by_its_first_bytes() {
        let text = open(b"REGEDIT4\r\n\r\n[HKEY_CURRENT_USER\\A]\r\n\"b\"=dword:00000001\r\n").unwrap();
        assert_eq!(text.get(&Key::raw("A/@b")), Some(Raw::Int(1)));
        let refused = |bytes: &[u8]| open(bytes).err().map(|refusal| refusal.message).unwrap_or_default();
        assert!(refused(b"CREG\0\0\x01\0").contains("Windows 95"), "{}", refused(b"CREG"));
        assert!(refused(b"regf").contains("found"), "{}", refused(b"regf"));
    }
}
