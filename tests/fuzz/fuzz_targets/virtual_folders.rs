#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    waxseal_fuzz::check(
        waxseal::formats::virtual_folders::open,
        data,
        &["version", "folder/0/uri", "folder/1/uri", "folder/1/scope", "folder/0/x", "folder/0", "x"],
    );
});
