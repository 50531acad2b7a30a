//! The saved passwords of the Suite and of Thunderbird up to the betas of 3 (`signons.txt`, `signons2.txt`, `signons3.txt`, eight
//! digits and `.s`): a header, hosts for which nothing is saved, then for each place its name and what is saved there. Keys are
//! `login/0`, the name of a place; in the last generation, where a name has two parts, `login/0/hostname` and
//! `login/0/httpRealm`. What is saved is encrypted without them, and has no key. A header of another generation is kept, with
//! all that follows. Source: RetroZilla, toolkit/components/passwordmgr/base/nsPasswordManager.cpp and
//! extensions/wallet/src/singsign.cpp; Mozilla, toolkit/components/passwordmgr/src/storage-Legacy.js.

use std::ops::Range;

use super::fields::{Dialect, Fields, Found, Says, one_line, raw_of};
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
    read: raw_of,
    write: |raw, _| {
        let text = one_line(raw)?;
        if text.is_empty() || text == END { Err(Refusal::new("expected a place's name, found none")) } else { Ok(text.to_vec()) }
    },
    add: |_, _| Err(Refusal::new("expected a place that is there, found a new one, which only the client can add")),
};

/// Without and with the address of the form's target.
const WHOLE_NAMES: [&[u8]; 2] = [b"#2c", b"#2d"];
/// Of the last generation, which parts a server's name from the realm.
const NAMES_AND_REALMS: &[u8] = b"#2e";
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
    let (mut places, mut parted) = (0, false);
    for (at, line) in lines(bytes).enumerate() {
        let text = bytes.get(line.text.clone()).unwrap_or_default();
        next = match next {
            Next::Header if WHOLE_NAMES.contains(&text) || text == NAMES_AND_REALMS => {
                parted = text == NAMES_AND_REALMS;
                Next::Reject
            }
            Next::Header => {
                let message = "expected saved passwords with the header #2c, #2d or #2e, found another generation's".into();
                found.odd.push(Odd { line: at + 1, message, hides: None });
                return found;
            }
            Next::Reject | Next::Saved if text == END => Next::Name,
            Next::Name => {
                let key = Key::of(["login", &places.to_string()]);
                let whole = line.text.start..line.next;
                let realm = Some(text).filter(|_| parted).and_then(realm);
                let end = realm.as_ref().map_or(line.text.end, |realm| line.text.start + realm.start - OPENS.len());
                let mut field = |key: Key, value: Range<usize>, whole: Range<usize>| {
                    found.push(key.as_str(), Says::At(value), whole);
                };
                field(if parted { key.child("hostname") } else { key.clone() }, line.text.start..end, whole);
                if let Some(realm) = realm {
                    let value = line.text.start + realm.start..line.text.start + realm.end;
                    field(key.child("httpRealm"), value, end..line.text.end);
                }
                places += 1;
                Next::Saved
            }
            stays => stays,
        };
    }
    found
}

/// What stands between a server's name and the realm.
const OPENS: &[u8] = b" (";

/// The realm in a place's name: all from the first parenthesis to the last letter, which closes it.
fn realm(text: &[u8]) -> Option<Range<usize>> {
    let open = text.windows(OPENS.len()).skip(1).position(|pair| pair == OPENS)? + 1 + OPENS.len();
    (text.ends_with(b")") && open < text.len()).then(|| open..text.len() - 1)
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

    const PARTED: &str = "#2e\r\n.\r\nmailbox://pop.old.example (mailbox://pop.old.example)\r\n\r\nMDoEEPgAAAA=\r\n*\r\n\
        MDoEEPgAAAB=\r\n\r\n---\r\n.\r\nhttp://web.example (a (realm))\r\n\r\nMDoE\r\n*\r\nMDoE\r\n\r\n---\r\n.\r\n\
        http://form.example\r\nuser\r\nMDoE\r\n*pass\r\nMDoE\r\nhttp://form.example\r\n---\r\n.\r\n";

    #[test]
    fn a_name_of_two_parts_is_renamed_in_both() {
        let document = open(PARTED.as_bytes()).unwrap();
        let keys = ["login/0/hostname", "login/0/httpRealm", "login/1/hostname", "login/1/httpRealm", "login/2/hostname"];
        assert_eq!(document.keys(""), keys.map(Key::raw));
        assert_eq!(document.get(&Key::raw("login/0/httpRealm")), Some(Raw::text("mailbox://pop.old.example")));
        assert_eq!(document.get(&Key::raw("login/1/hostname")), Some(Raw::text("http://web.example")));
        assert_eq!(document.get(&Key::raw("login/1/httpRealm")), Some(Raw::text("a (realm)")));
        let put = Edit::Put(Raw::text("mailbox://ssl.new.example"));
        let edits = Edits::from([(Key::raw(keys[0]), put.clone()), (Key::raw(keys[1]), put)]);
        let new = String::from_utf8(check(open, PARTED.as_bytes(), &edits).unwrap()).unwrap();
        assert_eq!(new, PARTED.replace("pop.old", "ssl.new"));
        // It would read as a name with a realm.
        let odd = Edits::from([(Key::raw(keys[4]), Edit::Put(Raw::text("http://form.example (x)")))]);
        assert!(document.render(&odd).is_err());
    }

    #[test]
    fn another_generation_is_kept_whole() {
        for header in ["#2f", "#2C", "", "x"] {
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
        let seeds: [&[u8]; 4] = [FILE.as_bytes(), PARTED.as_bytes(), b"#2c\n.\na\nb\n.\nc", b"#2c\r.\rx\r.\r"];
        let pieces: [&[u8]; 8] = [b"", b"\n", b".\n", b"#2c\n", b"\xF6", b"x", b" (", b")"];
        let raws = [Raw::text("x"), Raw::text("."), Raw::Bytes(b"\xFF".into()), Raw::Int(1)];
        let rendered =
            check_many(open, &seeds, &pieces, &["login/0", "login/0/httpRealm", "login/7", "login", "x"], &raws, 4_000);
        assert!(rendered > 500, "{rendered}");
    }
}
