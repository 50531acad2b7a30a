//! Property lists before judges: after every one of many random edits each reader finds exactly the intended tree, and
//! of a binary file no byte of an object has changed.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use libtest_mimic::{Failed, Trial};
use plist::Value;
use waxseal::document::{Edit, Edits, Key, Raw, expected};
use waxseal::formats::plist::{ARRAY, DATE, DICT, REAL, open};

use crate::need::{Need, root, trial};

/// Edits of one file for each reader.
const EDITS: u64 = 300;

/// The size, in bytes, from which a file is not edited further.
const LARGE: usize = 100_000;

/// A trial for each reader.
pub(crate) fn trials() -> Vec<Trial> {
    let judge =
        |name: &'static str, needs: &[Need]| trial(format!("judge::{name}::reads-what-was-meant"), needs, move || judged(name));
    vec![
        judge("plist-crate", &[Need::Judge("plistutil")]),
        judge("plistlib", &[Need::Judge("plistutil")]),
        judge("plistutil", &[Need::Judge("plistutil")]),
        judge("gnustep", &[Need::Judge("plistutil"), Need::Judge("gnustep")]),
    ]
}

struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 33) % bound.max(1) as u64).unwrap_or(0)
    }
}

fn judged(reader: &str) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let made = Command::new(root().join("tests/judges/plist/make.py")).arg(folder.path()).output()?;
    if !made.status.success() {
        return Err(String::from_utf8_lossy(&made.stderr).into_owned().into());
    }
    let mut files: Vec<_> = fs::read_dir(folder.path())?.flatten().map(|entry| entry.path()).collect();
    files.sort();
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let (mut rendered, mut at) = (0, 0);
    while rendered < EDITS {
        let path = &files[at % files.len()];
        at += 1;
        if at > 20_000 {
            return Err(format!("only {rendered} edits could be made").into());
        }
        let before = fs::read(path)?;
        let document = open(&before)?;
        let edits = edits(&mut dice, &document.keys(""));
        let Ok(patch) = document.render(&edits) else { continue };
        if patch.is_empty() {
            continue;
        }
        rendered += 1;
        let after = patch.apply(&before);
        let told = |what: String| Failed::from(format!("{}: {edits:?}: {what}", path.display()));
        if before.starts_with(b"bplist") {
            let table = usize::try_from(u64::from_be_bytes(before[before.len() - 8..].try_into()?))?;
            if after[..table] != before[..table] {
                return Err(told("an object has changed".to_owned()));
            }
        }
        let wanted = expected(document.entries(), &edits);
        let wanted = if reader == "gnustep" { printed(&wanted) } else { lines(&wanted) };
        let mut found = match reader {
            "plist-crate" => crate_lines(&after)?,
            reader => {
                read(reader, folder.path(), &after).map_err(|error| told(error.message().unwrap_or_default().to_owned()))?
            }
        };
        if reader == "gnustep" {
            unspelled(&mut found, &wanted);
        }
        if let Some(differs) = wanted.iter().zip(&found).find(|(wanted, found)| wanted != found) {
            return Err(told(format!("{differs:?}")));
        }
        if wanted.len() != found.len() {
            return Err(told(format!("{} values expected, {} found", wanted.len(), found.len())));
        }
        // Now and then the next edit goes on from here, unless copies of copies have made the file large.
        if dice.below(3) == 0 && after.len() < LARGE {
            fs::write(path, &after)?;
        }
    }
    Ok(())
}

fn edits(dice: &mut Dice, known: &[Key]) -> Edits {
    let new = ["new", "tail/c", "top/n", "MailAccounts/0/New", "nested/deep/er", "x~1new~0", "zz"];
    let raws = [
        Raw::Int(993),
        Raw::Int(-1),
        Raw::Int(70_000),
        Raw::Bool(true),
        Raw::text("mail.old.example"),
        Raw::text("\u{e9}\u{1f600} <&> \"'"),
        Raw::text(""),
        Raw::Bytes(vec![0xF6; 100]),
    ];
    let mut edits = Edits::new();
    for _ in 0..=dice.below(4) {
        let any = known.get(dice.below(known.len() * 5 / 4 + 1)).cloned();
        let key = any.unwrap_or_else(|| Key::raw(new[dice.below(new.len())]));
        let edit = match dice.below(8) {
            0 | 1 => Edit::Remove,
            2 => known.get(dice.below(known.len())).map_or(Edit::Remove, |from| Edit::CopyOf(from.clone())),
            _ => Edit::Put(raws[dice.below(raws.len())].clone()),
        };
        edits.insert(key, edit);
    }
    edits
}

