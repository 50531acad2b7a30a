//! What says from outside of a profile what its preferences are: policies and an installation's own configuration, which win
//! over it and so defeat an edit, and an installation's defaults, which say what an absent one is (reference: mozilla, section
//! 2.4). Looked for where the profile says that its client is installed, and where the system has policies. Read only: nobody
//! but an administrator changes them.

mod policies;
mod registry;
mod scripts;

use crate::document::{Key, Raw};
use crate::effects::Effects;
use crate::home::StorePath;
use crate::workspace::{Fixed, Workspace};

pub(in crate::clients) use scripts::read as read_script;

/// The version from which a policy can name any preference of mail.
const POLICIES_OF_MAIL: u32 = 91;

/// What one of these files says of a preference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::clients) struct Said {
    name: String,
    how: How,
    /// The value, where it can be known without running anything.
    value: Option<Raw>,
}

impl Said {
    /// The same, but that it is set and not what to, if it is of this preference.
    pub(in crate::clients) fn but_not_what(self, name: &str) -> Said {
        let value = self.value.filter(|_| self.name != name);
        Said { value, ..self }
    }
}

/// How a file sets a preference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    /// The client goes by this value alone.
    Locked,
    /// The profile gets this value at every start.
    Set,
    /// The profile loses its value at every start.
    Cleared,
    /// It is what an absent one means.
    Default,
}

/// Looks at what wins over the preferences, and at what they are by default. `app` is where the profile says that its client
/// is.
pub(in crate::clients) fn open(workspace: &mut Workspace<'_>, app: Option<&str>) {
    let installations = app.map(|app| workspace.profile.home.places(app));
    let installations: Vec<StorePath> =
        installations.into_iter().flat_map(|(sure, maybe)| sure.into_iter().chain(maybe)).collect();
    if workspace.client.name == "thunderbird" && workspace.version >= POLICIES_OF_MAIL {
        policies::open(workspace, &installations);
    }
    for app in &installations {
        scripts::open(workspace, app);
    }
}

/// Takes note of what a file says of preferences, each with a key of its own.
fn note(workspace: &mut Workspace<'_>, file: &str, said: Vec<Said>) {
    note_as(workspace, file, said, |name| vec![Key::of([name])]);
}

/// Takes note of what a file says, where preferences can stand for several keys. What is no preference of mail is no concern
/// of ours.
pub(in crate::clients) fn note_as(workspace: &mut Workspace<'_>, file: &str, said: Vec<Said>, keys: impl Fn(&str) -> Vec<Key>) {
    const OURS: [&str; 4] = ["mail", "network.hosts.", "signon.", "li."];
    let ours = |said: &Said| OURS.iter().any(|ours| said.name.starts_with(ours));
    for Said { name, how, value } in said.into_iter().filter(ours) {
        let why = match how {
            How::Locked => format!("{file} locks {name}"),
            How::Set => format!("{file} sets {name} at every start"),
            How::Cleared => format!("{file} clears {name} at every start"),
            How::Default => {
                for (key, raw) in keys(&name).into_iter().zip(value.iter().cycle()) {
                    workspace.set_default(key, raw.clone());
                }
                continue;
            }
        };
        for key in keys(&name) {
            workspace.fix(key, Fixed { why: why.clone(), value: value.clone() });
        }
    }
}

/// What follows in vain: a sentence for each preference that is changed with a server, and that somebody else has set. Rows
/// never write those.
pub(in crate::clients) fn in_vain(effects: &Effects<'_>) -> Vec<String> {
    let fixed = effects.workspace.in_vain();
    fixed.map(|(_, fixed)| format!("{}: the change of it has no effect", fixed.why)).collect()
}

#[cfg(test)]
mod tests {
    use crate::discover::{Homes, discover};
    use crate::home::{Home, Os};
    use crate::model::read;
    use crate::plan::plan;
    use crate::policy::Policy;
    use crate::probe::Unproven;
    use crate::problem::Code;
    use crate::setting::Setting;
    use crate::system::Memory;
    use crate::value::{Security, Value};

    const PREFS: &str = "user_pref(\"mail.accountmanager.accounts\", \"a\");\nuser_pref(\"mail.account.a.server\", \"s\");\n\
        user_pref(\"mail.server.s.type\", \"imap\");\nuser_pref(\"mail.server.s.hostname\", \"imap.old.example\");\n\
        user_pref(\"mail.server.s.socketType\", 3);\n";

