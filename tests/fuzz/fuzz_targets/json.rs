#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    waxseal_fuzz::check(
        waxseal::formats::json::open_logins,
        data,
        &["a", "a/b", "logins/id=7", "logins/id=7/id", "logins/id=1", "x~1y", "logins/0", ""],
    );
});
