//! What is read from JSON, and what an edit leaves alone.

use super::{NULL, NUMBER, OBJECT, open, open_logins};
use crate::document::{Edit, Edits, Key, Raw};
use crate::formats::law::{check, check_many};

const LOGINS: &str = r#"{"nextId":3,"logins":[{"id":1,"hostname":"imap://mail.example.com","httpRealm":"imap://mail.example.com","encryptedPassword":"MDoEE+/=","timesUsed":7,"syncCounter":1.5,"formSubmitURL":null},{"id":2,"hostname":"smtp://mail.example.com","httpRealm":"smtp://mail.example.com","encryptedPassword":"MDoEF+/=","timesUsed":2,"syncCounter":0.5,"formSubmitURL":null}],"potentiallyVulnerablePasswords":[],"version":3}"#;

const PRETTY: &str =
    "{\r\n  \"a\": 1,\r\n  \"b\": {\r\n    \"c\": \"x\"\r\n  },\r\n  \"d\": [\r\n    true,\r\n    false\r\n  ]\r\n}\r\n";

fn edits<const N: usize>(pairs: [(&str, Edit); N]) -> Edits {
    pairs.into_iter().map(|(key, edit)| (Key::raw(key), edit)).collect()
}

fn put(value: impl Into<serde_json::Value>) -> Edit {
    let value = value.into();
    Edit::Put(value.as_i64().map_or_else(|| Raw::text(value.as_str().unwrap()), Raw::Int))
}

fn edited(json: &str, edits: Edits) -> String {
    String::from_utf8(check(open_logins, json.as_bytes(), &edits).expect("rendered")).unwrap()
}

fn refused(json: &str, edits: Edits) -> String {
    open_logins(json.as_bytes()).unwrap().render(&edits).expect_err("refused").to_string()
}

fn read(json: &str) -> String {
    let entries = open_logins(json.as_bytes()).unwrap().entries();
    entries.iter().map(|(key, raw)| format!("{key}={raw}")).collect::<Vec<_>>().join(" ")
}

fn unopened(json: impl AsRef<[u8]>) -> String {
    open(json.as_ref()).err().expect("refused").to_string()
}

#[test]
fn saved_logins_go_by_their_id() {
    let document = open_logins(LOGINS.as_bytes()).unwrap();
    let get = |key: &str| document.get(&Key::raw(key));
    assert_eq!(get("nextId"), Some(Raw::Int(3)));
    assert_eq!(get("logins/id=1/hostname"), Some(Raw::text("imap://mail.example.com")));
    assert_eq!(get("logins/id=2/syncCounter"), Some(Raw::Other { tag: NUMBER, bytes: b"0.5".into() }));
    assert_eq!(get("logins/id=2/formSubmitURL"), Some(Raw::Other { tag: NULL, bytes: b"null".into() }));
    assert_eq!(get("logins/id=3/hostname"), None);
    assert_eq!(document.keys("logins/id=1").len(), 7);
    assert_eq!(document.keys("logins/id").len(), 0);
}

#[test]
fn equal_ids_are_told_apart_and_elements_without_one_go_by_index() {
    let json = r#"{"logins":[{"id":1,"a":1},{"id":1,"a":2},{"a":3},4,{"id":"x","a":5}]}"#;
    assert_eq!(
        read(json),
        "logins/2/a=3 logins/3=4 logins/id=1#2/a=2 logins/id=1#2/id=1 logins/id=1/a=1 logins/id=1/id=1 logins/id=x/a=5 logins/id=x/id=\"x\""
    );
    assert_eq!(edited(json, edits([("logins/id=1#2/a", put(9))])), json.replace("\"a\":2", "\"a\":9"));
    assert!(refused(json, edits([("logins/id=1", Edit::Remove)])).contains("would change too"));
}

