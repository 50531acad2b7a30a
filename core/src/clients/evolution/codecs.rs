//! Words of Evolution's sources (reference: linux, sections 1.4 and 1.5).

use std::borrow::Cow;

use crate::codec::{Codec, Cx, Got, Put, Tok, meaning, unknown, word};
use crate::lens::Prim;
use crate::value::{Auth, Protocol, Security, Value};

/// The most days that the client holds.
const MOST_DAYS: u32 = 365;
const SHELL: &str =
    "a shell command (Imapx Backend/UseShellCommand) makes the connection, so host, port and security say nothing";

const SECURITIES: &[(Tok, Security)] = &[
    (Tok::S("none"), Security::Cleartext),
    (Tok::S("starttls-on-standard-port"), Security::StartTls),
    (Tok::S("ssl-on-alternate-port"), Security::ImplicitTls),
];

/// Own cell: `Method` of `[Security]`.
pub(super) const SECURITY: Codec = Codec::Security(SECURITIES);

/// Own cells: `Method` of `[Security]`, `UseShellCommand` (aside).
pub(super) const IMAP_SECURITY: Codec = Codec::Fn {
    get: |cx| if connects_by_shell(cx) { by_shell() } else { SECURITY.get(cx) },
    put: |value, cx| SECURITY.put(value, cx).map(connecting_itself),
};

/// Own cell: `Port`. Neighbour: `Method` of `[Security]`.
pub(super) const PORT: Codec = Codec::Fn { get: |cx| port(cx, cx.protocol), put: put_port };

/// Own cells: `Port`, `UseShellCommand` (aside). Neighbour: `Method` of `[Security]`.
pub(super) const IMAP_PORT: Codec = Codec::Fn {
    get: |cx| if connects_by_shell(cx) { by_shell() } else { port(cx, cx.protocol) },
    put: |value, cx| put_port(value, cx).map(connecting_itself),
};

/// Own cell: `Port`. Neighbour: `Method` of `[Security]`.
pub(super) const SUBMISSION_PORT: Codec = Codec::Fn { get: |cx| port(cx, None), put: put_port };

fn connects_by_shell(cx: &Cx<'_>) -> bool {
    cx.bool(1) == Some(true)
}

fn by_shell() -> Got {
    Got::Unknown(SHELL.to_owned())
}

/// The cells with the shell command off, where it was on.
fn connecting_itself(mut own: Vec<Option<Prim>>) -> Vec<Option<Prim>> {
    if let Some(cell) = own.get_mut(1).filter(|cell| **cell == Some(Prim::Bool(true))) {
        *cell = Some(Prim::Bool(false));
    }
    own
}

/// 0 is the port that goes without saying: of the protocol and security; a sender's is 25 outside TLS.
fn port(cx: &Cx<'_>, protocol: Option<Protocol>) -> Got {
    let security = match cx.near_text(0) {
        Some("ssl-on-alternate-port") => Security::ImplicitTls,
        _ => Security::Cleartext,
    };
    let usual = match (protocol, security) {
        (Some(protocol), security) => protocol.port(security),
        (None, Security::ImplicitTls) => 465,
        (None, _) => 25,
    };
    match cx.int(0) {
        None | Some(0) => Got::Is(Value::Port(usual)),
        Some(n) => u16::try_from(n).map_or_else(|_| unknown(&Prim::Int(n)), |port| Got::Is(Value::Port(port))),
    }
}

fn put_port(value: &Value, cx: &Cx<'_>) -> Put {
    match value {
        Value::Port(port) => Ok(cx.but(0, Prim::Int(i64::from(*port)))),
        other => Err(format!("it can't hold {other}")),
    }
}

/// Own cell: `DeleteAfterDays`; 0 is never.
pub(super) const DAYS: Codec = Codec::Fn {
    get: |cx| match (cx.int(0), Codec::Days.get(cx)) {
        (Some(n), _) if n > i64::from(MOST_DAYS) => unknown(&Prim::Int(n)),
        (_, got) => got,
    },
    put: |value, cx| match value {
        Value::Days(Some(days)) if *days > MOST_DAYS => Err(format!("{days} is more than the {MOST_DAYS} days that it can hold")),
        value => Codec::Days.put(value, cx),
    },
};

macro_rules! methods {
    ($($first:expr),* ; $($more:expr),*) => { &[
        $($first,)*
        (Tok::S("LOGIN"), Auth::Password),
        (Tok::S("CRAM-MD5"), Auth::EncryptedPassword),
        (Tok::S("DIGEST-MD5"), Auth::EncryptedPassword),
        (Tok::S("SCRAM-SHA-1"), Auth::EncryptedPassword),
        (Tok::S("SCRAM-SHA-256"), Auth::EncryptedPassword),
        (Tok::S("NTLM"), Auth::Ntlm),
        (Tok::S("GSSAPI"), Auth::Gssapi),
        (Tok::S("XOAUTH2"), Auth::OAuth2),
        (Tok::S("Google"), Auth::OAuth2),
        (Tok::S("Outlook"), Auth::OAuth2),
        (Tok::S("Yahoo"), Auth::OAuth2),
        (Tok::S("ANONYMOUS"), Auth::Other(Cow::Borrowed("ANONYMOUS"))),
        $($more),*
    ] };
}

type Methods = &'static [(Tok, Auth)];

/// Without a method the password goes by the protocol's own command, which every server has.
const INCOMING: Methods = methods![
    (Tok::S("none"), Auth::Password), (Tok::S(""), Auth::Password), (Tok::S("PLAIN"), Auth::Password);
    (Tok::S("+APOP"), Auth::EncryptedPassword)
];

/// Without a method nobody logs in.
const OUTGOING: Methods = methods![
    (Tok::S("none"), Auth::None), (Tok::S(""), Auth::None), (Tok::S("PLAIN"), Auth::Password);
    (Tok::S("POPB4SMTP"), Auth::Other(Cow::Borrowed("POPB4SMTP")))
];

/// Own cell: `Method` of `[Authentication]`.
pub(super) const INCOMING_AUTH: Codec =
    Codec::Fn { get: |cx| method(INCOMING, cx), put: |value, cx| put_method(INCOMING, value, cx) };

/// Own cell: `Method` of `[Authentication]`.
pub(super) const OUTGOING_AUTH: Codec =
    Codec::Fn { get: |cx| method(OUTGOING, cx), put: |value, cx| put_method(OUTGOING, value, cx) };

fn method(methods: Methods, cx: &Cx<'_>) -> Got {
    match cx.own.first().and_then(Option::as_ref) {
        Some(prim) => meaning(methods, prim).map_or_else(|| unknown(prim), |auth| Got::Is(Value::Auth(auth))),
        None => Got::Unset,
    }
}

fn put_method(methods: Methods, value: &Value, cx: &Cx<'_>) -> Put {
    match value {
        Value::Auth(Auth::OAuth2) if method(methods, cx) != Got::Is(Value::Auth(Auth::OAuth2)) => {
            Err("which provider's sign-in it is, only its own account assistant can set up".to_owned())
        }
        Value::Auth(auth) => Ok(cx.but(0, word(methods, auth, cx)?)),
        other => Err(format!("it can't hold {other}")),
    }
}
