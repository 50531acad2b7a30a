//! Independent readers: what a program that shares no code with the library finds in a store, as keys and values.
//! Expectations are written against these, by hand.

pub(crate) mod accounts_db;
mod filters;
mod ini;
mod json;
pub(crate) mod logins_db;
mod msmtp;
pub(crate) mod plist;
mod popstate;
pub(crate) mod prefs;
mod registry;
mod srs;
mod virtual_folders;

use std::collections::BTreeMap;

use libtest_mimic::{Failed, Trial};
use toml::Value;

use crate::need::trial;

/// What a reader found.
pub(crate) type Found = BTreeMap<String, Value>;

/// Reads bytes with the reader of this name.
pub(crate) fn read(reader: &str, bytes: &[u8]) -> Result<Found, Failed> {
    match reader {
        "prefs" | "netscape" => Ok(prefs::read(bytes)),
        "ini" => Ok(ini::read(bytes)),
        "json" => json::read(bytes),
        "msmtp" => Ok(msmtp::read(bytes)),
        "filters" => Ok(filters::read(bytes)),
        "virtual-folders" => Ok(virtual_folders::read(bytes)),
        "plist" => plist::read(bytes),
        "logins-db" => logins_db::read(bytes),
        "accounts-db" => accounts_db::read(bytes),
        "popstate" => Ok(popstate::read(bytes)),
        "hive" => registry::hive(bytes),
        "reg" => registry::reg(bytes),
        "srs" => srs::read(bytes),
        "text" => Ok(lines(bytes).enumerate().map(|(at, line)| ((at + 1).to_string(), text(line))).collect()),
        other => Err(format!("no reader is named {other}").into()),
    }
}

/// Bytes as text that a person can type: UTF-8, and `\xNN` for what is none.
pub(crate) fn text(bytes: &[u8]) -> Value {
    let mut out = String::new();
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        chunk.invalid().iter().for_each(|byte| out.push_str(&format!("\\x{byte:02X}")));
    }
    Value::String(out)
}

/// Lines without their ends, LF or CRLF.
fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line))
}

/// Puts a value under a key, or under `key#2`, `key#3` … where the key is taken.
fn put(found: &mut Found, key: &str, value: Value) {
    let mut name = key.to_owned();
    let mut count = 1;
    while found.contains_key(&name) {
        count += 1;
        name = format!("{key}#{count}");
    }
    found.insert(name, value);
}

/// What a reader must find: its name, the bytes, and every key with its value as TOML.
type Fact = (&'static str, &'static str, &'static [u8], &'static str);

