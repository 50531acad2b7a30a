//! What of an account breaks RFC 8314, or a policy: pure, from accounts as read. Knows no store and changes nothing.

use crate::account::{Account, Server};
use crate::plan::Wants;
use crate::setting::{Setting, Side};
use crate::value::{Auth, Security, Value, submission_port};

/// A setting that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which.
    pub setting: Setting,
    /// What it is; `None` is not set, or not understood.
    pub actual: Option<Value>,
    /// What it should be.
    pub wanted: Value,
    /// Why, in words.
    pub message: String,
}

/// How well an account's connections are protected: as badly as its worst server's. `None` where that can't be read.
pub fn grade(account: &Account) -> Option<Security> {
    let servers = [account.incoming(), account.outgoing()];
    let known: Option<Vec<Security>> = servers.into_iter().flatten().map(|server| server.security).collect();
    known?.into_iter().min()
}

impl Finding {
    /// Whether setting something else would better it; else the client itself is to blame.
    pub fn can_be_set(&self) -> bool {
        self.actual.as_ref() != Some(&self.wanted)
    }
}

/// What breaks RFC 8314: no TLS, TLS that anybody in between can switch off, a port of the other kind, port 25; and a client whose
/// TLS is too old for servers of today, though that is no setting.
pub fn audit(account: &Account) -> Vec<Finding> {
    let incoming = account.incoming().map(|server| of_server(Side::Incoming, account, &server));
    let outgoing = account.outgoing().map(|server| of_server(Side::Outgoing, account, &server));
    [incoming, outgoing].into_iter().flatten().flatten().collect()
}

/// What breaks a policy: settings that differ from its settled wants.
pub fn against(account: &Account, wants: &Wants) -> Vec<Finding> {
    let differs = |setting: &Setting, wanted: &Value| match (account.settings.get(setting), wanted) {
        (Some(Value::Senders(actual)), Value::Senders(wanted)) => !wanted.iter().all(|sender| actual.contains(sender)),
        (actual, wanted) => actual != Some(wanted),
    };
    let broken = wants.iter().filter(|(setting, want)| differs(setting, &want.value));
    let each = broken.map(|(setting, want)| Finding {
        setting: *setting,
        actual: account.settings.get(setting).cloned(),
        wanted: want.value.clone(),
        message: match account.unsupported.get(setting) {
            Some(why) => format!("rule {} wants it; the client can't hold it: {why}", want.rule),
            None if want.named => format!("rule {} wants it", want.rule),
            None => format!("follows from what rule {} wants", want.rule),
        },
    });
    each.collect()
}

fn of_server(side: Side, account: &Account, server: &Server<'_>) -> Vec<Finding> {
    let (Some(security), Some(port)) = (Setting::of(side, "security"), Setting::of(side, "port")) else { return Vec::new() };
    let mut found = Vec::new();
    let mut add = |setting: Setting, wanted: Value, message: &str| {
        let actual = account.settings.get(&setting).cloned();
        found.push(Finding { setting, actual, wanted, message: message.to_owned() });
    };
    if let (Some(secure), Some(ceiling)) =
        (server.security.filter(|security| security.is_secure()), account.ceilings.get(&security))
    {
        let message = format!("the client speaks {ceiling} at most, which RFC 8996 rules out: servers of today refuse it");
        add(security, Value::Security(secure), &message);
    }
    if server.security.is_some_and(|security| !security.is_secure()) {
        add(security, Value::Security(Security::ImplicitTls), exposed(server));
    }
    // The port goes with the protection that the server is to have.
    let secured = match server.security {
        Some(security) if !security.is_secure() => Security::ImplicitTls,
        known => known.unwrap_or(Security::StartTls),
    };
    let right = match (side, account.protocol()) {
        (Side::Incoming, Some(protocol)) => protocol.port(secured),
        _ => submission_port(secured),
    };
    match server.port {
        Some(25) if side == Side::Outgoing => {
            add(port, Value::Port(right), "port 25 is for mail between servers; users submit on 465 or 587");
        }
        Some(465 | 993 | 995) if server.security == Some(Security::StartTls) => {
            add(port, Value::Port(right), "servers speak TLS from the first byte on this port, and the client doesn't");
        }
        Some(110 | 143 | 587) if server.security == Some(Security::ImplicitTls) => {
            add(port, Value::Port(right), "servers don't speak TLS from the first byte on this port, and the client does");
        }
        _ => {}
    }
    found
}

