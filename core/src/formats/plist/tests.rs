//! What is read from property lists of every kind, and what an edit leaves alone.

mod binary;
mod openstep;
mod xml;

use super::{Ids, open_with};
use crate::document::{Document, Edit, Edits, Key, Raw, Refusal};
use crate::formats::law::check;

const IDS: Ids = &[("MailAccounts", &["uniqueId", "AccountPath"]), ("DeliveryAccounts", &["uniqueId"])];

fn open(bytes: &[u8]) -> Result<Box<dyn Document>, Refusal> {
    open_with(bytes, IDS)
}

fn edits<const N: usize>(pairs: [(&str, Edit); N]) -> Edits {
    pairs.into_iter().map(|(key, edit)| (Key::raw(key), edit)).collect()
}

fn text(text: &str) -> Edit {
    Edit::Put(Raw::text(text))
}

fn int(n: i64) -> Edit {
    Edit::Put(Raw::Int(n))
}

fn edited(bytes: impl AsRef<[u8]>, edits: Edits) -> Vec<u8> {
    check(open, bytes.as_ref(), &edits).expect("rendered")
}

fn refused(bytes: impl AsRef<[u8]>, edits: Edits) -> String {
    open(bytes.as_ref()).unwrap().render(&edits).expect_err("refused").to_string()
}

fn unopened(bytes: impl AsRef<[u8]>) -> String {
    open(bytes.as_ref()).err().expect("refused").to_string()
}

fn read(bytes: impl AsRef<[u8]>) -> String {
    let entries = open(bytes.as_ref()).unwrap().entries();
    entries.iter().map(|(key, raw)| format!("{key}={raw}")).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_real_that_is_whole_is_a_number() {
    let real = |bytes: &[u8]| super::whole(&Raw::Other { tag: super::REAL, bytes: bytes.to_vec() });
    for (bytes, number) in [
        (&b"143"[..], Some(143)),
        (b"143.0", Some(143)),
        (b"25.0", Some(25)),
        (b"-1", Some(-1)),
        (b"143.5", None),
        (b"nan", None),
        (b"", None),
        (&143_f32.to_be_bytes(), Some(143)),
        (&993_f64.to_be_bytes(), Some(993)),
        (&0.5_f64.to_be_bytes(), None),
        (&f64::NAN.to_be_bytes(), None),
        (&1e300_f64.to_be_bytes(), None),
    ] {
        assert_eq!(real(bytes), number, "{bytes:?}");
    }
    assert_eq!(super::whole(&Raw::Int(143)), None);
}
