//! Lines as spans over bytes: LF, CR and CRLF, mixed as they come, and a last line that may lack its end.
//! Knows nothing of what the lines say.

use std::ops::Range;

/// A line without its end, and its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    /// What the line says.
    pub(crate) text: Range<usize>,
    /// Where the next line starts; equal to `text.end` where the last line has no end.
    pub(crate) next: usize,
}

/// The lines of the bytes; no line follows a final line end.
pub(crate) fn lines(bytes: &[u8]) -> impl Iterator<Item = Line> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at;
        let rest = bytes.get(at..).filter(|rest| !rest.is_empty())?;
        let end = rest.iter().position(|c| matches!(c, b'\n' | b'\r')).map_or(bytes.len(), |length| start + length);
        at = after_eol(bytes, end).unwrap_or(end);
        Some(Line { text: start..end, next: at })
    })
}

/// Where the line end at this place stops, if there is one.
pub(crate) fn after_eol(bytes: &[u8], at: usize) -> Option<usize> {
    match bytes.get(at..)? {
        [b'\r', b'\n', ..] => Some(at + 2),
        [b'\n' | b'\r', ..] => Some(at + 1),
        _ => None,
    }
}

/// Where the line that holds this place starts.
pub(crate) fn line_start(bytes: &[u8], at: usize) -> usize {
    let before = bytes.get(..at).unwrap_or(bytes);
    match before {
        // Nearly always it is asked of a line's first letter.
        [.., b'\n' | b'\r'] => before.len(),
        _ => memchr::memrchr2(b'\n', b'\r', before).map_or(0, |eol| eol + 1),
    }
}

/// The line end to write at this place: the nearest one before it, else the first after it, else LF.
pub(crate) fn eol_near(bytes: &[u8], at: usize) -> &'static [u8] {
    let is_eol = |c: &u8| matches!(c, b'\n' | b'\r');
    let before = bytes.get(..at).and_then(|before| before.iter().rposition(is_eol));
    let Some(found) = before.or_else(|| bytes.iter().position(is_eol)) else { return b"\n" };
    let previous = found.checked_sub(1).and_then(|at| bytes.get(at));
    match (previous, bytes.get(found), bytes.get(found + 1)) {
        (_, Some(b'\r'), Some(b'\n')) | (Some(b'\r'), Some(b'\n'), _) => b"\r\n",
        (_, Some(b'\r'), _) => b"\r",
        _ => b"\n",
    }
}

/// The line numbers, from 1, of ascending places.
pub(crate) fn numbers(bytes: &[u8], places: impl IntoIterator<Item = usize>) -> Vec<usize> {
    let (mut line, mut at) = (1, 0);
    let number = |place: usize| {
        while at < place && at < bytes.len() {
            match after_eol(bytes, at) {
                Some(next) if next > place => break,
                Some(next) => (line, at) = (line + 1, next),
                None => at += 1,
            }
        }
        line
    };
    places.into_iter().map(number).collect()
}

#[cfg(test)]
mod tests {
    use super::{Line, eol_near, line_start, lines, numbers};

    #[test]
    fn every_kind_of_line_end_is_one() {
        let found: Vec<Line> = lines(b"a\r\n\nb\rc").collect();
        let line = |start, end, next| Line { text: start..end, next };
        assert_eq!(found, [line(0, 1, 3), line(3, 3, 4), line(4, 5, 6), line(6, 7, 7)]);
        assert_eq!(lines(b"").count(), 0);
    }

    #[test]
    fn the_line_end_is_taken_from_the_neighbour() {
        assert_eq!(eol_near(b"a\r\nb\nc", 3), b"\r\n");
        assert_eq!(eol_near(b"a\r\nb\nc", 6), b"\n");
        assert_eq!(eol_near(b"a\rb", 3), b"\r");
        assert_eq!(eol_near(b"a\r\nb", 0), b"\r\n");
        assert_eq!(eol_near(b"a", 1), b"\n");
    }

    #[test]
    fn places_have_starts_and_numbers() {
        let text = b"a\r\nbb\rc\n";
        assert_eq!((line_start(text, 1), line_start(text, 4), line_start(text, 6)), (0, 3, 6));
        assert_eq!(numbers(text, [0, 1, 3, 6, 8]), [1, 1, 2, 3, 4]);
    }
}
