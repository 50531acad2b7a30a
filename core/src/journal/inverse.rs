//! What turns new bytes into the old ones: the spans that differ. A change in a large store is a few bytes at its start and a few
//! far behind.

use std::ops::Range;

/// Three numbers before the old bytes of a span: where it starts in the new bytes, how long it is there, and how long it was.
const HEAD: usize = 24;
/// How many bytes are compared at once.
const BLOCK: usize = 4096;

/// What makes the old bytes of the new ones.
pub(super) fn inverse(before: &[u8], after: &[u8]) -> Vec<u8> {
    let start = before.iter().zip(after).take_while(|(one, other)| one == other).count();
    let (old, new) = (before.get(start..).unwrap_or_default(), after.get(start..).unwrap_or_default());
    let end = old.iter().rev().zip(new.iter().rev()).take_while(|(one, other)| one == other).count();
    let (old, new) = (old.get(..old.len() - end).unwrap_or_default(), new.get(..new.len() - end).unwrap_or_default());
    let mut inverse = Vec::new();
    let mut span = |at: usize, len: usize, old: &[u8]| {
        for number in [start + at, len, old.len()] {
            inverse.extend_from_slice(&(number as u64).to_le_bytes());
        }
        inverse.extend_from_slice(old);
    };
    if old.len() == new.len() {
        differing(old, new).into_iter().for_each(|range| span(range.start, range.len(), old.get(range).unwrap_or_default()));
    } else {
        span(0, new.len(), old);
    }
    inverse
}

/// The spans in which two of one length differ; those that lie closer together than a head is long are one.
fn differing(old: &[u8], new: &[u8]) -> Vec<Range<usize>> {
    let mut spans: Vec<Range<usize>> = Vec::new();
    let blocks = old.chunks(BLOCK).zip(new.chunks(BLOCK)).enumerate().filter(|(_, (one, other))| one != other);
    for (block, (one, other)) in blocks {
        for at in one.iter().zip(other).enumerate().filter(|(_, (one, other))| one != other).map(|(at, _)| block * BLOCK + at) {
            match spans.last_mut() {
                Some(last) if at - last.end < HEAD => last.end = at + 1,
                _ => spans.push(at..at + 1),
            }
        }
    }
    spans
}

/// The old bytes; `None` if that can't be what makes them of these.
pub(super) fn revert(mut inverse: &[u8], after: &[u8]) -> Option<Vec<u8>> {
    let mut before = Vec::with_capacity(after.len());
    let mut at = 0;
    while !inverse.is_empty() {
        let (head, rest) = inverse.split_first_chunk::<HEAD>()?;
        let mut numbers = head.as_chunks::<8>().0.iter().map(|bytes| usize::try_from(u64::from_le_bytes(*bytes)).ok());
        let (start, len, old) = (numbers.next()??, numbers.next()??, numbers.next()??);
        before.extend_from_slice(after.get(at..start)?);
        before.extend_from_slice(rest.get(..old)?);
        (at, inverse) = (start.checked_add(len)?, rest.get(old..)?);
    }
    before.extend_from_slice(after.get(at..)?);
    Some(before)
}

#[cfg(test)]
mod tests {
    use super::{BLOCK, HEAD, inverse, revert};

    #[test]
    fn the_old_bytes_come_back_from_spans_that_are_no_longer_than_what_changed() {
        let old: Vec<u8> = (0..3 * BLOCK).map(|n| (n % 251) as u8).collect();
        let changed = |places: &[usize]| {
            let mut new = old.clone();
            places.iter().for_each(|at| new[*at] ^= 0xff);
            new
        };
        for (new, len) in [
            (old.clone(), 0),
            (changed(&[0]), HEAD + 1),
            (changed(&[4, 8, 2 * BLOCK + 7]), 2 * HEAD + 5 + 1),
            (changed(&[BLOCK - 1, BLOCK, 3 * BLOCK - 1]), 2 * HEAD + 2 + 1),
            ([&old[..10], b"something longer", &old[12..]].concat(), HEAD + 2),
            (old[..BLOCK].to_vec(), HEAD + 2 * BLOCK),
            (Vec::new(), HEAD + 3 * BLOCK),
            ([old.as_slice(), b"more"].concat(), HEAD),
        ] {
            let kept = inverse(&old, &new);
            assert_eq!((kept.len(), revert(&kept, &new)), (len, Some(old.clone())));
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let kept = inverse(b"old bytes", b"new");
        assert_eq!(revert(&kept[..kept.len() - 1], b"new"), None);
        assert_eq!(revert(&kept, b""), None);
        assert_eq!(revert(&[0xff; HEAD], b"new"), None);
    }
}
