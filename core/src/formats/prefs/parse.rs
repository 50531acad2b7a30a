//! The statements of a prefs file as spans, with the client's own error recovery: after a fault, everything up to the
//! next `;` is lost, and that may be the next statement too. Knows nothing of edits.

use std::ops::Range;

use super::token::{Lexer, Token};
use super::usual;
use crate::document::{Key, Odd, Raw};
use crate::formats::lines;

/// The largest file whose statements have spans.
pub(super) const LARGEST: usize = u32::MAX as usize;

/// Where something stands, in half the room of a range: a file has hundreds of statements, and each has three.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Span(u32, u32);

impl Span {
    pub(super) fn of(range: Range<usize>) -> Span {
        Span(range.start as u32, range.end as u32)
    }

    pub(super) fn range(self) -> Range<usize> {
        self.0 as usize..self.1 as usize
    }
}

/// A statement that the client accepts.
#[derive(Debug, PartialEq)]
pub(super) struct Statement {
    /// From `user_pref` to its `;`.
    pub(super) span: Span,
    /// The value, sign and quotes included.
    pub(super) value: Span,
    pub(super) name: Name,
    pub(super) kind: Kind,
}

/// The name that a statement sets, and where it stands, quotes included.
#[derive(Debug, PartialEq)]
pub(super) enum Name {
    Plain(Span),
    Escaped(Box<(Span, Vec<u8>)>),
}

impl Name {
    /// The name that the lexer has just read.
    fn read(lexer: &Lexer<'_>) -> Name {
        let quoted = Span::of(lexer.start..lexer.end());
        match lexer.plain {
            true => Name::Plain(quoted),
            false => Name::Escaped(Box::new((quoted, lexer.text.clone()))),
        }
    }

    /// Where it stands, quotes included.
    pub(super) fn quoted(&self) -> Range<usize> {
        match self {
            Name::Plain(quoted) => quoted.range(),
            Name::Escaped(escaped) => escaped.0.range(),
        }
    }

    fn bytes<'a>(&'a self, bytes: &'a [u8]) -> &'a [u8] {
        match self {
            Name::Plain(quoted) => inner(bytes, *quoted),
            Name::Escaped(escaped) => &escaped.1,
        }
    }
}

/// What stands between two quotes.
fn inner(bytes: &[u8], quoted: Span) -> &[u8] {
    let Range { start, end } = quoted.range();
    bytes.get(start + 1..end - 1).unwrap_or_default()
}

/// The kind of the value that a statement sets.
#[derive(Debug, PartialEq)]
pub(super) enum Kind {
    Bool(bool),
    Int(i32),
    Text { plain: bool },
}

impl Statement {
    /// The name that it sets.
    pub(super) fn name<'a>(&'a self, bytes: &'a [u8]) -> &'a [u8] {
        self.name.bytes(bytes)
    }

    /// The value that it sets.
    pub(super) fn raw(&self, bytes: &[u8]) -> Raw {
        let text = match self.kind {
            Kind::Bool(on) => return Raw::Bool(on),
            Kind::Int(n) => return Raw::Int(n.into()),
            Kind::Text { plain: true } => inner(bytes, self.value).to_vec(),
            Kind::Text { plain: false } => {
                let mut lexer = Lexer::new(bytes, self.value.range().start);
                lexer.next();
                lexer.text
            }
        };
        String::from_utf8(text).map_or_else(|bytes| Raw::Bytes(bytes.into_bytes()), Raw::Text)
    }
}

/// What a file says.
pub(super) struct Parsed {
    /// The statements, in order.
    pub(super) statements: Vec<Statement>,
    /// The broken ones.
    pub(super) odd: Vec<Odd>,
}

/// A fault: the token that was found, where, and what should have stood there.
struct Fault {
    token: Token,
    at: usize,
    expected: &'static str,
    name: Option<Box<[u8]>>,
}

/// Something odd: where, what, and the pref name that it may hide.
type Finding = (usize, String, Option<Box<[u8]>>);

/// Finds the statements.
pub(super) fn parse(bytes: &[u8]) -> Parsed {
    let mut lexer = Lexer::new(bytes, 0);
    let mut statements = Vec::with_capacity(bytes.len() / 48);
    let mut faults: Vec<Finding> = Vec::new();
    let mut token = lexer.next();
    while token != Token::End {
        token = match statement(&mut lexer, bytes, token) {
            Ok(statement) => {
                statements.push(statement);
                lexer.go_to(usual::statements(bytes, lexer.end(), &mut statements));
                lexer.next()
            }
            Err(fault) => {
                let (at, token) = (fault.at, fault.token);
                let message = format!("expected {}, found {}", fault.expected, token.found());
                faults.push((at, message, fault.name));
                if token == Token::Broken("a comment without an end") {
                    faults.extend(swallowed(bytes, at));
                }
                recover(&mut lexer, bytes, token, &mut faults)
            }
        };
    }
    if lexer.start < bytes.len() {
        let rest = bytes.len() - lexer.start;
        faults.push((lexer.start, format!("expected text, found a NUL, which ends the file {rest} bytes early"), None));
        faults.extend(swallowed(bytes, lexer.start));
    }
    let lines = lines::numbers(bytes, faults.iter().map(|(at, ..)| *at));
    let odd = faults.into_iter().zip(lines).map(|((_, message, name), line)| {
        let hides = name.and_then(|name| Some(Key::of([std::str::from_utf8(&name).ok()?])));
        Odd { line, message, hides }
    });
    Parsed { statements, odd: odd.collect() }
}

