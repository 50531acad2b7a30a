//! The values that settings hold.

use std::fmt;

use waxseal::value as core;

macro_rules! words {
    ($(#[doc = $about:literal] $name:ident is $core:ident { $(#[doc = $doc:literal] $variant:ident,)* })*) => {$(
        #[doc = $about]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, uniffi::Enum)]
        pub enum $name {
            $(#[doc = $doc] $variant,)*
        }

        impl From<core::$core> for $name {
            fn from(value: core::$core) -> $name {
                match value { $(core::$core::$variant => $name::$variant,)* }
            }
        }

        impl From<$name> for core::$core {
            fn from(value: $name) -> core::$core {
                match value { $($name::$variant => core::$core::$variant,)* }
            }
        }
    )*};
}

words! {
    /// How an incoming server is spoken to. It can be read, never set.
    MailProtocol is Protocol {
        /// POP3.
        Pop3,
        /// IMAP.
        Imap,
    }
    /// How a connection is protected, in the terms of RFC 8314.
    Security is Security {
        /// No TLS at all: insecure.
        Cleartext,
        /// STARTTLS when the server offers it: whoever sits in between can take the offer away, so insecure.
        StartTlsIfOffered,
        /// STARTTLS, or no connection.
        StartTls,
        /// TLS from the first byte.
        ImplicitTls,
    }
    /// How eagerly a client sorts mail out as junk.
    Level is Level {
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
}

/// How the client proves who it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, uniffi::Enum)]
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
    Oauth2,
    /// No authentication; on an outgoing server "SMTP requires authentication" is unchecked.
    NoAuth,
    /// A method that only this client knows.
    Other {
        /// The client's own word for it.
        raw: String,
    },
}

/// One value of a setting. A password is never one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, uniffi::Enum)]
#[uniffi::export(Display)]
pub enum Value {
    /// POP3 or IMAP.
    Protocol {
        /// Which.
        value: MailProtocol,
    },
    /// A host, a user name. In a rule it may hold variables: `{email}`, `{local}`, `{domain}`, `{user}`, `{csv.COLUMN}`.
    Text {
        /// The text.
        value: String,
    },
    /// A TCP port.
    Port {
        /// Its number, never 0.
        value: u16,
    },
    /// Protection of the connection.
    Security {
        /// Which.
        value: Security,
    },
    /// Authentication.
    Auth {
        /// Which.
        value: Auth,
    },
    /// A switch.
    Switch {
        /// Whether it is on.
        value: bool,
    },
    /// Days.
    Days {
        /// How many; none is never.
        value: Option<u32>,
    },
    /// Minutes.
    Minutes {
        /// How many; none is never.
        value: Option<u32>,
    },
    /// Junk level.
    Level {
        /// Which.
        value: Level,
    },
    /// Addresses and `@domains`.
    Senders {
        /// Sorted, each once.
        value: Vec<String>,
    },
}

impl From<core::Auth> for Auth {
    fn from(auth: core::Auth) -> Auth {
        match auth {
            core::Auth::Password => Auth::Password,
            core::Auth::EncryptedPassword => Auth::EncryptedPassword,
            core::Auth::Ntlm => Auth::Ntlm,
            core::Auth::Gssapi => Auth::Gssapi,
            core::Auth::ClientCertificate => Auth::ClientCertificate,
            core::Auth::OAuth2 => Auth::Oauth2,
            core::Auth::None => Auth::NoAuth,
            core::Auth::Other(raw) => Auth::Other { raw: raw.into_owned() },
        }
    }
}

impl From<Auth> for core::Auth {
    fn from(auth: Auth) -> core::Auth {
        match auth {
            Auth::Password => core::Auth::Password,
            Auth::EncryptedPassword => core::Auth::EncryptedPassword,
            Auth::Ntlm => core::Auth::Ntlm,
            Auth::Gssapi => core::Auth::Gssapi,
            Auth::ClientCertificate => core::Auth::ClientCertificate,
            Auth::Oauth2 => core::Auth::OAuth2,
            Auth::NoAuth => core::Auth::None,
            Auth::Other { raw } => core::Auth::Other(raw.into()),
        }
    }
}

impl From<core::Value> for Value {
    fn from(value: core::Value) -> Value {
        match value {
            core::Value::Protocol(value) => Value::Protocol { value: value.into() },
            core::Value::Text(value) => Value::Text { value },
            core::Value::Port(value) => Value::Port { value },
            core::Value::Security(value) => Value::Security { value: value.into() },
            core::Value::Auth(value) => Value::Auth { value: value.into() },
            core::Value::Bool(value) => Value::Switch { value },
            core::Value::Days(value) => Value::Days { value },
            core::Value::Minutes(value) => Value::Minutes { value },
            core::Value::Level(value) => Value::Level { value: value.into() },
            core::Value::Senders(value) => Value::Senders { value },
        }
    }
}

impl From<Value> for core::Value {
    fn from(value: Value) -> core::Value {
        match value {
            Value::Protocol { value } => core::Value::Protocol(value.into()),
            Value::Text { value } => core::Value::Text(value),
            Value::Port { value } => core::Value::Port(value),
            Value::Security { value } => core::Value::Security(value.into()),
            Value::Auth { value } => core::Value::Auth(value.into()),
            Value::Switch { value } => core::Value::Bool(value),
            Value::Days { value } => core::Value::Days(value),
            Value::Minutes { value } => core::Value::Minutes(value),
            Value::Level { value } => core::Value::Level(value.into()),
            Value::Senders { value } => core::Value::Senders(value),
        }
    }
}

/// As typed in a policy and printed by the command line.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        core::Value::from(self.clone()).fmt(f)
    }
}
