//! Programs that read registry hives as judges: after each of many edits in sequence they must see exactly what was
//! meant, and nothing else may differ. The hives are made from nothing, or are those of `WAXSEAL_SAMPLES`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use libtest_mimic::{Failed, Trial};
use serde_json::{Value, json};
use tempfile::TempDir;
use waxseal::document::{Document, Edit, Edits, Key, Raw};
use waxseal::formats::hive;

use crate::expect::{Expect, load};
use crate::need::{self, Need, root};
use crate::world::World;

const READERS: [&str; 5] = ["hivex", "regipy", "reglookup", "reged", "regtree"];
/// Clean hives among the samples, packed or not.
const SAMPLES: [&str; 8] = [
    "hivex-minimal",
    "hivex-special",
    "notatin-NTUSER.DAT",
    "notatin-win7_ntuser.dat",
    "plaso-NTUSER-WIN7.DAT",
    "plaso-regf-100_sub_keys.hiv",
    "plaso-regf-NTUSER.DAT",
    "regipy-NTUSER.DAT",
];

/// How many edits follow one another.
const MANY: usize = 200;

/// Below which size a reader goes through that many hives in seconds.
fn quick(reader: &str) -> usize {
    if reader == "regipy" { 100_000 } else { 1_000_000 }
}

/// One trial a reader and hive, one for the cells of each hive, and the replay of logs.
pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for reader in READERS {
        for minor in ["3", "5"] {
            // reged ends in an abort on names beyond Latin-1, before any edit.
            if reader != "reged" {
                let name = format!("judge::{reader}::made-1.{minor}");
                let judged = move || compared(reader, in_sequence(&made(minor)?, MANY)?.path(), MANY);
                trials.push(need::trial(name, &[Need::Judge(reader)], judged));
            }
        }
        // regtree ends in an abort on numbers of eight bytes that are none, which users' hives have before any edit.
        for sample in
            SAMPLES.iter().filter(|sample| reader != "regtree" || sample.starts_with("hivex") || sample.ends_with(".hiv"))
        {
            let name = format!("judge::{reader}::{sample}");
            let needs = [Need::Judge(reader), Need::Samples, Need::Program("xz")];
            let judged = move || {
                let hive = unpacked(sample)?;
                let steps = if hive.len() < quick(reader) { MANY } else { 12 };
                compared(reader, in_sequence(&hive, steps)?.path(), steps)
            };
            trials.push(need::trial(name, &needs, judged));
        }
    }
    for reader in READERS.into_iter().filter(|reader| *reader != "regtree") {
        for sample in ["notatin-win7_ntuser.dat", "plaso-NTUSER-WIN7.DAT"] {
            let needs = [Need::Judge(reader), Need::Judge("hivex"), Need::Samples];
            trials.push(need::trial(format!("judge::{reader}::outlook-in-{sample}"), &needs, move || outlook_in(reader, sample)));
        }
    }
    for minor in ["3", "5"] {
        let needs = [Need::Program("python3")];
        trials.push(need::trial(format!("hive::cells::made-1.{minor}"), &needs, move || only_its_cells(&made(minor)?)));
    }
    for sample in SAMPLES {
        let needs = [Need::Samples, Need::Program("python3"), Need::Program("xz")];
        trials.push(need::trial(format!("hive::cells::{sample}"), &needs, move || only_its_cells(&unpacked(sample)?)));
    }
    trials.push(need::trial("judge::regipy::logs", &[Need::Judge("regipy"), Need::Samples, Need::Program("xz")], logs));
    trials
}

fn script(name: &str) -> PathBuf {
    root().join("tests/judges/registry").join(name)
}

/// Python with the reader's library.
fn python(reader: &str) -> Command {
    let set = |name| std::env::var_os(name).map(PathBuf::from);
    let cache = set("XDG_CACHE_HOME").or_else(|| Some(set("HOME")?.join(".cache"))).unwrap_or_default();
    let judges = set("WAXSEAL_JUDGES_DIR").unwrap_or_else(|| cache.join("waxseal/judges"));
    let mut command =
        if reader == "regipy" { Command::new(judges.join("registry/bin/python3")) } else { Command::new("/usr/bin/python3") };
    command.arg("-B");
    command
}

fn must(command: &mut Command) -> Result<Vec<u8>, Failed> {
    let done = command.output()?;
    let shown = format!("{command:?}: {}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    if done.status.success() { Ok(done.stdout) } else { Err(shown.into()) }
}

fn unpacked(name: &str) -> Result<Vec<u8>, Failed> {
    let path = PathBuf::from(std::env::var_os("WAXSEAL_SAMPLES").ok_or("WAXSEAL_SAMPLES is not set")?).join("hives").join(name);
    match std::fs::read(&path) {
        Ok(bytes) => Ok(bytes),
        Err(_) => must(Command::new("xz").arg("-dc").arg(path.with_file_name(format!("{name}.xz")))),
    }
}

/// A hive from nothing.
fn made(minor: &str) -> Result<Vec<u8>, Failed> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("hive");
    must(Command::new(script("mkhive.py")).arg(&file).arg(minor))?;
    Ok(std::fs::read(file)?)
}

