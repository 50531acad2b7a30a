#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    waxseal_fuzz::check(
        |bytes| waxseal::formats::plist::open_with(bytes, &[("a", &["id", "n"])]),
        data,
        &["a", "a/b", "a/id=7", "a/id=7/id", "a/n=1", "x~1y", "a/0", "b/c/d"],
    );
});
