//! `waxseal clients`: what each client can hold, and why not the rest, from the tables that do the work.

use std::io::Write;

use waxseal::client::Client;
use waxseal::clients::CLIENTS;

use crate::args::Clients;
use crate::exit::{DONE, Stop};
use crate::homes;
use crate::view::{self, markdown};

/// Lists clients.
pub(crate) fn run(args: &Clients) -> Result<u8, Stop> {
    if args.markdown {
        std::io::stdout().write_all(markdown::table().as_bytes())?;
        return Ok(DONE);
    }
    let wanted = homes::clients(&args.client)?;
    let mut view = view::on_stdout(&args.output);
    let is_wanted = |client: &&&Client| wanted.is_empty() || wanted.iter().any(|name| name == client.name);
    view.clients(&CLIENTS.iter().filter(is_wanted).copied().collect::<Vec<&Client>>())?;
    view.flush()?;
    Ok(DONE)
}
