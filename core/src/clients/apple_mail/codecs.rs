//! Codecs of Apple Mail's property lists (reference: apple, sections 1.3 and 1.4).

use super::era::FIRST_OF_ITS_OWN;
use crate::codec::{Codec, Cx, Got, Put, Tok, fits, meaning, unknown};
use crate::document::Raw;
use crate::formats::plist;
use crate::lens::{Form, Prim};
use crate::value::{Auth, Level, Protocol, Security, Value};

/// A switch written as `YES` or `NO`, in any letter case.
pub(super) const YES_NO: Form = Form {
    name: "YES or NO",
    get: |raw| match raw.as_text()? {
        text if text.eq_ignore_ascii_case("yes") => Some(Prim::Bool(true)),
        text if text.eq_ignore_ascii_case("no") => Some(Prim::Bool(false)),
        _ => None,
    },
    put: |prim| if let Prim::Bool(on) = prim { Some(Raw::text(if *on { "YES" } else { "NO" })) } else { None },
};

/// A whole number that stands there as a real. A change writes it as a number of its own kind.
pub(super) const WHOLE_REAL: Form =
    Form { name: "a whole number as a real", get: |raw| plist::whole(raw).map(Prim::Int), put: |_| None };

/// Keeps Mail from looking for settings by itself: in versions that do, and where the key is there.
fn pinned(mut own: Vec<Option<Prim>>, at: usize, cx: &Cx<'_>) -> Put {
    if let Some(cell) = own.get_mut(at).filter(|cell| cell.is_some() || cx.version >= FIRST_OF_ITS_OWN) {
        *cell = Some(Prim::Bool(false));
    }
    Ok(own)
}

/// Own cells: `Hostname`, `ConfigureDynamically` (aside).
pub(super) const HOST: Codec = Codec::Fn {
    get: |cx| match cx.text(0) {
        None | Some("") => Got::Unset,
        Some(host) => Got::Is(Value::Text(host.to_owned())),
    },
    put: |value, cx| match value {
        Value::Text(host) => pinned(cx.but(0, Prim::Text(host.clone())), 1, cx),
        other => Err(format!("it can't hold {other}")),
    },
};

/// Own cells: `PortNumber`, `ConfigureDynamically` (aside). Neighbour: `SSLEnabled`.
pub(super) const PORT: Codec = Codec::Fn {
    get: |cx| cx.int(0).map_or(Got::Unset, port_of),
    put: |value, cx| match value {
        Value::Port(port) => pinned(cx.but(0, Prim::Int(i64::from(*port))), 1, cx),
        other => Err(format!("it can't hold {other}")),
    },
};

pub(super) fn port_of(n: i64) -> Got {
    match u16::try_from(n) {
        Ok(port @ 1..) => Got::Is(Value::Port(port)),
        _ => unknown(&Prim::Int(n)),
    }
}

/// What no `PortNumber` means.
pub(super) fn default_port(cx: &Cx<'_>) -> Option<Value> {
    let secured = cx.near_bool(0) == Some(true);
    Some(Value::Port(cx.protocol?.port(if secured { Security::ImplicitTls } else { Security::Cleartext })))
}

/// Own cells: `PortNumber`, `UseDefaultPorts` (aside), `ConfigureDynamically` (aside).
pub(super) const OUTGOING_PORT: Codec = Codec::Fn {
    get: |cx| match (cx.bool(1), cx.int(0)) {
        (Some(true), _) | (_, None) => Got::Unset,
        (_, Some(n)) => port_of(n),
    },
    put: |value, cx| {
        let Value::Port(port) = value else { return Err(format!("it can't hold {value}")) };
        let mut own = cx.but(0, Prim::Int(i64::from(*port)));
        if let Some(cell) = own.get_mut(1).filter(|cell| cell.is_some()) {
            *cell = Some(Prim::Bool(false));
        }
        pinned(own, 2, cx)
    },
};

/// Own cells: `SSLEnabled`, `SecurityLayerType`, `ConfigureDynamically` (aside). Neighbour: `PortNumber`.
pub(super) const SECURITY: Codec =
    Codec::Fn { get: |cx| get_security(cx, implied(cx)), put: |value, cx| put_security(value, cx, implied(cx)) };

