use super::open;
use crate::document::{Edit, Edits, Key, Raw};
use crate::formats::law::{check, check_many};

const FILE: &str = "# my accounts\ndefaults\n  tls on\n  tls_starttls off # not a comment\n\naccount work\n  host \"smtp.example.com\"\n  port 25\n\
    \x20 port 587\n\naccount home : work\n  from joe@home.example\n\tuser\t\"joe smith\"\ndefaults\ntls off\n\naccount both:home , \"work\"\naccount default : work\n";

fn edits(pairs: &[(&str, Edit)]) -> Edits {
    pairs.iter().map(|(key, edit)| (Key::raw(*key), edit.clone())).collect()
}

fn put(text: &str) -> Edit {
    Edit::Put(Raw::text(text))
}

/// The file after edits, which keep the law.
fn after(file: &str, pairs: &[(&str, Edit)]) -> String {
    String::from_utf8(check(open, file.as_bytes(), &edits(pairs)).expect("not refused")).unwrap()
}

fn refused(file: &str, pairs: &[(&str, Edit)]) -> String {
    open(file.as_bytes()).unwrap().render(&edits(pairs)).expect_err("refused").message
}

fn get(file: &str, key: &str) -> Option<Raw> {
    open(file.as_bytes()).unwrap().get(&Key::raw(key))
}

#[test]
fn sections_settings_and_what_is_inherited_are_read() {
    let text = |key: &'static str, text: &str| (Key::raw(key), Raw::text(text));
    let expected = [
        text(":accounts", "work,home,both,default"),
        text("account=both/:inherits", "account=work,account=home,defaults=2,defaults"),
        text("account=default/:inherits", "account=work,defaults=2,defaults"),
        text("account=home/:inherits", "account=work,defaults"),
        text("account=home/from", "joe@home.example"),
        text("account=home/user", "joe smith"),
        text("account=work/:inherits", "defaults"),
        text("account=work/host", "smtp.example.com"),
        text("account=work/port", "587"),
        text("defaults/tls", "on"),
        text("defaults/tls_starttls", "off # not a comment"),
        text("defaults=2/tls", "off"),
    ];
    assert_eq!(open(FILE.as_bytes()).unwrap().entries(), expected.into());
}

#[test]
fn of_parents_a_later_one_wins_with_all_that_it_took_over() {
    let file = "account x\naccount a : x\naccount b : x\naccount c : a, b\n";
    assert_eq!(get(file, "account=c/:inherits"), Some(Raw::text("account=b,account=x,account=a")));
}

#[test]
fn settings_before_any_section_are_the_account_default() {
    let file = "host a\ndefaults\ntls on\naccount b\n";
    assert_eq!(get(file, ":accounts"), Some(Raw::text("default,b")));
    assert_eq!(get(file, "account=default/:inherits"), Some(Raw::text("")));
    assert_eq!(after(file, &[("account=default/port", put("25"))]), "host a\nport 25\ndefaults\ntls on\naccount b\n");
}

#[test]
fn quotes_count_around_a_whole_value_only() {
    for (line, value) in [
        ("user", ""),
        ("user\t \t", ""),
        ("user \"\"", ""),
        ("user \"", "\""),
        ("user \"a\"b\"", "a\"b"),
        ("user \"a\" b", "\"a\" b"),
        ("user \" a \"\t", " a "),
        ("user a  b ", "a  b"),
        ("\t user a\\\"", "a\\\""),
        ("user a#b", "a#b"),
        ("user \"a", "\"a"),
    ] {
        assert_eq!(get(&format!("account x\n{line}\n"), "account=x/user"), Some(Raw::text(value)), "{line}");
        assert_eq!(get(&format!("account x\r\n{line}\r\n"), "account=x/user"), Some(Raw::text(value)), "{line}");
    }
    assert_eq!(get("account x\nuser a\r", "account=x/user"), Some(Raw::text("a\r")));
    assert_eq!(get("account x\nuser a\0b\n", "account=x/user"), Some(Raw::text("a")));
    assert_eq!(get("account x\nUser a\n", "account=x/user"), None, "keywords are lower case");
    assert_eq!(open(b"account x\nuser \xF6\n").unwrap().get(&Key::raw("account=x/user")), Some(Raw::Bytes(vec![0xF6])));
}

#[test]
fn a_value_changes_in_its_place_and_keeps_its_quotes() {
    let new = after(FILE, &[("account=work/host", put("ssl.example.com")), ("account=work/port", put("465"))]);
    assert_eq!(new, FILE.replace("\"smtp.", "\"ssl.").replace("587", "465"), "of two ports the last one counts");
    let crlf = FILE.replace('\n', "\r\n");
    assert_eq!(after(&crlf, &[("account=home/user", put("ann"))]), crlf.replace("joe smith", "ann"));
    for (old, value, new) in [
        ("user joe", " joe", "user \" joe\""),
        ("user joe", "\"joe\"", "user \"\"joe\"\""),
        ("user joe", "", "user \"\""),
        ("user joe", "\"joe", "user \"joe"),
        ("user", "joe", "user joe"),
        ("user  ", "joe", "user joe"),
        ("user \"\"", "joe", "user \"joe\""),
    ] {
        assert_eq!(after(&format!("account x\n{old}"), &[("account=x/user", put(value))]), format!("account x\n{new}"), "{old}");
    }
}

