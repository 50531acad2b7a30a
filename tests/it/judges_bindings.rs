//! The bindings, each judged by the tests of its own language: a suite runs once, and every test of it is a trial here. The
//! names are read from the suites' sources, so a test that didn't run is one that failed.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use libtest_mimic::{Failed, Trial};

use crate::need::{Need, root, trial};

/// What came of a suite: each test, and whether it passed; and everything that was said.
struct Ran {
    passed: BTreeMap<String, bool>,
    said: String,
}

/// A language's suite.
struct Suite {
    judge: &'static str,
    /// The folder of its tests, and how their names are told in it.
    sources: &'static str,
    names: fn(&str) -> Vec<String>,
    /// What it holds beside the tests.
    more: &'static [&'static str],
    run: fn() -> Result<Ran, Failed>,
    ran: OnceLock<Result<Ran, String>>,
}

static PYTHON: Suite = Suite {
    judge: "python",
    sources: "bindings/python/tests",
    names: |text| after(text, "    def test_", "("),
    more: &["public interface", "mypy strict"],
    run: python,
    ran: OnceLock::new(),
};

static KOTLIN: Suite = Suite {
    judge: "kotlin",
    sources: "bindings/kotlin/src/test/kotlin/io/github/waxseal",
    names: |text| after(text, "    @Test\n    fun ", "("),
    more: &["public interface"],
    run: kotlin,
    ran: OnceLock::new(),
};

/// A trial for each test of each language. Swift has a script of its own, since its tools come with another system.
pub(crate) fn trials() -> Vec<Trial> {
    [&PYTHON, &KOTLIN].into_iter().flat_map(|suite| suite.trials().unwrap_or_else(|error| vec![broken(suite, error)])).collect()
}

fn broken(suite: &Suite, error: std::io::Error) -> Trial {
    let message = format!("{}: {error}", suite.sources);
    Trial::test(format!("judge::{}::its-tests", suite.judge), move || Err(message.into()))
}

impl Suite {
    fn trials(&'static self) -> std::io::Result<Vec<Trial>> {
        let mut names: Vec<String> = self.more.iter().map(|name| (*name).to_owned()).collect();
        let mut files: Vec<_> = fs::read_dir(root().join(self.sources))?.flatten().map(|entry| entry.path()).collect();
        files.sort();
        for file in files.iter().filter(|file| file.is_file()) {
            names.extend((self.names)(&fs::read_to_string(file)?));
        }
        let one = |name: String| {
            let shown = format!("judge::{}::{}", self.judge, name.replace([' ', '_'], "-"));
            trial(shown, &[Need::Judge(self.judge)], move || self.passed(&name))
        };
        Ok(names.into_iter().map(one).collect())
    }

    fn passed(&self, name: &str) -> Result<(), Failed> {
        let ran = self.ran.get_or_init(|| (self.run)().map_err(|failed| failed.message().unwrap_or_default().to_owned()));
        let ran = ran.as_ref().map_err(|error| Failed::from(error.as_str()))?;
        match ran.passed.get(name) {
            Some(true) => Ok(()),
            Some(false) => Err(format!("it failed\n{}", ran.said).into()),
            None => Err(format!("it did not run\n{}", ran.said).into()),
        }
    }
}

/// The texts between two others.
fn after(text: &str, start: &str, end: &str) -> Vec<String> {
    text.split(start).skip(1).filter_map(|rest| rest.split_once(end)).map(|(name, _)| name.to_owned()).collect()
}

fn said(command: &mut Command) -> Result<String, Failed> {
    // What this test binary was built with is not what the bindings are built with.
    for (name, _) in std::env::vars_os().filter(|(name, _)| {
        let name = name.to_string_lossy();
        name.starts_with("CARGO_") && !["CARGO_HOME", "CARGO_INCREMENTAL", "CARGO_TARGET_DIR"].contains(&&*name)
    }) {
        command.env_remove(name);
    }
    let done = command.env("WAXSEAL_PROFILE", "dev").env("WAXSEAL_CLI", env!("CARGO_BIN_EXE_waxseal")).output()?;
    Ok(String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr))
}

/// Lines such as `test_list (test_equal.Equal.test_list) ... ok`.
fn python() -> Result<Ran, Failed> {
    let said = said(&mut Command::new(root().join("bindings/python/test")))?;
    let result = |line: &str| {
        let (name, result) = line.split_once(" ... ")?;
        let name = name.split(" (").next().unwrap_or(name);
        Some((name.strip_prefix("test_").unwrap_or(name).to_owned(), result.starts_with("ok")))
    };
    let passed = said.lines().filter_map(result).collect();
    Ok(Ran { passed, said })
}

/// Reports such as `<testcase name="typedErrors" …/>`, with `<failure` or `<error` inside where it failed.
fn kotlin() -> Result<Ran, Failed> {
    let folder = root().join("bindings/kotlin");
    let reports = folder.join("target/surefire-reports");
    if reports.exists() {
        fs::remove_dir_all(&reports)?;
    }
    let mut said = said(Command::new("mvn").args(["-q", "-B", "-ntp", "test"]).current_dir(&folder))?;
    let mut passed = BTreeMap::new();
    let now = Command::new(folder.join("api")).output()?.stdout;
    let recorded = fs::read(folder.join("api.txt"))?;
    passed.insert("public interface".to_owned(), now == recorded && !now.is_empty());
    if now != recorded {
        said += "\nbindings/kotlin/api.txt is not what bindings/kotlin/api prints\n";
    }
    for report in xml_of(&reports)? {
        for case in report.split("<testcase ").skip(1) {
            let name = after(case, "name=\"", "\"").into_iter().next().unwrap_or_default();
            let body = case.split("</testcase>").next().unwrap_or(case);
            passed.insert(name, !["<failure", "<error", "<skipped"].iter().any(|mark| body.contains(mark)));
        }
    }
    Ok(Ran { passed, said })
}

fn xml_of(folder: &Path) -> Result<Vec<String>, Failed> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let xml = entries.filter(|path| path.extension().is_some_and(|extension| extension == "xml"));
    xml.map(|path| Ok(fs::read_to_string(path)?)).collect()
}
