//! Whose settings are looked at: one user's home, live or on a mounted disk, and files within it. Never touches a disk.

pub(crate) mod spelled;

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Which system's layout a home has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Os {
    /// Linux and its kin.
    Linux,
    /// macOS, and Mac OS before it.
    Macos,
    /// Windows.
    Windows,
}

/// One user's world: a home directory, a Windows profile folder, a roaming-profile folder.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Home {
    /// Its folder.
    #[serde(with = "spelled")]
    pub path: PathBuf,
    /// The layout; `None` means whatever is found.
    pub os: Option<Os>,
    /// Whether its owner's programs run on this machine, under this system: only then can "not running" be told from
    /// the processes, and absolute paths mean what they say.
    pub live: bool,
}

impl Home {
    /// The folder's name: the variable `{user}` of a policy.
    pub fn user(&self) -> String {
        self.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }

    /// Where a path leads that one of its programs wrote down, as far as that is sure: as it is on a live home, else below the home by
    /// the part after its user's name; and where it may lead: a home can be a copy under another name, or a whole disk.
    pub fn places(&self, path: &str) -> (Option<StorePath>, Vec<StorePath>) {
        let root = StorePath::root(&self.path);
        if let Ok(below) = Path::new(path).strip_prefix(&self.path) {
            return (root.join(below), Vec::new());
        }
        if self.live && Path::new(path).is_absolute() {
            return (Some(StorePath::root(path)), Vec::new());
        }
        let (parts, user) = (parts(path), self.user());
        let parent = self.path.parent().and_then(Path::file_name).and_then(std::ffi::OsStr::to_str);
        let below = |from: usize| root.join(parts.get(from..)?.join("/"));
        let of_user = parts.iter().enumerate().filter(|(_, part)| same_user(part, &user)).map(|(at, _)| at + 1);
        let of_homes = |at: &usize| {
            let above = at.checked_sub(2).and_then(|at| parts.get(at).copied());
            parent.is_none() || above.is_some_and(|above| parent == Some(above) || HOMES.contains(&above))
        };
        let (known, others): (Vec<usize>, Vec<usize>) = of_user.partition(of_homes);
        let sure = known.first().and_then(|at| below(*at));
        (sure, others.into_iter().chain([0]).filter_map(below).collect())
    }
}

/// Folders that hold homes, on whatever system.
const HOMES: &[&str] = &["home", "Users", "Documents and Settings", "Profiles"];

/// The parts of a path of any system, without its drive.
fn parts(path: &str) -> Vec<&str> {
    let drive = path.get(1..2) == Some(":") && path.starts_with(|c: char| c.is_ascii_alphabetic());
    let windows = drive || path.starts_with("\\\\");
    let rest = if drive { path.get(2..).unwrap_or_default() } else { path };
    rest.split(|c| c == '/' || (windows && c == '\\')).filter(|part| !part.is_empty() && *part != ".").collect()
}

/// Whether a part of a path is this home's folder. A roaming one has a version behind the name: `joe.V6`.
fn same_user(part: &str, user: &str) -> bool {
    let plain = match user.rsplit_once(".V") {
        Some((name, version)) if !version.is_empty() && version.bytes().all(|c| c.is_ascii_digit()) => name,
        _ => user,
    };
    !plain.is_empty() && (part.eq_ignore_ascii_case(plain) || part.eq_ignore_ascii_case(user))
}

/// A file or folder of a home: a root that is never left, and a path below it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "Written")]
pub struct StorePath {
    /// One for all paths of a home: paths are made, compared and dropped by the thousand.
    #[serde(with = "spelled::shared")]
    root: Arc<Path>,
    #[serde(with = "spelled")]
    below: PathBuf,
}

/// A path as a plan or the journal has it, of which nobody knows who wrote it.
#[derive(Deserialize)]
struct Written {
    #[serde(with = "spelled::shared")]
    root: Arc<Path>,
    #[serde(with = "spelled")]
    below: PathBuf,
}

impl TryFrom<Written> for StorePath {
    type Error = String;

    fn try_from(Written { root, below }: Written) -> Result<StorePath, String> {
        let path = StorePath { root, below: PathBuf::new() }.join(&below);
        path.ok_or_else(|| format!("expected a path that stays below its root, found {}", below.display()))
    }
}

