//! The calls in a script of preferences: an installation's defaults and its configuration, which is a program. Finds the calls
//! with a literal name, and the values that are literals too; runs nothing.

use super::token::{Lexer, Token};
use crate::document::Raw;

/// A call with a literal name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The function: `pref`, `lockPref`.
    pub function: String,
    /// The preference.
    pub name: String,
    /// Its value, where that is a literal.
    pub value: Option<Raw>,
    /// Words behind the value: `locked`, `sticky`.
    pub words: Vec<String>,
}

/// The calls of a script, in its order.
pub fn calls(script: &[u8]) -> Vec<Call> {
    let mut found = Vec::new();
    let mut lexer = Lexer::new(script, 0);
    let mut token = lexer.next();
    while token != Token::End {
        let function = match token {
            Token::Word | Token::UserPref => text(script.get(lexer.start..lexer.end()).unwrap_or_default()),
            _ => {
                token = lexer.next();
                continue;
            }
        };
        token = lexer.next();
        if token == Token::Mark(b'(') {
            token = lexer.next();
            if token == Token::Text {
                let name = string(&lexer, script);
                let (value, words, next) = rest(&mut lexer, script);
                found.push(Call { function, name, value, words });
                token = next;
            }
        }
    }
    found
}

/// What stands behind the name of a call, and the token that follows what was understood.
fn rest(lexer: &mut Lexer<'_>, script: &[u8]) -> (Option<Raw>, Vec<String>, Token) {
    let token = lexer.next();
    if token != Token::Mark(b',') {
        return (None, Vec::new(), token);
    }
    let value = match lexer.next() {
        Token::Bool(on) => Raw::Bool(on),
        Token::Int(number) => Raw::Int(number.into()),
        Token::Text => Raw::text(string(lexer, script)),
        Token::Mark(sign @ (b'-' | b'+')) => match lexer.next() {
            Token::Int(number) => Raw::Int(if sign == b'-' { -i64::from(number) } else { number.into() }),
            token => return (None, Vec::new(), token),
        },
        token => return (None, Vec::new(), token),
    };
    let mut words = Vec::new();
    let mut token = lexer.next();
    while token == Token::Mark(b',') {
        token = lexer.next();
        if token == Token::Word {
            words.push(text(script.get(lexer.start..lexer.end()).unwrap_or_default()));
            token = lexer.next();
        }
    }
    // More than a literal: a sum, a condition.
    (Some(value).filter(|_| token == Token::Mark(b')')), words, token)
}

/// The string that the lexer has just read.
fn string(lexer: &Lexer<'_>, script: &[u8]) -> String {
    match lexer.plain {
        true => text(script.get(lexer.start + 1..lexer.end() - 1).unwrap_or_default()),
        false => text(&lexer.text),
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{Call, calls};
    use crate::document::Raw;

    #[test]
    fn literals_are_found_and_nothing_is_run() {
        let script = "// lockPref(\"no\", 1);\npref('a', \"x\", locked);\nlockPref(\"b\", -1)\nif (getenv(\"HOME\")) {\n\
            lockPref(\"c\" + n, true); defaultPref(\"d\", true + 1); sticky_pref(\"e\", true, sticky, locked);\n}\nclearPref(\"f\");\npref(n, 1); lockPref(";
        let call = |function: &str, name: &str, value: Option<Raw>, words: &[&str]| Call {
            function: function.to_owned(),
            name: name.to_owned(),
            value,
            words: words.iter().map(|word| (*word).to_owned()).collect(),
        };
        let wanted = [
            call("pref", "a", Some(Raw::text("x")), &["locked"]),
            call("lockPref", "b", Some(Raw::Int(-1)), &[]),
            call("getenv", "HOME", None, &[]),
            call("lockPref", "c", None, &[]),
            call("defaultPref", "d", None, &[]),
            call("sticky_pref", "e", Some(Raw::Bool(true)), &["sticky", "locked"]),
            call("clearPref", "f", None, &[]),
        ];
        assert_eq!(calls(script.as_bytes()), wanted);
    }
}