#[test]
fn strings_numbers_and_names_of_every_kind_are_read() {
    assert_eq!(
        read("\u{feff}{\"a\":\"\\u00f6\\ud83d\\ude00\\/\\n\",\"b\":-7,\"a\":\"last\",\"x/y~\":true,\"e\":{}}"),
        "a=\"last\" b=-7 e=<2 bytes> x~1y~0=true"
    );
    let lone = br#"{"a":"\ud800","b":9223372036854775808,"c":-0,"d":"B\u00f6","":1,"e":{"":2}}"#;
    let entries = open(lone).unwrap().entries();
    assert_eq!(entries.get("b"), Some(&Raw::Other { tag: NUMBER, bytes: b"9223372036854775808".into() }));
    assert_eq!(entries.get("e"), Some(&Raw::Other { tag: OBJECT, bytes: b"{\"\":2}".into() }));
    assert_eq!(entries.get("d"), Some(&Raw::text("B\u{f6}")));
    assert_eq!(entries.len(), 5);
    let latin = open(b"{\"a\":\"B\xF6\",\"n\xF6\":1}").unwrap().entries();
    assert_eq!(latin.get("a"), Some(&Raw::Other { tag: super::STRING, bytes: b"\"B\xF6\"".into() }));
    assert_eq!(latin.len(), 1);
}

#[test]
fn a_value_changes_alone() {
    let host = |host: &str| put(host);
    let new = edited(LOGINS, edits([("logins/id=1/hostname", host("imap://ssl.example.com"))]));
    assert_eq!(new, LOGINS.replacen("imap://mail", "imap://ssl", 1));
    let quoted = edited("{\"a\":1}", edits([("a", put("\"\\\u{1}\n\u{7f}\u{f6}/"))]));
    assert_eq!(quoted, "{\"a\":\"\\\"\\\\\\u0001\\n\u{7f}\u{f6}/\"}");
    assert_eq!(
        edited(PRETTY, edits([("b/c", put(2)), ("d/1", Edit::Put(Raw::Bool(true)))])),
        PRETTY.replace("\"x\"", "2").replace("false", "true")
    );
}

