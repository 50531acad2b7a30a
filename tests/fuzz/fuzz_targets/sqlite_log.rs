#![no_main]

// Two bytes for the length of the database's own file; the log follows it.
libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((length, rest)) = data.split_first_chunk::<2>() else { return };
    let (main, log) = rest.split_at(usize::from(u16::from_be_bytes(*length)).min(rest.len()));
    let Ok(image) = waxseal::formats::sqlite::fold(main, &[Some(log), None, None]) else { return };
    assert!(image.len() <= main.len() + 2 * log.len() + 65_536);
    let _ = waxseal::formats::accounts_db::open(&image);
});
