//! Where the bytes of a stream are in a compound file (MS-CFB, version 3 and 4): through the table of sectors, or for small
//! streams through that of mini sectors. Reads only; knows no stream.

use std::collections::BTreeSet;

use crate::document::Refusal;

const SIGNATURE: [u8; 8] = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
/// The largest number of a sector; what is above it means the end, or none.
const LAST: u32 = 0xFFFF_FFFA;
const ENTRY: usize = 128;
const MINI: usize = 64;

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

/// The place in the file of every byte of a stream of the root, by the stream's name.
pub(super) fn stream(bytes: &[u8], name: &str) -> Result<Vec<usize>, Refusal> {
    if !bytes.starts_with(&SIGNATURE) {
        return Err(Refusal::new("expected a compound file, found none"));
    }
    let file = File::open(bytes).ok_or_else(|| Refusal::new("the compound file's tables lead out of it, or in a circle"))?;
    file.stream(name).ok_or_else(|| Refusal::new(format!("the compound file has no whole stream {name}")))
}

struct File<'a> {
    bytes: &'a [u8],
    sector: usize,
    table: Vec<u32>,
    small: Vec<u32>,
    /// The places of the directory's bytes, and of those that mini sectors are in.
    directory: Vec<usize>,
    mini: Vec<usize>,
    cutoff: u32,
}

impl<'a> File<'a> {
    fn open(bytes: &'a [u8]) -> Option<File<'a>> {
        let sector = 1_usize << u16_at(bytes, 30).filter(|shift| matches!(shift, 9 | 12))?;
        let mut file =
            File { bytes, sector, table: Vec::new(), small: Vec::new(), directory: Vec::new(), mini: Vec::new(), cutoff: 0 };
        file.cutoff = u32_at(bytes, 56)?;
        let mut tables: Vec<u32> = (0..109).filter_map(|at| u32_at(bytes, 76 + 4 * at)).collect();
        let (mut more, mut seen) = (u32_at(bytes, 68)?, BTreeSet::new());
        while more <= LAST {
            let at = file.place(more).filter(|_| seen.insert(more))?;
            tables.extend((0..sector / 4 - 1).filter_map(|number| u32_at(bytes, at + 4 * number)));
            more = u32_at(bytes, at + sector - 4)?;
        }
        for number in tables.into_iter().filter(|number| *number <= LAST) {
            let at = file.place(number)?;
            file.table.extend((0..sector / 4).filter_map(|number| u32_at(bytes, at + 4 * number)));
        }
        file.directory = file.chain(u32_at(bytes, 48)?)?;
        let small = file.chain(u32_at(bytes, 60)?)?;
        file.small = small.chunks_exact(4).filter_map(|four| u32_at(bytes, *four.first()?)).collect();
        let root = file.entry(0)?;
        file.mini = file.chain(root.start)?;
        Some(file)
    }

    /// Where a sector starts, if all of it is there.
    fn place(&self, number: u32) -> Option<usize> {
        let at = (usize::try_from(number).ok()? + 1).checked_mul(self.sector)?;
        (at.checked_add(self.sector)? <= self.bytes.len()).then_some(at)
    }

    /// The places of the bytes of a chain of sectors.
    fn chain(&self, start: u32) -> Option<Vec<usize>> {
        let (mut places, mut seen, mut at) = (Vec::new(), BTreeSet::new(), start);
        while at <= LAST {
            let place = self.place(at).filter(|_| seen.insert(at))?;
            places.extend(place..place + self.sector);
            at = *self.table.get(usize::try_from(at).ok()?)?;
        }
        Some(places)
    }

    fn stream(&self, name: &str) -> Option<Vec<usize>> {
        let units: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let entries = (0..self.directory.len() / ENTRY).filter_map(|number| self.entry(number));
        let entry = entries.into_iter().find(|entry| entry.is_stream && entry.name == units)?;
        let size = usize::try_from(entry.size).ok()?;
        let mut places = if entry.size < self.cutoff {
            let (mut places, mut seen, mut at) = (Vec::new(), BTreeSet::new(), entry.start);
            while at <= LAST && seen.insert(at) {
                let number = usize::try_from(at).ok()?;
                places.extend(self.mini.get(number * MINI..(number + 1) * MINI)?);
                at = *self.small.get(number)?;
            }
            places
        } else {
            self.chain(entry.start)?
        };
        (places.len() >= size).then(|| places.truncate(size))?;
        Some(places)
    }

    fn entry(&self, number: usize) -> Option<Entry> {
        let places = self.directory.get(number * ENTRY..(number + 1) * ENTRY)?;
        let bytes: Vec<u8> = places.iter().filter_map(|at| self.bytes.get(*at)).copied().collect();
        let length = usize::from(u16_at(&bytes, 64)?).saturating_sub(2);
        Some(Entry {
            name: bytes.get(..length.min(62))?.to_vec(),
            is_stream: bytes.get(66) == Some(&2),
            start: u32_at(&bytes, 116)?,
            size: u32_at(&bytes, 120)?,
        })
    }
}

/// An entry of the directory.
struct Entry {
    name: Vec<u8>,
    is_stream: bool,
    start: u32,
    size: u32,
}
