//! Wine as the judge of the Windows build: the registry of a running Windows, prepared and read by Wine's own `reg`, the
//! stores of a client in the roaming folder, and the library's own tests. `WAXSEAL_WINDOWS` names the program that was built for Windows.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

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
        windows.live("outlook::2016-pop3", &OWN)?;
        windows.live("outlook-express::main-identity", &OWN)?;
        windows.logged_on()?;
        windows.logged_off()?;
        windows.text("outlook::2016-pop3")?;
        windows.text("outlook-express::main-identity")?;
        windows.thunderbird()?;
        windows.kept_open()?;
        windows.held()?;
        windows.odd_text()
    })]
}

/// Whose part of the registry it is about: as Windows names it, and as the command is told.
struct Who {
    root: &'static str,
    home: &'static [&'static str],
    closed: &'static [&'static str],
}

const OWN: Who = Who { root: "HKEY_CURRENT_USER", home: &[], closed: &[] };
const ANN: Who =
    Who { root: "HKEY_USERS\\S-1-5-21-0-0-0-1001", home: &["--home", "C:\\users\\ann"], closed: &["--assume-closed"] };

struct Windows {
    folder: tempfile::TempDir,
    program: PathBuf,
    /// A program that runs all the while: the parts of other users live as long as Wine's server, and that as long as any program.
    keeper: Option<Child>,
}

