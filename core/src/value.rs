//! The values that settings hold, independent of any client: protocol, security, auth, and the rest.
//! Each has one spelling, used alike by the command line, policies, JSON and messages. Knows nothing of stores.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::setting::Kind;

/// How an incoming server is spoken to. Read only: turning POP3 into IMAP is another product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    /// POP3 (RFC 1939).
    Pop3,
    /// IMAP (RFC 9051).
    Imap,
}

/// How a connection is protected, in the terms of RFC 8314. The last two are insecure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Security {
    /// No TLS at all.
    Cleartext,
    /// STARTTLS when the server offers it: whoever sits in between can take the offer away.
    #[serde(rename = "starttls-if-offered")]
    StartTlsIfOffered,
    /// STARTTLS, or no connection.
    #[serde(rename = "starttls")]
    StartTls,
    /// TLS from the first byte.
    ImplicitTls,
}

impl Security {
    /// Whether nobody in between can read along.
    pub fn is_secure(self) -> bool {
        self >= Security::StartTls
    }

    /// Its word, as typed and printed.
    pub fn word(self) -> &'static str {
        spelled(SECURITY, &self)
    }

    /// The rank for "made less secure": both forms of TLS count alike.
    pub(crate) fn rank(self) -> u8 {
        match self {
            Security::Cleartext => 0,
            Security::StartTlsIfOffered => 1,
            Security::StartTls | Security::ImplicitTls => 2,
        }
    }
}

/// How the client proves who it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Auth {
    /// The password itself: safe only inside TLS.
    Password,
    /// A challenge and response (CRAM-MD5, APOP, DIGEST-MD5, SCRAM).
    EncryptedPassword,
    /// NTLM, also called secure password authentication.
    Ntlm,
    /// Kerberos through GSSAPI.
    Gssapi,
    /// A TLS client certificate (SASL EXTERNAL).
    ClientCertificate,
    /// OAuth 2.0 tokens.
    OAuth2,
    /// No authentication; on an outgoing server "SMTP requires authentication" is unchecked.
    None,
    /// A method that only this client knows, by the client's own word.
    Other(Cow<'static, str>),
}

/// How eagerly a client sorts mail out as junk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// No junk filter.
    Off,
    /// Filter on, where a client has only a switch.
    On,
    /// Only obvious junk.
    Low,
    /// Most junk, and some mail that is none.
    High,
    /// Only mail from safe senders is let through.
    Exclusive,
}

/// One value of the model. Passwords, tokens and message text are never one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Value {
    /// POP3 or IMAP.
    Protocol(Protocol),
    /// A host, a user name.
    Text(String),
    /// A TCP port, never 0.
    Port(u16),
    /// Protection of the connection.
    Security(Security),
    /// Authentication.
    Auth(Auth),
    /// A switch.
    Bool(bool),
    /// Days; `None` is never.
    Days(Option<u32>),
    /// Minutes; `None` is never.
    Minutes(Option<u32>),
    /// Junk level.
    Level(Level),
    /// Addresses and `@domains`, sorted, each once.
    Senders(Vec<String>),
}

impl Protocol {
    /// All protocols, in the order of the tables.
    pub const ALL: [Protocol; 2] = [Protocol::Pop3, Protocol::Imap];

    /// The protocol's name as typed and printed.
    pub fn name(self) -> &'static str {
        match self {
            Protocol::Pop3 => "pop3",
            Protocol::Imap => "imap",
        }
    }

    /// The port that follows from protocol and security (RFC 8314, section 7): 110/995, 143/993.
    pub fn port(self, security: Security) -> u16 {
        match (self, security == Security::ImplicitTls) {
            (Protocol::Pop3, true) => 995,
            (Protocol::Pop3, false) => 110,
            (Protocol::Imap, true) => 993,
            (Protocol::Imap, false) => 143,
        }
    }
}

/// The submission port that follows from security: 465 inside TLS, else 587 (RFC 8314, RFC 6409).
pub fn submission_port(security: Security) -> u16 {
    if security == Security::ImplicitTls { 465 } else { 587 }
}

