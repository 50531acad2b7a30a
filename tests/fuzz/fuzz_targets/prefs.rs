#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    waxseal_fuzz::check(waxseal::formats::prefs::open, data, &["a", "mail.server.server1.port", "x~1y", "x/y", "zz", "\u{f6}"]);
});
