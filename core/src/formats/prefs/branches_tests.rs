//! What is named after a listed name, and what a new name does to it.

use super::{Branches, open_branches};
use crate::document::{Document, Edit, Edits, Key, Raw, Refusal};
use crate::formats::law::{check, check_many};

const SERVERS: Branches =
    Branches { list: "network.hosts.imap_servers", start: "mail.imap.server.", deep: "namespace.", segment: "imap" };

fn open(bytes: &[u8]) -> Result<Box<dyn Document>, Refusal> {
    open_branches(bytes, &SERVERS)
}

const FILE: &str = "// Netscape User Preferences\n// This is a generated file!  Do not edit.\n\n\
    user_pref(\"mail.imap.server.a.example.isSecure\", false);\n\
    user_pref(\"mail.imap.server.a.example.namespace.personal\", \"\\\"\\\"\");\n\
    user_pref(\"mail.imap.server.a.example.org.userName\", \"joe\");\n\
    user_pref(\"mail.imap.server.a.example.password\", \"c2VjcmV0\");\n\
    user_pref(\"mail.imap.server.b.example:993.isSecure\", true);\n\
    user_pref(\"mail.server_type\", 1);\n\
    user_pref(\"network.hosts.imap_servers\", \"a.example, b.example:993,a.example\");\n";

fn edits(pairs: &[(&str, Edit)]) -> Edits {
    pairs.iter().map(|(key, edit)| (Key::raw(*key), edit.clone())).collect()
}

fn text(text: &str) -> Edit {
    Edit::Put(Raw::text(text))
}

fn edited(file: &str, pairs: &[(&str, Edit)]) -> String {
    String::from_utf8(check(open, file.as_bytes(), &edits(pairs)).expect("rendered")).unwrap()
}

fn refused(pairs: &[(&str, Edit)]) -> String {
    open(FILE.as_bytes()).unwrap().render(&edits(pairs)).expect_err("refused").to_string()
}

#[test]
fn each_listed_name_has_its_own_prefs() {
    let document = open(FILE.as_bytes()).unwrap();
    let keys: Vec<String> = document.keys("").iter().map(Key::to_string).collect();
    assert_eq!(
        keys,
        [
            "imap/0",
            "imap/0/isSecure",
            "imap/0/namespace.personal",
            "imap/0/password",
            "imap/1",
            "imap/1/isSecure",
            // A longer name that no list has.
            "mail.imap.server.a.example.org.userName",
            "mail.server_type"
        ]
    );
    assert_eq!(document.get(&Key::raw("imap/1")), Some(Raw::text("b.example:993")));
    assert_eq!(document.get(&Key::raw("imap/1/isSecure")), Some(Raw::Bool(true)));
    assert_eq!(document.get(&Key::raw("imap/2")), None);
    assert_eq!(document.line(&Key::raw("imap/0/isSecure")), 4);
    assert_eq!(document.line(&Key::raw("imap/0")), 10);
}

#[test]
fn a_new_name_renames_what_is_named_after_the_old_one_and_nothing_else() {
    let wanted = FILE
        .replace("server.a.example.isSecure", "server.new.example.isSecure")
        .replace("server.a.example.namespace", "server.new.example.namespace")
        .replace("server.a.example.password", "server.new.example.password")
        .replace("\"a.example, b.example:993,a.example\"", "\"new.example, b.example:993,a.example\"");
    // The repeat stays in the list, and is a server without prefs from now on: that is another name than before.
    let document = open(FILE.as_bytes()).unwrap();
    assert!(document.render(&edits(&[("imap/0", text("new.example"))])).is_err());
    let once = |file: &str| file.replace(",a.example\"", "\"");
    assert_eq!(edited(&once(FILE), &[("imap/0", text("new.example"))]), once(&wanted));
}