const SECURITY: &[(Security, &str)] = &[
    (Security::ImplicitTls, "implicit-tls"),
    (Security::StartTls, "starttls"),
    (Security::StartTlsIfOffered, "starttls-if-offered"),
    (Security::Cleartext, "cleartext"),
];

const LEVEL: &[(Level, &str)] =
    &[(Level::Off, "off"), (Level::On, "on"), (Level::Low, "low"), (Level::High, "high"), (Level::Exclusive, "exclusive")];

const AUTH: &[(Auth, &str)] = &[
    (Auth::Password, "password"),
    (Auth::EncryptedPassword, "encrypted-password"),
    (Auth::Ntlm, "ntlm"),
    (Auth::Gssapi, "gssapi"),
    (Auth::ClientCertificate, "client-certificate"),
    (Auth::OAuth2, "oauth2"),
    (Auth::None, "none"),
];

fn spelled<T: PartialEq>(table: &'static [(T, &'static str)], wanted: &T) -> &'static str {
    table.iter().find(|(value, _)| value == wanted).map_or("", |(_, word)| word)
}

fn meant<T: Clone>(table: &[(T, &str)], word: &str) -> Option<T> {
    table.iter().find(|(_, known)| *known == word).map(|(value, _)| value.clone())
}

impl fmt::Display for Security {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(spelled(SECURITY, self))
    }
}

impl fmt::Display for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Auth::Other(raw) => write!(f, "other:{raw}"),
            known => f.write_str(spelled(AUTH, known)),
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(spelled(LEVEL, self))
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Protocol(protocol) => protocol.fmt(f),
            Value::Text(text) => f.write_str(text),
            Value::Port(port) => port.fmt(f),
            Value::Security(security) => security.fmt(f),
            Value::Auth(auth) => auth.fmt(f),
            Value::Bool(on) => on.fmt(f),
            Value::Days(None) | Value::Minutes(None) => f.write_str("never"),
            Value::Days(Some(n)) | Value::Minutes(Some(n)) => n.fmt(f),
            Value::Level(level) => level.fmt(f),
            Value::Senders(senders) => f.write_str(&senders.join(", ")),
        }
    }
}

/// The words that values of a kind may be; empty where they are not words.
pub fn words(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Protocol => &["pop3", "imap"],
        Kind::Security => &["implicit-tls", "starttls", "starttls-if-offered", "cleartext"],
        Kind::Auth => &["password", "encrypted-password", "ntlm", "gssapi", "client-certificate", "oauth2", "none"],
        Kind::Level => &["off", "on", "low", "high", "exclusive"],
        Kind::Bool => &["true", "false"],
        _ => &[],
    }
}

impl Value {
    /// Whether what is there is what is wanted: the same; of senders, all of them among others.
    pub(crate) fn is_met_by(&self, there: &Value) -> bool {
        match (self, there) {
            (Value::Senders(wanted), Value::Senders(there)) => wanted.iter().all(|sender| there.contains(sender)),
            _ => self == there,
        }
    }

