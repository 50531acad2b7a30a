#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    waxseal_fuzz::check(waxseal::formats::ini::open_kconfig, data, &["A/a", "a/A", "Account: 1/ssl_pop", "n/x=y", "top", "a/b/c", "z~1y/q", "\u{f6}/\u{f6}"]);
});
