//! Reading policies: TOML to rules, each name and kind checked with its place in the text, before any store is read.
//! What is wrong is gathered, not thrown at the first.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fault::{Fault, Place, PolicyError, nearest, unknown};
use super::{Match, Policy, Probe, Rule, Wanted, text};
use crate::setting::{Kind, SETTINGS, Setting};
use crate::value::{self, Value};

/// A key with its dotted name, its value, and both their places.
struct Entry<'a> {
    name: String,
    at: Range<usize>,
    value: &'a Spanned<DeValue<'a>>,
}

/// What reads a text and gathers faults.
struct Reading<'a> {
    text: &'a str,
    faults: Vec<Fault>,
}

/// Reads a policy file's text as far as it can be read, and what is wrong with it.
pub(super) fn policy(text: &str) -> (Policy, Vec<Fault>) {
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut reading = Reading { text, faults: Vec::new() };
    for error in errors {
        let message = error.message().lines().collect::<Vec<_>>().join(", ");
        reading
            .fault(error.span().unwrap_or(0..0), Fault::new(message).hint("a policy is written in TOML: waxseal policy example"));
    }
    let mut policy = Policy::default();
    // After a syntax error the rest would only echo it.
    if reading.faults.is_empty() {
        for entry in entries(table.get_ref()) {
            match (entry.name.as_str(), entry.value.get_ref()) {
                ("rule", DeValue::Array(rules)) => {
                    for (at, rule) in rules.iter().enumerate() {
                        policy.rules.push(reading.rule(at, rule));
                    }
                }
                ("rule", _) => {
                    reading.fault(entry.at, Fault::new("expected [[rule]], found a single rule").hint("write [[rule]]"));
                }
                (other, _) => reading.fault(entry.at, unknown("a policy has no", other, ["rule"])),
            }
        }
        if policy.rules.is_empty() && reading.faults.is_empty() {
            let hint = "write [[rule]], and below it what is to be set: waxseal policy example";
            reading.faults.push(Fault::new("the policy has no rule").hint(hint));
        }
    }
    (policy, reading.faults)
}

impl Reading<'_> {
    fn fault(&mut self, span: Range<usize>, fault: Fault) {
        self.faults.push(fault.at(Place::of(self.text, span)));
    }

    /// How much a server has to prove can't be read: then nobody says as well that it has to.
    fn unproven(&mut self, span: Range<usize>, fault: Fault, made: &mut Rule) {
        self.fault(span, fault);
        made.probe = Probe::Off;
    }

    fn rule(&mut self, at: usize, rule: &Spanned<DeValue<'_>>) -> Rule {
        let mut made = Rule::new(format!("rule {}", at + 1));
        made.place = Place::of(self.text, rule.span());
        let DeValue::Table(parts) = rule.get_ref() else {
            self.fault(rule.span(), Fault::new("expected [[rule]] with keys below it"));
            return made;
        };
        let known = self.faults.len();
        for entry in entries(parts) {
            match (entry.name.as_str(), entry.value.get_ref()) {
                ("name", DeValue::String(name)) => made.name = name.as_ref().to_owned(),
                ("match", DeValue::Table(table)) => self.matches(table, &mut made),
                ("set", DeValue::Table(table)) => self.settings(table, &mut made),
                ("probe", DeValue::String(word)) => match probe(word) {
                    Ok(probe) => made.probe = probe,
                    Err(fault) => self.unproven(entry.value.span(), fault, &mut made),
                },
                ("name", _) => self.fault(entry.value.span(), Fault::new("name: expected text in quotes")),
                ("match" | "set", _) => {
                    self.fault(entry.value.span(), Fault::new(format!("{}: expected a table", entry.name)));
                }
                ("probe", _) => {
                    let fault = Fault::new("probe: expected \"required\", \"warn\" or \"off\"");
                    self.unproven(entry.value.span(), fault, &mut made);
                }
                (other, _) => self.fault(entry.at, unknown("a rule has no", other, ["name", "match", "set", "probe"])),
            }
        }
        if made.set.is_empty() && (self.faults.len() == known || !parts.contains_key("set")) {
            let fault = Fault::new(format!("rule \"{}\": it sets nothing", made.name));
            self.fault(rule.span(), fault.hint("add [rule.set] with the settings that you want"));
        }
        made
    }

    fn matches(&mut self, table: &DeTable<'_>, made: &mut Rule) {
        for entry in flat(table) {
            let Some(what) = Match::named(&entry.name) else {
                self.fault(entry.at, unknown("match has no", &entry.name, Match::ALL.iter().map(|(name, _)| *name)));
                continue;
            };
            let is_port = matches!(what, Match::IncomingPort | Match::OutgoingPort);
            let one = |value: &DeValue<'_>| match value {
                DeValue::String(text) => Some(text.as_ref().to_owned()),
                DeValue::Integer(_) if is_port => integer(value).map(|port| port.to_string()),
                _ => None,
            };
            let texts = match entry.value.get_ref() {
                DeValue::Array(list) => list.iter().map(|item| one(item.get_ref())).collect(),
                value => one(value).map(|text| vec![text]),
            };
            match texts {
                Some(texts) if texts.is_empty() => {
                    let fault = Fault::new(format!("match {}: an empty list matches no account", entry.name));
                    self.fault(entry.value.span(), fault.hint("leave it out to match every account"));
                }
                Some(texts) => {
                    made.places.extend(Place::of(self.text, entry.value.span()).map(|place| (entry.name.clone(), place)));
                    made.matches.push((what, texts));
                }
                None => {
                    let found = entry.value.get_ref().type_str();
                    let expected = if is_port { "a number or a list of numbers" } else { "text or a list of texts" };
                    let fault = Fault::new(format!("match {}: expected {expected}, found {found}", entry.name));
                    self.fault(entry.value.span(), fault);
                }
            }
        }
    }

    fn settings(&mut self, table: &DeTable<'_>, made: &mut Rule) {
        for entry in flat(table) {
            let setting = match setting(&entry.name) {
                Ok(setting) => setting,
                Err(fault) => {
                    self.fault(entry.at, fault);
                    continue;
                }
            };
            made.places.extend(Place::of(self.text, entry.value.span()).map(|place| (entry.name.clone(), place)));
            match wanted(setting, entry.value.get_ref()) {
                Ok(wanted) => {
                    made.set.insert(setting, wanted);
                }
                Err(fault) => {
                    let fault = Fault { message: format!("{setting}: {}", fault.message), ..fault };
                    self.fault(entry.value.span(), fault);
                }
            }
        }
    }
}

