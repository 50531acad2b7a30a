//! Codecs of Outlook's account keys (reference: windows, sections 4 and 7).

use super::graph::{FIRST_WITH_STARTTLS, UNKNOWN};
use crate::codec::{Codec, Cx, Got, Put, fits, unknown};
use crate::lens::Prim;
use crate::value::{Auth, Security, Value, senders};

const NONE: i64 = 0;
const IMPLICIT: i64 = 1;
const STARTTLS: i64 = 2;
const IF_OFFERED: i64 = 3;

fn means(number: i64) -> Got {
    Got::Is(Value::Security(match number {
        NONE => Security::Cleartext,
        IMPLICIT => Security::ImplicitTls,
        STARTTLS => Security::StartTls,
        IF_OFFERED => Security::StartTlsIfOffered,
        other => return unknown(&Prim::Int(other)),
    }))
}

fn numbered(security: Security) -> i64 {
    match security {
        Security::Cleartext => NONE,
        Security::ImplicitTls => IMPLICIT,
        Security::StartTls => STARTTLS,
        Security::StartTlsIfOffered => IF_OFFERED,
    }
}

/// Own cells: `Use SSL`, and `Secure Connection` (aside), which few accounts have.
pub(super) const SECURITY: Codec = Codec::Fn {
    get: |cx| match (cx.bool(0) == Some(true), cx.int(1)) {
        (on, None) => means(if on { IMPLICIT } else { NONE }),
        (true, Some(NONE)) | (false, Some(IMPLICIT)) => {
            Got::Unknown("the switch for TLS and the kind of TLS say different things".to_owned())
        }
        (_, Some(kind)) => means(kind),
    },
    put: |value, cx| {
        let Value::Security(security) = value else { return Err(format!("it can't hold {value}")) };
        match security {
            Security::Cleartext | Security::ImplicitTls => {
                let on = *security == Security::ImplicitTls;
                Ok(vec![Some(Prim::Bool(on)), cx.int(1).map(|_| Prim::Int(numbered(*security)))])
            }
            kept if cx.int(1) == Some(numbered(*kept)) => Ok(cx.own.to_vec()),
            _ => Err("how it stores STARTTLS for incoming mail is not established".to_owned()),
        }
    },
};

/// Own cells: `SMTP Secure Connection`, `SMTP Use SSL`.
pub(super) const OUTGOING_SECURITY: Codec = Codec::Fn {
    get: |cx| match (cx.int(0), cx.bool(1)) {
        (Some(kind), _) => means(kind),
        (None, Some(true)) => means(IMPLICIT),
        (None, _) => means(NONE),
    },
    put: |value, cx| {
        let Value::Security(security) = value else { return Err(format!("it can't hold {value}")) };
        let knows_kinds = cx.int(0).is_some() || cx.version >= FIRST_WITH_STARTTLS;
        let kind = Some(Prim::Int(numbered(*security)));
        match security {
            Security::Cleartext => Ok(vec![cx.int(0).and(kind), cx.bool(1).map(|_| Prim::Bool(false))]),
            Security::ImplicitTls => Ok(vec![kind.filter(|_| knows_kinds || cx.version == UNKNOWN), Some(Prim::Bool(true))]),
            _ if knows_kinds => Ok(cx.but(0, kind)),
            _ => Err("Outlook 2002 and 2003 have no STARTTLS to choose".to_owned()),
        }
    },
};

const AS_INCOMING: i64 = 0;
const OWN: i64 = 1;
const AFTER_INCOMING: i64 = 2;

/// Own cells: `SMTP Use Auth`, `SMTP Auth Method` (aside).
pub(super) const OUTGOING_AUTH: Codec = Codec::Fn {
    get: |cx| match (cx.bool(0), cx.int(1)) {
        (Some(false), _) => Got::Is(Value::Auth(Auth::None)),
        (_, None | Some(AS_INCOMING | OWN)) => Got::Is(Value::Auth(Auth::Password)),
        (_, Some(AFTER_INCOMING)) => Got::Is(Value::Auth(Auth::Other("log-on-to-incoming-first".into()))),
        (_, Some(other)) => unknown(&Prim::Int(other)),
    },
    put: |value, cx| match value {
        Value::Auth(Auth::None) => Ok(cx.but(0, Prim::Bool(false))),
        Value::Auth(Auth::Password) => {
            let method = cx.int(1).map(|method| Prim::Int(if method == OWN { OWN } else { AS_INCOMING }));
            Ok(vec![Some(Prim::Bool(true)), method])
        }
        Value::Auth(other) => Err(format!("how it stores {other} for outgoing mail is not established")),
        other => Err(format!("it can't hold {other}")),
    },
};

