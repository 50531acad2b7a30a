//! What clients that keep their settings in the registry share: the files that it lies in, and a look at subkeys. A
//! profile is the folder with the user's hive; a folder of exports has registry texts instead.

use crate::client::StoreDef;
use crate::discover::Finder;
use crate::document::{Key, Raw};
use crate::formats::{hive, registry};
use crate::home::{Os, StorePath};
use crate::image::Image;
use crate::lens::{Cell, INT, NUMBER_SWITCH, Places, StoreId};
use crate::workspace::Workspace;

/// The user's part of the registry. Each file is a store of its own; a scope's hole `file` names it.
pub(crate) const REGISTRY: StoreDef =
    StoreDef { role: "registry", file: "{file}", open: registry::open, under: None, sides: Some(&hive::SIDES) };

/// The registry of the running Windows, which the system shows as a file of one's own home.
const LIVE: &str = "HKEY_CURRENT_USER";
/// The files that can be a user's hive, the one that counts first.
pub(crate) const HIVES: [&str; 3] = ["NTUSER.DAT", "NTUSER.MAN", "USER.DAT"];

/// A profile for a live home of Windows, for a home with a hive, and for a folder of registry texts with one of these keys in them.
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
        if is_whole(finder, &hive) {
            finder.profile(home, hive.parent());
        }
        return;
    }
    for text in finder.folders("*.reg") {
        let bytes = finder.read(&text).unwrap_or_default();
        let Ok(document) = registry::open(&bytes) else { continue };
        if roots.iter().any(|root| !document.keys(root).is_empty()) {
            finder.profile(home, text.parent());
            return;
        }
    }
}

/// Whether a hive has all its last changes. One that hasn't is no profile of any client, and told of once.
fn is_whole(finder: &mut Finder<'_>, hive: &StorePath) -> bool {
    match finder.read(hive) {
        Some(bytes) if hive::is_dirty(&bytes) => {
            let opened = Image::read(finder.system, hive, &REGISTRY).and_then(|image| image.open(finder.system, hive, &REGISTRY));
            opened.map_err(|problem| finder.problem(problem)).is_ok()
        }
        read => read.is_some(),
    }
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

/// A number, as a DWORD.
pub(super) const fn number(at: &'static str) -> Cell {
    Cell::new(at, &[&INT])
}

/// A switch, as a DWORD.
pub(super) const fn switch(at: &'static str) -> Cell {
    Cell::new(at, &[&NUMBER_SWITCH])
}