/// Edits a hive step by step, in a folder for those who judge every step.
fn in_sequence(hive: &[u8], steps: usize) -> Result<TempDir, Failed> {
    let folder = tempfile::tempdir()?;
    let write = |name: String, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes);
    write("000".into(), hive)?;
    let mut bytes = hive.to_vec();
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    for step in 1..=steps {
        let document = hive::open(&bytes).map_err(|refusal| refusal.to_string())?;
        let (edits, said) = some_edits(&*document, &mut dice);
        let patch = document.render(&edits).map_err(|refusal| refusal.to_string())?;
        let new = patch.apply(&bytes);
        if patch.invert(&bytes).apply(&new) != bytes {
            return Err(format!("step {step} taken back gives other bytes: {edits:?}").into());
        }
        bytes = new;
        write(format!("{step:03}"), &bytes)?;
        write(format!("{step:03}.json"), said.to_string().as_bytes())?;
    }
    Ok(folder)
}

/// A reader sees in each step what was meant, and nothing else.
fn compared(reader: &str, folder: &Path, steps: usize) -> Result<(), Failed> {
    judged(python(reader).arg(script("compare.py")).arg(reader).arg(folder), steps)
}

fn judged(command: &mut Command, steps: usize) -> Result<(), Failed> {
    let said = must(command)?;
    let said: Value = serde_json::from_slice(&said).map_err(|error| error.to_string())?;
    match said["steps"] == json!(steps) && said["entries"].as_u64() > Some(0) {
        true => Ok(()),
        false => Err(format!("not every step was judged: {said}").into()),
    }
}

struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap_or_default() % bound.max(1)
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }
}

/// Up to three edits, and what a reader must make of them.
fn some_edits(document: &dyn Document, dice: &mut Dice) -> (Edits, Value) {
    let plain = |key: &Key| key.as_str().bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/@ _-.".contains(&byte));
    let known: Vec<Key> = document.keys("").into_iter().filter(plain).filter(|key| !key.as_str().ends_with("/@")).collect();
    let (mut edits, mut said) = (Edits::new(), Vec::new());
    while edits.is_empty() || dice.below(2) == 0 && edits.len() < 3 {
        let folder =
            dice.pick(&["Waxseal", "Waxseal/Two", "Waxseal/aaa", "Software/Waxseal/One", "Software/Waxseal/Three/Four", "zzz"]);
        let new = Key::raw(format!("{folder}/@{}", dice.pick(&["POP3 Server", "Port", "x", "UID"])));
        let key = if dice.below(2) == 0 && !known.is_empty() { dice.pick(&known) } else { document.canonical(&new) };
        let Some((folder, name)) = key.as_str().rsplit_once("/@") else { continue };
        let folder = Key::raw(folder);
        if edits.keys().any(|other| other.is_under(&folder) || key.is_under(other)) {
            continue;
        }
        let path: Vec<String> = folder.segments().collect();
        let size = dice.pick(&[0, 1, 4, 5, 12, 100, 1000, 5000, 20_000, 40_000]);
        let raw = match dice.below(8) {
            0 | 1 if document.get(&key).is_some() => {
                said.push(json!({ "path": path, "name": name }));
                edits.insert(key, Edit::Remove);
                continue;
            }
            2 if folder.as_str().contains("Waxseal") && !document.keys(folder.as_str()).is_empty() => {
                said.push(json!({ "path": path }));
                edits.insert(folder, Edit::Remove);
                continue;
            }
            3 => Raw::Int(i64::try_from(dice.below(70_000)).unwrap_or_default()),
            4 | 5 => Raw::text("pop.example.org ".repeat(size.min(5000) / 16 + 1)),
            _ => Raw::Bytes((0..size.max(1)).map(|_| u8::try_from(dice.below(256)).unwrap_or_default()).collect()),
        };
        let (kind, data) = match &raw {
            Raw::Int(number) => (4, number.to_le_bytes()[..4].to_vec()),
            Raw::Text(text) => (1, text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()),
            Raw::Bytes(bytes) => (3, bytes.clone()),
            Raw::Bool(_) | Raw::Other { .. } => continue,
        };
        let hex: String = data.iter().map(|byte| format!("{byte:02x}")).collect();
        said.push(json!({ "path": path, "name": name, "type": kind, "data": hex }));
        edits.insert(key, Edit::Put(raw));
    }
    (edits, Value::Array(said))
}

