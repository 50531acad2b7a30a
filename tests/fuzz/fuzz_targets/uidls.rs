#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    waxseal_fuzz::check(waxseal::formats::uidls::open, data, &["list/0/server", "list/1/server", "list/0/messages", "list", "x"]);
});
