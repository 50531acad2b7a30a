//! How a path stands in plans and in the journal: as text, else as the numbers that its name is made of, so that a home of any
//! name can be put back. For serde; a reader of JSON who needs text gets what can be shown of it from the views.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

#[derive(Deserialize)]
#[serde(untagged)]
enum Spelled {
    Text(PathBuf),
    Units(Vec<u16>),
}

impl From<Spelled> for PathBuf {
    fn from(spelled: Spelled) -> PathBuf {
        match spelled {
            Spelled::Text(path) => path,
            Spelled::Units(units) => named(&units).into(),
        }
    }
}

/// Writes a path.
pub(crate) fn serialize<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    match path.to_str() {
        Some(text) => serializer.serialize_str(text),
        None => units(path).serialize(serializer),
    }
}

/// Reads one.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PathBuf, D::Error> {
    Spelled::deserialize(deserializer).map(Into::into)
}

/// The same of a path that may not be there.
pub(crate) mod optional {
    use super::{Deserialize, Deserializer, PathBuf, Serializer, Spelled};

    #[expect(clippy::ref_option, reason = "serde hands fields over so")]
    pub(crate) fn serialize<S: Serializer>(path: &Option<PathBuf>, serializer: S) -> Result<S::Ok, S::Error> {
        match path {
            Some(path) => super::serialize(path, serializer),
            None => serializer.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<PathBuf>, D::Error> {
        Ok(Option::<Spelled>::deserialize(deserializer)?.map(Into::into))
    }
}

/// The same of a path that many share.
pub(crate) mod shared {
    use super::{Arc, Deserializer, Path, Serializer};

    pub(crate) fn serialize<S: Serializer>(path: &Arc<Path>, serializer: S) -> Result<S::Ok, S::Error> {
        super::serialize(path, serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<Path>, D::Error> {
        super::deserialize(deserializer).map(Into::into)
    }
}

#[cfg(unix)]
fn units(path: &Path) -> Vec<u16> {
    path.as_os_str().as_encoded_bytes().iter().copied().map(u16::from).collect()
}

#[cfg(unix)]
fn named(units: &[u16]) -> OsString {
    use std::os::unix::ffi::OsStringExt;
    OsString::from_vec(units.iter().map(|unit| unit.to_le_bytes()[0]).collect())
}

#[cfg(windows)]
fn units(path: &Path) -> Vec<u16> {
    use std::os::windows::ffi::OsStrExt;
    path.as_os_str().encode_wide().collect()
}

#[cfg(windows)]
fn named(units: &[u16]) -> OsString {
    use std::os::windows::ffi::OsStringExt;
    OsString::from_wide(units)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use crate::home::{Home, StorePath};

    fn comes_back(path: PathBuf) {
        let store = StorePath::root("/").join(path.strip_prefix("/").unwrap()).unwrap();
        let home = Home { path, os: None, live: false };
        let text = serde_json::to_string(&home).unwrap();
        assert_eq!(serde_json::from_str::<Home>(&text).unwrap(), home);
        let text = serde_json::to_string(&store).unwrap();
        assert_eq!(serde_json::from_str::<StorePath>(&text).unwrap(), store);
    }

    #[test]
    fn a_path_of_any_name_comes_back() {
        comes_back(PathBuf::from("/home/J\u{f6}rg"));
        #[cfg(unix)]
        comes_back(PathBuf::from(<std::ffi::OsString as std::os::unix::ffi::OsStringExt>::from_vec(b"/home/J\xF6rg".to_vec())));
    }
}
