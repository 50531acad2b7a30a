//! Databases of the schemas that Gecko made, edited, and read back both by keys and by SQL.

use rusqlite::Connection;

use super::open;
use crate::document::{Edit, Key, Raw};
use crate::formats::{law, sqlite};

const FIRST: &str = "
    CREATE TABLE moz_logins (id INTEGER PRIMARY KEY, hostname TEXT NOT NULL, httpRealm TEXT, formSubmitURL TEXT,
        usernameField TEXT NOT NULL, passwordField TEXT NOT NULL, encryptedUsername TEXT NOT NULL, encryptedPassword TEXT NOT NULL);
    CREATE TABLE moz_disabledHosts (id INTEGER PRIMARY KEY, hostname TEXT UNIQUE ON CONFLICT REPLACE);
    CREATE INDEX moz_logins_hostname_index ON moz_logins (hostname);
    CREATE INDEX moz_logins_hostname_formSubmitURL_index ON moz_logins (hostname, formSubmitURL);
    CREATE INDEX moz_logins_hostname_httpRealm_index ON moz_logins (hostname, httpRealm);
    INSERT INTO moz_disabledHosts VALUES (1, 'http://never.example');
    INSERT INTO moz_logins VALUES (2, 'mailbox://pop.old.example', 'mailbox://pop.old.example', NULL, '', '', 'MDoE1', 'MDoE2'),
        (10, 'http://web.example', NULL, 'http://web.example', 'user', 'pass', 'MDoE3', 'MDoE4');
    PRAGMA user_version = 1;";

const LATER: &str = "
    ALTER TABLE moz_logins ADD COLUMN guid TEXT;
    ALTER TABLE moz_logins ADD COLUMN encType INTEGER;
    ALTER TABLE moz_logins ADD COLUMN timeCreated INTEGER;
    CREATE INDEX moz_logins_guid_index ON moz_logins (guid);
    UPDATE moz_logins SET guid = '{' || id || '}', encType = 1, timeCreated = 1300000000000;
    PRAGMA user_version = 5;";

fn made(more: &str) -> Vec<u8> {
    let mut connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(FIRST).unwrap();
    connection.execute_batch(more).unwrap();
    connection.serialize("main").unwrap().to_vec()
}

fn text(image: &[u8], sql: &str) -> String {
    sqlite::open(image).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
}

fn edited(image: &[u8], edits: &[(&str, Edit)]) -> Result<Vec<u8>, String> {
    let after = law::edited(open, image, edits)?;
    assert_eq!(text(&after, "PRAGMA integrity_check"), "ok");
    Ok(after)
}

const PLACE: &str = "ssl.new.example";

#[test]
fn rows_read_as_keys() {
    let document = open(&made(LATER)).unwrap();
    let get = |key: &str| document.get(&Key::raw(key));
    assert_eq!(get("logins/id=2/hostname"), Some(Raw::text("mailbox://pop.old.example")));
    assert_eq!(get("logins/id=2/id"), Some(Raw::Int(2)));
    assert_eq!(get("logins/id=2/formSubmitURL"), None);
    assert_eq!(get("nextId"), Some(Raw::Int(11)));
    assert_eq!(open(&made("")).unwrap().get(&Key::raw("nextId")), Some(Raw::Int(11)));
}

#[test]
fn a_login_is_filed_anew_and_its_indexes_know() {
    for more in ["", LATER] {
        let put = Edit::Put(Raw::text(PLACE));
        let after = edited(&made(more), &[("logins/id=2/hostname", put.clone()), ("logins/id=2/httpRealm", put)]).unwrap();
        for index in ["moz_logins_hostname_index", "moz_logins_hostname_httpRealm_index"] {
            let found = format!(
                "SELECT group_concat(id || encryptedPassword) FROM moz_logins INDEXED BY {index} WHERE hostname = '{PLACE}'"
            );
            assert_eq!(text(&after, &found), "2MDoE2");
        }
        assert_eq!(text(&after, "SELECT count(*) || '' FROM moz_logins WHERE hostname LIKE '%old%'"), "0");
    }
}

