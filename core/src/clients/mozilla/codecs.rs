//! Codecs of the Mozilla family: values whose meaning depends on the version that wrote them (reference: mozilla,
//! sections 0 and 4).

use crate::codec::{Codec, Cx, Got, Put, Tok, meaning, unknown};
use crate::lens::Prim;
use crate::value::{Auth, Security, Value, submission_port};

/// The version in which opportunistic TLS was removed: the stored 1 means no TLS from there on.
const NO_OPPORTUNISTIC_TLS: u32 = 132;
/// The version from which `realhostname` and `realuserName` are dead.
pub(super) const NO_REAL_NAMES: u32 = 129;
/// The Suite's version from Gecko 1.8 on: 1.8 itself and SeaMonkey 1.
pub(super) const GECKO_18: u32 = 1;
/// The first version whose default submission port is not 25.
const SUBMISSION_BY_DEFAULT: u32 = 102;

/// Splits a host with a port inside, as the client does on load.
pub(in crate::clients) fn split_port(host: &str) -> (&str, Option<u16>) {
    match host.rsplit_once(':') {
        Some((name, port)) if !name.is_empty() && (!name.contains(':') || name.ends_with(']')) => match port.parse::<u16>() {
            Ok(port) if port > 0 => (name, Some(port)),
            _ => (host, None),
        },
        _ => (host, None),
    }
}

/// Own cells: `hostname`, `port` (aside), `realhostname` (aside).
pub(in crate::clients) const HOST: Codec = Codec::Fn { get: get_host, put: put_host };

fn real<'a>(cx: &'a Cx<'_>, at: usize) -> Option<&'a str> {
    cx.text(at).filter(|text| !text.is_empty() && cx.version < NO_REAL_NAMES)
}

fn get_host(cx: &Cx<'_>) -> Got {
    let host = real(cx, 2).or(cx.text(0)).map(|host| split_port(host).0).unwrap_or_default();
    if host.is_empty() { Got::Unset } else { Got::Is(Value::Text(host.to_owned())) }
}

/// The name that folders, logins and POP3 state go by is changed too, so that the edit is right in every version; the
/// follows take care of those. A `real*` name that would win is removed. A port inside the old name is kept.
fn put_host(value: &Value, cx: &Cx<'_>) -> Put {
    let Value::Text(host) = value else { return Err(format!("it can't hold {value}")) };
    let mut own = cx.but(0, Prim::Text(host.clone()));
    if let (Some(cell), Some(port)) = (own.get_mut(1), cx.text(0).and_then(|old| split_port(old).1)) {
        *cell = Some(Prim::Int(i64::from(port)));
    }
    if let Some(cell) = own.get_mut(2).filter(|_| cx.version < NO_REAL_NAMES) {
        *cell = None;
    }
    Ok(own)
}

/// Own cells: `userName`, `realuserName` (aside).
pub(in crate::clients) const USERNAME: Codec = Codec::Fn {
    get: |cx| match real(cx, 1).or(cx.text(0)) {
        None | Some("") => Got::Unset,
        Some(user) => Got::Is(Value::Text(user.to_owned())),
    },
    put: |value, cx| {
        let Value::Text(user) = value else { return Err(format!("it can't hold {value}")) };
        let mut own = cx.but(0, Prim::Text(user.clone()));
        if let Some(cell) = own.get_mut(1).filter(|_| cx.version < NO_REAL_NAMES) {
            *cell = None;
        }
        Ok(own)
    },
};

/// Own cells: `port`, `hostname` (aside: it may hold a port, which wins). Neighbours: `socketType`, `isSecure`, the default of
/// `socketType`.
pub(in crate::clients) const PORT: Codec = Codec::Fn {
    get: |cx| match (cx.text(1).and_then(|host| split_port(host).1), cx.int(0)) {
        (Some(port), _) => Got::Is(Value::Port(port)),
        (None, None) => Got::Unset,
        // 1 and less is how the client writes "not set".
        (None, Some(..=1)) => default_port(cx).map_or(Got::Unset, Got::Is),
        (None, Some(n)) => match u16::try_from(n) {
            Ok(port) => Got::Is(Value::Port(port)),
            Err(_) => unknown(&Prim::Int(n)),
        },
    },
    put: |value, cx| {
        let Value::Port(port @ 2..) = value else { return Err(format!("it takes port {value} for none")) };
        let mut own = cx.but(0, Prim::Int(i64::from(*port)));
        if let (Some(cell), Some(host)) = (own.get_mut(1), cx.text(1)) {
            *cell = Some(Prim::Text(split_port(host).0.to_owned()));
        }
        Ok(own)
    },
};

/// The port that goes without saying: of the name, else of protocol and security.
pub(in crate::clients) fn default_port(cx: &Cx<'_>) -> Option<Value> {
    if let Some(port) = cx.text(1).and_then(|host| split_port(host).1) {
        return Some(Value::Port(port));
    }
    Some(Value::Port(cx.protocol?.port(near_security(cx))))
}

/// Of neighbours that are those of `SECURITY`.
fn near_security(cx: &Cx<'_>) -> Security {
    match (cx.near_int(0), cx.near_bool(1), cx.near_int(2)) {
        (Some(3), ..) | (None, Some(true), _) | (None, _, Some(3)) => Security::ImplicitTls,
        _ => Security::Cleartext,
    }
}

