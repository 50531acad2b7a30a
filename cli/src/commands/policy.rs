//! `waxseal policy`: checks a policy before anybody's accounts are looked at; an example; the schema for editors.

use std::io::Write;

use waxseal::policy::{EXAMPLE, Policy as Rules, schema};

use crate::args::{Policy, PolicyCheck};
use crate::exit::{DONE, Stop};
use crate::policy;

/// Checks, or prints.
pub(crate) fn run(args: &Policy) -> Result<u8, Stop> {
    match args {
        Policy::Check(args) => check(args),
        Policy::Example => print(EXAMPLE),
        Policy::Schema => print(&format!("{:#}\n", schema())),
    }
}

fn check(args: &PolicyCheck) -> Result<u8, Stop> {
    let text = policy::text(&args.file, "policy")?;
    let mut rules = Rules::parse(&text).map_err(|error| Stop::wrong(Some(&args.file), error))?;
    rules.users = args.users.as_deref().map(policy::users).transpose()?;
    policy::check(&rules, Some(&args.file))?;
    let mut said = String::new();
    for rule in &rules.rules {
        let which: Vec<String> =
            rule.matches.iter().map(|(what, globs)| format!("{} {}", what.name(), globs.join(" or "))).collect();
        let which = if which.is_empty() { "every account".to_owned() } else { which.join(", ") };
        said += &format!("{}: {which}\n", rule.name);
        for (setting, wanted) in &rule.set {
            said += &format!("  {setting} = {wanted}\n");
        }
    }
    said += &format!("{}: nothing wrong\n", args.file.display());
    print(&said)
}

fn print(text: &str) -> Result<u8, Stop> {
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(DONE)
}
