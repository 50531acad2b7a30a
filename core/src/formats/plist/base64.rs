//! Base64 as property lists have it: blanks anywhere, padded. Knows nothing of XML.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The bytes that a text spells; none where it spells no bytes.
pub(super) fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.iter().copied().filter(|c| !c.is_ascii_whitespace()).collect();
    let end = digits.iter().position(|c| *c == b'=').unwrap_or(digits.len());
    let (digits, padding) = digits.split_at_checked(end)?;
    let padded = digits.len() % 4 != 1 && (digits.len() + padding.len()) % 4 == 0 && padding.len() <= 2;
    if !padded || padding.iter().any(|c| *c != b'=') {
        return None;
    }
    let mut bytes = Vec::with_capacity(digits.len() * 3 / 4);
    for group in digits.chunks(4) {
        let mut bits = 0_u32;
        for at in 0..4 {
            let digit = group.get(at).map_or(Some(0), |c| ALPHABET.iter().position(|known| known == c))?;
            bits = bits << 6 | u32::try_from(digit).ok()?;
        }
        bytes.extend(bits.to_be_bytes().into_iter().skip(1).take(group.len() * 3 / 4));
    }
    Some(bytes)
}

/// The text that spells these bytes.
pub(super) fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let bits = group.iter().chain([&0, &0]).take(3).fold(0_usize, |bits, byte| bits << 8 | usize::from(*byte));
        for at in 0..4 {
            let digit = ALPHABET.get(bits >> (18 - 6 * at) & 63).copied().unwrap_or(b'A');
            text.push(if at <= group.len() { char::from(digit) } else { '=' });
        }
    }
    text
}
