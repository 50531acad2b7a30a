//! The policy that the command line asks for: a file, then `--set`, and what is allowed. Checked before anything is read.

use std::fs;

use waxseal::policy::{Allow, Policy, PolicyError, Probe};

use crate::args::{Accounts, Rules, Shared};
use crate::exit::{Stop, USAGE};

/// The policy of the command line.
pub(crate) fn from(rules: &Rules, accounts: &Accounts) -> Result<Policy, Stop> {
    if rules.policy.is_none() && rules.set.is_empty() {
        return Err(Stop::usage("nothing to set", "give a policy with --policy FILE, or settings with --set NAME=VALUE"));
    }
    if rules.probe.is_some() && rules.set.is_empty() {
        return Err(Stop::usage(
            "--probe is about servers that --set names",
            "a policy's rules say it themselves: probe = \"off\"",
        ));
    }
    let allow =
        Allow { deletion: rules.allow_deletion, insecure: rules.allow_insecure, shared: rules.shared == Some(Shared::Change) };
    let mut policy = Policy { allow, only: accounts.account.clone(), ..Policy::default() };
    if let Some(path) = &rules.policy {
        let within = |error: PolicyError| Stop::Error {
            code: USAGE,
            message: format!("{}: {}", path.display(), error.message),
            hint: error.hint,
        };
        let text = fs::read_to_string(path).map_err(|error| {
            Stop::usage(format!("{}: the policy can't be read: {error}", path.display()), "name a policy file")
        })?;
        policy.rules = Policy::parse(&text).map_err(within)?.rules;
        policy.check(false).map_err(within)?;
    }
    let mut typed = Policy { allow, ..Policy::default() };
    for assignment in &rules.set {
        typed.set(assignment)?;
    }
    for rule in &mut typed.rules {
        rule.probe = rules.probe.unwrap_or(Probe::Required);
    }
    typed.check(false)?;
    policy.rules.append(&mut typed.rules);
    Ok(policy)
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use waxseal::policy::Policy;

    use crate::args::{Cli, Verb};
    use crate::exit::Stop;

    fn policy(flags: &[&str]) -> Result<Policy, Stop> {
        let cli = Cli::try_parse_from(["waxseal", "plan"].iter().chain(flags)).unwrap();
        let Verb::Plan(plan) = cli.verb else { panic!("not a plan") };
        super::from(&plan.rules, &plan.accounts)
    }

    fn message(flags: &[&str]) -> String {
        match policy(flags) {
            Err(Stop::Error { code: 2, message, hint }) => format!("{message} / {}", hint.unwrap_or_default()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_typed_comes_after_the_file() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "[[rule]]\nname = \"--set\"\nset.check.every_minutes = 5\n").unwrap();
        let path = file.path().to_str().unwrap();
        let policy = policy(&["--policy", path, "--set", "check.every_minutes=10", "--account", "*@a.example"]).unwrap();
        assert_eq!(policy.rules.len(), 2);
        assert_eq!(policy.only, ["*@a.example"]);
    }

    #[test]
    fn a_server_is_proven_or_nobody_asks_it() {
        assert!(message(&["--set", "incoming.host=a.example"]).contains("add --probe off"));
        assert!(policy(&["--set", "incoming.host=a.example", "--probe", "off"]).is_ok());
        assert!(policy(&["--set", "check.every_minutes=10"]).is_ok());
    }

    #[test]
    fn nothing_to_set_and_names_that_do_not_exist_are_said() {
        assert!(message(&[]).starts_with("nothing to set"));
        assert!(message(&["--policy", "x", "--probe", "off"]).contains("probe = \"off\""));
        assert!(message(&["--set", "incoming.prot=1"]).contains("did you mean incoming.port?"));
        assert!(message(&["--policy", "no/such/file"]).starts_with("no/such/file: the policy can't be read"));
    }
}
