//! A database of the shape that macOS writes, edited, and read back both by keys and by SQL.

use rusqlite::{Connection, params};

use super::{ARCHIVE, open};
use crate::document::{Edit, Edits, Key, Raw};
use crate::formats::{keyed_archive, law, sqlite};

const SCHEMA: &str = "
    CREATE TABLE Z_PRIMARYKEY (Z_ENT INTEGER PRIMARY KEY, Z_NAME VARCHAR, Z_SUPER INTEGER, Z_MAX INTEGER);
    CREATE TABLE Z_METADATA (Z_VERSION INTEGER PRIMARY KEY, Z_UUID VARCHAR(255), Z_PLIST BLOB);
    CREATE TABLE ZACCOUNT (Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER, ZACTIVE INTEGER, ZACCOUNTTYPE INTEGER,
        ZPARENTACCOUNT INTEGER, ZDATE TIMESTAMP, ZACCOUNTDESCRIPTION VARCHAR, ZIDENTIFIER VARCHAR, ZUSERNAME VARCHAR,
        ZDATACLASSPROPERTIES BLOB);
    CREATE TABLE ZACCOUNTPROPERTY (Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER, ZOWNER INTEGER, ZKEY VARCHAR, ZVALUE BLOB);
    CREATE TABLE ZACCOUNTTYPE (Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER, ZIDENTIFIER VARCHAR);
    CREATE INDEX ZACCOUNTPROPERTY_ZOWNER_INDEX ON ZACCOUNTPROPERTY (ZOWNER);
    INSERT INTO Z_PRIMARYKEY VALUES (2, 'Account', 0, 2), (4, 'AccountProperty', 0, 9), (5, 'AccountType', 0, 2);
    INSERT INTO Z_METADATA VALUES (1, 'F0', x'00');
    INSERT INTO ZACCOUNTTYPE VALUES (1, 5, 1, 'com.apple.account.IMAP'), (2, 5, 1, 'com.apple.account.Google');
    INSERT INTO ZACCOUNT VALUES (1, 2, 3, 1, 1, NULL, 0.5, 'Work', 'UUID-1', 'alice', NULL), (2, 2, 7, 1, 2, 1, 1.5, NULL, NULL, NULL, x'ff');
    INSERT INTO ZACCOUNTPROPERTY VALUES (9, 4, 1, 1, 'Twice', x'01'), (10, 4, 1, 1, 'Twice', x'02'), (11, 4, 1, 77, 'Hostname', x'03')";

