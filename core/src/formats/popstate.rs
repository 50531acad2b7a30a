//! Mozilla's `popstate.dat`, the messages that a POP3 server is known to hold: a line `*HOST USER` for each server, then a
//! line for each message. Keys are `server/0`, the text after the `*`, and `server/0/uidls`, the number of its messages,
//! where there are any, which can't be put.

use std::collections::BTreeMap;

use super::fields::{Additions, Dialect, Fields, Found, Says, one_line, raw_of};
use super::lines::lines;
use crate::document::{Document, Key, Odd, Raw, Refusal};

/// Opens the state of POP3 servers.
///
/// # Errors
/// None: what is not understood is kept.
pub fn open(bytes: &[u8]) -> Result<Box<dyn Document>, Refusal> {
    Ok(Box::new(Fields::open(bytes, &DIALECT)))
}

const DIALECT: Dialect = Dialect { parse, read: raw_of, write: |raw, _| one_line(raw).map(<[u8]>::to_vec), add };

fn parse(bytes: &[u8]) -> Found {
    let mut found = Found::default();
    let mut servers = 0_usize;
    let mut count = 0;
    for (at, line) in lines(bytes).enumerate() {
        let text = bytes.get(line.text.clone()).unwrap_or_default();
        match (text.first(), servers.checked_sub(1)) {
            (Some(b'*'), _) => {
                let key = Key::of(["server", &servers.to_string()]);
                (servers, count) = (servers + 1, 0);
                let value = line.text.start + 1..line.text.end;
                found.push(key.as_str(), Says::At(value), line.text.start..line.next);
            }
            (None | Some(b'#'), _) => {}
            (Some(_), None) => {
                let message = "expected a line \"*HOST USER\" before the first message, found none".into();
                found.odd.push(Odd { line: at + 1, message, hides: None });
            }
            (Some(_), Some(server)) => {
                count += 1;
                let key = Key::of(["server", &server.to_string(), "uidls"]);
                let says = Says::Counted(Raw::Int(count));
                match found.fields.last_mut().filter(|_| count > 1) {
                    Some(last) => (last.says, last.whole.end) = (says, line.next),
                    None => found.push(key.as_str(), says, line.text.start..line.next),
                }
            }
        }
    }
    found
}

fn add(store: &Fields, new: &BTreeMap<Key, Raw>) -> Result<Additions, Refusal> {
    let mut lines = Vec::new();
    for (key, raw) in new {
        match key.segments().collect::<Vec<_>>().as_slice() {
            [server, number] if server == "server" => {
                let number: usize = number.parse().map_err(|_| refuse(key))?;
                lines.push((number, [b"*", one_line(raw)?].concat()));
            }
            _ => return Err(refuse(key)),
        }
    }
    lines.sort();
    Ok(Additions::from([(store.bytes.len(), lines.into_iter().map(|(_, line)| line).collect())]))
}

fn refuse(key: &Key) -> Refusal {
    Refusal::new(format!("expected \"server/NUMBER\", found \"{key}\""))
}

#[cfg(test)]
mod tests {
    use super::open;
    use crate::document::{Edit, Edits, Key, Raw};
    use crate::formats::law::{check, check_many};

    const FILE: &str = "# POP3 State File\n# This is a generated file!  Do not edit.\n\n*pop.example.com alice smith\nk UIDL-1 1700000000\nd UIDL-2 1700000001\n\
        *old.example.com bob\n";

    fn edits(pairs: &[(&str, Edit)]) -> Edits {
        pairs.iter().map(|(key, edit)| (Key::raw(*key), edit.clone())).collect()
    }

    fn put(text: &str) -> Edit {
        Edit::Put(Raw::text(text))
    }

    #[test]
    fn servers_and_their_messages_are_read() {
        let entries = open(FILE.as_bytes()).unwrap().entries();
        let expected = [
            (Key::raw("server/0"), Raw::text("pop.example.com alice smith")),
            (Key::raw("server/0/uidls"), Raw::Int(2)),
            (Key::raw("server/1"), Raw::text("old.example.com bob")),
        ];
        assert_eq!(entries, expected.into());
    }

    #[test]
    fn only_the_servers_own_text_changes() {
        let change = edits(&[("server/0", put("ssl.example.com alice smith"))]);
        let windows = FILE.replace('\n', "\r\n");
        let new = String::from_utf8(check(open, windows.as_bytes(), &change).unwrap()).unwrap();
        assert_eq!(new, windows.replace("*pop", "*ssl"));
    }

    #[test]
    fn servers_come_and_go_at_the_end() {
        let new = check(open, FILE.trim_end().as_bytes(), &edits(&[("server/2", put("a b"))])).unwrap();
        assert_eq!(String::from_utf8(new).unwrap(), format!("{FILE}*a b"));
        let gone = check(open, FILE.as_bytes(), &edits(&[("server/1", Edit::Remove)])).unwrap();
        assert_eq!(String::from_utf8(gone).unwrap(), FILE.replace("*old.example.com bob\n", ""));
    }

    #[test]
    fn messages_are_only_counted() {
        let document = open(FILE.as_bytes()).unwrap();
        let refused = |pairs: &[(&str, Edit)]| document.render(&edits(pairs)).expect_err("refused").message;
        assert_eq!(
            refused(&[("server/0/uidls", Edit::Put(Raw::Int(3)))]),
            "expected \"server/0/uidls\" to stay: it is only counted"
        );
        assert!(refused(&[("server/0", Edit::Remove)]).contains("would change too"));
        assert_eq!(
            refused(&[("server/2", Edit::CopyOf(Key::raw("server/0")))]),
            "expected \"server/NUMBER\", found \"server/2/uidls\""
        );
        assert_eq!(open(b"k lost 1\n*a b").unwrap().odd().first().map(|odd| odd.line), Some(1));
    }

    #[test]
    fn the_law_holds_for_thousands_of_edits() {
        let seeds: [&[u8]; 4] = [FILE.as_bytes(), b"*a\xF6 b\r\nk 1 2\r\n*c d\r\nk 3 4", b"k\r*x y\r\r#\rk 1 2", b""];
        let pieces: [&[u8]; 8] = [b"", b"\n", b"\r", b"*", b"#", b"\n*n m\n", b"\0", b"k 7 8\n"];
        let keys = ["server/0", "server/1", "server/2", "server/0/uidls", "server", "x"];
        let raws = [Raw::text("x y"), Raw::text(""), Raw::text("*"), Raw::Bytes(b"\xFF".into()), Raw::Int(1)];
        let rendered = check_many(open, &seeds, &pieces, &keys, &raws, 10_000);
        assert!(rendered > 3_000, "{rendered}");
    }
}
