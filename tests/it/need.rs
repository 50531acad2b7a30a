//! What a trial needs from the machine it runs on. A trial whose need isn't met is ignored, by name and with the reason
//! in its kind; under `WAXSEAL_JUDGES=require` it fails.

use std::env;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use libtest_mimic::{Failed, Trial};

/// Something that not every machine has.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Need {
    /// A program on the search path.
    Program(&'static str),
    /// A system of the Unix kind: named pipes, links, modes.
    Unix,
    /// A variable of the environment, which `.ci/run` sets.
    Variable(&'static str),
    /// To be root: homes of other users, files that can't be changed.
    Root,
    /// The kernel's own account of a process, `/proc`.
    Proc,
    /// To be allowed to mount.
    Mounts,
    /// A judge that `tests/judges/versions` finds.
    Judge(&'static str),
    /// The folder of stores that we did not write; no judge, so that its absence never fails.
    Samples,
}

impl Need {
    fn unmet(self) -> Option<String> {
        match self {
            Need::Program(name) => {
                let path = env::var_os("PATH").unwrap_or_default();
                let found = env::split_paths(&path).any(|folder| folder.join(name).is_file());
                (!found).then(|| format!("needs {name}"))
            }
            Need::Judge(name) => (!judges().iter().any(|known| known == name)).then(|| format!("needs the judge {name}")),
            Need::Samples => env::var_os("WAXSEAL_SAMPLES").is_none().then(|| "needs WAXSEAL_SAMPLES".to_owned()),
            Need::Variable(name) => env::var_os(name).is_none().then(|| format!("needs {name}")),
            Need::Unix => (!cfg!(unix)).then(|| "needs unix".to_owned()),
            Need::Proc => (!Path::new("/proc/self/status").is_file()).then(|| "needs /proc".to_owned()),
            Need::Root => (!says(Command::new("id").arg("-u"), "0\n")).then(|| "needs root".to_owned()),
            Need::Mounts => (!says(Command::new("unshare").args(["--mount", "true"]), "")).then(|| "needs to mount".to_owned()),
        }
    }
}

/// Whether a command ends well and says just this.
fn says(command: &mut Command, wanted: &str) -> bool {
    command.output().is_ok_and(|done| done.status.success() && done.stdout == wanted.as_bytes())
}

/// The judges that are on this machine.
fn judges() -> &'static [String] {
    static FOUND: OnceLock<Vec<String>> = OnceLock::new();
    FOUND.get_or_init(|| {
        let said = Command::new(root().join("tests/judges/versions")).output().map(|done| done.stdout).unwrap_or_default();
        let text = String::from_utf8_lossy(&said).into_owned();
        let known = text.lines().filter_map(|line| line.split_once('\t')).filter(|(_, version)| *version != "-");
        known.map(|(name, _)| name.to_owned()).collect()
    })
}

/// A trial that runs where all its needs are met.
pub(crate) fn trial(name: impl Into<String>, needs: &[Need], run: impl FnOnce() -> Result<(), Failed> + Send + 'static) -> Trial {
    let unmet: Vec<String> = needs.iter().filter_map(|need| need.unmet()).collect();
    if unmet.is_empty() {
        return Trial::test(name, run);
    }
    let why = unmet.join(", ");
    let only_samples = needs.iter().all(|need| matches!(need, Need::Samples) || need.unmet().is_none());
    let required = env::var("WAXSEAL_JUDGES").is_ok_and(|word| word == "require") && !only_samples;
    let message = why.clone();
    Trial::test(name, move || Err(message.into())).with_kind(why).with_ignored_flag(!required)
}

/// The workspace's folder.
pub(crate) fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}
