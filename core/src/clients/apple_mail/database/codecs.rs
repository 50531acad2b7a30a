//! Codecs of the Accounts database (reference: apple, section 2.2).

use crate::clients::apple_mail::codecs::{SCHEMES, port_of, scheme_means};
use crate::codec::{Codec, Cx, Got, Put, fits, meaning, unknown};
use crate::lens::Prim;
use crate::value::{Auth, Security, Value, submission_port};

/// The first version of which the names of all schemes are known.
const FIRST_WITH_NAMES: u32 = 15;

/// Keeps Mail from looking for settings by itself.
fn pinned(mut own: Vec<Option<Prim>>) -> Put {
    if let Some(cell) = own.last_mut() {
        *cell = Some(Prim::Bool(true));
    }
    Ok(own)
}

fn said(own: Option<&str>, provided: Option<&str>) -> Got {
    let text = own.filter(|text| !text.is_empty()).or(provided.filter(|text| !text.is_empty()));
    text.map_or(Got::Unset, |text| Got::Is(Value::Text(text.to_owned())))
}

/// Own cells: `Hostname`, the pin (aside). Neighbour: the provider's.
pub(super) const HOST: Codec = Codec::Fn {
    get: |cx| said(cx.text(0), cx.near_text(0)),
    put: |value, cx| match value {
        Value::Text(host) => pinned(cx.but(0, Prim::Text(host.clone()))),
        other => Err(format!("it can't hold {other}")),
    },
};

/// Own cell: `ZUSERNAME`. Neighbour: the provider's.
pub(super) const USER: Codec = Codec::Fn {
    get: |cx| said(cx.text(0), cx.near_text(0)),
    put: |value, cx| match value {
        Value::Text(user) => Ok(cx.but(0, Prim::Text(user.clone()))),
        other => Err(format!("it can't hold {other}")),
    },
};

/// Own cells: `PortNumber`, the pin (aside). Neighbours: `SSLEnabled`, the provider's port and TLS.
pub(super) const PORT: Codec = Codec::Fn {
    get: |cx| {
        let secured = cx.near_bool(0).or(cx.near_bool(2)) == Some(true);
        let own = |protocol: crate::value::Protocol| {
            Got::Is(Value::Port(protocol.port(if secured { Security::ImplicitTls } else { Security::Cleartext })))
        };
        cx.int(0).or(cx.near_int(1)).map_or_else(|| cx.protocol.map_or(Got::Unset, own), port_of)
    },
    put: put_port,
};

/// Own cells: `PortNumber`, the pin (aside). Neighbour: the provider's port, which counts unless it is one that Mail tries.
pub(super) const OUTGOING_PORT: Codec = Codec::Fn {
    get: |cx| cx.int(0).or(cx.near_int(0).filter(|port| ![25, 465, 587].contains(port))).map_or(Got::Unset, port_of),
    put: put_port,
};

fn put_port(value: &Value, cx: &Cx<'_>) -> Put {
    match value {
        Value::Port(port) => pinned(cx.but(0, Prim::Int(i64::from(*port)))),
        other => Err(format!("it can't hold {other}")),
    }
}

/// Own cells: `SSLEnabled`, `SSLIsDirect`, the pin (aside). Neighbours: `PortNumber`, the provider's port and TLS.
pub(super) const SECURITY: Codec = Codec::Fn {
    get: |cx| {
        let secure = cx.protocol.map(|protocol| i64::from(protocol.port(Security::ImplicitTls)));
        let port = cx.near_int(0).or(cx.near_int(1));
        security(cx, cx.near_bool(2), port.is_none() || port == secure)
    },
    put: |value, cx| put_security(value, cx, cx.near_bool(2)),
};

/// Own cells as above. Neighbours: `PortNumber`, the provider's TLS.
pub(super) const OUTGOING_SECURITY: Codec = Codec::Fn {
    get: |cx| security(cx, cx.near_bool(1), cx.near_int(0) == Some(i64::from(submission_port(Security::ImplicitTls)))),
    put: |value, cx| put_security(value, cx, cx.near_bool(1)),
};

fn security(cx: &Cx<'_>, provided: Option<bool>, direct_by_port: bool) -> Got {
    Got::Is(Value::Security(match (cx.bool(0).or(provided), cx.bool(1).unwrap_or(direct_by_port)) {
        (None | Some(false), _) => Security::Cleartext,
        (Some(true), true) => Security::ImplicitTls,
        (Some(true), false) => Security::StartTls,
    }))
}

