//! The command `waxseal`: reads the command line, runs one verb, ends with its code. What verbs do is in `commands`;
//! what they look like is in `view`.

mod args;
mod commands;
mod csv;
mod demo;
mod exit;
mod homes;
mod interrupt;
mod plan_file;
mod policy;
mod progress;
mod report;
mod say;
mod state;
mod view;

use std::process::ExitCode;

use args::Verb;
use exit::Stop;

/// Reading a home makes and drops thousands of small texts, on every thread.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match args::parse(std::env::args_os()) {
        Ok(cli) => ExitCode::from(end(cli.verb.as_ref().map_or_else(commands::overview::run, run))),
        Err(error) => {
            // A reader that has left is no failure.
            let _ = error.print();
            ExitCode::from(if error.use_stderr() { exit::USAGE } else { exit::DONE })
        }
    }
}

/// Runs one verb; its exit code.
fn run(verb: &Verb) -> Result<u8, Stop> {
    match verb {
        Verb::List(args) => commands::list::run(args),
        Verb::Audit(args) => commands::audit::run(args),
        Verb::Policy(args) => commands::policy::run(args),
        Verb::Plan(args) => commands::plan::run(args),
        Verb::Apply(args) => commands::apply::run(args),
        Verb::Secure(args) => commands::secure::run(args),
        Verb::Undo(args) => commands::undo::run(args),
        Verb::Recover(args) => commands::recover::run(args),
        Verb::Log(args) => commands::log::run(args),
        Verb::Clients(args) => commands::clients::run(args),
        Verb::Export(args) => commands::export::run(args),
        Verb::Forget(args) => commands::forget::run(args),
        Verb::Completions(args) => commands::completions::run(args),
        Verb::Man(args) => commands::man::run(args),
        Verb::Demo => commands::demo::run(),
    }
}

/// Says why a verb stopped, if it did.
fn end(ended: Result<u8, Stop>) -> u8 {
    ended.unwrap_or_else(|stop| {
        say::stop(&stop);
        stop.code()
    })
}
