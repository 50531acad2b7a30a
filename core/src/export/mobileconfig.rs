//! A configuration profile with one mail payload an account (`com.apple.mail.managed`): what Macs, iPhones and iPads take accounts
//! from (reference: apple, section 5). Identifiers are made of the account, so that a profile made again replaces the one before.

use std::fmt::Write as _;

use md5::{Digest, Md5};

use super::Export;
use crate::account::{Account, Server};
use crate::setting::{Setting, Side};
use crate::value::{Auth, Protocol, Security};

/// Makes a profile of accounts. `identifier` is its own, in the reversed-domain style; a profile with the same one replaces it.
pub fn mobileconfig<'a>(accounts: impl IntoIterator<Item = &'a Account>, identifier: &str) -> Export {
    let mut export = Export { text: String::new(), accounts: 0, left: Vec::new() };
    let mut payloads: Vec<Dict> = Vec::new();
    for account in accounts {
        let mut left = Vec::new();
        match payload(account, &mut left) {
            Ok(mut payload) => {
                let mut name = format!("{identifier}.{}", label(account));
                // Two accounts of one address are two payloads.
                while payloads.iter().any(|known| known.text("PayloadIdentifier") == Some(&name)) {
                    name.push('x');
                }
                payload.identify("com.apple.mail.managed", &name);
                payloads.push(payload);
            }
            Err(why) => left.push(why),
        }
        export.left.extend(left.into_iter().map(|what| (account.id.clone(), what)));
    }
    export.accounts = payloads.len();
    let mut profile = Dict::default();
    profile.put("PayloadDisplayName", Item::Text("Mail accounts".to_owned()));
    profile.put("PayloadScope", Item::Text("User".to_owned()));
    profile.put("PayloadContent", Item::Array(payloads));
    profile.identify("Configuration", identifier);
    export.text = profile.document();
    export
}

/// The end of a payload's identifier.
fn label(account: &Account) -> String {
    let name = account.email().unwrap_or(&account.id);
    name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c.to_ascii_lowercase() } else { '.' }).collect()
}

fn payload(account: &Account, left: &mut Vec<String>) -> Result<Dict, String> {
    let protocol = account.protocol().ok_or("a profile needs an incoming server")?;
    let incoming = account.incoming().ok_or("a profile needs an incoming server")?;
    let outgoing = account.outgoing().ok_or("a profile needs an outgoing server")?;
    let kind = match protocol {
        Protocol::Pop3 => "EmailTypePOP",
        Protocol::Imap => "EmailTypeIMAP",
    };
    let mut payload = Dict::default();
    payload.put("EmailAccountType", Item::Text(kind.to_owned()));
    payload.put("EmailAccountDescription", Item::Text(account.name.clone()));
    if let Some(email) = account.email() {
        payload.put("EmailAddress", Item::Text(email.to_owned()));
    }
    server(&mut payload, Side::Incoming, &incoming, protocol.port(Security::ImplicitTls), left)?;
    server(&mut payload, Side::Outgoing, &outgoing, crate::value::submission_port(Security::ImplicitTls), left)?;
    for (setting, value) in account.settings.iter().filter(|(setting, _)| says_nothing_of(**setting)) {
        if !account.defaults.contains(setting) {
            left.push(format!("{setting} = {value}: a profile has no such key"));
        }
    }
    Ok(payload)
}

fn says_nothing_of(setting: Setting) -> bool {
    setting.side() == Side::Mailbox
}

/// One server's keys.
fn server(payload: &mut Dict, side: Side, server: &Server<'_>, direct: u16, left: &mut Vec<String>) -> Result<(), String> {
    let (prefix, word) = if side == Side::Incoming { ("Incoming", "incoming") } else { ("Outgoing", "outgoing") };
    let mut put = |name: &str, item: Item| payload.put(&format!("{prefix}MailServer{name}"), item);
    let host = server.host.ok_or_else(|| format!("a profile needs an {word} server"))?;
    put("HostName", Item::Text(host.to_owned()));
    put("Authentication", Item::Text(auth(server.auth, word)?.to_owned()));
    if let Some(user) = server.username {
        put("Username", Item::Text(user.to_owned()));
    }
    if let Some(port) = server.port {
        put("PortNumber", Item::Integer(port));
    }
    let security = server.security.unwrap_or(Security::Cleartext);
    put("UseSSL", Item::Switch(security != Security::Cleartext));
    // The switch is for both kinds of TLS; the port says which.
    match (security, server.port == Some(direct)) {
        (Security::ImplicitTls, false) => {
            left.push(format!(
                "{word}.security = {security}: a profile says so by port {direct} only, and this one may be taken for STARTTLS"
            ));
        }
        (Security::StartTls, true) => {
            left.push(format!("{word}.security = {security}: on port {direct} a profile means TLS from the first byte"))
        }
        (Security::StartTlsIfOffered, _) => left.push(format!("{word}.security = {security}: the profile asks for TLS always")),
        (Security::Cleartext, _) => {
            left.push(format!("{word}.security = {security}: the account will be as insecure as it is here"))
        }
        _ => {}
    }
    Ok(())
}

