//! The bytes of a hive behind its base block: bins, and the cells in them. Every access is checked against the bytes;
//! an offset is counted from the first bin. Knows nothing of what cells hold.

use std::ops::Range;

/// The offset that leads nowhere.
pub(super) const NONE: u32 = u32::MAX;
/// The size of a bin's own header, in bytes.
pub(super) const BIN_HEADER: u32 = 32;
/// What the size of a bin is a multiple of, in bytes.
pub(super) const PAGE: u32 = 4096;

/// The two bytes here, as a number.
pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|chunk| u16::from_le_bytes(*chunk))
}

/// The four bytes here, as a number.
pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|chunk| u32::from_le_bytes(*chunk))
}

/// The size of the cell here, header included, and whether it is in use; `None` if it can't be a cell.
fn cell_size(bytes: &[u8], at: u32) -> Option<(u32, bool)> {
    let size = u32_at(bytes, at as usize)?.cast_signed();
    let length = size.unsigned_abs();
    (length >= 8 && length.is_multiple_of(8)).then_some((length, size < 0))
}

/// The bins of a hive.
#[derive(Clone, Copy)]
pub(super) struct Bins<'a>(&'a [u8]);

impl<'a> Bins<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Bins<'a> {
        Bins(bytes)
    }

    /// All of them.
    pub(super) fn bytes(self) -> &'a [u8] {
        self.0
    }

    /// How many bytes there are.
    pub(super) fn len(self) -> usize {
        self.0.len()
    }

    /// What the cell in use at this offset holds, its slack included.
    pub(super) fn cell(self, at: u32) -> Option<&'a [u8]> {
        let (size, used) = cell_size(self.0, at)?;
        let start = at as usize;
        self.0.get(start + 4..start + size as usize).filter(|_| used)
    }
}

/// Where cells are.
pub(super) struct Scan {
    starts: Vec<u64>,
    /// The cells that are not in use: offset and size.
    pub(super) free: Vec<(u32, u32)>,
    /// Where bins start.
    pub(super) bins: Vec<u32>,
    /// The first offset at which no bin or cell was found where one should be.
    pub(super) broken: Option<u32>,
}

impl Scan {
    /// Whether a cell starts at this offset.
    pub(super) fn is_start(&self, at: u32) -> bool {
        at.is_multiple_of(8) && self.starts.get(at as usize / 512).is_some_and(|word| word & bit(at) != 0)
    }

    /// Takes a cell, which can be taken once.
    pub(super) fn claim(&mut self, at: u32) -> bool {
        let is_start = self.is_start(at);
        if let Some(word) = self.starts.get_mut(at as usize / 512).filter(|_| is_start) {
            *word &= !bit(at);
        }
        is_start
    }
}

fn bit(at: u32) -> u64 {
    1 << (at / 8 % 64)
}

/// Finds the cells.
pub(super) fn scan(bytes: &[u8]) -> Scan {
    let mut scan = Scan { starts: vec![0; bytes.len() / 512 + 1], free: Vec::new(), bins: Vec::new(), broken: None };
    let mut at = 0;
    while (at as usize) < bytes.len() {
        let Some(bin) = bin_at(bytes, at) else {
            scan.broken.get_or_insert(at);
            break;
        };
        scan.bins.push(at);
        at = bin.end;
        let mut cell = bin.start + BIN_HEADER;
        while cell < bin.end {
            let Some((size, used)) = cell_size(bytes, cell).filter(|(size, _)| *size <= bin.end - cell) else {
                scan.broken.get_or_insert(cell);
                break;
            };
            if let Some(word) = scan.starts.get_mut(cell as usize / 512) {
                *word |= bit(cell);
            }
            if !used {
                scan.free.push((cell, size));
            }
            cell += size;
        }
    }
    scan
}

fn bin_at(bytes: &[u8], at: u32) -> Option<Range<u32>> {
    let header = bytes.get(at as usize..)?;
    let size = u32_at(header, 8)?;
    let good = header.starts_with(b"hbin") && u32_at(header, 4)? == at && size >= PAGE && size.is_multiple_of(PAGE);
    (good && size as usize <= header.len()).then(|| at..at + size)
}
