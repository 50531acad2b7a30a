//! Reading policies: TOML to rules. Every name and kind is checked here, before any store is read.

use std::collections::BTreeMap;

use toml::{Table, Value as Toml};

use super::{Match, Policy, PolicyError, Probe, Rule, Wanted};
use crate::setting::{Kind, SETTINGS, Setting};
use crate::value::{self, Value};

/// Reads a policy file's text.
pub(super) fn policy(text: &str) -> Result<Policy, PolicyError> {
    let table: Table = text.parse().map_err(|error: toml::de::Error| PolicyError::new(error.to_string().trim_end()))?;
    let mut policy = Policy::default();
    for (name, value) in &table {
        match (name.as_str(), value) {
            ("rule", Toml::Array(rules)) => {
                for (at, rule) in rules.iter().enumerate() {
                    policy.rules.push(parse_rule(at, rule)?);
                }
            }
            ("rule", _) => return Err(PolicyError::new("expected [[rule]], found a single rule").hint("write [[rule]]")),
            (other, _) => return Err(unknown("a policy has no", other, &["rule"])),
        }
    }
    Ok(policy)
}

/// Reads `NAME=VALUE`.
pub(super) fn assignment(text: &str) -> Result<(Setting, Wanted), PolicyError> {
    let (name, typed) = text.split_once('=').ok_or_else(|| {
        PolicyError::new(format!("expected NAME=VALUE, found \"{text}\"")).hint("for example: incoming.port=995")
    })?;
    let setting = setting(name.trim())?;
    let typed = typed.trim();
    let read = format!("v = {typed}").parse::<Table>().ok().and_then(|mut table| table.remove("v"));
    let textual = matches!(setting.kind(), Kind::Host | Kind::Text | Kind::Security | Kind::Auth | Kind::Level);
    let value = match read {
        Some(value) if !textual || value.is_str() => value,
        _ => Toml::String(typed.to_owned()),
    };
    wanted(setting, &value).map(|wanted| (setting, wanted)).map_err(|what| PolicyError::new(format!("{setting}: {what}")))
}

fn parse_rule(at: usize, rule: &Toml) -> Result<Rule, PolicyError> {
    let Toml::Table(parts) = rule else { return Err(PolicyError::new("expected [[rule]] with keys below it")) };
    let mut made = Rule { name: format!("rule {}", at + 1), matches: Vec::new(), set: BTreeMap::new(), probe: Probe::default() };
    if let Some(name) = parts.get("name") {
        made.name =
            name.as_str().map(str::to_owned).ok_or_else(|| PolicyError::new(format!("{}: name: expected text", made.name)))?;
    }
    let within = |error: PolicyError, name: &str| PolicyError { message: format!("rule \"{name}\": {}", error.message), ..error };
    for (part, value) in parts {
        let read = match (part.as_str(), value) {
            ("name", _) => Ok(()),
            ("match", Toml::Table(table)) => matches(table).map(|matches| made.matches = matches),
            ("set", Toml::Table(table)) => settings(table).map(|set| made.set = set),
            ("probe", Toml::String(word)) => probe(word).map(|probe| made.probe = probe),
            ("match" | "set", _) => Err(PolicyError::new(format!("{part}: expected a table"))),
            ("probe", _) => Err(PolicyError::new("probe: expected \"required\", \"warn\" or \"off\"")),
            (other, _) => Err(unknown("a rule has no", other, &["name", "match", "set", "probe"])),
        };
        read.map_err(|error| within(error, &made.name))?;
    }
    if made.set.is_empty() {
        return Err(within(
            PolicyError::new("it sets nothing").hint("add [rule.set] with the settings that you want"),
            &made.name,
        ));
    }
    Ok(made)
}

/// Reads the word for how much a server has to prove.
pub(super) fn probe(word: &str) -> Result<Probe, PolicyError> {
    match word {
        "required" => Ok(Probe::Required),
        "warn" => Ok(Probe::Warn),
        "off" => Ok(Probe::Off),
        _ => Err(PolicyError::new(format!("probe: expected required, warn or off, found \"{word}\""))),
    }
}