/// Own cells: `SMTP User`, `SMTP Auth Method` (aside). Neighbour: the incoming server's user.
pub(super) const OUTGOING_USERNAME: Codec = Codec::Fn {
    get: |cx| {
        let user = if cx.int(1) == Some(OWN) { cx.text(0) } else { cx.near_text(0) };
        match user {
            None | Some("") => Got::Unset,
            Some(user) => Got::Is(Value::Text(user.to_owned())),
        }
    },
    put: |value, _| match value {
        Value::Text(user) => Ok(vec![Some(Prim::Text(user.clone())), Some(Prim::Int(OWN))]),
        other => Err(format!("it can't hold {other}")),
    },
};

// Three settings in one word: the switches are its low bits, the days its high half; what other bits mean is not known.

const LEAVES: i64 = 1;
const BY_AGE: i64 = 2;
const WITH_LOCAL: i64 = 4;
const DAYS: u32 = 16;

fn word(cx: &Cx<'_>) -> Result<i64, Got> {
    match cx.int(0) {
        Some(word @ 0..=0xFFFF_FFFF) => Ok(word),
        Some(other) => Err(unknown(&Prim::Int(other))),
        None => Err(Got::Unset),
    }
}

fn bit(cx: &Cx<'_>, bit: i64) -> Got {
    word(cx).map_or_else(|got| got, |word| Got::Is(Value::Bool(word & bit != 0)))
}

fn put_bit(value: &Value, cx: &Cx<'_>, bit: i64) -> Put {
    let word = word(cx).unwrap_or(0);
    match value {
        Value::Bool(true) => Ok(vec![Some(Prim::Int(word | bit))]),
        Value::Bool(false) => Ok(vec![Some(Prim::Int(word & !bit))]),
        other => Err(format!("it can't hold {other}")),
    }
}

/// Own cell: `Leave on Server`.
pub(super) const LEAVE_ON_SERVER: Codec = Codec::Fn { get: |cx| bit(cx, LEAVES), put: |value, cx| put_bit(value, cx, LEAVES) };

/// The same cell.
pub(super) const DELETE_WHEN_DELETED: Codec =
    Codec::Fn { get: |cx| bit(cx, WITH_LOCAL), put: |value, cx| put_bit(value, cx, WITH_LOCAL) };

/// The same cell.
pub(super) const DELETE_AFTER_DAYS: Codec = Codec::Fn {
    get: |cx| match word(cx) {
        Err(got) => got,
        Ok(word) if word & BY_AGE == 0 => Got::Is(Value::Days(None)),
        Ok(word) => match u32::try_from(word >> DAYS) {
            Ok(days @ 1..) => Got::Is(Value::Days(Some(days))),
            _ => Got::Unknown("mail is deleted by its age, after no number of days".to_owned()),
        },
    },
    put: |value, cx| {
        let word = word(cx).unwrap_or(0);
        match value {
            Value::Days(None) => Ok(vec![Some(Prim::Int(word & !BY_AGE))]),
            Value::Days(Some(days)) => Ok(vec![Some(Prim::Int(word & 0xFFFF | BY_AGE | fits(*days)? << DAYS))]),
            other => Err(format!("it can't hold {other}")),
        }
    },
};

/// Own cell: the list, with `;` after each entry. Entries that are no address are the user's own, and stay.
pub(super) const SAFE_SENDERS: Codec = Codec::Fn {
    get: |cx| match cx.text(0) {
        None => Got::Unset,
        Some(list) => Got::Is(Value::Senders(listed(list))),
    },
    put: |value, cx| {
        let Value::Senders(wanted) = value else { return Err(format!("it can't hold {value}")) };
        let mut list = cx.text(0).unwrap_or_default().to_owned();
        let known = listed(&list);
        for sender in wanted.iter().filter(|sender| !known.contains(sender)) {
            if sender.contains(';') {
                return Err(format!("its list can't hold {sender}, which has a semicolon in it"));
            }
            if !list.is_empty() && !list.ends_with(';') {
                list.push(';');
            }
            list.push_str(sender);
            list.push(';');
        }
        Ok(vec![Some(Prim::Text(list))])
    },
};

fn listed(list: &str) -> Vec<String> {
    let one = |entry: &str| senders(std::iter::once(entry.trim())).unwrap_or_default();
    let mut found: Vec<String> = list.split(';').flat_map(one).collect();
    found.sort();
    found.dedup();
    found
}
