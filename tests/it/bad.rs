//! Broken inputs, made by hand from one healthy home with two profiles: a clear problem that names the file (and the
//! line, where there is one), nothing written to what is broken, and the healthy profile served all the same.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use libtest_mimic::{Failed, Trial};
use serde_json::Value;

use crate::need::{Need, root, trial};
use crate::readers::read;
use crate::world::{Run, Times, Tree, World, differences};

const BROKEN: &str = ".thunderbird/abcd1234.default-esr";
const PREFS: &str = ".thunderbird/abcd1234.default-esr/prefs.js";
const USER: &str = ".thunderbird/abcd1234.default-esr/user.js";
const LOGINS: &str = ".thunderbird/abcd1234.default-esr/logins.json";
const FILTERS: &str = ".thunderbird/abcd1234.default-esr/Mail/pop.old.example/msgFilterRules.dat";
const POPSTATE: &str = ".thunderbird/abcd1234.default-esr/Mail/pop.old.example/popstate.dat";
const SEARCHES: &str = ".thunderbird/abcd1234.default-esr/virtualFolders.dat";
const PROFILES: &str = ".thunderbird/profiles.ini";
const HEALTHY: &str = ".thunderbird/efgh5678.second";

/// How a file is broken.
#[derive(Clone, Copy)]
enum Break {
    /// The whole content.
    Write(&'static [u8]),
    /// One byte, many times.
    Repeat(u8, usize),
    /// A text once in the file, and what stands there instead.
    Replace(&'static str, &'static str),
    /// Everything from this text on is gone.
    CutAt(&'static str),
    /// Every line with this text is gone.
    DropLines(&'static str),
    /// A value of a million letters.
    HugeValue,
    /// A folder of that name.
    Folder,
    /// A pipe that nobody writes to.
    Pipe,
    /// A link to itself.
    Loop,
    /// A second name for the same file.
    SecondName,
    /// Not for the user who runs the command.
    Forbidden,
    /// Gone.
    Gone,
}

/// What happens to the broken profile's account, and to the healthy profile's.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Served {
    /// Only the healthy one's is moved.
    Healthy,
    /// The healthy one's, and of the broken one's the outgoing server only: a server moves whole, each by itself.
    Rest,
    /// Both are.
    Both,
    /// The profile list is lost: the healthy one's can't be found, the other's perhaps by installs.ini.
    None,
}

use Break::{CutAt, DropLines, Folder, Forbidden, Gone, HugeValue, Loop, Pipe, Repeat, Replace, SecondName, Write};
use Served::{Both, Healthy, None as Nobody, Rest};

/// Name, file, how it is broken, the problem's code ("" where it is none), a text on the line that it
/// names ("" where it has none), who is served.
type Bad = (&'static str, &'static str, Break, &'static str, &'static str, Served);

#[rustfmt::skip]
const BADS: &[Bad] = &[
    ("prefs-binary", PREFS, Write(b"\x7fELF\x02\x01\x01\xff\xfe\x80\x81\x00\x00\x01"), "malformed", "", Healthy),
    ("prefs-empty", PREFS, Write(b""), "", "", Healthy),
    ("prefs-gone", PREFS, Gone, "", "", Healthy),
    ("prefs-cut-in-a-string", PREFS, CutAt("ld.example\");\nuser_pref(\"mail.server.server1.leave_on_server"), "odd-entry", "server1.hostname", Healthy),
    ("prefs-string-without-end", PREFS, Replace("server1.hostname\", \"pop.old.example\");", "server1.hostname\", \"pop.old.example);"), "odd-entry", "server1.leave_on_server", Healthy),
    ("prefs-comment-without-end", PREFS, Replace("user_pref(\"mail.server.server1.hostname", "/* user_pref(\"mail.server.server1.hostname"), "odd-entry", "server1.hostname", Healthy),
    ("prefs-nul", PREFS, Replace("user_pref(\"mail.server.server1.hostname", "\0user_pref(\"mail.server.server1.hostname"), "odd-entry", "server1.hostname", Healthy),
    ("prefs-expression", PREFS, Replace("server1.hostname\", \"pop.old.example\")", "server1.hostname\", \"pop.\" + \"old.example\")"), "odd-entry", "server1.hostname", Healthy),
    ("prefs-bad-escape", PREFS, Replace("server1.hostname\", \"pop.old.example\")", "server1.hostname\", \"pop.old\\q.example\")"), "odd-entry", "server1.hostname", Healthy),
    ("prefs-huge-number", PREFS, Replace("server1.port\", 110)", "server1.port\", 110110110110110110110110110)"), "odd-entry", "server1.port", Both),
    ("prefs-port-out-of-range", PREFS, Replace("server1.port\", 110)", "server1.port\", 70000)"), "unknown-value", "server1.port", Rest),
    ("prefs-port-as-text", PREFS, Replace("server1.port\", 110)", "server1.port\", \"110\")"), "", "", Both),
    ("prefs-host-as-number", PREFS, Replace("server1.hostname\", \"pop.old.example\")", "server1.hostname\", 5)"), "broken-account", "", Healthy),
    ("prefs-huge-value", PREFS, HugeValue, "", "", Both),
    ("prefs-no-server-branch", PREFS, DropLines("mail.server.server1."), "broken-account", "", Healthy),
    ("prefs-account-without-server", PREFS, DropLines("mail.account.account1.server"), "broken-account", "", Healthy),
    ("prefs-unknown-account-listed", PREFS, Replace("\"account1,account2\"", "\"account1,account2,account9\""), "broken-account", "", Both),
    ("prefs-unknown-type", PREFS, Replace("server1.type\", \"pop3\"", "server1.type\", \"carrier-pigeon\""), "unsupported-account", "", Healthy),
    ("prefs-server-used-twice", PREFS, Replace("account2.server\", \"server2\"", "account2.server\", \"server1\""), "", "", Both),
    ("prefs-folder", PREFS, Folder, "unreadable", "", Healthy),
    ("prefs-pipe", PREFS, Pipe, "unreadable", "", Healthy),
    ("prefs-link-to-itself", PREFS, Loop, "unreadable", "", Healthy),
    ("prefs-forbidden", PREFS, Forbidden, "unreadable", "", Healthy),
    ("prefs-second-name", PREFS, SecondName, "hard-link", "", Healthy),
    ("user-js-folder", USER, Folder, "unreadable", "", Healthy),
    ("logins-cut", LOGINS, CutAt("\"httpRealm\""), "malformed", "logins", Healthy),
    ("logins-empty", LOGINS, Write(b""), "malformed", "", Healthy),
    ("logins-zeros", LOGINS, Repeat(0, 4096), "malformed", "", Healthy),
    ("logins-binary", LOGINS, Write(b"{\"logins\":[\xff\xfe\x80]}"), "malformed", "logins", Healthy),
    ("logins-deep", LOGINS, Repeat(b'[', 200_000), "malformed", "", Healthy),
    ("logins-folder", LOGINS, Folder, "unreadable", "", Healthy),
    ("logins-pipe", LOGINS, Pipe, "unreadable", "", Healthy),
    ("filters-folder", FILTERS, Folder, "unreadable", "", Healthy),
    ("filters-pipe", FILTERS, Pipe, "unreadable", "", Healthy),
    ("filters-cut", FILTERS, CutAt("ce@pop.old.example/Family"), "", "", Both),
    ("popstate-folder", POPSTATE, Folder, "unreadable", "", Healthy),
    ("searches-folder", SEARCHES, Folder, "unreadable", "", Healthy),
    ("profiles-binary", PROFILES, Write(b"\xff\xfe\x00\x01\x02\x80garbage"), "malformed", "", Nobody),
    ("profiles-folder", PROFILES, Folder, "unreadable", "", Nobody),
    ("profiles-pipe", PROFILES, Pipe, "unreadable", "", Nobody),
    ("profiles-leave-the-home", PROFILES, Replace("Path=efgh5678.second", "Path=efgh5678.second\n\n[Profile2]\nName=away\nIsRelative=1\nPath=../../../../etc"), "outside-home", "", Both),
    ("profiles-name-one-folder-twice", PROFILES, Replace("Path=efgh5678.second", "Path=./x/../efgh5678.second\n\n[Profile2]\nName=again\nIsRelative=1\nPath=efgh5678.second"), "", "", Both),
    ("profile-link-to-itself", BROKEN, Loop, "unreadable", "", Healthy),
];

/// One trial a broken input.
pub(crate) fn trials() -> Vec<Trial> {
    BADS.iter()
        .map(|&bad| {
            let needs: &[Need] = match bad.2 {
                Pipe => &[Need::Unix, Need::Program("mkfifo")],
                Forbidden => &[Need::Unix, Need::Program("setpriv")],
                Loop | SecondName => &[Need::Unix],
                _ => &[],
            };
            trial(format!("bad::{}", bad.0), needs, move || refuses(bad))
        })
        .collect()
}

/// A home with one broken file, and what the trial says of it.
struct Bench {
    world: World,
    policy: PathBuf,
    bad: Bad,
    line: u64,
    before: Tree,
}

fn refuses(bad: Bad) -> Result<(), Failed> {
    let case = root().join("tests").join("stores").join("thunderbird").join("second-profile");
    let world = World::copy_of(&case.join("in"), &[])?;
    let (_, file, how, _, marker, _) = bad;
    break_it(&world.home.join(file), how)?;
    let policy = world.folder().join("policy.toml");
    fs::copy(case.join("policy.toml"), &policy)?;
    let line = line_of(&world.home.join(file), marker)?;
    let before = world.tree()?;
    let bench = Bench { world, policy, bad, line, before };
    bench.lists()?;
    bench.plans()?;
    bench.applies()
}

impl Bench {
    fn waxseal(&self, verb: &str, more: &[&str]) -> Result<Run, Failed> {
        let paths = [&self.world.home, &self.world.state, &self.policy].map(|path| path.to_string_lossy().into_owned());
        let [home, state, policy] = &paths;
        let mut arguments = vec![verb, "--home", home, "--os", "linux", "--state", state];
        if verb != "list" {
            arguments.extend(["--policy", policy]);
        }
        arguments.extend(more);
        if matches!(self.bad.2, Forbidden) { as_nobody(&self.world, &arguments) } else { self.world.waxseal(&arguments) }
    }

    /// The healthy profile is listed; a broken store that holds accounts is named.
    fn lists(&self) -> Result<(), Failed> {
        let (_, file, _, code, _, served) = self.bad;
        let list = self.waxseal("list", &["--json"])?;
        let is_unread = matches!(code, "unreadable" | "malformed") && [PREFS, PROFILES, BROKEN].contains(&file);
        list.exits(if is_unread { &[3] } else { &[0, 3] })?;
        let is_healthy = |account: &Value| account["settings"]["incoming.host"] == "pop.second.example";
        if served != Nobody && !list.of_type("account")?.iter().any(is_healthy) {
            return Err(list.failed("the healthy profile is not listed"));
        }
        if is_unread { self.is_said_by(&list) } else { Ok(()) }
    }

    /// The plan names file and line, to programs and to people, and writes nothing. What only writing shows, it may miss.
    fn plans(&self) -> Result<(), Failed> {
        let (_, file, how, code, ..) = self.bad;
        let plan = self.waxseal("plan", &["--json"])?;
        let human = self.waxseal("plan", &[])?;
        if !code.is_empty() && !matches!(how, SecondName) {
            self.is_said_by(&plan)?;
            let shown = format!("{}{}", human.stdout, human.stderr);
            let name = Path::new(file).file_name().unwrap_or_default().to_string_lossy();
            if !shown.contains(&*name) || (self.line > 0 && !shown.contains(&format!("line {}", self.line))) {
                return Err(human.failed(&format!("the plan doesn't name {name} and its line")));
            }
        }
        if self.world.tree()? == self.before { Ok(()) } else { Err(plan.failed("list or plan wrote")) }
    }

    /// Nothing is written to what is broken, and the healthy profile is served.
    fn applies(&self) -> Result<(), Failed> {
        let (_, _, _, code, _, served) = self.bad;
        let applied = self.waxseal("apply", &["--yes", "--json"])?;
        applied.exits(match (code, served) {
            ("", _) => &[0],
            (_, Nobody) => &[3, 4],
            _ => &[3],
        })?;
        if !code.is_empty() {
            self.is_said_by(&applied)?;
        } else if !applied.of_type("problem")?.is_empty() {
            return Err(applied.failed("a problem where there is none"));
        }
        let allowed = |path: &&String| match served {
            Both | Rest => true,
            Healthy => path.starts_with(HEALTHY),
            Nobody => path.starts_with(BROKEN),
        };
        if let Some(path) = differences(&self.before, &self.world.tree()?, Times::Count).iter().find(|path| !allowed(path)) {
            return Err(applied.failed(&format!("{path}: written")));
        }
        moved(&self.world, HEALTHY, served != Nobody)?;
        match served {
            Both => moved(&self.world, BROKEN, true),
            Rest => moved(&self.world, BROKEN, false),
            Healthy | Nobody => Ok(()),
        }
    }

    /// Fails unless a problem of the expected code names the file and the line.
    fn is_said_by(&self, run: &Run) -> Result<(), Failed> {
        let (_, file, _, code, ..) = self.bad;
        let is_it = |problem: &Value| {
            let path = self.world.below(problem["path"].as_str().unwrap_or_default());
            let is_named = if file == BROKEN { path.starts_with(BROKEN) } else { path == file };
            let is_there = self.line == 0 || problem["line"] == self.line;
            problem["code"] == code && is_named && is_there && problem["message"].as_str().is_some_and(|text| !text.is_empty())
        };
        if run.of_type("problem")?.iter().any(is_it) {
            Ok(())
        } else {
            Err(run.failed(&format!("no problem {code} of {file} line {}", self.line)))
        }
    }
}

/// Whether an independent reader finds the new host in a profile.
fn moved(world: &World, profile: &str, wanted: bool) -> Result<(), Failed> {
    let prefs = read("prefs", &fs::read(world.home.join(profile).join("prefs.js"))?)?;
    let host = prefs.get("mail.server.server1.hostname").and_then(|host| host.as_str());
    if (host == Some("sslmail.new.example")) == wanted { Ok(()) } else { Err(format!("{profile}: the host is {host:?}").into()) }
}

/// The line, from 1, that a text stands on; 0 for no text.
fn line_of(path: &Path, text: &str) -> Result<u64, Failed> {
    if text.is_empty() {
        return Ok(0);
    }
    let bytes = fs::read(path)?;
    let line = bytes.split(|byte| *byte == b'\n').position(|line| line.windows(text.len()).any(|part| part == text.as_bytes()));
    line.map(|line| line as u64 + 1).ok_or_else(|| format!("no {text}").into())
}

fn break_it(path: &Path, how: Break) -> Result<(), Failed> {
    let content = || -> Result<Vec<u8>, Failed> { Ok(fs::read(path)?) };
    let find = |bytes: &[u8], text: &str| -> Result<usize, Failed> {
        bytes.windows(text.len()).position(|window| window == text.as_bytes()).ok_or_else(|| format!("no {text}").into())
    };
    let new = match how {
        Write(bytes) => bytes.to_vec(),
        Repeat(byte, times) => vec![byte; times],
        Replace(old, new) => {
            let bytes = content()?;
            let (head, tail) = bytes.split_at(find(&bytes, old)?);
            [head, new.as_bytes(), tail.get(old.len()..).unwrap_or_default()].concat()
        }
        CutAt(text) => {
            let bytes = content()?;
            bytes.get(..find(&bytes, text)?).unwrap_or_default().to_vec()
        }
        DropLines(text) => {
            let bytes = content()?;
            let kept = bytes.split_inclusive(|byte| *byte == b'\n').filter(|line| find(line, text).is_err());
            kept.flatten().copied().collect()
        }
        HugeValue => {
            let value = vec![b'x'; 8_000_000];
            [content()?.as_slice(), b"user_pref(\"zz.huge\", \"", &value, b"\");\n"].concat()
        }
        Gone | Folder | Pipe | Loop => return replace_with(path, how),
        SecondName => return Ok(fs::hard_link(path, path.with_extension("second-name"))?),
        Forbidden => return forbid(path),
    };
    let old = fs::metadata(path).ok().and_then(|meta| meta.modified().ok());
    fs::write(path, new)?;
    if let Some(old) = old {
        fs::File::options().write(true).open(path)?.set_modified(old)?;
    }
    Ok(())
}

fn replace_with(path: &Path, how: Break) -> Result<(), Failed> {
    if path.is_dir() {
        fs::remove_dir_all(path)?;
    } else if path.exists() {
        fs::remove_file(path)?;
    }
    match how {
        Folder => Ok(fs::create_dir(path)?),
        Pipe => {
            let made = Command::new("mkfifo").arg(path).status()?;
            if made.success() { Ok(()) } else { Err("mkfifo failed".into()) }
        }
        Loop => link_to_itself(path),
        _ => Ok(()),
    }
}

#[cfg(unix)]
fn link_to_itself(path: &Path) -> Result<(), Failed> {
    Ok(std::os::unix::fs::symlink(path.file_name().unwrap_or_default(), path)?)
}

#[cfg(not(unix))]
fn link_to_itself(_: &Path) -> Result<(), Failed> {
    Err("links need unix".into())
}

#[cfg(unix)]
fn forbid(path: &Path) -> Result<(), Failed> {
    use std::os::unix::fs::PermissionsExt;
    Ok(fs::set_permissions(path, fs::Permissions::from_mode(0o000))?)
}

#[cfg(not(unix))]
fn forbid(_: &Path) -> Result<(), Failed> {
    Err("modes need unix".into())
}

/// Runs the command as somebody whom modes hold: an ordinary user as himself, the superuser as nobody.
#[cfg(unix)]
fn as_nobody(world: &World, arguments: &[&str]) -> Result<Run, Failed> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
    const NOBODY: u32 = 65534;
    if fs::metadata(world.folder())?.uid() != 0 && fs::metadata(&world.home)?.uid() != NOBODY {
        return world.waxseal(arguments);
    }
    let command = world.folder().join("waxseal");
    if !command.exists() {
        // A link where it can be: a fresh copy is busy while another thread's child still holds its descriptor.
        let program = env!("CARGO_BIN_EXE_waxseal");
        fs::hard_link(program, &command).or_else(|_| fs::copy(program, &command).map(|_| ()))?;
        fs::set_permissions(world.folder(), fs::Permissions::from_mode(0o755))?;
        chown(world.folder(), Some(NOBODY), Some(NOBODY))?;
        chown(world.folder().join("home"), Some(NOBODY), Some(NOBODY))?;
        chown(&world.home, Some(NOBODY), Some(NOBODY))?;
        for path in crate::world::paths(&world.home)? {
            chown(path, Some(NOBODY), Some(NOBODY))?;
        }
    }
    let ids = [format!("--reuid={NOBODY}"), format!("--regid={NOBODY}"), "--clear-groups".to_owned()];
    world.run(Command::new("setpriv").args(ids).arg(command).args(arguments))
}

#[cfg(not(unix))]
fn as_nobody(world: &World, arguments: &[&str]) -> Result<Run, Failed> {
    world.waxseal(arguments)
}
