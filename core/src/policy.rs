//! What settings should be, and for which accounts: rules in order, a later one wins setting by setting. Reads no
//! store; knows no client.

mod check;
mod fault;
mod parse;
mod schema;
mod text;
mod users;

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use fault::{Fault, Place, PolicyError};
pub use schema::schema;
pub use text::{Text, VARIABLES};
pub use users::Users;

use crate::account::Account;
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
    /// The users' file, for `{csv.COLUMN}`.
    pub users: Option<Users>,
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
    /// A change of a store that the running system has open itself.
    #[serde(default)]
    pub system_stores: bool,
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
    /// Where it stands in the policy's text.
    pub place: Option<Place>,
    /// Where the values of its settings and matches stand, by their names.
    pub places: BTreeMap<String, Place>,
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

/// What a setting should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// This value.
    Is(Value),
    /// The first of these ports that the probe passes.
    Ports(Vec<u16>),
    /// A text whose variables are filled in for each account.
    Filled(Text),
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
    /// The incoming server's security.
    pub incoming_security: Option<Security>,
    /// The outgoing server's security.
    pub outgoing_security: Option<Security>,
    /// The incoming server's port.
    pub incoming_port: Option<u16>,
    /// The outgoing server's port.
    pub outgoing_port: Option<u16>,
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

/// A commented policy that shows everything a policy can say.
pub const EXAMPLE: &str = include_str!("policy/example.toml");

impl Rule {
    /// A rule that matches every account, and sets nothing yet.
    pub fn new(name: String) -> Rule {
        Rule { name, matches: Vec::new(), set: BTreeMap::new(), probe: Probe::Required, place: None, places: BTreeMap::new() }
    }

    /// Says what a setting should be, in the words of a policy; hosts and names may hold variables.
    ///
    /// # Errors
    /// A setting that is read only, a value of another kind.
    pub fn want(&mut self, setting: Setting, text: &str) -> Result<(), PolicyError> {
        self.set.insert(setting, parse::typed(setting, text)?);
        Ok(())
    }
}

impl Policy {
    /// Reads a policy file's text.
    ///
    /// # Errors
    /// Everything that is wrong with it: unknown names, wrong kinds, each with its place.
    pub fn parse(text: &str) -> Result<Policy, PolicyError> {
        let (policy, faults) = Policy::read(text);
        PolicyError::of(faults).map_or(Ok(policy), Err)
    }

    /// The same of a text that is looked through to its end: what can be read of it, and what is wrong with it, to be settled
    /// together with what can't be.
    pub fn read(text: &str) -> (Policy, Vec<Fault>) {
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
            None => {
                let rule = Rule::new(SET.to_owned());
                self.rules.push(Rule { set: BTreeMap::from([(setting, wanted)]), ..rule });
            }
        }
        Ok(())
    }

    /// Looks for what can't be, whatever the accounts are: a host named together with insecure security, a port of the
    /// other kind of TLS, a server that is to be proven while nothing here can prove one, a variable that no file fills.
    /// A client has to be one of `clients`; an empty list means that any name will do.
    ///
    /// # Errors
    /// Everything that can't be.
    pub fn check(&self, can_probe: bool, clients: &[&str]) -> Result<(), PolicyError> {
        PolicyError::of(check::check(self, can_probe, clients).into_iter().chain(check::unused(self))).map_or(Ok(()), Err)
    }

    /// The policy, if nothing is wrong with it: neither the faults that are known of its text, nor what `check` finds.
    ///
    /// # Errors
    /// Everything that is wrong, in one round.
    pub fn settled(self, known: Vec<Fault>, can_probe: bool, clients: &[&str]) -> Result<Policy, PolicyError> {
        if known.is_empty() {
            return self.check(can_probe, clients).map(|()| self);
        }
        let found = check::check(&self, can_probe, clients);
        PolicyError::of(known.into_iter().chain(found)).map_or(Ok(self), Err)
    }

    /// Whether the accounts that are wanted at all include this one.
    pub fn includes(&self, subject: &Subject<'_>) -> bool {
        self.only.is_empty() || self.only.iter().any(|glob| subject.is_called(glob))
    }

    /// What the rules want of an account, each with the rule that won.
    pub fn wants(&self, subject: &Subject<'_>) -> BTreeMap<Setting, (Wanted, String)> {
        let mut wants = BTreeMap::new();
        if !self.includes(subject) {
            return wants;
        }
        for rule in self.rules.iter().filter(|rule| rule.misses(subject).next().is_none()) {
            for (setting, wanted) in &rule.set {
                wants.insert(*setting, (wanted.clone(), rule.name.clone()));
            }
        }
        wants
    }
}

