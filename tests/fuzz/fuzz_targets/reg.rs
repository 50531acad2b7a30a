#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    waxseal_fuzz::check(
        waxseal::formats::reg::open,
        data,
        &["A/@x", "A/B/@", "A", "Software/Mail/@x", "\\HKEY_USERS/S/@v", "\\@k/@v", "x/y", "@"],
    );
});