#[test]
fn a_member_or_element_that_goes_takes_one_comma_along() {
    let json = r#"{"a":1, "b":2, "c":3}"#;
    let without = |keys: &[&str]| edited(json, keys.iter().map(|key| (Key::raw(*key), Edit::Remove)).collect());
    assert_eq!(without(&["a"]), r#"{"b":2, "c":3}"#);
    assert_eq!(without(&["b"]), r#"{"a":1, "c":3}"#);
    assert_eq!(without(&["c"]), r#"{"a":1, "b":2}"#);
    assert_eq!(without(&["a", "c"]), r#"{"b":2}"#);
    assert_eq!(without(&["b", "c"]), r#"{"a":1}"#);
    assert_eq!(without(&["a", "b", "c"]), "{}");
    assert_eq!(edited(r#"{"a":1,"b":2,"a":3}"#, edits([("a", Edit::Remove)])), r#"{"b":2}"#);
    let new = edited(LOGINS, edits([("logins/id=1", Edit::Remove)]));
    assert!(new.starts_with(r#"{"nextId":3,"logins":[{"id":2,"#), "{new}");
    assert_eq!(edited(PRETTY, edits([("b", Edit::Remove)])), PRETTY.replace("  \"b\": {\r\n    \"c\": \"x\"\r\n  },\r\n", ""));
}

#[test]
fn a_new_member_is_spaced_like_its_neighbours() {
    assert_eq!(edited("{\"a\":1}", edits([("n/m", Edit::Remove), ("n~1m", put("x"))])), "{\"a\":1,\"n/m\":\"x\"}");
    assert_eq!(edited(PRETTY, edits([("e", put(5))])), PRETTY.replace("  ]\r\n}", "  ],\r\n  \"e\": 5\r\n}"));
    assert_eq!(edited(PRETTY, edits([("b/n", put(5))])), PRETTY.replace("\"x\"\r\n", "\"x\",\r\n    \"n\": 5\r\n"));
    assert_eq!(edited("{}", edits([("a", put(1)), ("b", put(2))])), "{\"a\":1,\"b\":2}");
    assert_eq!(edited("{\"a\":1}", edits([("a", Edit::Remove), ("b", put(2))])), "{\"b\":2}");
    assert_eq!(edited(PRETTY, edits([("d/2", put(0))])), PRETTY.replace("false\r\n", "false,\r\n    0\r\n"));
}

#[test]
fn a_copied_login_keeps_its_secret_bytes_and_gets_its_own_id() {
    let wanted = edits([
        ("logins/id=3", Edit::CopyOf(Key::raw("logins/id=1"))),
        ("logins/id=3/id", put(3)),
        ("logins/id=3/hostname", put("imap://new.example.com")),
        ("logins/id=3/timesUsed", Edit::Remove),
        ("nextId", put(4)),
    ]);
    let copy = r#",{"id":3,"hostname":"imap://new.example.com","httpRealm":"imap://mail.example.com","encryptedPassword":"MDoEE+/=","syncCounter":1.5,"formSubmitURL":null}]"#;
    let new = LOGINS.replacen("}],", &format!("}}{copy},"), 1).replace("\"nextId\":3", "\"nextId\":4");
    assert_eq!(edited(LOGINS, wanted), new);
    let no_id = edits([("logins/id=3", Edit::CopyOf(Key::raw("logins/id=1")))]);
    assert!(refused(LOGINS, no_id).contains("would change too"));
}

#[test]
fn what_json_has_no_place_for_is_refused() {
    assert_eq!(refused(LOGINS, edits([("x/y", put(1))])), "expected an object at \"x\" already, found none");
    assert_eq!(
        refused(LOGINS, edits([("version", Edit::Put(Raw::Bytes(vec![1])))])),
        "expected a value of JSON, found other bytes"
    );
    let other = |bytes: &[u8]| Edit::Put(Raw::Other { tag: NUMBER, bytes: bytes.into() });
    assert_eq!(edited(LOGINS, edits([("version", other(b"3.5"))])), LOGINS.replace("\"version\":3", "\"version\":3.5"));
    assert_eq!(refused(LOGINS, edits([("version", other(b"3,\"x\":4"))])), "expected a value of JSON, found other bytes");
    assert!(refused(LOGINS, edits([("version/x", put(1))])).contains("would change too"));
    assert!(refused("{\"a\":{\"b\":1}}", edits([("a/b", Edit::Remove)])).contains("expected something to stay in \"a\""));
    let emptied = edits([("a/b", Edit::Remove), ("a", Edit::Put(Raw::Other { tag: OBJECT, bytes: b"{}".into() }))]);
    assert_eq!(edited("{\"a\":{\"b\":1}}", emptied), "{\"a\":{}}");
}

#[test]
fn what_is_not_json_is_refused_with_its_line() {
    assert_eq!(unopened("{\n\"a\":1,\r\n}"), "line 3: expected a member's name, found \"}\"");
    assert_eq!(unopened("{\"a\":[1,]}"), "line 1: expected a value, found \"]\"");
    assert_eq!(unopened(""), "line 1: expected a value, found the end of the file");
    assert_eq!(unopened("{\"a\" 1}"), "line 1: expected \":\" after a member's name, found something else");
    assert_eq!(unopened("{} x"), "line 1: expected the end of the file, found something else");
    assert_eq!(unopened("7"), "line 1: expected an object or an array, found a single value");
    assert_eq!(unopened("{\"a\":01}"), "line 1: expected \",\" or \"}\", found something else");
    assert_eq!(unopened("{\"a\n\":1}"), "line 1: expected '\"' at the end of a string, found something else");
    assert_eq!(unopened("[".repeat(200_000)), "line 1: expected at most 128 levels, found more");
    assert!(open(format!("{}{}", "[".repeat(128), "]".repeat(128)).as_bytes()).is_ok());
}

#[test]
fn the_law_holds_for_thousands_of_edits() {
    let seeds: [&[u8]; 5] = [
        LOGINS.as_bytes(),
        PRETTY.as_bytes(),
        b"\xEF\xBB\xBF{ \"logins\" : [ {\"id\":\"x\"} , {\"id\":1,\"u\":{\"id\":2}}, 3 ] , \"a/b\":\"\\ud800\" }",
        br#"{"a":1,"a":{"b":[[],{},null]},"":5}"#,
        b"{}",
    ];
    let pieces: [&[u8]; 14] =
        [b"", b"1", b",", b"\"", b"\\", b"{\"id\":1},", b"\"a\":2,", b"\"\":{},", b"null", b" ", b"[]", b"\xF6", b"id", b"e5"];
    let keys = ["a", "b/n", "logins/id=1", "logins/id=7", "logins/id=7/id", "logins/id=2/hostname", "d/2", "x~1y", "logins"];
    let raws = [
        Raw::Int(7),
        Raw::Int(1),
        Raw::text("x"),
        Raw::text("\"\n\u{f6}"),
        Raw::Bool(false),
        Raw::Other { tag: OBJECT, bytes: b"{}".into() },
    ];
    let rendered = check_many(open_logins, &seeds, &pieces, &keys, &raws, 20_000);
    assert!(rendered > 2_500, "{rendered}");
}
