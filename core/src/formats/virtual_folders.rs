//! Mozilla's `virtualFolders.dat`, the saved searches: `version=1`, then lines `name=value`, where each `uri=` starts a
//! folder. Keys are `version` and `folder/0/uri`, `folder/0/scope` and so on; other lines have no key.

use std::collections::BTreeMap;

use super::fields::{Additions, Dialect, Fields, Found, Says, one_line, raw_of};
use super::lines::lines;
use crate::document::{Document, Key, Odd, Raw, Refusal};

/// Opens saved searches.
///
/// # Errors
/// None: what is not understood is kept.
pub fn open(bytes: &[u8]) -> Result<Box<dyn Document>, Refusal> {
    Ok(Box::new(Fields::open(bytes, &DIALECT)))
}

const DIALECT: Dialect = Dialect { parse, read: raw_of, write: |raw, _| one_line(raw).map(<[u8]>::to_vec), add };

/// The client's order.
const NAMES: [&str; 5] = ["uri", "searchFolderFlag", "scope", "terms", "searchOnline"];

fn parse(bytes: &[u8]) -> Found {
    let mut found = Found::default();
    let mut folders = 0_usize;
    for (at, line) in lines(bytes).enumerate() {
        let text = bytes.get(line.text.clone()).unwrap_or_default();
        let equals = text.iter().position(|c| *c == b'=').unwrap_or_default();
        let name = text.get(..equals).and_then(|name| std::str::from_utf8(name).ok()).unwrap_or_default();
        folders += usize::from(name == "uri");
        let key = match (name, folders.checked_sub(1)) {
            ("", _) if text.is_empty() => continue,
            ("version", None) => Key::of([name]),
            ("", _) | (_, None) => {
                let message = "expected a line \"name=value\" of a folder, found another".into();
                found.odd.push(Odd { line: at + 1, message, hides: None });
                continue;
            }
            (name, Some(folder)) => Key::of(["folder", &folder.to_string(), name]),
        };
        let value = line.text.start + equals + 1..line.text.end;
        found.push(key.as_str(), Says::At(value), line.text.start..line.next);
    }
    found
}

fn add(store: &Fields, new: &BTreeMap<Key, Raw>) -> Result<Additions, Refusal> {
    let mut additions = Additions::new();
    let mut ranked = Vec::new();
    for (key, raw) in new {
        let segments: Vec<String> = key.segments().collect();
        let (at, order, name) = match segments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            ["version"] => (0, (0, 0), "version".to_owned()),
            ["folder", folder, name] if !name.is_empty() && !name.contains(['=', '\n', '\r', '\0']) => {
                let number = folder.parse::<usize>().ok().and_then(|number| number.checked_add(1)).ok_or_else(|| refuse(key))?;
                let above = Key::of(["folder", folder]);
                let of_folder = store.fields_under(&above);
                let at = of_folder.map(|field| field.whole.end).max().unwrap_or(store.bytes.len());
                (at, (number, NAMES.iter().position(|known| *known == name).unwrap_or(NAMES.len())), name.to_owned())
            }
            _ => return Err(refuse(key)),
        };
        ranked.push((at, order, [name.as_bytes(), b"=", one_line(raw)?].concat()));
    }
    ranked.sort();
    for (at, _, line) in ranked {
        additions.entry(at).or_default().push(line);
    }
    Ok(additions)
}

fn refuse(key: &Key) -> Refusal {
    Refusal::new(format!("expected \"version\" or \"folder/NUMBER/NAME\", found \"{key}\""))
}

#[cfg(test)]
mod tests {
    use super::open;
    use crate::document::{Edit, Edits, Key, Raw};
    use crate::formats::law::{check, check_many};

    const FILE: &str = "version=1\nuri=mailbox://nobody@Local%20Folders/unread\n\
        scope=mailbox://nobody@Local%20Folders/Inbox|imap://a@mail.example.com/INBOX\nterms=AND (tag,contains,$label1)\nsearchOnline=false\n\
        uri=imap://a@mail.example.com/found\nsearchFolderFlag=1000\nscope=*\nterms=ALL\nsearchOnline=true\n";

    fn edited(file: &str, edits: &[(&str, Edit)]) -> String {
        let edits: Edits = edits.iter().map(|(key, edit)| (Key::raw(*key), edit.clone())).collect();
        String::from_utf8(check(open, file.as_bytes(), &edits).expect("rendered")).unwrap()
    }

    fn put(text: &str) -> Edit {
        Edit::Put(Raw::text(text))
    }

