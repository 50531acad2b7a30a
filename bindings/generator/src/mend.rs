//! What is changed of the generated sources. Each change names what it looks for, and fails where that is not there: another
//! version of the generator may not need it.
//!
//! - Whatever a callback throws comes back as an error. The generator passes on what its language calls an exception, and lets
//!   the rest (Kotlin's `Error`, Python's `KeyboardInterrupt`) be lost on the way: the work would go on.
//! - An error's message is a sentence.
//! - Python's records can be compared with what is none, and show what is in them inside of a list too.
//! - The docs are written in Rust's words: names get the spelling, and links the form, of the language.

/// What was looked for and not found.
type Missing = &'static str;

pub(crate) fn kotlin(text: &str) -> Result<String, Missing> {
    let text = swap(text, "catch(e: kotlin.Exception)", "catch(e: kotlin.Throwable)", 2)?;
    let text = messages(&text)?;
    // Its links name a function without its arguments; Swift's name them too.
    Ok(docs(&text, "*", |name| format!("[{}]", camel(name.trim_end_matches("()"))), |name| format!("`{}`", camel(name))))
}

pub(crate) fn swift(text: &str) -> Result<String, Missing> {
    Ok(docs(text, "*", |name| format!("``{}``", camel(name)), |name| format!("`{}`", camel(name))))
}

pub(crate) fn python(text: &str) -> Result<String, Missing> {
    // The two calls into the caller's code; two more concern the generator's own.
    let head = "def _uniffi_trait_interface_call(";
    let (before, calls) = text.split_once(head).ok_or(head)?;
    let calls =
        swap(calls, "    except Exception as e:\n        call_status", "    except BaseException as e:\n        call_status", 2)?;
    Ok(format!("{before}{head}{}", records(&calls)?.replace("[`", "`").replace("`]", "`")))
}

/// Lets each of Python's records be compared with anything, and show itself.
fn records(text: &str) -> Result<String, Missing> {
    let (mut compared, mut shown, mut last) = (0, 0, "");
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let code = line.trim_start();
        let indent = line.strip_suffix(code).unwrap_or_default();
        // Those of a variant ask for its type already.
        if last == "def __eq__(self, other):" && code.starts_with("if self.") {
            compared += 1;
            out += &format!("{indent}if type(other) is not type(self):\n{indent}    return NotImplemented\n");
        }
        if code.starts_with("def __str__(self") {
            shown += 1;
            out += &format!("{indent}def __repr__(self):\n{indent}    return str(self)\n");
        }
        out += line;
        last = code.trim_end();
    }
    match (compared, shown) {
        (0, _) => Err("def __eq__"),
        (_, 0) => Err("def __str__"),
        _ => Ok(out),
    }
}

/// Replaces a text that is there so many times.
fn swap(text: &str, old: Missing, new: &str, count: usize) -> Result<String, Missing> {
    if text.matches(old).count() == count { Ok(text.replace(old, new)) } else { Err(old) }
}

/// Gives each of Kotlin's errors its sentence for a message, instead of its members.
fn messages(text: &str) -> Result<String, Missing> {
    let head = "override val message\n            get() = \"";
    if !text.contains(head) {
        return Err(head);
    }
    let mut parts = text.split(head);
    let mut mended = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (_, rest) = part.split_once("\"\n").ok_or(head)?;
        mended += "override val message: kotlin.String\n            get() = summary()\n";
        mended += rest;
    }
    Ok(mended)
}

/// Spells the names in doc comments, of which each line begins with a mark.
fn docs(text: &str, mark: &str, link: impl Fn(&str) -> String, plain: impl Fn(&str) -> String) -> String {
    let line = |line: &str| {
        if line.trim_start().starts_with(mark) && line.contains('`') { spelled(line, &link, &plain) } else { line.to_owned() }
    };
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

/// A line with its links, [`name`], and its names, `name`.
fn spelled(line: &str, link: &impl Fn(&str) -> String, plain: &impl Fn(&str) -> String) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('`') {
        let Some((name, after)) = after.split_once('`') else { break };
        match (before.strip_suffix('['), after.strip_prefix(']')) {
            (Some(before), Some(after)) => {
                out += before;
                out += &link(name);
                rest = after;
            }
            _ => {
                out += before;
                out += &plain(name);
                rest = after;
            }
        }
    }
    out + rest
}

/// `assume_closed` as `assumeClosed`; anything that is no such name as it is.
fn camel(name: &str) -> String {
    if !name.trim_end_matches("()").chars().all(|c| c.is_ascii_lowercase() || c == '_') {
        return name.to_owned();
    }
    let mut parts = name.split('_');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |all, part| {
        let mut letters = part.chars();
        all + &letters.next().map(|c| c.to_ascii_uppercase()).into_iter().collect::<String>() + letters.as_str()
    })
}

#[cfg(test)]
mod tests {
    use super::{camel, kotlin, messages, python, records, swift};

    #[test]
    fn names_are_spelled_as_the_language_does() {
        assert_eq!(camel("assume_closed"), "assumeClosed");
        assert_eq!(camel("incoming.port"), "incoming.port");
        let text = " * [`check_policy()`] and `assume_closed`, not `{csv.COLUMN}`\nlet a = `not_here`";
        assert_eq!(swift(text).unwrap(), " * ``checkPolicy()`` and `assumeClosed`, not `{csv.COLUMN}`\nlet a = `not_here`");
    }

    #[test]
    fn what_is_not_there_is_said() {
        assert!(kotlin("nothing").is_err() && python("nothing").is_err());
        let text = "        override val message\n            get() = \"at=${ `at` }\"\n    }";
        assert!(records(text).is_err());
        assert_eq!(messages(text).unwrap(), "        override val message: kotlin.String\n            get() = summary()\n    }");
    }
}
