//! Statements spelled as the client itself spells them, taken at one look each: nearly all of a large file. Whatever is spelled
//! another way is left to the lexer, and what is taken here reads as the lexer reads it.

use memchr::memchr3;

use super::parse::{Kind, Name, Span, Statement};

/// The statements from here on that are spelled so, each behind blanks alone; and where they end.
pub(super) fn statements(bytes: &[u8], mut at: usize, found: &mut Vec<Statement>) -> usize {
    while let Some(statement) = statement(bytes, at) {
        at = statement.span.range().end;
        found.push(statement);
    }
    at
}

/// `user_pref("name", value);`
fn statement(bytes: &[u8], at: usize) -> Option<Statement> {
    let here = |rest: &[u8]| bytes.len() - rest.len();
    let rest = bytes.get(at..)?;
    let rest = rest.get(rest.iter().position(|c| !matches!(c, b'\n' | b'\r' | b' '))?..)?;
    let start = here(rest);
    let name = rest.strip_prefix(b"user_pref(\"")?;
    let behind = text(name)?;
    let quoted = here(name) - 1..here(behind);
    let value = behind.strip_prefix(b", ")?;
    let (kind, behind) = match value {
        [b'"', inner @ ..] => (Kind::Text { plain: true }, text(inner)?),
        [b't', b'r', b'u', b'e', rest @ ..] => (Kind::Bool(true), rest),
        [b'f', b'a', b'l', b's', b'e', rest @ ..] => (Kind::Bool(false), rest),
        _ => int(value)?,
    };
    let end = behind.strip_prefix(b");")?;
    let value = Span::of(here(value)..here(behind));
    Some(Statement { span: Span::of(start..here(end)), value, name: Name::Plain(Span::of(quoted)), kind })
}

/// What stands behind the end of a string that says what stands in it, and whose first quote has been taken.
fn text(inner: &[u8]) -> Option<&[u8]> {
    inner.get(memchr3(b'"', b'\\', 0, inner)?..)?.strip_prefix(b"\"")
}

/// A number that is surely none too large, and what stands behind it.
fn int(value: &[u8]) -> Option<(Kind, &[u8])> {
    let sign = usize::from(value.starts_with(b"-"));
    let count = value.get(sign..)?.iter().take_while(|c| c.is_ascii_digit()).count();
    let (digits, rest) = value.split_at_checked(sign + count).filter(|_| (1..=9).contains(&count))?;
    Some((Kind::Int(std::str::from_utf8(digits).ok()?.parse().ok()?), rest))
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
