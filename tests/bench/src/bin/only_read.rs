//! Opens and reads the files that `waxseal list` reads, and does nothing with them: `only-read HOMES`.

use std::fs;
use std::path::Path;

use waxseal_bench::{FILTERS, PREFS, PROFILE, homes};

fn main() -> std::io::Result<()> {
    let below = std::env::args().nth(1).expect("only-read HOMES");
    let mut read = 0;
    for home in homes(Path::new(&below)) {
        read += fs::read_dir(&home)?.count();
        read += fs::read(home.join(".thunderbird/profiles.ini"))?.len();
        for file in [PREFS, "compatibility.ini", FILTERS] {
            read += fs::read(home.join(PROFILE).join(file))?.len();
        }
    }
    println!("{read} bytes and names");
    Ok(())
}
