//! What README and docs say is tried: every block of commands runs, every command in a sentence is one that is accepted,
//! and the README's transcript is what a terminal shows.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use libtest_mimic::{Failed, Trial};

use super::{demo, terminal};
use crate::need::{Need, root, trial};
use crate::world::{Run, World};

pub(super) fn trials() -> Vec<Trial> {
    vec![
        trial("docs::commands", &[Need::Unix], commands),
        trial("docs::transcript", &[Need::Unix, Need::Program("python3")], transcript),
        trial("docs::policies", &[], policies),
        trial("judge::python-jsonschema::policies", &[Need::Unix, Need::Judge("python-jsonschema")], schema),
    ]
}

/// README and every page of docs.
fn pages() -> Result<Vec<(PathBuf, String)>, Failed> {
    let mut paths = vec![root().join("README.md")];
    let mut folders = vec![root().join("docs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                paths.push(path);
            }
        }
    }
    paths.sort();
    paths.into_iter().map(|path| Ok((path.clone(), fs::read_to_string(&path)?))).collect()
}

/// The blocks of a language.
fn blocks<'a>(text: &'a str, language: &str) -> Vec<&'a str> {
    let fence = format!("```{language}\n");
    text.split(fence.as_str()).skip(1).filter_map(|rest| rest.split("\n```").next()).collect()
}

/// The commands in sentences: code that begins with the program's name.
fn in_sentences(text: &str) -> Vec<String> {
    let prose: String = text.split("```").step_by(2).collect();
    let code = prose.split('`').skip(1).step_by(2).map(|code| code.split_whitespace().collect::<Vec<_>>().join(" "));
    code.filter(|code| *code == "waxseal" || code.starts_with("waxseal ")).filter(|code| !code.contains(['…', '['])).collect()
}

/// A world as the pages speak of it: the sample home is the caller's own, and there are others.
fn sample() -> Result<World, Failed> {
    let world = demo()?;
    for user in ["rosa", "jim"] {
        super::copy(&world.home, &world.folder().join("others").join(user))?;
    }
    let policy = "[[rule]]\nname = \"to-tls\"\nprobe = \"off\"\nset.incoming.security = \"implicit-tls\"\n";
    fs::write(world.folder().join("policy.toml"), policy)?;
    fs::write(world.folder().join("users.csv"), "user,login\nrosa,r.rosa\njim,j.jim\n")?;
    run(&world, "waxseal plan --policy policy.toml --homes '/home/*' --out plan.jsonl")?.exits(&[0])?;
    Ok(world)
}

/// Runs a line as it stands in a page.
fn run(world: &World, line: &str) -> Result<Run, Failed> {
    let others = world.folder().join("others");
    let asks = ["apply", "secure", "undo", "forget"].iter().any(|verb| line.starts_with(&format!("waxseal {verb}")));
    let yes = if asks && !line.contains("--yes") { " --yes" } else { "" };
    let typed = line.replace("/home/", &format!("{}/", others.display())) + yes;
    let mut command = Command::new("sh");
    let program = Path::new(env!("CARGO_BIN_EXE_waxseal")).parent().unwrap_or(Path::new("."));
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap_or_default());
    // The world's runner gives a home of nobody's; here it is the sample's.
    command.args(["-c", &format!("HOME=$1; export HOME; {typed}"), "sh"]).arg(&world.home).env("PATH", path);
    world.run(&mut command)
}

