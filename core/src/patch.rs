//! The edit of a store: what changes in its original bytes, and how to take that back. Only a patch makes new bytes;
//! untouched bytes survive because nobody rewrites them. Knows no client and no path.

use std::ops::Range;

/// New bytes for a range of the original.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Splice {
    /// Which bytes of the original go. Empty: an insertion.
    pub range: Range<usize>,
    /// What stands there instead.
    pub bytes: Vec<u8>,
}

impl Splice {
    /// A splice of these bytes over this range.
    pub fn new(range: Range<usize>, bytes: impl Into<Vec<u8>>) -> Splice {
        Splice { range, bytes: bytes.into() }
    }
}

/// The edit of one store.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Patch {
    splices: Vec<Splice>,
}

impl Patch {
    /// Puts splices in order.
    ///
    /// # Errors
    /// Two splices that overlap: the later one, so that the caller can name it. Insertions at one point keep their order.
    pub fn new(mut splices: Vec<Splice>) -> Result<Patch, Splice> {
        splices.sort_by_key(|splice| (splice.range.start, splice.range.end));
        match splices.windows(2).find(|pair| pair[1].range.start < pair[0].range.end) {
            Some(pair) => Err(pair[1].clone()),
            None => Ok(Patch { splices }),
        }
    }

    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.splices.is_empty()
    }

    /// The splices, sorted and disjoint.
    pub fn splices(&self) -> &[Splice] {
        &self.splices
    }

    /// The new bytes. A range outside the original is cut to it.
    pub fn apply(&self, original: &[u8]) -> Vec<u8> {
        let grown: usize = self.splices.iter().map(|splice| splice.bytes.len()).sum();
        let mut out = Vec::with_capacity(original.len() + grown);
        let mut at = 0;
        for splice in &self.splices {
            let start = splice.range.start.clamp(at, original.len());
            out.extend_from_slice(&original[at..start]);
            out.extend_from_slice(&splice.bytes);
            at = splice.range.end.clamp(start, original.len());
        }
        out.extend_from_slice(&original[at..]);
        out
    }

    /// The patch that turns the new bytes into the original again.
    pub fn invert(&self, original: &[u8]) -> Patch {
        let (mut grown, mut shrunk) = (0, 0);
        let inverse = |splice: &Splice| {
            let start = splice.range.start + grown - shrunk;
            grown += splice.bytes.len();
            shrunk += splice.range.len();
            Splice::new(start..start + splice.bytes.len(), original.get(splice.range.clone()).unwrap_or_default())
        };
        Patch { splices: self.splices.iter().map(inverse).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::{Patch, Splice};

    #[test]
    fn what_is_inverted_is_the_original_again() {
        let original = b"one two three";
        let patch = Patch::new(vec![Splice::new(4..7, "2"), Splice::new(0..0, ">> "), Splice::new(13..13, " four")]).unwrap();
        let new = patch.apply(original);
        assert_eq!(new, b">> one 2 three four");
        assert_eq!(patch.invert(original).apply(&new), original);
    }

    #[test]
    fn overlapping_splices_are_refused() {
        let later = Splice::new(3..5, "b");
        assert_eq!(Patch::new(vec![Splice::new(0..4, "a"), later.clone()]), Err(later));
    }
}
