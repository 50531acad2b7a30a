use std::collections::BTreeMap;

use super::{edited, edits, int, open, read, refused, text, unopened};
use crate::document::{Edit, Edits, Key, Raw};
use crate::formats::law::check_many;
use crate::formats::plist::{DATE, DICT, REAL, UID};

/// Objects with references of `ref_size` bytes as a file, the first on top.
fn file(objects: &[&[u8]], ref_size: u8, offset_size: u8) -> Vec<u8> {
    let mut bytes = b"bplist00".to_vec();
    let mut offsets = Vec::new();
    for object in objects {
        offsets.push(bytes.len());
        bytes.extend_from_slice(object);
    }
    let table = bytes.len();
    for offset in offsets {
        bytes.extend_from_slice(&offset.to_be_bytes()[8 - usize::from(offset_size)..]);
    }
    bytes.extend([0, 0, 0, 0, 0, 0, offset_size, ref_size]);
    bytes.extend([objects.len(), 0, table].iter().flat_map(|n| n.to_be_bytes()));
    bytes
}

/// Hosts in two dictionaries that share the value, the names, and a list.
fn shared() -> Vec<u8> {
    file(
        &[
            b"\xD2\x01\x02\x03\x04",
            b"\x51a",
            b"\x51b",
            b"\xD2\x05\x06\x07\x08",
            b"\xD2\x05\x06\x07\x08",
            b"\x51h",
            b"\x51l",
            b"\x53old",
            b"\xA1\x07",
        ],
        1,
        1,
    )
}

/// How many bytes at the start are the same.
fn kept(before: &[u8], after: &[u8]) -> usize {
    before.iter().zip(after).take_while(|(a, b)| a == b).count()
}

#[test]
fn objects_of_every_kind_are_read() {
    let bytes = file(
        &[
            b"\xDD\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0A\x0B\x0C\x0D\x0E\x0F\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1A",
            b"\x51a",
            b"\x51b",
            b"\x51c",
            b"\x51d",
            b"\x51e",
            b"\x51f",
            b"\x51g",
            b"\x51h",
            b"\x51i",
            b"\x51j",
            b"\x51k",
            b"\x51l",
            b"\x51m",
            b"\x08",
            b"\x09",
            b"\x10\xFF",
            b"\x13\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFE",
            b"\x22\x3F\x80\0\0",
            b"\x33\0\0\0\0\0\0\0\0",
            b"\x42\x01\x02",
            b"\x62\0\xF6\0x",
            b"\x80\x05",
            b"\xD0",
            b"\x14\0\0\0\0\0\0\0\0\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF",
            b"\x12\x80\0\0\0",
            b"\x00",
        ],
        1,
        2,
    );
    assert_eq!(
        read(&bytes),
        "a=false b=true c=255 d=-2 e=<4 bytes> f=<8 bytes> g=<2 bytes> h=\"\u{f6}x\" i=<1 bytes> j=<0 bytes> k=<16 bytes> l=2147483648 m=<0 bytes>"
    );
    let other = |tag, bytes: &[u8]| Edit::Put(Raw::Other { tag, bytes: bytes.to_vec() });
    let put = edits([
        ("a", other(REAL, &[0; 8])),
        ("b", other(DATE, &[1; 8])),
        ("c", other(UID, &[1, 2])),
        ("d", other(DICT, &[])),
        ("e", int(-1)),
    ]);
    edited(&bytes, put);
    assert!(refused(&bytes, edits([("a", other(REAL, &[0; 3]))])).contains("no object for"));
}