// Paths below a root are made of plain parts, joined in one way: they are compared letter by letter.
impl PartialEq for StorePath {
    fn eq(&self, other: &StorePath) -> bool {
        self.below.as_os_str() == other.below.as_os_str() && self.has_root_of(other)
    }
}

impl Eq for StorePath {}

impl Ord for StorePath {
    fn cmp(&self, other: &StorePath) -> Ordering {
        let same = Arc::ptr_eq(&self.root, &other.root) || self.root.as_os_str() == other.root.as_os_str();
        let roots = if same { Ordering::Equal } else { self.root.cmp(&other.root) };
        roots.then_with(|| self.below.as_os_str().cmp(other.below.as_os_str()))
    }
}

impl PartialOrd for StorePath {
    fn partial_cmp(&self, other: &StorePath) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Hash for StorePath {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (&self.root, self.below.as_os_str()).hash(state);
    }
}

impl StorePath {
    /// The folder itself.
    pub fn root(root: impl AsRef<Path>) -> StorePath {
        StorePath { root: root.as_ref().into(), below: PathBuf::new() }
    }

    fn has_root_of(&self, other: &StorePath) -> bool {
        Arc::ptr_eq(&self.root, &other.root) || self.root.as_os_str() == other.root.as_os_str() || self.root == other.root
    }

    /// A path further down. `..` is resolved by its letters and never leaves the root: `None` if it would.
    pub fn join(&self, path: impl AsRef<Path>) -> Option<StorePath> {
        let path = path.as_ref();
        let mut below = PathBuf::with_capacity(self.below.as_os_str().len() + 1 + path.as_os_str().len());
        below.push(&self.below);
        for part in path.components() {
            match part {
                Component::Normal(name) => below.push(name),
                Component::CurDir => {}
                Component::ParentDir if below.pop() => {}
                _ => return None,
            }
        }
        Some(StorePath { root: self.root.clone(), below })
    }

    /// The root that it is below.
    pub(crate) fn top(&self) -> StorePath {
        StorePath { root: self.root.clone(), below: PathBuf::new() }
    }

    /// Its folder; the root's is the root.
    pub fn parent(&self) -> StorePath {
        StorePath { root: self.root.clone(), below: self.below.parent().unwrap_or(Path::new("")).to_owned() }
    }

    /// Whether it is directly in this folder.
    pub(crate) fn is_in(&self, folder: &StorePath) -> bool {
        self.below.parent().is_some_and(|above| above.as_os_str() == folder.below.as_os_str()) && self.has_root_of(folder)
    }

    /// The folder that is never left.
    pub fn base(&self) -> &Path {
        &self.root
    }

    /// The path below it.
    pub fn below(&self) -> &Path {
        &self.below
    }

    /// The last name, or the empty text at the root.
    pub fn name(&self) -> String {
        self.below.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }

    /// Root and path in one.
    pub fn full(&self) -> PathBuf {
        if self.below.as_os_str().is_empty() { self.root.to_path_buf() } else { self.root.join(&self.below) }
    }
}

impl fmt::Display for StorePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.full().display().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::StorePath;

    #[test]
    fn a_path_never_leaves_its_root() {
        let root = StorePath::root("/home/joe").join(".thunderbird").unwrap();
        assert_eq!(root.join("../mail/x").unwrap().full(), Path::new("/home/joe/mail/x"));
        assert_eq!(root.join("../../other"), None);
        assert_eq!(root.join("/etc"), None);
    }

    #[test]
    fn a_path_that_was_written_down_never_leaves_it_either() {
        let read = |below: &str| serde_json::from_str::<StorePath>(&format!("{{\"root\":\"/home/joe\",\"below\":\"{below}\"}}"));
        let prefs = StorePath::root("/home/joe").join("profile/prefs.js").unwrap();
        assert_eq!(read("./mail/../profile//prefs.js").unwrap(), prefs);
        assert_eq!(read("").unwrap(), StorePath::root("/home/joe"));
        for outside in ["../ann/prefs.js", "/etc/passwd", "a/../../x"] {
            let told = read(outside).unwrap_err().to_string();
            assert!(told.starts_with(&format!("expected a path that stays below its root, found {outside}")), "{told}");
        }
    }
}