/// A line for each value: its key, and its kind and value where every reader says them alike.
fn lines(entries: &BTreeMap<Key, Raw>) -> Vec<String> {
    let line = |(key, raw): (&Key, &Raw)| match raw {
        Raw::Bool(on) => format!("{key}\tbool\t{on}"),
        Raw::Int(n) => format!("{key}\tint\t{n}"),
        Raw::Text(text) => format!("{key}\tstr\t{text}"),
        Raw::Bytes(bytes) => format!("{key}\tbytes\t{}", hex(bytes)),
        Raw::Other { tag: REAL, .. } => format!("{key}\treal"),
        Raw::Other { tag: DATE, .. } => format!("{key}\tdate"),
        Raw::Other { tag: DICT, .. } => format!("{key}\tdict"),
        Raw::Other { tag: ARRAY, .. } => format!("{key}\tarray"),
        Raw::Other { tag, .. } => format!("{key}\ttag {tag}"),
    };
    let mut lines: Vec<String> = entries.iter().map(line).collect();
    lines.sort();
    lines
}

/// The same as GNUstep prints it: without kinds, switches as 1 and 0; of reals and dates the key alone.
fn printed(entries: &BTreeMap<Key, Raw>) -> Vec<String> {
    let line = |(key, raw): (&Key, &Raw)| match raw {
        Raw::Bool(on) => format!("{key}\t{}", i32::from(*on)),
        Raw::Int(n) => format!("{key}\t{n}"),
        Raw::Text(text) => format!("{key}\t{text}"),
        Raw::Bytes(bytes) => format!("{key}\t{}", hex(bytes)),
        Raw::Other { tag: DICT, .. } => format!("{key}\t{{}}"),
        Raw::Other { tag: ARRAY, .. } => format!("{key}\t()"),
        Raw::Other { .. } => format!("{key}\t"),
    };
    let mut lines: Vec<String> = entries.iter().map(line).collect();
    lines.sort();
    lines
}

/// Takes the text of values away whose spelling is not known: those that end in a tab on the other side.
fn unspelled(found: &mut [String], wanted: &[String]) {
    let bare: std::collections::BTreeSet<&str> = wanted.iter().filter_map(|line| line.strip_suffix('\t')).collect();
    for line in found.iter_mut() {
        if let Some((key, _)) = line.split_once('\t').filter(|(key, _)| bare.contains(key)) {
            *line = format!("{key}\t");
        }
    }
    found.sort();
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn crate_lines(bytes: &[u8]) -> Result<Vec<String>, Failed> {
    fn flat(key: &str, value: &Value, out: &mut Vec<String>) {
        let below = |segment: &str| if key.is_empty() { segment.to_owned() } else { format!("{key}/{segment}") };
        match value {
            Value::Dictionary(members) if !members.is_empty() => {
                members.iter().for_each(|(name, value)| flat(&below(&name.replace('~', "~0").replace('/', "~1")), value, out));
            }
            Value::Array(items) if !items.is_empty() => {
                items.iter().enumerate().for_each(|(at, value)| flat(&below(&at.to_string()), value, out));
            }
            Value::Dictionary(_) => out.push(format!("{key}\tdict")),
            Value::Array(_) => out.push(format!("{key}\tarray")),
            Value::Boolean(on) => out.push(format!("{key}\tbool\t{on}")),
            Value::Integer(n) => out.push(format!("{key}\tint\t{n}")),
            Value::String(text) => out.push(format!("{key}\tstr\t{text}")),
            Value::Data(bytes) => out.push(format!("{key}\tbytes\t{}", hex(bytes))),
            Value::Real(_) => out.push(format!("{key}\treal")),
            Value::Date(_) => out.push(format!("{key}\tdate")),
            other => out.push(format!("{key}\t{other:?}")),
        }
    }
    let mut out = Vec::new();
    flat("", &plist::from_bytes(bytes)?, &mut out);
    out.sort();
    Ok(out)
}

fn read(reader: &str, folder: &Path, bytes: &[u8]) -> Result<Vec<String>, Failed> {
    let path = folder.join("judged");
    fs::write(&path, bytes)?;
    let said = Command::new(root().join("tests/judges/plist/tree.py")).arg(reader).arg(&path).output()?;
    fs::remove_file(&path)?;
    if !said.status.success() {
        return Err(String::from_utf8_lossy(&said.stderr).into_owned().into());
    }
    let lines: Vec<String> = serde_json::from_slice(&said.stdout)?;
    Ok(lines)
}