fn auth(auth: Option<&Auth>, word: &str) -> Result<&'static str, String> {
    match auth {
        Some(Auth::Password) => Ok("EmailAuthPassword"),
        Some(Auth::EncryptedPassword) => Ok("EmailAuthCRAMMD5"),
        Some(Auth::Ntlm) => Ok("EmailAuthNTLM"),
        Some(Auth::None) | None if word == "outgoing" => Ok("EmailAuthNone"),
        None => Ok("EmailAuthPassword"),
        Some(other) => Err(format!("{word}.auth = {other}: a profile has no word for it")),
    }
}

/// A value of a profile.
#[derive(Debug)]
enum Item {
    Text(String),
    Integer(u16),
    Switch(bool),
    Array(Vec<Dict>),
}

/// A dictionary of a profile.
#[derive(Debug, Default)]
struct Dict(std::collections::BTreeMap<String, Item>);

impl Dict {
    fn put(&mut self, name: &str, item: Item) {
        self.0.insert(name.to_owned(), item);
    }

    fn text(&self, name: &str) -> Option<&str> {
        match self.0.get(name) {
            Some(Item::Text(text)) => Some(text),
            _ => None,
        }
    }

    fn identify(&mut self, kind: &str, identifier: &str) {
        self.put("PayloadType", Item::Text(kind.to_owned()));
        self.put("PayloadVersion", Item::Integer(1));
        self.put("PayloadIdentifier", Item::Text(identifier.to_owned()));
        self.put("PayloadUUID", Item::Text(uuid(identifier)));
    }

    fn document(&self) -> String {
        let mut out = String::from(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \
             \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n<plist version=\"1.0\">\n",
        );
        self.write(&mut out, 0);
        out.push_str("</plist>\n");
        out
    }

    fn write(&self, out: &mut String, depth: usize) {
        let indent = "\t".repeat(depth);
        let _ = writeln!(out, "{indent}<dict>");
        for (name, item) in &self.0 {
            let _ = writeln!(out, "{indent}\t<key>{}</key>", escaped(name));
            let _ = match item {
                Item::Text(text) => writeln!(out, "{indent}\t<string>{}</string>", escaped(text)),
                Item::Integer(number) => writeln!(out, "{indent}\t<integer>{number}</integer>"),
                Item::Switch(on) => writeln!(out, "{indent}\t<{on}/>"),
                Item::Array(items) => {
                    let _ = writeln!(out, "{indent}\t<array>");
                    items.iter().for_each(|item| item.write(out, depth + 2));
                    writeln!(out, "{indent}\t</array>")
                }
            };
        }
        let _ = writeln!(out, "{indent}</dict>");
    }
}

/// Text as XML holds it; what XML can't hold is left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\t' | '\n' => out.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => out.push(c),
        }
    }
    out
}