fn made(more: &str) -> Vec<u8> {
    let mut connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(SCHEMA).unwrap();
    for (pk, name, raw) in
        [(1, "Hostname", Raw::text("imap.old.example")), (2, "PortNumber", Raw::Int(143)), (3, "SSLEnabled", Raw::Bool(false))]
    {
        let archive = keyed_archive::of(&raw).unwrap();
        connection.execute("INSERT INTO ZACCOUNTPROPERTY VALUES (?1, 4, 2, 1, ?2, ?3)", params![pk, name, archive]).unwrap();
    }
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

#[test]
fn rows_read_as_keys() {
    let document = open(&made("")).unwrap();
    let get = |key: &str| document.get(&Key::raw(key));
    assert_eq!(get("ZACCOUNT/UUID-1/ZACCOUNTTYPE"), Some(Raw::text("com.apple.account.IMAP")));
    assert_eq!(get("ZACCOUNT/UUID-1/ZUSERNAME"), Some(Raw::text("alice")));
    assert_eq!(get("ZACCOUNT/Z_PK=2/ZPARENTACCOUNT"), Some(Raw::text("UUID-1")));
    assert_eq!(get("ZACCOUNTPROPERTY/UUID-1/Hostname"), Some(Raw::text("imap.old.example")));
    assert_eq!(get("ZACCOUNTPROPERTY/UUID-1/PortNumber"), Some(Raw::Int(143)));
    assert_eq!(get("ZACCOUNTPROPERTY/UUID-1/SSLEnabled"), Some(Raw::Bool(false)));
    assert_eq!(get("ZACCOUNTPROPERTY/UUID-1/Twice"), Some(Raw::Other { tag: ARCHIVE, bytes: vec![1, 2] }));
    assert_eq!(get("ZDATACLASSPROPERTIES/Z_PK=2"), Some(Raw::Other { tag: ARCHIVE, bytes: vec![0xff] }));
    assert_eq!(document.odd().len(), 1);
}

#[test]
fn values_change_and_rows_come_with_their_counters() {
    let edits = [
        ("ZACCOUNTPROPERTY/UUID-1/Hostname", Edit::Put(Raw::text("imap.new.example"))),
        ("ZACCOUNTPROPERTY/UUID-1/SSLIsDirect", Edit::Put(Raw::Bool(true))),
        ("ZACCOUNTPROPERTY/UUID-1/DisableDynamicConfiguration", Edit::Put(Raw::Bool(true))),
        ("ZACCOUNTPROPERTY/UUID-1/PortNumber", Edit::Remove),
        ("ZACCOUNT/UUID-1/ZUSERNAME", Edit::Put(Raw::text("alice@new.example"))),
    ];
    let after = edited(&made(""), &edits).unwrap();
    let rows = "SELECT group_concat(Z_PK || ' ' || Z_ENT || ' ' || Z_OPT || ' ' || ZKEY, ', ') FROM (SELECT * FROM ZACCOUNTPROPERTY WHERE ZOWNER = 1 ORDER BY Z_PK)";
    let expected =
        "1 4 3 Hostname, 3 4 2 SSLEnabled, 9 4 1 Twice, 10 4 1 Twice, 12 4 1 DisableDynamicConfiguration, 13 4 1 SSLIsDirect";
    assert_eq!(text(&after, rows), expected);
    assert_eq!(text(&after, "SELECT Z_MAX || '' FROM Z_PRIMARYKEY WHERE Z_NAME = 'AccountProperty'"), "13");
    assert_eq!(text(&after, "SELECT group_concat(Z_PK || ' ' || Z_OPT, ', ') FROM ZACCOUNT"), "1 4, 2 7");
    assert_eq!(text(&after, "PRAGMA integrity_check"), "ok");
}

#[test]
fn all_rows_of_one_property_go_the_same_way() {
    let twice = "SELECT group_concat(Z_OPT || ' ' || hex(ZVALUE), ', ') FROM ZACCOUNTPROPERTY WHERE ZKEY = 'Twice'";
    let key = "ZACCOUNTPROPERTY/UUID-1/Twice";
    let after = edited(&made(""), &[(key, Edit::Put(Raw::Int(993)))]).unwrap();
    let archive = hex(&keyed_archive::of(&Raw::Int(993)).unwrap()).to_uppercase();
    assert_eq!(text(&after, twice), format!("2 {archive}, 2 {archive}"));
    let document = open(&after).unwrap();
    assert_eq!((document.get(&Key::raw(key)), document.odd().len()), (Some(Raw::Int(993)), 0));
    let after = edited(&after, &[(key, Edit::Remove)]).unwrap();
    assert_eq!(text(&after, "SELECT count(*) || '' FROM ZACCOUNTPROPERTY WHERE ZKEY = 'Twice'"), "0");
    let archive = Raw::Other { tag: ARCHIVE, bytes: vec![1] };
    assert!(edited(&made(""), &[(key, Edit::Put(archive))]).is_err());
}

#[test]
fn rows_are_counted_by_the_topmost_entity() {
    let image = made("UPDATE Z_PRIMARYKEY SET Z_SUPER = 6 WHERE Z_ENT = 4; INSERT INTO Z_PRIMARYKEY VALUES (6, 'Row', 0, 40)");
    let after = edited(&image, &[("ZACCOUNTPROPERTY/UUID-1/SSLIsDirect", Edit::Put(Raw::Bool(true)))]).unwrap();
    assert_eq!(text(&after, "SELECT Z_PK || ' ' || Z_ENT FROM ZACCOUNTPROPERTY WHERE ZKEY = 'SSLIsDirect'"), "41 4");
    assert_eq!(text(&after, "SELECT group_concat(Z_MAX, ' ') FROM Z_PRIMARYKEY"), "2 9 2 41");
}

#[test]
fn what_has_no_place_is_refused() {
    let put = Edit::Put(Raw::Int(2));
    for key in [
        "ZACCOUNT/UUID-1/ZACTIVE",
        "ZACCOUNT/UUID-1",
        "ZACCOUNTPROPERTY/UUID-9/Hostname",
        "ZDATACLASSPROPERTIES/UUID-1/com.apple.Dataclass.Mail/x",
        "ZACCOUNTTYPE",
        "ZACCOUNT/UUID-1/ZUSERNAME",
    ] {
        assert!(edited(&made(""), &[(key, put.clone())]).is_err(), "{key}");
    }
}

#[test]
fn another_database_is_refused_by_the_name_of_what_is_missing() {
    for (change, missing) in [
        ("ALTER TABLE ZACCOUNTPROPERTY RENAME COLUMN ZOWNER TO ZACCOUNT", "the column ZOWNER of ZACCOUNTPROPERTY"),
        ("DROP TABLE ZACCOUNTTYPE", "the table ZACCOUNTTYPE"),
        ("UPDATE Z_PRIMARYKEY SET Z_NAME = 'Property' WHERE Z_ENT = 4", "one entity AccountProperty in Z_PRIMARYKEY"),
        ("DROP TABLE ZACCOUNT; CREATE VIEW ZACCOUNT AS SELECT 1 AS Z_PK", "the table ZACCOUNT"),
    ] {
        let refusal = open(&made(change)).err().unwrap();
        assert!(refusal.message.ends_with(missing), "{refusal}");
    }
}

#[test]
fn every_other_row_counts() {
    let entries = |image: &[u8]| open(image).unwrap().entries();
    let before = entries(&made(""));
    for change in [
        "UPDATE Z_METADATA SET Z_PLIST = x'01'",
        "UPDATE ZACCOUNT SET ZDATE = 2.5 WHERE Z_PK = 1",
        "UPDATE ZACCOUNTPROPERTY SET ZVALUE = x'04' WHERE Z_PK = 11",
        "UPDATE ZACCOUNTPROPERTY SET ZVALUE = x'04' WHERE Z_PK = 10",
        "DROP INDEX ZACCOUNTPROPERTY_ZOWNER_INDEX",
        "DELETE FROM ZACCOUNTTYPE WHERE Z_PK = 2",
    ] {
        assert_ne!(entries(&made(change)), before, "{change}");
    }
    assert_eq!(entries(&made("UPDATE ZACCOUNT SET Z_OPT = 99; UPDATE Z_PRIMARYKEY SET Z_MAX = 500")), before);
}

#[test]
fn the_law_holds_over_random_edits() {
    let data_classes = "UPDATE ZACCOUNT SET ZDATACLASSPROPERTIES = x'".to_owned() + &hex(&dictionary()) + "' WHERE Z_PK = 1";
    let image = made(&data_classes);
    let raws = [Raw::Int(7), Raw::Int(-1), Raw::Bool(true), Raw::text(""), Raw::text("a\u{e9}\u{1f600}"), Raw::Bytes(vec![1])];
    let keys = [
        "ZACCOUNTPROPERTY/UUID-1/Hostname",
        "ZACCOUNTPROPERTY/UUID-1/PortNumber",
        "ZACCOUNTPROPERTY/UUID-1/New",
        "ZACCOUNTPROPERTY/Z_PK=2/Hostname",
        "ZACCOUNT/UUID-1/ZUSERNAME",
        "ZDATACLASSPROPERTIES/UUID-1/com.apple.Dataclass.Mail/NumberOfDaysToKeepJunk",
        "ZDATACLASSPROPERTIES/UUID-1/com.apple.Dataclass.Mail/New",
    ];
    let mut dice = law::Dice::new(8);
    let mut rendered = 0;
    for _ in 0..300 {
        let edits: Edits = (0..=dice.below(3))
            .map(|_| {
                let edit = if dice.below(4) == 0 { Edit::Remove } else { Edit::Put(dice.pick(&raws).clone()) };
                (Key::raw(*dice.pick(&keys)), edit)
            })
            .collect();
        rendered += usize::from(law::check(open, &image, &edits).is_some());
    }
    assert!(rendered > 100, "{rendered}");
}

#[test]
fn broken_images_are_refused_or_read_and_never_worse() {
    let image = made("");
    let mut dice = law::Dice::new(3);
    let put = Edits::from([(Key::raw("ZACCOUNTPROPERTY/UUID-1/Hostname"), Edit::Put(Raw::text("h")))]);
    let mut opened = 0;
    for round in 0..400 {
        let mut broken = image.clone();
        if round % 4 == 0 {
            broken.truncate(dice.below(image.len()));
        }
        for _ in 0..dice.below(6) {
            let at = dice.below(broken.len());
            if let Some(byte) = broken.get_mut(at) {
                *byte = u8::try_from(dice.below(256)).unwrap();
            }
        }
        if let Ok(document) = open(&broken) {
            opened += 1;
            let _ = document.render(&put);
        }
    }
    assert!(opened > 100, "{opened}");
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// An archive of Mail's settings with two members that share a number.
fn dictionary() -> Vec<u8> {
    keyed_archive::tests::mail()
}
