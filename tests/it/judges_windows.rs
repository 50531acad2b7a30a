//! Wine as the judge of the Windows build: the registry of a running Windows, prepared and read by Wine's own `reg`, and
//! the stores of a client in the roaming folder. `WAXSEAL_WINDOWS` names the program that was built for Windows.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use libtest_mimic::{Failed, Trial};

use crate::cases;
use crate::expect::{Expect, load};
use crate::need::{Need, root, trial};
use crate::readers::{Found, read};

/// One trial: all share a prefix, which takes its time to make.
pub(crate) fn trials() -> Vec<Trial> {
    let needs = [Need::Judge("wine"), Need::Variable("WAXSEAL_WINDOWS")];
    vec![trial("judge::wine::windows-build", &needs, || {
        let windows = Windows::new()?;
        windows.unit_tests()?;
        windows.live("outlook::2016-pop3")?;
        windows.live("outlook-express::main-identity")?;
        windows.text("outlook::2016-pop3")?;
        windows.text("outlook-express::main-identity")?;
        windows.thunderbird()?;
        windows.held()
    })]
}

struct Windows {
    folder: tempfile::TempDir,
    program: PathBuf,
}

impl Drop for Windows {
    fn drop(&mut self) {
        let _ = self.wine("wineserver").arg("-k").output();
    }
}

impl Windows {
    fn new() -> Result<Windows, Failed> {
        let folder = tempfile::tempdir()?;
        let made = Command::new(root().join("tests/judges/windows/prefix")).arg(folder.path()).output()?;
        if !made.status.success() {
            return Err(format!("no Wine prefix: {}", String::from_utf8_lossy(&made.stderr)).into());
        }
        let program = std::env::var_os("WAXSEAL_WINDOWS").ok_or("WAXSEAL_WINDOWS is not set")?.into();
        Ok(Windows { folder, program })
    }

    fn wine(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env("WINEPREFIX", self.folder.path()).env("WINEARCH", "win64").env("WINEDEBUG", "-all").env("NO_COLOR", "1");
        command.current_dir(self.folder.path().join("drive_c"));
        command
    }

    fn run(&self, program: &Path, arguments: &[&str]) -> Result<(Option<i32>, String), Failed> {
        // A file, no pipe: Wine's own services, which a program starts on its way, would keep a pipe open.
        let out = tempfile::NamedTempFile::new()?;
        let append = || fs::OpenOptions::new().append(true).open(out.path());
        let done =
            self.wine("wine").arg(program).args(arguments).stdin(Stdio::null()).stdout(append()?).stderr(append()?).status()?;
        Ok((done.code(), String::from_utf8_lossy(&fs::read(out.path())?).into_owned()))
    }

    fn waxseal(&self, arguments: &[&str]) -> Result<String, Failed> {
        let all = [arguments, &["--state", "C:\\state"]].concat();
        match self.run(&self.program, &all)? {
            (Some(0), said) => Ok(said),
            (code, said) => Err(format!("{all:?}: exit {code:?}: {said}").into()),
        }
    }

    /// The library's own tests, on Windows; not those of formats, which know no system.
    fn unit_tests(&self) -> Result<(), Failed> {
        match self.run(&self.program.with_file_name("unit-tests.exe"), &["--quiet", "--skip", "formats::"])? {
            (Some(0), said) if said.contains("test result: ok") => Ok(()),
            (code, said) => Err(format!("the library's tests: exit {code:?}: {said}").into()),
        }
    }

    /// What Wine's own program says of the user's registry, the case's keys only.
    fn exported(&self, like: &Found) -> Result<Found, Failed> {
        let mut found = Found::new();
        for branch in ["Software\\Microsoft", "Identities"] {
            let _ = fs::remove_file(self.folder.path().join("drive_c/out.reg"));
            let (code, said) = self.run(Path::new("reg"), &["export", &format!("HKCU\\{branch}"), "out.reg", "/y"])?;
            match fs::read(self.folder.path().join("drive_c/out.reg")) {
                Ok(bytes) => found.extend(read("reg", &bytes)?),
                Err(_) if like.keys().all(|key| !key.starts_with(branch)) => {}
                Err(error) => return Err(format!("{branch}: {error}: exit {code:?}: {said}").into()),
            }
        }
        let ours = |key: &String| like.keys().any(|known| known.split(':').next() == key.split(':').next());
        found.retain(|key, _| ours(key));
        Ok(found)
    }

