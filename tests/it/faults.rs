//! Faults as trials: a real apply is killed, starved and lied to, and every store has to come out whole. Knows the case that
//! it works on and what the command promises; nothing of how it keeps it.

mod changes;
mod disk;
mod errors;
mod hostile;
mod kill;
mod kill_many;
mod later;
mod locked;
mod promises;
mod stop;
mod trace;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use libtest_mimic::{Failed, Trial};

use crate::need::root;
use crate::world::{Run, Times, Tree, World, differences, tree};

/// The trials.
pub(crate) fn trials() -> Vec<Trial> {
    let all = [
        kill::trials(),
        kill_many::trials(),
        errors::trials(),
        changes::trials(),
        disk::trials(),
        stop::trials(),
        hostile::trials(),
        later::trials(),
        locked::trials(),
        promises::trials(),
    ];
    all.into_iter().flatten().collect()
}

/// The case: one profile, of which seven stores in five folders change.
const CASE: &str = "tests/stores/thunderbird/both";

/// The profile's folder below the home.
const PROFILE: &str = ".thunderbird/abcd1234.default-esr";

/// Whether everything is to be tried, not a sample.
fn is_full() -> bool {
    std::env::var("WAXSEAL_FAULTS").is_ok_and(|word| word == "full")
}

/// How many homes share their syncs: what is put in place is put in place by so many.
fn group() -> usize {
    waxseal::apply::ApplyOptions::default().group
}

/// Fresh copies of the case, with the content of each before.
struct Scene {
    world: World,
    homes: Vec<PathBuf>,
    before: Tree,
}

impl Scene {
    fn new() -> Result<Scene, Failed> {
        Scene::of(1)
    }

    /// So many homes side by side, all alike.
    fn of(count: usize) -> Result<Scene, Failed> {
        let world = World::copy_of(&root().join(CASE).join("in"), &[])?;
        let before = world.tree()?;
        let mut homes = vec![world.home.clone()];
        for at in 1..count {
            homes.push(world.home.with_file_name(format!("user{at:04}")));
            lay(&before, &homes[at])?;
        }
        Ok(Scene { world, homes, before })
    }

    /// The one home of a scene, at another place.
    fn moved_to(folder: &Path, scene: Scene) -> Result<Scene, Failed> {
        let Scene { mut world, before, .. } = scene;
        world.home = folder.join("joe");
        lay(&before, &world.home)?;
        Ok(Scene { homes: vec![world.home.clone()], world, before })
    }

    /// What each home holds after an apply that nothing disturbs.
    fn after() -> Result<Tree, Failed> {
        let scene = Scene::new()?;
        scene.waxseal("apply", &["--yes", "--json"])?.exits(&[0])?;
        scene.world.tree()
    }

    /// The homes belong to another user from here on.
    fn give_away(&self) -> Result<(), Failed> {
        match Command::new("chown").args(["-R", "65534:65534"]).args(&self.homes).status()?.success() {
            true => Ok(()),
            false => Err("the homes could not be given away".into()),
        }
    }

    fn path(&self, store: &str) -> PathBuf {
        self.world.home.join(PROFILE).join(store)
    }

    /// The arguments of a verb on these homes.
    fn arguments(&self, verb: &str, more: &[&str]) -> Vec<String> {
        let text = |path: &Path| path.to_string_lossy().into_owned();
        let mut all = vec![verb.to_owned(), "--state".to_owned(), text(&self.world.state)];
        if matches!(verb, "plan" | "apply") && !more.contains(&"--plan") {
            match self.homes.as_slice() {
                [home] => all.extend(["--home".to_owned(), text(home)]),
                _ => all.extend(["--homes".to_owned(), text(&self.world.home.with_file_name("*"))]),
            }
            all.extend(["--policy".to_owned(), text(&root().join(CASE).join("policy.toml"))]);
            all.extend(["--os".to_owned(), "linux".to_owned()]);
        }
        all.extend(more.iter().map(|word| (*word).to_owned()));
        all
    }

