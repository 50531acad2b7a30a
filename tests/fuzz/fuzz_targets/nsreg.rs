#![no_main]

use waxseal::formats::nsreg::Registry;

// Nothing is written: what counts is that links which lead anywhere end.
libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Ok(registry) = Registry::open(data) else { return };
    for (list, entry) in [(&["Users"][..], "ProfileLocation"), (&["Common", "Profiles"], "directory")] {
        for name in registry.keys(list) {
            let _ = registry.text(&[list, &[name.as_str()]].concat(), entry);
        }
    }
});
