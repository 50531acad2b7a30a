//! What settings should be: from TOML, from typed rules, or from both.

use std::collections::HashMap;

use waxseal::clients::CLIENTS;
use waxseal::policy as core;

use crate::{Setting, Value, WaxsealError};

/// What settings should be, for which accounts, and what is allowed.
#[derive(Debug, Clone, Default, PartialEq, Eq, uniffi::Record)]
pub struct Policy {
    /// Rules as TOML text: [`policy_example()`] shows everything that it can say.
    #[uniffi(default = "")]
    pub toml: String,
    /// Typed rules. They come after those of the text; a later rule wins setting by setting.
    #[uniffi(default = [])]
    pub rules: Vec<Rule>,
    /// Only accounts that fit one of these globs (address, host, name or id); all if empty.
    #[uniffi(default = [])]
    pub accounts: Vec<String>,
    /// Allows changes after which the client deletes more mail from the server.
    #[uniffi(default = false)]
    pub allow_deletion: bool,
    /// Allows changes that make an account less secure.
    #[uniffi(default = false)]
    pub allow_insecure: bool,
    /// Allows changes of an outgoing server for all accounts that share it.
    #[uniffi(default = false)]
    pub change_shared: bool,
    /// Allows changes of a store that the running system has open itself: a Mac's Accounts database.
    #[uniffi(default = false)]
    pub allow_system_stores: bool,
    /// The users' file as CSV text, for `{csv.COLUMN}`.
    #[uniffi(default = None)]
    pub users: Option<String>,
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Rule {
    /// Its name, for plans.
    pub name: String,
    /// What settings should be.
    pub set: HashMap<Setting, Value>,
    /// What all has to fit, each any of its globs; every account if empty.
    #[uniffi(default)]
    pub matches: HashMap<Match, Vec<String>>,
    /// Whether a new server has to be proven; none is `Required`.
    #[uniffi(default = None)]
    pub probe: Option<Probe>,
}

/// What a rule can look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, uniffi::Enum)]
pub enum Match {
    /// Any identity's address.
    Email,
    /// The incoming server's host.
    IncomingHost,
    /// The outgoing server's host.
    OutgoingHost,
    /// The incoming server's protocol.
    IncomingProtocol,
    /// The incoming server's security.
    IncomingSecurity,
    /// The outgoing server's security.
    OutgoingSecurity,
    /// The incoming server's port.
    IncomingPort,
    /// The outgoing server's port.
    OutgoingPort,
    /// The client's name.
    Client,
    /// The home's path.
    Home,
    /// The home's folder name.
    User,
    /// What the user calls the account.
    Name,
}

/// How much a new server has to prove before an account is moved to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, uniffi::Enum)]
pub enum Probe {
    /// It must answer, or the account stays.
    Required,
    /// A failure is said, no more.
    Warn,
    /// Nobody asks it: you know that it is there.
    Off,
}

/// One thing that is wrong with a policy.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Fault {
    /// What is wrong, and both values.
    pub message: String,
    /// What to do next.
    pub hint: Option<String>,
    /// The line in the text, from 1; 0 if it stands in none.
    pub line: u32,
    /// The first character in the line, from 1; 0 if it stands in none.
    pub column: u32,
}

/// Everything that is wrong with a policy, in words; nothing if it can be used. Reads no home.
#[uniffi::export]
pub fn check_policy(policy: Policy) -> Vec<Fault> {
    policy.settled().err().map(|faults| faults.into_iter().map(Into::into).collect()).unwrap_or_default()
}

/// A commented policy that shows everything a policy can say, as TOML.
#[uniffi::export]
pub fn policy_example() -> String {
    core::EXAMPLE.to_owned()
}

impl Policy {
    /// The library's policy, for planning.
    pub(crate) fn to_core(&self) -> Result<core::Policy, WaxsealError> {
        self.settled().map_err(|faults| bad(&faults))
    }

    /// The library's policy, for comparing alone: no server has to be proven for that.
    pub(crate) fn to_audit(&self) -> Result<core::Policy, WaxsealError> {
        let audited = |policy: &mut core::Policy| policy.rules.iter_mut().for_each(|rule| rule.probe = core::Probe::Off);
        self.settled_after(audited).map_err(|faults| bad(&faults))
    }

    fn settled(&self) -> Result<core::Policy, Vec<core::Fault>> {
        self.settled_after(|_| {})
    }

    /// Everything that is wrong is said in one round.
    fn settled_after(&self, change: impl Fn(&mut core::Policy)) -> Result<core::Policy, Vec<core::Fault>> {
        let (mut policy, faults) = self.read();
        change(&mut policy);
        let clients: Vec<&str> = CLIENTS.iter().map(|client| client.name).collect();
        policy.settled(faults, false, &clients).map_err(|error| error.faults)
    }

