//! What settings should be, and for which accounts: rules in order, a later one wins setting by setting. Reads no
//! store; knows no client.

mod parse;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::glob;
use crate::setting::{Setting, Side};
use crate::value::{Security, Value};

/// What settings should be, and what the operator allows.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// The rules, in order.
    pub rules: Vec<Rule>,
    /// Only accounts that fit one of these globs (address, host or name); all if empty.
    pub only: Vec<String>,
    /// What the operator allows.
    pub allow: Allow,
}

/// What the operator allows beyond what is safe.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allow {
    /// A change after which the client deletes more mail from the server.
    pub deletion: bool,
    /// A change that makes an account less secure.
    pub insecure: bool,
    /// A change of an outgoing server for all accounts that share it.
    pub shared: bool,
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its name, for plans.
    pub name: String,
    /// What all has to fit; a list means any of.
    pub matches: Vec<(Match, Vec<String>)>,
    /// What settings should be.
    pub set: BTreeMap<Setting, Wanted>,
    /// Whether the new server has to be proven.
    pub probe: Probe,
}

/// What a rule can look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Match {
    /// Any identity's address.
    Email,
    /// The incoming server's host.
    IncomingHost,
    /// The outgoing server's host.
    OutgoingHost,
    /// The incoming server's protocol.
    IncomingProtocol,
    /// The client's name.
    Client,
    /// The home's path.
    Home,
    /// The home's folder name.
    User,
    /// What the user calls the account.
    Name,
}

/// What a setting should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// This value.
    Is(Value),
    /// The first of these ports that the probe passes.
    Ports(Vec<u16>),
}

/// How much a new server has to prove.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Probe {
    /// It must answer, or the account stays.
    #[default]
    Required,
    /// A failure is said, no more.
    Warn,
    /// Nobody asks it.
    Off,
}

/// A policy that can't be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct PolicyError {
    /// What is wrong, where, and both values.
    pub message: String,
    /// What to do next.
    pub hint: Option<String>,
}

impl PolicyError {
    fn new(message: impl Into<String>) -> PolicyError {
        PolicyError { message: message.into(), hint: None }
    }

    fn hint(mut self, hint: impl Into<String>) -> PolicyError {
        self.hint = Some(hint.into());
        self
    }
}

/// What of an account rules look at: effective values.
#[derive(Debug, Clone, Default)]
pub struct Subject<'a> {
    /// All identities' addresses.
    pub emails: Vec<&'a str>,
    /// The incoming server's host.
    pub incoming_host: Option<&'a str>,
    /// The outgoing server's host.
    pub outgoing_host: Option<&'a str>,
    /// The incoming server's protocol.
    pub protocol: Option<&'a str>,
    /// The client's name.
    pub client: &'a str,
    /// The home's path.
    pub home: &'a str,
    /// The home's folder name.
    pub user: &'a str,
    /// What the user calls the account.
    pub name: &'a str,
    /// The account's id.
    pub id: &'a str,
}

impl Policy {
    /// Reads a policy file's text.
    ///
    /// # Errors
    /// Unknown names, wrong kinds, impossible combinations.
    pub fn parse(text: &str) -> Result<Policy, PolicyError> {
        parse::policy(text)
    }

    /// Adds a rule for `NAME=VALUE`, or adds to the one that earlier ones made. The value is read as TOML, else as
    /// plain text.
    ///
    /// # Errors
    /// Unknown names, wrong kinds.
    pub fn set(&mut self, assignment: &str) -> Result<(), PolicyError> {
        let (setting, wanted) = parse::assignment(assignment)?;
        match self.rules.iter_mut().find(|rule| rule.name == SET) {
            Some(rule) => {
                rule.set.insert(setting, wanted);
            }
            None => self.rules.push(Rule {
                name: SET.to_owned(),
                matches: Vec::new(),
                set: BTreeMap::from([(setting, wanted)]),
                probe: Probe::Required,
            }),
        }
        Ok(())
    }

