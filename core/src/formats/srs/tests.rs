//! Settings made by the crate `cfb`, which wrote none of ours.

use std::io::{Cursor, Read, Write};

use super::{HEAD, STREAM, head, open};
use crate::document::{Edit, Key, Raw};

fn group(minutes: u8) -> Vec<u8> {
    [head(), vec![1, 0, 1, minutes, 0, 0, 0, 1, 0, 30, 0, 0, 0, 7, 0, 0, 0], vec![0; 60]].concat()
}

fn made(name: &str, content: &[u8]) -> Vec<u8> {
    let mut file = cfb::CompoundFile::create_with_version(cfb::Version::V3, Cursor::new(Vec::new())).unwrap();
    file.create_stream("__CollDataStm").unwrap().write_all(&[3; 200]).unwrap();
    file.create_stream(name).unwrap().write_all(content).unwrap();
    file.flush().unwrap();
    file.into_inner().into_inner()
}

#[test]
fn a_field_is_changed_where_it_stands() {
    let bytes = made(STREAM, &group(30));
    let document = open(&bytes).unwrap();
    let key = Key::raw("All Accounts/minutes");
    assert_eq!(document.get(&key), Some(Raw::Int(30)));
    assert_eq!(document.get(&Key::raw("All Accounts/scheduled")), Some(Raw::Int(1)));
    assert_eq!(document.entries().len(), 4);
    let patch = document.render(&[(key, Edit::Put(Raw::Int(1445)))].into()).unwrap();
    let new = patch.apply(&bytes);
    assert_eq!(bytes.iter().zip(&new).filter(|(old, new)| old != new).count(), 2);
    assert_eq!(patch.invert(&bytes).apply(&new), bytes);
    let mut read = Vec::new();
    cfb::CompoundFile::open(Cursor::new(new)).unwrap().open_stream(STREAM).unwrap().read_to_end(&mut read).unwrap();
    assert_eq!(read[HEAD + 3..HEAD + 7], [0xA5, 5, 0, 0]);
}

#[test]
fn a_large_group_is_found_through_the_large_sectors() {
    let bytes = made(STREAM, &[group(5), vec![9; 6000]].concat());
    assert_eq!(open(&bytes).unwrap().get(&Key::raw("All Accounts/minutes")), Some(Raw::Int(5)));
}

#[test]
fn what_is_not_known_is_refused() {
    let refused = |bytes: &[u8]| open(bytes).err().map(|refusal| refusal.message).unwrap_or_default();
    let mut other = group(30);
    other[4] = 0x2D;
    assert!(refused(&made(STREAM, &other)).contains("layout"));
    assert!(refused(&made("x", &group(30))).contains("no whole stream"));
    assert!(refused(&made(STREAM, &group(30)[..118])).contains("cut short"));
    assert!(refused(b"PK").contains("compound file"));
    let bytes = made(STREAM, &group(30));
    for at in 0..bytes.len() {
        let _ = open(&bytes[..at]);
    }
    let document = open(&bytes).unwrap();
    let edit = |raw| [(Key::raw("All Accounts/scheduled"), Edit::Put(raw))].into();
    assert!(document.render(&edit(Raw::Int(256))).is_err());
    assert!(document.render(&[(Key::raw("All Accounts/minutes"), Edit::Remove)].into()).is_err());
}
