#![no_main]

use waxseal::formats::srs;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    waxseal_fuzz::check(srs::open, data, &["All Accounts/minutes", "All Accounts/scheduled", "x"]);
});
