#![no_main]

use waxseal::formats::registry;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((&length, rest)) = data.split_first() else { return };
    let (choices, rest) = rest.split_at(usize::from(length % 32).min(rest.len()));
    let text = [&[length], choices, b"live registry 1\n", rest].concat();
    waxseal_fuzz::check(registry::open, &text, &["A/@x", "A/b/@", "a", "Software/@%", "@"]);
});
