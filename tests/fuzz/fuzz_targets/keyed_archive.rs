#![no_main]

use waxseal::document::{Edit, Edits, Key, Raw, expected};
use waxseal::formats::keyed_archive::{edited, read};

// The first byte says which value changes, and how.
libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((&choice, bytes)) = data.split_first() else { return };
    let Some(before) = read(bytes) else { return };
    let named = |key: &&Key| key.segments().all(|segment| !segment.is_empty());
    let keys: Vec<&Key> = before.keys().filter(named).collect();
    let Some(key) = keys.get(usize::from(choice / 4) % keys.len().max(1)).copied() else { return };
    let edit = match choice % 4 {
        0 => Edit::Remove,
        1 => Edit::Put(Raw::text("text")),
        2 => Edit::Put(Raw::Bool(true)),
        _ => Edit::Put(Raw::Int(i64::from(choice))),
    };
    if let Ok(after) = edited(bytes, key, &edit) {
        let edits = Edits::from([(key.clone(), edit)]);
        assert_eq!(read(&after), Some(expected(before.clone(), &edits)), "{edits:?}");
    }
});
