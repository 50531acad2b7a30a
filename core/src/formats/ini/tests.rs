//! What each dialect's programs read in a file, and what an edit leaves alone.

use encoding_rs::{SHIFT_JIS, WINDOWS_1252};

use super::{WINDOWS, open_claws, open_gkeyfile, open_in, open_kconfig, open_sylpheed, open_windows};
use crate::document::{Edit, Edits, Key, Open, Raw};
use crate::formats::law::{check, check_many};

fn put(pairs: &[(&str, &str)]) -> Edits {
    pairs.iter().map(|(key, text)| (Key::raw(*key), Edit::Put(Raw::text(*text)))).collect()
}

fn remove(keys: &[&str]) -> Edits {
    keys.iter().map(|key| (Key::raw(*key), Edit::Remove)).collect()
}

/// The file after the edits, which keep the law.
fn edited(open: Open, bytes: impl AsRef<[u8]>, edits: &Edits) -> String {
    let new = check(open, bytes.as_ref(), edits).expect("rendered");
    String::from_utf8_lossy(&new).into_owned()
}

fn refused(open: Open, bytes: impl AsRef<[u8]>, edits: &Edits) -> String {
    open(bytes.as_ref()).unwrap().render(edits).expect_err("refused").to_string()
}

/// The entries as text.
fn read(open: Open, bytes: impl AsRef<[u8]>) -> String {
    let entries = open(bytes.as_ref()).unwrap().entries();
    entries.iter().map(|(key, raw)| format!("{key}={raw}")).collect::<Vec<_>>().join(" ")
}

fn odd(open: Open, bytes: impl AsRef<[u8]>) -> Vec<(usize, Option<String>)> {
    let document = open(bytes.as_ref()).unwrap();
    document.odd().iter().map(|odd| (odd.line, odd.hides.as_ref().map(Key::to_string))).collect()
}

const CLAWS: &str =
    "# made by hand\n[Account: 1]\naccount_name=Home\nssl_pop=0\npop_port=110\n\n[Account: 7]\naccount_name=Work = life\n\n";

#[test]
fn claws_values_are_what_stands_behind_the_first_equals_sign() {
    assert_eq!(
        read(open_claws, CLAWS),
        "Account: 1/account_name=\"Home\" Account: 1/pop_port=\"110\" Account: 1/ssl_pop=\"0\" Account: 7/account_name=\"Work = life\""
    );
    assert_eq!(odd(open_claws, CLAWS), []);
    assert_eq!(read(open_claws, "[A]\n a = b \t\n#c=d\ne\n=f\ng=\r\n"), "A/ a =\" b \\t\" A/g=\"\"");
    assert_eq!(read(open_claws, "[A] tail\na=1\n[B\nb=2\n[A]\na=3\nc=4\n"), "A/a=\"1\"");
    assert_eq!(odd(open_claws, "a=1\n[A\nb=2\n"), [(1, None), (2, Some("A".to_owned()))]);
}

#[test]
fn of_claws_duplicates_the_last_counts_and_letter_case_does_not() {
    let file = "[A]\nssl_pop=0\nSSL_Pop=1\nx=y\n";
    assert_eq!(read(open_claws, file), "A/SSL_Pop=\"1\" A/x=\"y\"");
    assert_eq!(open_claws(file.as_bytes()).unwrap().get(&Key::raw("A/ssl_pop")), Some(Raw::text("1")));
    assert_eq!(edited(open_claws, file, &put(&[("A/ssl_pop", "2")])), "[A]\nssl_pop=0\nSSL_Pop=2\nx=y\n");
    assert_eq!(edited(open_claws, file, &remove(&["A/ssl_pop"])), "[A]\nx=y\n");
    assert_eq!(read(open_sylpheed, file), "A/SSL_Pop=\"1\" A/ssl_pop=\"0\" A/x=\"y\"");
    assert_eq!(edited(open_sylpheed, file, &put(&[("A/ssl_pop", "2")])), "[A]\nssl_pop=2\nSSL_Pop=1\nx=y\n");
}

