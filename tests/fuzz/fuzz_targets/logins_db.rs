#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    waxseal_fuzz::check(
        waxseal::formats::logins_db::open,
        data,
        &["logins/id=1/hostname", "logins/id=1", "logins/id=4", "logins/id=4/guid", "nextId", "x"],
    );
});
