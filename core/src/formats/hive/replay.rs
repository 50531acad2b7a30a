//! The logs beside a hive. A dirty hive is one whose last write was cut short, or has only reached a log yet: what the
//! logs hold belongs to it. Both formats: entries with checksums (Windows 8.1 and later), and one set of dirty sectors.

use super::base::{self, BINS, CLUSTER, FLAGS, KIND, SIZE, TIME};
use super::cells::{PAGE, u32_at};
use super::marvin::marvin;
use crate::document::Refusal;

/// The unit of dirty sectors and of a log's entries, in bytes.
const SECTOR: usize = 512;
/// The size of an entry's header, in bytes.
const HEADER: usize = 40;
/// The largest hive that a log may grow one to, in bytes.
const MOST: usize = 256 << 20;

/// Whether a hive needs its logs: its sequence numbers differ, or its checksum is wrong.
pub fn is_dirty(bytes: &[u8]) -> bool {
    let differ = base::sequences(bytes).is_some_and(|(first, second)| first != second);
    base::check_kind(bytes).is_ok() && (differ || !base::checksum_holds(bytes))
}

/// Whether these bytes start as a hive that can be opened and needs no log.
pub(crate) fn is_clean(bytes: &[u8]) -> bool {
    base::parse(bytes).is_ok()
}

/// The bytes of a hive with its logs in them, clean; a clean hive as it is.
///
/// # Errors
/// What is no hive; a dirty hive none of whose logs can be used.
pub fn replay(bytes: &[u8], logs: &[&[u8]]) -> Result<Vec<u8>, Refusal> {
    base::check_kind(bytes)?;
    if !is_dirty(bytes) {
        return Ok(bytes.to_vec());
    }
    let usable = logs.iter().copied().filter(|log| log.starts_with(b"regf") && base::checksum_holds(log));
    let usable = usable.filter(|log| base::sequences(log).is_some_and(|(first, second)| first == second));
    let (new, old): (Vec<&[u8]>, Vec<&[u8]>) = usable.partition(|log| u32_at(log, KIND) == Some(6));
    let replayed = entries(bytes, &new).or_else(|| old.iter().find_map(|log| sectors(bytes, log)));
    replayed.ok_or_else(|| {
        let said = match logs {
            [] => "found no log beside it",
            _ => "found no log that belongs to it",
        };
        Refusal::new(format!("expected the log with the last changes of a hive that was not written to the end, {said}"))
    })
}

/// An entry of a log of the newer format.
struct Entry<'a> {
    sequence: u32,
    flags: u32,
    bins: u32,
    /// Where each page goes, and its bytes.
    pages: Vec<(usize, &'a [u8])>,
}

fn entry(bytes: &[u8]) -> Option<(Entry<'_>, usize)> {
    let size = u32_at(bytes, 4)? as usize;
    let entry = bytes.get(..size).filter(|entry| entry.starts_with(b"HvLE") && size.is_multiple_of(SECTOR))?;
    let bins = u32_at(entry, 16)?;
    let whole = entry.get(24..32)? == marvin(entry.get(HEADER..)?) && entry.get(32..HEADER)? == marvin(entry.get(..32)?);
    if !whole || !bins.is_multiple_of(PAGE) || bins as usize > MOST {
        return None;
    }
    let count = u32_at(entry, 20)? as usize;
    let references = entry.get(HEADER..HEADER.checked_add(count.checked_mul(8)?)?)?;
    let mut data = entry.get(HEADER + references.len()..)?;
    let mut pages = Vec::new();
    for reference in references.chunks_exact(8) {
        let (at, length) = (u32_at(reference, 0)? as usize, u32_at(reference, 4)? as usize);
        let page;
        (page, data) = data.split_at_checked(length)?;
        pages.push((at, page));
        at.checked_add(length).filter(|end| *end <= bins as usize)?;
    }
    Some((Entry { sequence: u32_at(entry, 12)?, flags: u32_at(entry, 8)?, bins, pages }, size))
}

