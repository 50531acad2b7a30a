//! What clients that keep their settings in the registry share: the files that it lies in, and a look at subkeys. A
//! profile is the folder with the user's hive; a folder of exports has registry texts instead.

use crate::client::StoreDef;
use crate::discover::Finder;
use crate::document::{Key, Raw};
use crate::formats::{hive, registry};
use crate::home::{Os, StorePath};
use crate::image::Image;
use crate::lens::{Cell, Form, INT, NUMBER_SWITCH, Places, Prim, StoreId, TEXT, UTF16};
use crate::workspace::Workspace;

/// The user's part of the registry. Each file is a store of its own; a scope's hole `file` names it.
pub(crate) const REGISTRY: StoreDef =
    StoreDef { role: "registry", file: "{file}", open: registry::open, under: None, sides: Some(&hive::SIDES) };

/// The registry of the running Windows, which the system shows as a file of one's own home.
const LIVE: &str = "HKEY_CURRENT_USER";
/// The same of another user who is logged on: their hive can't be read meanwhile. On other systems a file of that name is none of ours.
const LOADED: Option<&str> = if cfg!(windows) { Some("HKEY_USERS") } else { None };
/// The files that can be a user's hive, the one that counts first.
pub(crate) const HIVES: [&str; 3] = ["NTUSER.DAT", "NTUSER.MAN", "USER.DAT"];

/// A profile for a live home of Windows, and for a home with a hive or a folder of registry texts that has one of these keys, in whose
/// paths `*` stands for every name. A hive is large: one without is not opened.
pub(super) fn find(finder: &mut Finder<'_>, roots: &[&str]) {
    if !finder.os(Os::Windows) {
        return;
    }
    let home = finder.home.user();
    if let Some(live) = StorePath::root(&finder.home.path).join(LIVE).filter(|_| finder.home.live)
        && finder.system.read(&live).is_ok_and(|text| text.is_some())
    {
        finder.profile(home, live.parent());
        return;
    }
    if let Some(hive) = HIVES.iter().find_map(|name| finder.folders(name).pop()) {
        if LOADED.is_some_and(|name| finder.holds(&hive.parent(), name)) || is_of_client(finder, &hive, roots) {
            finder.profile(home, hive.parent());
        }
        return;
    }
    for text in finder.folders("*.reg") {
        let bytes = finder.read(&text).unwrap_or_default();
        let Ok(document) = registry::open(&bytes) else { continue };
        let above = |root: &str| root.split("/*").next().unwrap_or_default().to_owned();
        if roots.iter().any(|root| !document.keys(&above(root)).is_empty()) {
            finder.profile(home, text.parent());
            return;
        }
    }
}

/// Whether a hive is one with all its last changes, and has one of these keys. One that isn't whole is no profile of any client, and
/// told of once.
fn is_of_client(finder: &mut Finder<'_>, hive: &StorePath, roots: &[&str]) -> bool {
    let Some(bytes) = finder.read(hive) else { return false };
    if hive::is_clean(&bytes) {
        return roots.iter().any(|root| hive::may_have(&bytes, root));
    }
    let opened = Image::read(finder.system, hive, &REGISTRY).and_then(|image| image.open(finder.system, hive, &REGISTRY));
    opened.map_err(|problem| finder.problem(problem)).is_ok()
}

/// Opens the live registry, the hive, or every registry text where there is none; each with its file's name.
pub(super) fn open(workspace: &mut Workspace<'_>) -> Vec<(String, StoreId)> {
    if let Some(live) = Some(LIVE).filter(|_| workspace.profile.home.live).and_then(|live| workspace.open_at(REGISTRY.role, live))
    {
        return vec![(LIVE.to_owned(), live)];
    }
    let names = workspace.names();
    let hive = HIVES.iter().find_map(|hive| names.iter().find(|name| name.eq_ignore_ascii_case(hive)));
    let is_text = |name: &&String| name.to_ascii_lowercase().ends_with(".reg");
    if let Some(name) = LOADED.filter(|_| hive.is_some()) {
        let told = workspace.problems.len();
        if let Some(loaded) = workspace.open_at(REGISTRY.role, name) {
            return vec![(name.to_owned(), loaded)];
        }
        if workspace.problems.len() > told {
            return Vec::new();
        }
    }
    let files: Vec<String> = match hive {
        Some(hive) => vec![hive.clone()],
        None => names.iter().filter(is_text).cloned().collect(),
    };
    files.into_iter().filter_map(|name| workspace.open_at(REGISTRY.role, &name).map(|id| (name, id))).collect()
}