#[test]
fn a_new_setting_follows_the_last_one_and_looks_like_it() {
    let new = after(FILE, &[("account=work/tls_starttls", put("off")), ("account=work/user", put("joe"))]);
    assert_eq!(new, FILE.replace("port 587\n", "port 587\n  tls_starttls off\n  user joe\n"));
    let new = after(FILE, &[("account=home/port", put("465")), ("account=both/port", put("25"))]);
    let wanted = FILE.replace("\"joe smith\"\n", "\"joe smith\"\n\tport\t465\n").replace("\"work\"\n", "\"work\"\nport 25\n");
    assert_eq!(new, wanted);
    assert_eq!(after("account x\r\nhost a", &[("account=x/port", put("25"))]), "account x\r\nhost a\r\nport 25");
    assert_eq!(after("account x", &[("account=x/port", put("25"))]), "account x\nport 25");
    let column = "account x\nhost         a\npasswordeval b\n";
    assert_eq!(after(column, &[("account=x/tls", put("on"))]), format!("{column}tls          on\n"));
    assert_eq!(after("account x\nhost \"a\"\n", &[("account=x/user", put("u"))]), "account x\nhost \"a\"\nuser \"u\"\n");
    let trailing = "account x\nhost a\n# about x\n\naccount y\nhost b\n";
    assert_eq!(after(trailing, &[("account=x/port", put("25"))]), trailing.replace("host a\n", "host a\nport 25\n"));
}

#[test]
fn a_removed_setting_takes_its_lines_along() {
    assert_eq!(after(FILE, &[("account=work/port", Edit::Remove)]), FILE.replace("  port 25\n  port 587\n", ""));
    assert_eq!(after("account x\nhost a", &[("account=x/host", Edit::Remove)]), "account x\n");
}

#[test]
fn what_the_grammar_has_no_place_for_is_refused() {
    assert_eq!(
        refused(FILE, &[("account=work/user", put("a\nb"))]),
        "expected one line of text, found a line end or a NUL in it"
    );
    assert_eq!(
        refused(FILE, &[("account=new/host", put("a"))]),
        "expected a setting of a section that is there, found \"account=new/host\""
    );
    assert_eq!(refused(FILE, &[("account=work/x y", put("a"))]), "expected a setting's name, found \"x y\"");
    assert_eq!(refused(FILE, &[("account=work/account", put("a"))]), "expected a setting's name, found \"account\"");
    assert_eq!(
        refused(FILE, &[("account=work/:inherits", put("a"))]),
        "expected \"account=work/:inherits\" to stay: it is only counted"
    );
    assert!(refused(FILE, &[("account=work", Edit::Remove)]).contains("would change too"));
    assert!(refused(FILE, &[("account=work/user", put(&"x".repeat(500)))]).starts_with("expected a line of at most 499 bytes"));
    assert!(refused(FILE, &[("account=work/host", put(&"x".repeat(491)))]).contains("would change too"));
}

#[test]
fn what_the_programs_stop_at_is_said() {
    let odd = |file: &str| -> Vec<(usize, String, Option<String>)> {
        let document = open(file.as_bytes()).unwrap();
        document.odd().iter().map(|odd| (odd.line, odd.message.clone(), odd.hides.as_ref().map(Key::to_string))).collect()
    };
    let one = |line, message: &str, hides: &str| vec![(line, message.to_owned(), Some(hides.to_owned()))];
    assert_eq!(odd(FILE), []);
    assert_eq!(odd("account a\n\naccount a\nhost x\n"), one(3, "expected a new account, found \"a\" again", "account=a"));
    assert_eq!(get("account a\nhost y\naccount a\nhost x\n", "account=a/host"), Some(Raw::text("y")));
    assert_eq!(
        odd("account a : b\naccount b\n"),
        one(1, "expected an account that is defined above, found \"account=b\"", "account=a")
    );
    assert_eq!(odd("account a,b\n"), one(1, "expected an account's name, found \"a,b\"", "account=a,b"));
    assert_eq!(
        odd("account a\neval echo port 25\n"),
        one(2, "expected a setting, found a command whose output is one", "account=a/eval")
    );
    let long = format!("account a\nhost {}\n", "x".repeat(495));
    assert_eq!(odd(&long), one(2, "expected a line of at most 499 bytes, found more", "account=a"));
    assert_eq!(odd(&long.replacen('x', "", 1)), []);
}

#[test]
fn the_law_holds_for_thousands_of_edits() {
    let seeds: [&[u8]; 5] = [
        FILE.as_bytes(),
        b"host a\r\nport 25\r\n\r\naccount b : default\r\n\thost \"x y\"\r\n",
        b"account \"a b\"\nuser \xF6\naccount c\ndefaults\n\ntls\naccount d:c,a b\ntls_trust_file  \"~/x\" ",
        b"eval x\naccount a~/b\nhost a\nhost b\n:x y\n",
        b"",
    ];
    let pieces: [&[u8]; 12] =
        [b"", b"\n", b"\r\n", b"account n\n", b"defaults\n", b"\"", b"#", b" ", b":", b"\0", b"\nhost z\n", b"\xFF"];
    let keys = [
        "account=work/tls",
        "account=b/user",
        "account=default/host",
        "defaults/auth",
        "defaults=2/x",
        ":accounts",
        "x",
        "account=d/a~1b",
    ];
    let raws = [
        Raw::text("x y"),
        Raw::text(""),
        Raw::text(" x"),
        Raw::text("\"x\""),
        Raw::text("on"),
        Raw::Bytes(b"\xFF\xFE".into()),
        Raw::Bytes(b"ok".into()),
        Raw::Int(1),
    ];
    let rendered = check_many(open, &seeds, &pieces, &keys, &raws, 20_000);
    assert!(rendered > 6_000, "{rendered}");
}
