#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    waxseal_fuzz::check(
        waxseal::formats::filters::open,
        data,
        &["version", "logging", "filter/a/name", "filter/b/name", "filter/b/action/0/name", "filter/a", "x"],
    );
});
