//! Opens and reads the files that `waxseal list` reads, and does nothing with them: `only-read HOMES`.

use std::fs;
use std::path::Path;

use waxseal_bench::{PROFILE, homes};

fn main() -> std::io::Result<()> {
    let below = std::env::args().nth(1).expect("only-read HOMES");
    let mut read = 0;
    for home in homes(Path::new(&below)) {
        read += fs::read_dir(&home)?.count();
        for file in [".thunderbird/profiles.ini", &format!("{PROFILE}/prefs.js"), &format!("{PROFILE}/compatibility.ini")] {
            read += fs::read(home.join(file))?.len();
        }
    }
    println!("{read} bytes and names");
    Ok(())
}
