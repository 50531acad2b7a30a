//! `waxseal demo`: the whole job, through the same verbs, on a sample home in a temporary folder, which it removes.

use std::fs;
use std::io::Write;
use std::path::Path;

use crate::args;
use crate::demo::{POLICY, contents, write};
use crate::exit::{DONE, PARTLY, Stop};
use crate::view::style::{BOLD, FAINT};
use anstream::AutoStream;

/// Shows the whole job.
pub(crate) fn run() -> Result<u8, Stop> {
    let world = tempfile::Builder::new().prefix("waxseal-demo-").tempdir().map_err(cannot)?;
    let (home, state, policy) = (world.path().join("rosa"), world.path().join("state"), world.path().join("policy.toml"));
    write(&home).and_then(|()| fs::write(&policy, POLICY)).map_err(cannot)?;
    let before = contents(&home).map_err(cannot)?;
    let [home_, state_, policy_] = [&home, &state, &policy].map(|path| path.to_string_lossy().into_owned());
    let homes = ["--home", &home_, "--os", "linux"];
    let rules = ["--policy", &policy_];
    let journal = ["--state", &state_];

    narrate("A home with one Thunderbird profile: two accounts, both in clear.")?;
    verb(&[&["list"], &homes[..], &journal[..]])?;
    narrate("This policy moves both to a TLS server:")?;
    show(&policy)?;
    narrate("First the change, as a diff. Nothing is written.")?;
    verb(&[&["plan"], &homes[..], &rules[..], &journal[..]])?;
    narrate("Now do it. (On a terminal, without --yes, it asks.)")?;
    verb(&[&["apply"], &homes[..], &rules[..], &journal[..], &["--yes"]])?;
    narrate("A second time, there is nothing left to do.")?;
    verb(&[&["apply"], &homes[..], &rules[..], &journal[..], &["--yes"]])?;
    narrate("The accounts now:")?;
    verb(&[&["list"], &homes[..], &journal[..]])?;
    if contents(&home).map_err(cannot)? == before {
        return Err(Stop::failed("apply changed nothing"));
    }
    narrate("And back.")?;
    verb(&[&["undo"], &journal[..], &["--yes"]])?;
    if contents(&home).map_err(cannot)? != before {
        return Err(Stop::failed("undo left something behind"));
    }
    verb(&[&["log"], &journal[..]])?;
    narrate(&format!("All {} files are, byte for byte, what they were. Removing {}.", before.len(), world.path().display()))?;
    world.close().map_err(cannot)?;
    Ok(DONE)
}

/// Runs a verb as if it had been typed.
fn verb(words: &[&[&str]]) -> Result<(), Stop> {
    let words = words.concat();
    let mut out = AutoStream::auto(std::io::stdout());
    writeln!(out, "{BOLD}$ waxseal {}{BOLD:#}", words.join(" "))?;
    let typed = args::parse(["waxseal"].iter().chain(&words)).map_err(|error| Stop::failed(error.to_string()))?;
    let verb = typed.verb.ok_or_else(|| Stop::failed("no verb"))?;
    match crate::run(&verb)? {
        DONE => Ok(writeln!(out)?),
        code => Err(Stop::failed(format!("waxseal {} ended with {code}", words.first().unwrap_or(&"")))),
    }
}

fn narrate(text: &str) -> Result<(), Stop> {
    Ok(writeln!(AutoStream::auto(std::io::stdout()), "{FAINT}# {text}{FAINT:#}")?)
}

fn show(path: &Path) -> Result<(), Stop> {
    let text = fs::read_to_string(path).map_err(cannot)?;
    let lines: String = text.lines().map(|line| format!("    {line}\n")).collect();
    Ok(writeln!(AutoStream::auto(std::io::stdout()), "{lines}")?)
}

fn cannot(error: std::io::Error) -> Stop {
    Stop::Error { code: PARTLY, message: format!("the sample can't be made: {error}"), hint: None }
}
