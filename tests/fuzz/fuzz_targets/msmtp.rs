#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    waxseal_fuzz::check(
        waxseal::formats::msmtp::open,
        data,
        &["account=a/tls", "account=default/host", "defaults/auth", "defaults=2/x", ":accounts", "account=a/:inherits", "x"],
    );
});
