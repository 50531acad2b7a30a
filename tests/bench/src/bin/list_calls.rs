//! What one `list` of a home costs a caller of the library, in a process that is warm: `list-calls HOME COUNT`. The same calls over
//! the boundary are in `bindings/python/tests/list_calls.py`.

use std::path::PathBuf;
use std::time::Instant;

use waxseal::discover::{Homes, discover};
use waxseal::home::Home;
use waxseal::system::Disk;

fn main() {
    let [home, count] = std::env::args().skip(1).collect::<Vec<_>>().try_into().expect("list-calls HOME COUNT");
    let count: u32 = count.parse().expect("a number");
    let homes = Homes { homes: vec![Home { path: PathBuf::from(home), os: None, live: false }], clients: Vec::new() };
    let system = Disk::new();
    let start = Instant::now();
    let mut accounts = 0;
    for _ in 0..count {
        for profile in discover(&system, &homes) {
            accounts += waxseal::read(&system, &profile.expect("a profile")).accounts.len();
        }
    }
    println!("{:.0} µs a call, {} accounts", start.elapsed().as_secs_f64() * 1e6 / f64::from(count), accounts / count as usize);
}
