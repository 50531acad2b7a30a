//! Folder cases: `tests/stores/<client>/<case>/`. A trial copies the home, plans, applies, reads the result with
//! independent readers, compares it with `out/`, applies again, undoes, and compares with `in/`; then once more with a
//! stand-in for the client that rewrites its files before undo.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use libtest_mimic::{Failed, Trial};

use crate::expect::{Case, Expect, File, bytes, load};
use crate::need::{root, trial};
use crate::readers::read;
use crate::stand_in;
use crate::world::{Run, Times, Tree, World, differences, tree};

/// A case's folder and its name, `client::case`.
pub(crate) fn folders() -> Vec<(String, PathBuf)> {
    let below = |folder: &Path| -> Vec<(String, PathBuf)> {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten().filter(|entry| entry.path().is_dir());
        let mut found: Vec<_> = entries.map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path())).collect();
        found.sort();
        found
    };
    let clients = below(&root().join("tests").join("stores"));
    clients
        .iter()
        .flat_map(|(client, folder)| below(folder).into_iter().map(move |(case, path)| (format!("{client}::{case}"), path)))
        .collect()
}

/// Two trials a case.
pub(crate) fn trials() -> Vec<Trial> {
    let each = |(name, folder): (String, PathBuf)| {
        let again = folder.clone();
        [
            trial(format!("case::{name}"), &[], move || Story::open(&folder)?.told()),
            trial(format!("case::{name}::client-rewrites"), &[], move || Story::open(&again)?.rewritten_before_undo()),
        ]
    };
    folders().into_iter().flat_map(each).collect()
}

/// The flag of the verbs that write.
const CLOSED: &str = "--assume-closed";

struct Story {
    folder: PathBuf,
    policy: String,
    case: Case,
    expect: Expect,
    world: World,
    before: Tree,
}

impl Story {
    fn open(folder: &Path) -> Result<Story, Failed> {
        let case: Case = load(&folder.join("case.toml"))?;
        let expect: Expect = load(&folder.join("expect.toml"))?;
        let world = World::copy_of(&folder.join("in"), &case.folders)?;
        let before = world.tree()?;
        let policy = folder.join("policy.toml").to_string_lossy().into_owned();
        Ok(Story { folder: folder.to_owned(), policy, case, expect, world, before })
    }

    fn waxseal(&self, verb: &str, more: &[&str]) -> Result<Run, Failed> {
        let (home, state) = (self.world.home.to_string_lossy(), self.world.state.to_string_lossy());
        let mut arguments = vec![verb, "--state", &state];
        if matches!(verb, "plan" | "apply") {
            arguments.extend(["--home", &home, "--os", &self.case.os, "--policy", &self.policy]);
            arguments.extend(self.case.flags.iter().map(String::as_str).filter(|flag| *flag != CLOSED));
        }
        if matches!(verb, "apply" | "undo") && self.case.flags.iter().any(|flag| flag == CLOSED) {
            arguments.push(CLOSED);
        }
        arguments.extend(more);
        self.world.waxseal(&arguments)
    }

    fn told(&self) -> Result<(), Failed> {
        let human = self.waxseal("plan", &[])?;
        let plan = self.waxseal("plan", &["--json"])?;
        self.plan_is_right(&human, &plan)?;
        let applied = self.apply()?;
        self.tells_no_secret(&[&human, &plan, &applied])?;
        let after = self.world.tree()?;
        let changed = differences(&self.before, &after, Times::Aside);
        self.expect.check(&self.before, &after, &changed).map_err(|failed| join(failed, &applied))?;
        self.only_what_the_plan_said(&plan, &after, &changed)?;
        self.matches_out(&after, &changed)?;
        self.only_changed_files_are_new(&after, &changed)?;
        self.applies_no_more(&after, !changed.is_empty())?;
        self.undoes()
    }

    fn plan_is_right(&self, human: &Run, plan: &Run) -> Result<(), Failed> {
        let may = if self.case.exit == 0 { vec![0] } else { vec![0, 3, 4] };
        human.exits(&may)?;
        plan.exits(&may)?;
        if self.world.state.exists() {
            return Err("plan made a state folder".into());
        }
        if self.world.tree()? != self.before {
            return Err("plan changed the home".into());
        }
        let said = plan.of_type("consequence")?;
        if let Some(unsaid) = self.expect.consequences.iter().find(|wanted| !said.iter().any(|said| wanted.is_said_by(said))) {
            return Err(plan.failed(&format!("no such consequence: {unsaid:?}")));
        }
        self.problems_are_right(plan)?;
        let shown = human.stdout.replace(&*self.world.home.to_string_lossy(), "~").replace(&self.policy, "policy.toml");
        let kept = self.folder.join("plan.txt");
        if updates() {
            fs::write(kept, shown)?;
            return Ok(());
        }
        let wanted = fs::read_to_string(&kept)
            .map_err(|error| format!("{}: {error}; run with UPDATE=1, read the diff", kept.display()))?;
        if shown == wanted { Ok(()) } else { Err(format!("plan.txt:\n{wanted}\nis now:\n{shown}").into()) }
    }