#[test]
fn a_new_key_stands_behind_the_last_of_its_section() {
    assert_eq!(
        edited(open_claws, CLAWS, &put(&[("Account: 1/set_popport", "1"), ("Account: 1/ssl_pop", "1")])),
        CLAWS.replace("ssl_pop=0", "ssl_pop=1").replace("110\n", "110\nset_popport=1\n")
    );
    let windows = CLAWS.replace('\n', "\r\n");
    let edits = put(&[("Account: 7/ssl_pop", "2")]);
    assert_eq!(edited(open_claws, &windows, &edits), windows.replace("life\r\n", "life\r\nssl_pop=2\r\n"));
    assert_eq!(edited(open_claws, "[A]\na=1", &put(&[("A/b", "2")])), "[A]\na=1\nb=2");
    assert_eq!(edited(open_claws, "[A]\r\na=1", &put(&[("A/b", "2"), ("A/c", "3")])), "[A]\r\na=1\r\nb=2\r\nc=3");
    assert_eq!(edited(open_claws, "[A]\n# none\n\n[B]\n", &put(&[("A/b", "2")])), "[A]\nb=2\n# none\n\n[B]\n");
    assert_eq!(edited(open_claws, "[A]\na=1\n# end\n", &put(&[("A/b", "2")])), "[A]\na=1\nb=2\n# end\n");
}

#[test]
fn a_new_section_stands_at_the_end_parted_as_the_others_are() {
    assert_eq!(edited(open_claws, CLAWS, &put(&[("B/b", "2")])), format!("{CLAWS}[B]\nb=2\n"));
    assert_eq!(edited(open_claws, "[A]\na=1\n\n[C]\nc=1", &put(&[("B/b", "2")])), "[A]\na=1\n\n[C]\nc=1\n\n[B]\nb=2");
    assert_eq!(edited(open_claws, "[A]\na=1\n", &put(&[("B/b", "2"), ("C/c", "3")])), "[A]\na=1\n[B]\nb=2\n[C]\nc=3\n");
    assert_eq!(edited(open_claws, "", &put(&[("B/b", "2")])), "[B]\nb=2\n");
}

#[test]
fn what_claws_can_not_hold_is_refused() {
    let refuse = |key: &str, text: &str| refused(open_claws, CLAWS, &put(&[(key, text)]));
    assert_eq!(refuse("Account: 1/a", "x\ny"), "expected one line of text, found a line end or a NUL in it");
    assert_eq!(refuse("Account: 1/a", "x\r"), "expected one line of text, found a line end or a NUL in it");
    assert_eq!(refuse("a", "x"), "expected section/key, found \"a\"");
    assert_eq!(refuse("A/b/c", "x"), "expected section/key, found \"A/b/c\"");
    assert!(refuse("Account: 1/a=b", "x").ends_with("would read differently"));
    assert!(refuse("Account: 1/#a", "x").ends_with("would read differently"));
    assert!(refuse("A]/a", "x").ends_with("would read differently"));
    let int = Edits::from([(Key::raw("Account: 1/a"), Edit::Put(Raw::Int(1)))]);
    assert_eq!(refused(open_claws, CLAWS, &int), "expected text, found another kind of value");
}

#[test]
fn bytes_that_are_not_utf8_are_values_but_no_names() {
    let file = b"[A]\nname=J\xF6rg\nn\xF6=1\n[\xF6]\nb=2\n";
    let document = open_claws(file).unwrap();
    assert_eq!(document.entries(), [(Key::raw("A/name"), Raw::Bytes(b"J\xF6rg".into()))].into());
    assert_eq!(document.odd().iter().map(|odd| odd.line).collect::<Vec<_>>(), [4]);
    let new = check(open_claws, file, &put(&[("A/host", "h")])).unwrap();
    assert_eq!(new, b"[A]\nname=J\xF6rg\nhost=h\nn\xF6=1\n[\xF6]\nb=2\n");
}