    /// Looks for what can't be, whatever the accounts are: a host named together with insecure security, a server that
    /// is to be proven while nothing here can prove one.
    ///
    /// # Errors
    /// The first rule that can't be.
    pub fn check(&self, can_probe: bool) -> Result<(), PolicyError> {
        for rule in &self.rules {
            for (host, security) in
                [(Setting::IncomingHost, Setting::IncomingSecurity), (Setting::OutgoingHost, Setting::OutgoingSecurity)]
            {
                let insecure =
                    matches!(rule.set.get(&security), Some(Wanted::Is(Value::Security(security))) if !security.is_secure());
                if insecure && rule.set.contains_key(&host) && !self.allow.insecure {
                    let wanted = rule.set.get(&security).map(Wanted::to_string).unwrap_or_default();
                    return Err(PolicyError::new(format!("rule \"{}\" names {host} and sets {security} to {wanted}", rule.name))
                        .hint(format!("set {security} to {}, or add --allow-insecure", Security::ImplicitTls)));
                }
            }
            let moves = |setting: &&Setting| setting.is_bundled() && !setting.name().ends_with(".auth");
            if let Some(setting) = rule.set.keys().find(moves).filter(|_| rule.probe != Probe::Off && !can_probe) {
                return Err(PolicyError::new(format!(
                    "rule \"{}\" changes {setting}, and the new server would have to be proven first, which this build can't do",
                    rule.name
                ))
                .hint(match rule.name == SET {
                    true => "add --probe off if you know that the server is right",
                    false => "add probe = \"off\" to the rule if you know that the server is right",
                }));
            }
        }
        Ok(())
    }

    /// What the rules want of an account, each with the rule that won.
    pub fn wants(&self, subject: &Subject<'_>) -> BTreeMap<Setting, (Wanted, String)> {
        let mut wants = BTreeMap::new();
        if !self.only.is_empty() && !self.only.iter().any(|glob| subject.is_called(glob)) {
            return wants;
        }
        for rule in self.rules.iter().filter(|rule| rule.matches.iter().all(|(what, globs)| subject.fits(*what, globs))) {
            for (setting, wanted) in &rule.set {
                wants.insert(*setting, (wanted.clone(), rule.name.clone()));
            }
        }
        wants
    }
}

/// The name of the rule that `--set` makes.
const SET: &str = "--set";

impl Subject<'_> {
    fn fits(&self, what: Match, globs: &[String]) -> bool {
        let values: Vec<&str> = match what {
            Match::Email => self.emails.clone(),
            Match::IncomingHost => self.incoming_host.into_iter().collect(),
            Match::OutgoingHost => self.outgoing_host.into_iter().collect(),
            Match::IncomingProtocol => self.protocol.into_iter().collect(),
            Match::Client => vec![self.client],
            Match::Home => vec![self.home],
            Match::User => vec![self.user],
            Match::Name => vec![self.name],
        };
        globs.iter().any(|glob| values.iter().any(|value| glob::fits(glob, value)))
    }

    /// Whether an address, a host, the name or the id fits.
    pub fn is_called(&self, glob: &str) -> bool {
        let hosts = self.incoming_host.into_iter().chain(self.outgoing_host);
        self.emails.iter().copied().chain(hosts).chain([self.name, self.id]).any(|value| glob::fits(glob, value))
    }
}

impl std::fmt::Display for Wanted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Wanted::Is(value) => value.fmt(f),
            Wanted::Ports(ports) => f.debug_list().entries(ports).finish(),
        }
    }
}

impl Setting {
    /// The setting of the same name on the same server: `incoming.port` for `incoming` and `port`.
    pub(crate) fn of(side: Side, part: &str) -> Option<Setting> {
        let server = match side {
            Side::Incoming => "incoming",
            Side::Outgoing => "outgoing",
            Side::Mailbox => return None,
        };
        Setting::named(&format!("{server}.{part}"))
    }
}
