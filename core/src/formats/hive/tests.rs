//! What is read from hives, what edits leave alone, and what logs bring. The hives are made here, byte by byte.

use super::{SZ, base, is_dirty, marvin, may_have, open, open_with_logs, replay};
use crate::document::{Edit, Edits, Key, Raw, expected};
use crate::formats::law::{Dice, check};

/// A hive with a root key and a security descriptor, nothing else.
fn bare(minor: u32) -> Vec<u8> {
    let mut bytes = vec![0; 8192];
    let mut put = |at: usize, data: &[u8]| bytes.iter_mut().skip(at).zip(data).for_each(|(to, from)| *to = *from);
    let numbers = |numbers: &[u32]| numbers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>();
    put(0, b"regf");
    put(4, &numbers(&[7, 7, 0x1111, 0x2222, 1, minor, 0, 1, 32, 4096, 1]));
    put(4096, b"hbin");
    put(4100, &numbers(&[0, 4096, 0, 0, 0x1111, 0x2222]));
    put(4128, &numbers(&[(-88_i32).cast_unsigned()]));
    put(4132, b"nk\x2C\0");
    put(4136, &numbers(&[0x3333, 0x4444, 0, 0, 0, 0, u32::MAX, u32::MAX, 0, u32::MAX, 120, u32::MAX]));
    put(4132 + 72, b"\x04\0\0\0ROOT");
    put(4216, &numbers(&[(-40_i32).cast_unsigned()]));
    put(4220, b"sk\0\0");
    put(4224, &numbers(&[120, 120, 1, 12, 0x8004_0001, 0, 0]));
    put(4256, &numbers(&[4096 - 160]));
    base::seal(&mut bytes, 7);
    bytes
}