#[test]
fn key_files_have_escapes_and_blanks_behind_values() {
    let file = "\n# c\n[Mail Account]\nHost = \\spop.example \\\\x\\n\nHost[de]=h\n Name=a  \nBad=a\\q\n[Data Source]\nx=1\n[Mail Account]\nHost=last\n";
    assert_eq!(
        read(open_gkeyfile, file),
        "Data Source/x=\"1\" Mail Account/Bad=<3 bytes> Mail Account/Host=\"last\" Mail Account/Host[de]=\"h\" Mail Account/Name=\"a  \""
    );
    assert_eq!(
        edited(open_gkeyfile, file, &put(&[("Mail Account/Host", "  a\t\\b ")])),
        file.replace("=last", "=\\s\\sa\t\\\\b ")
    );
    assert_eq!(edited(open_gkeyfile, file, &put(&[("Mail Account/Port", "995")])), format!("{file}Port=995\n"));
    assert_eq!(read(open_gkeyfile, "[A]\nx = \\sa\\tb\n"), "A/x=\" a\\tb\"");
    assert_eq!(edited(open_gkeyfile, "[A]\n  x = 1\n", &put(&[("A/y", "2\n")])), "[A]\n  x = 1\n  y = 2\\n\n");
    assert_eq!(
        odd(open_gkeyfile, "x=1\n[A]\nbare\n[B] x\ny=1\n"),
        [(1, None), (3, Some("A/bare".into())), (4, Some("B".into()))]
    );
}

const EUDORA: &str = "[Settings]\r\nPOPAccount=joe@pop.example.com\r\n; Old=1\r\nsslreceiveuse=0\r\nSSLReceiveUse=1\r\nName=\" Joe \"\r\nSemi=a;b ; c\r\nHalf='x\r\nBare\r\n\r\n[Mappings]\r\nin=a\r\nin=b\r\n[settings]\r\nDead=1\r\n";

#[test]
fn of_private_profiles_the_first_section_and_the_first_key_count() {
    assert_eq!(
        read(open_windows, EUDORA),
        "Mappings/in=\"a\" Settings/Half=\"'x\" Settings/Name=\" Joe \" Settings/POPAccount=\"joe@pop.example.com\" Settings/Semi=\"a;b ; c\" Settings/sslreceiveuse=\"0\""
    );
    assert_eq!(odd(open_windows, EUDORA), [(9, Some("Settings/Bare".to_owned()))]);
    let document = open_windows(EUDORA.as_bytes()).unwrap();
    assert_eq!(document.get(&Key::raw("SETTINGS/SSLReceiveUse")), Some(Raw::text("0")));
    assert_eq!(document.canonical(&Key::raw("settings/New")), Key::raw("Settings/New"));
    assert_eq!(document.keys("settings/").len(), 5);
}

#[test]
fn private_profiles_change_where_the_client_looks() {
    let edits =
        put(&[("settings/SSLReceiveUse", "1"), ("Settings/Name", "Ann "), ("Settings/bare", "2"), ("settings/New", " x")]);
    let wanted = EUDORA
        .replace("sslreceiveuse=0", "sslreceiveuse=1")
        .replace("\" Joe \"", "\"Ann \"")
        .replace("Bare\r\n", "Bare=2\r\nNew=\" x\"\r\n");
    assert_eq!(edited(open_windows, EUDORA, &edits), wanted);
    assert_eq!(edited(open_windows, EUDORA, &remove(&["Mappings/in"])), EUDORA.replace("in=a\r\nin=b\r\n", ""));
    assert_eq!(edited(open_windows, "[A]\rx = 1\r", &put(&[("A/y", "'q'")])), "[A]\rx = 1\ry = \"'q'\"\r");
}

#[test]
fn code_pages_are_the_callers_to_choose() {
    let western: Open = |bytes| open_in(bytes, &WINDOWS, WINDOWS_1252);
    let japanese: Open = |bytes| open_in(bytes, &WINDOWS, SHIFT_JIS);
    assert_eq!(read(western, b"[A]\r\nName=J\xF6rg\r\n"), "A/Name=\"J\u{f6}rg\"");
    assert_eq!(check(western, b"[A]\r\nName=x\r\n", &put(&[("A/Name", "\u{20ac}")])).unwrap(), b"[A]\r\nName=\x80\r\n");
    assert!(
        refused(western, b"[A]\r\nName=x\r\n", &put(&[("A/Name", "\u{3042}")])).starts_with("expected text that windows-1252")
    );
    assert_eq!(read(japanese, b"[A]\r\nName=\x82\xa0\r\nBad=\x82\r\n"), "A/Bad=<1 bytes> A/Name=\"\u{3042}\"");
}

