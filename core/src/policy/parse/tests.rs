//! Policies as they are written, right and wrong.

use super::assignment;
use crate::policy::{Match, Policy, PolicyError, Subject, Wanted};
use crate::setting::Setting;
use crate::value::{Security, Value};

fn policy(text: &str) -> Result<Policy, PolicyError> {
    Policy::parse(text)
}

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
        incoming.username = "{local}"
        outgoing.port = [465, 8_025]
        check.every_minutes = "never"
        "#,
    )
    .unwrap();
    let rule = &policy.rules[0];
    assert!(rule.matches.contains(&(Match::IncomingHost, vec!["m".into(), "pop.*".into()])));
    assert_eq!(rule.set[&Setting::IncomingSecurity], Wanted::Is(Value::Security(Security::ImplicitTls)));
    assert_eq!(rule.set[&Setting::OutgoingPort], Wanted::Ports(vec![465, 8025]));
    assert_eq!(rule.set[&Setting::CheckEveryMinutes], Wanted::Is(Value::Minutes(None)));
    assert_eq!(rule.set[&Setting::IncomingUsername].to_string(), "{local}");
}

#[test]
fn a_port_is_matched_as_a_number_or_a_glob() {
    let policy = policy("[[rule]]\nmatch = { outgoing.port = [25, \"46*\"] }\nset.check.at_startup = true").unwrap();
    assert_eq!(policy.rules[0].matches, [(Match::OutgoingPort, vec!["25".to_owned(), "46*".to_owned()])]);
    let of = |port| Subject { outgoing_port: port, ..Subject::default() };
    assert!(policy.rules[0].misses(&of(Some(465))).next().is_none());
    assert!(policy.rules[0].misses(&of(Some(587))).next().is_some());
    assert!(policy.rules[0].misses(&of(None)).next().is_some());
}

/// What is wrong with one line below `[[rule]]`, its line and columns, and the hint.
fn fault(line: &str) -> (String, (usize, usize, usize), String) {
    let error = policy(&format!("[[rule]]\n{line}")).unwrap_err();
    assert_eq!(error.faults.len(), 1, "{error}");
    let fault = error.faults[0].clone();
    let place = fault.place.unwrap();
    (fault.message, (place.line, place.column, place.width), fault.hint.unwrap_or_default())
}

#[test]
fn what_is_wrong_is_named_with_its_place_and_what_was_meant() {
    for (line, message, place, hint) in [
        ("set.incoming.prot = 1", "there is no setting \"incoming.prot\"", (2, 5, 13), "did you mean incoming.port?"),
        ("set.incoming.protocol = \"imap\"", "incoming.protocol is read only", (2, 5, 17), "turning POP3 into IMAP"),
        ("set.incoming.port = 0", "incoming.port: expected a port from 1 to 65535, found \"0\"", (2, 21, 1), ""),
        (
            "set.incoming.port = \"995\"",
            "incoming.port: expected a number, found the text \"995\"",
            (2, 21, 5),
            "write it without",
        ),
        ("set.incoming.port = [1, 70000]", "incoming.port: expected ports from 1 to 65535", (2, 21, 10), ""),
        ("set.incoming.host = 5", "incoming.host: expected text in quotes, found 5", (2, 21, 1), ""),
        ("set.incoming.host = \"{emial}\"", "incoming.host: there is no variable \"emial\"", (2, 21, 9), "did you mean email?"),
        (
            "set.junk.level = \"hihg\"",
            "junk.level: expected off, on, low, high, exclusive, found \"hihg\"",
            (2, 18, 6),
            "did you mean high?",
        ),
        ("probe = \"no\"\nset.incoming.port = 1", "probe: expected required, warn or off, found \"no\"", (2, 9, 4), ""),
        ("match.emial = \"a\"\nset.incoming.port = 1", "match has no \"emial\"", (2, 7, 5), "did you mean email?"),
        ("match.email = []\nset.incoming.port = 1", "match email: an empty list matches no account", (2, 15, 2), "leave it out"),
        ("sets.incoming.port = 1\nset.incoming.port = 1", "a rule has no \"sets\"", (2, 1, 4), "did you mean set?"),
        ("name = \"n\"", "rule \"n\": it sets nothing", (1, 1, 8), "add [rule.set]"),
    ] {
        let (found, at, said) = fault(line);
        assert_eq!((found.as_str(), at), (message, place), "{line}");
        assert!(said.starts_with(hint), "{line}: {said}");
    }
}

#[test]
fn the_words_of_other_programs_lead_to_ours() {
    for (word, meant) in [("SSL", "implicit-tls"), ("ssl/tls", "implicit-tls"), ("start-tls", "starttls"), ("none", "cleartext")]
    {
        assert_eq!(fault(&format!("set.incoming.security = \"{word}\"")).2, format!("did you mean {meant}?"));
    }
    for (word, meant) in [("plain", "password"), ("kerberos", "gssapi"), ("passwort", "password"), ("XOAUTH2", "oauth2")] {
        assert_eq!(fault(&format!("set.incoming.auth = \"{word}\"")).2, format!("did you mean {meant}?"));
    }
}

#[test]
fn everything_that_is_wrong_is_said_at_once_in_the_order_of_the_text() {
    let error = policy("[[rule]]\nset.incoming.prot = 1\nset.outgoing.port = 0\n[[rule]]\nprobe = 1\n[other]\n").unwrap_err();
    let lines: Vec<usize> = error.faults.iter().filter_map(|fault| Some(fault.place.as_ref()?.line)).collect();
    assert_eq!(lines, [2, 3, 4, 5, 6], "{error}");
}

#[test]
fn a_text_that_is_no_toml_is_said_with_its_place() {
    let error = policy("[[rule]]\nset.incoming.port = \n").unwrap_err();
    let place = error.faults[0].place.as_ref().unwrap();
    assert_eq!((place.line, place.text.as_str()), (2, "set.incoming.port = "));
    assert_eq!(policy("").unwrap_err().to_string(), "the policy has no rule");
    assert_eq!(policy("[rule]\n").unwrap_err().faults[0].hint.as_deref(), Some("write [[rule]]"));
}

#[test]
fn a_typed_value_is_toml_or_plain_text() {
    let read = |text: &str| assignment(text).unwrap().1.to_string();
    assert_eq!(read("incoming.host=10.0.0.1"), "10.0.0.1");
    assert_eq!(read("incoming.username=007"), "007");
    assert_eq!(read("incoming.username={email}"), "{email}");
    assert_eq!(read("incoming.security=implicit-tls"), "implicit-tls");
    assert_eq!(read("outgoing.port=[465, 587]"), "[465, 587]");
    assert_eq!(read("retention.delete_after_days=never"), "never");
    assert_eq!(assignment("incoming.port").unwrap_err().message, "expected NAME=VALUE, found \"incoming.port\"");
}
