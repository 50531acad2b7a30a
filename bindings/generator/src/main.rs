//! Writes the sources of each language from the built library, then mends what uniffi's own generator leaves to be wished.

mod mend;

use std::path::{Path, PathBuf};
use std::{env, fs, io, process};

fn main() {
    uniffi::uniffi_bindgen_main();
    let words: Vec<String> = env::args().collect();
    let after = |names: [&str; 2]| {
        let at = words.iter().position(|word| names.contains(&word.as_str()));
        at.and_then(|at| words.get(at + 1))
    };
    let Some(folder) = after(["--out-dir", "-o"]) else { return };
    if let Err(error) = all_below(Path::new(folder)) {
        eprintln!("{folder}: {error}");
        process::exit(1);
    }
}

fn all_below(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            all_below(&path)?;
        } else {
            one(path)?;
        }
    }
    Ok(())
}

fn one(path: PathBuf) -> io::Result<()> {
    let how = match path.extension().and_then(|extension| extension.to_str()) {
        Some("kt") => mend::kotlin,
        Some("swift") => mend::swift,
        Some("py") => mend::python,
        _ => return Ok(()),
    };
    let text = fs::read_to_string(&path)?;
    let mended = how(&text).map_err(|what| io::Error::other(format!("the generator does not write {what:?} any more")))?;
    fs::write(path, mended)
}