/// The prefs that would be in a rest of the file that the client never reads.
fn swallowed(bytes: &[u8], from: usize) -> Vec<Finding> {
    const START: &[u8] = b"user_pref(\"";
    let mut found = Vec::new();
    let mut at = from;
    while let Some(rest) = bytes.get(at..).filter(|rest| rest.len() > START.len()) {
        let Some(next) = rest.windows(START.len()).position(|window| window == START) else { break };
        let name = rest.get(next + START.len()..).unwrap_or_default();
        let name: Box<[u8]> = name.iter().copied().take_while(|byte| *byte != b'"').collect();
        found.push((
            at + next,
            "expected a statement, found it in a part of the file that the client never reads".to_owned(),
            Some(name),
        ));
        at += next + START.len();
    }
    found
}

/// One statement, whose first token has been read.
fn statement(lexer: &mut Lexer<'_>, bytes: &[u8], first: Token) -> Result<Statement, Fault> {
    let fault = |lexer: &Lexer<'_>, token, expected, name| Fault { token, at: lexer.start, expected, name };
    let start = lexer.start;
    if first != Token::UserPref {
        return Err(fault(lexer, first, "\"user_pref\" at the start of a statement", None));
    }
    let token = lexer.next();
    if token != Token::Mark(b'(') {
        return Err(fault(lexer, token, "\"(\" after \"user_pref\"", None));
    }
    let token = lexer.next();
    if token != Token::Text {
        return Err(fault(lexer, token, "a pref name after \"(\"", None));
    }
    let name = Name::read(lexer);
    let fault = |lexer: &Lexer<'_>, token, expected| fault(lexer, token, expected, Some(name.bytes(bytes).into()));
    let token = lexer.next();
    if token != Token::Mark(b',') {
        return Err(fault(lexer, token, "\",\" after the pref name"));
    }
    let token = lexer.next();
    let value = lexer.start;
    let kind = match token {
        Token::Bool(on) => Kind::Bool(on),
        Token::Text => Kind::Text { plain: lexer.plain },
        Token::Int(n) => Kind::Int(int(n.into()).ok_or_else(|| fault(lexer, token, RANGE))?),
        Token::Mark(sign @ (b'-' | b'+')) => match lexer.next() {
            token @ Token::Int(n) => {
                let n = if sign == b'-' { -i64::from(n) } else { i64::from(n) };
                Kind::Int(int(n).ok_or_else(|| fault(lexer, token, RANGE))?)
            }
            token => return Err(fault(lexer, token, "digits after the sign")),
        },
        _ => return Err(fault(lexer, token, "a string, a number, \"true\" or \"false\" after \",\"")),
    };
    let value = value..lexer.end();
    let token = lexer.next();
    if token != Token::Mark(b')') {
        return Err(fault(lexer, token, "\")\" after the value"));
    }
    let token = lexer.next();
    if token != Token::Mark(b';') {
        return Err(fault(lexer, token, "\";\" after \")\""));
    }
    Ok(Statement { span: Span::of(start..lexer.end()), value: Span::of(value), name, kind })
}

const RANGE: &str = "a number from -2147483648 to 2147483647";

fn int(n: i64) -> Option<i32> {
    n.try_into().ok()
}

/// Skips to behind the next `;`, noting the statements that are lost on the way, and reads the token there.
fn recover(lexer: &mut Lexer<'_>, bytes: &[u8], mut token: Token, faults: &mut Vec<Finding>) -> Token {
    let mut lost = None;
    let mut opened = false;
    loop {
        match token {
            Token::Mark(b';') => return lexer.next(),
            Token::End => return token,
            Token::UserPref => (lost, opened) = (Some(lexer.start), false),
            Token::Mark(b'(') if lost.is_some() && !opened => opened = true,
            Token::Text if opened => {
                let name = Name::read(lexer);
                let message = "expected \";\" before \"user_pref\", found a broken statement, which swallows this one";
                faults.extend(lost.map(|at| (at, message.into(), Some(name.bytes(bytes).into()))));
                (lost, opened) = (None, false);
            }
            _ => (lost, opened) = (None, false),
        }
        token = lexer.next();
    }
}

/// The statement that bytes begin with, as the lexer reads it.
#[cfg(test)]
pub(super) fn general(bytes: &[u8]) -> Option<Statement> {
    let mut lexer = Lexer::new(bytes, 0);
    let first = lexer.next();
    statement(&mut lexer, bytes, first).ok()
}
