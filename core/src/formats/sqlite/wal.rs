//! The write-ahead log: what has been committed and is not in the database's own file yet. Folding makes the image that
//! a connection would see, without touching either file (SQLite's file format, sections 4.1 and 4.2).

use crate::document::Refusal;

/// What the names of the files beside a database end in, as [`fold`] takes them.
pub const SIDES: &[&str] = &["-wal", "-shm", "-journal"];

const LOG_HEADER: usize = 32;
const FRAME_HEADER: usize = 24;
/// What a rollback journal begins with that would have to be played back.
pub(super) const HOT: &[u8] = &[0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];

/// The database with its log folded in. The index of the log (`-shm`) says nothing of its own.
///
/// # Errors
/// A write that was never finished; a log of another database.
pub fn fold(main: &[u8], sides: &[Option<&[u8]>]) -> Result<Vec<u8>, Refusal> {
    let side = |name: &str| SIDES.iter().zip(sides).find(|(known, _)| **known == name).and_then(|(_, bytes)| *bytes);
    if side("-journal").is_some_and(|journal| journal.starts_with(HOT)) {
        return Err(Refusal::new("expected a finished database, found a write that was interrupted (its -journal is there)"));
    }
    let Some(log) = side("-wal").and_then(Log::of) else { return Ok(main.to_vec()) };
    let own = main.get(16..18).and_then(|size| size.try_into().ok()).map(u16::from_be_bytes);
    let own = own.map(|size| if size == 1 { 65_536 } else { usize::from(size) });
    if own.is_some_and(|own| own != log.page_size) {
        return Err(Refusal::new(format!(
            "expected a log with pages of {} bytes, found one of {} bytes: it is of another database",
            own.unwrap_or_default(),
            log.page_size
        )));
    }
    log.over(main)
}

/// A log's frames, as far as they hold.
struct Log<'a> {
    page_size: usize,
    big_endian: bool,
    salt: [u8; 8],
    sum: (u32, u32),
    frames: &'a [u8],
}

impl<'a> Log<'a> {
    /// The log; `None` of one that holds nothing: an empty one, or one whose header was never written whole.
    fn of(bytes: &'a [u8]) -> Option<Log<'a>> {
        let (header, frames) = bytes.split_at_checked(LOG_HEADER)?;
        let word = |at: usize| Some(u32::from_be_bytes(header.get(at..at + 4)?.try_into().ok()?));
        let big_endian = match word(0)? {
            0x377f_0682 => false,
            0x377f_0683 => true,
            _ => return None,
        };
        let page_size = usize::try_from(word(8)?).ok().filter(|size| size.is_power_of_two() && (512..=65_536).contains(size))?;
        let salt = header.get(16..24)?.try_into().ok()?;
        let sum = summed((0, 0), header.get(..24)?, big_endian);
        ((word(24)?, word(28)?) == sum && word(4)? == 3_007_000).then_some(Log { page_size, big_endian, salt, sum, frames })
    }

    /// The image with every committed page in its place.
    fn over(&self, main: &[u8]) -> Result<Vec<u8>, Refusal> {
        let mut image = main.to_vec();
        let mut sum = self.sum;
        let mut pending: Vec<(usize, &[u8])> = Vec::new();
        for frame in self.frames.chunks_exact(FRAME_HEADER + self.page_size) {
            let (header, page) = frame.split_at(FRAME_HEADER);
            let word = |at: usize| header.get(at..at + 4).and_then(|word| word.try_into().ok()).map_or(0, u32::from_be_bytes);
            sum = summed(summed(sum, header.get(..8).unwrap_or_default(), self.big_endian), page, self.big_endian);
            if header.get(8..16) != Some(&self.salt) || (word(16), word(20)) != sum || word(0) == 0 {
                break;
            }
            pending.push((word(0) as usize - 1, page));
            let pages = word(4) as usize;
            if pages > 0 {
                self.commit(&mut image, &mut pending, pages)?;
            }
        }
        Ok(image)
    }

    fn commit(&self, image: &mut Vec<u8>, pending: &mut Vec<(usize, &[u8])>, pages: usize) -> Result<(), Refusal> {
        let most = image.len() / self.page_size + self.frames.len() / self.page_size + 1;
        if pages > most {
            return Err(Refusal::new(format!("expected a log of a database of at most {most} pages, found one of {pages}")));
        }
        image.resize(pages * self.page_size, 0);
        for (number, page) in pending.drain(..) {
            let at = number.saturating_mul(self.page_size);
            if let Some(place) = image.get_mut(at..at.saturating_add(self.page_size)) {
                place.copy_from_slice(page);
            }
        }
        Ok(())
    }
}

/// The log's running checksum over 8 bytes at a time.
fn summed((mut a, mut b): (u32, u32), bytes: &[u8], big_endian: bool) -> (u32, u32) {
    for pair in bytes.chunks_exact(8) {
        let word = |at: usize| {
            let word: [u8; 4] = pair.get(at..at + 4).and_then(|word| word.try_into().ok()).unwrap_or_default();
            if big_endian { u32::from_be_bytes(word) } else { u32::from_le_bytes(word) }
        };
        a = a.wrapping_add(word(0)).wrapping_add(b);
        b = b.wrapping_add(word(4)).wrapping_add(a);
    }
    (a, b)
}