impl Drop for Windows {
    fn drop(&mut self) {
        let _ = self.wine("wineserver").arg("-k").output();
        let _ = self.keeper.as_mut().map(Child::wait);
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
        let mut windows = Windows { folder, program, keeper: None };
        let mut keeper = windows.wine("wine");
        keeper.args(["C:\\hold.exe", "C:\\hold.exe"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut keeper = keeper.spawn()?;
        let ready = first_line(&mut keeper);
        windows.keeper = Some(keeper);
        if !ready?.starts_with("held") {
            return Err("no program runs in the prefix".into());
        }
        Ok(windows)
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

    /// What Wine's own program says of a user's registry, the case's keys only.
    fn exported(&self, like: &Found, who: &Who) -> Result<Found, Failed> {
        let mut found = Found::new();
        for branch in ["Software\\Microsoft", "Identities"] {
            let _ = fs::remove_file(self.folder.path().join("drive_c/out.reg"));
            let (code, said) = self.run(Path::new("reg"), &["export", &format!("{}\\{branch}", who.root), "out.reg", "/y"])?;
            match fs::read(self.folder.path().join("drive_c/out.reg")) {
                Ok(bytes) => found.extend(read("reg", &bytes)?),
                Err(_) if like.keys().all(|key| !key.starts_with(branch)) => {}
                Err(error) => return Err(format!("{}\\{branch}: {error}: exit {code:?}: {said}", who.root).into()),
            }
        }
        let ours = |key: &String| like.keys().any(|known| known.split(':').next() == key.split(':').next());
        found.retain(|key, _| ours(key));
        Ok(found)
    }

    /// Imports a case's registry text by Wine, applies its policy to the live registry, and takes it back.
    fn live(&self, name: &str, who: &Who) -> Result<(), Failed> {
        let folder = case(name)?;
        let expect: Expect = load(&folder.join("expect.toml"))?;
        let file = expect.files.first().ok_or("the case expects no file")?;
        let text = fs::read(folder.join("in").join(&file.path))?;
        fs::write(self.folder.path().join("drive_c/in.reg"), replaced(&text, OWN.root, who.root))?;
        let (code, said) = self.run(Path::new("reg"), &["import", "in.reg"])?;
        if code != Some(0) {
            return Err(format!("Wine imported nothing: {said}").into());
        }
        let mut wanted = read("reg", &text)?;
        let before = self.exported(&wanted, who)?;
        if before != wanted {
            return Err(format!("{name}: Wine reads {before:#?}, the case says {wanted:#?}").into());
        }
        let policy = windows_path(&folder.join("policy.toml"));
        self.waxseal(&[&["apply", "--policy", &policy, "--yes"], who.home, who.closed].concat())?;
        wanted.extend(file.set.clone());
        let after = self.exported(&wanted, who)?;
        if after != wanted {
            return Err(format!("{name}: Wine reads {after:#?}, expected {wanted:#?}").into());
        }
        let again = self.waxseal(&[&["plan", "--policy", &policy], who.home].concat())?;
        if again.contains("→") {
            return Err(format!("{name}: a second plan has changes: {again}").into());
        }
        self.waxseal(&[&["undo", "--yes"], who.closed].concat())?;
        let undone = self.exported(&wanted, who)?;
        if undone == before { Ok(()) } else { Err(format!("{name}: undone: {undone:#?}, before: {before:#?}").into()) }
    }

    /// Another user who is logged on: their part of the registry changes, the hive in their home is not looked at.
    fn logged_on(&self) -> Result<(), Failed> {
        let hive = self.home_with_hive("ann")?;
        let profiles = "HKLM\\Software\\Microsoft\\Windows NT\\CurrentVersion\\ProfileList\\S-1-5-21-0-0-0-1001";
        let add = ["add", profiles, "/v", "ProfileImagePath", "/t", "REG_EXPAND_SZ", "/d", "%SystemDrive%\\users\\ann", "/f"];
        self.run(Path::new("reg"), &add)?;
        let before = fs::read(&hive)?;
        self.live("outlook::2016-pop3", &ANN)?;
        if fs::read(hive)? == before { Ok(()) } else { Err("the hive changed".into()) }
    }

    /// A user who is not: the hive in their home changes as it does on any other system.
    fn logged_off(&self) -> Result<(), Failed> {
        let (hive, folder) = (self.home_with_hive("bob")?, case("outlook::2016-pop3-hive")?);
        let (before, policy) = (fs::read(&hive)?, windows_path(&folder.join("policy.toml")));
        self.waxseal(&["apply", "--policy", &policy, "--yes", "--home", "C:\\users\\bob", "--assume-closed"])?;
        if fs::read(&hive)? != fs::read(folder.join("out/NTUSER.DAT"))? {
            return Err("the hive is another one than the case's".into());
        }
        self.waxseal(&["undo", "--yes", "--assume-closed"])?;
        if fs::read(hive)? == before { Ok(()) } else { Err("undo gives another hive".into()) }
    }

    fn home_with_hive(&self, user: &str) -> Result<PathBuf, Failed> {
        let home = self.folder.path().join("drive_c/users").join(user);
        fs::create_dir_all(&home)?;
        let hive = home.join("NTUSER.DAT");
        fs::copy(case("outlook::2016-pop3-hive")?.join("in/NTUSER.DAT"), &hive)?;
        Ok(hive)
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
        let before = self.exported(&wanted, &OWN)?;
        let change = format!("{client}.reg");
        let arguments = ["export", "reg", "--client", client, "--policy", &policy, "--out", &change];
        match self.run(&self.program, &arguments)? {
            (Some(0), _) => {}
            (code, said) => return Err(format!("{name}: {arguments:?}: exit {code:?}: {said}").into()),
        }
        import(&["reg", "import", &change])?;
        let after = self.exported(&wanted, &OWN)?;
        if after != wanted || before == wanted {
            return Err(format!("{name}: imported, Wine reads {after:#?}, expected {wanted:#?}").into());
        }
        import(&["regedit", "/S", &format!("{client}.undo.reg")])?;
        let undone = self.exported(&wanted, &OWN)?;
        if undone == before { Ok(()) } else { Err(format!("{name}: taken back: {undone:#?}, before: {before:#?}").into()) }
    }

    /// Text as people write it by hand says the same to Wine and to the library: what Wine exports after its import has the accounts
    /// that the text has.
    fn odd_text(&self) -> Result<(), Failed> {
        let folder = self.folder.path().join("drive_c");
        let listed = |home: &str| -> Result<Vec<String>, Failed> {
            let said = match self.run(&self.program, &["list", "--json", "--os", "windows", "--home", &format!("C:\\{home}")])? {
                // What stands in no section and what says nothing is told of.
                (Some(0 | 3), said) => said,
                (code, said) => return Err(format!("list of {home}: exit {code:?}: {said}").into()),
            };
            let lines = said.lines().filter(|line| line.contains("\"type\":\"account\""));
            let account = |line: &str| -> Result<String, Failed> {
                let line: serde_json::Value = serde_json::from_str(line)?;
                Ok(format!("{} {}", line["account"], line["settings"]))
            };
            lines.map(account).collect()
        };
        fs::create_dir_all(folder.join("theirs"))?;
        for (number, text) in odd_texts().into_iter().enumerate() {
            let home = format!("ours{number}");
            fs::create_dir_all(folder.join(&home))?;
            fs::write(folder.join(&home).join("odd.reg"), &text)?;
            self.run(Path::new("reg"), &["delete", "HKCU\\Software\\Microsoft\\Office", "/f"])?;
            self.run(Path::new("reg"), &["import", &format!("{home}\\odd.reg")])?;
            self.run(Path::new("reg"), &["export", "HKCU\\Software\\Microsoft\\Office", "theirs\\all.reg", "/y"])?;
            let (ours, theirs) = (listed(&home)?, listed("theirs")?);
            if ours.is_empty() || ours != theirs {
                return Err(format!("text {number}: read here as {ours:#?}, by Wine as {theirs:#?}").into());
            }
        }
        Ok(())
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

    /// A store that a program keeps open while all is applied leaves its profile as it is, and that is said; the registry of
    /// the same user is changed all the same. With the program gone the rest follows.
    fn kept_open(&self) -> Result<(), Failed> {
        let policy = self.folder.path().join("drive_c/both.toml");
        let both = ["thunderbird::pop3-to-ssl", "outlook::2016-pop3"];
        let texts: Vec<String> =
            both.iter().map(|name| Ok(fs::read_to_string(case(name)?.join("policy.toml"))?)).collect::<Result<_, Failed>>()?;
        fs::write(&policy, texts.join("\n"))?;
        let profile = self.roaming()?.join("Thunderbird/abcd1234.default-esr");
        let outlook = read("reg", &fs::read(case(both[1])?.join("in/outlook.reg"))?)?;
        let before = (contents(&profile)?, self.exported(&outlook, &OWN)?);
        let shared = [("prefs.js", None), ("virtualFolders.dat", None)];
        let alone = [("prefs.js", Some("alone")), ("logins.json", Some("alone"))];
        for (store, how) in shared.into_iter().chain(alone) {
            let told = |what: &str| Failed::from(format!("{store} is held{}: {what}", if how.is_some() { " alone" } else { "" }));
            let said = self.while_held(&profile.join(store), how, || {
                self.run(&self.program, &["apply", "--policy", "both.toml", "--yes", "--state", "C:\\state"])
            })?;
            match said {
                (Some(3), said) if said.contains(store) && said.contains("os error 32") => {}
                (code, said) => return Err(told(&format!("apply ends with {code:?}: {said}"))),
            }
            let after = contents(&profile)?;
            let differs: Vec<&PathBuf> = after.iter().filter(|file| !before.0.contains(file)).map(|(path, _)| path).collect();
            if after.len() != before.0.len() || !differs.is_empty() {
                return Err(told(&format!("in the profile these are others than before: {differs:?}")));
            }
            if self.exported(&outlook, &OWN)? == before.1 {
                return Err(told("Outlook was not changed"));
            }
            self.waxseal(&["undo", "--yes"])?;
            if self.exported(&outlook, &OWN)? != before.1 {
                return Err(told("Outlook was not put back"));
            }
        }
        self.waxseal(&["apply", "--policy", "both.toml", "--yes"])?;
        let changed = contents(&profile)? != before.0;
        self.waxseal(&["undo", "--yes"])?;
        let undone = contents(&profile)? == before.0;
        if changed && undone { Ok(()) } else { Err("with nobody there the profile is not changed, or not put back".into()) }
    }

    /// Does something while a program keeps a file open.
    fn while_held<T>(&self, file: &Path, how: Option<&str>, work: impl FnOnce() -> Result<T, Failed>) -> Result<T, Failed> {
        let mut holder = self.wine("wine");
        holder.arg("C:\\hold.exe").arg(windows_path(file)).args(how).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut holder = holder.spawn()?;
        let said = first_line(&mut holder)?;
        let done = work();
        drop(holder.stdin.take());
        holder.wait()?;
        if said.starts_with("held") { done } else { Err(format!("{} can't be held: {said}", file.display()).into()) }
    }

    /// While a program of the client's name runs, nothing is written.
    fn held(&self) -> Result<(), Failed> {
        let folder = case("outlook::2016-pop3")?;
        let stand_in = self.folder.path().join("drive_c/OUTLOOK.EXE");
        fs::copy(self.folder.path().join("drive_c/windows/system32/cmd.exe"), &stand_in)?;
        let mut client =
            self.wine("wine").arg(&stand_in).args(["/c", "pause"]).stdin(Stdio::piped()).stdout(Stdio::null()).spawn()?;
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

/// Registry text of every version and line end, with whatever people write: comments, blanks, short names of roots, values and keys that
/// go again, values of other types before the one that counts, bytes over several lines.
fn odd_texts() -> Vec<Vec<u8>> {
    let profile = "[HKCU\\Software\\Microsoft\\Office\\16.0\\Outlook\\Profiles\\Größe\\9375CFF0413111d3B88A00104B2A6676";
    let text = format!(
        "\n; by hand\n  {profile}]\n\"{{ED475418-B0D6-11D2-8C3B-00104B2A6676}}\"=hex:02,00,\\\n  00,00, \\\n 03,0,0,0\n\n\
         {profile}\\00000003]\n\"clsid\"=\"{{ED475411-B0D6-11D2-8C3B-00104B2A6676}}\"\n\"POP3 Server\"=\"gone.example\"\n\n\
         [-{}\\00000003]\n\"POP3 Server\"=\"no section\"\n\n\
         {profile}\\00000002] ; behind\n@=\"default\"\n\"clsid\" = \"{{ed475412-b0d6-11d2-8c3b-00104b2a6676}}\" ; behind\n\
         \"IMAP Server\"=dword:00000001\n\"imap SERVER\"=\"mail.old.example\"\n\"IMAP User\"=\"a\\\\b \\\"c\\\"\"\nnonsense\n\
         \"IMAP Port\"=dword:000003e1\n\"IMAP Port\"=-\n\"Account Name\"=hex(1):EOF\n\"SMTP Server\"=\"mail.old.example\"\n\
         \"SMTP Port\"=dword:24b\n\"IMAP Use SSL\"=hex(4):01,00,00,00\n",
        &profile[1..]
    );
    let named = |digits: &str| text.replace("EOF", digits);
    let wide = |text: &str| -> Vec<u8> { format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect() };
    let narrow = |text: &str| -> Vec<u8> { text.chars().map(|c| c as u8).collect() };
    let (five, four) = ("Windows Registry Editor Version 5.00\n", "REGEDIT4\n");
    let of_five = named("4a,00,6f,00,65,00,00,00");
    let of_four = named("4a,6f,65,00");
    vec![
        wide(&format!("{five}{of_five}").replace('\n', "\r\n")),
        wide(&format!("{five}{of_five}")),
        narrow(&format!("{four}{of_four}").replace('\n', "\r\n")),
        narrow(&format!("{four}{of_four}")),
        narrow(&format!("{four}{of_four}").replace('\n', "\r")),
        wide(&format!("{four}{of_five}")),
    ]
}

/// The first line that a program says.
fn first_line(of: &mut Child) -> Result<String, Failed> {
    let mut line = String::new();
    if let Some(out) = &mut of.stdout {
        BufReader::new(out).read_line(&mut line)?;
    }
    Ok(line)
}

/// Text with one word in the place of another, in UTF-16 or in bytes.
fn replaced(text: &[u8], from: &str, to: &str) -> Vec<u8> {
    match text {
        [0xFF, 0xFE, ..] => {
            let units: Vec<u16> = text.chunks_exact(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]])).collect();
            String::from_utf16_lossy(&units).replace(from, to).encode_utf16().flat_map(u16::to_le_bytes).collect()
        }
        bytes => bytes.iter().map(|byte| char::from(*byte)).collect::<String>().replace(from, to).bytes().collect(),
    }
}

/// The drive Z is the machine's own root.
fn windows_path(path: &Path) -> String {
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    format!("Z:{}", path.to_string_lossy().replace('/', "\\"))
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, Failed> {
    Ok(crate::world::paths(folder)?.into_iter().filter(|path| path.is_file()).collect())
}

/// All files below a folder, with what is in them.
fn contents(folder: &Path) -> Result<Vec<(PathBuf, Vec<u8>)>, Failed> {
    files(folder)?.into_iter().map(|path| Ok((path.clone(), fs::read(path)?))).collect()
}

fn copy(from: &Path, to: &Path) -> Result<(), Failed> {
    for path in files(from)? {
        let target = to.join(path.strip_prefix(from)?);
        fs::create_dir_all(target.parent().unwrap_or(to))?;
        fs::copy(path, target)?;
    }
    Ok(())
}