    /// Imports a case's registry text by Wine, applies its policy to the live registry, and takes it back.
    fn live(&self, name: &str) -> Result<(), Failed> {
        let folder = case(name)?;
        let expect: Expect = load(&folder.join("expect.toml"))?;
        let file = expect.files.first().ok_or("the case expects no file")?;
        let text = fs::read(folder.join("in").join(&file.path))?;
        fs::write(self.folder.path().join("drive_c/in.reg"), &text)?;
        let (code, said) = self.run(Path::new("reg"), &["import", "in.reg"])?;
        if code != Some(0) {
            return Err(format!("Wine imported nothing: {said}").into());
        }
        let mut wanted = read("reg", &text)?;
        let before = self.exported(&wanted)?;
        if before != wanted {
            return Err(format!("{name}: Wine reads {before:#?}, the case says {wanted:#?}").into());
        }
        let policy = windows_path(&folder.join("policy.toml"));
        self.waxseal(&["apply", "--policy", &policy, "--yes"])?;
        wanted.extend(file.set.clone());
        let after = self.exported(&wanted)?;
        if after != wanted {
            return Err(format!("{name}: Wine reads {after:#?}, expected {wanted:#?}").into());
        }
        let again = self.waxseal(&["plan", "--policy", &policy])?;
        if again.contains("→") {
            return Err(format!("{name}: a second plan has changes: {again}").into());
        }
        self.waxseal(&["undo", "--yes"])?;
        let undone = self.exported(&wanted)?;
        if undone == before { Ok(()) } else { Err(format!("{name}: undone: {undone:#?}, before: {before:#?}").into()) }
    }

    /// Text that the command makes of the live registry does, imported by Wine's own programs, what the case says, and
    /// is taken back by the second one.
    fn text(&self, name: &str) -> Result<(), Failed> {
        let folder = case(name)?;
        let expect: Expect = load(&folder.join("expect.toml"))?;
        let file = expect.files.first().ok_or("the case expects no file")?;
        let mut wanted = read("reg", &fs::read(folder.join("in").join(&file.path))?)?;
        let client = name.split("::").next().unwrap_or_default();
        let policy = windows_path(&folder.join("policy.toml"));
        let import = |arguments: &[&str]| match self.run(Path::new(arguments[0]), &arguments[1..])? {
            (Some(0), _) => Ok(()),
            (code, said) => Err(Failed::from(format!("{name}: {arguments:?}: exit {code:?}: {said}"))),
        };
        wanted.extend(file.set.clone());
        let before = self.exported(&wanted)?;
        let change = format!("{client}.reg");
        let arguments = ["export", "reg", "--client", client, "--policy", &policy, "--out", &change];
        match self.run(&self.program, &arguments)? {
            (Some(0), _) => {}
            (code, said) => return Err(format!("{name}: {arguments:?}: exit {code:?}: {said}").into()),
        }
        import(&["reg", "import", &change])?;
        let after = self.exported(&wanted)?;
        if after != wanted || before == wanted {
            return Err(format!("{name}: imported, Wine reads {after:#?}, expected {wanted:#?}").into());
        }
        import(&["regedit", "/S", &format!("{client}.undo.reg")])?;
        let undone = self.exported(&wanted)?;
        if undone == before { Ok(()) } else { Err(format!("{name}: taken back: {undone:#?}, before: {before:#?}").into()) }
    }

    fn roaming(&self) -> Result<PathBuf, Failed> {
        let users = fs::read_dir(self.folder.path().join("drive_c/users"))?.flatten().map(|entry| entry.path());
        let own = users.filter(|path| !path.ends_with("Public")).find(|path| path.join("AppData/Roaming").is_dir());
        own.map(|home| home.join("AppData/Roaming")).ok_or_else(|| "the prefix has no user".into())
    }

