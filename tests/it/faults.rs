//! Faults as trials: a real apply is killed, starved and lied to, and every store has to come out whole. Knows the case that
//! it works on and what the command promises; nothing of how it keeps it.

mod errors;
mod hostile;
mod kill;
mod later;

use std::ffi::OsStr;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use libtest_mimic::{Failed, Trial};

use crate::need::root;
use crate::world::{Run, Times, Tree, World, differences};

/// The trials.
pub(crate) fn trials() -> Vec<Trial> {
    [kill::trials(), errors::trials(), hostile::trials(), later::trials()].into_iter().flatten().collect()
}

/// The case: one profile, of which seven stores in five folders change.
const CASE: &str = "tests/stores/thunderbird/both";

/// The profile's folder below the home.
const PROFILE: &str = ".thunderbird/abcd1234.default-esr";

/// Whether everything is to be tried, not a sample.
fn is_full() -> bool {
    std::env::var("WAXSEAL_FAULTS").is_ok_and(|word| word == "full")
}

/// A fresh copy of the case, with its content before and after.
struct Scene {
    world: World,
    before: Tree,
}

impl Scene {
    fn new() -> Result<Scene, Failed> {
        let world = World::copy_of(&root().join(CASE).join("in"), &[])?;
        let before = world.tree()?;
        Ok(Scene { world, before })
    }

    /// What the home holds after an apply that nothing disturbs.
    fn after() -> Result<Tree, Failed> {
        let scene = Scene::new()?;
        scene.waxseal("apply", &["--yes", "--json"])?.exits(&[0])?;
        scene.world.tree()
    }

    fn path(&self, store: &str) -> PathBuf {
        self.world.home.join(PROFILE).join(store)
    }

    /// The arguments of a verb on this home.
    fn arguments(&self, verb: &str, more: &[&str]) -> Vec<String> {
        let text = |path: &std::path::Path| path.to_string_lossy().into_owned();
        let mut all = vec![verb.to_owned(), "--state".to_owned(), text(&self.world.state)];
        if matches!(verb, "plan" | "apply") && !more.contains(&"--plan") {
            let policy = text(&root().join(CASE).join("policy.toml"));
            all.extend(["--home".to_owned(), text(&self.world.home), "--policy".to_owned(), policy]);
            all.extend(["--os".to_owned(), "linux".to_owned()]);
        }
        all.extend(more.iter().map(|word| (*word).to_owned()));
        all
    }

    fn waxseal(&self, verb: &str, more: &[&str]) -> Result<Run, Failed> {
        self.world.run(Command::new(env!("CARGO_BIN_EXE_waxseal")).args(self.arguments(verb, more)))
    }

    /// Runs a verb below `strace`, which injects what the options say.
    fn traced<S: AsRef<OsStr>>(&self, options: &[S], verb: &str, more: &[&str]) -> Result<Run, Failed> {
        let mut strace = Command::new("strace");
        strace.args(["-f", "-qq", "-o"]).arg(self.trace()).args(options).arg(env!("CARGO_BIN_EXE_waxseal"));
        self.world.run(strace.args(self.arguments(verb, more)))
    }

    /// What the last traced run called.
    fn trace(&self) -> PathBuf {
        self.world.folder().join("trace")
    }

    /// Every store is byte for byte old or new; temp files aside.
    fn every_store_is_whole(&self, after: &Tree) -> Result<(), Failed> {
        let now = self.world.tree()?;
        let torn = |path: &&String| {
            let bytes = |tree: &Tree| tree.get(*path).and_then(|node| node.bytes().map(<[u8]>::to_vec));
            bytes(&now) != bytes(&self.before) && bytes(&now) != bytes(after)
        };
        match self.before.keys().find(torn) {
            Some(path) => Err(format!("{path} is neither old nor new").into()),
            None => Ok(()),
        }
    }

    /// Whether the home is as after apply; fails if it is a mix or if something is left behind.
    fn is_new(&self, after: &Tree) -> Result<bool, Failed> {
        let now = self.world.tree()?;
        if differences(&self.before, &now, Times::Aside).is_empty() {
            return Ok(false);
        }
        let differ = differences(after, &now, Times::Aside);
        if differ.is_empty() { Ok(true) } else { Err(format!("neither old nor new: {differ:?}").into()) }
    }

    /// Fails unless the home is as it was.
    fn is_old(&self) -> Result<(), Failed> {
        let differ = differences(&self.before, &self.world.tree()?, Times::Aside);
        if differ.is_empty() { Ok(()) } else { Err(format!("not as it was: {differ:?}").into()) }
    }

    /// After a crash: recover, then wholly old or wholly new; the log says which, and undo gives the old bytes.
    fn survives(&self, after: &Tree) -> Result<bool, Failed> {
        self.every_store_is_whole(after)?;
        let recovered = self.waxseal("recover", &["--json"])?;
        recovered.exits(&[0])?;
        let new = self.is_new(after).map_err(|failed| recovered.failed(failed.message().unwrap_or_default()))?;
        let log = self.waxseal("log", &["--json"])?;
        log.exits(&[0])?;
        if !self.waxseal("recover", &["--json"])?.stdout.is_empty() {
            return Err("a second recover found something".into());
        }
        if new {
            let undone = self.waxseal("undo", &["--yes", "--json"])?;
            undone.exits(&[0])?;
            self.is_old().map_err(|failed| undone.failed(failed.message().unwrap_or_default()))?;
        } else if !log.of_type("operation")?.iter().all(|operation| operation["accounts"]["changed"] != 2) {
            return Err(log.failed("the log says that accounts changed, and none did"));
        }
        Ok(new)
    }

    fn write(&self, store: &str, change: impl FnOnce(String) -> String) -> Result<(), Failed> {
        let path = self.path(store);
        let text = fs::read_to_string(&path)?;
        let changed = change(text.clone());
        if changed == text {
            return Err(format!("{}: nothing was changed", path.display()).into());
        }
        Ok(fs::write(path, changed)?)
    }
}

/// The codes of the problems that a run tells.
fn codes(run: &Run) -> Result<Vec<String>, Failed> {
    let problems = run.of_type("problem")?;
    Ok(problems.iter().map(|problem| problem["code"].as_str().unwrap_or_default().to_owned()).collect())
}