impl std::str::FromStr for Probe {
    type Err = PolicyError;

    fn from_str(word: &str) -> Result<Probe, PolicyError> {
        probe(word)
    }
}

const MATCHES: &[(&str, Match)] = &[
    ("email", Match::Email),
    ("incoming.host", Match::IncomingHost),
    ("outgoing.host", Match::OutgoingHost),
    ("incoming.protocol", Match::IncomingProtocol),
    ("client", Match::Client),
    ("home", Match::Home),
    ("user", Match::User),
    ("name", Match::Name),
];

fn matches(table: &Table) -> Result<Vec<(Match, Vec<String>)>, PolicyError> {
    let mut found = Vec::new();
    for (name, value) in flat(table) {
        let names: Vec<&str> = MATCHES.iter().map(|(name, _)| *name).collect();
        let what = MATCHES.iter().find(|(known, _)| *known == name).map(|(_, what)| *what);
        let what = what.ok_or_else(|| unknown("match has no", &name, &names))?;
        let texts = match value {
            Toml::String(text) => Some(vec![text.clone()]),
            Toml::Array(list) => list.iter().map(|item| item.as_str().map(str::to_owned)).collect(),
            _ => None,
        };
        let texts =
            texts.ok_or_else(|| PolicyError::new(format!("match {name}: expected text or a list of texts, found {value}")))?;
        found.push((what, texts));
    }
    Ok(found)
}

fn settings(table: &Table) -> Result<BTreeMap<Setting, Wanted>, PolicyError> {
    flat(table)
        .into_iter()
        .map(|(name, value)| {
            let setting = setting(&name)?;
            let wanted = wanted(setting, value).map_err(|what| PolicyError::new(format!("{setting}: {what}")))?;
            Ok((setting, wanted))
        })
        .collect()
}

fn setting(name: &str) -> Result<Setting, PolicyError> {
    let names: Vec<&str> = SETTINGS.iter().map(|info| info.name).collect();
    let setting = Setting::named(name).ok_or_else(|| unknown("there is no setting", name, &names))?;
    if setting.is_read_only() {
        return Err(PolicyError::new(format!("{setting} is read only"))
            .hint("turning POP3 into IMAP moves mail between two worlds; make a new account in the client for that"));
    }
    Ok(setting)
}