    /// A profile of Thunderbird in the roaming folder ends up as on Linux, and comes back.
    fn thunderbird(&self) -> Result<(), Failed> {
        let folder = case("thunderbird::pop3-to-ssl")?;
        let place = self.roaming()?.join("Thunderbird");
        copy(&folder.join("in/.thunderbird"), &place)?;
        let policy = windows_path(&folder.join("policy.toml"));
        self.policy_is_heeded(&policy)?;
        self.waxseal(&["apply", "--policy", &policy, "--yes"])?;
        let out = folder.join("out/.thunderbird");
        for path in files(&out)? {
            let below = path.strip_prefix(&out)?;
            if fs::read(&path)? != fs::read(place.join(below))? {
                return Err(format!("{} differs from the case's", below.display()).into());
            }
        }
        self.waxseal(&["undo", "--yes"])?;
        let before = folder.join("in/.thunderbird");
        for path in files(&before)? {
            let below = path.strip_prefix(&before)?;
            if fs::read(&path)? != fs::read(place.join(below))? {
                return Err(format!("{} was not put back", below.display()).into());
            }
        }
        Ok(())
    }

    /// What a group policy of the machine locks stays, and the plan names it.
    fn policy_is_heeded(&self, policy: &str) -> Result<(), Failed> {
        const KEY: &str = r"HKLM\SOFTWARE\Policies\Mozilla\Thunderbird";
        let reg = |arguments: &[&str]| match self.run(Path::new("reg"), arguments)? {
            (Some(0), _) => Ok(()),
            (code, said) => Err(Failed::from(format!("reg {arguments:?}: exit {code:?}: {said}"))),
        };
        let below = format!(r"{KEY}\Preferences");
        reg(&["add", &below, "/v", "mail.server.server1.socketType", "/t", "REG_DWORD", "/d", "0", "/f"])?;
        let arguments = ["plan", "--policy", policy, "--client", "thunderbird", "--state", "C:\\state"];
        let (_, said) = self.run(&self.program, &arguments)?;
        reg(&["delete", KEY, "/f"])?;
        let named = r"HKEY_LOCAL_MACHINE\Software\Policies\Mozilla\Thunderbird locks mail.server.server1.socketType";
        if said.contains(named) { Ok(()) } else { Err(format!("expected {named:?} in the plan, found: {said}").into()) }
    }

    /// While a program of the client's name runs, nothing is written.
    fn held(&self) -> Result<(), Failed> {
        let folder = case("outlook::2016-pop3")?;
        let stand_in = self.folder.path().join("drive_c/OUTLOOK.EXE");
        fs::copy(self.folder.path().join("drive_c/windows/system32/cmd.exe"), &stand_in)?;
        let mut client = self
            .wine("wine")
            .arg(&stand_in)
            .args(["/c", "pause"])
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::null())
            .spawn()?;
        std::thread::sleep(std::time::Duration::from_secs(2));
        let policy = windows_path(&folder.join("policy.toml"));
        let arguments = ["apply", "--policy", &policy, "--yes", "--client", "outlook", "--state", "C:\\state"];
        let said = self.run(&self.program, &arguments);
        drop(client.stdin.take());
        let _ = client.kill();
        client.wait()?;
        match said? {
            (Some(3 | 4), said) if said.contains("client-running") => Ok(()),
            (code, said) => Err(format!("Outlook runs, and apply ends with {code:?}: {said}").into()),
        }
    }
}

fn case(name: &str) -> Result<PathBuf, Failed> {
    let mut all = cases::folders().into_iter();
    all.find(|(known, _)| known == name).map(|(_, path)| path).ok_or_else(|| format!("no case {name}").into())
}

/// The drive Z is the machine's own root.
fn windows_path(path: &Path) -> String {
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    format!("Z:{}", path.to_string_lossy().replace('/', "\\"))
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, Failed> {
    Ok(crate::world::paths(folder)?.into_iter().filter(|path| path.is_file()).collect())
}

fn copy(from: &Path, to: &Path) -> Result<(), Failed> {
    for path in files(from)? {
        let target = to.join(path.strip_prefix(from)?);
        fs::create_dir_all(target.parent().unwrap_or(to))?;
        fs::copy(path, target)?;
    }
    Ok(())
}