fn commands() -> Result<(), Failed> {
    let mut wrong = Vec::new();
    for (path, text) in pages()? {
        let blocks = blocks(&text, "sh").into_iter().flat_map(str::lines).map(|line| line.split('#').next().unwrap_or_default());
        let typed = blocks.map(|line| line.trim().to_owned()).filter(|line| !line.is_empty() && !line.starts_with("cargo "));
        let world = sample()?;
        for line in typed.chain(in_sentences(&text)) {
            // Words that stand for something of the reader's.
            let line = [
                ("FILE.toml", "policy.toml"),
                ("FILE", "policy.toml"),
                ("DIR", "."),
                ("NAME", "thunderbird"),
                ("OP", "1"),
                (" HOST", " a.example"),
            ]
            .iter()
            .fold(line, |line, (word, thing)| line.replace(word, thing));
            let line = line.replace("you@example.org", "rosa@example.org");
            let ended = run(&world, &line)?;
            if !ended.code.is_some_and(|code| [0, 1, 3, 4].contains(&code)) && !is_about_state(&ended) {
                wrong.push(format!("{}: {line}\n{}", path.display(), ended.stderr));
            }
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

/// Right usage, but the world of the trial has no such operation, account or report.
fn is_about_state(run: &Run) -> bool {
    run.stderr.contains("in the journal")
        || run.stderr.contains("in the registry")
        || run.stderr.contains("name a new file")
        || run.stderr.contains("without a report")
}

/// What the README shows, on a terminal; `…` stands for lines that are left out.
fn transcript() -> Result<(), Failed> {
    let text = fs::read_to_string(root().join("README.md"))?;
    let block = blocks(&text, "console").into_iter().next().ok_or("README has no transcript")?;
    let world = demo()?;
    let home = world.home.to_string_lossy().into_owned();
    for step in format!("\n{block}").split("\n$ ").skip(1) {
        let (typed, shown) = step.split_once('\n').unwrap_or((step, ""));
        let answers: Vec<(&str, &str)> =
            shown.lines().filter_map(|line| line.split_once("[y/N] ").map(|(_, answer)| ("[y/N] ", answer))).collect();
        let program = format!("{} {}", env!("CARGO_BIN_EXE_waxseal"), typed.strip_prefix("waxseal").unwrap_or(typed));
        let script = format!("HOME={home}; export HOME; {program}");
        let run = terminal::on_terminal(&world, 200, &answers, &["sh", "-c", &script])?;
        if let Err(why) = fits(shown, &run.stdout) {
            return Err(run.failed(&format!("{typed}: {why}")));
        }
    }
    Ok(())
}

/// Whether lines are shown in this order, with nothing between them where no `…` stands.
fn fits(shown: &str, actual: &str) -> Result<(), String> {
    let actual: Vec<&str> = actual.lines().map(str::trim_end).collect();
    let (mut at, mut gap) = (0, false);
    for line in shown.lines().map(str::trim_end) {
        if line.trim() == "…" {
            gap = true;
            continue;
        }
        let found = actual.iter().skip(at).position(|known| *known == line).map(|n| n + at);
        match found {
            Some(found) if gap || found == at => at = found + 1,
            _ => return Err(format!("expected: {line}\nfound: {}", actual.get(at).unwrap_or(&"nothing"))),
        }
        gap = false;
    }
    if at < actual.len() && !gap { Err(format!("more than is shown: {}", actual[at])) } else { Ok(()) }
}

/// Policies that the pages show are ones.
fn policies() -> Result<(), Failed> {
    let world = demo()?;
    let mut wrong = Vec::new();
    for (path, text) in pages()? {
        for (at, block) in blocks(&text, "toml").into_iter().enumerate() {
            let whole = if block.contains("[[rule]]") {
                block.to_owned()
            } else {
                format!("[[rule]]\nname = \"x\"\nprobe = \"off\"\n{block}")
            };
            let file = super::write(&world, &format!("{at}.toml"), &whole)?;
            let users = super::write(&world, "users.csv", "user,login\n")?;
            let with_users = if whole.contains("{csv.") { vec!["--users", &users] } else { Vec::new() };
            let run = world.waxseal(&[&["policy", "check", &file][..], &with_users].concat())?;
            if run.code != Some(0) {
                wrong.push(format!("{}: {block}\n{}", path.display(), run.stderr));
            }
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

/// Another program's validator finds nothing wrong with any policy that is one, and with each that is none what it is.
fn schema() -> Result<(), Failed> {
    let world = demo()?;
    let example = world.waxseal(&["policy", "example"])?;
    let mut right = vec![super::write(&world, "example.toml", &example.stdout)?];
    for (at, (_, text)) in pages()?.into_iter().enumerate() {
        for (n, block) in blocks(&text, "toml").into_iter().filter(|block| block.contains("[[rule]]")).enumerate() {
            right.push(super::write(&world, &format!("page{at}-{n}.toml"), block)?);
        }
    }
    for (_, folder) in crate::cases::folders() {
        right.push(folder.join("policy.toml").to_string_lossy().into_owned());
    }
    let wrong = [
        ("set.incoming.prot = 995", "'prot' was unexpected"),
        ("set.incoming.security = \"ssl\"", "'ssl' is not one of ["),
        ("match.emial = \"*\"\nset.check.at_startup = true", "'emial' was unexpected"),
        ("match.incoming.port = true\nset.check.at_startup = true", "True is not valid under any of the given schemas"),
        ("set.outgoing.port = []", "[] is not valid under any of the given schemas"),
        ("name = \"nothing set\"", "'set' is a required property"),
    ];
    let mut broken = Vec::new();
    for (at, (line, message)) in wrong.into_iter().enumerate() {
        broken.push((super::write(&world, &format!("wrong{at}.toml"), &format!("[[rule]]\n{line}\n"))?, message));
    }
    let mut judge = Command::new(root().join("tests/judges/policy/valid.py"));
    judge.arg(root().join("docs/policy.schema.json")).args(&right).args(broken.iter().map(|(path, _)| path));
    let run = world.run(&mut judge)?;
    run.exits(&[0])?;
    let said: serde_json::Value = serde_json::from_str(&run.stdout)?;
    let errors = |path: &str| said[path].as_array().cloned().unwrap_or_default();
    if let Some(path) = right.iter().find(|path| !errors(path).is_empty()) {
        return Err(run.failed(&format!("{path}: {:?}", errors(path))));
    }
    let missed = broken.iter().find(|(path, message)| !errors(path).iter().any(|error| error.to_string().contains(message)));
    match missed {
        Some((path, message)) => Err(run.failed(&format!("{path}: expected {message}, found {:?}", errors(path)))),
        None => Ok(()),
    }
}
