//! prefs.js and user.js, read as the client's current parser does: tokens, the last statement of a name wins, a broken
//! statement is dropped up to the next semicolon.

use std::collections::BTreeMap;

use toml::Value;

use super::{Found, text};

/// A value as written, bytes untouched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Pref {
    Text(Vec<u8>),
    Int(i32),
    Bool(bool),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(Vec<u8>),
    Text(Vec<u8>),
    Digits(i64),
    Sign(i64),
    Mark(u8),
    Broken,
    End,
}

pub(super) fn read(bytes: &[u8]) -> Found {
    let value = |pref| match pref {
        Pref::Text(bytes) => text(&bytes),
        Pref::Int(number) => Value::Integer(number.into()),
        Pref::Bool(switch) => Value::Boolean(switch),
    };
    let name = |name: Vec<u8>| text(&name).as_str().unwrap_or_default().to_owned();
    prefs(bytes).into_iter().map(|(key, pref)| (name(key), value(pref))).collect()
}

/// Every pref by its name.
pub(crate) fn prefs(bytes: &[u8]) -> BTreeMap<Vec<u8>, Pref> {
    let mut lexer = Lexer { rest: bytes };
    let mut found = BTreeMap::new();
    loop {
        let first = lexer.next();
        if first == Token::End {
            return found;
        }
        let mut last = first.clone();
        match statement(&mut lexer, first, &mut last) {
            Some((name, pref)) => {
                found.insert(name, pref);
            }
            None => {
                while last != Token::Mark(b';') && last != Token::End {
                    last = lexer.next();
                }
            }
        }
    }
}

fn statement(lexer: &mut Lexer<'_>, first: Token, last: &mut Token) -> Option<(Vec<u8>, Pref)> {
    let mut next = || {
        *last = lexer.next();
        last.clone()
    };
    let is_mark = |token, mark| (token == Token::Mark(mark)).then_some(());
    (first == Token::Word(b"user_pref".to_vec())).then_some(())?;
    is_mark(next(), b'(')?;
    let Token::Text(name) = next() else { return None };
    is_mark(next(), b',')?;
    let small = |number: i64| i32::try_from(number).ok().map(Pref::Int);
    let pref = match next() {
        Token::Text(bytes) => Pref::Text(bytes),
        Token::Word(word) if word == b"true" => Pref::Bool(true),
        Token::Word(word) if word == b"false" => Pref::Bool(false),
        Token::Digits(number) => small(number)?,
        Token::Sign(sign) => match next() {
            Token::Digits(number) => small(sign * number)?,
            _ => return None,
        },
        _ => return None,
    };
    is_mark(next(), b')')?;
    is_mark(next(), b';')?;
    Some((name, pref))
}

struct Lexer<'a> {
    rest: &'a [u8],
}

impl Lexer<'_> {
    fn bump(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        if *first == 0 {
            self.rest = &[];
            return None;
        }
        self.rest = rest;
        Some(*first)
    }

    fn skip_line(&mut self) {
        while !matches!(self.bump(), None | Some(b'\n' | b'\r')) {}
    }

    fn take_while(&mut self, wanted: impl Fn(u8) -> bool) -> Vec<u8> {
        let len = self.rest.iter().take_while(|byte| wanted(**byte)).count();
        let (taken, rest) = self.rest.split_at(len);
        self.rest = rest;
        taken.to_vec()
    }

    fn next(&mut self) -> Token {
        loop {
            let Some(byte) = self.bump() else { return Token::End };
            match byte {
                b' ' | b'\t' | 0x0B | 0x0C | b'\n' | b'\r' => {}
                b'#' => self.skip_line(),
                b'/' => match self.bump() {
                    Some(b'/') => self.skip_line(),
                    Some(b'*') => match self.rest.windows(2).position(|pair| pair == b"*/") {
                        Some(at) => self.rest = self.rest.get(at + 2..).unwrap_or_default(),
                        None => {
                            self.rest = &[];
                            return Token::Broken;
                        }
                    },
                    _ => return Token::Broken,
                },
                b'"' | b'\'' => return self.string(byte),
                b'+' => return Token::Sign(1),
                b'-' => return Token::Sign(-1),
                b'0'..=b'9' => return self.number(byte),
                b'(' | b')' | b',' | b';' => return Token::Mark(byte),
                b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
                    let mut word = vec![byte];
                    word.extend(self.take_while(|byte| byte.is_ascii_alphanumeric() || byte == b'_'));
                    return Token::Word(word);
                }
                _ => return Token::Broken,
            }
        }
    }

    fn number(&mut self, first: u8) -> Token {
        let mut digits = vec![first];
        digits.extend(self.take_while(|byte| byte.is_ascii_alphanumeric() || byte == b'_'));
        str::from_utf8(&digits).ok().and_then(|digits| digits.parse().ok()).map_or(Token::Broken, Token::Digits)
    }

    fn string(&mut self, quote: u8) -> Token {
        let mut out = Vec::new();
        let mut whole = true;
        loop {
            match self.bump() {
                None => return Token::Broken,
                Some(b'\\') => whole &= self.escape(&mut out).is_some(),
                Some(byte) if byte == quote => return if whole { Token::Text(out) } else { Token::Broken },
                Some(byte) => out.push(byte),
            }
        }
    }

    fn escape(&mut self, out: &mut Vec<u8>) -> Option<()> {
        match self.bump()? {
            byte @ (b'"' | b'\'' | b'\\') => out.push(byte),
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b'x' => out.push(u8::try_from(self.hex(2)?).ok().filter(|byte| *byte != 0)?),
            b'u' => {
                let mut units = vec![self.hex(4)?];
                if units.first().is_some_and(|unit| (0xD800..0xDC00).contains(unit)) {
                    self.rest = self.rest.strip_prefix(b"\\u")?;
                    units.push(self.hex(4)?);
                }
                let text = String::from_utf16(&units).ok().filter(|text| text != "\0")?;
                out.extend(text.into_bytes());
            }
            _ => return None,
        }
        Some(())
    }

    fn hex(&mut self, len: usize) -> Option<u16> {
        let (digits, rest) = self.rest.split_at_checked(len)?;
        let number = u16::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()?;
        self.rest = rest;
        Some(number)
    }
}