    fn problems_are_right(&self, run: &Run) -> Result<(), Failed> {
        let problems = run.of_type("problem")?;
        let codes: BTreeSet<String> =
            problems.iter().map(|problem| problem["code"].as_str().unwrap_or("none").to_owned()).collect();
        let wanted = &self.case.problems;
        if codes == *wanted { Ok(()) } else { Err(run.failed(&format!("problems {codes:?}, expected {wanted:?}"))) }
    }

    fn apply(&self) -> Result<Run, Failed> {
        let applied = self.waxseal("apply", &["--yes", "--json"])?;
        applied.exits(&[self.case.exit])?;
        self.problems_are_right(&applied)?;
        let last = applied.records()?.pop().unwrap_or_default();
        if last["type"] == "summary" { Ok(applied) } else { Err(applied.failed("the summary comes last")) }
    }

    /// Promise 8: what is stored as a secret shows nowhere.
    fn tells_no_secret(&self, runs: &[&Run]) -> Result<(), Failed> {
        let stores = [("/logins.json", "json"), ("/signons.sqlite", "logins-db")];
        let stores = stores.into_iter().flat_map(|(name, reader)| {
            self.before.iter().filter(move |(path, _)| path.ends_with(name)).map(move |(_, node)| (reader, node))
        });
        for (reader, node) in stores {
            let logins = read(reader, node.bytes().unwrap_or_default())?;
            for secret in logins.iter().filter(|(key, _)| key.contains("].encrypted")).filter_map(|(_, value)| value.as_str()) {
                if let Some(run) = runs.iter().find(|run| run.stdout.contains(secret) || run.stderr.contains(secret)) {
                    return Err(run.failed("a secret is shown"));
                }
            }
        }
        Ok(())
    }

    /// Promise 1, by the independent reader: the keys that differ are the keys that the plan named.
    fn only_what_the_plan_said(&self, plan: &Run, after: &Tree, changed: &[String]) -> Result<(), Failed> {
        let mut named: BTreeSet<(String, String)> = BTreeSet::new();
        for change in plan.of_type("change")? {
            for key in change["keys"].as_array().into_iter().flatten() {
                let text = |name: &str| key[name].as_str().unwrap_or_default().to_owned();
                named.insert((self.world.below(&text("store")), text("key")));
            }
        }
        let stores: BTreeSet<&String> = named.iter().map(|(store, _)| store).collect();
        if !stores.iter().copied().eq(changed.iter().filter(|path| !self.goes(path))) {
            return Err(plan.failed(&format!("changed: {changed:?}, but the plan names {stores:?}")));
        }
        for file in self.expect.files.iter().filter(|file| matches!(file.reader.as_str(), "prefs" | "msmtp")) {
            let old = file.old(&self.before)?;
            let new = read(&file.reader, bytes(after, &file.path)?)?;
            let differ: BTreeSet<&String> = old.keys().chain(new.keys()).filter(|key| old.get(*key) != new.get(*key)).collect();
            let said: BTreeSet<&String> = named.iter().filter(|(store, _)| *store == file.path).map(|(_, key)| key).collect();
            if differ != said {
                return Err(plan.failed(&format!("{}: {differ:?} differ, the plan says {said:?}", file.path)));
            }
        }
        Ok(())
    }

    fn goes(&self, path: &str) -> bool {
        self.expect.files.iter().any(|file| file.gone && file.path == path)
    }

    fn matches_out(&self, after: &Tree, changed: &[String]) -> Result<(), Failed> {
        let out = self.folder.join("out");
        let changed: Vec<&String> = changed.iter().filter(|path| !self.goes(path)).collect();
        let blanked = |path: &String| -> Result<Vec<u8>, Failed> {
            let bytes = bytes(after, path)?;
            let file = self.expect.files.iter().find(|file| file.path == *path);
            file.map_or_else(|| Ok(bytes.to_vec()), |file| file.blanked(bytes))
        };
        if updates() {
            if out.exists() {
                fs::remove_dir_all(&out)?;
            }
            for path in &changed {
                let to = out.join(path);
                fs::create_dir_all(to.parent().unwrap_or(&out))?;
                fs::write(to, blanked(path)?)?;
            }
            return Ok(());
        }
        let wanted = if out.exists() { tree(&out)? } else { Tree::new() };
        let files: Vec<&String> = wanted.iter().filter(|(_, node)| node.bytes().is_some()).map(|(path, _)| path).collect();
        if files != changed {
            return Err(format!("changed {changed:?}, but out/ holds {files:?}").into());
        }
        for path in changed {
            let (found, wanted) = (blanked(path)?, bytes(&wanted, path)?);
            if found != wanted {
                let (found, wanted) = (String::from_utf8_lossy(&found), String::from_utf8_lossy(wanted));
                return Err(format!("{path} differs from out/:\n{}", first_difference(&wanted, &found)).into());
            }
        }
        Ok(())
    }

