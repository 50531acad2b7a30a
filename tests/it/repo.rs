//! Trials over the repository itself: who may know whom (by the source's own words), how long files are, and that every
//! folder case is whole and read.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use libtest_mimic::{Failed, Trial};

use crate::cases;
use crate::expect::{self, Expect};
use crate::need::{root, trial};

/// Modules of the library, and what their source must not say.
type Ban = (&'static str, &'static [&'static str], &'static [&'static str]);

/// Who may not know whom. A name covers the module's file, its folder, and with a `*` all that begin so.
const BANS: &[Ban] = &[
    (
        "values-know-nothing-of-stores",
        &["setting", "value", "account"],
        &[
            "crate::patch",
            "crate::formats",
            "crate::document",
            "crate::lens",
            "crate::clients",
            "crate::system",
            "crate::home",
            "crate::policy",
            "crate::plan",
            "crate::apply",
            "crate::journal",
        ],
    ),
    (
        "formats-know-no-client",
        &["patch", "document", "formats"],
        &[
            "crate::clients",
            "crate::lens",
            "crate::setting",
            "crate::policy",
            "crate::plan",
            "crate::apply",
            "crate::journal",
            "crate::account",
        ],
    ),
    (
        "formats-do-no-io",
        &["patch", "document", "formats", "lens"],
        &["std::fs", "std::path", "std::io", "crate::system", "crate::home"],
    ),
    (
        "lens-knows-settings-and-raws",
        &["lens"],
        &[
            "crate::clients",
            "crate::formats",
            "crate::system",
            "crate::home",
            "crate::policy",
            "crate::plan",
            "crate::apply",
            "crate::journal",
            "crate::account",
        ],
    ),
    (
        "clients-touch-no-disk",
        &["clients"],
        &[
            "std::fs",
            "std::process",
            "std::os",
            "crate::system::disk",
            "crate::plan",
            "crate::apply",
            "crate::journal",
            "crate::policy",
            "Writer",
        ],
    ),
    ("plan-sees-a-reader-only", &["plan*"], &["Writer", "std::fs", "crate::apply", "crate::journal", "crate::commit"]),
    ("apply-reads-no-policy", &["apply*", "journal*", "commit*", "undo*", "recover*"], &["crate::policy", "Policy"]),
    (
        "library-never-prints-or-asks",
        &["*"],
        &[
            "print!(",
            "println!(",
            "eprint!(",
            "eprintln!(",
            "dbg!(",
            "std::env",
            "env::var",
            "process::exit",
            "stdin()",
            "stdout()",
            "stderr()",
        ],
    ),
    ("library-never-panics", &["*"], &[".unwrap()", ".expect(", "panic!(", "unreachable!(", "todo!(", "unimplemented!("]),
    ("library-has-no-unsafe", &["*"], &["unsafe {", "unsafe fn", "unsafe impl"]),
];

/// Files that may be long: pure tables.
const TABLES: &[&str] = &[];

/// The files that a case may consist of.
const PARTS: &[&str] = &["README", "case.toml", "policy.toml", "expect.toml", "plan.txt", "in", "out"];

/// One trial a ban, and a few about the whole tree.
pub(crate) fn trials() -> Vec<Trial> {
    let layers =
        BANS.iter().map(|&(name, modules, banned)| trial(format!("repo::layers::{name}"), &[], move || keeps(modules, banned)));
    let others = [
        trial("repo::values-use-only-each-other", &[], values_use_only_each_other),
        trial("repo::files-are-short", &[], files_are_short),
        trial("repo::modules-say-what-they-own", &[], modules_say_what_they_own),
        trial("repo::nothing-is-silenced", &[], nothing_is_silenced),
        trial("repo::no-word-names-a-machine", &[], no_word_names_a_machine),
        trial("repo::cases-are-whole", &[], cases_are_whole),
        trial("repo::every-answer-has-a-case", &[], every_answer_has_a_case),
    ];
    layers.chain(others).collect()
}

/// The source without comments and without its own tests.
fn code(path: &Path) -> Result<String, Failed> {
    let text = fs::read_to_string(path)?;
    let shipped = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let lines = shipped.lines().map(|line| if line.trim_start().starts_with("//") { "" } else { line });
    Ok(lines.map(|line| format!("{line}\n")).collect())
}

/// The modules that a file declares for tests alone: `#[cfg(…test…)]`, then `mod NAME;`.
fn test_modules(path: &Path) -> Result<Vec<PathBuf>, Failed> {
    let text = fs::read_to_string(path)?;
    let stem = path.file_stem().unwrap_or_default();
    let parent = path.parent().unwrap_or(path);
    let folder = if stem == "mod" || stem == "lib" { parent.to_owned() } else { parent.join(stem) };
    let for_tests = |line: &str| line.starts_with("#[cfg(test)]") || line.starts_with("#[cfg(all(test,");
    let declared = text.lines().zip(text.lines().skip(1)).filter(|(line, _)| for_tests(line)).filter_map(|(_, next)| {
        let (_, name) = next.strip_suffix(';')?.split_once("mod ")?;
        Some(folder.join(name).with_extension("rs"))
    });
    Ok(declared.collect())
}

/// Folders that tools make.
const MADE: &[&str] = &["target", ".git", ".venv", ".mypy_cache", "__pycache__", ".build", "corpus", "artifacts", "node_modules"];

fn files(folder: &Path, wanted: &dyn Fn(&Path) -> bool) -> Result<Vec<PathBuf>, Failed> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() {
                if !MADE.contains(&name.as_str()) {
                    folders.push(path);
                }
            } else if wanted(&path) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn is_rust(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "rs")
}

/// The library's source, tests aside.
fn sources() -> Result<Vec<PathBuf>, Failed> {
    let mut found = files(&root().join("core").join("src"), &is_rust)?;
    let tests: Vec<PathBuf> = found.iter().map(|path| test_modules(path)).collect::<Result<Vec<_>, _>>()?.concat();
    found.retain(|path| !tests.iter().any(|test| path == test || path.starts_with(test.with_extension(""))));
    if found.is_empty() { Err("the library has no source".into()) } else { Ok(found) }
}

/// The library's module that a file belongs to: the first name below `src`.
fn module(path: &Path) -> String {
    let below = path.strip_prefix(root().join("core").join("src")).unwrap_or(path);
    let first = below.components().next().map(|part| part.as_os_str().to_string_lossy().into_owned()).unwrap_or_default();
    first.trim_end_matches(".rs").to_owned()
}

fn covers(pattern: &str, module: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == module, |start| module.starts_with(start))
}

fn all_right(wrong: Vec<String>) -> Result<(), Failed> {
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

fn keeps(modules: &[&str], banned: &[&str]) -> Result<(), Failed> {
    let mut wrong = Vec::new();
    for path in sources()? {
        if !modules.iter().any(|pattern| covers(pattern, &module(&path))) {
            continue;
        }
        for (at, line) in code(&path)?.lines().enumerate() {
            let hits = banned.iter().filter(|word| names(line, word));
            wrong.extend(hits.map(|word| format!("{}:{}: {word}: {}", path.display(), at + 1, line.trim())));
        }
    }
    all_right(wrong)
}

/// Whether the line says the word, and not only a longer one.
fn names(line: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        let after = line.get(at + word.len()..).and_then(|text| text.chars().next());
        let starts_longer = word.starts_with(is_part) && before.is_some_and(is_part);
        let ends_longer = word.ends_with(is_part) && after.is_some_and(is_part);
        !starts_longer && !ends_longer
    })
}