    #[test]
    fn folders_go_by_their_number() {
        let document = open(FILE.as_bytes()).unwrap();
        assert_eq!(document.entries().len(), 10);
        assert_eq!(document.get(&Key::raw("version")), Some(Raw::text("1")));
        assert_eq!(document.get(&Key::raw("folder/1/uri")), Some(Raw::text("imap://a@mail.example.com/found")));
        assert_eq!(document.get(&Key::raw("folder/0/terms")), Some(Raw::text("AND (tag,contains,$label1)")));
        assert_eq!(document.keys("folder/1").len(), 5);
        assert!(document.odd().is_empty());
    }

    #[test]
    fn a_value_changes_after_its_equals_sign() {
        let new = edited(FILE, &[("folder/1/uri", put("imap://a@ssl.example.com/found"))]);
        assert_eq!(new, FILE.replace("uri=imap://a@mail", "uri=imap://a@ssl"));
        let windows = FILE.replace('\n', "\r\n");
        assert_eq!(edited(&windows, &[("folder/1/scope", put("a|b"))]), windows.replace("scope=*", "scope=a|b"));
    }

    #[test]
    fn lines_are_added_and_removed() {
        assert_eq!(
            edited(FILE, &[("folder/0/searchFolderFlag", put("2"))]),
            FILE.replace("false\n", "false\nsearchFolderFlag=2\n")
        );
        let whole = [("folder/2/uri", put("u")), ("folder/2/scope", put("*")), ("folder/2/terms", put("ALL"))];
        assert_eq!(edited(FILE, &whole), format!("{FILE}uri=u\nscope=*\nterms=ALL\n"));
        assert_eq!(edited(FILE.trim_end(), &whole), format!("{FILE}uri=u\nscope=*\nterms=ALL"));
        assert_eq!(edited(FILE, &[("folder/1", Edit::Remove)]), FILE[..FILE.find("uri=imap").unwrap()]);
        assert_eq!(edited("", &[("version", put("1")), ("folder/0/uri", put("u"))]), "version=1\nuri=u\n");
    }

    #[test]
    fn what_would_renumber_folders_is_refused() {
        let refused = |edits: &Edits| open(FILE.as_bytes()).unwrap().render(edits).expect_err("refused").message;
        assert!(refused(&Edits::from([(Key::raw("folder/0"), Edit::Remove)])).contains("would change too"));
        assert!(refused(&Edits::from([(Key::raw("folder/5/uri"), put("u"))])).contains("would change too"));
        assert_eq!(
            refused(&Edits::from([(Key::raw("version"), put("1\n2"))])),
            "expected one line of text, found a line end or a NUL in it"
        );
    }

    #[test]
    fn what_is_not_understood_is_kept_and_told() {
        let file = b"version=1\r\nterms=lost\r\nuri=a\xF6\r\nno sense\r\n\r\nscope=x\r\nscope=y";
        let document = open(file).unwrap();
        assert_eq!(document.odd().iter().map(|odd| odd.line).collect::<Vec<_>>(), [2, 4]);
        assert_eq!(document.get(&Key::raw("folder/0/uri")), Some(Raw::Bytes(b"a\xF6".into())));
        assert_eq!(document.get(&Key::raw("folder/0/scope")), Some(Raw::text("y")));
        let edits = Edits::from([(Key::raw("folder/0/scope"), put("z"))]);
        assert!(check(open, file, &edits).unwrap().ends_with(b"no sense\r\n\r\nscope=x\r\nscope=z"));
    }

    #[test]
    fn the_law_holds_for_thousands_of_edits() {
        let seeds: [&[u8]; 4] = [FILE.as_bytes(), b"version=1\r\nuri=a\r\nscope=x\r\nscope=y", b"uri=\xF6\rterms=b\r", b""];
        let pieces: [&[u8]; 9] = [b"", b"\n", b"\r", b"uri=", b"=", b"\nuri=n\n", b"\0", b"\xEF\xBB\xBF", b"/~"];
        let keys = ["version", "folder/0/uri", "folder/2/uri", "folder/0/x", "folder/1", "folder/2/terms", "folder", "x"];
        let raws = [Raw::text("x"), Raw::text(""), Raw::text("a=b"), Raw::Bytes(b"\xFF".into()), Raw::Int(1)];
        let rendered = check_many(open, &seeds, &pieces, &keys, &raws, 10_000);
        assert!(rendered > 3_000, "{rendered}");
    }
}
