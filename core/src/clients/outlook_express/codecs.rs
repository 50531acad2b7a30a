//! Codecs of Outlook Express (reference: windows, section 2).

use crate::codec::{Codec, Cx, Got, Tok, fits, unknown};
use crate::lens::Prim;
use crate::value::{Auth, Security, Value};

/// The port on which TLS for SMTP is spoken from the first byte.
const SUBMISSIONS: i64 = 465;

fn tls(cx: &Cx<'_>) -> Security {
    if cx.near_int(0) == Some(SUBMISSIONS) { Security::ImplicitTls } else { Security::StartTls }
}

/// Own cell: `SMTP Secure Connection`. Neighbour: `SMTP Port`, which says what kind of TLS it is.
pub(super) const OUTGOING_SECURITY: Codec = Codec::Fn {
    get: |cx| match cx.bool(0) {
        Some(true) => Got::Is(Value::Security(tls(cx))),
        _ => Got::Is(Value::Security(Security::Cleartext)),
    },
    put: |value, cx| match value {
        Value::Security(Security::Cleartext) => Ok(vec![Some(Prim::Bool(false))]),
        Value::Security(security) if *security == tls(cx) => Ok(vec![Some(Prim::Bool(true))]),
        Value::Security(Security::ImplicitTls) => Err("it speaks TLS from the first byte on port 465 alone".to_owned()),
        Value::Security(Security::StartTls) => Err("on port 465 it speaks TLS from the first byte".to_owned()),
        other => Err(format!("it can't hold {other}")),
    },
};

const NONE: i64 = 0;
const SPA: i64 = 1;
const AS_INCOMING: i64 = 2;
const OWN: i64 = 3;

const METHODS: &[(Tok, Auth)] = &[
    (Tok::I(NONE), Auth::None),
    (Tok::I(SPA), Auth::Ntlm),
    (Tok::I(AS_INCOMING), Auth::Password),
    (Tok::I(OWN), Auth::Password),
];

/// Own cell: `SMTP Use Sicily`.
pub(super) const OUTGOING_AUTH: Codec = Codec::Auth(METHODS);

/// Own cells: `SMTP User Name`, `SMTP Use Sicily` (aside). Neighbour: the incoming server's user.
pub(super) const OUTGOING_USERNAME: Codec = Codec::Fn {
    get: |cx| {
        let own = matches!(cx.int(1), Some(SPA | OWN));
        match if own { cx.text(0) } else { cx.near_text(0) } {
            None | Some("") => Got::Unset,
            Some(user) => Got::Is(Value::Text(user.to_owned())),
        }
    },
    put: |value, cx| {
        let Value::Text(user) = value else { return Err(format!("it can't hold {value}")) };
        let method = if cx.int(1) == Some(SPA) { SPA } else { OWN };
        Ok(vec![Some(Prim::Text(user.clone())), Some(Prim::Int(method))])
    },
};

const MINUTE: i64 = 60_000;
const NEVER: i64 = 0xFFFF_FFFF;

/// Why an account is never looked at by itself.
const LEFT_OUT: &str = "the account is left out when all mail is fetched (POP3 Skip Account)";

/// Own cell: `Poll For Mail` of the identity. Neighbour: whether the account is left out.
pub(super) const INTERVAL: Codec = Codec::Fn {
    get: |cx| match (cx.near_bool(0), cx.int(0)) {
        (Some(true), _) | (_, Some(0 | NEVER)) => Got::Is(Value::Minutes(None)),
        (_, None) => Got::Unset,
        (_, Some(time)) => match u32::try_from(time / MINUTE) {
            Ok(minutes @ 1..) if time % MINUTE == 0 => Got::Is(Value::Minutes(Some(minutes))),
            _ => unknown(&Prim::Int(time)),
        },
    },
    put: |value, cx| match value {
        Value::Minutes(Some(_)) if cx.near_bool(0) == Some(true) => Err(LEFT_OUT.to_owned()),
        Value::Minutes(None) => Ok(vec![Some(Prim::Int(NEVER))]),
        Value::Minutes(Some(minutes)) => Ok(vec![Some(Prim::Int(fits(*minutes)? * MINUTE))]),
        other => Err(format!("it can't hold {other}")),
    },
};
