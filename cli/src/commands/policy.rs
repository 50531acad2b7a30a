//! `waxseal policy`: checks a policy before anybody's accounts are looked at; an example; the schema for editors.

use std::io::Write;

use waxseal::policy::{EXAMPLE, schema};

use crate::args::{Policy, PolicyCheck};
use crate::exit::{DONE, Stop};
use crate::policy;
use crate::view::style::clean;

/// Checks, or prints.
pub(crate) fn run(args: &Policy) -> Result<u8, Stop> {
    match args {
        Policy::Check(args) => check(args),
        Policy::Example => print(EXAMPLE),
        Policy::Schema => print(&format!("{:#}\n", schema())),
    }
}

fn check(args: &PolicyCheck) -> Result<u8, Stop> {
    let rules = policy::of_file(&args.file, args.users.as_deref(), |_| {})?;
    let mut said = String::new();
    for rule in &rules.rules {
        let which: Vec<String> =
            rule.matches.iter().map(|(what, globs)| format!("{} {}", what.name(), globs.join(" or "))).collect();
        let which = if which.is_empty() { "every account".to_owned() } else { which.join(", ") };
        said += &clean(&format!("{}: {which}", rule.name));
        said.push('\n');
        for (setting, wanted) in &rule.set {
            said += &clean(&format!("  {setting} = {wanted}"));
            said.push('\n');
        }
    }
    said += &clean(&format!("{}: nothing wrong", args.file.display()));
    said.push('\n');
    print(&said)
}

fn print(text: &str) -> Result<u8, Stop> {
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(DONE)
}
