//! The policy that the command line asks for: a file, then `--set`, and what is allowed. Checked before anything is read.

use std::fs;
use std::path::Path;

use waxseal::clients::CLIENTS;
use waxseal::policy::{Allow, Fault, Policy, Probe, Users};

use crate::args::{Accounts, Rules, Shared};
use crate::exit::{Stop, named, words};

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
    let mut policy = Policy { allow: allow(rules), only: accounts.account.clone(), ..Policy::default() };
    policy.users = rules.users.as_deref().map(users).transpose()?;
    let (mut typed, mut faults) = (Policy::default(), Vec::new());
    for assignment in &rules.set {
        faults.extend(typed.set(assignment).err().into_iter().flat_map(|error| error.faults));
    }
    if let Some(path) = &rules.policy {
        let (read, wrong) = Policy::read(&text(path, "policy")?);
        policy.rules = read.rules;
        faults.extend(named(path, wrong));
    }
    for rule in &mut typed.rules {
        rule.probe = rules.probe.unwrap_or(Probe::Required);
        // A rule of the file may be called so too; what is typed is a rule of its own.
        if policy.rules.iter().any(|known| known.name == rule.name) {
            rule.name += " (typed)";
        }
    }
    policy.rules.append(&mut typed.rules);
    settled(policy, faults, rules.policy.as_deref())
}

/// The policy of the command line, which may be none at all.
pub(crate) fn on_top(rules: &Rules, accounts: &Accounts) -> Result<Policy, Stop> {
    match rules.policy.is_none() && rules.set.is_empty() {
        true => Ok(Policy { only: accounts.account.clone(), ..Policy::default() }),
        false => from(rules, accounts),
    }
}

/// A policy that is only compared with: no server has to be proven for that.
pub(crate) fn to_audit(path: &Path, table: Option<&Path>) -> Result<Policy, Stop> {
    of_file(path, table, |policy| policy.rules.iter_mut().for_each(|rule| rule.probe = Probe::Off))
}

/// The policy of a file, as it is after a change, with nothing wrong in it.
pub(crate) fn of_file(path: &Path, table: Option<&Path>, change: impl Fn(&mut Policy)) -> Result<Policy, Stop> {
    let (mut policy, faults) = Policy::read(&text(path, "policy")?);
    policy.users = table.map(users).transpose()?;
    change(&mut policy);
    settled(policy, named(path, faults).collect(), Some(path))
}

/// Looks for what can't be, and says it together with the faults that are known. Those without a place are of what is typed as
/// well as of the file, unless they name it.
pub(crate) fn settled(policy: Policy, known: Vec<Fault>, path: Option<&Path>) -> Result<Policy, Stop> {
    let clients: Vec<&str> = CLIENTS.iter().map(|client| client.name).collect();
    let settled = policy.settled(known, false, &clients);
    settled.map_err(|error| Stop::Policy { path: path.map(Path::to_owned), faults: error.faults })
}

/// The users' file.
pub(crate) fn users(path: &Path) -> Result<Users, Stop> {
    Users::parse(&text(path, "users file")?).map_err(|error| Stop::wrong(path, error))
}

/// A file's text.
pub(crate) fn text(path: &Path, what: &str) -> Result<String, Stop> {
    let bytes = fs::read(path).map_err(|error| {
        Stop::usage(format!("{}: the {what} can't be read: {}", path.display(), words(&error)), "check the file's name")
    })?;
    String::from_utf8(bytes).map_err(|error| {
        let line = error.as_bytes().iter().take(error.utf8_error().valid_up_to()).filter(|byte| **byte == b'\n').count() + 1;
        Stop::usage(format!("{} line {line}: the {what} is not UTF-8", path.display()), "save it as UTF-8")
    })
}

fn allow(rules: &Rules) -> Allow {
    Allow {
        deletion: rules.allow_deletion,
        insecure: rules.allow_insecure,
        shared: rules.shared == Some(Shared::Change),
        system_stores: rules.allow_accounts_database,
    }
}

#[cfg(test)]
mod tests {
    use waxseal::policy::Policy;

    use crate::args::{self, Verb};
    use crate::exit::Stop;

    fn policy(flags: &[&str]) -> Result<Policy, Stop> {
        let cli = args::parse(["waxseal", "plan"].iter().chain(flags)).unwrap();
        let Some(Verb::Plan(plan)) = cli.verb else { panic!("not a plan") };
        super::from(&plan.rules, &plan.accounts)
    }

    fn message(flags: &[&str]) -> String {
        match policy(flags) {
            Err(Stop::Error { code: 2, message, hint }) => format!("{message} / {}", hint.unwrap_or_default()),
            Err(Stop::Policy { faults, .. }) => {
                let each = faults.iter().map(|fault| format!("{} / {}", fault.message, fault.hint.clone().unwrap_or_default()));
                each.collect::<Vec<_>>().join("\n")
            }
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