/// Reads `NAME=VALUE`.
pub(super) fn assignment(text: &str) -> Result<(Setting, Wanted), Fault> {
    let (name, typed) = text
        .split_once('=')
        .ok_or_else(|| Fault::new(format!("expected NAME=VALUE, found \"{text}\"")).hint("for example: incoming.port=995"))?;
    let setting = setting(name.trim())?;
    let typed = typed.trim();
    let textual = matches!(setting.kind(), Kind::Host | Kind::Text | Kind::Security | Kind::Auth | Kind::Level);
    let read = match DeValue::parse(typed) {
        Ok(value) if !textual || value.get_ref().is_str() => wanted(setting, value.get_ref()),
        _ => of_text(setting, typed),
    };
    let wanted = read.map_err(|fault| Fault { message: format!("{setting}: {}", fault.message), ..fault })?;
    Ok((setting, wanted))
}

/// Reads a value that is known to be meant for a setting.
pub(super) fn typed(of: Setting, text: &str) -> Result<Wanted, Fault> {
    let wanted = setting(of.name()).and_then(|of| of_text(of, text));
    wanted.map_err(|fault| Fault { message: format!("{of}: {}", fault.message), ..fault })
}

/// Reads the word for how much a server has to prove.
fn probe(word: &str) -> Result<Probe, Fault> {
    match word {
        "required" => Ok(Probe::Required),
        "warn" => Ok(Probe::Warn),
        "off" => Ok(Probe::Off),
        _ => Err(Fault::new(format!("probe: expected required, warn or off, found \"{word}\""))),
    }
}

impl std::str::FromStr for Probe {
    type Err = PolicyError;

    fn from_str(word: &str) -> Result<Probe, PolicyError> {
        Ok(probe(word)?)
    }
}

fn setting(name: &str) -> Result<Setting, Fault> {
    let setting =
        Setting::named(name).ok_or_else(|| unknown("there is no setting", name, SETTINGS.iter().map(|info| info.name)))?;
    if setting.is_read_only() {
        return Err(Fault::new(format!("{setting} is read only"))
            .hint("turning POP3 into IMAP moves mail between two worlds; make a new account in the client for that"));
    }
    Ok(setting)
}

fn integer(value: &DeValue<'_>) -> Option<i64> {
    let number = value.as_integer()?;
    i64::from_str_radix(&number.as_str().replace('_', ""), number.radix()).ok()
}

