//! Where Outlook's profiles and accounts are (reference: windows, section 4): the newest version's profiles are live, and
//! each lists its mail accounts by number. Older versions' profiles are dormant and stay as they are.

use std::collections::BTreeSet;

use super::super::registry::{below, open, raw, subkeys, text};
use super::GROUPS;
use crate::document::Raw;
use crate::lens::{Scope, StoreId};
use crate::problem::{Code, Problem};
use crate::value::Protocol;
use crate::workspace::Workspace;

const OFFICE: &str = "Software/Microsoft/Office";
const POLICIES: &str = "Software/Policies/Microsoft/Office";
const MESSAGING: &str = "Software/Microsoft/Windows NT/CurrentVersion/Windows Messaging Subsystem/Profiles";

/// Keys below which profiles can be.
pub(super) const ROOTS: &[&str] =
    &["Software/Microsoft/Office/*/Outlook/Profiles", MESSAGING, INTERNET_MAIL[0], INTERNET_MAIL[1]];

/// The key of a profile's accounts, and of those the list of mail accounts.
const ACCOUNTS: &str = "9375CFF0413111d3B88A00104B2A6676";
const MAIL: &str = "{ED475418-B0D6-11D2-8C3B-00104B2A6676}";

const POP3: &str = "{ED475411-B0D6-11D2-8C3B-00104B2A6676}";
const IMAP: &str = "{ED475412-B0D6-11D2-8C3B-00104B2A6676}";
const SERVICE: &str = "{ED475414-B0D6-11D2-8C3B-00104B2A6676}";
const HTTP: &str = "{4DB5CBF0-3B77-4852-BC8E-BB81908861F3}";

/// Where Outlook 98 and 2000 had their accounts.
const INTERNET_MAIL: [&str; 2] = [
    "Software/Microsoft/Office/8.0/Outlook/OMI Account Manager/Accounts",
    "Software/Microsoft/Office/Outlook/OMI Account Manager/Accounts",
];

/// The section of a profile that names its send/receive settings, and the value.
const SETTINGS: &str = "3517490d76624c419a828607e2a54604";
const FILE_NAME: &str = "001f6000";
/// The roaming folder, of Vista and later and of XP.
const ROAMING: [&str; 2] = ["AppData/Roaming", "Application Data"];

/// The hole of a scope that names the profiles of older versions; it is in no key.
pub(super) const DORMANT: &str = "dormant";

/// The version of profiles of which it can't be told.
pub(super) const UNKNOWN: u32 = 0;
/// 2007, the first version that has STARTTLS for SMTP.
pub(super) const FIRST_WITH_STARTTLS: u32 = 12;
/// 2013, the first version with its own place for profiles.
const FIRST_WITH_OWN_PLACE: u32 = 15;

/// A place of profiles, and the version that keeps them there.
struct Place {
    root: String,
    version: u32,
    profiles: Vec<String>,
}

/// The places that have profiles, the live one first.
fn places(workspace: &Workspace<'_>, store: StoreId) -> Vec<Place> {
    let version = |name: &String| name.strip_suffix(".0")?.parse::<u32>().ok();
    let mut versions: Vec<u32> = subkeys(workspace, store, OFFICE).iter().filter_map(version).collect();
    versions.sort_unstable_by(|a, b| b.cmp(a));
    let (new, old): (Vec<u32>, Vec<u32>) = versions.into_iter().partition(|version| *version >= FIRST_WITH_OWN_PLACE);
    let has_outlook = |version: &&u32| !workspace.keys(store, &format!("{OFFICE}/{version}.0/Outlook")).is_empty();
    let last = old.iter().find(has_outlook).copied().unwrap_or(UNKNOWN);
    let own = new.into_iter().map(|version| (format!("{OFFICE}/{version}.0/Outlook/Profiles"), version));
    own.chain([(MESSAGING.to_owned(), last)])
        .map(|(root, version)| Place { profiles: subkeys(workspace, store, &root), root, version })
        .filter(|place| !place.profiles.is_empty())
        .collect()
}

