//! The trailer and the offset table of a binary property list, and its objects by number. Knows nothing of trees.

use super::object::{self, Object};
use crate::document::Refusal;

/// How long the trailer is.
pub(super) const TRAILER: usize = 32;

/// Where the objects are.
pub(super) struct Table {
    /// The first bytes of the trailer, which are kept.
    pub(super) head: [u8; 6],
    /// How many bytes an offset takes.
    pub(super) offset_size: usize,
    /// How many bytes a reference takes.
    pub(super) ref_size: usize,
    /// Each object's place.
    pub(super) offsets: Vec<usize>,
    /// The number of the topmost object.
    pub(super) top: usize,
    /// Where objects can be appended: where the table starts, if nothing but the trailer is behind it.
    pub(super) end: usize,
}

impl Table {
    pub(super) fn of(bytes: &[u8]) -> Result<Table, Refusal> {
        let fault = |message: &str| Err(Refusal::new(message));
        let Some(trailer_at) = bytes.len().checked_sub(TRAILER).filter(|at| *at > 8) else {
            return fault("expected a binary property list with its trailer, found too few bytes");
        };
        if !bytes.starts_with(b"bplist0") {
            return fault("expected version 0 of the binary format, found another");
        }
        let trailer = bytes.get(trailer_at..).unwrap_or_default();
        let number = |at: usize| object::number(trailer.get(at..at + 8)?);
        let (Some(count), Some(top), Some(table_at)) = (number(8), number(16), number(24)) else {
            return fault("expected numbers of objects in the trailer, found larger ones");
        };
        let [head @ .., offset_size, ref_size] = trailer.first_chunk::<8>().copied().unwrap_or_default();
        let (offset_size, ref_size) = (usize::from(offset_size), usize::from(ref_size));
        if !(1..=8).contains(&offset_size) || !(1..=8).contains(&ref_size) {
            return fault("expected offsets and references of 1 to 8 bytes in the trailer, found others");
        }
        let table_end = count.checked_mul(offset_size).and_then(|length| length.checked_add(table_at));
        let Some(table_end) = table_end.filter(|end| *end <= trailer_at && table_at > 8 && count > 0) else {
            return fault("expected the table of offsets inside the file, found it outside");
        };
        let entries = bytes.get(table_at..table_end).unwrap_or_default().chunks(offset_size);
        let offsets: Option<Vec<usize>> = entries.map(object::number).collect();
        let Some(offsets) = offsets.filter(|offsets| offsets.iter().all(|at| (8..trailer_at).contains(at))) else {
            return fault("expected every object inside the file, found one outside");
        };
        let end = if table_end == trailer_at { table_at } else { trailer_at };
        Ok(Table { head, offset_size, ref_size, offsets, top, end })
    }

    /// The object of a number.
    pub(super) fn object(&self, bytes: &[u8], number: usize) -> Result<Object, Refusal> {
        let at = self.offsets.get(number).copied();
        let objects = bytes.get(..bytes.len().saturating_sub(TRAILER)).unwrap_or_default();
        at.and_then(|at| object::parse(objects.get(at..)?, self.ref_size))
            .ok_or_else(|| Refusal::new(format!("expected object {number} to be whole and of a known kind, found other bytes")))
    }
}