#[test]
fn an_object_that_others_refer_to_stays() {
    let before = shared();
    let after = edited(&before, edits([("a/h", text("new"))]));
    assert_eq!(read(&after), "a/h=\"new\" a/l/0=\"old\" b/h=\"old\" b/l/0=\"old\"");
    assert_eq!(kept(&before, &after), before.len() - 32 - 9, "all objects stay");
    let appended = &after[before.len() - 32 - 9..after.len() - 32 - 10];
    assert_eq!(
        appended, b"\x53new\xD2\x05\x06\x09\x08",
        "the string and the container that refers to it, which keeps its number"
    );
    let list = edited(&before, edits([("b/l/0", text("new"))]));
    assert_eq!(read(&list), "a/h=\"old\" a/l/0=\"old\" b/h=\"old\" b/l/0=\"new\"");
    let both = edited(&before, edits([("b/l/1", int(5)), ("a/l/0", text("new"))]));
    assert_eq!(read(&both), "a/h=\"old\" a/l/0=\"new\" b/h=\"old\" b/l/0=\"old\" b/l/1=5");
}

#[test]
fn an_object_of_its_own_keeps_its_number() {
    let before = file(&[b"\xD1\x01\x02", b"\x51a", b"\x10\x01"], 1, 1);
    let after = edited(&before, edits([("a", int(300))]));
    assert_eq!(after, [&before[..15], b"\x11\x01\x2C", b"\x08\x0B\x0F", &before[18..26], &before[26..49], &[18]].concat());
}

#[test]
fn members_come_and_go() {
    let before = shared();
    let after = edited(&before, edits([("a/n/deep", text("\u{f6}")), ("b/h", Edit::Remove), ("a/l", Edit::Remove)]));
    assert_eq!(read(&after), "a/h=\"old\" a/n/deep=\"\u{f6}\" b/l/0=\"old\"");
    let copied = edited(&before, edits([("c", Edit::CopyOf(Key::raw("a"))), ("c/h", text("new")), ("c/l/0", text("x"))]));
    assert_eq!(read(&copied), "a/h=\"old\" a/l/0=\"old\" b/h=\"old\" b/l/0=\"old\" c/h=\"new\" c/l/0=\"x\"");
    assert!(refused(&before, edits([("a/l/0", Edit::Remove)])).contains("something to stay"));
}

#[test]
fn references_grow_where_objects_become_too_many() {
    for count in [253_usize, 254, 255, 256] {
        // A list of `count` integers, and names for it and a twin of it: `count + 4` objects.
        let ints: Vec<Vec<u8>> =
            (0..count).map(|n| vec![0x11, 1 + u8::try_from(n / 256).unwrap(), u8::try_from(n % 256).unwrap()]).collect();
        let wide = count + 4 > 256;
        let refer =
            |n: usize| if wide { u16::try_from(n).unwrap().to_be_bytes().to_vec() } else { vec![u8::try_from(n).unwrap()] };
        let dict = [vec![0xD2], refer(1), refer(2), refer(3), refer(3)].concat();
        let list =
            [vec![0xAF, 0x11], u16::try_from(count).unwrap().to_be_bytes().to_vec(), (4..count + 4).flat_map(refer).collect()]
                .concat();
        let mut objects: Vec<&[u8]> = vec![&dict, b"\x51a", b"\x51b", &list];
        objects.extend(ints.iter().map(Vec::as_slice));
        let before = file(&objects, if wide { 2 } else { 1 }, 2);
        let mut wanted = open(&before).unwrap().entries();
        let after = edited(&before, edits([("c", int(1)), ("a/5", text("x"))]));
        wanted.insert(Key::raw("c"), Raw::Int(1));
        wanted.insert(Key::raw("a/5"), Raw::text("x"));
        assert_eq!(open(&after).unwrap().entries(), wanted);
        assert_eq!(after[after.len() - 25], 2, "references of two bytes");
        assert!(kept(&before, &after) >= before.len() - 32 - (count + 4) * 2);
    }
}

#[test]
fn offsets_grow_with_the_file() {
    let before = file(&[b"\xD1\x01\x02", b"\x51a", b"\x10\x01"], 1, 1);
    let after = edited(&before, edits([("a", text(&"x".repeat(300))), ("b", int(1))]));
    assert_eq!(after[after.len() - 26], 2);
    let three = file(&[b"\xD1\x01\x02", b"\x51a", b"\x10\x01"], 1, 3);
    let after = edited(&three, edits([("a", int(2))]));
    assert_eq!(after[after.len() - 26], 3, "three bytes stay three");
}

