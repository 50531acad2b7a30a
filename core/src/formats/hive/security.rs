//! How many keys use a security descriptor. A new key shares its parent's; one that nobody uses any more leaves the ring
//! in which descriptors hang together. Knows nothing of what a descriptor grants.

use std::collections::BTreeMap;

use super::cells::u32_at;
use super::heap::{Heap, broken};
use crate::document::Refusal;

const NEXT: usize = 4;
const PREVIOUS: usize = 8;
const COUNT: usize = 12;

/// Writes down by how many keys each descriptor is used more or less. `left` counts who uses one in the end.
pub(super) fn settle(heap: &mut Heap, changes: &BTreeMap<u32, i64>, left: impl Fn(u32) -> u32) -> Result<(), Refusal> {
    for (at, change) in changes.iter().filter(|(_, change)| **change != 0) {
        let count = u32_at(heap.cell(*at)?, COUNT).ok_or_else(|| broken(*at))?;
        let left = left(*at);
        if left == 0 {
            unlink(heap, *at)?;
            heap.release(*at)?;
            continue;
        }
        let count = u32::try_from(i64::from(count) + change).ok().filter(|count| *count > 0);
        heap.put(*at, COUNT, count.unwrap_or(left))?;
    }
    Ok(())
}

fn unlink(heap: &mut Heap, at: u32) -> Result<(), Refusal> {
    let link = |heap: &Heap, of: u32, field| u32_at(heap.cell(of)?, field).ok_or_else(|| broken(of));
    let (next, previous) = (link(heap, at, NEXT)?, link(heap, at, PREVIOUS)?);
    for (neighbour, back) in [(next, PREVIOUS), (previous, NEXT)] {
        if !heap.cell(neighbour)?.starts_with(b"sk") || link(heap, neighbour, back)? != at {
            return Err(broken(neighbour));
        }
    }
    heap.put(previous, NEXT, next)?;
    heap.put(next, PREVIOUS, previous)
}
