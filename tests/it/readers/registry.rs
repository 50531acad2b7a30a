//! Reads the registry: hives by the crate `regf`, registry text by a few lines that share none with the library. A key is
//! `Path\To\Key:Value name`; bytes are `hex:` and digits, what is of another type `hex(TYPE):`.

use libtest_mimic::Failed;
use regf::RegistryHive;
use regf::hive::RegistryKey;
use toml::Value;

use super::Found;

/// A hive, without its log; whether it needs one is a key of its own.
pub(crate) fn hive(bytes: &[u8]) -> Result<Found, Failed> {
    let hive = RegistryHive::from_bytes(bytes.to_vec())?;
    let mut found = Found::new();
    if hive.is_dirty() {
        found.insert("needs its log".to_owned(), Value::Boolean(true));
    }
    below(&hive.root_key()?, "", &mut found)?;
    Ok(found)
}

fn below(key: &RegistryKey<'_>, path: &str, found: &mut Found) -> Result<(), Failed> {
    for value in key.values()? {
        found.insert(format!("{path}:{}", value.name()), shown(value.raw_data_type(), &value.raw_data()?));
    }
    for subkey in key.subkeys()? {
        let path = if path.is_empty() { subkey.name() } else { format!("{path}\\{}", subkey.name()) };
        below(&subkey, &path, found)?;
    }
    Ok(())
}

fn shown(kind: u32, data: &[u8]) -> Value {
    let digits = || data.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    match (kind, <[u8; 4]>::try_from(data)) {
        (1, _) if data.ends_with(&[0, 0]) && !wide(&data[..data.len() - 2]).contains(['\0', '\u{fffd}']) => {
            Value::String(wide(&data[..data.len() - 2]))
        }
        (4, Ok(number)) => Value::Integer(u32::from_le_bytes(number).into()),
        (3, _) => Value::String(format!("hex:{}", digits())),
        _ => Value::String(format!("hex({kind:x}):{}", digits())),
    }
}

fn wide(data: &[u8]) -> String {
    let units: Vec<u16> = data.chunks_exact(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]])).collect();
    String::from_utf16_lossy(&units)
}

/// Registry text of version 5 in UTF-16, or of version 4 in Latin-1. What an import would remove is `false`.
pub(crate) fn reg(bytes: &[u8]) -> Result<Found, Failed> {
    let text = match bytes {
        [0xFF, 0xFE, rest @ ..] => wide(rest),
        bytes => bytes.iter().map(|byte| char::from(*byte)).collect(),
    };
    let text = text.replace("\\\r\n  ", "").replace("\\\n  ", "");
    let (mut found, mut path) = (Found::new(), String::new());
    for line in text.lines().skip(1).filter(|line| !line.is_empty() && !line.starts_with(';')) {
        if let Some(key) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            path = of_user(key).ok_or_else(|| format!("another root: {line}"))?.to_owned();
            continue;
        }
        let (name, value) = match line.strip_prefix("@=") {
            Some(value) => (String::new(), value),
            None => line
                .strip_prefix('"')
                .and_then(|line| line.split_once("\"="))
                .map(|(name, value)| (plain(name), value))
                .ok_or(line)?,
        };
        found.insert(format!("{path}:{name}"), stated(value).ok_or_else(|| format!("not understood: {line}"))?);
    }
    Ok(found)
}

/// A path in a user's part of the registry: the current one's, or one of HKEY_USERS.
fn of_user(key: &str) -> Option<&str> {
    match key.strip_prefix("HKEY_USERS\\") {
        Some(rest) => rest.split_once('\\').map_or(Some(""), |(_, path)| Some(path)),
        None => key.strip_prefix("HKEY_CURRENT_USER\\"),
    }
}

fn plain(text: &str) -> String {
    text.replace("\\\\", "\0").replace("\\\"", "\"").replace('\0', "\\")
}

fn stated(value: &str) -> Option<Value> {
    if value == "-" {
        return Some(Value::Boolean(false));
    }
    if let Some(text) = value.strip_prefix('"') {
        return Some(Value::String(plain(text.strip_suffix('"')?)));
    }
    if let Some(number) = value.strip_prefix("dword:") {
        return Some(Value::Integer(i64::from_str_radix(number, 16).ok()?));
    }
    let (kind, digits) = value.split_once(':')?;
    Some(Value::String(format!("{kind}:{}", digits.replace(',', ""))))
}