    /// Reads a value as typed or written in a policy: what kind it must be is the setting's to say.
    ///
    /// # Errors
    /// Says in words what was expected, and what stood there.
    pub fn parse(kind: Kind, text: &str) -> Result<Value, String> {
        let number = || text.parse::<u32>().ok().filter(|n| *n > 0 && *n <= 100_000);
        let or_never = |what: &str| match text {
            "never" => Ok(None),
            _ => number().map(Some).ok_or_else(|| format!("expected {what} or \"never\", found \"{text}\"")),
        };
        let one_of = |words: Vec<&str>| format!("expected {}, found \"{text}\"", words.join(", "));
        match kind {
            Kind::Protocol => match text {
                "pop3" => Ok(Value::Protocol(Protocol::Pop3)),
                "imap" => Ok(Value::Protocol(Protocol::Imap)),
                _ => Err(one_of(vec!["pop3", "imap"])),
            },
            Kind::Host => host(text).map(Value::Text),
            Kind::Text => plain(text).map(Value::Text),
            Kind::Port => match text.parse::<u16>() {
                Ok(port) if port > 0 => Ok(Value::Port(port)),
                _ => Err(format!("expected a port from 1 to 65535, found \"{text}\"")),
            },
            Kind::Security => {
                meant(SECURITY, text).map(Value::Security).ok_or_else(|| one_of(SECURITY.iter().map(|(_, w)| *w).collect()))
            }
            Kind::Auth => match text.strip_prefix("other:").filter(|raw| !raw.is_empty()) {
                Some(raw) => Ok(Value::Auth(Auth::Other(Cow::Owned(raw.to_owned())))),
                None => meant(AUTH, text)
                    .map(Value::Auth)
                    .ok_or_else(|| one_of(AUTH.iter().map(|(_, w)| *w).chain(["other:RAW"]).collect())),
            },
            Kind::Bool => match text {
                "true" => Ok(Value::Bool(true)),
                "false" => Ok(Value::Bool(false)),
                _ => Err(one_of(vec!["true", "false"])),
            },
            Kind::Days => or_never("a number of days").map(Value::Days),
            Kind::Minutes => or_never("a number of minutes").map(Value::Minutes),
            Kind::Level => meant(LEVEL, text).map(Value::Level).ok_or_else(|| one_of(LEVEL.iter().map(|(_, w)| *w).collect())),
            Kind::Senders => senders(text.split(',').map(str::trim)).map(Value::Senders),
        }
    }
}

/// A host name or address: no blanks, no port, no path, no user.
fn host(text: &str) -> Result<String, String> {
    let address = text.parse::<std::net::IpAddr>().is_ok();
    let name = !text.is_empty()
        && text.len() <= 253
        && text.split('.').all(|label| !label.is_empty() && label.len() <= 63)
        && text.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '.' || c == '_');
    if address || name { Ok(text.to_owned()) } else { Err(format!("expected a host name, found \"{text}\"")) }
}

/// One line of text without control characters; no store can hold more in these fields.
fn plain(text: &str) -> Result<String, String> {
    if text.is_empty() || text.chars().any(char::is_control) {
        return Err(format!("expected one line of text, found {text:?}"));
    }
    Ok(text.to_owned())
}

/// Addresses and `@domains`, lower-cased, sorted, each once.
pub(crate) fn senders<'a>(entries: impl Iterator<Item = &'a str>) -> Result<Vec<String>, String> {
    let mut found = Vec::new();
    for entry in entries.filter(|entry| !entry.is_empty()) {
        let domain = entry.rsplit_once('@').map(|(_, domain)| domain);
        if domain.is_none_or(|domain| host(domain).is_err()) || entry.contains(char::is_whitespace) {
            return Err(format!("expected an address or an @domain, found \"{entry}\""));
        }
        found.push(entry.to_lowercase());
    }
    found.sort();
    found.dedup();
    Ok(found)
}

impl Value {
    /// The value as it stands in JSON output: numbers and switches as such, the rest as its word.
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Value::Port(port) => (*port).into(),
            Value::Bool(on) => (*on).into(),
            Value::Days(Some(n)) | Value::Minutes(Some(n)) => (*n).into(),
            Value::Senders(senders) => senders.clone().into(),
            other => other.to_string().into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{AUTH, LEVEL, Protocol, SECURITY, words};
    use crate::setting::Kind;

    #[test]
    fn the_words_are_those_of_the_tables() {
        assert_eq!(words(Kind::Security), SECURITY.iter().map(|(_, word)| *word).collect::<Vec<_>>());
        assert_eq!(words(Kind::Auth), AUTH.iter().map(|(_, word)| *word).collect::<Vec<_>>());
        assert_eq!(words(Kind::Level), LEVEL.iter().map(|(_, word)| *word).collect::<Vec<_>>());
        assert_eq!(words(Kind::Protocol), Protocol::ALL.map(Protocol::name));
    }
}
