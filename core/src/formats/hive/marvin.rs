//! Marvin32, the keyed checksum over the entries of a log, with the key that logs use. Knows nothing of logs.

const KEY: [u32; 2] = [0x7A4E_55C5, 0x82EF_4D88];

/// The checksum of these bytes, in the byte order of a log.
pub(super) fn marvin(bytes: &[u8]) -> [u8; 8] {
    let (words, rest) = bytes.as_chunks::<4>();
    let mut last = [0; 4];
    for (to, from) in last.iter_mut().zip(rest.iter().chain([&0x80])) {
        *to = *from;
    }
    let words = words.iter().chain([&last, &[0; 4]]);
    let [low, high] = words.fold(KEY, |[low, high], word| mix([low.wrapping_add(u32::from_le_bytes(*word)), high]));
    (u64::from(high) << 32 | u64::from(low)).to_le_bytes()
}

fn mix([mut low, mut high]: [u32; 2]) -> [u32; 2] {
    high ^= low;
    low = low.rotate_left(20).wrapping_add(high);
    high = high.rotate_left(9) ^ low;
    low = low.rotate_left(27).wrapping_add(high);
    [low, high.rotate_left(19)]
}
