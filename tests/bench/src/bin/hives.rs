//! One DWORD of a hive, changed again and again, each time durably: `hives copy|edit FILE COUNT`. Prints the seconds it took.
//! `copy` writes the hive as it is; `edit` opens it, changes the port, and opens what came of it.

use std::fs::{self, File};
use std::path::Path;
use std::time::Instant;

use waxseal::document::{Edit, Key, Raw};
use waxseal::formats::hive;

const PORT: &str =
    "Software/Microsoft/Office/16.0/Outlook/Profiles/Outlook/9375CFF0413111d3B88A00104B2A6676/00000002/@POP3 Port";

fn main() -> std::io::Result<()> {
    let [what, file, count] = std::env::args().skip(1).collect::<Vec<_>>().try_into().expect("hives copy|edit FILE COUNT");
    let count: i64 = count.parse().expect("a number");
    let start = Instant::now();
    for number in 0..count {
        let bytes = fs::read(&file)?;
        let bytes = if what == "copy" { bytes } else { edited(&bytes, 1000 + number) };
        replace(Path::new(&file), &bytes)?;
    }
    println!("{}", start.elapsed().as_secs_f64());
    Ok(())
}

fn edited(bytes: &[u8], port: i64) -> Vec<u8> {
    let edits = [(Key::raw(PORT), Edit::Put(Raw::Int(port)))].into_iter().collect();
    let patch = hive::open(bytes).expect("a hive").render(&edits).expect("a port can be changed");
    let new = patch.apply(bytes);
    assert_eq!(hive::open(&new).expect("a hive").get(&Key::raw(PORT)), Some(Raw::Int(port)));
    new
}

fn replace(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let temp = file.with_extension("tmp");
    fs::write(&temp, bytes)?;
    File::open(&temp)?.sync_all()?;
    fs::rename(&temp, file)?;
    File::open(file.parent().expect("a folder"))?.sync_all()
}