    fn read(&self) -> (core::Policy, Vec<core::Fault>) {
        let mut faults = Vec::new();
        let mut policy = core::Policy {
            only: self.accounts.clone(),
            allow: core::Allow {
                deletion: self.allow_deletion,
                insecure: self.allow_insecure,
                shared: self.change_shared,
                system_stores: self.allow_system_stores,
            },
            ..core::Policy::default()
        };
        // A text without a rule is a fault, unless rules come typed.
        if !self.toml.is_empty() || self.rules.is_empty() {
            let (read, wrong) = core::Policy::read(&self.toml);
            policy.rules = read.rules;
            faults.extend(wrong);
        }
        let users = self.users.as_deref().map(core::Users::parse).transpose();
        let unread = users.as_ref().is_err();
        match users {
            Ok(users) => policy.users = users,
            Err(error) => faults.extend(error.faults),
        }
        for rule in &self.rules {
            match rule.to_core() {
                Ok(rule) => policy.rules.push(rule),
                Err(wrong) => faults.extend(wrong),
            }
        }
        // Which columns there are can't be known then.
        if unread {
            policy.rules.clear();
        }
        (policy, faults)
    }
}

impl Rule {
    fn to_core(&self) -> Result<core::Rule, Vec<core::Fault>> {
        let mut faults = Vec::new();
        let mut rule = core::Rule::new(self.name.clone());
        rule.probe = self.probe.map_or(core::Probe::Required, Into::into);
        rule.matches = self.matches.iter().filter_map(|(what, globs)| Some((what.to_core()?, globs.clone()))).collect();
        rule.matches.sort_by_key(|(what, _)| what.name());
        let mut wants: Vec<(waxseal::setting::Setting, String)> =
            self.set.iter().map(|(setting, value)| ((*setting).into(), value.to_string())).collect();
        wants.sort();
        for (setting, text) in wants {
            if let Err(error) = rule.want(setting, &text) {
                faults.extend(error.faults);
            }
        }
        if faults.is_empty() { Ok(rule) } else { Err(faults) }
    }
}

/// Where the faults are, without their words, which may hold the user's own values.
fn bad(faults: &[core::Fault]) -> WaxsealError {
    let place = faults.iter().find_map(|fault| fault.place.as_ref());
    let (line, column) = place.map_or((0, 0), |place| (short(place.line), short(place.column)));
    WaxsealError::BadPolicy { faults: short(faults.len()), line, column }
}

fn short(number: usize) -> u32 {
    number.try_into().unwrap_or(u32::MAX)
}

impl From<core::Fault> for Fault {
    fn from(fault: core::Fault) -> Fault {
        let place = fault.place.as_ref();
        Fault {
            line: place.map_or(0, |place| short(place.line)),
            column: place.map_or(0, |place| short(place.column)),
            message: fault.message,
            hint: fault.hint,
        }
    }
}

/// Each of ours, and the library's that it stands for; in the library's order.
const MATCHES: &[(Match, core::Match)] = &[
    (Match::Email, core::Match::Email),
    (Match::IncomingHost, core::Match::IncomingHost),
    (Match::OutgoingHost, core::Match::OutgoingHost),
    (Match::IncomingProtocol, core::Match::IncomingProtocol),
    (Match::IncomingSecurity, core::Match::IncomingSecurity),
    (Match::OutgoingSecurity, core::Match::OutgoingSecurity),
    (Match::IncomingPort, core::Match::IncomingPort),
    (Match::OutgoingPort, core::Match::OutgoingPort),
    (Match::Client, core::Match::Client),
    (Match::Home, core::Match::Home),
    (Match::User, core::Match::User),
    (Match::Name, core::Match::Name),
];

impl Match {
    fn to_core(self) -> Option<core::Match> {
        MATCHES.iter().find(|(ours, _)| *ours == self).map(|(_, theirs)| *theirs)
    }
}

impl From<Probe> for core::Probe {
    fn from(probe: Probe) -> core::Probe {
        match probe {
            Probe::Required => core::Probe::Required,
            Probe::Warn => core::Probe::Warn,
            Probe::Off => core::Probe::Off,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{MATCHES, core};

    #[test]
    fn everything_that_a_rule_can_look_at_is_there() {
        let ours: Vec<core::Match> = MATCHES.iter().map(|(_, theirs)| *theirs).collect();
        let theirs: Vec<core::Match> = core::Match::ALL.iter().map(|(_, what)| *what).collect();
        assert_eq!(ours, theirs);
    }
}