/// No byte differs outside the header and the cells of what a step names.
fn only_its_cells(hive: &[u8]) -> Result<(), Failed> {
    let steps = if hive.len() < quick("") { MANY } else { 40 };
    let folder = in_sequence(hive, steps)?;
    judged(Command::new("python3").arg("-B").arg(script("cells.py")).arg(folder.path()), steps)
}

/// An account that libhivex merged into a real user's hive: the command changes what the case says, and nothing else.
fn outlook_in(reader: &str, sample: &str) -> Result<(), Failed> {
    let case = root().join("tests/stores/outlook/2016-pop3");
    let folder = tempfile::tempdir()?;
    let (home, base, hive) = (folder.path().join("in"), folder.path().join("base"), folder.path().join("in/NTUSER.DAT"));
    std::fs::create_dir(&home)?;
    std::fs::write(&base, unpacked(sample)?)?;
    must(python("hivex").arg(script("reg2hive.py")).arg(case.join("in/outlook.reg")).arg(&hive).arg(&base))?;
    std::fs::rename(base, folder.path().join("base.hive"))?;
    std::fs::copy(&hive, folder.path().join("000"))?;
    let world = World::copy_of(&home, &[])?;
    let (home, state) = (world.home.to_string_lossy(), world.state.to_string_lossy());
    let policy = case.join("policy.toml");
    let policy = policy.to_string_lossy();
    let all = ["--home", &home, "--os", "windows", "--policy", &policy, "--state", &state, "--client", "outlook"];
    world.waxseal(&[&["apply", "--yes", "--assume-closed"], &all[..]].concat())?.exits(&[0])?;
    std::fs::copy(world.home.join("NTUSER.DAT"), folder.path().join("001"))?;
    let expect: Expect = load(&case.join("expect.toml"))?;
    let said = expect.files.iter().flat_map(|file| &file.set).map(|(key, value)| step(key, value)).collect::<Vec<_>>();
    std::fs::write(folder.path().join("001.json"), Value::Array(said).to_string())?;
    compared(reader, folder.path(), 1)?;
    world.waxseal(&["undo", "--yes", "--assume-closed", "--state", &state])?.exits(&[0])?;
    let same = std::fs::read(world.home.join("NTUSER.DAT"))? == std::fs::read(folder.path().join("000"))?;
    if same { Ok(()) } else { Err("undo gives other bytes".into()) }
}

/// A value of an expectation as the judge is told of it.
fn step(key: &str, value: &toml::Value) -> Value {
    let (path, name) = key.split_once(':').unwrap_or_default();
    let path: Vec<&str> = path.split('\\').collect();
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let (kind, data) = match (value.as_integer(), value.as_str().unwrap_or_default()) {
        (Some(number), _) => (4, hex(&number.to_le_bytes()[..4])),
        (None, text) => match text.strip_prefix("hex:") {
            Some(digits) => (3, digits.to_owned()),
            None => (1, hex(&text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect::<Vec<u8>>())),
        },
    };
    json!({ "path": path, "name": name, "type": kind, "data": data })
}

/// A dirty hive with its logs reads as regipy reads it after its own replay; so does what we write of it. The second log
/// holds one entry, older than what the hive has: it is to be passed over, and regipy, which would not, doesn't get it.
fn logs() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let names = ["regipy-transactions_NTUSER.DAT", "regipy-transactions_ntuser.dat.log1", "regipy-transactions_ntuser.dat.log2"];
    let mut files = BTreeMap::new();
    for name in names {
        files.insert(name, unpacked(name)?);
        std::fs::write(folder.path().join(name), &files[name])?;
    }
    let said = must(
        python("regipy")
            .arg(script("recover.py"))
            .args(names[..2].iter().map(|name| folder.path().join(name)))
            .arg(folder.path().join("000")),
    )?;
    if String::from_utf8_lossy(&said).trim() != "132" {
        return Err(format!("regipy replayed {} pages, not 132", String::from_utf8_lossy(&said)).into());
    }
    let logs = [files[names[1]].as_slice(), files[names[2]].as_slice()];
    let dirty = &files[names[0]];
    let document = hive::open_with_logs(dirty, &logs).map_err(|refusal| refusal.to_string())?;
    let edits: Edits = [(Key::raw("Waxseal/@x"), Edit::Put(Raw::Int(7)))].into();
    let patch = document.render(&edits).map_err(|refusal| refusal.to_string())?;
    std::fs::write(folder.path().join("001"), hive::replay(dirty, &logs).map_err(|refusal| refusal.to_string())?)?;
    std::fs::write(folder.path().join("001.json"), "[]")?;
    std::fs::write(folder.path().join("002"), patch.apply(dirty))?;
    std::fs::write(
        folder.path().join("002.json"),
        json!([{ "path": ["Waxseal"], "name": "x", "type": 4, "data": "07000000" }]).to_string(),
    )?;
    compared("regipy", folder.path(), 2)
}
