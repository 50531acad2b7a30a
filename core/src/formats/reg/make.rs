//! Registry text made from nothing, of version 5, as the programs of Windows import it. Knows no places.

use std::collections::BTreeMap;

use super::write;
use crate::document::{Key, Raw, Refusal};
use crate::formats::hive::names::{Spot, spot};

const EOL: &str = "\r\n";

/// Text that sets these values, and removes those that are to be none: a section a key, as the keys come.
///
/// # Errors
/// A key that is no value's, or a name or value that text can't hold.
pub fn make<'a>(values: impl IntoIterator<Item = (&'a Key, Option<&'a Raw>)>) -> Result<String, Refusal> {
    let mut sections: BTreeMap<Vec<String>, String> = BTreeMap::new();
    for (key, raw) in values {
        let Some(Spot::Value(path, name)) = spot(key) else {
            return Err(Refusal::new(format!("expected a value's name, starting with @, found \"{key}\"")));
        };
        let name = write::name(&name)?;
        let value = match raw {
            Some(raw) => write::value(raw, name.chars().count(), None, EOL)?,
            None => "-".to_owned(),
        };
        sections.entry(path).or_default().push_str(&format!("{name}{value}{EOL}"));
    }
    let mut text = format!("Windows Registry Editor Version 5.00{EOL}");
    for (path, lines) in sections {
        text.push_str(&format!("{EOL}{}{EOL}{lines}", write::header(&path)?));
    }
    Ok(text)
}

/// The bytes of text as the programs of Windows write it: in UTF-16, with a mark.
pub fn bytes(text: &str) -> Vec<u8> {
    ['\u{feff}'].into_iter().chain(text.chars()).collect::<String>().encode_utf16().flat_map(u16::to_le_bytes).collect()
}

#[cfg(test)]
mod tests {
    use super::{bytes, make};
    use crate::document::{Key, Raw};
    use crate::formats::reg::open;

    #[test]
    fn what_is_made_reads_back() {
        let values = [
            ("Software/Mail/1/@Port", Some(Raw::Int(993))),
            ("Software/Mail/1/@Größe \"a\\b\"", Some(Raw::text("C:\\Mail \"ü\""))),
            ("Software/Mail/1/@two", Some(Raw::text("one\ntwo"))),
            ("Software/Mail/@", Some(Raw::Bytes(vec![7; 60]))),
            ("Software/Mail~1New/@gone", None),
            ("\\HKEY_USERS/S-1-5-21-1/Software/@x", Some(Raw::Other { tag: 2, bytes: vec![37, 0, 0, 0] })),
        ];
        let keys: Vec<(Key, Option<Raw>)> = values.into_iter().map(|(key, raw)| (Key::raw(key), raw)).collect();
        let text = make(keys.iter().map(|(key, raw)| (key, raw.as_ref()))).unwrap();
        assert!(text.contains("\r\n[HKEY_CURRENT_USER\\Software\\Mail/New]\r\n\"gone\"=-\r\n"), "{text}");
        assert!(text.contains("\"two\"=hex(1):6f,00"), "{text}");
        let document = open(&bytes(&text)).unwrap();
        assert!(document.odd().is_empty());
        let wanted = keys.iter().filter_map(|(key, raw)| Some((key.clone(), raw.clone()?))).collect();
        assert_eq!(document.entries(), wanted);
    }

    #[test]
    fn what_text_cannot_hold_is_refused() {
        let one = |key: &str| make([(&Key::raw(key), Some(&Raw::Int(1)))]).is_err();
        assert!(one("Software/Mail") && one("a\\b/@x") && one("a/@x\ny") && !one("a/@x"));
        assert!(make([(&Key::raw("a/@x"), Some(&Raw::Bool(true)))]).is_err());
    }
}
