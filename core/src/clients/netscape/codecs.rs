//! Codecs of Netscape 4. A server is one text, `host` or `host:port`; its connections take a port from there for every protocol,
//! and refuse one that is well known for another (mozilla/network/main/mkconect.c, net_FindAddress).

use crate::codec::{Codec, Cx, Got, Put, unknown};
use crate::lens::Prim;
use crate::value::{Auth, Protocol, Security, Value};

/// Splits a server at its first colon, as the client does.
pub(super) fn split_port(server: &str) -> (&str, Option<u16>) {
    match server.split_once(':') {
        Some((host, port)) => (host, port.parse().ok().filter(|port| *port > 0)),
        None => (server, None),
    }
}

/// Own cell: the server. A port behind the old name stays behind the new one.
pub(super) const HOST: Codec = Codec::Fn {
    get: |cx| match split_port(cx.text(0).unwrap_or_default()).0 {
        "" => Got::Unset,
        host => Got::Is(Value::Text(host.to_owned())),
    },
    put: |value, cx| match value {
        Value::Text(host) if host.contains([':', ',', ' ']) => {
            Err("it takes what stands behind a colon for the port, and a comma for the next server".to_owned())
        }
        Value::Text(host) => Ok(cx.but(0, Prim::Text(with_port(host, split_port(cx.text(0).unwrap_or_default()).1)))),
        other => Err(format!("it can't hold {other}")),
    },
};

fn with_port(host: &str, port: Option<u16>) -> String {
    port.map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

fn port(cx: &Cx<'_>, standard: u16) -> u16 {
    split_port(cx.text(0).unwrap_or_default()).1.unwrap_or(standard)
}

fn put_port(value: &Value, cx: &Cx<'_>, standard: u16) -> Put {
    let Value::Port(port) = value else { return Err(format!("it can't hold {value}")) };
    match split_port(cx.text(0).unwrap_or_default()).0 {
        "" => Err("there is no server for it".to_owned()),
        _ if *port != standard && is_taken(*port) => {
            Err(format!("it refuses to connect to port {port}, which is another service's"))
        }
        host => Ok(cx.but(0, Prim::Text(with_port(host, Some(*port).filter(|port| *port != standard))))),
    }
}

/// Ports that it connects to only where they are the protocol's own (the same file, net_bad_ports_table).
fn is_taken(port: u16) -> bool {
    #[rustfmt::skip]
    const TAKEN: &[u16] = &[
        1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 23, 25, 37, 42, 43, 53, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110, 111, 113, 115,
        117, 119, 135, 143, 389, 512, 513, 514, 515, 526, 530, 531, 532, 540, 556, 601, 6000,
    ];
    TAKEN.contains(&port)
}

/// The incoming port that goes without saying.
fn standard(cx: &Cx<'_>) -> u16 {
    let security = if cx.near_bool(0) == Some(true) { Security::ImplicitTls } else { Security::Cleartext };
    cx.protocol.unwrap_or(Protocol::Pop3).port(security)
}

const SUBMISSION: u16 = 25;

/// Own cell: the server. Neighbour: whether it is inside TLS.
pub(super) const PORT: Codec =
    Codec::Fn { get: |cx| Got::Is(Value::Port(port(cx, standard(cx)))), put: |value, cx| put_port(value, cx, standard(cx)) };

/// Own cell: the server.
pub(super) const OUTGOING_PORT: Codec =
    Codec::Fn { get: |cx| Got::Is(Value::Port(port(cx, SUBMISSION))), put: |value, cx| put_port(value, cx, SUBMISSION) };

pub(super) fn default_pop3_port(cx: &Cx<'_>) -> Option<Value> {
    Some(Value::Port(standard(cx)))
}

pub(super) fn default_imap_port(cx: &Cx<'_>) -> Option<Value> {
    Some(Value::Port(standard(cx)))
}

pub(super) fn default_outgoing_port(_: &Cx<'_>) -> Option<Value> {
    Some(Value::Port(SUBMISSION))
}

/// No cell: POP3 is in clear.
pub(super) const NO_TLS: Codec = Codec::Fn {
    get: |_| Got::Is(Value::Security(Security::Cleartext)),
    put: |value, cx| match value {
        Value::Security(Security::Cleartext) => Ok(cx.own.to_vec()),
        _ => Err("Communicator 4 speaks POP3 without TLS only (IMAP it can)".to_owned()),
    },
};

/// No cell: it signs in with the password.
pub(super) const ONE_PASSWORD: Codec = Codec::Fn {
    get: |_| Got::Is(Value::Auth(Auth::Password)),
    put: |value, cx| match value {
        Value::Auth(Auth::Password) => Ok(cx.own.to_vec()),
        _ => Err("it signs in with the password, no other way".to_owned()),
    },
};

pub(super) fn cleartext(_: &Cx<'_>) -> Option<Value> {
    Some(Value::Security(Security::Cleartext))
}

/// Own cells: whether it is inside TLS, the server (aside). A port that goes without saying from now on is not said.
pub(super) const IMAP_SECURITY: Codec = Codec::Fn {
    get: |cx| match (cx.bool(0), cx.own.first().and_then(Option::as_ref)) {
        (Some(true), _) => Got::Is(Value::Security(Security::ImplicitTls)),
        (Some(false), _) => Got::Is(Value::Security(Security::Cleartext)),
        (None, Some(prim)) => unknown(prim),
        (None, None) => Got::Unset,
    },
    put: |value, cx| {
        let security = match value {
            Value::Security(security @ (Security::ImplicitTls | Security::Cleartext)) => *security,
            _ => return Err("it knows TLS from the first byte, not STARTTLS".to_owned()),
        };
        let mut own = cx.but(0, Prim::Bool(security == Security::ImplicitTls));
        if let (Some(cell), (host, Some(port))) = (own.get_mut(1), split_port(cx.text(1).unwrap_or_default()))
            && cx.protocol.is_some_and(|protocol| protocol.port(security) == port)
        {
            *cell = Some(Prim::Text(host.to_owned()));
        }
        Ok(own)
    },
};

/// Own cells: whether it signs in where it can, the user name (aside). Neighbours: the incoming user names. Without a name
/// of its own it does not sign in; it gets the incoming one then.
pub(super) const OUTGOING_AUTH: Codec = Codec::Fn {
    get: |cx| {
        let signs_in = cx.bool(0) != Some(false) && cx.text(1).is_some_and(|user| !user.is_empty());
        Got::Is(Value::Auth(if signs_in { Auth::Password } else { Auth::None }))
    },
    put: |value, cx| match value {
        Value::Auth(Auth::None) => Ok(cx.but(0, Prim::Bool(false))),
        Value::Auth(Auth::Password) => {
            let mut own = cx.but(0, Prim::Bool(true));
            let filled = |text: Option<&str>| text.filter(|user| !user.is_empty()).map(str::to_owned);
            let user = filled(cx.text(1)).or_else(|| filled(cx.near_text(1))).or_else(|| filled(cx.near_text(0)));
            let user = user.ok_or("it signs in with a user name only, and there is none")?;
            if let Some(cell) = own.get_mut(1) {
                *cell = Some(Prim::Text(user));
            }
            Ok(own)
        }
        _ => Err("it signs in with the password, no other way".to_owned()),
    },
};
