//! A temporary world for one trial: a copy of a home, a state folder, and the command run on them. Knows no client.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime};

use libtest_mimic::Failed;
use serde_json::Value;
use tempfile::TempDir;

/// How long a command may take before it counts as hung.
const PATIENCE: Duration = Duration::from_secs(60);

/// When everything in a copied home was last changed.
const LONG_AGO: Duration = Duration::from_secs(1_577_836_800);

/// A home to work on; gone when dropped.
pub(crate) struct World {
    folder: TempDir,
    /// The home, `…/home/joe`.
    pub(crate) home: PathBuf,
    /// The state folder, which doesn't exist yet.
    pub(crate) state: PathBuf,
}

/// What a command did.
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    command: String,
}

/// A file, folder or link of a home.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Node {
    File {
        bytes: Vec<u8>,
        mode: u32,
        modified: SystemTime,
    },
    Folder,
    Link(PathBuf),
    /// A pipe, or a file that isn't ours to read.
    Other,
}

impl Node {
    /// The bytes, where it is a file.
    pub(crate) fn bytes(&self) -> Option<&[u8]> {
        match self {
            Node::File { bytes, .. } => Some(bytes),
            _ => None,
        }
    }

    /// The same but for the time.
    fn undated(&self) -> Node {
        match self {
            Node::File { bytes, mode, .. } => Node::File { bytes: bytes.clone(), mode: *mode, modified: SystemTime::UNIX_EPOCH },
            other => other.clone(),
        }
    }
}

/// A home's content by path below it, with forward slashes.
pub(crate) type Tree = BTreeMap<String, Node>;

impl World {
    /// A copy of a home; `folders` are the empty ones, which version control can't keep.
    pub(crate) fn copy_of(home: &Path, folders: &[String]) -> Result<World, Failed> {
        let folder = tempfile::tempdir()?;
        let joe = folder.path().join("home").join("joe");
        fs::create_dir_all(&joe)?;
        for (path, node) in tree(home)? {
            let to = joe.join(path);
            match node {
                Node::Folder => fs::create_dir_all(to)?,
                Node::File { bytes, .. } => {
                    fs::write(&to, bytes)?;
                    File::options().write(true).open(to)?.set_modified(SystemTime::UNIX_EPOCH + LONG_AGO)?;
                }
                Node::Link(_) | Node::Other => return Err(format!("{path}: neither file nor folder", path = to.display()).into()),
            }
        }
        for empty in folders {
            fs::create_dir_all(joe.join(empty))?;
        }
        let state = folder.path().join("state");
        Ok(World { folder, home: joe, state })
    }

    /// The folder that holds the home, the state and whatever a trial adds.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What the home holds now.
    pub(crate) fn tree(&self) -> Result<Tree, Failed> {
        tree(&self.home)
    }

    /// Runs `waxseal` with these arguments.
    pub(crate) fn waxseal(&self, arguments: &[&str]) -> Result<Run, Failed> {
        self.run(Command::new(env!("CARGO_BIN_EXE_waxseal")).args(arguments))
    }

    /// Runs a command away from the real user's world, and not for ever.
    pub(crate) fn run(&self, command: &mut Command) -> Result<Run, Failed> {
        let out = tempfile::NamedTempFile::new()?;
        let err = tempfile::NamedTempFile::new()?;
        for name in ["XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "RUST_BACKTRACE"] {
            command.env_remove(name);
        }
        let nobody = self.folder.path().join("nobody");
        command.env("HOME", &nobody).env("USERPROFILE", nobody).env("NO_COLOR", "1").current_dir(self.folder.path());
        command.stdin(Stdio::null()).stdout(out.reopen()?).stderr(err.reopen()?);
        let shown = format!("{command:?}");
        let mut child = command.spawn()?;
        let started = Instant::now();
        let status = loop {
            match child.try_wait()? {
                Some(status) => break status,
                None if started.elapsed() > PATIENCE => {
                    child.kill()?;
                    child.wait()?;
                    return Err(format!("{shown}: still running after {PATIENCE:?}").into());
                }
                None => sleep(Duration::from_millis(2)),
            }
        };
        let text = |file: tempfile::NamedTempFile| -> Result<String, Failed> {
            Ok(String::from_utf8_lossy(&fs::read(file.path())?).into_owned())
        };
        Ok(Run { code: status.code(), stdout: text(out)?, stderr: text(err)?, command: shown })
    }

