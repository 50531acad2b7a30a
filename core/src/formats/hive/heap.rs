//! The cells of a hive under change: taking room, giving it back, writing within a cell. Room comes from free cells, the
//! smallest that fits, else from a new bin behind the last one. Knows nothing of what cells hold.

use std::collections::{BTreeMap, BTreeSet};

use super::base;
use super::cells::{BIN_HEADER, Bins, PAGE, Scan};
use crate::document::Refusal;

/// The most that bins may grow to, in bytes: what Windows can load.
const MOST: u32 = 0x7FFF_E000;

/// A hive's bytes, with their free cells.
pub(super) struct Heap {
    bytes: Vec<u8>,
    end: u32,
    free: BTreeMap<u32, u32>,
    sizes: BTreeSet<(u32, u32)>,
}

/// What an edit comes upon when a hive is not as it was when it was opened.
pub(super) fn broken(at: u32) -> Refusal {
    Refusal::new(format!("expected a whole record at offset {at}, found damage"))
}

impl Heap {
    pub(super) fn new(bytes: Vec<u8>, end: u32, scan: Scan) -> Heap {
        let sizes = scan.free.iter().map(|(at, size)| (*size, *at)).collect();
        Heap { bytes, end, free: scan.free.into_iter().collect(), sizes }
    }

    pub(super) fn bins(&self) -> Bins<'_> {
        Bins::new(self.bytes.get(base::SIZE..base::SIZE + self.end as usize).unwrap_or_default())
    }

    /// What a cell holds.
    pub(super) fn cell(&self, at: u32) -> Result<&[u8], Refusal> {
        self.bins().cell(at).ok_or_else(|| broken(at))
    }

    /// Writes into a cell.
    pub(super) fn write(&mut self, at: u32, offset: usize, bytes: &[u8]) -> Result<(), Refusal> {
        let room = self.cell(at)?.len();
        let start = base::SIZE + at as usize + 4 + offset;
        let fits = offset.checked_add(bytes.len()).is_some_and(|end| end <= room);
        let target = self.bytes.get_mut(start..start + bytes.len()).filter(|_| fits);
        target.ok_or_else(|| broken(at))?.copy_from_slice(bytes);
        Ok(())
    }

    /// Writes a number of four bytes into a cell.
    pub(super) fn put(&mut self, at: u32, offset: usize, number: u32) -> Result<(), Refusal> {
        self.write(at, offset, &number.to_le_bytes())
    }

    /// Takes a cell and fills it.
    pub(super) fn store(&mut self, bytes: &[u8]) -> Result<u32, Refusal> {
        let at = self.take(bytes.len())?;
        self.write(at, 0, bytes)?;
        Ok(at)
    }

    /// Fills a cell anew: in its place if it has the room, else in another one. Where it is then.
    pub(super) fn restore(&mut self, at: u32, bytes: &[u8]) -> Result<u32, Refusal> {
        if bytes.len() <= self.cell(at)?.len() {
            self.write(at, 0, bytes)?;
            return Ok(at);
        }
        let new = self.store(bytes)?;
        self.release(at)?;
        Ok(new)
    }

    /// Gives a cell back; free neighbours become one with it.
    pub(super) fn release(&mut self, at: u32) -> Result<(), Refusal> {
        let mut start = at;
        let mut size = u32::try_from(self.cell(at)?.len() + 4).map_err(|_| broken(at))?;
        if let Some(next) = self.free.get(&(at + size)).copied() {
            self.forget(at + size, next);
            size += next;
        }
        if let Some((before, length)) = self.free.range(..at).next_back().map(|(at, size)| (*at, *size))
            && before + length == at
        {
            self.forget(before, length);
            (start, size) = (before, size + length);
        }
        self.add_free(start, size);
        Ok(())
    }

    fn take(&mut self, length: usize) -> Result<u32, Refusal> {
        let size = u32::try_from(length).ok().and_then(|length| length.checked_add(4)?.checked_next_multiple_of(8));
        let size =
            size.filter(|size| *size < MOST).ok_or_else(|| Refusal::new("expected data that a hive has room for, found more"))?;
        let found = self.sizes.range((size, 0)..).next().copied();
        let (room, at) = match found {
            Some(found) => found,
            None => self.grow(size)?,
        };
        self.forget(at, room);
        if room > size {
            self.add_free(at + size, room - size);
        }
        self.header(at, size.cast_signed().wrapping_neg());
        Ok(at)
    }

    /// Adds a bin with room for a cell; the size and offset of its one free cell.
    fn grow(&mut self, size: u32) -> Result<(u32, u32), Refusal> {
        let (start, length) = (self.end, (size + BIN_HEADER).next_multiple_of(PAGE));
        let end = start.checked_add(length).filter(|end| *end <= MOST);
        self.end = end.ok_or_else(|| Refusal::new("expected room in the hive, found its largest size reached"))?;
        let (from, to) = (base::SIZE + start as usize, base::SIZE + self.end as usize);
        if self.bytes.len() < to {
            self.bytes.resize(to, 0);
        }
        if let Some(bin) = self.bytes.get_mut(from..to) {
            bin.fill(0);
            let header = [*b"hbin", start.to_le_bytes(), length.to_le_bytes()].concat();
            bin.iter_mut().zip(header).for_each(|(to, from)| *to = from);
        }
        self.add_free(start + BIN_HEADER, length - BIN_HEADER);
        Ok((length - BIN_HEADER, start + BIN_HEADER))
    }

    fn add_free(&mut self, at: u32, size: u32) {
        self.free.insert(at, size);
        self.sizes.insert((size, at));
        self.header(at, size.cast_signed());
    }

    fn forget(&mut self, at: u32, size: u32) {
        self.free.remove(&at);
        self.sizes.remove(&(size, at));
    }

    fn header(&mut self, at: u32, size: i32) {
        base::put(&mut self.bytes, base::SIZE + at as usize, size.cast_unsigned());
    }

    /// The hive's bytes, sealed by the next sequence number.
    pub(super) fn finish(mut self) -> Vec<u8> {
        base::put(&mut self.bytes, base::BINS, self.end);
        let (sequence, _) = base::sequences(&self.bytes).unwrap_or_default();
        base::seal(&mut self.bytes, sequence.wrapping_add(1));
        self.bytes
    }
}