fn values_use_only_each_other() -> Result<(), Failed> {
    let mut wrong = Vec::new();
    for path in sources()?.iter().filter(|path| ["setting", "value"].contains(&module(path).as_str())) {
        let code = code(path)?;
        for (at, _) in code.match_indices("crate::") {
            let rest = code.get(at + "crate::".len()..).unwrap_or_default();
            if !["setting", "value"].iter().any(|known| rest.starts_with(known)) {
                wrong.push(format!("{}: crate::{}", path.display(), rest.lines().next().unwrap_or_default()));
            }
        }
    }
    all_right(wrong)
}

fn files_are_short() -> Result<(), Failed> {
    let mut wrong = Vec::new();
    for folder in ["core/src", "cli/src", "bindings/src", "tests/it"] {
        for path in files(&root().join(folder), &is_rust)? {
            let lines = fs::read_to_string(&path)?.lines().count();
            if lines > 600 && !TABLES.iter().any(|table| path.ends_with(table)) {
                wrong.push(format!("{}: {lines} lines", path.display()));
            }
        }
    }
    all_right(wrong)
}

fn modules_say_what_they_own() -> Result<(), Failed> {
    let mut paths = sources()?;
    paths.extend(files(&root().join("cli").join("src"), &is_rust)?);
    paths.extend(files(&root().join("tests").join("it"), &is_rust)?);
    let mut wrong = Vec::new();
    for path in paths {
        if !fs::read_to_string(&path)?.starts_with("//! ") {
            wrong.push(format!("{}: doesn't open with //!", path.display()));
        }
    }
    all_right(wrong)
}