fn edits(pairs: impl IntoIterator<Item = (&'static str, Edit)>) -> Edits {
    pairs.into_iter().map(|(key, edit)| (Key::raw(key), edit)).collect()
}

fn edited(bytes: &[u8], pairs: impl IntoIterator<Item = (&'static str, Edit)>) -> Vec<u8> {
    check(open, bytes, &edits(pairs)).expect("rendered")
}

fn refused(bytes: &[u8], pairs: impl IntoIterator<Item = (&'static str, Edit)>) -> String {
    open(bytes).unwrap().render(&edits(pairs)).expect_err("refused").to_string()
}

fn text(text: &str) -> Edit {
    Edit::Put(Raw::text(text))
}

/// A hive with an account or two.
fn accounts() -> Vec<u8> {
    edited(
        &bare(5),
        [
            ("Software/Mail/1/@POP3 Server", text("pop.example.org")),
            ("Software/Mail/1/@POP3 Port", Edit::Put(Raw::Int(110))),
            ("Software/Mail/1/@UID", Edit::Put(Raw::Bytes((0..16).collect()))),
            ("Software/Mail/1/@", text("default")),
            ("Software/Mail/2/@POP3 Server", text("pop.example.net")),
            ("Software/Größe/@Maß€", text("ä")),
            ("Software/Mail/@1", text("a value of a key's name")),
        ],
    )
}

#[test]
fn a_key_is_looked_for_without_opening_the_hive() {
    let hive = accounts();
    for there in ["Software", "software/MAIL/1", "Software/*/2", "*/größe", "Software/*"] {
        assert!(may_have(&hive, there), "{there}");
    }
    for missing in ["Mail", "Software/Mail/3", "*/*/3", "Software/Mail/1/*", "Software/Mail/POP3 Server"] {
        assert!(!may_have(&hive, missing), "{missing}");
    }
    // A key that is below itself.
    let mut circle = edited(&bare(5), [("A/B/@x", Edit::Put(Raw::Int(1)))]);
    let root = 4096 + 32 + 4 + 28;
    let list = circle[root..root + 4].to_vec();
    let child = 4096 + u32::from_le_bytes(list[..].try_into().unwrap()) as usize + 8;
    circle[child..child + 4].copy_from_slice(&32_u32.to_le_bytes());
    assert!(!may_have(&circle, "*/A") && may_have(&circle, &["*"; 10_000].join("/")));
    assert!(may_have(b"regf", "A"));
}

#[test]
fn keys_are_found_in_any_letter_case_and_spelled_as_stored() {
    let document = open(&accounts()).unwrap();
    let get = |key: &str| document.get(&Key::raw(key));
    assert_eq!(get("SOFTWARE/mail/1/@pop3 server"), Some(Raw::text("pop.example.org")));
    assert_eq!(get("software/GRÖßE/@MAß€"), Some(Raw::text("ä")));
    assert_eq!(get("Software/Mail/1/@"), Some(Raw::text("default")));
    assert_eq!(get("Software/Mail/@1"), Some(Raw::text("a value of a key's name")));
    assert_eq!(get("Software/Mail/1"), None);
    assert_eq!(document.canonical(&Key::raw("software/MAIL/1/@pop3 port")), Key::raw("Software/Mail/1/@POP3 Port"));
    assert_eq!(document.canonical(&Key::raw("software/NEW/@x")), Key::raw("Software/NEW/@x"));
    let below = |under: &str| document.keys(under).iter().map(Key::to_string).collect::<Vec<_>>();
    assert_eq!(below("software/mail/2/"), ["Software/Mail/2/@POP3 Server"]);
    assert_eq!(below("software/mail/1").len(), 4);
    assert_eq!(below("software/mail/@1"), ["Software/Mail/@1"]);
    assert!(below("Software/Mail/3").is_empty());
}

#[test]
fn a_number_changes_four_bytes_and_the_header() {
    let bytes = accounts();
    let new = edited(&bytes, [("Software/Mail/1/@POP3 Port", Edit::Put(Raw::Int(995)))]);
    let differ: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at] != new[*at]).collect();
    assert_eq!((bytes.len(), differ.iter().filter(|at| **at >= 4096).count()), (new.len(), 2), "{differ:?}");
    assert!(differ.iter().all(|at| *at >= 4096 || [4, 8, 508].contains(at)), "{differ:?}");
    let shorter = edited(&bytes, [("Software/Mail/1/@POP3 Server", text("p.example.org"))]);
    assert_eq!(shorter.len(), bytes.len());
}

#[test]
fn data_of_every_size_is_held_and_taken_back() {
    for minor in [3, 5] {
        let mut bytes = bare(minor);
        for size in [0, 1, 4, 5, 4000, 16_344, 16_345, 40_000, 32_688, 32_689, 3, 200_000, 16_344] {
            let data: Vec<u8> = (0..size).map(|at: usize| at.to_le_bytes()[0] ^ at.to_le_bytes()[1]).collect();
            bytes = edited(&bytes, [("A/@x", Edit::Put(Raw::Bytes(data)))]);
        }
        assert_eq!(bytes.windows(4).filter(|at| at == b"db\x0D\0").count(), usize::from(minor == 5), "{minor}");
    }
}

#[test]
fn a_key_that_goes_gives_all_its_room_back() {
    let bytes = accounts();
    let grown = edited(&bytes, [("X/Y/@a", Edit::Put(Raw::Bytes(vec![1; 50_000]))), ("X/@b", text("b"))]);
    let gone = edited(&grown, [("X", Edit::Remove)]);
    let again = edited(&gone, [("X/Y/@a", Edit::Put(Raw::Bytes(vec![1; 50_000]))), ("X/@b", text("b"))]);
    assert_eq!(grown.len(), again.len());
    let moved = edited(
        &bytes,
        [
            ("Software/Mail/3", Edit::CopyOf(Key::raw("Software/Mail/1"))),
            ("Software/Mail/3/@POP3 Server", text("pop3.example.org")),
        ],
    );
    let document = open(&moved).unwrap();
    assert_eq!(document.get(&Key::raw("Software/Mail/3/@UID")), document.get(&Key::raw("Software/Mail/1/@UID")));
    assert!(refused(&bytes, [("", Edit::Remove)]).contains("expected a value's name"));
}

#[test]
fn hundreds_of_subkeys_are_sorted_and_split() {
    for minor in [3, 5] {
        let mut bytes = bare(minor);
        let dice = &mut Dice::new(11);
        let mut known: Vec<Key> = Vec::new();
        for _ in 0..14 {
            let keys = (0..100).map(|_| Key::raw(format!("K{}/@", dice.below(100_000))));
            let some: Edits = keys.map(|key| (key, Edit::Put(Raw::Int(1)))).collect();
            known.extend(some.keys().cloned());
            bytes = check(open, &bytes, &some).expect("rendered");
        }
        let mark = |mark: &[u8]| bytes.chunks(4).filter(|word| word.starts_with(mark)).count();
        assert!(mark(b"ri") >= 1 && mark(if minor == 5 { b"lh" } else { b"lf" }) >= 3, "{minor}");
        let goes: Edits = known.iter().map(|key| (Key::raw(key.as_str().trim_end_matches("/@")), Edit::Remove)).collect();
        let empty = check(open, &bytes, &goes).expect("rendered");
        assert!(open(&empty).unwrap().entries().is_empty());
    }
}

#[test]
fn what_a_hive_has_no_place_for_is_refused() {
    let bytes = accounts();
    assert_eq!(
        refused(&bytes, [("A/@x", Edit::Put(Raw::Bool(true)))]),
        "expected a value of the registry, found the word true, for which it has no type"
    );
    assert!(refused(&bytes, [("A/@x", Edit::Put(Raw::Int(-1)))]).contains("found -1, which is no number from 0 to 4294967295"));
    let as_text = Raw::Other { tag: SZ, bytes: vec![0, 0] };
    assert!(refused(&bytes, [("A/@x", Edit::Put(as_text))]).contains("would read as another"));
    assert!(refused(&bytes, [("A/@x", text("a\0b"))]).contains("would read as another"));
    assert!(refused(&bytes, [("A/x", text("x"))]).contains("expected a value's name, starting with @, found \"A/x\""));
    assert!(refused(&bytes, [("software/Mail/1/@x", text("x"))]).contains("as it is spelled here"));
    assert!(refused(&bytes, [("N/@x", text("x")), ("n/@y", text("y"))]).contains("expected one spelling of \"N\""));
    let unclean = edited(&bytes, [("A/@x", Edit::Put(Raw::Other { tag: SZ, bytes: b"a\0b\0".into() }))]);
    assert_eq!(open(&unclean).unwrap().get(&Key::raw("A/@x")), Some(Raw::Other { tag: SZ, bytes: b"a\0b\0".into() }));
}

#[test]
fn the_law_holds_for_hundreds_of_edits_in_sequence() {
    for minor in [3, 5, 6] {
        let mut bytes = bare(minor);
        let dice = &mut Dice::new(minor.into());
        let mut rendered = 0;
        for _ in 0..400 {
            let known = open(&bytes).unwrap().keys("");
            let some = (0..1 + dice.below(4)).map(|_| edit(dice, &known)).collect();
            if let Some(new) = check(open, &bytes, &some) {
                (bytes, rendered) = (new, rendered + 1);
            }
        }
        assert!(rendered > 250, "{rendered}");
    }
}

fn edit(dice: &mut Dice, known: &[Key]) -> (Key, Edit) {
    let names = ["A", "B/C", "B/c1", "Größe", "€", "\\@at", "D/E/F", "x~1y"];
    let new = Key::raw(format!(
        "{}/@{}",
        dice.pick(&names),
        dice.pick(&["", "x", "€uro", "POP3 Server", "@", "a/@".trim_end_matches("/@")])
    ));
    let key = known.get(dice.below(known.len() * 2 + 1)).cloned().unwrap_or(new);
    let tree = |key: &Key| Key::raw(key.as_str().rsplit_once('/').map_or("A", |(tree, _)| tree));
    let size = *dice.pick(&[0, 1, 4, 5, 9, 100, 5000, 17_000, 33_000]);
    match dice.below(12) {
        0 | 1 => (key, Edit::Remove),
        2 => (tree(&key), Edit::Remove),
        3 => (Key::raw(format!("Copy{}", dice.below(3))), Edit::CopyOf(tree(&key))),
        4 => (Key::raw("B/@copy"), Edit::CopyOf(key)),
        5 => (key, Edit::Put(Raw::Int(i64::try_from(dice.below(100_000)).unwrap()))),
        6 | 7 => (key, Edit::Put(Raw::text("ä".repeat(size / 4)))),
        8 => (key, Edit::Put(Raw::Other { tag: 7, bytes: vec![b'x'; size] })),
        _ => (key, Edit::Put(Raw::Bytes((0..size).map(|_| u8::try_from(dice.below(256)).unwrap()).collect()))),
    }
}

#[test]
fn damage_is_told_and_never_followed() {
    let bytes = accounts();
    let entries = open(&bytes).unwrap().entries();
    let dice = &mut Dice::new(5);
    let (mut opened, mut odd, mut rendered) = (0, 0, 0);
    for _ in 0..5_000 {
        let mut bytes = bytes.clone();
        for _ in 0..1 + dice.below(3) {
            let most = *dice.pick(&[400, 1600]);
            let at = (4096 + dice.below(most)) & *dice.pick(&[!3, !0]);
            bytes[at] = *dice.pick(&[0, 0xFF, 0x20, 0x78, 0x7F, 8, 1]);
        }
        let Ok(document) = open(&bytes) else { continue };
        opened += 1;
        odd += usize::from(!document.odd().is_empty());
        let known = document.keys("");
        let some = (0..1 + dice.below(3)).map(|_| edit(dice, &known)).collect();
        rendered += usize::from(check(open, &bytes, &some).is_some());
    }
    assert!(opened > 3_500 && odd > 500 && rendered > 1_000, "{opened} {odd} {rendered} of {}", entries.len());
}

/// A log of the newer format that turns one hive into another.
fn log(old: &[u8], new: &[u8], sequence: u32) -> Vec<u8> {
    let mut log = old[..512].to_vec();
    base::put(&mut log, base::KIND, 6);
    base::seal(&mut log, sequence);
    let pages: Vec<usize> = (0..new.len() / 4096 - 1)
        .filter(|page| old.get((page + 1) * 4096..(page + 2) * 4096) != new.get((page + 1) * 4096..(page + 2) * 4096))
        .collect();
    let mut body: Vec<u8> =
        pages.iter().flat_map(|page| [u32::try_from(page * 4096).unwrap(), 4096]).flat_map(u32::to_le_bytes).collect();
    pages.iter().for_each(|page| body.extend(&new[(page + 1) * 4096..(page + 2) * 4096]));
    body.resize((body.len() + 40).next_multiple_of(512) - 40, 0);
    let numbers = [
        u32::try_from(body.len() + 40).unwrap(),
        0,
        sequence,
        u32::try_from(new.len() - 4096).unwrap(),
        u32::try_from(pages.len()).unwrap(),
    ];
    let mut head: Vec<u8> = b"HvLE".iter().copied().chain(numbers.iter().flat_map(|number| number.to_le_bytes())).collect();
    head.extend(marvin::marvin(&body));
    head.extend(marvin::marvin(&head));
    log.extend(head);
    log.extend(body);
    log
}

fn dirty(bytes: &[u8], first: u32, second: u32) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    base::seal(&mut bytes, second);
    base::put(&mut bytes, 4, first);
    let sum = (0..127).map(|at| u32::from_le_bytes(*bytes[at * 4..].first_chunk().unwrap())).fold(0, |sum, word| sum ^ word);
    base::put(&mut bytes, 508, sum);
    bytes
}