/// The names of the subkeys of a key that have values in or below them, as they are spelled there.
pub(super) fn subkeys(workspace: &Workspace<'_>, store: StoreId, path: &str) -> Vec<String> {
    let depth = path.split('/').count();
    let below = workspace.keys(store, path);
    let mut names: Vec<String> =
        below.iter().filter_map(|key| key.segments().nth(depth)).filter(|name| !name.starts_with('@')).collect();
    names.dedup();
    names
}

/// A path one key further down.
pub(super) fn below(path: &str, name: &str) -> String {
    Key::raw(path).child(name).as_str().to_owned()
}

/// A value's raw.
pub(super) fn raw(workspace: &Workspace<'_>, store: StoreId, path: &str, value: &str) -> Option<Raw> {
    workspace.raw(&(store, Key::raw(path).child(&format!("@{value}"))))
}

/// The text of a value, string or bytes in UTF-16; an empty one says nothing.
pub(super) fn text(workspace: &Workspace<'_>, store: StoreId, path: &str, value: &str) -> Option<String> {
    let raw = raw(workspace, store, path, value)?;
    let prim = [&TEXT, &UNENDED, &UTF16, &UNENDED_UTF16].iter().find_map(|form| (form.get)(&raw));
    prim.and_then(|prim| if let Prim::Text(text) = prim { Some(text) } else { None }).filter(|text| !text.is_empty())
}

/// A string that lacks the NUL at its end, or has more behind it: every program stops reading at the first NUL or at the end.
pub(super) const UNENDED: Form = Form {
    name: "text",
    get: |raw| match raw {
        Raw::Other { tag: hive::SZ, bytes } => unended(bytes, true),
        _ => None,
    },
    put: TEXT.put,
};

/// The same as bytes.
pub(super) const UNENDED_UTF16: Form = Form {
    name: "text in UTF-16",
    get: |raw| match raw {
        Raw::Bytes(bytes) => unended(bytes, false),
        _ => None,
    },
    put: UTF16.put,
};

/// The text up to the first NUL; what follows are NULs, or in a string anything. Bytes of one byte a character would read as ideographs:
/// text starts with a plain letter, digit or sign.
fn unended(bytes: &[u8], is_string: bool) -> Option<Prim> {
    let (units, []) = bytes.as_chunks::<2>() else { return None };
    let units: Vec<u16> = units.iter().map(|unit| u16::from_le_bytes(*unit)).collect();
    let end = units.iter().position(|unit| *unit == 0).unwrap_or(units.len());
    let (text, rest) = units.split_at(end);
    let text = String::from_utf16(text).ok()?;
    let is_text = text.is_empty() || text.starts_with(|c: char| c.is_ascii());
    (is_text && (is_string || rest.iter().all(|unit| *unit == 0))).then_some(Prim::Text(text))
}

/// A string.
pub(super) const fn string(at: &'static str) -> Cell {
    Cell::new(at, &[&TEXT, &UNENDED])
}

/// A number, as a DWORD.
pub(super) const fn number(at: &'static str) -> Cell {
    Cell::new(at, &[&INT])
}

/// A switch, as a DWORD.
pub(super) const fn switch(at: &'static str) -> Cell {
    Cell::new(at, &[&NUMBER_SWITCH])
}

#[cfg(test)]
mod tests {
    use super::{UNENDED, UNENDED_UTF16, hive};
    use crate::document::Raw;
    use crate::lens::Prim;

    fn wide(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    #[test]
    fn text_ends_at_its_first_nul_or_at_the_end() {
        let string = |bytes: Vec<u8>| (UNENDED.get)(&Raw::Other { tag: hive::SZ, bytes });
        let bytes = |bytes: Vec<u8>| (UNENDED_UTF16.get)(&Raw::Bytes(bytes));
        for read in [string, bytes] {
            let text = |said: &str| read(wide(said));
            assert_eq!(text("mail.example"), Some(Prim::Text("mail.example".into())));
            assert_eq!(text("mail.example\0\0"), Some(Prim::Text("mail.example".into())));
            assert_eq!(text(""), Some(Prim::Text(String::new())));
            assert_eq!(read(b"mail.example".to_vec()), None);
            assert_eq!(read(b"ada\0".to_vec()), None);
            assert_eq!(read(b"mai".to_vec()), None);
        }
        assert_eq!(string(wide("a\0b")), Some(Prim::Text("a".into())));
        assert_eq!(bytes(wide("a\0b")), None);
    }

    #[test]
    fn what_is_written_ends_with_one_nul() {
        let text = Prim::Text("a".into());
        assert_eq!((UNENDED.put)(&text), Some(Raw::text("a")));
        assert_eq!((UNENDED_UTF16.put)(&text), Some(Raw::Bytes(wide("a\0"))));
    }
}