/// What an administrator's policy makes of the junk filter, whatever the account says.
pub(super) fn overruled(workspace: &Workspace<'_>, store: StoreId, version: u32) -> Option<String> {
    let branch = format!("{POLICIES}/{version}.0/Outlook");
    let off = [branch.clone(), format!("{OFFICE}/{version}.0/Outlook")]
        .iter()
        .any(|path| raw(workspace, store, path, "DisableAntiSpam") == Some(Raw::Int(1)));
    let enforced = raw(workspace, store, &format!("{branch}/Options/Mail"), "JunkMailProtection").is_some();
    match (off, enforced) {
        (true, _) => Some("a policy has switched the junk filter off (DisableAntiSpam)".to_owned()),
        (_, true) => Some("a policy sets the junk level for all accounts (JunkMailProtection)".to_owned()),
        _ => None,
    }
}

/// Whether a policy keeps the user from the account settings, where a change that proves wrong could be mended.
pub(super) fn is_locked(workspace: &Workspace<'_>, store: StoreId, version: u32) -> bool {
    raw(workspace, store, &format!("{POLICIES}/{version}.0/Outlook/Setup"), "ModifyAccounts") == Some(Raw::Int(1))
}

/// The profiles of older versions, as people know them, if they have accounts.
fn dormant(workspace: &Workspace<'_>, store: StoreId, places: &[Place]) -> Option<String> {
    let named = |place: &Place| {
        let count = place.profiles.iter().filter(|name| !ids(workspace, store, &below(&place.root, name)).is_empty()).count();
        (count > 0).then(|| format!("{count} in {}", place.root))
    };
    let all: Vec<String> = places.iter().filter_map(named).collect();
    (!all.is_empty()).then(|| all.join(", "))
}

/// The key of an account.
pub(super) fn account(profile: &str, account: &str) -> String {
    below(&below(profile, ACCOUNTS), account)
}

/// Opens the registry and lists the accounts of every live profile.
pub(super) fn accounts(workspace: &mut Workspace<'_>) -> Vec<Scope> {
    let files = open(workspace);
    let mut scopes = Vec::new();
    for (file, store) in &files {
        let places = places(workspace, *store);
        let Some((live, older)) = places.split_first() else {
            before_profiles(workspace, *store);
            continue;
        };
        let dormant = dormant(workspace, *store, older);
        for name in &live.profiles {
            let profile = below(&live.root, name);
            let groups = groups(workspace, *store, &profile);
            let title = if files.len() > 1 { format!("{file}/{name}") } else { name.clone() };
            told(workspace, *store, &profile, &title);
            for account in ids(workspace, *store, &profile) {
                let found = scope(workspace, *store, &profile, &account, format!("{title}/{account}"));
                scopes.extend(found.map(|mut scope| {
                    let dormant = dormant.iter().map(|all| (DORMANT, all.clone()));
                    let holes = groups.iter().map(|path| ("srs", path.clone())).chain([("file", file.clone())]).chain(dormant);
                    scope.layers.iter_mut().for_each(|layer| layer.extend(holes.clone()));
                    scope.version = Some(live.version);
                    scope
                }));
            }
        }
    }
    scopes
}

/// Tells of accounts of Outlook 98 and 2000, where no later version has profiles.
fn before_profiles(workspace: &mut Workspace<'_>, store: StoreId) {
    let count: usize = INTERNET_MAIL.iter().map(|path| subkeys(workspace, store, path).len()).sum();
    if count > 0 {
        let file = workspace.stores().get(store).map(|store| store.path.full()).unwrap_or_default();
        let what =
            format!("accounts of Outlook 98 or 2000 are not served ({count} there): how they store TLS is not established");
        workspace.problems.push(Problem::new(Code::UnsupportedClient, what).at(file));
    }
}

/// Opens a profile's send/receive settings, which are a file of the roaming folder that the profile names.
fn groups(workspace: &mut Workspace<'_>, store: StoreId, profile: &str) -> Option<String> {
    let named = text(workspace, store, &below(profile, SETTINGS), FILE_NAME)?;
    let paths = ROAMING.iter().filter_map(|folder| spelled(workspace, &format!("{folder}/Microsoft/Outlook/{named}.srs")));
    let paths: Vec<String> = paths.collect();
    paths.into_iter().find(|path| workspace.open_at(GROUPS, path).is_some())
}

/// A path below the profile's folder as it is spelled there: letter case, which Windows passes over, can differ.
fn spelled(workspace: &Workspace<'_>, path: &str) -> Option<String> {
    let mut folder = workspace.profile.folder.clone();
    let mut parts = Vec::new();
    for part in path.split('/') {
        let names = workspace.system.list(&folder).ok()?;
        let mut names = names.iter().filter_map(|(name, _)| name.to_str()).filter(|name| name.eq_ignore_ascii_case(part));
        let name = names.clone().find(|name| *name == part).or_else(|| names.next())?.to_owned();
        folder = folder.join(&name)?;
        parts.push(name);
    }
    Some(parts.join("/"))
}

