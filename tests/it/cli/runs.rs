//! Whole runs as they are typed: each file of `tests/runs` tells a story of commands and all that they say, and is compared with
//! what they say today. `UPDATE=1` writes that down; the commands stay.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use libtest_mimic::{Failed, Trial};

use super::many;
use crate::need::{Need, root, trial};
use crate::world::{Run, World};

pub(super) fn trials() -> Vec<Trial> {
    let files = fs::read_dir(folder()).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut files: Vec<PathBuf> = files.filter(|path| path.extension().is_some_and(|extension| extension == "run")).collect();
    files.sort();
    let name = |path: &Path| path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let needs = &[Need::Unix, Need::Program("python3")];
    files.into_iter().map(|path| trial(format!("run::{}", name(&path)), needs, move || same(&path))).collect()
}

fn folder() -> PathBuf {
    root().join("tests/runs")
}

/// What a file tells: first what it is about, then each command below a `$`, on from a `>`. Of what is said stdout is indented,
/// stderr marked, and an exit code named unless it is 0.
fn same(path: &Path) -> Result<(), Failed> {
    let kept = fs::read_to_string(path)?;
    let about = kept.split("\n$ ").next().unwrap_or_default();
    let world = many::homes(3)?;
    let mut told = format!("{}\n", about.trim_end());
    for typed in commands(&kept) {
        let run = typed_by_a_user(&world, &typed)?;
        let _ = write!(told, "\n$ {}\n{}", typed.replace('\n', "\n> "), shown(&world, &run));
    }
    if std::env::var("UPDATE").is_ok_and(|word| word == "1") {
        return Ok(fs::write(path, told)?);
    }
    let differs = kept.lines().zip(told.lines()).position(|(kept, told)| kept != told);
    match (kept == told, differs.unwrap_or_else(|| kept.lines().count().min(told.lines().count()))) {
        (true, _) => Ok(()),
        (false, at) => Err(format!("{} differs from line {}; it is now:\n{told}", path.display(), at + 1).into()),
    }
}

fn commands(text: &str) -> Vec<String> {
    let mut commands: Vec<String> = Vec::new();
    for line in text.lines() {
        match (line.strip_prefix("$ "), line.strip_prefix("> "), commands.last_mut()) {
            (Some(typed), ..) => commands.push(typed.to_owned()),
            (None, Some(more), Some(typed)) => *typed += &format!("\n{more}"),
            _ => {}
        }
    }
    commands
}

/// Runs what stands after a `$`, as somebody at home in the sample's home; `tests/runs/bin` is on the path too.
fn typed_by_a_user(world: &World, typed: &str) -> Result<Run, Failed> {
    let program = Path::new(env!("CARGO_BIN_EXE_waxseal")).parent().unwrap_or(Path::new("."));
    let path = [program, &folder().join("bin")].map(|folder| folder.display().to_string()).join(":");
    let path = format!("{path}:{}", std::env::var("PATH").unwrap_or_default());
    let script = format!("HOME=$1; export HOME; {typed}");
    world.run(Command::new("sh").args(["-c", &script, "sh"]).arg(&world.home).env("PATH", path).env("LC_ALL", "C"))
}

/// What is said, with nothing in it that is another on another day or machine.
fn shown(world: &World, run: &Run) -> String {
    let mut shown = String::new();
    for (mark, text) in [("  ", &run.stdout), ("! ", &run.stderr)] {
        let text = text.replace(&*world.home.to_string_lossy(), "~").replace(&*world.folder().to_string_lossy(), "/srv");
        let text = numbered(&undated(&text), "process ");
        for line in text.replace('\r', "").lines() {
            let _ = writeln!(shown, "{}", format!("{mark}{line}").trim_end());
        }
    }
    if run.code != Some(0) {
        let _ = writeln!(shown, "[exit {}]", run.code.map_or("?".to_owned(), |code| code.to_string()));
    }
    shown
}

/// Every moment is the same: `2026-01-02T03:04:05Z`, and seconds since 1970 after `"started":` and `"finished":`.
fn undated(text: &str) -> String {
    let mut left: Vec<char> = text.chars().collect();
    let form: Vec<char> = "dddd-dd-ddTdd:dd:ddZ".chars().collect();
    let fits = |at: &[char]| at.iter().zip(&form).all(|(c, form)| if *form == 'd' { c.is_ascii_digit() } else { c == form });
    let mut at = 0;
    while at + form.len() <= left.len() {
        if fits(&left[at..at + form.len()]) {
            left.splice(at..at + form.len(), "2026-01-02T03:04:05Z".chars());
        }
        at += 1;
    }
    let text: String = left.into_iter().collect();
    numbered(&numbered(&text, "\"started\":"), "\"finished\":")
}

/// The number after a word is the same every time.
fn numbered(text: &str, word: &str) -> String {
    let mut parts = text.split(word);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |all, part| {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_digit());
        let number = if rest.len() < part.len() { "1" } else { "" };
        format!("{all}{word}{number}{rest}")
    })
}
