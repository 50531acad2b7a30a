//! A disk that is really full, files and file systems that really can't be written.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use libtest_mimic::{Failed, Trial};

use super::{Scene, codes};
use crate::need::{Need, trial};
use crate::world::{Run, Times, Tree, differences};

const MOUNTS: &[Need] = &[Need::Unix, Need::Mounts, Need::Program("mount")];

pub(super) fn trials() -> Vec<Trial> {
    vec![
        trial("fault::the-disk-of-a-home-is-full", MOUNTS, home_is_full),
        trial("fault::the-disk-of-the-state-is-full", MOUNTS, state_is_full),
        trial("fault::a-home-is-mounted-read-only", MOUNTS, read_only),
        trial("fault::a-store-can-not-be-changed", &[Need::Unix, Need::Root, Need::Program("chattr")], unchangeable),
    ]
}

/// Bytes that a small file system gives away at once.
const BLOCK: usize = 4096;

/// A mounted folder; unmounted when dropped.
struct Mount(PathBuf);

impl Mount {
    fn new(options: &[&str], source: &Path, at: &Path) -> Result<Mount, Failed> {
        fs::create_dir_all(at)?;
        let mut command = Command::new("mount");
        must(command.args(options).arg(source).arg(at))?;
        Ok(Mount(at.to_owned()))
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

fn must(command: &mut Command) -> Result<(), Failed> {
    let done = command.output()?;
    match done.status.success() {
        true => Ok(()),
        false => Err(format!("{command:?}: {}", String::from_utf8_lossy(&done.stderr)).into()),
    }
}

/// A small disk, and the file that fills it.
struct Small {
    disk: Mount,
}

impl Small {
    fn new(at: &Path) -> Result<Small, Failed> {
        Ok(Small { disk: Mount::new(&["-t", "tmpfs", "-o", "size=2m"], Path::new("none"), at)? })
    }

    /// Leaves so many blocks free.
    fn fill(&self, free: usize) -> Result<(), Failed> {
        let path = self.disk.0.join("filler");
        let mut file = File::create(&path)?;
        let mut written = 0;
        while file.write_all(&[0; BLOCK]).is_ok() {
            written += BLOCK;
        }
        Ok(file.set_len(u64::try_from(written.saturating_sub(free * BLOCK))?)?)
    }

    fn empty(&self) -> Result<(), Failed> {
        Ok(fs::remove_file(self.disk.0.join("filler"))?)
    }
}

/// What a run that failed says, and that it changed nothing.
fn failed_clearly(scene: &Scene, run: &Run) -> Result<(), Failed> {
    run.exits(&[3, 4])?;
    let told = codes(run)?.iter().any(|code| code == "write-failed");
    if !(told || run.stderr.contains("journal") || run.stderr.contains("state folder")) {
        return Err(run.failed("no clear problem"));
    }
    scene.is_old().map_err(|failed| run.failed(failed.message().unwrap_or_default()))
}

/// Fills the disk less and less, until an apply goes through; every one before has to fail and leave nothing.
fn until_it_fits(scene: &Scene, small: &Small, after: &Tree) -> Result<(), Failed> {
    let room = [0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256];
    for (failed, free) in room.into_iter().enumerate() {
        small.fill(free)?;
        let run = scene.waxseal("apply", &["--yes", "--json"])?;
        small.empty()?;
        if run.code == Some(0) {
            if failed < 3 || scene.new_ones(after)? != 1 {
                return Err(run.failed(&format!("done after {failed} failures")));
            }
            return scene.survives(after).map(drop);
        }
        // Room for all but the mark that all is done: recovery makes it.
        match codes(&run)?.iter().any(|code| code == "interrupted") {
            true => run.exits(&[3]).and_then(|()| scene.every_store_is_whole(after))?,
            false => failed_clearly(scene, &run)?,
        }
        if scene.world.state.exists() {
            scene.survives(after)?;
        }
        scene.again()?;
    }
    Err("never enough room".into())
}

fn home_is_full() -> Result<(), Failed> {
    let after = Scene::after()?;
    let scene = Scene::new()?;
    let disk = scene.world.folder().join("disk");
    let small = Small::new(&disk)?;
    let scene = Scene::moved_to(&disk, scene)?;
    until_it_fits(&scene, &small, &after)
}

fn state_is_full() -> Result<(), Failed> {
    let after = Scene::after()?;
    let mut scene = Scene::new()?;
    let disk = scene.world.folder().join("disk");
    let small = Small::new(&disk)?;
    scene.world.state = disk.join("state");
    until_it_fits(&scene, &small, &after)
}

/// It can be read and planned for; apply and undo say why they can't, and undo can be had later.
fn read_only() -> Result<(), Failed> {
    let after = Scene::after()?;
    let scene = Scene::new()?;
    let mount = || {
        let mount = Mount::new(&["--bind"], &scene.world.home, &scene.world.home)?;
        must(Command::new("mount").args(["-o", "remount,bind,ro"]).arg(&mount.0))?;
        Ok::<Mount, Failed>(mount)
    };
    let mounted = mount()?;
    scene.waxseal("plan", &["--json"])?.exits(&[0])?;
    failed_clearly(&scene, &scene.waxseal("apply", &["--yes", "--json"])?)?;
    drop(mounted);
    scene.waxseal("apply", &["--yes", "--json"])?.exits(&[0])?;
    let mounted = mount()?;
    let undone = scene.waxseal("undo", &["--yes", "--json"])?;
    undone.exits(&[3, 4])?;
    if !codes(&undone)?.iter().any(|code| code == "write-failed") || scene.new_ones(&after)? != 1 {
        return Err(undone.failed("no clear problem, or something undone"));
    }
    drop(mounted);
    scene.survives(&after).map(drop)
}

/// A file, or a folder, with the attribute that keeps even root from changing it; taken away when dropped.
struct Unchangeable(PathBuf);

impl Unchangeable {
    fn new(path: PathBuf) -> Result<Unchangeable, Failed> {
        must(Command::new("chattr").arg("+i").arg(&path))?;
        Ok(Unchangeable(path))
    }
}

impl Drop for Unchangeable {
    fn drop(&mut self) {
        let _ = Command::new("chattr").arg("-i").arg(&self.0).status();
    }
}

/// Whichever store it is, the others of the profile are as they were.
fn unchangeable() -> Result<(), Failed> {
    let after = Scene::after()?;
    let scene = Scene::new()?;
    let mut names = differences(&scene.before, &after, Times::Aside);
    if names.len() < 7 {
        return Err(format!("{names:?}: expected seven stores").into());
    }
    names.extend([super::PROFILE, ".thunderbird/abcd1234.default-esr/Mail/pop.old.example"].map(str::to_owned));
    for name in names {
        scene.again()?;
        let kept = Unchangeable::new(scene.world.home.join(&name))?;
        let run = scene.waxseal("apply", &["--yes", "--json"])?;
        failed_clearly(&scene, &run).map_err(|failed| format!("{name}: {}", failed.message().unwrap_or_default()))?;
        drop(kept);
        scene.survives(&after)?;
    }
    Ok(())
}
