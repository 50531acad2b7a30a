//! The saved passwords of the Suite and of Thunderbird 1 and 2 (`signons.txt`, eight digits and `.s`): a header, hosts for which
//! nothing is saved, then for each place its name and what is saved there. Keys are `login/0`, the name of a place; what is
//! saved is encrypted without it, and has no key. A header of another generation is kept, with all that follows. Source:
//! RetroZilla, toolkit/components/passwordmgr/base/nsPasswordManager.cpp and extensions/wallet/src/singsign.cpp.

use super::fields::{Dialect, Field, Fields, Found, one_line, raw_of};
use super::lines::lines;
use crate::document::{Document, Key, Odd, Refusal};

/// Opens saved passwords.
///
/// # Errors
/// None: what is not understood is kept.
pub fn open(bytes: &[u8]) -> Result<Box<dyn Document>, Refusal> {
    Ok(Box::new(Fields::open(bytes, &DIALECT)))
}

const DIALECT: Dialect = Dialect {
    parse,
    write: |raw, _| {
        let text = one_line(raw)?;
        if text.is_empty() || text == END { Err(Refusal::new("expected a place's name, found none")) } else { Ok(text.to_vec()) }
    },
    add: |_, _| Err(Refusal::new("expected a place that is there, found a new one, which only the client can add")),
};

/// Without and with the address of the form's target.
const HEADERS: [&[u8]; 2] = [b"#2c", b"#2d"];
/// Ends the hosts without passwords, and each place.
const END: &[u8] = b".";

/// What the next line is.
enum Next {
    Header,
    Reject,
    Name,
    Saved,
}

fn parse(bytes: &[u8]) -> Found {
    let mut found = Found::default();
    let mut next = Next::Header;
    for (at, line) in lines(bytes).enumerate() {
        let text = bytes.get(line.text.clone()).unwrap_or_default();
        next = match next {
            Next::Header if HEADERS.contains(&text) => Next::Reject,
            Next::Header => {
                let message = "expected saved passwords with the header #2c or #2d, found another generation's".into();
                found.odd.push(Odd { line: at + 1, message, hides: None });
                return found;
            }
            Next::Reject | Next::Saved if text == END => Next::Name,
            Next::Name => {
                let key = Key::of(["login", &found.fields.len().to_string()]);
                let raw = raw_of(text.to_vec());
                found.fields.push(Field { key, raw, value: Some(line.text.clone()), whole: line.text.start..line.next });
                Next::Saved
            }
            stays => stays,
        };
    }
    found
}

#[cfg(test)]
mod tests {
    use super::open;
    use crate::document::{Edit, Edits, Key, Raw};
    use crate::formats::law::{check, check_many};

    const FILE: &str = "#2d\r\nhttp://never.example\r\n.\r\nmailbox://alice@pop.old.example\r\n\\=username=\\\r\nMDoEEPgAAAA=\r\n\
        *\\=password=\\\r\nMDoEEPgAAAB=\r\n\r\n.\r\nhttp://web.example (realm)\r\nuser\r\nMDoE\r\n*pass\r\nMDoE\r\nhttp://web.example\r\n.\r\n";

    #[test]
    fn a_place_is_renamed_and_what_is_saved_there_stays() {
        let document = open(FILE.as_bytes()).unwrap();
        assert_eq!(document.keys(""), [Key::raw("login/0"), Key::raw("login/1")]);
        assert_eq!(document.get(&Key::raw("login/0")), Some(Raw::text("mailbox://alice@pop.old.example")));
        let edits = Edits::from([(Key::raw("login/0"), Edit::Put(Raw::text("mailbox://alice@ssl.new.example")))]);
        let new = String::from_utf8(check(open, FILE.as_bytes(), &edits).unwrap()).unwrap();
        assert_eq!(new, FILE.replace("pop.old", "ssl.new"));
    }

    #[test]
    fn another_generation_is_kept_whole() {
        for header in ["#2e", "#2C", "", "x"] {
            let document =
                open(format!("{header}\n.\nmailbox://pop.old.example (mailbox://pop.old.example)\n").as_bytes()).unwrap();
            assert_eq!(document.keys(""), []);
            assert_eq!(document.odd().len(), 1);
        }
    }

    #[test]
    fn names_that_would_end_a_place_and_new_places_are_refused() {
        let refused = |key: &str, edit: Edit| {
            open(FILE.as_bytes()).unwrap().render(&Edits::from([(Key::raw(key), edit)])).expect_err("refused").to_string()
        };
        for text in ["", ".", "a\nb"] {
            assert!(refused("login/0", Edit::Put(Raw::text(text))).contains("expected"));
        }
        assert!(refused("login/2", Edit::Put(Raw::text("x"))).contains("only the client can add"));
    }

    #[test]
    fn the_law_holds_for_thousands_of_edits() {
        let seeds: [&[u8]; 3] = [FILE.as_bytes(), b"#2c\n.\na\nb\n.\nc", b"#2c\r.\rx\r.\r"];
        let pieces: [&[u8]; 6] = [b"", b"\n", b".\n", b"#2c\n", b"\xF6", b"x"];
        let raws = [Raw::text("x"), Raw::text("."), Raw::Bytes(b"\xFF".into()), Raw::Int(1)];
        let rendered = check_many(open, &seeds, &pieces, &["login/0", "login/7", "login", "x"], &raws, 4_000);
        assert!(rendered > 500, "{rendered}");
    }
}
