#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    waxseal_fuzz::check(
        waxseal::formats::signons::open,
        data,
        &["login/0", "login/1/hostname", "login/1/httpRealm", "login", "x"],
    );
});
