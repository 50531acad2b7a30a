#![no_main]

use waxseal::formats::hive;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    // A wrong checksum would end nearly every run at the door.
    let mut data = data.to_vec();
    let start = 1 + usize::from(data.first().copied().unwrap_or_default() % 32);
    waxseal_fuzz::seal(data.get_mut(start..).unwrap_or_default());
    waxseal_fuzz::check(hive::open, &data, &["A/@x", "A/B/@", "A", "Software/Mail/@x", "\\@k/@v", "x/y", "@"]);
});
