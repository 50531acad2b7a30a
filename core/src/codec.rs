//! Codecs: the meaning of a row's keys, in both directions. `put(get(raw), raw)` is `raw` for every raw, or the value is
//! unknown: there is no catch-all arm on stored values. Knows values and primitives only.

use crate::lens::Prim;
use crate::value::{Auth, Level, Protocol, Security, Value};

/// A constant primitive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tok {
    /// A switch.
    B(bool),
    /// A number.
    I(i64),
    /// Text.
    S(&'static str),
}

impl Tok {
    /// The primitive itself.
    pub fn prim(self) -> Prim {
        match self {
            Tok::B(on) => Prim::Bool(on),
            Tok::I(n) => Prim::Int(n),
            Tok::S(text) => Prim::Text(text.to_owned()),
        }
    }

    fn is(self, prim: &Prim) -> bool {
        match (self, prim) {
            (Tok::B(on), Prim::Bool(other)) => on == *other,
            (Tok::I(n), Prim::Int(other)) => n == *other,
            (Tok::S(text), Prim::Text(other)) => text == other,
            _ => false,
        }
    }
}

/// What a codec sees: the primitives of the row's own cells and of its neighbours, and who wrote them.
#[derive(Debug, Clone, Copy)]
pub struct Cx<'a> {
    /// Own cells, in the row's order.
    pub own: &'a [Option<Prim>],
    /// Neighbours, in the row's order.
    pub with: &'a [Option<Prim>],
    /// The client's version; 0 where it is not known.
    pub version: u32,
    /// The account's protocol.
    pub protocol: Option<Protocol>,
}

impl Cx<'_> {
    /// An own cell's number.
    pub fn int(&self, at: usize) -> Option<i64> {
        as_int(self.own.get(at)?.as_ref()?)
    }

    /// An own cell's switch.
    pub fn bool(&self, at: usize) -> Option<bool> {
        as_bool(self.own.get(at)?.as_ref()?)
    }

    /// An own cell's text.
    pub fn text(&self, at: usize) -> Option<&str> {
        as_text(self.own.get(at)?.as_ref()?)
    }

    /// A neighbour's number.
    pub fn near_int(&self, at: usize) -> Option<i64> {
        as_int(self.with.get(at)?.as_ref()?)
    }

    /// A neighbour's switch.
    pub fn near_bool(&self, at: usize) -> Option<bool> {
        as_bool(self.with.get(at)?.as_ref()?)
    }

    /// A neighbour's text.
    pub fn near_text(&self, at: usize) -> Option<&str> {
        as_text(self.with.get(at)?.as_ref()?)
    }

    /// The own cells with one of them changed.
    pub fn but(&self, at: usize, prim: impl Into<Option<Prim>>) -> Vec<Option<Prim>> {
        let mut own = self.own.to_vec();
        if let Some(cell) = own.get_mut(at) {
            *cell = prim.into();
        }
        own
    }
}

fn as_int(prim: &Prim) -> Option<i64> {
    if let Prim::Int(n) = prim { Some(*n) } else { None }
}

fn as_bool(prim: &Prim) -> Option<bool> {
    if let Prim::Bool(on) = prim { Some(*on) } else { None }
}

fn as_text(prim: &Prim) -> Option<&str> {
    if let Prim::Text(text) = prim { Some(text) } else { None }
}

/// What reading a setting gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Got {
    /// A value.
    Is(Value),
    /// Nothing: no such server, an empty user name.
    Unset,
    /// A stored value without a known meaning, and what it is.
    Unknown(String),
}

impl Got {
    /// The value, where there is one.
    pub fn value(&self) -> Option<&Value> {
        if let Got::Is(value) = self { Some(value) } else { None }
    }
}

/// What the own cells are to be, in the row's order; `None` removes one. The error says why a client can't hold it.
pub type Put = Result<Vec<Option<Prim>>, String>;

