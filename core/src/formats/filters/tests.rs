//! What the client reads in its message filters, and what an edit leaves alone.

use super::open;
use crate::document::{Edit, Edits, Key, Raw};
use crate::formats::law::{check, check_many};

const FILE: &str = "version=\"9\"\nlogging=\"no\"\n\
    name=\"Safe: \\\"example\\\"\"\nenabled=\"yes\"\ntype=\"17\"\naction=\"JunkScore\"\nactionValue=\"0\"\naction=\"Mark read\"\n\
    condition=\"OR (from,ends with,@example.com)\"\n\
    name=\"Move\"\nenabled=\"no\"\ntype=\"17\"\naction=\"Move to folder\"\nactionValue=\"imap://a@mail.example.com/Old\"\ncondition=\"ALL\"\n";

fn edits(pairs: &[(&str, Edit)]) -> Edits {
    pairs.iter().map(|(key, edit)| (Key::raw(*key), edit.clone())).collect()
}

fn put(text: &str) -> Edit {
    Edit::Put(Raw::text(text))
}

fn edited(file: &str, pairs: &[(&str, Edit)]) -> String {
    String::from_utf8(check(open, file.as_bytes(), &edits(pairs)).expect("rendered")).unwrap()
}

fn refused(file: &str, pairs: &[(&str, Edit)]) -> String {
    open(file.as_bytes()).unwrap().render(&edits(pairs)).expect_err("refused").to_string()
}

fn get(file: impl AsRef<[u8]>, key: &str) -> Option<Raw> {
    open(file.as_ref()).unwrap().get(&Key::raw(key))
}

#[test]
fn filters_go_by_name_and_their_actions_by_number() {
    assert_eq!(get(FILE, "version"), Some(Raw::text("9")));
    assert_eq!(get(FILE, "filter/Safe: \"example\"/name"), Some(Raw::text("Safe: \"example\"")));
    assert_eq!(get(FILE, "filter/Safe: \"example\"/action/0/value"), Some(Raw::text("0")));
    assert_eq!(get(FILE, "filter/Safe: \"example\"/action/1/name"), Some(Raw::text("Mark read")));
    assert_eq!(get(FILE, "filter/Safe: \"example\"/action/1/value"), None);
    assert_eq!(get(FILE, "filter/Move/action/0/value"), Some(Raw::text("imap://a@mail.example.com/Old")));
    let document = open(FILE.as_bytes()).unwrap();
    assert_eq!((document.entries().len(), document.keys("filter/Move").len(), document.odd().len()), (15, 6, 0));
}

#[test]
fn pairs_are_read_as_the_client_reads_them() {
    let file = b"VERSION= \"8\" logging\t\"yes\"\r\nname=\"B\xF6se\"custom=\"kept\" enabled=\"yes\ncondition=\"a\\\\\"b\"\n";
    assert_eq!(get(file, "version"), Some(Raw::text("8")));
    assert_eq!(get(file, "logging"), Some(Raw::text("yes")));
    assert_eq!(get(file, "filter/B\u{fffd}se/name"), Some(Raw::Bytes(b"B\xF6se".into())));
    assert_eq!(get(file, "filter/B\u{fffd}se/enabled"), Some(Raw::text("yes")));
    assert_eq!(get(file, "filter/B\u{fffd}se/condition"), Some(Raw::text("a\\\"b")));
    let new = check(open, file, &edits(&[("filter/B\u{fffd}se/enabled", put("no"))])).unwrap();
    assert!(new.ends_with(b"\r\nname=\"B\xF6se\"custom=\"kept\" enabled=\"no\ncondition=\"a\\\\\"b\"\n"));
}

#[test]
fn what_ends_the_file_early_is_told() {
    let file = "version=\"9\"\nname = \"x\"\nenabled=\"yes\"\n";
    let odd = open(file.as_bytes()).unwrap().odd().to_vec();
    assert_eq!((odd.len(), odd[0].line), (1, 2));
    assert_eq!(odd[0].message, "expected attribute=\"value\", found no quote, and the client reads no further");
    assert!(refused(file, &[("filter/x/name", put("n"))]).starts_with("line 2: expected attribute"));
    assert_eq!(get("name=\"never ended", "filter/x/name"), None);
}

#[test]
fn only_what_stands_between_the_quotes_changes() {
    let new = edited(FILE, &[("filter/Move/action/0/value", put("imap://a@ssl.example.com/\"Old\""))]);
    assert_eq!(new, FILE.replace("imap://a@mail.example.com/Old", "imap://a@ssl.example.com/\\\"Old\\\""));
    let windows = FILE.replace('\n', "\r\n");
    assert_eq!(edited(&windows, &[("filter/Move/enabled", put("yes"))]), windows.replace("\"no\"\r\ntype", "\"yes\"\r\ntype"));
}