#[test]
fn a_log_brings_what_the_hive_lacks_and_a_dirty_hive_without_one_is_refused() {
    let old = accounts();
    let newer = edited(&old, [("Software/Mail/1/@POP3 Port", Edit::Put(Raw::Int(995)))]);
    let newest = edited(&newer, [("Big/@x", Edit::Put(Raw::Bytes(vec![9; 9000])))]);
    let dirty_hive = dirty(&old, 21, 20);
    assert!(is_dirty(&dirty_hive) && !is_dirty(&old));
    assert_eq!(
        open(&dirty_hive).err().expect("refused").message,
        "expected equal sequence numbers, found 21 and 20: its last changes are still in its logs"
    );
    assert!(replay(&dirty_hive, &[]).expect_err("refused").message.ends_with("found no log beside it"));
    let logs = [log(&newer, &newest, 21), log(&old, &newer, 20)];
    let both = [logs[0].as_slice(), logs[1].as_slice()];
    assert!(
        replay(&dirty_hive, &[b"", &logs[0][..600]]).expect_err("refused").message.ends_with("found no log that belongs to it")
    );
    assert_eq!(open(&replay(&dirty_hive, &both[1..]).unwrap()).unwrap().entries(), open(&newer).unwrap().entries());
    let document = open_with_logs(&dirty_hive, &both).unwrap();
    assert_eq!(document.entries(), open(&newest).unwrap().entries());

    assert!(document.render(&Edits::new()).unwrap().is_empty());
    let wanted = edits([("Software/Mail/1/@POP3 Server", text("ssl.example.org"))]);
    let patch = document.render(&wanted).unwrap();
    let written = patch.apply(&dirty_hive);
    assert_eq!(open(&written).unwrap().entries(), expected(document.entries(), &wanted));
    assert_eq!(base::sequences(&written), Some((22, 22)));
    assert_eq!(patch.invert(&dirty_hive).apply(&written), dirty_hive);

    let mut broken = dirty_hive.clone();
    broken[100] ^= 1;
    assert_eq!(open(&replay(&broken, &both).unwrap()).unwrap().entries().len(), document.entries().len());
    let mut torn = logs[1].clone();
    torn[1000] ^= 1;
    assert!(replay(&dirty_hive, &[&torn]).is_err());
}

#[test]
fn a_log_of_dirty_sectors_is_used_where_its_time_is_the_hives() {
    let old = accounts();
    let new = edited(&old, [("Software/Mail/1/@POP3 Port", Edit::Put(Raw::Int(995)))]);
    let dirty_hive = dirty(&old, 21, 20);
    let mut log = new[..512].to_vec();
    base::put(&mut log, base::KIND, 1);
    base::seal(&mut log, 21);
    log.extend(b"DIRT\xFF");
    log.resize(1024, 0);
    log.extend(&new[4096..8192]);
    assert_eq!(open(&replay(&dirty_hive, &[&log]).unwrap()).unwrap().entries(), open(&new).unwrap().entries());
    log[12] ^= 1;
    base::seal(&mut log, 21);
    assert!(replay(&dirty_hive, &[&log]).is_err());
    assert!(replay(&dirty_hive, &[&log[..1024]]).is_err());
}