/// Both directions of a row.
#[derive(Debug, Clone, Copy)]
pub enum Codec {
    /// One cell of text; empty is unset.
    Text,
    /// One cell with a number from 1 to 65535; these numbers mean that there is none.
    Port(&'static [i64]),
    /// One switch.
    Bool,
    /// One switch that is on where the setting is off.
    Not,
    /// One cell with a word for each security.
    Security(&'static [(Tok, Security)]),
    /// One cell with a word for each auth; of two words for one auth the first is written.
    Auth(&'static [(Tok, Auth)]),
    /// A switch, and a word for each auth; off is the first of these, whatever the word.
    FlagAndAuth(&'static Auth, &'static [(Tok, Auth)]),
    /// One cell with a word for each level.
    Level(&'static [(Tok, Level)]),
    /// A switch and a number of days; off is never.
    FlagAndDays,
    /// A switch and a number of minutes; off is never.
    FlagAndMinutes,
    /// One number of days; 0 is never.
    Days,
    /// A function for each direction.
    Fn {
        /// What the cells mean.
        get: fn(&Cx<'_>) -> Got,
        /// What the cells are to be.
        put: fn(&Value, &Cx<'_>) -> Put,
    },
}

/// The largest number of days or minutes that any client holds for sure.
const MOST: i64 = 30_000;

impl Codec {
    /// What the cells mean.
    pub fn get(&self, cx: &Cx<'_>) -> Got {
        let Some(first) = cx.own.first().and_then(Option::as_ref) else {
            return if let Codec::Fn { get, .. } = self { get(cx) } else { Got::Unset };
        };
        match self {
            Codec::Text => match first {
                Prim::Text(text) if text.is_empty() => Got::Unset,
                Prim::Text(text) => Got::Is(Value::Text(text.clone())),
                other => unknown(other),
            },
            Codec::Port(none) => match first {
                Prim::Int(n) if none.contains(n) => Got::Unset,
                Prim::Int(n) => match u16::try_from(*n) {
                    Ok(port) if port > 0 => Got::Is(Value::Port(port)),
                    _ => unknown(first),
                },
                other => unknown(other),
            },
            Codec::Bool => as_bool(first).map_or_else(|| unknown(first), |on| Got::Is(Value::Bool(on))),
            Codec::Not => as_bool(first).map_or_else(|| unknown(first), |on| Got::Is(Value::Bool(!on))),
            Codec::Security(words) => meaning(words, first).map_or_else(|| unknown(first), |it| Got::Is(Value::Security(it))),
            Codec::Auth(words) => meaning(words, first).map_or_else(|| unknown(first), |it| Got::Is(Value::Auth(it))),
            Codec::FlagAndAuth(off, words) => match (as_bool(first), cx.own.get(1).and_then(Option::as_ref)) {
                (Some(false), _) => Got::Is(Value::Auth((*off).clone())),
                (Some(true), Some(word)) => meaning(words, word).map_or_else(|| unknown(word), |it| Got::Is(Value::Auth(it))),
                _ => Got::Unknown("on, without a word for how".to_owned()),
            },
            Codec::Level(words) => meaning(words, first).map_or_else(|| unknown(first), |it| Got::Is(Value::Level(it))),
            Codec::FlagAndDays => flag_and_number(cx, Value::Days),
            Codec::FlagAndMinutes => flag_and_number(cx, Value::Minutes),
            Codec::Days => match cx.int(0) {
                Some(0) => Got::Is(Value::Days(None)),
                Some(n @ 1..=MOST) => Got::Is(Value::Days(u32::try_from(n).ok())),
                _ => unknown(first),
            },
            Codec::Fn { get, .. } => get(cx),
        }
    }

    /// What the cells are to be.
    ///
    /// # Errors
    /// Why the client can't hold the value.
    pub fn put(&self, value: &Value, cx: &Cx<'_>) -> Put {
        let only = |prim: Prim| Ok(cx.but(0, prim));
        match (self, value) {
            (Codec::Text, Value::Text(text)) => only(Prim::Text(text.clone())),
            (Codec::Port(_), Value::Port(port)) => only(Prim::Int(i64::from(*port))),
            (Codec::Bool, Value::Bool(on)) => only(Prim::Bool(*on)),
            (Codec::Not, Value::Bool(on)) => only(Prim::Bool(!on)),
            (Codec::Security(words), Value::Security(it)) => word(words, it, cx).and_then(only),
            (Codec::Auth(words), Value::Auth(it)) => word(words, it, cx).and_then(only),
            (Codec::FlagAndAuth(off, _), Value::Auth(it)) if *off == it => only(Prim::Bool(false)),
            (Codec::FlagAndAuth(_, words), Value::Auth(it)) => {
                let rest = Cx { own: cx.own.get(1..).unwrap_or_default(), ..*cx };
                Ok(vec![Some(Prim::Bool(true)), Some(word(words, it, &rest)?)])
            }
            (Codec::Level(words), Value::Level(it)) => word(words, it, cx).and_then(only),
            (Codec::FlagAndDays, Value::Days(n)) | (Codec::FlagAndMinutes, Value::Minutes(n)) => {
                let flagged = cx.but(0, Prim::Bool(n.is_some()));
                match n {
                    None => Ok(flagged),
                    Some(n) => Ok(vec![flagged.into_iter().next().flatten(), Some(Prim::Int(fits(*n)?))]),
                }
            }
            (Codec::Days, Value::Days(n)) => only(Prim::Int(n.map_or(Ok(0), fits)?)),
            (Codec::Fn { put, .. }, value) => put(value, cx),
            (_, value) => Err(format!("it can't hold {value}")),
        }
    }
}

/// The number, if every client can hold it.
pub fn fits(n: u32) -> Result<i64, String> {
    let n = i64::from(n);
    if (1..=MOST).contains(&n) { Ok(n) } else { Err(format!("{n} is more than the {MOST} that it can hold")) }
}

/// A stored value without a known meaning.
pub fn unknown(prim: &Prim) -> Got {
    Got::Unknown(match prim {
        Prim::Bool(on) => format!("{on} has no known meaning here"),
        Prim::Int(n) => format!("{n} has no known meaning here"),
        Prim::Text(text) => format!("\"{text}\" has no known meaning here"),
    })
}

/// What a word of a table means.
pub fn meaning<T: Clone>(words: &[(Tok, T)], prim: &Prim) -> Option<T> {
    words.iter().find(|(tok, _)| tok.is(prim)).map(|(_, it)| it.clone())
}

/// The word for a meaning: the one that stands there if it means this already, else the table's first.
pub fn word<T: PartialEq + std::fmt::Display>(words: &[(Tok, T)], it: &T, cx: &Cx<'_>) -> Result<Prim, String> {
    let now = cx.own.first().and_then(Option::as_ref);
    let stands = now.filter(|prim| words.iter().any(|(tok, known)| known == it && tok.is(prim)));
    let first = || words.iter().find(|(_, known)| known == it).map(|(tok, _)| tok.prim());
    let held = || words.iter().map(|(_, known)| known.to_string()).collect::<std::collections::BTreeSet<_>>();
    let only = || held().into_iter().collect::<Vec<_>>().join(", ");
    stands.cloned().or_else(first).ok_or_else(|| format!("it holds only {}", only()))
}

fn flag_and_number(cx: &Cx<'_>, unit: fn(Option<u32>) -> Value) -> Got {
    match (cx.bool(0), cx.int(1)) {
        (Some(false), _) => Got::Is(unit(None)),
        (Some(true), Some(n @ 1..=MOST)) => Got::Is(unit(u32::try_from(n).ok())),
        (_, other) => Got::Unknown(other.map_or("on, without a number".to_owned(), |n| format!("on, with the number {n}"))),
    }
}