/// Own cell: `port`. Neighbour: `try_ssl`.
pub(in crate::clients) const OUTGOING_PORT: Codec = Codec::Fn {
    get: |cx| match cx.int(0) {
        None => Got::Unset,
        Some(..=0) => default_outgoing_port(cx).map_or(Got::Unset, Got::Is),
        Some(n) => u16::try_from(n).map_or_else(|_| unknown(&Prim::Int(n)), |port| Got::Is(Value::Port(port))),
    },
    put: |value, cx| match value {
        Value::Port(port) => Ok(cx.but(0, Prim::Int(i64::from(*port)))),
        other => Err(format!("it can't hold {other}")),
    },
};

/// The submission port that goes without saying: 465 inside TLS; else 587, and 25 in older versions.
pub(in crate::clients) fn default_outgoing_port(cx: &Cx<'_>) -> Option<Value> {
    let security = near_security(cx);
    let old = security != Security::ImplicitTls && cx.version < SUBMISSION_BY_DEFAULT;
    Some(Value::Port(if old { 25 } else { submission_port(security) }))
}

/// Own cells: `socketType`, `isSecure` (aside: of the oldest versions, kept in step where it is). Neighbour: the default of
/// `socketType`, which counts where the server's own `isSecure` does not say TLS. Of an outgoing server `try_ssl` alone.
pub(in crate::clients) const SECURITY: Codec = Codec::Fn { get: get_security, put: put_security };

const SOCKET_TYPES: &[(Tok, Security)] =
    &[(Tok::I(0), Security::Cleartext), (Tok::I(2), Security::StartTls), (Tok::I(3), Security::ImplicitTls)];

fn get_security(cx: &Cx<'_>) -> Got {
    let is = |security| Got::Is(Value::Security(security));
    let secure = cx.bool(1) == Some(true);
    let default = cx.with.first().and_then(Option::as_ref).filter(|_| !secure);
    match cx.own.first().and_then(Option::as_ref).or(default) {
        None if secure => is(Security::ImplicitTls),
        None => is(Security::Cleartext),
        Some(Prim::Int(1)) if cx.version < NO_OPPORTUNISTIC_TLS => is(Security::StartTlsIfOffered),
        Some(Prim::Int(1)) => is(Security::Cleartext),
        Some(prim) => meaning(SOCKET_TYPES, prim).map_or_else(|| unknown(prim), is),
    }
}

fn put_security(value: &Value, cx: &Cx<'_>) -> Put {
    let Value::Security(security) = value else { return Err(format!("it can't hold {value}")) };
    let Some((tok, _)) = SOCKET_TYPES.iter().find(|(_, known)| known == security) else {
        return Err("opportunistic TLS is gone from version 132 on, where its number means no TLS".to_owned());
    };
    let mut own = cx.but(0, tok.prim());
    if let Some(cell) = own.get_mut(1).filter(|cell| cell.is_some()) {
        *cell = Some(Prim::Bool(*security == Security::ImplicitTls));
    }
    Ok(own)
}

/// The Suite's. Before Gecko 1.8 it goes by `isSecure` alone, which is written with `socketType`: later ones go by that.
pub(in crate::clients) const SUITE_SECURITY: Codec = Codec::Fn {
    get: get_security,
    put: |value, cx| {
        if cx.version >= GECKO_18 {
            return put_security(value, cx);
        }
        let secure = match value {
            Value::Security(Security::ImplicitTls) => true,
            Value::Security(Security::Cleartext) => false,
            _ => return Err("versions before Gecko 1.8 know TLS from the first byte, not STARTTLS".to_owned()),
        };
        let mut own = put_security(value, cx)?;
        if let Some(cell) = own.get_mut(1) {
            *cell = Some(Prim::Bool(secure));
        }
        Ok(own)
    },
};

/// The Suite's, of an outgoing server.
pub(in crate::clients) const SUITE_OUTGOING_SECURITY: Codec = Codec::Fn {
    get: get_security,
    put: |value, cx| match value {
        Value::Security(Security::ImplicitTls) if cx.version < GECKO_18 => {
            Err("versions before Gecko 1.8 send with STARTTLS, not with TLS from the first byte".to_owned())
        }
        _ => put_security(value, cx),
    },
};

/// The words of `authMethod` for POP3 and outgoing servers (MailNewsTypes2.idl). 2 and 3 are both the password.
pub(in crate::clients) const AUTH: Codec = Codec::Auth(&[
    (Tok::I(3), Auth::Password),
    (Tok::I(2), Auth::Password),
    (Tok::I(4), Auth::EncryptedPassword),
    (Tok::I(5), Auth::Gssapi),
    (Tok::I(6), Auth::Ntlm),
    (Tok::I(10), Auth::OAuth2),
    (Tok::I(1), Auth::None),
    (Tok::I(7), Auth::Other(std::borrow::Cow::Borrowed("7"))),
    (Tok::I(8), Auth::Other(std::borrow::Cow::Borrowed("8"))),
    (Tok::I(9), Auth::Other(std::borrow::Cow::Borrowed("9"))),
]);

/// The same for IMAP, which alone knows client certificates.
pub(in crate::clients) const IMAP_AUTH: Codec = Codec::Auth(&[
    (Tok::I(3), Auth::Password),
    (Tok::I(2), Auth::Password),
    (Tok::I(4), Auth::EncryptedPassword),
    (Tok::I(5), Auth::Gssapi),
    (Tok::I(6), Auth::Ntlm),
    (Tok::I(7), Auth::ClientCertificate),
    (Tok::I(10), Auth::OAuth2),
    (Tok::I(1), Auth::None),
    (Tok::I(8), Auth::Other(std::borrow::Cow::Borrowed("8"))),
    (Tok::I(9), Auth::Other(std::borrow::Cow::Borrowed("9"))),
]);

/// What no `authMethod` means.
pub(in crate::clients) fn password(_: &Cx<'_>) -> Option<Value> {
    Some(Value::Auth(Auth::Password))
}