/// The same with the neighbour `UseDefaultPorts` behind it.
pub(super) const OUTGOING_SECURITY: Codec = Codec::Fn {
    get: |cx| get_security(cx, outgoing_implied(cx)),
    put: |value, cx| put_security(value, cx, outgoing_implied(cx)),
};

/// What TLS without a layer is on this port.
fn implied(cx: &Cx<'_>) -> Security {
    let own = cx.protocol.map(|protocol: Protocol| i64::from(protocol.port(Security::ImplicitTls)));
    if cx.near_int(0).is_none_or(|port| Some(port) == own) { Security::ImplicitTls } else { Security::StartTls }
}

fn outgoing_implied(cx: &Cx<'_>) -> Security {
    let pinned = cx.near_bool(1) != Some(true) && cx.near_int(0) == Some(465);
    if pinned { Security::ImplicitTls } else { Security::StartTls }
}

const STARTTLS: i64 = 2;
const IMPLICIT: i64 = 3;

fn get_security(cx: &Cx<'_>, implied: Security) -> Got {
    match (cx.bool(0), cx.int(1)) {
        (None | Some(false), _) => Got::Is(Value::Security(Security::Cleartext)),
        (Some(true), None) => Got::Is(Value::Security(implied)),
        (Some(true), Some(STARTTLS)) => Got::Is(Value::Security(Security::StartTls)),
        (Some(true), Some(IMPLICIT)) => Got::Is(Value::Security(Security::ImplicitTls)),
        (Some(true), Some(other)) => unknown(&Prim::Int(other)),
    }
}

/// A layer that is there is kept in step; else only STARTTLS is written out, and only where Mail knows layers. Off is no
/// key at all, since some readers take its mere presence for on.
fn put_security(value: &Value, cx: &Cx<'_>, implied: Security) -> Put {
    let Value::Security(security) = value else { return Err(format!("it can't hold {value}")) };
    let layer = match (security, cx.int(1)) {
        (Security::Cleartext, layer) => layer,
        (Security::StartTlsIfOffered, _) => return Err("it has no TLS that gives way to none".to_owned()),
        (_, Some(other)) if other != STARTTLS && other != IMPLICIT => {
            return Err(format!("SecurityLayerType {other} has no known meaning"));
        }
        (Security::StartTls, Some(_)) => Some(STARTTLS),
        (Security::ImplicitTls, Some(_)) => Some(IMPLICIT),
        (Security::StartTls, None) if cx.version >= FIRST_OF_ITS_OWN => Some(STARTTLS),
        (wanted, None) if *wanted == implied => None,
        (Security::StartTls, None) => return Err("on the port of implicit TLS this version speaks no STARTTLS".to_owned()),
        (Security::ImplicitTls, None) => return Err("TLS from the first byte is known on its own port only".to_owned()),
    };
    let on = (*security != Security::Cleartext).then_some(Prim::Bool(true));
    let mut own = cx.but(0, on);
    if let Some(cell) = own.get_mut(1) {
        *cell = layer.map(Prim::Int);
    }
    pinned(own, 2, cx)
}

/// What no `SSLEnabled` means.
pub(super) fn not_secured(_: &Cx<'_>) -> Option<Value> {
    Some(Value::Security(Security::Cleartext))
}

pub(super) const SCHEMES: &[(Tok, Auth)] = &[
    (Tok::S(""), Auth::Password),
    (Tok::S("CRAM-MD5"), Auth::EncryptedPassword),
    (Tok::S("DIGEST-MD5"), Auth::EncryptedPassword),
    (Tok::S("X-APOP"), Auth::EncryptedPassword),
    (Tok::S("NTLM"), Auth::Ntlm),
    (Tok::S("GSSAPI"), Auth::Gssapi),
    (Tok::S("EXTERNAL"), Auth::ClientCertificate),
    (Tok::S("XOAUTH2"), Auth::OAuth2),
    (Tok::S("ATOKEN"), Auth::Other(std::borrow::Cow::Borrowed("ATOKEN"))),
    (Tok::S("ATOKEN2"), Auth::Other(std::borrow::Cow::Borrowed("ATOKEN2"))),
];