#[test]
fn a_whole_filter_is_added_at_the_end() {
    let filter = || {
        let key = |part: &str| format!("filter/New/{part}");
        let parts = [
            ("condition", "ALL"),
            ("action/0/value", "0"),
            ("action/0/name", "JunkScore"),
            ("type", "17"),
            ("enabled", "yes"),
            ("name", "New"),
        ];
        parts.map(|(part, text)| (Key::raw(key(part)), put(text)))
    };
    let lines = "name=\"New\"\nenabled=\"yes\"\ntype=\"17\"\naction=\"JunkScore\"\nactionValue=\"0\"\ncondition=\"ALL\"";
    let added = |file: &str, edits: Edits| String::from_utf8(check(open, file.as_bytes(), &edits).expect("rendered")).unwrap();
    assert_eq!(added(FILE, filter().into()), format!("{FILE}{lines}\n"));
    let windows = FILE.trim_end().replace('\n', "\r\n");
    assert_eq!(added(&windows, filter().into()), format!("{windows}\r\n{}", lines.replace('\n', "\r\n")));
    let mut first: Edits = filter().into();
    first.extend(edits(&[("version", put("9")), ("logging", put("no"))]));
    assert_eq!(added("", first), format!("version=\"9\"\nlogging=\"no\"\n{lines}\n"));
    assert_eq!(edited("version=\"9\"\n", &[("logging", put("no"))]), "version=\"9\"\nlogging=\"no\"\n");
}

#[test]
fn a_filter_at_the_end_and_an_attribute_can_go() {
    assert_eq!(edited(FILE, &[("filter/Move", Edit::Remove)]), FILE[..FILE.find("name=\"Move").unwrap()]);
    assert_eq!(edited(FILE, &[("filter/Safe: \"example\"/type", Edit::Remove)]), FILE.replacen("type=\"17\"\n", "", 1));
    let rest = FILE.find("name=\"Move").unwrap();
    assert_eq!(
        edited(FILE, &[("filter/Safe: \"example\"", Edit::Remove)]),
        format!("version=\"9\"\nlogging=\"no\"\n{}", &FILE[rest..])
    );
    assert!(refused(FILE, &[("filter/Safe: \"example\"/name", Edit::Remove)]).contains("would change too"));
}

#[test]
fn what_the_client_could_not_read_back_is_refused() {
    assert_eq!(
        refused(FILE, &[("filter/Safe: \"example\"/name", put("end\\"))]),
        "expected a value that the client can read back, found a backslash at its end"
    );
    assert_eq!(
        refused(FILE, &[("filter/Safe: \"example\"/name", put("a\nb"))]),
        "expected one line of text, found a line end or a NUL in it"
    );
    assert!(refused(FILE, &[("filter/Safe: \"example\"/description", put("x"))]).contains("an attribute of a new filter"));
    assert!(refused(FILE, &[("filter/7/name", put("x"))]).contains("would change too"));
}

#[test]
fn the_law_holds_for_thousands_of_edits() {
    let seeds: [&[u8]; 4] = [
        FILE.as_bytes(),
        b"VERSION= \"8\" logging\t\"yes\"\r\nname=\"B\xF6se\"custom=\"kept\" enabled=\"yes\ncondition=\"a\\\\\"b\"",
        b"name=\"a\"\rname=\"b\"\raction=\"x\"\raction=\"y\" actionValue=\"v\"",
        b"",
    ];
    let pieces: [&[u8]; 11] = [b"", b"\n", b"\r", b"\"", b"\\", b"=", b" ", b"name=\"n\"", b"\0", b"\naction=\"z\"\n", b"\\\\"];
    let keys =
        ["version", "logging", "filter/x/name", "filter/a/name", "filter/Move", "filter/x/action/0/name", "filter/a/x", "filter"];
    let raws = [Raw::text("x"), Raw::text(""), Raw::text("\\\"\\\\"), Raw::Bytes(b"\xFF\\".into()), Raw::Int(1), Raw::text("\"")];
    let rendered = check_many(open, &seeds, &pieces, &keys, &raws, 10_000);
    assert!(rendered > 3_000, "{rendered}");
}

#[test]
fn the_second_filter_of_a_name_has_a_number() {
    let file = "name=\"a\"\ntype=\"1\"\nname=\"a#2\"\ntype=\"2\"\nname=\"a\"\ntype=\"3\"\n";
    for (key, kind) in [("filter/a/type", "1"), ("filter/a#2/type", "2"), ("filter/a#3/type", "3")] {
        assert_eq!(get(file, key), Some(Raw::text(kind)), "{key}");
    }
}
