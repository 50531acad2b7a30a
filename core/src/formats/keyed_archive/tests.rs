//! Archives that plistlib wrote, and the archiver's own bytes for single values.

use super::{CLASS, edited, of, read};
use crate::document::{Edit, Key, Raw};

/// Mail's settings of an account, of which two share a string and one is a date.
const MAIL: &[&str] = &[
    "62706c6973743030d4010203040506070a582476657273696f6e592461726368697665725424746f7058246f626a6563747312000186a0",
    "5f100f4e534b657965644172636869766572d1080954726f6f748001ae0b0c15162223242526272d30313555246e756c6cd30d0e0f1012",
    "14574e532e6b6579735a4e532e6f626a656374735624636c617373a1118002a113800380095f1018636f6d2e6170706c652e4461746163",
    "6c6173732e4d61696cd30d0e0f171c21a418191a1b800480058006800ba41d1e1f20800780088007800c800a5c696d6170486f73746e61",
    "6d6558696d6170506f72745c736d7470486f73746e616d655f1010696d61702e6578616d706c652e636f6d1103e1d228292a2b5a24636c",
    "6173736e616d655824636c61737365735c4e5344696374696f6e617279a22a2c584e534f626a656374d228292e2f5f10134e534d757461",
    "626c6544696374696f6e617279a32e2a2c5553696e6365d2320f3334574e532e74696d65230000000000000000800dd228293637564e53",
    "44617465a2362c00080011001a00240029003200370049004c0051005300620068006f007700820089008b008d008f0091009300ae00b5",
    "00ba00bc00be00c000c200c700c900cb00cd00cf00d100de00e700f40107010a010f011a012301300133013c01410157015b0161016601",
    "6e01770179017e01850000000000000201000000000000003800000000000000000000000000000188",
];

/// A dictionary whose two values are one string that can be changed.
const MUTABLE: &[&str] = &[
    "62706c6973743030d4010203040506070a582476657273696f6e592461726368697665725424746f7058246f626a6563747312000186a0",
    "5f100f4e534b657965644172636869766572d1080954726f6f748001a70b0c1718191d2455246e756c6cd30d0e0f101316574e532e6b65",
    "79735a4e532e6f626a656374735624636c617373a2111280028003a2141580048004800651615162d21a0f1b1c594e532e737472696e67",
    "5b6f6c642e6578616d706c658005d21e1f20215a24636c6173736e616d655824636c61737365735f100f4e534d757461626c6553747269",
    "6e67a3202223584e53537472696e67584e534f626a656374d21e1f25265c4e5344696374696f6e617279a2252300080011001a00240029",
    "003200370049004c00510053005b006100680070007b0082008500870089008c008e0090009200940096009b00a500b100b300b800c300",
    "cc00de00e200eb00f400f901060000000000000201000000000000002700000000000000000000000000000109",
];

fn bytes(hex: &[&str]) -> Vec<u8> {
    let hex = hex.concat();
    (0..hex.len() / 2).map(|at| u8::from_str_radix(&hex[at * 2..at * 2 + 2], 16).unwrap()).collect()
}

/// The archive of Mail's settings.
pub(in crate::formats) fn mail() -> Vec<u8> {
    bytes(MAIL)
}

fn found(archive: &[u8]) -> Vec<String> {
    read(archive).unwrap().iter().map(|(key, raw)| format!("{key} = {raw}")).collect()
}

fn key(name: &str) -> Key {
    Key::of(["com.apple.Dataclass.Mail", name])
}

#[test]
fn single_values_are_what_the_archiver_writes() {
    let head = "62706c6973743030d4010203040506070a582476657273696f6e592461726368697665725424746f7058246f626a6563747312000186a0\
        5f100f4e534b657965644172636869766572d1080954726f6f748001a20b0c55246e756c6c";
    let table = "08111a24293237494c5153565c0000000000000101000000000000000d00000000000000000000000000000000";
    let facts = [
        (Raw::Int(993), "1103e1", 0x5f),
        (Raw::Bool(true), "09", 0x5d),
        (Raw::text("imap.example.com"), "5f1010696d61702e6578616d706c652e636f6d", 0x6f),
    ];
    for (raw, object, at) in facts {
        let mut expected = bytes(&[head, object, table]);
        *expected.last_mut().unwrap() = at;
        assert_eq!(of(&raw).unwrap(), expected);
        assert_eq!(read(&expected).unwrap().get(&Key::raw("")), Some(&raw));
    }
    let long = Raw::text("x".repeat(70_000));
    assert_eq!(read(&of(&long).unwrap()).unwrap().get(&Key::raw("")), Some(&long));
    assert!(of(&Raw::Bytes(vec![1])).is_err());
}

#[test]
fn none_is_nobodys_to_overwrite() {
    let date = bytes(&["800780088007800c"]);
    let none = bytes(&["8007800880078000"]);
    let mut archive = mail();
    let at = archive.windows(8).position(|window| window == date).unwrap();
    archive.splice(at..at + 8, none);
    let mut wanted = read(&archive).unwrap();
    let edited = edited(&archive, &key("since"), &Edit::Put(Raw::Int(7))).unwrap();
    wanted.insert(key("since"), Raw::Int(7));
    assert_eq!(read(&edited), Some(wanted));
}