/// The scheme that an auth needs: the one that stands there, or none for the password. No other name is written.
fn scheme(now: Option<&str>, wanted: &Auth) -> Result<Option<Prim>, String> {
    let now = now.map(|text| Prim::Text(text.to_owned()));
    match (&now, wanted) {
        (None, Auth::Password) => Ok(None),
        (Some(prim), _) if meaning(SCHEMES, prim).as_ref() == Some(wanted) => Ok(now),
        (Some(_), Auth::Password) => Ok(Some(Prim::Text(String::new()))),
        _ => Err(format!("the name that these versions have for {wanted} is not known; Mail's own settings have it")),
    }
}

pub(super) fn scheme_means(now: Option<&str>) -> Got {
    let prim = Prim::Text(now.unwrap_or_default().to_owned());
    meaning(SCHEMES, &prim).map_or_else(|| unknown(&prim), |auth| Got::Is(Value::Auth(auth)))
}

/// Own cell: `AuthenticationScheme`.
pub(super) const AUTH: Codec = Codec::Fn {
    get: |cx| scheme_means(cx.text(0)),
    put: |value, cx| match value {
        Value::Auth(Auth::None) => Err("an incoming server always asks for a login".to_owned()),
        Value::Auth(auth) => Ok(vec![scheme(cx.text(0), auth)?]),
        other => Err(format!("it can't hold {other}")),
    },
};

/// What no `AuthenticationScheme` means.
pub(super) fn default_password(_: &Cx<'_>) -> Option<Value> {
    Some(Value::Auth(Auth::Password))
}

/// Own cells: `ShouldUseAuthentication`, `AuthenticationScheme` (aside).
pub(super) const OUTGOING_AUTH: Codec = Codec::Fn {
    get: |cx| match cx.bool(0) {
        Some(true) => scheme_means(cx.text(1)),
        _ => Got::Is(Value::Auth(Auth::None)),
    },
    put: |value, cx| match value {
        Value::Auth(Auth::None) => Ok(cx.but(0, None)),
        Value::Auth(auth) => Ok(vec![Some(Prim::Bool(true)), scheme(cx.text(1), auth)?]),
        other => Err(format!("it can't hold {other}")),
    },
};

/// What no `ShouldUseAuthentication` means.
pub(super) fn no_login(_: &Cx<'_>) -> Option<Value> {
    Some(Value::Auth(Auth::None))
}

/// The numbers of minutes that Mail offers.
const MINUTES: [i64; 5] = [1, 5, 15, 30, 60];

/// Own cells: `PollTime`, `AutoFetch`, which say the same together.
pub(super) const CHECK_EVERY: Codec = Codec::Fn {
    get: |cx| match (cx.int(0), cx.bool(1)) {
        (_, Some(false)) | (Some(0), _) => Got::Is(Value::Minutes(None)),
        (None | Some(-1), _) => Got::Unset,
        // Other numbers than Mail offers come from scripts.
        (Some(n), _) => match u32::try_from(n).ok().filter(|n| fits(*n).is_ok()) {
            Some(n) => Got::Is(Value::Minutes(Some(n))),
            None => unknown(&Prim::Int(n)),
        },
    },
    put: |value, cx| match value {
        Value::Minutes(None) => Ok(vec![Some(Prim::Int(0)), Some(Prim::Bool(false))]),
        Value::Minutes(Some(n)) if MINUTES.contains(&i64::from(*n)) || cx.int(0) == Some(i64::from(*n)) => {
            Ok(vec![Some(Prim::Int(i64::from(*n))), Some(Prim::Bool(true))])
        }
        Value::Minutes(Some(_)) => Err("it checks every 1, 5, 15, 30 or 60 minutes".to_owned()),
        other => Err(format!("it can't hold {other}")),
    },
};

/// The words of `JunkMailBehavior`.
pub(super) const JUNK: Codec = Codec::Level(&[(Tok::I(1), Level::On), (Tok::I(2), Level::On), (Tok::I(0), Level::Off)]);
