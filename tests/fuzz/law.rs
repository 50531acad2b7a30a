//! The law that every format keeps, for bytes and edits that a fuzzer makes up: no edit changes nothing, what comes back
//! is what was there plus the edits, and taking it back restores every byte.

use waxseal::document::{Document, Edit, Edits, Key, Open, Raw, expected};

/// Checks the law; the first byte says how many of the next are for edits, the rest is the store.
///
/// # Panics
/// Where the law is broken.
pub fn check(open: Open, data: &[u8], new_keys: &[&str]) {
    let Some((&length, rest)) = data.split_first() else { return };
    let (choices, bytes) = rest.split_at(usize::from(length % 32).min(rest.len()));
    let Ok(document) = open(bytes) else { return };
    let entries = document.entries();
    assert!(document.render(&Edits::new()).expect("no edits are never refused").is_empty());
    assert_eq!(document.keys(""), entries.keys().cloned().collect::<Vec<_>>());
    let same = entries.iter().map(|(key, raw)| (key.clone(), Edit::Put(raw.clone()))).collect();
    assert!(document.render(&same).expect("the same raws are never refused").is_empty());
    let edits = edits(&*document, choices, new_keys);
    let Ok(patch) = document.render(&edits) else { return };
    let changed = patch.apply(bytes);
    let reopened = open(&changed).expect("an edited store opens");
    assert_eq!(reopened.entries(), expected(entries, &edits), "{edits:?}\n{:?}", String::from_utf8_lossy(&changed));
    assert_eq!(patch.invert(bytes).apply(&changed), bytes, "{edits:?}");
}

/// Three bytes an edit: of which key, what, and with which value.
fn edits(document: &dyn Document, choices: &[u8], new_keys: &[&str]) -> Edits {
    let known = document.keys("");
    let key = |choice: u8| {
        let at = usize::from(choice) % (known.len() + new_keys.len()).max(1);
        known.get(at).cloned().unwrap_or_else(|| document.canonical(&Key::raw(new_keys[at - known.len()])))
    };
    let edit = |choice: &[u8]| {
        let edit = match choice[1] % 8 {
            0 => Edit::Remove,
            1 => Edit::CopyOf(key(choice[2])),
            2 => Edit::Put(Raw::Bool(choice[2] % 2 == 0)),
            3 => Edit::Put(Raw::Int(i64::from(choice[2]) - 128)),
            4 => Edit::Put(Raw::Bytes(vec![0xF6, choice[2]])),
            5 => Edit::Put(Raw::Text(format!("a\"'\\{}", char::from(choice[2])))),
            6 => Edit::Put(Raw::Other { tag: 3, bytes: b"{}".into() }),
            _ => Edit::Put(Raw::Text("text".into())),
        };
        (key(choice[0]), edit)
    };
    choices.chunks_exact(3).map(edit).collect()
}

/// Makes the base block of a hive one that opens: equal sequence numbers, the right checksum.
pub fn seal(hive: &mut [u8]) {
    if hive.len() < 512 {
        return;
    }
    hive.copy_within(4..8, 8);
    let words = hive[..508].chunks_exact(4).map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]]));
    let sum = match words.fold(0, |sum, word| sum ^ word) {
        0 => 1,
        u32::MAX => u32::MAX - 1,
        sum => sum,
    };
    hive[508..512].copy_from_slice(&sum.to_le_bytes());
}
