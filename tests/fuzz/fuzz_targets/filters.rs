#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    waxseal_fuzz::check(
        waxseal::formats::filters::open,
        data,
        &["version", "logging", "filter/0/name", "filter/1/name", "filter/1/action/0/name", "filter/0", "x"],
    );
});