/// The numbers of a profile's mail accounts, in its order, as their keys are named. One that is listed twice is one account.
fn ids(workspace: &Workspace<'_>, store: StoreId, profile: &str) -> Vec<String> {
    let Some(Raw::Bytes(list)) = raw(workspace, store, &below(profile, ACCOUNTS), MAIL) else { return Vec::new() };
    let mut seen = BTreeSet::new();
    let numbers = list.as_chunks::<4>().0.iter().map(|id| u32::from_le_bytes(*id));
    numbers.filter(|id| seen.insert(*id)).map(|id| format!("{id:08X}")).collect()
}

/// Tells of a list of mail accounts that is none, and of one that is missing though there are such accounts.
fn told(workspace: &mut Workspace<'_>, store: StoreId, profile: &str, title: &str) {
    let accounts = below(profile, ACCOUNTS);
    let (code, found) = match raw(workspace, store, &accounts, MAIL) {
        Some(Raw::Bytes(list)) if list.len().is_multiple_of(4) => return,
        Some(found) => (Code::UnknownValue, found.to_string()),
        None => {
            let is_mail = |name: &String| {
                let kind = text(workspace, store, &below(&accounts, name), "clsid").unwrap_or_default().to_ascii_uppercase();
                [POP3, IMAP].contains(&kind.as_str())
            };
            let count = subkeys(workspace, store, &accounts).iter().filter(|name| is_mail(name)).count();
            if count == 0 {
                return;
            }
            (Code::BrokenAccount, format!("none, and keys of {count} accounts"))
        }
    };
    let file = workspace.stores().get(store).map(|store| store.path.full()).unwrap_or_default();
    let message = format!("the profile {title}: expected a list of the numbers of its mail accounts, found {found}");
    workspace.problems.push(Problem::new(code, message).at(file));
}

fn scope(workspace: &mut Workspace<'_>, store: StoreId, profile: &str, account: &str, id: String) -> Option<Scope> {
    let path = self::account(profile, account);
    let read = |value: &str| text(workspace, store, &path, value);
    let name = read("Account Name");
    let kind = read("clsid").unwrap_or_default().to_ascii_uppercase();
    let (protocol, kind) = match kind.as_str() {
        POP3 => (Protocol::Pop3, "POP3"),
        IMAP => (Protocol::Imap, "IMAP"),
        _ => {
            let (code, what) = match kind.as_str() {
                SERVICE if read("Service Name").as_deref() != Some("MSEMS") => return None,
                SERVICE => (Code::UnsupportedAccount, "is of Exchange, whose server is found by Autodiscover"),
                HTTP => (Code::UnsupportedAccount, "is of Hotmail or another HTTP service"),
                _ if workspace.keys(store, &path).is_empty() => {
                    (Code::BrokenAccount, "is in the list of accounts, but has no key")
                }
                _ => (Code::UnsupportedAccount, "is of a kind that is not known"),
            };
            let named = name.map(|name| format!(" ({name})")).unwrap_or_default();
            let file = workspace.stores().get(store).map(|store| store.path.full()).unwrap_or_default();
            workspace.problems.push(Problem::new(code, format!("account {id}{named} {what}")).account(id).at(file));
            return None;
        }
    };
    let emails: Vec<String> = read("Email").into_iter().collect();
    let preferences = match raw(workspace, store, &path, "Preferences UID") {
        Some(Raw::Bytes(uid)) if uid.len() == 16 => Some(uid.iter().map(|byte| format!("{byte:02x}")).collect::<String>()),
        _ => None,
    };
    let sends = read("SMTP Server").is_some();
    let mut own = vec![("profile..", profile.to_owned()), ("account", account.to_owned()), ("kind", kind.to_owned())];
    own.extend(preferences.map(|section| ("preferences", section)));
    Some(Scope {
        name: name.or_else(|| emails.first().cloned()).unwrap_or_else(|| id.clone()),
        id,
        emails,
        protocol: Some(protocol),
        sends,
        layers: vec![own],
        listed_in: Some(store),
        ..Scope::default()
    })
}
