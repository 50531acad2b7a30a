//! `waxseal completions`: what a shell needs to complete the command line.

use std::io::Write;

use crate::args::{self, Completions};
use crate::exit::{DONE, Stop};

/// Prints them.
pub(crate) fn run(args: &Completions) -> Result<u8, Stop> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut args::command(), "waxseal", &mut text);
    std::io::stdout().write_all(&text)?;
    Ok(DONE)
}