/// The name of the rule that `--set` makes.
const SET: &str = "--set";

impl Rule {
    /// What of its match an account does not fit: nothing, if the rule matches.
    pub fn misses(&self, subject: &Subject<'_>) -> impl Iterator<Item = (Match, &[String])> {
        let missed = |(what, globs): &&(Match, Vec<String>)| {
            let values = subject.values(*what);
            !globs.iter().any(|glob| values.iter().any(|value| glob::fits(glob, value)))
        };
        self.matches.iter().filter(missed).map(|(what, globs)| (*what, globs.as_slice()))
    }
}

impl Match {
    /// Every name, and what it looks at.
    pub const ALL: &[(&str, Match)] = &[
        ("email", Match::Email),
        ("incoming.host", Match::IncomingHost),
        ("outgoing.host", Match::OutgoingHost),
        ("incoming.protocol", Match::IncomingProtocol),
        ("incoming.security", Match::IncomingSecurity),
        ("outgoing.security", Match::OutgoingSecurity),
        ("incoming.port", Match::IncomingPort),
        ("outgoing.port", Match::OutgoingPort),
        ("client", Match::Client),
        ("home", Match::Home),
        ("user", Match::User),
        ("name", Match::Name),
    ];

    /// Its name in a policy.
    pub fn name(self) -> &'static str {
        Match::ALL.iter().find(|(_, what)| *what == self).map_or("", |(name, _)| name)
    }

    /// Finds one by its name in a policy.
    pub fn named(name: &str) -> Option<Match> {
        Match::ALL.iter().find(|(known, _)| *known == name).map(|(_, what)| *what)
    }
}

impl<'a> Subject<'a> {
    /// An account as read; whose it is, and which client's, is for the caller to add.
    pub fn of(account: &'a Account) -> Subject<'a> {
        Subject {
            emails: account.emails.iter().map(String::as_str).collect(),
            incoming_host: account.incoming().and_then(|server| server.host),
            outgoing_host: account.outgoing().and_then(|server| server.host),
            protocol: account.protocol().map(crate::value::Protocol::name),
            incoming_security: account.incoming().and_then(|server| server.security),
            outgoing_security: account.outgoing().and_then(|server| server.security),
            incoming_port: account.incoming().and_then(|server| server.port),
            outgoing_port: account.outgoing().and_then(|server| server.port),
            name: &account.name,
            id: &account.id,
            ..Subject::default()
        }
    }

    /// What a match looks at.
    pub fn values(&self, what: Match) -> Vec<Cow<'a, str>> {
        let word = |word: Option<&'a str>| word.map(Cow::Borrowed).into_iter().collect();
        let port = |port: Option<u16>| port.map(|port| Cow::Owned(port.to_string())).into_iter().collect();
        match what {
            Match::Email => self.emails.iter().copied().map(Cow::Borrowed).collect(),
            Match::IncomingHost => word(self.incoming_host),
            Match::OutgoingHost => word(self.outgoing_host),
            Match::IncomingProtocol => word(self.protocol),
            Match::IncomingSecurity => word(self.incoming_security.map(Security::word)),
            Match::OutgoingSecurity => word(self.outgoing_security.map(Security::word)),
            Match::IncomingPort => port(self.incoming_port),
            Match::OutgoingPort => port(self.outgoing_port),
            Match::Client => word(Some(self.client)),
            Match::Home => word(Some(self.home)),
            Match::User => word(Some(self.user)),
            Match::Name => word(Some(self.name)),
        }
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
            Wanted::Filled(text) => text.fmt(f),
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