/// What can be read or taken on the way, in words.
fn exposed(server: &Server<'_>) -> &'static str {
    match (server.security, server.auth) {
        (Some(Security::StartTlsIfOffered), _) => "whoever sits in between can take the offer of TLS away, and then reads along",
        (_, Some(Auth::EncryptedPassword | Auth::Ntlm | Auth::Gssapi)) => {
            "the login is protected, the mail is not: secure authentication is no TLS"
        }
        (_, Some(Auth::None)) => "anybody on the way can read the mail",
        _ => "anybody on the way can read the password and the mail",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{against, audit, grade};
    use crate::account::Account;
    use crate::plan::Want;
    use crate::setting::Setting;
    use crate::value::{Security, Value};

    fn account(settings: &[(&str, &str)]) -> Account {
        let each = settings.iter().map(|(name, text)| {
            let setting = Setting::named(name).unwrap();
            (setting, Value::parse(setting.kind(), text).unwrap())
        });
        Account {
            id: "a".to_owned(),
            name: String::new(),
            emails: Vec::new(),
            store: "s".into(),
            settings: each.collect(),
            defaults: Default::default(),
            unsupported: BTreeMap::new(),
            ceilings: BTreeMap::new(),
        }
    }

    fn found(settings: &[(&str, &str)]) -> Vec<String> {
        let line = |finding: super::Finding| format!("{} → {}: {}", finding.setting, finding.wanted, finding.message);
        audit(&account(settings)).into_iter().map(line).collect()
    }

    #[test]
    fn every_kind_of_exposure_has_its_words() {
        let old = |security, auth| {
            found(&[
                ("incoming.protocol", "pop3"),
                ("incoming.security", security),
                ("incoming.auth", auth),
                ("incoming.port", "110"),
            ])
        };
        for (security, auth, words) in [
            ("cleartext", "password", "anybody on the way can read the password and the mail"),
            ("cleartext", "ntlm", "the login is protected, the mail is not: secure authentication is no TLS"),
            ("cleartext", "none", "anybody on the way can read the mail"),
            ("starttls-if-offered", "password", "whoever sits in between can take the offer of TLS away, and then reads along"),
        ] {
            assert_eq!(old(security, auth), [format!("incoming.security → implicit-tls: {words}")]);
        }
        assert_eq!(old("starttls", "password"), [""; 0]);
    }

    #[test]
    fn ports_of_the_other_kind_and_port_25_are_found() {
        let port = |protocol, security, port| {
            found(&[("incoming.protocol", protocol), ("incoming.security", security), ("incoming.port", port)])
        };
        assert!(port("imap", "starttls", "993")[0].starts_with("incoming.port → 143"));
        assert!(port("pop3", "implicit-tls", "110")[0].starts_with("incoming.port → 995"));
        assert_eq!(port("imap", "implicit-tls", "993"), [""; 0]);
        let out = |security, port| found(&[("outgoing.security", security), ("outgoing.port", port)]);
        assert!(out("starttls", "25")[0].starts_with("outgoing.port → 587: port 25"));
        assert!(out("implicit-tls", "25")[0].starts_with("outgoing.port → 465"));
        assert_eq!(out("implicit-tls", "2525"), [""; 0]);
        // One that is to speak TLS from the first byte is already on the port for it.
        assert_eq!(out("cleartext", "465").len(), 1);
        assert!(out("cleartext", "25")[1].starts_with("outgoing.port → 465"));
    }

    #[test]
    fn a_client_whose_tls_is_too_old_is_found_where_it_uses_it() {
        let with = |security: &str| {
            let mut account = account(&[("incoming.protocol", "pop3"), ("incoming.security", security)]);
            account.ceilings.insert(Setting::IncomingSecurity, "TLS 1.0");
            audit(&account)
        };
        let [old] = &with("implicit-tls")[..] else { panic!("one finding") };
        assert!(old.message.starts_with("the client speaks TLS 1.0 at most") && !old.can_be_set());
        let [open] = &with("cleartext")[..] else { panic!("one finding") };
        assert!(open.can_be_set());
    }

    #[test]
    fn an_account_is_as_good_as_its_worst_server() {
        let both = [("incoming.security", "implicit-tls"), ("outgoing.security", "starttls-if-offered")];
        assert_eq!(grade(&account(&both)), Some(Security::StartTlsIfOffered));
        assert_eq!(grade(&account(&both[..1])), Some(Security::ImplicitTls));
        assert_eq!(grade(&account(&[("incoming.security", "starttls"), ("outgoing.host", "x")])), None);
        assert_eq!(grade(&account(&[])), None);
    }

    #[test]
    fn a_policy_is_broken_by_what_differs() {
        let wants = |name: &str, text: &str| {
            let setting = Setting::named(name).unwrap();
            let value = Value::parse(setting.kind(), text).unwrap();
            BTreeMap::from([(setting, Want { value, rule: "r".to_owned(), named: true })])
        };
        let has = account(&[("check.every_minutes", "5"), ("junk.safe_senders", "@a.example,@b.example")]);
        assert_eq!(against(&has, &wants("check.every_minutes", "5")), []);
        assert_eq!(against(&has, &wants("junk.safe_senders", "@b.example")), []);
        assert_eq!(against(&has, &wants("check.every_minutes", "9"))[0].actual, Some(Value::Minutes(Some(5))));
        assert_eq!(against(&has, &wants("junk.safe_senders", "@c.example")).len(), 1);
        assert_eq!(against(&has, &wants("incoming.port", "995"))[0].message, "rule r wants it");
    }
}
