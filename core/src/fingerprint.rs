//! What a store's bytes were, without the bytes: their number and hash.

use std::ffi::OsString;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};

use crate::home::StorePath;
use crate::system::{Reader, What};

/// The length and hash of a store's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Fingerprint {
    /// How many bytes.
    pub len: u64,
    /// Their SHA-256, written as 64 hexadecimal digits.
    #[serde(serialize_with = "write_hex", deserialize_with = "read_hex")]
    pub sha256: [u8; 32],
}

impl Fingerprint {
    /// The fingerprint of these bytes.
    pub fn of(bytes: &[u8]) -> Fingerprint {
        Fingerprint { len: bytes.len() as u64, sha256: Sha256::digest(bytes).into() }
    }

    /// The fingerprint of what is at a path: a file's bytes, or a folder's names; `None` if there is nothing to read.
    pub(crate) fn at(system: &dyn Reader, path: &StorePath) -> Option<Fingerprint> {
        match system.read(path) {
            Ok(Some(bytes)) => Some(Fingerprint::of(&bytes)),
            _ => system.list(path).ok().filter(|names| !names.is_empty()).map(|names| Fingerprint::of(&listing(&names))),
        }
    }
}

/// A folder's names as bytes, so that a change of them can be told.
pub(crate) fn listing(names: &[(OsString, What)]) -> Vec<u8> {
    names.iter().flat_map(|(name, _)| [name.as_encoded_bytes(), &[0]].concat()).collect()
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.sha256.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

fn write_hex<S: Serializer>(hash: &[u8; 32], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&Fingerprint { len: 0, sha256: *hash })
}

fn read_hex<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u8; 32], D::Error> {
    let text = String::deserialize(deserializer)?;
    let digit = |at: usize| text.as_bytes().get(at).and_then(|byte| char::from(*byte).to_digit(16));
    let mut hash = [0; 32];
    for (at, byte) in hash.iter_mut().enumerate() {
        let pair = digit(2 * at).zip(digit(2 * at + 1)).map(|(high, low)| (high << 4 | low) as u8);
        *byte = pair.filter(|_| text.len() == 64).ok_or_else(|| de::Error::custom("expected 64 hexadecimal digits"))?;
    }
    Ok(hash)
}

#[cfg(test)]
mod tests {
    use super::Fingerprint;

    #[test]
    fn a_fingerprint_is_length_and_sha256() {
        let abc = Fingerprint::of(b"abc");
        let json = r#"{"len":3,"sha256":"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"}"#;
        assert_eq!(serde_json::to_string(&abc).unwrap(), json);
        assert_eq!(serde_json::from_str::<Fingerprint>(json).unwrap(), abc);
        assert!(serde_json::from_str::<Fingerprint>(r#"{"len":3,"sha256":"ba78"}"#).is_err());
    }
}
