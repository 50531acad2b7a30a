#![no_main]

use waxseal::formats::hive;

// Two bytes say in units of 512 how long the hive and the first log are; the second log follows.
libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let [hive, log, rest @ ..] = data else { return };
    let (hive, rest) = rest.split_at((usize::from(*hive) * 512).min(rest.len()));
    let (first, second) = rest.split_at((usize::from(*log) * 512).min(rest.len()));
    let Ok(clean) = hive::replay(hive, &[first, second]) else { return };
    assert!(!hive::is_dirty(&clean));
    let opened = hive::open(&clean).map(|document| document.entries());
    let with_logs = hive::open_with_logs(hive, &[first, second]).map(|document| document.entries());
    assert_eq!(opened.ok(), with_logs.ok());
});