    /// A path as the reports name it, made one below the home.
    pub(crate) fn below(&self, path: &str) -> String {
        Path::new(path).strip_prefix(&self.home).unwrap_or(Path::new(path)).to_string_lossy().replace('\\', "/")
    }
}

impl Run {
    /// The JSON lines of stdout.
    pub(crate) fn records(&self) -> Result<Vec<Value>, Failed> {
        let records: Vec<Value> = self
            .stdout
            .lines()
            .map(|line| serde_json::from_str(line).map_err(|error| self.failed(&format!("{error} in {line}"))))
            .collect::<Result<_, _>>()?;
        match records.iter().find(|record| record["type"].as_str().is_none()) {
            Some(record) => Err(self.failed(&format!("no type: {record}"))),
            None => Ok(records),
        }
    }

    /// The JSON lines of one type.
    pub(crate) fn of_type(&self, kind: &str) -> Result<Vec<Value>, Failed> {
        Ok(self.records()?.into_iter().filter(|record| record["type"] == kind).collect())
    }

    /// Fails unless it ended with one of these codes.
    pub(crate) fn exits(&self, codes: &[i32]) -> Result<(), Failed> {
        if self.code.is_some_and(|code| codes.contains(&code)) {
            Ok(())
        } else {
            Err(self.failed(&format!("expected exit {codes:?}")))
        }
    }

    /// A failure that shows the whole run.
    pub(crate) fn failed(&self, why: &str) -> Failed {
        let Run { code, stdout, stderr, command } = self;
        format!("{why}\ncommand: {command}\nexit: {code:?}\nstdout:\n{stdout}\nstderr:\n{stderr}").into()
    }
}

/// What a folder holds.
pub(crate) fn tree(root: &Path) -> Result<Tree, Failed> {
    let mut found = Tree::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))? {
            let path = entry?.path();
            let meta = fs::symlink_metadata(&path)?;
            let node = if meta.is_dir() {
                folders.push(path.clone());
                Node::Folder
            } else if meta.is_symlink() {
                Node::Link(fs::read_link(&path)?)
            } else if meta.is_file() {
                match fs::read(&path) {
                    Ok(bytes) => Node::File { bytes, mode: mode(&meta), modified: meta.modified()? },
                    Err(error) if error.kind() == ErrorKind::PermissionDenied => Node::Other,
                    Err(error) => return Err(error.into()),
                }
            } else {
                Node::Other
            };
            found.insert(path.strip_prefix(root)?.to_string_lossy().replace('\\', "/"), node);
        }
    }
    Ok(found)
}

/// Every path below a folder.
#[cfg(unix)]
pub(crate) fn paths(root: &Path) -> Result<Vec<PathBuf>, Failed> {
    Ok(tree(root)?.into_keys().map(|path| root.join(path)).collect())
}

#[cfg(unix)]
fn mode(meta: &fs::Metadata) -> u32 {
    std::os::unix::fs::MetadataExt::mode(meta)
}

#[cfg(not(unix))]
fn mode(meta: &fs::Metadata) -> u32 {
    meta.permissions().readonly().into()
}

/// Whether times count when two trees are compared.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Times {
    Count,
    Aside,
}

/// The paths at which two trees differ, lock files aside.
pub(crate) fn differences(before: &Tree, after: &Tree, times: Times) -> Vec<String> {
    let is_lock = |path: &str| path.rsplit('/').next() == Some(".parentlock");
    let same = |path: &str| match (before.get(path), after.get(path)) {
        (Some(before), Some(after)) if times == Times::Aside => before.undated() == after.undated(),
        (before, after) => before == after,
    };
    let mut paths: Vec<&String> = before.keys().chain(after.keys()).collect();
    paths.sort();
    paths.dedup();
    paths.into_iter().filter(|path| !is_lock(path) && !same(path)).cloned().collect()
}
