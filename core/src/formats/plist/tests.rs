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
