//! The base block, the first 4096 bytes of a hive: versions, sequence numbers, where the root key is, how long the bins
//! are. Knows nothing of bins.

use super::cells::{PAGE, u32_at};
use crate::document::Refusal;

/// The size of the base block, in bytes.
pub(super) const SIZE: usize = 4096;
/// Where the time of the last write is: eight bytes.
pub(super) const TIME: usize = 12;
/// Where the kind of file is: 0 for a hive, else a log.
pub(super) const KIND: usize = 28;
/// Where the size of the bins is.
pub(super) const BINS: usize = 40;
/// Where the sector size is, in units of 512 bytes.
pub(super) const CLUSTER: usize = 44;
/// Where the flags are that a log's entry can set.
pub(super) const FLAGS: usize = 144;
const FIRST_SEQUENCE: usize = 4;
const SECOND_SEQUENCE: usize = 8;
const CHECKSUM: usize = 508;

/// What a base block says.
pub(super) struct Base {
    pub(super) minor: u32,
    pub(super) root: u32,
    /// The size of the bins, in bytes.
    pub(super) bins: u32,
}

/// Reads the base block of a clean hive.
pub(super) fn parse(bytes: &[u8]) -> Result<Base, Refusal> {
    check_kind(bytes)?;
    if !checksum_holds(bytes) {
        return Err(Refusal::new("expected a base block with its checksum, found another: the hive needs its logs"));
    }
    let (first, second) = sequences(bytes).unwrap_or_default();
    if first != second {
        let found = format!("found {first} and {second}: its last changes are still in its logs");
        return Err(Refusal::new(format!("expected equal sequence numbers, {found}")));
    }
    let field = |at| u32_at(bytes, at).unwrap_or_default();
    let base = Base { minor: field(24), root: field(36), bins: field(BINS) };
    if field(20) != 1 || !(3..=6).contains(&base.minor) {
        return Err(Refusal::new(format!("expected a hive of version 1.3 to 1.6, found {}.{}", field(20), base.minor)));
    }
    let most = bytes.len().saturating_sub(SIZE);
    if base.bins < PAGE || !base.bins.is_multiple_of(PAGE) || base.bins as usize > most {
        return Err(Refusal::new(format!("expected bins in whole pages within {most} bytes, found {} bytes", base.bins)));
    }
    Ok(base)
}

/// Whether these are the bytes of a hive at all.
pub(super) fn check_kind(bytes: &[u8]) -> Result<(), Refusal> {
    if bytes.len() < SIZE || !bytes.starts_with(b"regf") {
        return Err(Refusal::new("expected a registry hive, which starts with \"regf\", found something else"));
    }
    match (u32_at(bytes, KIND), u32_at(bytes, 32)) {
        (Some(0), Some(1)) => Ok(()),
        (kind, _) => Err(Refusal::new(format!("expected a hive's own file, of kind 0, found kind {}", kind.unwrap_or_default()))),
    }
}

/// The bins' bytes.
pub(super) fn bins<'a>(bytes: &'a [u8], base: &Base) -> &'a [u8] {
    bytes.get(SIZE..SIZE + base.bins as usize).unwrap_or_default()
}

/// The sequence numbers: unequal while a write is under way.
pub(super) fn sequences(bytes: &[u8]) -> Option<(u32, u32)> {
    Some((u32_at(bytes, FIRST_SEQUENCE)?, u32_at(bytes, SECOND_SEQUENCE)?))
}

/// Whether the checksum is right.
pub(super) fn checksum_holds(bytes: &[u8]) -> bool {
    bytes.get(..CHECKSUM).is_some_and(|first| u32_at(bytes, CHECKSUM) == Some(checksum(first)))
}

fn checksum(first: &[u8]) -> u32 {
    let words = first.chunks_exact(4).filter_map(|word| u32_at(word, 0));
    match words.fold(0, |sum, word| sum ^ word) {
        0 => 1,
        u32::MAX => u32::MAX - 1,
        sum => sum,
    }
}

/// Marks a write as done: both sequence numbers, and the checksum.
pub(super) fn seal(bytes: &mut [u8], sequence: u32) {
    put(bytes, FIRST_SEQUENCE, sequence);
    put(bytes, SECOND_SEQUENCE, sequence);
    if let Some(sum) = bytes.get(..CHECKSUM).map(checksum) {
        put(bytes, CHECKSUM, sum);
    }
}

/// Writes a field.
pub(super) fn put(bytes: &mut [u8], at: usize, value: u32) {
    if let Some(field) = bytes.get_mut(at..at + 4) {
        field.copy_from_slice(&value.to_le_bytes());
    }
}
