//! Forms: the spellings that a key may have, from raw to primitive and back. A codec works on primitives, so that REG_SZ
//! against REG_BINARY, "YES" against `<true/>` and "25" against 25 are no concern of it.

use crate::document::Raw;

/// A spelling that a key may have: from raw to primitive and back.
#[derive(Debug)]
pub struct Form {
    /// What it is called in messages.
    pub name: &'static str,
    /// The primitive that a raw spells, if it is of this form.
    pub get: fn(&Raw) -> Option<Prim>,
    /// The raw that spells a primitive, if this form can.
    pub put: fn(&Prim) -> Option<Raw>,
}

/// What codecs work on: a raw without its spelling.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Prim {
    /// A switch.
    Bool(bool),
    /// A number.
    Int(i64),
    /// Text.
    Text(String),
}

/// `true`, `<true/>`.
pub const BOOL: Form = Form {
    name: "true or false",
    get: |raw| if let Raw::Bool(on) = raw { Some(Prim::Bool(*on)) } else { None },
    put: |prim| if let Prim::Bool(on) = prim { Some(Raw::Bool(*on)) } else { None },
};

/// A number that is stored as one.
pub const INT: Form = Form {
    name: "a number",
    get: |raw| if let Raw::Int(n) = raw { Some(Prim::Int(*n)) } else { None },
    put: |prim| if let Prim::Int(n) = prim { Some(Raw::Int(*n)) } else { None },
};

/// Text.
pub const TEXT: Form = Form {
    name: "text",
    get: |raw| raw.as_text().map(|text| Prim::Text(text.to_owned())),
    put: |prim| if let Prim::Text(text) = prim { Some(Raw::Text(text.clone())) } else { None },
};

/// Text that says something: an empty one is of another form, so that a lenient cell takes it for absent.
pub const FILLED: Form = Form {
    name: "text",
    get: |raw| raw.as_text().filter(|text| !text.is_empty()).map(|text| Prim::Text(text.to_owned())),
    put: |prim| if let Prim::Text(text) = prim { Some(Raw::Text(text.clone())) } else { None },
};

/// A number written as decimal text without sign or zeros before it.
pub const DECIMAL: Form = Form {
    name: "a decimal number",
    get: |raw| {
        let text = raw.as_text()?;
        let number: i64 = text.parse().ok()?;
        (number.to_string() == text).then_some(Prim::Int(number))
    },
    put: |prim| if let Prim::Int(n) = prim { Some(Raw::text(n.to_string())) } else { None },
};

/// A switch written as `1` or `0`.
pub const ONE_ZERO: Form = Form {
    name: "1 or 0",
    get: |raw| match raw.as_text()? {
        "1" => Some(Prim::Bool(true)),
        "0" => Some(Prim::Bool(false)),
        _ => None,
    },
    put: |prim| if let Prim::Bool(on) = prim { Some(Raw::text(if *on { "1" } else { "0" })) } else { None },
};

/// A switch written as `true` or `false`.
pub const TRUE_FALSE: Form = Form {
    name: "true or false",
    get: |raw| match raw.as_text()? {
        "true" => Some(Prim::Bool(true)),
        "false" => Some(Prim::Bool(false)),
        _ => None,
    },
    put: |prim| if let Prim::Bool(on) = prim { Some(Raw::text(if *on { "true" } else { "false" })) } else { None },
};

/// A switch written as `on` or `off`.
pub const ON_OFF: Form = Form {
    name: "on or off",
    get: |raw| match raw.as_text()? {
        "on" => Some(Prim::Bool(true)),
        "off" => Some(Prim::Bool(false)),
        _ => None,
    },
    put: |prim| if let Prim::Bool(on) = prim { Some(Raw::text(if *on { "on" } else { "off" })) } else { None },
};

/// A switch stored as the number 1 or 0.
pub const NUMBER_SWITCH: Form = Form {
    name: "the number 1 or 0",
    get: |raw| match raw {
        Raw::Int(1) => Some(Prim::Bool(true)),
        Raw::Int(0) => Some(Prim::Bool(false)),
        _ => None,
    },
    put: |prim| if let Prim::Bool(on) = prim { Some(Raw::Int(i64::from(*on))) } else { None },
};

/// Text as bytes: UTF-16, low byte first, with one NUL at its end.
pub const UTF16: Form = Form {
    name: "text in UTF-16",
    get: |raw| raw.as_wide().map(Prim::Text),
    put: |prim| match prim {
        Prim::Text(text) if !text.contains('\0') => {
            Some(Raw::Bytes(text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()))
        }
        _ => None,
    },
};

/// A number as four bytes, the low one first.
pub const LITTLE_ENDIAN: Form = Form {
    name: "a number of four bytes",
    get: |raw| match raw {
        Raw::Bytes(bytes) => <[u8; 4]>::try_from(bytes.as_slice()).ok().map(|bytes| Prim::Int(u32::from_le_bytes(bytes).into())),
        _ => None,
    },
    put: |prim| match prim {
        Prim::Int(n) => u32::try_from(*n).ok().map(|n| Raw::Bytes(n.to_le_bytes().to_vec())),
        _ => None,
    },
};
