#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    waxseal_fuzz::check(waxseal::formats::popstate::open, data, &["server/0", "server/1", "server/0/uidls", "server", "x"]);
});
