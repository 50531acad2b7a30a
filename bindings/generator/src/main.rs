//! Writes the sources of each language from the built library.

fn main() {
    uniffi::uniffi_bindgen_main();
}
