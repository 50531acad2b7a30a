//! Statements spelled as the client itself spells them, taken at one look each: nearly all of a large file. Whatever is spelled
//! another way is left to the lexer, and what is taken here reads as the lexer reads it.

use std::ops::Range;

use memchr::memchr3;

use super::parse::{Kind, Name, Statement};

/// The statements from here on that are spelled so, each behind blanks alone; and where they end.
pub(super) fn statements(bytes: &[u8], mut at: usize, found: &mut Vec<Statement>) -> usize {
    while let Some(statement) = statement(bytes, at) {
        at = statement.span.end;
        found.push(statement);
    }
    at
}

/// `user_pref("name", value);`
fn statement(bytes: &[u8], at: usize) -> Option<Statement> {
    let start = at + bytes.get(at..)?.iter().position(|c| !matches!(c, b'\n' | b'\r' | b' '))?;
    let quoted = text(bytes, behind(bytes, start, b"user_pref(")?)?;
    let value = behind(bytes, quoted.end, b", ")?;
    let (kind, end) = match bytes.get(value)? {
        b'"' => (Kind::Text { plain: true }, text(bytes, value)?.end),
        b't' => (Kind::Bool(true), behind(bytes, value, b"true")?),
        b'f' => (Kind::Bool(false), behind(bytes, value, b"false")?),
        _ => int(bytes, value)?,
    };
    let name = Name::Plain(quoted.start + 1..quoted.end - 1);
    Some(Statement { span: start..behind(bytes, end, b");")?, quoted, value: value..end, name, kind })
}

/// Where it goes on behind these bytes, if they stand there.
fn behind(bytes: &[u8], at: usize, wanted: &[u8]) -> Option<usize> {
    bytes.get(at..)?.starts_with(wanted).then_some(at + wanted.len())
}

/// A string in double quotes that says what stands between them.
fn text(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let inner = behind(bytes, at, b"\"")?;
    let end = inner + memchr3(b'"', b'\\', 0, bytes.get(inner..)?)?;
    Some(at..behind(bytes, end, b"\"")?)
}

/// A number that is surely none too large.
fn int(bytes: &[u8], at: usize) -> Option<(Kind, usize)> {
    let digits = behind(bytes, at, b"-").unwrap_or(at);
    let count = bytes.get(digits..)?.iter().take_while(|c| c.is_ascii_digit()).count();
    let end = digits + count;
    let text = std::str::from_utf8(bytes.get(at..end)?).ok().filter(|_| (1..=9).contains(&count))?;
    Some((Kind::Int(text.parse().ok()?), end))
}

#[cfg(test)]
mod tests {
    use super::statement;
    use crate::formats::prefs::parse::general;

    /// Every spelling that these pieces make.
    fn spellings() -> Vec<String> {
        let slots: [&[&str]; 6] = [
            &["", "\n", " \r\n", "\t"],
            &["user_pref(", "user_pref (", "user_prefs(", "pref("],
            &["\"a\"", "\"\"", "\"a\\\"b\"", "\"a\0\"", "\"a\nb\"", "'a'", "\"a'b\"", "\"a"],
            &[", ", ",", " , ", ""],
            &[
                "true",
                "truer",
                "false",
                "1",
                "007",
                "-1",
                "--1",
                "+1",
                "- 1",
                "1a",
                "",
                "999999999",
                "2147483647",
                "2147483648",
                "-2147483648",
                "\"x\"",
                "\"\"",
                "\"\\n\"",
                "'x'",
                "\"\0\"",
                "\"x",
            ],
            &[");", ") ;", ";", ")", ");user_pref(\"b\", 1);"],
        ];
        slots.iter().fold(vec![String::new()], |made, pieces| {
            made.iter().flat_map(|text| pieces.iter().map(move |piece| format!("{text}{piece}"))).collect()
        })
    }

    #[test]
    fn what_is_taken_at_one_look_reads_as_the_lexer_reads_it() {
        let mut taken = 0;
        for text in spellings() {
            let Some(usual) = statement(text.as_bytes(), 0) else { continue };
            assert_eq!(general(text.as_bytes()), Some(usual), "{text:?}");
            taken += 1;
        }
        // Blanks, names, values and ends that are spelled as the client spells them.
        assert_eq!(taken, 3 * 4 * 8 * 2);
    }
}