const AKONADI: &str = "[$Version]\nupdate_info=a\n\n[network]\nImapServer=imap.example.com\nUserName[$e]=$USER\nPath[$e]=plain\nold[$d]\nSafety=NONE\n\n[cache][deep]\nx\\x3dy=a\\x41\\s\nlocked[$i]=1\n";

#[test]
fn kde_files_have_nested_groups_options_and_escapes() {
    assert_eq!(
        read(open_kconfig, AKONADI),
        "$Version/update_info=\"a\" cache/deep/locked=\"1\" cache/deep/x=y=\"aA \" network/ImapServer=\"imap.example.com\" network/Path=\"plain\" network/Safety=\"NONE\" network/UserName=<5 bytes>"
    );
    assert_eq!(odd(open_kconfig, AKONADI), [(13, Some("cache/deep/locked".to_owned()))]);
    let edits =
        put(&[("network/old", "back"), ("network/Safety", " a\\\u{f6}\n "), ("network/a=b[c]d", "1"), ("network/Name[de]", "2")]);
    let wanted =
        AKONADI.replace("old[$d]", "old=back").replace("NONE\n", "\\sa\\\\\u{f6}\\n\\s\nName[de]=2\na\\x3db\\x5bc\\x5dd=1\n");
    assert_eq!(edited(open_kconfig, AKONADI, &edits), wanted);
    assert_eq!(read(open_kconfig, "top=1\n[a][$i]\nb=2\n"), "a/b=\"2\" top=\"1\"");
    assert_eq!(odd(open_kconfig, "[$i]\n[a]\nb=2\n"), [(1, None), (3, Some("a/b".to_owned()))]);
    assert_eq!(edited(open_kconfig, "[a]\nb=1\n", &put(&[("top", "1"), ("a/b/c", "2")])), "top=1\n[a]\nb=1\n[a][b]\nc=2\n");
    assert_eq!(
        refused(open_kconfig, AKONADI, &put(&[("network/Path", "$HOME")])),
        "expected a value that this file can hold, found one that would read differently"
    );
}

/// The law over thousands of mutated files and edits; how many were rendered.
fn many(open: Open, seeds: &[&[u8]]) -> usize {
    let pieces: [&[u8]; 20] = [
        b"", b"\n", b"\r", b"\r\n", b"=", b" ", b"\t", b"#", b";", b"[", b"]", b"\"", b"'", b"\\", b"\\x41", b"[$d]", b"[A]\n",
        b"\na=3\n", b"\xF6", b"\0",
    ];
    let keys =
        ["A/a", "a/A", "A/b", "B/a", "Account: 1/ssl_pop", "network/x=y", "top", "a/b/c", "z~1y/q", "\u{f6}/\u{f6}", "A/", "/a"];
    let raws = [
        Raw::text("x"),
        Raw::text(""),
        Raw::text(" a;b=c "),
        Raw::text("\"q\""),
        Raw::text("\\s\u{1f600}"),
        Raw::text("a\nb"),
        Raw::Bytes(b"\xFF\xF6".into()),
        Raw::Int(1),
    ];
    check_many(open, seeds, &pieces, &keys, &raws, 12_000)
}

#[test]
fn the_law_holds_for_thousands_of_edits() {
    let seeds: [&[u8]; 6] = [CLAWS.as_bytes(), EUDORA.as_bytes(), AKONADI.as_bytes(), b"[A]\na = 1\nA=2\n\n[a]\nb=1", b"\r", b""];
    for (name, open) in [
        ("claws", open_claws as Open),
        ("sylpheed", open_sylpheed),
        ("gkeyfile", open_gkeyfile),
        ("windows", open_windows),
        ("kconfig", open_kconfig),
        ("code page", |bytes| open_in(bytes, &WINDOWS, SHIFT_JIS)),
    ] {
        let rendered = many(open, &seeds);
        assert!(rendered > 4_000, "{name}: {rendered}");
    }
}