const FACTS: &[Fact] = &[
    ("prefs", "last-wins", b"user_pref(\"a\", 1);\nuser_pref('a', -2);user_pref(\"b\",true);", "a = -2\nb = true"),
    ("prefs", "escapes", br#"user_pref("a", "\x41\u00f6\uD83D\uDE00\"\\\n");"#, r#"a = "A\u00F6\U0001F600\"\\\n""#),
    ("prefs", "raw-bytes", b"user_pref(\"a\", \"J\xF6rg\\xF6\");", r#"a = 'J\xF6rg\xF6'"#),
    ("prefs", "comments", b"# x\n// user_pref(\"no\", 1);\n/* user_pref(\"no\", 2); */ user_pref(/**/\"a\" // y\n, 1);", "a = 1"),
    ("prefs", "missing-semicolon-swallows", b"user_pref(\"a\", 1)\nuser_pref(\"b\", 2);\nuser_pref(\"c\", 3);", "c = 3"),
    ("prefs", "bad-escape", b"user_pref(\"a\", \"\\t\");\nuser_pref(\"b\", 2);", "b = 2"),
    ("prefs", "overflow", b"user_pref(\"a\", 2147483648);user_pref(\"b\", - 2147483648);", "b = -2147483648"),
    ("prefs", "nul-ends", b"user_pref(\"a\", 1);\0user_pref(\"b\", 2);", "a = 1"),
    ("prefs", "only-user-pref", b"pref(\"a\", 1);\nuser_pref(\"b\", 2);", "b = 2"),
    ("ini", "sections", b"; c\r\n[A]\r\nk=v w\r\n[B]\r\nk = x=y\r\n", "\"A/k\" = \"v w\"\n\"B/k\" = \"x=y\""),
    ("json", "ids", br#"{"n":2,"l":[{"id":7,"h":"x"}],"m":["p",null]}"#, "n = 2\n\"l[id=7].id\" = 7\n\"l[id=7].h\" = \"x\"\n\"m[0]\" = \"p\""),
    (
        "msmtp",
        "sections",
        b"user x\r\ndefaults\n tls\t on # y\n#a b\naccount \"a/b\" : c\nhost \"v w\"\nport 1\nport \"\"\ndefaults\nauth \"",
        "\"account=default/user\" = \"x\"\n\"defaults/tls\" = \"on # y\"\n\"account=a~1b/host\" = \"v w\"\n\"account=a~1b/port\" = \"\"\n\"defaults=2/auth\" = \"\\\"\"",
    ),
    (
        "filters",
        "two-actions",
        b"version=\"9\"\nname=\"A\"\naction=\"Move to folder\"\nactionValue=\"u\"\naction=\"Mark read\"\ncondition=\"ALL\"\nname=\"a \\\"q\\\"\" enabled=\"no\"\n",
        "version = \"9\"\n\"A/action\" = \"Move to folder\"\n\"A/actionValue\" = \"u\"\n\"A/action#2\" = \"Mark read\"\n\"A/condition\" = \"ALL\"\n\"a \\\"q\\\"/enabled\" = \"no\"",
    ),
    (
        "virtual-folders",
        "two",
        b"version=1\nuri=mailbox://a@h/X\nscope=imap://b@h/I|imap://b@h/J\nterms=ALL\nuri=mailbox://a@h/Y/Z\nscope=*\n",
        "version = \"1\"\n\"X/uri\" = \"mailbox://a@h/X\"\n\"X/scope\" = \"imap://b@h/I|imap://b@h/J\"\n\"X/terms\" = \"ALL\"\n\"Y/Z/uri\" = \"mailbox://a@h/Y/Z\"\n\"Y/Z/scope\" = \"*\"",
    ),
    (
        "plist",
        "kinds",
        b"<plist version=\"1.0\"><dict><key>a</key><array><dict><key>uniqueId</key><string>5</string></dict><true/></array><key>b</key><integer>-7</integer><key>c</key><data>AP8=</data><key>d</key><dict/></dict></plist>",
        "\"a[uniqueId=5].uniqueId\" = \"5\"\n\"a[1]\" = true\nb = -7\nc = \"00ff\"\nd = \"{}\"",
    ),
    (
        "reg",
        "types",
        b"REGEDIT4\r\n\r\n[HKEY_CURRENT_USER\\A\\B]\r\n\"x\"=dword:0000006e\r\n\"a \\\"b\"=\"c\\\\d\"\r\n; e\r\n\"u\"=hex:00,\\\r\n  ff\r\n",
        "'A\\B:x' = 110\n'A\\B:a \"b' = 'c\\d'\n'A\\B:u' = 'hex:00ff'",
    ),
    ("popstate", "server-and-uidls", b"# POP3 State File\n\n*h u\nk ab 17\nd cd 18\n", "server = \"h u\"\n\"uidl/ab\" = \"k 17\"\n\"uidl/cd\" = \"d 18\""),
];

/// The readers are judges too: each has to find what it is asked to find.
pub(crate) fn trials() -> Vec<Trial> {
    FACTS
        .iter()
        .map(|&(reader, name, bytes, expected)| {
            trial(format!("reader::{reader}::{name}"), &[], move || {
                let found = read(reader, bytes)?;
                let expected: Found = toml::from_str(expected)?;
                if found == expected { Ok(()) } else { Err(format!("found {found:#?}, expected {expected:#?}").into()) }
            })
        })
        .collect()
}

/// A database whose every page is in order, for SQL; it goes with its folder.
fn database(bytes: &[u8]) -> Result<(tempfile::TempDir, rusqlite::Connection), Failed> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("read.sqlite");
    std::fs::write(&path, bytes)?;
    let connection = rusqlite::Connection::open(&path)?;
    let healthy: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    if healthy == "ok" { Ok((folder, connection)) } else { Err(healthy.into()) }
}