fn nothing_is_silenced() -> Result<(), Failed> {
    let banned =
        [concat!("#[all", "ow("), concat!("#![all", "ow("), concat!("TO", "DO"), concat!("FIX", "ME"), concat!("#[ign", "ore")];
    let mut wrong = Vec::new();
    for folder in ["core", "cli", "bindings", "tests/it"] {
        for path in files(&root().join(folder), &is_rust)? {
            let text = fs::read_to_string(&path)?;
            wrong.extend(banned.iter().filter(|word| text.contains(*word)).map(|word| format!("{}: {word}", path.display())));
        }
    }
    all_right(wrong)
}

fn no_word_names_a_machine() -> Result<(), Failed> {
    let banned = [
        concat!("/wo", "rk/"),
        concat!("/fa", "rm/"),
        concat!("/ro", "ot/"),
        concat!("/tmp", "/notes"),
        concat!("/tmp", "/t-"),
        concat!(".libr", "ary/"),
    ];
    let mut wrong = Vec::new();
    for path in files(root(), &|path| !path.ends_with("Cargo.lock"))? {
        let text = String::from_utf8_lossy(&fs::read(&path)?).into_owned();
        wrong.extend(banned.iter().filter(|word| text.contains(*word)).map(|word| format!("{}: {word}", path.display())));
    }
    all_right(wrong)
}

/// What a change costs has three answers to two questions; each stands in a case as somebody wrote it by hand.
fn every_answer_has_a_case() -> Result<(), Failed> {
    let (mut passwords, mut mail): (BTreeSet<String>, BTreeSet<String>) = Default::default();
    for (_, folder) in cases::folders() {
        let expect: Expect = expect::load(&folder.join("expect.toml"))?;
        for consequence in expect.consequences {
            passwords.extend(consequence.password_asked_again);
            mail.extend(consequence.mail_fetched_again);
        }
    }
    let wanted = |yes: &str| ["no", yes, "unknown"].map(str::to_owned).into();
    if passwords == wanted("once") && mail == wanted("yes") { Ok(()) } else { Err(format!("{passwords:?}, {mail:?}").into()) }
}

fn cases_are_whole() -> Result<(), Failed> {
    let cases = cases::folders();
    if cases.is_empty() {
        return Err("tests/stores holds no case".into());
    }
    let mut wrong = Vec::new();
    for (name, folder) in cases {
        let entries: BTreeSet<String> =
            fs::read_dir(&folder)?.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        let needed = PARTS.iter().filter(|part| **part != "out" && !entries.contains(**part));
        wrong.extend(needed.map(|part| format!("{name}: {part} is missing")));
        wrong.extend(
            entries.iter().filter(|part| !PARTS.contains(&part.as_str())).map(|part| format!("{name}: nobody reads {part}")),
        );
        let below = |part: &str| -> Result<Vec<PathBuf>, Failed> {
            let part = folder.join(part);
            if !part.exists() {
                return Ok(Vec::new());
            }
            files(&part, &|_| true)?.iter().map(|path| Ok(path.strip_prefix(&part)?.to_owned())).collect()
        };
        let before = below("in")?;
        let expect: Expect = expect::load(&folder.join("expect.toml"))?;
        let is_made = |path: &PathBuf| expect.files.iter().any(|file| file.made && Path::new(&file.path) == path);
        if before.is_empty() {
            wrong.push(format!("{name}: in/ is empty"));
        }
        wrong.extend(
            below("out")?
                .iter()
                .filter(|path| !before.contains(path) && !is_made(path))
                .map(|path| format!("{name}: out/{} is not in in/", path.display())),
        );
    }
    all_right(wrong)
}