/// A name's UUID (RFC 9562, version 3, in the namespace of domain names): the same name, the same UUID.
fn uuid(name: &str) -> String {
    const DOMAINS: [u8; 16] = [0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8];
    let mut bytes: [u8; 16] = Md5::new().chain_update(DOMAINS).chain_update(name).finalize().into();
    bytes[6] = bytes[6] & 0x0f | 0x30;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let digits: String = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|range| digits.get(range).unwrap_or_default().to_owned());
    parts.join("-")
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::{mobileconfig, uuid};
    use crate::account::Account;
    use crate::document::{Key, Raw};
    use crate::formats::plist;
    use crate::setting::Setting;
    use crate::value::{Auth, Protocol, Security, Value};

    fn account(id: &str, settings: &[(Setting, Value)]) -> Account {
        let text = |text: &str| Value::Text(text.to_owned());
        let mut all = BTreeMap::from([
            (Setting::IncomingProtocol, Value::Protocol(Protocol::Imap)),
            (Setting::IncomingHost, text("imap.example.com")),
            (Setting::IncomingPort, Value::Port(993)),
            (Setting::IncomingSecurity, Value::Security(Security::ImplicitTls)),
            (Setting::IncomingAuth, Value::Auth(Auth::Password)),
            (Setting::IncomingUsername, text("a&b")),
            (Setting::OutgoingHost, text("smtp.example.com")),
            (Setting::OutgoingPort, Value::Port(587)),
            (Setting::OutgoingSecurity, Value::Security(Security::StartTls)),
            (Setting::OutgoingAuth, Value::Auth(Auth::None)),
        ]);
        all.extend(settings.iter().cloned());
        Account {
            id: id.to_owned(),
            name: "Work <1>".to_owned(),
            emails: vec![format!("{id}@example.com")],
            store: "x".into(),
            settings: all,
            defaults: BTreeSet::new(),
            unsupported: BTreeMap::new(),
            ceilings: BTreeMap::new(),
        }
    }

    #[test]
    fn a_profile_says_what_an_account_has() {
        let accounts = [account("a", &[]), account("a", &[])];
        let export = mobileconfig(&accounts, "com.example.mail");
        assert_eq!((export.accounts, &*export.left), (2, &[][..]));
        let document = plist::open(export.text.as_bytes()).unwrap();
        let get = |key: &str| document.get(&Key::raw(key));
        assert_eq!(get("PayloadIdentifier"), Some(Raw::text("com.example.mail")));
        assert_eq!(get("PayloadVersion"), Some(Raw::Int(1)));
        for (key, raw) in [
            ("EmailAccountType", Raw::text("EmailTypeIMAP")),
            ("EmailAccountDescription", Raw::text("Work <1>")),
            ("IncomingMailServerUsername", Raw::text("a&b")),
            ("IncomingMailServerUseSSL", Raw::Bool(true)),
            ("IncomingMailServerPortNumber", Raw::Int(993)),
            ("OutgoingMailServerAuthentication", Raw::text("EmailAuthNone")),
            ("PayloadIdentifier", Raw::text("com.example.mail.a.example.com")),
            ("PayloadUUID", Raw::text(uuid("com.example.mail.a.example.com"))),
        ] {
            assert_eq!(get(&format!("PayloadContent/0/{key}")), Some(raw), "{key}");
        }
        assert_eq!(get("PayloadContent/1/PayloadIdentifier"), Some(Raw::text("com.example.mail.a.example.comx")));
        assert_eq!(mobileconfig(&accounts, "com.example.mail"), export);
    }

    #[test]
    fn every_login_has_its_published_word() {
        for (auth, incoming, outgoing) in [
            (Auth::Password, "EmailAuthPassword", "EmailAuthPassword"),
            (Auth::EncryptedPassword, "EmailAuthCRAMMD5", "EmailAuthCRAMMD5"),
            (Auth::Ntlm, "EmailAuthNTLM", "EmailAuthNTLM"),
            (Auth::None, "", "EmailAuthNone"),
        ] {
            let incoming = (Setting::IncomingAuth, Value::Auth(auth.clone()), incoming);
            for (setting, value, word) in [incoming, (Setting::OutgoingAuth, Value::Auth(auth), outgoing)] {
                let export = mobileconfig(&[account("a", &[(setting, value)])], "com.example.mail");
                let side = if setting == Setting::IncomingAuth { "Incoming" } else { "Outgoing" };
                let key = Key::raw(format!("PayloadContent/0/{side}MailServerAuthentication"));
                let found = plist::open(export.text.as_bytes()).unwrap().get(&key);
                assert_eq!(found, (!word.is_empty()).then(|| Raw::text(word)), "{setting}");
            }
        }
    }

    #[test]
    fn what_a_profile_cannot_say_is_told() {
        let accounts = [
            account("port", &[(Setting::IncomingPort, Value::Port(8993))]),
            account("check", &[(Setting::CheckEveryMinutes, Value::Minutes(Some(5)))]),
            account("token", &[(Setting::IncomingAuth, Value::Auth(Auth::OAuth2))]),
        ];
        let mut sender = account("sender", &[]);
        sender.settings.retain(|setting, _| setting.side() == crate::setting::Side::Outgoing);
        let export = mobileconfig(accounts.iter().chain([&sender]), "com.example.mail");
        assert_eq!(export.accounts, 2);
        let of: Vec<&str> = export.left.iter().map(|(id, _)| id.as_str()).collect();
        assert_eq!(of, ["port", "check", "token", "sender"]);
    }

    #[test]
    fn a_name_has_one_uuid() {
        assert_eq!(uuid("www.example.com"), "5DF41881-3AED-3515-88A7-2F4A814CF09E");
    }
}
