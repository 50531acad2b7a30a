//! The data of values: where it stands, and what raw it is. REG_SZ is text if it is clean UTF-16 with one NUL at its end,
//! a DWORD of four bytes is a number, REG_BINARY is bytes; everything else keeps its type number and its bytes.

use super::cells::{Bins, u16_at, u32_at};
use super::records::{self, INLINE, SEGMENT, vk};
use super::{BINARY, DWORD, SZ};
use crate::document::{Raw, Refusal};

/// Where the data of a value stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// In the value's record.
    Record { size: usize },
    /// In a cell.
    Cell { at: u32, size: usize },
    /// In several cells, all but the last one full.
    Segments { record: u32, list: u32, segments: Vec<u32>, size: usize },
}

impl Place {
    /// Where a record says that its data is; `None` if it is not there.
    pub(super) fn of(bins: Bins<'_>, record: &[u8]) -> Option<Place> {
        let said = u32_at(record, vk::SIZE)?;
        let size = (said & !INLINE) as usize;
        let at = u32_at(record, vk::DATA)?;
        if said & INLINE != 0 || size == 0 {
            return (size <= 4).then_some(Place::Record { size });
        }
        let data = bins.cell(at)?;
        if size > SEGMENT && data.starts_with(b"db") && data.len() < size {
            let count = usize::from(u16_at(data, 2)?);
            let list = u32_at(data, 4)?;
            let segments = bins.cell(list)?.get(..count * 4)?;
            let segments: Vec<u32> = segments.chunks_exact(4).filter_map(|segment| u32_at(segment, 0)).collect();
            let place = Place::Segments { record: at, list, segments, size };
            return (count == size.div_ceil(SEGMENT) && place.pieces(bins).is_some()).then_some(place);
        }
        (size <= data.len()).then_some(Place::Cell { at, size })
    }

    /// The cells that it takes.
    pub(super) fn cells(&self) -> Vec<u32> {
        match self {
            Place::Record { .. } => Vec::new(),
            Place::Cell { at, .. } => vec![*at],
            Place::Segments { record, list, segments, .. } => {
                [*record, *list].into_iter().chain(segments.iter().copied()).collect()
            }
        }
    }

    fn pieces<'a>(&self, bins: Bins<'a>) -> Option<Vec<&'a [u8]>> {
        match self {
            Place::Record { .. } => Some(Vec::new()),
            Place::Cell { at, size } => Some(vec![bins.cell(*at)?.get(..*size)?]),
            Place::Segments { segments, size, .. } => {
                let sizes = (0..segments.len()).map(|number| SEGMENT.min(size.saturating_sub(number * SEGMENT)));
                segments.iter().zip(sizes).map(|(at, size)| bins.cell(*at)?.get(..size)).collect()
            }
        }
    }
}

/// The raw of the value in this cell.
pub(super) fn read(bins: Bins<'_>, at: u32) -> Option<Raw> {
    let record = records::record(bins, at, b"vk")?;
    let data = match Place::of(bins, record)? {
        Place::Record { size } => record.get(vk::DATA..vk::DATA + size)?.to_vec(),
        place => place.pieces(bins)?.concat(),
    };
    Some(raw(u32_at(record, vk::TYPE)?, data))
}

/// The raw of typed data.
pub(crate) fn raw(kind: u32, data: Vec<u8>) -> Raw {
    let number = <[u8; 4]>::try_from(data.as_slice()).ok().filter(|_| kind == DWORD);
    match (kind, number) {
        (_, Some(number)) => Raw::Int(u32::from_le_bytes(number).into()),
        (BINARY, _) => Raw::Bytes(data),
        (SZ, _) => text(&data).map_or(Raw::Other { tag: SZ, bytes: data }, Raw::Text),
        (tag, _) => Raw::Other { tag, bytes: data },
    }
}

fn text(data: &[u8]) -> Option<String> {
    let (units, []) = data.as_chunks::<2>() else { return None };
    let ([0, 0], units) = units.split_last()? else { return None };
    let text: String = char::decode_utf16(units.iter().map(|unit| u16::from_le_bytes(*unit))).collect::<Result<_, _>>().ok()?;
    (!text.contains('\0')).then_some(text)
}

/// The type and data that read as this raw.
pub(crate) fn typed(of: &Raw) -> Result<(u32, Vec<u8>), Refusal> {
    let refused = |found: &str| Refusal::new(format!("expected a value of the registry, found {found}"));
    let typed = match of {
        Raw::Bool(on) => return Err(refused(&format!("the word {on}, for which it has no type"))),
        Raw::Int(number) => {
            let number =
                u32::try_from(*number).map_err(|_| refused(&format!("{number}, which is no number from 0 to {}", u32::MAX)))?;
            (DWORD, number.to_le_bytes().to_vec())
        }
        Raw::Text(text) => (SZ, text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()),
        Raw::Bytes(bytes) => (BINARY, bytes.clone()),
        Raw::Other { tag, bytes } => (*tag, bytes.clone()),
    };
    match raw(typed.0, typed.1.clone()) == *of {
        true => Ok(typed),
        false => Err(refused("one that would read as another: a text with a NUL, or bytes under the type of something else")),
    }
}
