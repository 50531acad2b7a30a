//! Authentication in the Mozilla family, by generation (reference: mozilla, section 4): `authMethod` from 3.1 on; before
//! it `useSecAuth`, with `auth_login` on incoming and `auth_method` on outgoing servers, which the client turned into
//! `authMethod` until version 121.

use super::codecs::{AUTH, IMAP_AUTH};
use crate::codec::{Codec, Cx, Got, Put, unknown};
use crate::lens::Prim;
use crate::value::{Auth, Value};

/// The last version that turns the old keys into the new one.
pub(in crate::clients) const LAST_TO_MIGRATE: u32 = 121;
/// The first version that is sure to know the new key.
const NEW_KEY: u32 = 4;

/// Own cells: `authMethod`, `useSecAuth`, `auth_login`.
pub(in crate::clients) const OLD_AUTH: Codec =
    Codec::Fn { get: |cx| get(cx, AUTH, incoming), put: |value, cx| put_incoming(value, cx, AUTH) };
/// The same for IMAP.
pub(in crate::clients) const OLD_IMAP_AUTH: Codec =
    Codec::Fn { get: |cx| get(cx, IMAP_AUTH, incoming), put: |value, cx| put_incoming(value, cx, IMAP_AUTH) };
/// Own cells: `authMethod`, `useSecAuth`, `auth_method`.
pub(in crate::clients) const OLD_OUTGOING_AUTH: Codec = Codec::Fn { get: |cx| get(cx, AUTH, outgoing), put: put_outgoing };

/// The new key wins wherever it stands: only a client that knows it wrote it.
fn get(cx: &Cx<'_>, new: Codec, old: fn(&Cx<'_>) -> Got) -> Got {
    if cx.int(0).is_some() { new.get(cx) } else { old(cx) }
}

fn secure(cx: &Cx<'_>) -> Auth {
    match cx.bool(1) {
        Some(true) if cx.version >= NEW_KEY => Auth::Other("8".into()),
        Some(true) => Auth::EncryptedPassword,
        _ => Auth::Password,
    }
}

fn incoming(cx: &Cx<'_>) -> Got {
    Got::Is(Value::Auth(if cx.bool(2) == Some(false) { Auth::Password } else { secure(cx) }))
}

fn outgoing(cx: &Cx<'_>) -> Got {
    match cx.int(2) {
        Some(0) => Got::Is(Value::Auth(Auth::None)),
        None | Some(1) => Got::Is(Value::Auth(secure(cx))),
        Some(n) => unknown(&Prim::Int(n)),
    }
}

/// The new key, and `useSecAuth` with it where a version may go by that.
fn put(value: &Value, cx: &Cx<'_>, new: Codec, held: &[Auth]) -> Put {
    let old = cx.version < NEW_KEY && cx.int(0).is_none();
    if old && !matches!(value, Value::Auth(auth) if held.contains(auth)) {
        return Err("versions before 3.1 know a password and an encrypted one, no other way".to_owned());
    }
    let encrypted = *value == Value::Auth(Auth::EncryptedPassword);
    let mut own = new.put(value, cx)?;
    if let Some(cell) = own.get_mut(1).filter(|cell| cell.is_some() || (old && encrypted)) {
        *cell = Some(Prim::Bool(encrypted));
    }
    Ok(own)
}

fn put_incoming(value: &Value, cx: &Cx<'_>, new: Codec) -> Put {
    let mut own = put(value, cx, new, &[Auth::Password, Auth::EncryptedPassword])?;
    if let Some(cell) = own.get_mut(2).filter(|cell| cell.is_some() && *value == Value::Auth(Auth::EncryptedPassword)) {
        *cell = Some(Prim::Bool(true));
    }
    Ok(own)
}

fn put_outgoing(value: &Value, cx: &Cx<'_>) -> Put {
    let mut own = put(value, cx, AUTH, &[Auth::Password, Auth::EncryptedPassword, Auth::None])?;
    let none = *value == Value::Auth(Auth::None);
    if let Some(cell) = own.get_mut(2).filter(|cell| cell.is_some() || (none && cx.version < NEW_KEY)) {
        *cell = Some(Prim::Int(i64::from(!none)));
    }
    Ok(own)
}
