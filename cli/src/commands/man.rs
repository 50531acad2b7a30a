//! `waxseal man`: manual pages, made of the same command line that is accepted.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use clap::Command;
use clap_mangen::Man as Page;

use crate::args::{self, Man};
use crate::exit::{DONE, Stop, words};
use crate::say;

/// Prints one, or writes all.
pub(crate) fn run(args: &Man) -> Result<u8, Stop> {
    let pages = pages(args::command());
    if let Some(folder) = &args.dir {
        write(folder, pages)
            .map_err(|error| Stop::failed(format!("{}: the pages can't be written: {}", folder.display(), words(&error))))?;
        return Ok(DONE);
    }
    let wanted = args.verb.as_ref().map_or("waxseal".to_owned(), |verb| format!("waxseal-{}", verb.replace(' ', "-")));
    let known: Vec<String> = pages.iter().map(|page| name(page).to_owned()).collect();
    match pages.into_iter().find(|page| name(page) == wanted) {
        Some(page) => Ok(Page::new(page).render(&mut io::stdout()).map(|()| DONE)?),
        None => Err(Stop::usage(format!("there is no page {wanted}"), format!("known: {}", known.join(", ")))),
    }
}

fn write(folder: &Path, pages: Vec<Command>) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    for page in pages {
        let path = folder.join(format!("{}.1", name(&page)));
        let mut file = fs::File::create(&path)?;
        Page::new(page).render(&mut file)?;
        file.flush()?;
        say::note(&format!("wrote {}", path.display()));
    }
    Ok(())
}

/// The command and each of its verbs; building it gives every one the name of its page and the whole of its usage.
fn pages(command: Command) -> Vec<Command> {
    let mut command = command.disable_help_subcommand(true);
    command.build();
    let mut found = Vec::new();
    gather(&command, &mut found);
    found
}

fn gather(command: &Command, found: &mut Vec<Command>) {
    found.push(command.clone().version(env!("CARGO_PKG_VERSION")));
    command.get_subcommands().for_each(|below| gather(below, found));
}

fn name(page: &Command) -> &str {
    page.get_display_name().unwrap_or(page.get_name())
}