#[test]
fn hostile_files_are_bounded() {
    assert_eq!(unopened(b"bplist00"), "expected a binary property list with its trailer, found too few bytes");
    let cycle = file(&[b"\xA1\x01", b"\xA1\x00"], 1, 1);
    assert_eq!(unopened(cycle), "expected a tree of objects, found number 0 inside itself");
    let levels: Vec<Vec<u8>> = (1..60).map(|n| vec![0xA4, n, n, n, n]).collect();
    let mut objects: Vec<&[u8]> = levels.iter().map(Vec::as_slice).collect();
    objects.push(b"\x09");
    assert_eq!(unopened(file(&objects, 1, 2)), "expected at most 64 MiB of keys and values, found more");
    assert_eq!(unopened(file(&[b"\xA1\x07"], 1, 1)), "expected a reference to one of 1 objects, found one to number 7");
    assert_eq!(
        unopened(file(&[b"\xAF\x13\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"], 1, 1)),
        "expected object 0 to be whole and of a known kind, found other bytes"
    );
    let mut outside = file(&[b"\x09"], 1, 1);
    outside[9] = 200;
    assert_eq!(unopened(outside), "expected every object inside the file, found one outside");
    let twice = file(&[b"\xD2\x01\x01\x02\x03", b"\x51a", b"\x10\x01", b"\x10\x02"], 1, 1);
    assert_eq!(read(&twice), "a=2");
    assert_eq!(open(&twice).unwrap().odd().len(), 1);
}

#[test]
fn the_law_holds_for_thousands_of_edits() {
    let deep: Vec<Vec<u8>> = (1..100).map(|n| vec![0xA1, n]).collect();
    let mut objects: Vec<&[u8]> = deep.iter().map(Vec::as_slice).collect();
    objects.push(b"\xD0");
    let ids = file(
        &[
            b"\xD1\x01\x02",
            b"\x5CMailAccounts",
            b"\xA2\x03\x05",
            b"\xD2\x04\x06\x07\x08",
            b"\x58uniqueId",
            b"\xD2\x04\x06\x08\x08",
            b"\x51h",
            b"\x10\x07",
            b"\x51x",
        ],
        1,
        2,
    );
    let seeds: [&[u8]; 5] = [
        &shared(),
        &ids,
        &file(&objects, 1, 2),
        &file(&[b"\xD1\x01\x02", b"\x61\0\xF6", b"\x09"], 1, 1),
        &file(&[b"\xD1\0\x01\0\x02", b"\x51a", b"\xA0"], 2, 8),
    ];
    let pieces: [&[u8]; 9] = [b"", b"\x01", b"\x05", b"\x09", b"\xA1", b"\xD1", b"\x51a", b"\0", b"\xFF"];
    let keys = [
        "a",
        "b/n",
        "a/x",
        "MailAccounts/uniqueId=1",
        "MailAccounts/uniqueId=1/uniqueId",
        "a/l/1",
        "a/l/10",
        "x~1y",
        "b",
        "c/d/e",
    ];
    let raws = [
        Raw::Int(7),
        Raw::Int(-1),
        Raw::text("old"),
        Raw::text("\u{f6}"),
        Raw::Bool(false),
        Raw::Bytes(vec![1; 20]),
        Raw::Other { tag: DICT, bytes: vec![] },
    ];
    let rendered = check_many(open, &seeds, &pieces, &keys, &raws, 30_000);
    assert!(rendered > 4_000, "{rendered}");
}

#[test]
fn many_edits_in_a_row_stay_right() {
    let mut bytes = shared();
    let mut wanted: BTreeMap<Key, Raw> = open(&bytes).unwrap().entries();
    for n in 0..400_i64 {
        let key = Key::raw(format!("c/k{n}"));
        wanted.insert(key.clone(), Raw::Int(n * 1000));
        bytes = edited(&bytes, Edits::from([(key, int(n * 1000))]));
    }
    assert_eq!(open(&bytes).unwrap().entries(), wanted);
}