    fn system(version: &str, policies: &str) -> (Memory, Homes) {
        let system = Memory::new()
            .with("/home/a/.thunderbird/profiles.ini", "[Profile0]\nName=p\nIsRelative=1\nPath=p\n")
            .with("/home/a/.thunderbird/p/compatibility.ini", format!("[Compatibility]\nLastVersion={version}\n"))
            .with("/home/a/.thunderbird/p/prefs.js", PREFS)
            .with("/etc/thunderbird/policies/policies.json", policies);
        let home = Home { path: "/home/a".into(), os: Some(Os::Linux), live: true };
        (system, Homes { homes: vec![home], clients: vec!["thunderbird".to_owned()] })
    }

    #[test]
    fn what_a_policy_locks_is_what_is_read_and_stays() {
        let locked = "{\"policies\": {\"Preferences\": {\"mail.server.s.socketType\": 0}}}";
        for (version, security) in [("140.0", Security::Cleartext), ("78.0", Security::ImplicitTls)] {
            let (system, homes) = system(version, locked);
            let profile = discover(&system, &homes).next().unwrap().unwrap();
            let reading = read(&system, &profile);
            let found = reading.accounts.first().and_then(|account| account.settings.get(&Setting::IncomingSecurity));
            assert_eq!(found, Some(&Value::Security(security)), "{version}");
            let text = "[[rule]]\nname = \"r\"\nmatch = { incoming.host = \"imap.*\" }\nprobe = \"off\"\nset = { incoming.host = \"imap.new.example\", incoming.security = \"implicit-tls\" }\n";
            let plan = plan(&system, &profile, &Policy::parse(text).unwrap(), &Unproven);
            let account = plan.accounts.first().unwrap();
            let refused = account.problems.iter().find(|problem| problem.code == Code::CannotSecure);
            assert_eq!((refused.is_some(), account.changes.is_empty()), (version == "140.0", version == "140.0"), "{version}");
            let policies = |path: &str| plan.inputs.iter().any(|(input, _)| input.full().ends_with(path));
            assert_eq!(policies("etc/thunderbird/policies/policies.json"), version == "140.0");
        }
    }

    #[test]
    fn a_policy_of_the_system_on_a_disk_goes_before_the_users() {
        let policy = |above: &str, port: u32| {
            format!(
                "REGEDIT4\r\n\r\n[HKEY_CURRENT_USER\\{above}Policies\\Mozilla\\Thunderbird\\Preferences]\r\n\"mail.server.s.port\"=dword:{port:08x}\r\n"
            )
        };
        let system = Memory::new()
            .with("/mnt/Users/a/AppData/Roaming/Thunderbird/profiles.ini", "[Profile0]\nName=p\nIsRelative=1\nPath=p\n")
            .with("/mnt/Users/a/AppData/Roaming/Thunderbird/p/compatibility.ini", "[Compatibility]\nLastVersion=140.0\n")
            .with("/mnt/Users/a/AppData/Roaming/Thunderbird/p/prefs.js", PREFS)
            .with("/mnt/Users/a/ntuser.dat", policy("Software\\", 1143))
            .with("/mnt/Users/b/x", "")
            .with("/mnt/windows/system32/config/SOFTWARE", policy("", 2143));
        let home = |path: &str| Home { path: path.into(), os: Some(Os::Windows), live: false };
        let port = |system: &Memory| {
            let homes = Homes { homes: vec![home("/mnt/Users/a")], clients: vec!["thunderbird".to_owned()] };
            let profile = discover(system, &homes).next().unwrap().unwrap();
            read(system, &profile).accounts[0].settings.get(&Setting::IncomingPort).cloned()
        };
        assert_eq!(port(&system), Some(Value::Port(2143)));
        system.put("/mnt/windows/system32/config/SOFTWARE", "REGEDIT4\r\n");
        assert_eq!(port(&system), Some(Value::Port(1143)));
        system.put("/mnt/Users/a/ntuser.dat", "regf mail.server.");
        assert_eq!(port(&system), Some(Value::Port(993)));
    }
}