/// Off is no key at all, as Mail leaves it; but for a provider's TLS, which would count then.
fn put_security(value: &Value, cx: &Cx<'_>, provided: Option<bool>) -> Put {
    let (on, direct) = match value {
        Value::Security(Security::ImplicitTls) => (Some(true), Some(true)),
        Value::Security(Security::StartTls) => (Some(true), Some(false)),
        Value::Security(Security::Cleartext) => (provided.filter(|on| *on).map(|_| false), cx.bool(1)),
        Value::Security(Security::StartTlsIfOffered) => return Err("it has no TLS that gives way to none".to_owned()),
        other => return Err(format!("it can't hold {other}")),
    };
    pinned(vec![on.map(Prim::Bool), direct.map(Prim::Bool), None])
}

/// Own cell: `AuthenticationScheme`.
pub(super) const AUTH: Codec = Codec::Fn {
    get: |cx| scheme_means(cx.text(0)),
    put: |value, cx| match value {
        Value::Auth(Auth::None) => Err("an incoming server always asks for a login".to_owned()),
        Value::Auth(auth) => scheme(cx, auth).map(|scheme| vec![scheme]),
        other => Err(format!("it can't hold {other}")),
    },
};

/// Own cell: `AuthenticationScheme`. Neighbours: the user name, the provider's user name.
pub(super) const OUTGOING_AUTH: Codec = Codec::Fn {
    get: |cx| match (cx.text(0), cx.near_text(0).or(cx.near_text(1)).filter(|user| !user.is_empty())) {
        (None, None) => Got::Unset,
        (word, _) => scheme_means(word),
    },
    put: |value, cx| match value {
        Value::Auth(Auth::None) => {
            Err("where Mail keeps that no login is asked for is not known; AppleScript has \"authentication\"".to_owned())
        }
        // Said aloud, it holds without a user name too.
        Value::Auth(Auth::Password) if cx.text(0).is_none() => Ok(vec![Some(Prim::Text(String::new()))]),
        Value::Auth(auth) => scheme(cx, auth).map(|scheme| vec![scheme]),
        other => Err(format!("it can't hold {other}")),
    },
};

fn scheme(cx: &Cx<'_>, wanted: &Auth) -> Result<Option<Prim>, String> {
    let now = cx.text(0).map(|text| Prim::Text(text.to_owned()));
    let word = || SCHEMES.iter().find(|(_, auth)| auth == wanted).map(|(tok, _)| tok.prim());
    match &now {
        Some(prim) if meaning(SCHEMES, prim).as_ref() == Some(wanted) => Ok(now),
        Some(prim) if matches!(meaning(SCHEMES, prim), Some(Auth::OAuth2 | Auth::Other(_))) => {
            Err("the login by a token is its provider's to set".to_owned())
        }
        None if *wanted == Auth::Password => Ok(None),
        _ if matches!(wanted, Auth::OAuth2 | Auth::Other(_)) => Err("a login by a token can't be set up here".to_owned()),
        _ if *wanted == Auth::Password || cx.version >= FIRST_WITH_NAMES => {
            word().map(Some).ok_or_else(|| format!("it has no word for {wanted}"))
        }
        _ => Err(format!("the name that versions before 10.15 have for {wanted} is not known; Mail's own settings have it")),
    }
}

/// Own cell: `NumberOfDaysToKeepJunk`.
pub(super) const JUNK_DAYS: Codec = Codec::Fn {
    get: |cx| match cx.int(0) {
        Some(-1) => Got::Is(Value::Days(None)),
        Some(0) | None => Got::Unset,
        Some(n) => match u32::try_from(n).ok().filter(|n| fits(*n).is_ok()) {
            Some(n) => Got::Is(Value::Days(Some(n))),
            None => unknown(&Prim::Int(n)),
        },
    },
    put: |value, cx| match (value, cx.int(0)) {
        (Value::Days(Some(n)), Some(_)) => Ok(vec![Some(Prim::Int(fits(*n)?))]),
        (Value::Days(None), Some(_)) => Ok(vec![Some(Prim::Int(-1))]),
        (Value::Days(None), None) => Ok(vec![None]),
        (Value::Days(Some(_)), None) => {
            Err("Mail has not written it for this account; set it once in Mail's own settings".to_owned())
        }
        (other, _) => Err(format!("it can't hold {other}")),
    },
};

/// What no `NumberOfDaysToKeepJunk` means.
pub(super) fn kept_forever(_: &Cx<'_>) -> Option<Value> {
    Some(Value::Days(None))
}
