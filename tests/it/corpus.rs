//! Laws over files that we did not write: opening and changing nothing changes no byte, every key can be written and
//! taken away alone, and the inverse of every edit restores the file. The files are named by `WAXSEAL_SAMPLES`.

use std::path::PathBuf;

use libtest_mimic::{Failed, Trial};
use waxseal::document::{Edit, Edits, Open, Raw, expected};
use waxseal::formats::{filters, plist, prefs, virtual_folders};

use crate::need::{Need, trial};

/// The folder of samples, a part of the file's name, the format.
const FILES: &[(&str, &str, Open)] = &[
    ("mozilla", "first-linux.js", prefs::open),
    ("mozilla", "second-linux.js", prefs::open),
    ("mozilla", "first-darwin.js", prefs::open),
    ("mozilla", "second-darwin.js", prefs::open),
    ("mozilla", "bug534822prefs.js", prefs::open),
    ("mozilla", "comm-central-msgFilterRules.dat", filters::open),
    ("mozilla", "expected-msgFilterRules.dat", filters::open),
    ("mozilla", "virtualFolders.dat", virtual_folders::open),
    ("plists", "/xml.plist", plist::open),
    ("plists", "xml-animals.plist", plist::open),
    ("plists", "book.plist", plist::open),
    ("plists", "/binary.plist", plist::open),
    ("plists", "binary_NSKeyedArchiver.plist", plist::open),
    ("plists", "binary_three_byte_integer_offset_table.plist", plist::open),
    ("plists", "utf16_bplist.plist", plist::open),
];

/// How many keys of one file are tried.
const MOST: usize = 300;

/// One trial a file.
pub(crate) fn trials() -> Vec<Trial> {
    FILES
        .iter()
        .map(|(folder, part, open)| trial(format!("law::corpus::{part}"), &[Need::Samples], move || file(folder, part, *open)))
        .collect()
}

fn file(folder: &str, part: &str, open: Open) -> Result<(), Failed> {
    let folder = PathBuf::from(std::env::var_os("WAXSEAL_SAMPLES").ok_or("WAXSEAL_SAMPLES is not set")?).join(folder);
    let mut found = 0;
    for entry in std::fs::read_dir(&folder)? {
        let path = entry?.path();
        if path.to_string_lossy().ends_with(part) {
            found += 1;
            laws(&std::fs::read(&path)?, open).map_err(|what| format!("{}: {what}", path.display()))?;
        }
    }
    if found == 1 { Ok(()) } else { Err(format!("{found} files of {} end with {part}", folder.display()).into()) }
}

fn laws(bytes: &[u8], open: Open) -> Result<(), String> {
    let doc = open(bytes).map_err(|refusal| refusal.to_string())?;
    let entries = doc.entries();
    if entries.is_empty() {
        return Err("no key was read".to_owned());
    }
    if !doc.render(&Edits::new()).map_err(|refusal| refusal.to_string())?.is_empty() {
        return Err("no edit changes bytes".to_owned());
    }
    let (mut rendered, mut tried) = (0, 0);
    // Of a file with very many keys some are tried, all over it.
    let step = entries.len() / MOST + 1;
    for (key, raw) in entries.iter().step_by(step) {
        tried += 1;
        let other = match raw {
            Raw::Text(text) => Raw::Text(format!("{text}x")),
            Raw::Int(n) => Raw::Int(n ^ 1),
            Raw::Bool(on) => Raw::Bool(!on),
            other => other.clone(),
        };
        for (edit, idle) in [(Edit::Put(raw.clone()), true), (Edit::Put(other), false), (Edit::Remove, false)] {
            let edits = Edits::from([(key.clone(), edit)]);
            let Ok(patch) = doc.render(&edits) else { continue };
            rendered += 1;
            if idle && !patch.is_empty() {
                return Err(format!("{key} written as it is changes bytes"));
            }
            let after = patch.apply(bytes);
            if patch.invert(bytes).apply(&after) != bytes {
                return Err(format!("the inverse of {edits:?} does not restore the file"));
            }
            let found = open(&after).map_err(|refusal| format!("{edits:?}: {refusal}"))?.entries();
            if found != expected(entries.clone(), &edits) {
                return Err(format!("{edits:?} reads back otherwise"));
            }
        }
    }
    if rendered < tried { Err(format!("only {rendered} edits of {tried} keys could be made")) } else { Ok(()) }
}
