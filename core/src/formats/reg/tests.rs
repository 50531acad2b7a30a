//! What is read from registry text, and what an edit leaves alone.

use encoding_rs::{SHIFT_JIS, WINDOWS_1251};

use super::{open, open_ansi};
use crate::document::{Edit, Edits, Key, Open, Raw};
use crate::formats::law::{check, check_many};

const ACCOUNT: &str = "Windows Registry Editor Version 5.00\r\n\r\n; exported\r\n[HKEY_CURRENT_USER\\Software\\Mail]\r\n\
    @=\"default\"\r\n\"Größe\"=dword:0000006e ; 110\r\n  \"path\" = \"C:\\\\Mail \\\"x\\\"\"\r\n\
    \"UID\"=hex:44,81,\\\r\n  77,5c\r\n\"dir\"=hex(2):25,00,00,00\r\n\r\n[HKEY_CURRENT_USER\\Software\\Mail\\1]\r\n\"a\"=\"b\"\r\n\"gone\"=-\r\n";

fn utf16(text: &str) -> Vec<u8> {
    "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

fn edits(pairs: impl IntoIterator<Item = (&'static str, Edit)>) -> Edits {
    pairs.into_iter().map(|(key, edit)| (Key::raw(key), edit)).collect()
}

fn put(raw: Raw) -> Edit {
    Edit::Put(raw)
}

fn edited(text: &str, pairs: impl IntoIterator<Item = (&'static str, Edit)>) -> String {
    String::from_utf8(check(open, text.as_bytes(), &edits(pairs)).expect("rendered")).unwrap()
}

fn refused(text: &str, pairs: impl IntoIterator<Item = (&'static str, Edit)>) -> String {
    open(text.as_bytes()).unwrap().render(&edits(pairs)).expect_err("refused").to_string()
}

fn read(open: Open, bytes: &[u8]) -> String {
    let entries = open(bytes).unwrap().entries();
    entries.iter().map(|(key, raw)| format!("{key}={raw}")).collect::<Vec<_>>().join(" ")
}

#[test]
fn values_of_every_type_and_character_set_are_read() {
    let said = "Software/Mail/1/@a=\"b\" Software/Mail/@=\"default\" Software/Mail/@Größe=110 Software/Mail/@UID=<4 bytes> \
        Software/Mail/@dir=<4 bytes> Software/Mail/@path=\"C:\\\\Mail \\\"x\\\"\"";
    assert_eq!(read(open, &utf16(ACCOUNT)), said);
    assert_eq!(read(open, ACCOUNT.as_bytes()), said);
    let document = open(&utf16(ACCOUNT)).unwrap();
    assert_eq!(document.get(&Key::raw("software/mail/@uid")), Some(Raw::Bytes(vec![0x44, 0x81, 0x77, 0x5C])));
    assert_eq!(document.canonical(&Key::raw("software/MAIL/new/@PATH")), Key::raw("Software/Mail/new/@PATH"));
    assert_eq!(document.keys("software/mail/1").len(), 1);
    assert!(document.odd().is_empty());

    let old = b"REGEDIT4\n\n[HKEY_CURRENT_USER\\\xC0]\n\"\xE1\"=\"\xE2\\\\\"\n\"e\"=hex(2):25,c0,00\n";
    let cyrillic = |bytes: &[u8]| open_ansi(bytes, WINDOWS_1251);
    assert_eq!(cyrillic(old).unwrap().get(&Key::raw("а/@Б")), Some(Raw::text("в\\")));
    let wide: Vec<u8> = "%А\0".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(cyrillic(old).unwrap().get(&Key::raw("А/@e")), Some(Raw::Other { tag: 2, bytes: wide }));
    let japanese = b"REGEDIT4\r\n[HKEY_CURRENT_USER\\a]\r\n\"x\"=\"\x83\x5C\"\r\n";
    assert_eq!(open_ansi(japanese, SHIFT_JIS).unwrap().get(&Key::raw("a/@x")), Some(Raw::text("ソ")));
}

#[test]
fn the_last_line_counts_and_deletions_are_followed() {
    let text = "REGEDIT4\n[HKEY_CURRENT_USER\\A\\B]\n\"x\"=\"1\"\n\"y\"=\"1\"\n[-HKEY_CURRENT_USER\\a]\n[HKEY_CURRENT_USER\\A\\b]\n\"x\"=\"2\"\n\"X\"=\"3\"\n\"z\"=\"1\"\n\"Z\"=-\n[HKEY_LOCAL_MACHINE\\S]\n\"@\"=\"m\"\n";
    assert_eq!(read(open, text.as_bytes()), "A/B/@X=\"3\" \\HKEY_LOCAL_MACHINE/S/@@=\"m\"");
    assert_eq!(edited(text, [("A/B/@X", put(Raw::text("4")))]), text.replace("\"3\"", "\"4\""));
    assert_eq!(edited(text, [("A/B/@X", Edit::Remove)]), text.replace("\"x\"=\"2\"\n\"X\"=\"3\"\n", ""));
    assert_eq!(edited(text, [("A/B/@Z", put(Raw::Int(7)))]), text.replace("\"Z\"=-", "\"Z\"=dword:00000007"));
    assert_eq!(edited(text, [("A/B/@y", put(Raw::Int(7)))]), text.replace("\"Z\"=-\n", "\"Z\"=-\n\"y\"=dword:00000007\n"));
}

#[test]
fn a_value_changes_alone_and_a_new_one_follows_its_section() {
    let utf = check(open, &utf16(ACCOUNT), &edits([("Software/Mail/@Größe", put(Raw::Int(995)))])).unwrap();
    assert_eq!(utf, utf16(&ACCOUNT.replace("0000006e", "000003e3")));
    assert_eq!(
        edited(ACCOUNT, [("Software/Mail/@path", put(Raw::text("ü\\\"")))]),
        ACCOUNT.replace("C:\\\\Mail \\\"x\\\"", "ü\\\\\\\"")
    );
    let more = edited(ACCOUNT, [("Software/Mail/@n\"ew", put(Raw::text("x"))), ("Software/Mail/1/@", put(Raw::Int(1)))]);
    let wanted = ACCOUNT.replace("25,00,00,00\r\n", "25,00,00,00\r\n\"n\\\"ew\"=\"x\"\r\n");
    assert_eq!(more, format!("{wanted}@=dword:00000001\r\n"));
    let new = edited("REGEDIT4", [("B/@x", put(Raw::text("1"))), ("B/@y", put(Raw::Bytes(vec![1]))), ("A/@", put(Raw::Int(1)))]);
    assert_eq!(
        new,
        "REGEDIT4\r\n\r\n[HKEY_CURRENT_USER\\A]\r\n@=dword:00000001\r\n\r\n[HKEY_CURRENT_USER\\B]\r\n\"x\"=\"1\"\r\n\"y\"=hex:01\r\n"
    );
    let last = edited("REGEDIT4\n[HKEY_CURRENT_USER\\A]\n\"x\"=\"1\"", [("A/@y", put(Raw::Int(2)))]);
    assert_eq!(last, "REGEDIT4\n[HKEY_CURRENT_USER\\A]\n\"x\"=\"1\"\n\"y\"=dword:00000002");
}

#[test]
fn bytes_are_wrapped_as_regedit_does() {
    let new = edited("REGEDIT4\n[HKEY_CURRENT_USER\\A]\n", [("A/@Preferences UID", put(Raw::Bytes(vec![0xAB; 60])))]);
    let lines: Vec<&str> = new.lines().skip(2).collect();
    assert!(lines.iter().all(|line| line.len() <= 80), "{lines:?}");
    assert_eq!((lines.len(), lines[0].len(), lines[1].len()), (3, 80, 78));
    assert!(
        lines[0].starts_with("\"Preferences UID\"=hex:ab,ab,") && lines[0].ends_with("ab,\\") && lines[1].starts_with("  ab,")
    );
    let odd = edited("REGEDIT4\n[HKEY_CURRENT_USER\\A]\n", [("A/@x", put(Raw::text("a\nb")))]);
    assert!(odd.ends_with("\"x\"=hex(1):61,0a,62,00\n"), "{odd}");
}

#[test]
fn a_tree_goes_with_its_sections_and_a_copy_comes_behind() {
    let gone = edited(ACCOUNT, [("Software/Mail/1", Edit::Remove)]);
    assert_eq!(gone, ACCOUNT.split("[HKEY_CURRENT_USER\\Software\\Mail\\1]").next().unwrap());
    let copied = edited(ACCOUNT, [("Software/Mail/2", Edit::CopyOf(Key::raw("Software/Mail/1")))]);
    assert_eq!(copied, format!("{ACCOUNT}\r\n[HKEY_CURRENT_USER\\Software\\Mail\\2]\r\n\"a\"=\"b\"\r\n"));
}

#[test]
fn an_odd_line_is_kept_and_told() {
    let text = "REGEDIT4\n\"early\"=\"x\"\n[HKEY_CURRENT_USER\\A]\nnonsense\n\"x\"=\"a\\b\"\n\"y\"=dword:xyz\n\"two\"=\"lines\nhere\"\n\"z\"=hex:1,2\n[A]\n\"w\"=\"1\"\n";
    assert_eq!(read(open, text.as_bytes()), "A/@two=\"lines\\nhere\" A/@z=<2 bytes>");
    let document = open(text.as_bytes()).unwrap();
    let said: Vec<(usize, Option<&str>)> =
        document.odd().iter().map(|odd| (odd.line, odd.hides.as_ref().map(Key::as_str))).collect();
    assert_eq!(said, [(2, None), (4, None), (5, Some("A/@x")), (6, Some("A/@y")), (10, None), (11, None)]);
    assert!(open(b"REGEDIT\n").is_err() && open(b"").is_err() && open(b"[HKEY_CURRENT_USER]").is_err());
}

#[test]
fn what_text_has_no_place_for_is_refused() {
    let text = "REGEDIT4\n[HKEY_CURRENT_USER\\A]\n\"x\"=\"1\"\n";
    assert!(refused(text, [("A/@x", put(Raw::text("Ж")))]).contains("this text's own character set"));
    assert!(refused(text, [("A/@x", put(Raw::Bool(true)))]).contains("for which it has no type"));
    assert!(refused(text, [("A/@x\n", put(Raw::Int(1)))]).contains("without control characters"));
    assert!(refused(text, [("A\n/@x", put(Raw::Int(1)))]).contains("expected the path of a registry key"));
    assert!(refused(text, [("a/@x", put(Raw::Int(1)))]).contains("as it is spelled here"));
}

#[test]
fn the_law_holds_for_thousands_of_edits() {
    let wide = utf16(ACCOUNT);
    let seeds: [&[u8]; 4] = [
        ACCOUNT.as_bytes(),
        &wide,
        b"REGEDIT4\n[HKEY_CURRENT_USER\\A]\n\"x\"=\"1\"\n\"x\"=-\n[-HKEY_CURRENT_USER\\A\\B]\n[HKEY_CURRENT_USER\\a\\b]\n@=hex(7):61,00,00",
        b"REGEDIT4\r\n[HKEY_LOCAL_MACHINE\\X]\r\n\"y\"=dword:1\r\n[HKEY_CURRENT_USER]\r\n\"x\"=\"\xE4\"\r\n",
    ];
    let pieces: [&[u8]; 16] = [
        b"",
        b"\"",
        b"\\",
        b"\n",
        b"\r\n",
        b"]",
        b"[",
        b"-",
        b"[-HKEY_CURRENT_USER\\A]\n",
        b"[HKEY_CURRENT_USER\\A]\n",
        b"\"x\"=\"2\"\n",
        b"\"X\"=-\n",
        b";",
        b"\xF6",
        b"\0",
        b"@",
    ];
    let keys = [
        "A/@x",
        "A/B/@",
        "A",
        "A/B",
        "N/@new",
        "Software/Mail/@path",
        "Software/Mail",
        "@x",
        "\\HKEY_LOCAL_MACHINE/X/@z",
        "x/y",
        "\\@k/@v",
    ];
    let raws = [
        Raw::Int(7),
        Raw::text("x"),
        Raw::text("\"\\\n"),
        Raw::text(""),
        Raw::Bytes(vec![0; 40]),
        Raw::Other { tag: 7, bytes: b"a\0\0\0".into() },
        Raw::Bool(false),
    ];
    let rendered = check_many(open, &seeds, &pieces, &keys, &raws, 20_000);
    assert!(rendered > 5_000, "{rendered}");
}

#[test]
fn text_about_one_user_is_that_users_part() {
    let user = "[HKEY_USERS\\S-1-5-21-7";
    let text = format!("REGEDIT4\r\n\r\n{user}\\A]\r\n\"b\"=dword:1\r\n\"c\"=oops\r\n\r\n{user}]\r\n\"d\"=\"e\"\r\n");
    assert_eq!(read(open, text.as_bytes()), "@d=\"e\" A/@b=1");
    assert_eq!(open(text.as_bytes()).unwrap().odd()[0].hides, Some(Key::raw("A/@c")));
    let new = edited(&text, [("A/@b", put(Raw::Int(2))), ("B/C/@x", put(Raw::Int(3)))]);
    assert_eq!(new, text.replace("dword:1", "dword:00000002") + &format!("\r\n{user}\\B\\C]\r\n\"x\"=dword:00000003\r\n"));
    for other in ["[HKEY_CURRENT_USER\\A]\r\n\"b\"=dword:1\r\n", "[HKEY_USERS\\S-1-5-21-8\\A]\r\n\"b\"=dword:1\r\n"] {
        assert!(read(open, format!("{text}{other}").as_bytes()).contains("\\HKEY_USERS/S-1-5-21-7/@d"), "{other}");
    }
    let nobody = text.replace("S-1-5-21-7", ".Default");
    assert!(read(open, nobody.as_bytes()).contains("\\HKEY_USERS/.Default/@d"));
}

#[test]
fn text_about_a_hive_loaded_elsewhere_is_its_users() {
    let text = "REGEDIT4\r\n\r\n[HKEY_LOCAL_MACHINE\\Ann\\A]\r\n\"b\"=dword:1\r\n";
    assert_eq!(read(open, text.as_bytes()), "A/@b=1");
    let machine = text.replace("Ann", "Software");
    assert_eq!(read(open, machine.as_bytes()), "\\HKEY_LOCAL_MACHINE/Software/A/@b=1");
}

#[test]
fn a_root_is_a_root_in_whatever_case_and_in_short() {
    for root in ["hkey_Current_user", "HKCU"] {
        let text = format!("REGEDIT4\n[{root}\\A]\n\"b\"=dword:1\n");
        assert_eq!(read(open, text.as_bytes()), "A/@b=1");
        assert_eq!(edited(&text, [("A/@b", put(Raw::Int(2)))]), text.replace("dword:1", "dword:00000002"));
    }
}

#[test]
fn a_second_byte_that_looks_like_a_backslash_is_none() {
    // "hyo" and "so" of Shift JIS end in 0x5C.
    let text = b"REGEDIT4\r\n[HKEY_CURRENT_USER\\\x95\x5C]\r\n\"a\"=\"\x83\x5C\"\r\n\"b\"=dword:1\r\n";
    assert_eq!(read(open, text), "\u{8868}/@a=\"\u{30bd}\" \u{8868}/@b=1");
    let edits = [(Key::raw("\u{8868}/@b"), put(Raw::Int(2)))].into_iter().collect();
    let patch = open(text).unwrap().render(&edits).unwrap();
    let wanted = [&text[..text.len() - 3], b"00000002\r\n"].concat();
    assert_eq!(patch.apply(text), wanted);
}