    fn waxseal(&self, verb: &str, more: &[&str]) -> Result<Run, Failed> {
        self.world.run(Command::new(env!("CARGO_BIN_EXE_waxseal")).args(self.arguments(verb, more)))
    }

    /// An apply that runs on, for being disturbed; it says nothing to anybody.
    fn under_way(&self) -> Result<Child, Failed> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_waxseal"));
        command.args(self.arguments("apply", &["--yes", "--json"])).env("HOME", self.world.folder());
        Ok(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?)
    }

    /// Every store is byte for byte old or new; temp files aside.
    fn every_store_is_whole(&self, after: &Tree) -> Result<(), Failed> {
        for home in &self.homes {
            let now = tree(home)?;
            let torn = |path: &&String| {
                let bytes = |tree: &Tree| tree.get(*path).and_then(|node| node.bytes().map(<[u8]>::to_vec));
                bytes(&now) != bytes(&self.before) && bytes(&now) != bytes(after)
            };
            if let Some(path) = self.before.keys().find(torn) {
                return Err(format!("{}: {path} is neither old nor new", home.display()).into());
            }
        }
        Ok(())
    }

    /// How many homes are as after apply; fails if one is a mix or if something is left behind.
    fn new_ones(&self, after: &Tree) -> Result<usize, Failed> {
        let mut new = 0;
        for home in &self.homes {
            let now = tree(home)?;
            if differences(&self.before, &now, Times::Aside).is_empty() {
                continue;
            }
            let differ = differences(after, &now, Times::Aside);
            if !differ.is_empty() {
                return Err(format!("{}: neither old nor new: {differ:?}", home.display()).into());
            }
            new += 1;
        }
        Ok(new)
    }

    /// Fails unless every home is as it was.
    fn is_old(&self) -> Result<(), Failed> {
        for home in &self.homes {
            let differ = differences(&self.before, &tree(home)?, Times::Aside);
            if !differ.is_empty() {
                return Err(format!("{}: not as it was: {differ:?}", home.display()).into());
            }
        }
        Ok(())
    }

    /// After a crash: recover, then each home wholly old or wholly new; the log says how many, and undo gives the old
    /// bytes. How many were new.
    fn survives(&self, after: &Tree) -> Result<usize, Failed> {
        self.every_store_is_whole(after)?;
        let recovered = self.waxseal("recover", &["--json"])?;
        recovered.exits(&[0])?;
        let new = self.new_ones(after).map_err(|failed| recovered.failed(failed.message().unwrap_or_default()))?;
        let log = self.waxseal("log", &["--json"])?;
        log.exits(&[0])?;
        if !self.waxseal("recover", &["--json"])?.stdout.is_empty() {
            return Err("a second recover found something".into());
        }
        let told: u64 = log.of_type("operation")?.iter().filter_map(|operation| operation["done"].as_u64()).sum();
        if told != new as u64 {
            return Err(log.failed(&format!("the log says that {told} profiles are done, and {new} are")));
        }
        if new > 0 {
            let undone = self.waxseal("undo", &["--yes", "--json"])?;
            undone.exits(&[0])?;
            self.is_old().map_err(|failed| undone.failed(failed.message().unwrap_or_default()))?;
        }
        Ok(new)
    }

    /// As if nothing had been done yet; the homes are as they were.
    fn again(&self) -> Result<(), Failed> {
        self.is_old()?;
        if self.world.state.exists() { Ok(fs::remove_dir_all(&self.world.state)?) } else { Ok(()) }
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

/// Writes what a tree holds.
fn lay(content: &Tree, at: &Path) -> Result<(), Failed> {
    fs::create_dir_all(at)?;
    for (path, node) in content {
        match node.bytes() {
            Some(bytes) => fs::write(at.join(path), bytes)?,
            None => fs::create_dir_all(at.join(path))?,
        }
    }
    Ok(())
}

/// The codes of the problems that a run tells.
fn codes(run: &Run) -> Result<Vec<String>, Failed> {
    let problems = run.of_type("problem")?;
    Ok(problems.iter().map(|problem| problem["code"].as_str().unwrap_or_default().to_owned()).collect())
}