    /// Modes stay; the times of changed files are new, all others old.
    fn only_changed_files_are_new(&self, after: &Tree, changed: &[String]) -> Result<(), Failed> {
        let dated = differences(&self.before, after, Times::Count);
        if dated != changed {
            return Err(format!("changed {changed:?}, but by time {dated:?}").into());
        }
        let made = |path: &String| self.expect.files.iter().any(|file| file.made && file.path == *path);
        let new = |path: &&String| !self.before.contains_key(*path) && !path.ends_with(".parentlock") && !made(path);
        match after.keys().find(new) {
            Some(left) => Err(format!("{left}: left behind").into()),
            None => Ok(()),
        }
    }

    fn applies_no_more(&self, after: &Tree, was_written: bool) -> Result<(), Failed> {
        let again = self.waxseal("apply", &["--yes", "--json"])?;
        again.exits(&[0, self.case.exit])?;
        if !again.of_type("change")?.is_empty() {
            return Err(again.failed("a second apply has changes"));
        }
        let differ = differences(after, &self.world.tree()?, Times::Count);
        if !differ.is_empty() {
            return Err(again.failed(&format!("a second apply touched {differ:?}")));
        }
        let log = self.waxseal("log", &["--json"])?;
        log.exits(&[0])?;
        let operations = log.of_type("operation")?.len();
        if operations == usize::from(was_written) { Ok(()) } else { Err(log.failed(&format!("{operations} operations"))) }
    }

    fn undoes(&self) -> Result<(), Failed> {
        let undone = self.waxseal("undo", &["--yes", "--json"])?;
        undone.exits(&[0])?;
        let end = self.world.tree()?;
        let mut differ = differences(&self.before, &end, Times::Aside);
        // What went is made anew, for its owner alone.
        differ.retain(|path| !(self.goes(path) && bytes(&self.before, path).ok() == bytes(&end, path).ok()));
        if differ.is_empty() { Ok(()) } else { Err(undone.failed(&format!("undo left {differ:?}"))) }
    }

    fn rewritten_before_undo(&self) -> Result<(), Failed> {
        self.apply()?;
        let after = self.world.tree()?;
        let mut rewritten = Vec::new();
        for file in self.expect.files.iter().filter(|file| !file.same && !file.gone) {
            let applied = bytes(&after, &file.path)?;
            let by_client = stand_in::rewrite(&file.reader, &file.path, applied)?.unwrap_or_else(|| applied.to_vec());
            fs::write(self.world.home.join(&file.path), &by_client)?;
            rewritten.push((file, by_client));
        }
        let undone = self.waxseal("undo", &["--yes", "--json"])?;
        let counts = self.expect.files.iter().any(|file| file.set.contains_key("nextId"));
        undone.exits(if counts { &[0, 3] } else { &[0] })?;
        let end = self.world.tree()?;
        // A file that apply made may go with all that is in it.
        for (file, by_client) in rewritten.into_iter().filter(|(file, _)| !file.made || end.contains_key(&file.path)) {
            self.old_values_are_back(file, &by_client, bytes(&end, &file.path)?).map_err(|failed| join(failed, &undone))?;
        }
        Ok(())
    }

    /// What apply changed is as in `in/`; what the client changed stays as the client left it, its counter of ids too.
    fn old_values_are_back(&self, file: &File, by_client: &[u8], end: &[u8]) -> Result<(), Failed> {
        let path = &file.path;
        let old = file.old(&self.before)?;
        let (mut wanted, found) = (read(&file.reader, by_client)?, read(&file.reader, end)?);
        let next = wanted.get("nextId").cloned();
        let ours = file.set.keys().chain(&file.absent).chain(&file.fresh);
        for key in ours {
            wanted.remove(key);
            wanted.extend(old.get(key).map(|value| (key.clone(), value.clone())));
        }
        if file.reader == "json" {
            wanted.extend(next.map(|next| ("nextId".to_owned(), next)));
        }
        // Core Data's counters only ever go up.
        let counter = |key: &String| file.reader == "accounts-db" && (key.ends_with(".Z_OPT") || key.ends_with(".Z_MAX"));
        let differ: Vec<String> = wanted
            .keys()
            .chain(found.keys())
            .filter(|key| wanted.get(*key) != found.get(*key) && !counter(key))
            .map(|key| format!("{path}: {key}: found {:?}, expected {:?}", found.get(key), wanted.get(key)))
            .collect();
        if differ.is_empty() { Ok(()) } else { Err(differ.join("\n").into()) }
    }
}

fn updates() -> bool {
    env::var("UPDATE").is_ok_and(|word| word == "1")
}

fn join(failed: Failed, run: &Run) -> Failed {
    run.failed(failed.message().unwrap_or_default())
}

/// The first lines that differ.
fn first_difference(wanted: &str, found: &str) -> String {
    let mut lines = wanted.split_inclusive('\n').zip(found.split_inclusive('\n')).enumerate();
    match lines.find(|(_, (wanted, found))| wanted != found) {
        Some((at, (wanted, found))) => format!("line {}: expected {wanted:?}, found {found:?}", at + 1),
        None => format!("{} bytes expected, {} found", wanted.len(), found.len()),
    }
}