#[test]
fn a_dictionary_reads_as_keys() {
    let expected = [
        "com.apple.Dataclass.Mail/Since = <6 bytes>",
        "com.apple.Dataclass.Mail/imapHostname = \"imap.example.com\"",
        "com.apple.Dataclass.Mail/imapPort = 993",
        "com.apple.Dataclass.Mail/smtpHostname = \"imap.example.com\"",
    ];
    assert_eq!(found(&mail()), expected);
    assert_eq!(read(&mail()).unwrap().get(&key("Since")), Some(&Raw::Other { tag: CLASS, bytes: b"NSDate".to_vec() }));
}

#[test]
fn what_is_shared_changes_in_one_place() {
    let old = mail();
    let new = edited(&old, &key("imapHostname"), &Edit::Put(Raw::text("imap.example.net"))).unwrap();
    let expected = [
        "com.apple.Dataclass.Mail/Since = <6 bytes>",
        "com.apple.Dataclass.Mail/imapHostname = \"imap.example.net\"",
        "com.apple.Dataclass.Mail/imapPort = 993",
        "com.apple.Dataclass.Mail/smtpHostname = \"imap.example.com\"",
    ];
    assert_eq!(found(&new), expected);
    let new = edited(&new, &key("imapPort"), &Edit::Put(Raw::Int(143))).unwrap();
    assert!(found(&new).contains(&"com.apple.Dataclass.Mail/imapPort = 143".to_owned()));
}

#[test]
fn members_come_and_go() {
    let mut archive = edited(&mail(), &key("NumberOfDaysToKeepJunk"), &Edit::Put(Raw::Int(30))).unwrap();
    assert!(found(&archive).contains(&"com.apple.Dataclass.Mail/NumberOfDaysToKeepJunk = 30".to_owned()));
    for name in ["imapHostname", "Since", "NumberOfDaysToKeepJunk", "smtpHostname"] {
        archive = edited(&archive, &key(name), &Edit::Remove).unwrap();
    }
    assert_eq!(found(&archive), ["com.apple.Dataclass.Mail/imapPort = 993"]);
    let empty = edited(&archive, &key("imapPort"), &Edit::Remove).unwrap();
    assert_eq!(found(&empty), Vec::<String>::new());
    let again = edited(&empty, &key("imapPort"), &Edit::Put(Raw::Int(1))).unwrap();
    assert_eq!(found(&again), ["com.apple.Dataclass.Mail/imapPort = 1"]);
}

#[test]
fn what_has_no_place_is_refused() {
    let put = Edit::Put(Raw::Int(1));
    for key in [Key::of(["com.apple.Dataclass.Notes", "x"]), key("imapPort").child("x"), key("Since").child("x"), key("Since")] {
        assert!(edited(&mail(), &key, &put).is_err(), "{key}");
    }
}

#[test]
fn what_is_no_archive_reads_as_none() {
    let cyclic = edited(&mail(), &key("imapPort"), &Edit::Put(super::walk::uid(1))).unwrap();
    for bytes in [&b""[..], b"bplist00", b"YES", b"<plist/>"] {
        assert_eq!(read(bytes), None);
    }
    let _ = read(&cyclic);
}

/// Two data classes that are one dictionary.
const SHARED: &[&str] = &[
    "62706c6973743030d4010203040506070a582476657273696f6e592461726368697665725424746f7058246f626a6563747312000186a0",
    "5f100f4e534b657965644172636869766572d1080954726f6f748001a80b0c1718191f202155246e756c6cd30d0e0f101316574e532e6b",
    "6579735a4e532e6f626a656374735624636c617373a2111280028003a214158004800480075f1018636f6d2e6170706c652e4461746163",
    "6c6173732e4d61696c5f1019636f6d2e6170706c652e44617461636c6173732e4e6f746573d30d0e0f1a1c1ea11b8005a11d8006800754",
    "706f72741103e1d2222324255a24636c6173736e616d655824636c61737365735c4e5344696374696f6e617279a22426584e534f626a65",
    "637400080011001a00240029003200370049004c00510053005c006200690071007c008300860088008a008d008f0091009300ae00ca00",
    "d100d300d500d700d900db00e000e300e800f300fc0109010c000000000000020100000000000000270000000000000000000000000000",
    "0115",
];

#[test]
fn a_dictionary_in_two_places_is_not_changed_in_one() {
    let shared = bytes(SHARED);
    assert_eq!(found(&shared), ["com.apple.Dataclass.Mail/port = 993", "com.apple.Dataclass.Notes/port = 993"]);
    assert!(edited(&shared, &key("port"), &Edit::Put(Raw::Int(1))).is_err());
}

/// A string that can be changed, as the archiver writes it: an object around its text.
#[test]
fn a_string_in_an_object_reads_as_its_text() {
    let archive = bytes(MUTABLE);
    assert_eq!(found(&archive), ["a = \"old.example\"", "b = \"old.example\""]);
    let after = edited(&archive, &Key::of(["a"]), &Edit::Put(Raw::text("new.example"))).unwrap();
    assert_eq!(found(&after), ["a = \"new.example\"", "b = \"old.example\""]);
}