/// The entries of a log that follow each other, the first one being the log's own.
fn chain(log: &[u8]) -> Vec<Entry<'_>> {
    let mut chain: Vec<Entry<'_>> = Vec::new();
    let mut wanted = base::sequences(log).map(|(first, _)| first);
    let mut rest = log.get(SECTOR..).unwrap_or_default();
    while let Some((entry, size)) = entry(rest).filter(|(entry, _)| Some(entry.sequence) == wanted) {
        wanted = entry.sequence.checked_add(1);
        chain.push(entry);
        rest = rest.get(size..).unwrap_or_default();
    }
    chain
}

fn entries(bytes: &[u8], logs: &[&[u8]]) -> Option<Vec<u8>> {
    let mut chains: Vec<(Vec<Entry<'_>>, &[u8])> = logs.iter().map(|log| (chain(log), *log)).collect();
    chains.retain(|(chain, _)| !chain.is_empty());
    chains.sort_by_key(|(chain, _)| chain.first().map(|entry| entry.sequence));
    let mut new = bytes.to_vec();
    let (first, second) = base::sequences(bytes)?;
    let mut last = None;
    if !base::checksum_holds(bytes) {
        chains.drain(..chains.len().saturating_sub(1));
        recover_base(&mut new, chains.first()?.1);
    } else {
        chains.retain(|(chain, _)| chain.first().is_some_and(|entry| entry.sequence >= second));
        last = Some(first);
    }
    let mut applied = None;
    for entry in chains.iter().flat_map(|(chain, _)| chain) {
        if applied.is_some_and(|applied: u32| applied.checked_add(1) != Some(entry.sequence)) {
            break;
        }
        apply(&mut new, entry.bins, entry.pages.iter().copied());
        let flags = u32_at(&new, FLAGS)? & !1 | entry.flags & 1;
        base::put(&mut new, FLAGS, flags);
        applied = Some(entry.sequence);
    }
    base::seal(&mut new, applied?.max(last.unwrap_or_default()));
    Some(new)
}

/// A log of the older format: a map of dirty sectors, and the sectors.
fn sectors(bytes: &[u8], log: &[u8]) -> Option<Vec<u8>> {
    let time = if base::checksum_holds(bytes) { bytes.get(TIME..TIME + 8) } else { bytes.get(SIZE + 20..SIZE + 28) };
    if log.get(TIME..TIME + 8) != time {
        return None;
    }
    let mut new = bytes.to_vec();
    if !base::checksum_holds(bytes) {
        recover_base(&mut new, log);
    }
    let unit = (u32_at(log, CLUSTER)?.clamp(1, 8) as usize) * SECTOR;
    let bins = u32_at(log, BINS).filter(|bins| bins.is_multiple_of(PAGE) && *bins as usize <= MOST)?;
    let map = log.get(unit..)?.strip_prefix(b"DIRT")?.get(..(bins as usize / SECTOR).div_ceil(8))?;
    let mut data = log.get((unit + 4 + map.len()).next_multiple_of(unit)..)?.chunks_exact(SECTOR);
    let dirty = (0..bins as usize / SECTOR).filter(|bit| map.get(bit / 8).is_some_and(|byte| byte >> (bit % 8) & 1 == 1));
    let pages: Option<Vec<(usize, &[u8])>> = dirty.map(|bit| Some((bit * SECTOR, data.next()?))).collect();
    apply(&mut new, bins, pages?.into_iter());
    let (first, second) = base::sequences(&new)?;
    base::seal(&mut new, first.max(second));
    Some(new)
}

/// Takes the first sector of the base block from a log.
fn recover_base(new: &mut [u8], log: &[u8]) {
    if let (Some(to), Some(from)) = (new.get_mut(..SECTOR), log.get(..SECTOR)) {
        to.copy_from_slice(from);
    }
    base::put(new, KIND, 0);
}

fn apply<'a>(new: &mut Vec<u8>, bins: u32, pages: impl Iterator<Item = (usize, &'a [u8])>) {
    if new.len() < SIZE + bins as usize {
        new.resize(SIZE + bins as usize, 0);
    }
    base::put(new, BINS, bins);
    for (at, page) in pages {
        if let Some(to) = new.get_mut(SIZE + at..SIZE + at + page.len()) {
            to.copy_from_slice(page);
        }
    }
}