fn wanted(setting: Setting, value: &DeValue<'_>) -> Result<Wanted, Fault> {
    let kind = setting.kind();
    let found = |value: &DeValue<'_>| match value {
        DeValue::Boolean(on) => on.to_string(),
        DeValue::Integer(number) => number.as_str().to_owned(),
        other => other.type_str().to_owned(),
    };
    match (kind, value) {
        (Kind::Port, DeValue::Array(list)) if !list.is_empty() => {
            let port = |item: &Spanned<DeValue<'_>>| {
                integer(item.get_ref()).and_then(|n| u16::try_from(n).ok()).filter(|port| *port > 0)
            };
            let ports: Option<Vec<u16>> = list.iter().map(port).collect();
            ports.map(Wanted::Ports).ok_or_else(|| Fault::new("expected ports from 1 to 65535"))
        }
        (Kind::Senders, DeValue::Array(list)) => {
            let texts: Option<Vec<&str>> = list.iter().map(|item| item.get_ref().as_str()).collect();
            let texts = texts.ok_or_else(|| Fault::new("expected addresses and @domains"))?;
            value::senders(texts.into_iter()).map(|senders| Wanted::Is(Value::Senders(senders))).map_err(Fault::new)
        }
        (Kind::Port | Kind::Days | Kind::Minutes, DeValue::Integer(n)) => {
            let text = integer(value).map_or_else(|| n.as_str().to_owned(), |n| n.to_string());
            Value::parse(kind, &text).map(Wanted::Is).map_err(Fault::new)
        }
        (Kind::Bool, DeValue::Boolean(on)) => Ok(Wanted::Is(Value::Bool(*on))),
        (Kind::Port | Kind::Bool, DeValue::String(text)) => {
            let expected = expected(kind);
            Err(Fault::new(format!("expected {expected}, found the text \"{text}\"")).hint("write it without quotes"))
        }
        (_, DeValue::String(text)) => of_text(setting, text),
        (_, other) => Err(Fault::new(format!("expected {}, found {}", expected(kind), found(other)))),
    }
}

/// A value that stands there as text: with variables, or as `Value` reads it, or with what was meant.
fn of_text(setting: Setting, text: &str) -> Result<Wanted, Fault> {
    if let Some(filled) = text::read(setting.kind(), text) {
        return filled;
    }
    Value::parse(setting.kind(), text).map(Wanted::Is).map_err(|message| match meant(setting.kind(), text) {
        Some(near) => Fault::new(message).hint(format!("did you mean {near}?")),
        None => Fault::new(message),
    })
}

/// What other programs call these values.
const ALIASES: &[(Kind, &str, &str)] = &[
    (Kind::Security, "ssl", "implicit-tls"),
    (Kind::Security, "tls", "implicit-tls"),
    (Kind::Security, "ssl/tls", "implicit-tls"),
    (Kind::Security, "none", "cleartext"),
    (Kind::Security, "plain", "cleartext"),
    (Kind::Auth, "plain", "password"),
    (Kind::Auth, "login", "password"),
    (Kind::Auth, "normal", "password"),
    (Kind::Auth, "cram-md5", "encrypted-password"),
    (Kind::Auth, "spa", "ntlm"),
    (Kind::Auth, "kerberos", "gssapi"),
    (Kind::Auth, "xoauth2", "oauth2"),
];

fn meant(kind: Kind, text: &str) -> Option<&'static str> {
    let alias = ALIASES.iter().find(|(of, word, _)| *of == kind && text.eq_ignore_ascii_case(word));
    let words = || nearest(text, value::words(kind));
    alias.map(|(_, _, meant)| *meant).or_else(words)
}

fn expected(kind: Kind) -> &'static str {
    match kind {
        Kind::Bool => "true or false",
        Kind::Port => "a number",
        Kind::Days | Kind::Minutes => "a number or \"never\"",
        Kind::Senders => "a list of addresses and @domains",
        _ => "text in quotes",
    }
}

/// A table's entries, in the order of the text.
fn entries<'a>(table: &'a DeTable<'a>) -> Vec<Entry<'a>> {
    let each = table.iter().map(|(key, value)| Entry { name: key.get_ref().as_ref().to_owned(), at: key.span(), value });
    let mut found: Vec<Entry<'a>> = each.collect();
    found.sort_by_key(|entry| entry.at.start);
    found
}

/// The entries of nested tables, under dotted names.
fn flat<'a>(table: &'a DeTable<'a>) -> Vec<Entry<'a>> {
    let mut found = Vec::new();
    for entry in entries(table) {
        match entry.value.get_ref() {
            DeValue::Table(inner) => found.extend(flat(inner).into_iter().map(|below| Entry {
                name: format!("{}.{}", entry.name, below.name),
                at: entry.at.start.min(below.at.start)..below.at.end,
                ..below
            })),
            _ => found.push(entry),
        }
    }
    found
}

#[cfg(test)]
mod tests;