fn wanted(setting: Setting, value: &Toml) -> Result<Wanted, String> {
    let kind = setting.kind();
    match (kind, value) {
        (Kind::Port, Toml::Array(list)) if !list.is_empty() => {
            let port = |item: &Toml| item.as_integer().and_then(|n| u16::try_from(n).ok()).filter(|port| *port > 0);
            let ports: Option<Vec<u16>> = list.iter().map(port).collect();
            ports.map(Wanted::Ports).ok_or_else(|| format!("expected ports from 1 to 65535, found {value}"))
        }
        (Kind::Senders, Toml::Array(list)) => {
            let texts: Option<Vec<&str>> = list.iter().map(Toml::as_str).collect();
            let texts = texts.ok_or_else(|| format!("expected addresses and @domains, found {value}"))?;
            value::senders(texts.into_iter()).map(|senders| Wanted::Is(Value::Senders(senders)))
        }
        (Kind::Port | Kind::Days | Kind::Minutes, Toml::Integer(n)) => Value::parse(kind, &n.to_string()).map(Wanted::Is),
        (Kind::Bool, Toml::Boolean(on)) => Ok(Wanted::Is(Value::Bool(*on))),
        (Kind::Port | Kind::Bool, Toml::String(text)) => {
            Err(format!("expected {}, found the text \"{text}\"", if kind == Kind::Bool { "true or false" } else { "a number" }))
        }
        (_, Toml::String(text)) => Value::parse(kind, text).map(Wanted::Is),
        (_, other) => Err(format!("expected {}, found {other}", expected(kind))),
    }
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

/// The entries of nested tables, under dotted names.
fn flat(table: &Table) -> Vec<(String, &Toml)> {
    let mut found = Vec::new();
    for (name, value) in table {
        match value {
            Toml::Table(inner) => found.extend(flat(inner).into_iter().map(|(below, value)| (format!("{name}.{below}"), value))),
            value => found.push((name.clone(), value)),
        }
    }
    found
}

fn unknown(what: &str, name: &str, known: &[&str]) -> PolicyError {
    let error = PolicyError::new(format!("{what} \"{name}\""));
    match known.iter().min_by_key(|candidate| distance(name, candidate)).filter(|near| distance(name, near) <= 1 + name.len() / 3)
    {
        Some(near) => error.hint(format!("did you mean {near}?")),
        None => error.hint(format!("known: {}", known.join(", "))),
    }
}

/// How many letters differ (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut last = i + 1;
        let mut next = vec![last];
        for (y, pair) in b.iter().zip(row.windows(2)) {
            let &[diagonal, above] = pair else { continue };
            last = (diagonal + usize::from(x != *y)).min(above + 1).min(last + 1);
            next.push(last);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{assignment, policy};
    use crate::policy::{Match, Wanted};
    use crate::setting::Setting;
    use crate::value::{Security, Value};

    #[test]
    fn a_rule_reads_dotted_keys_lists_and_kinds() {
        let policy = policy(
            r#"
            [[rule]]
            name = "x"
            match = { email = "*@a.com", incoming.host = ["m", "pop.*"] }
            probe = "off"
            [rule.set]
            incoming.security = "implicit-tls"
            outgoing.port = [465, 8025]
            check.every_minutes = "never"
            "#,
        )
        .unwrap();
        let rule = &policy.rules[0];
        assert!(rule.matches.contains(&(Match::IncomingHost, vec!["m".into(), "pop.*".into()])));
        assert_eq!(rule.set[&Setting::IncomingSecurity], Wanted::Is(Value::Security(Security::ImplicitTls)));
        assert_eq!(rule.set[&Setting::OutgoingPort], Wanted::Ports(vec![465, 8025]));
        assert_eq!(rule.set[&Setting::CheckEveryMinutes], Wanted::Is(Value::Minutes(None)));
    }

    #[test]
    fn what_is_wrong_is_named_with_what_was_meant() {
        for (text, message, hint) in [
            (
                "[[rule]]\nset.incoming.prot = 1",
                "rule \"rule 1\": there is no setting \"incoming.prot\"",
                "did you mean incoming.port?",
            ),
            (
                "[[rule]]\nset.incoming.protocol = \"imap\"",
                "rule \"rule 1\": incoming.protocol is read only",
                "turning POP3 into IMAP",
            ),
            (
                "[[rule]]\nset.incoming.port = 0",
                "rule \"rule 1\": incoming.port: expected a port from 1 to 65535, found \"0\"",
                "",
            ),
            (
                "[[rule]]\nset.incoming.port = \"995\"",
                "rule \"rule 1\": incoming.port: expected a number, found the text \"995\"",
                "",
            ),
            ("[[rule]]\nname = \"n\"", "rule \"n\": it sets nothing", "add [rule.set]"),
        ] {
            let error = policy(text).unwrap_err();
            assert_eq!(error.message, message);
            assert!(error.hint.unwrap_or_default().starts_with(hint), "{text}");
        }
    }

    #[test]
    fn a_typed_value_is_toml_or_plain_text() {
        let read = |text: &str| assignment(text).unwrap().1.to_string();
        assert_eq!(read("incoming.host=10.0.0.1"), "10.0.0.1");
        assert_eq!(read("incoming.username=007"), "007");
        assert_eq!(read("incoming.security=implicit-tls"), "implicit-tls");
        assert_eq!(read("outgoing.port=[465, 587]"), "[465, 587]");
        assert_eq!(read("retention.delete_after_days=never"), "never");
    }
}
