#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    for call in waxseal::formats::prefs::calls(data) {
        assert!(call.name.len() <= 3 * data.len());
    }
});