#[test]
fn a_name_and_its_prefs_change_together() {
    let file = "user_pref(\"mail.imap.server.a.isSecure\", false);\r\nuser_pref(\"network.hosts.imap_servers\", \"a\");\r\n";
    let on = Edit::Put(Raw::Bool(true));
    assert_eq!(
        edited(file, &[("imap/0", text("b")), ("imap/0/isSecure", on.clone()), ("imap/0/userName", text("joe"))]),
        "user_pref(\"mail.imap.server.b.isSecure\", true);\r\nuser_pref(\"mail.imap.server.b.userName\", \"joe\");\r\n\
         user_pref(\"network.hosts.imap_servers\", \"b\");\r\n"
    );
    assert_eq!(
        edited(file, &[("imap/0", text("b")), ("imap/0/isSecure", Edit::Remove)]),
        "user_pref(\"network.hosts.imap_servers\", \"b\");\r\n"
    );
}

#[test]
fn names_can_change_places() {
    let file = "user_pref(\"mail.imap.server.a.x\", 1);\nuser_pref(\"mail.imap.server.b.x\", 2);\nuser_pref(\"network.hosts.imap_servers\", \"a,b\");\n";
    assert_eq!(
        edited(file, &[("imap/0", text("b")), ("imap/1", text("a"))]),
        file.replace("server.a.", "server.Z.")
            .replace("server.b.", "server.a.")
            .replace("server.Z.", "server.b.")
            .replace("a,b", "b,a")
    );
}

#[test]
fn a_name_that_is_taken_or_can_not_be_listed_is_refused() {
    let taken = "expected a name that nothing is named after yet, found prefs that already are";
    assert_eq!(refused(&[("imap/0", text("b.example:993"))]), taken);
    assert_eq!(refused(&[("imap/1", text("a.example.org"))]), taken);
    for name in ["", "a,b", " a", "a "] {
        assert!(refused(&[("imap/1", text(name))]).contains("a name that a list can hold"), "{name}");
    }
    assert!(refused(&[("imap/0", Edit::Remove)]).contains("expected a pref"));
    assert!(refused(&[("imap/2", text("c"))]).contains("expected a pref"));
    assert!(refused(&[("mail.imap.server.a.example.userName", text("c"))]).contains("expected a pref"));
    assert!(refused(&[("network.hosts.imap_servers", text("c"))]).contains("expected a pref"));
}

#[test]
fn a_file_without_a_list_is_a_prefs_file() {
    let file = "user_pref(\"mail.imap.server.a.userName\", \"joe\");\n";
    assert_eq!(edited(file, &[("mail.imap.server.a.userName", text("ann"))]), file.replace("joe", "ann"));
    let made = edits(&[("network.hosts.imap_servers", text("a"))]);
    assert!(open(file.as_bytes()).unwrap().render(&made).is_err());
}

#[test]
fn the_law_holds_for_thousands_of_edits() {
    let seeds: [&[u8]; 3] = [
        FILE.as_bytes(),
        b"user_pref(\"network.hosts.imap_servers\", \"a,b\");user_pref(\"mail.imap.server.a.x\", 1);\ruser_pref(\"mail.imap.server.b.x\", 'z');user_pref(\"mail.imap.server.a.x\", 2);",
        b"user_pref('network.hosts.imap_servers', 'a');\n# b\nuser_pref(\"mail.imap.server.\\x61.x\", 1);\n",
    ];
    let pieces: [&[u8]; 10] =
        [b"", b"\n", b"\"", b"\\", b",", b" ", b".", b"a", b"user_pref(\"mail.imap.server.b.y\", 5);", b"namespace."];
    let keys = ["imap/0", "imap/1", "imap/0/x", "imap/1/y", "imap/0/namespace.z", "mail.imap.server.a.x", "plain", "imap"];
    let raws = [Raw::text("x"), Raw::text("b"), Raw::text("c.d:1"), Raw::Bytes(b"\xFF".into()), Raw::Int(1), Raw::Bool(true)];
    let rendered = check_many(open, &seeds, &pieces, &keys, &raws, 10_000);
    assert!(rendered > 3_000, "{rendered}");
}