#[test]
fn a_copy_takes_its_secrets_along() {
    let edits = [
        ("nextId", Edit::Put(Raw::Int(12))),
        ("logins/id=11", Edit::CopyOf(Key::raw("logins/id=2"))),
        ("logins/id=11/id", Edit::Put(Raw::Int(11))),
        ("logins/id=11/guid", Edit::Put(Raw::text("{new}"))),
        ("logins/id=11/hostname", Edit::Put(Raw::text(PLACE))),
        ("logins/id=11/httpRealm", Edit::Put(Raw::text(PLACE))),
    ];
    let after = edited(&made(LATER), &edits).unwrap();
    let row =
        "SELECT hostname || httpRealm || encryptedUsername || encryptedPassword || guid || encType FROM moz_logins WHERE id = 11";
    assert_eq!(text(&after, row), format!("{PLACE}{PLACE}MDoE1MDoE2{{new}}1"));
    let back = [("nextId", Edit::Put(Raw::Int(11))), ("logins/id=11", Edit::Remove)];
    assert_eq!(open(&edited(&after, &back).unwrap()).unwrap().entries(), open(&made(LATER)).unwrap().entries());
}

#[test]
fn a_copy_in_the_first_schema_needs_no_unique_name() {
    let edits = [
        ("nextId", Edit::Put(Raw::Int(12))),
        ("logins/id=11", Edit::CopyOf(Key::raw("logins/id=2"))),
        ("logins/id=11/id", Edit::Put(Raw::Int(11))),
        ("logins/id=11/hostname", Edit::Put(Raw::text(PLACE))),
    ];
    let after = edited(&made(""), &edits).unwrap();
    let row = "SELECT hostname || httpRealm || encryptedUsername || encryptedPassword FROM moz_logins WHERE id = 11";
    assert_eq!(text(&after, row), format!("{PLACE}mailbox://pop.old.exampleMDoE1MDoE2"));
}

#[test]
fn what_has_no_place_is_refused() {
    let put = |raw: Raw| Edit::Put(raw);
    for (key, edit) in [
        ("logins/id=2/hostname", Edit::Remove),
        ("logins/id=2/hostname", put(Raw::Int(1))),
        ("logins/id=2/hostname", put(Raw::Bool(true))),
        ("logins/id=2/id", put(Raw::Int(3))),
        ("logins/id=3/hostname", put(Raw::text("x"))),
        ("logins/id=2/other", put(Raw::text("x"))),
        ("logins/id=2", put(Raw::text("x"))),
        ("logins/id=3", Edit::CopyOf(Key::raw("logins/id=2"))),
        ("logins/id=10", Edit::Remove),
        ("nextId", put(Raw::Int(12))),
        ("tables/moz_disabledHosts", put(Raw::text("x"))),
        ("x", put(Raw::text("x"))),
    ] {
        assert!(edited(&made(LATER), &[(key, edit)]).is_err(), "{key}");
    }
}

#[test]
fn another_database_is_refused_by_the_name_of_what_is_missing() {
    for (change, missing) in [
        ("DROP TABLE moz_logins", "the table moz_logins"),
        ("DROP TABLE moz_logins; CREATE VIEW moz_logins AS SELECT 1 AS id", "the table moz_logins"),
        ("ALTER TABLE moz_logins RENAME COLUMN httpRealm TO realm", "the column httpRealm of moz_logins"),
    ] {
        let refusal = open(&made(change)).err().unwrap();
        assert!(refusal.message.ends_with(missing), "{refusal}");
    }
}

#[test]
fn the_law_holds_for_many_edits() {
    let (first, later) = (made(""), made(LATER));
    let keys = ["logins/id=2/hostname", "logins/id=11", "logins/id=11/hostname", "nextId", "x"];
    let raws = [Raw::text("x"), Raw::Int(11), Raw::Int(12), Raw::Bytes(vec![1])];
    let rendered = law::check_many(open, &[&first, &later], &[b"", b"x"], &keys, &raws, 600);
    assert!(rendered > 30, "{rendered}");
}
