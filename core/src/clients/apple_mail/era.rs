//! Where a version of Mail keeps its accounts, below the `Library` folder: in its preferences, in a property list of their own,
//! in the system's Accounts database (reference: apple, sections 1.1 and 2.1). Leftovers of older versions lie beside newer
//! stores, so that a file that is there proves nothing: the system's version does, else the number of Mail's folder.

use std::io;

use crate::formats::plist;
use crate::home::{Home, StorePath};
use crate::problem::{Code, Problem};
use crate::system::Reader;

/// Versions of the system: the second number of Mac OS X 10, then 16 for macOS 11 and so on.
pub(super) const LAST_IN_PREFERENCES: u32 = 6;
/// The first whose accounts have a property list of their own.
pub(super) const FIRST_OF_ITS_OWN: u32 = LAST_IN_PREFERENCES + 1;
/// The last of those.
pub(super) const LAST_OF_ITS_OWN: u32 = 10;
/// The first whose accounts are in the Accounts database.
pub(super) const FIRST_IN_DATABASE: u32 = LAST_OF_ITS_OWN + 1;

/// Where accounts are: a path below `Library`, and the system's version, or the first that it could be.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kept {
    /// In a property list.
    List(String, u32),
    /// In the Accounts database.
    Database(String, u32),
    /// Nowhere.
    Nothing,
}

/// Finds out where a user's accounts are.
///
/// # Errors
/// Why that can't be told.
pub(super) fn kept(system: &dyn Reader, home: &Home, library: &StorePath) -> Result<Kept, Problem> {
    let generation = generation(&names(system, library, "Mail")?);
    let databases = names(system, library, "Accounts")?;
    let database = ["Accounts4.sqlite", "Accounts3.sqlite"].into_iter().find(|name| databases.iter().any(|known| known == name));
    let installed = installed(system, home);
    let least = |number: u32| if number <= LAST_GENERATION { FIRST_OF_ITS_OWN } else { number.saturating_add(8) };
    let at_least = generation.as_ref().map(|(number, _)| least(*number));
    let version = installed.or(at_least);
    match (version, database) {
        (Some(version), Some(name)) if version >= FIRST_IN_DATABASE => Ok(Kept::Database(format!("Accounts/{name}"), version)),
        (Some(version), None) if version >= FIRST_IN_DATABASE => match &generation {
            Some((number, folder)) if *number > LAST_GENERATION => Err(no_database(library, folder)),
            _ => Ok(Kept::Nothing),
        },
        (None, Some(name)) => Ok(Kept::Database(format!("Accounts/{name}"), FIRST_IN_DATABASE)),
        // Only 10.13 and later have the fourth one.
        (Some(_), Some("Accounts4.sqlite")) if installed.is_none() => Err(never_opened(library)),
        (version, _) => list(system, library, generation, version),
    }
}

/// The last folder of Mail whose accounts are in a property list: V3 is of 10.11.
const LAST_GENERATION: u32 = 2;

/// Mail's folder with the highest number: `V2`, `V10`.
fn generation(names: &[String]) -> Option<(u32, String)> {
    names.iter().filter_map(|name| Some((name.strip_prefix('V')?.parse().ok()?, name.clone()))).max()
}

/// The version of the system on the volume that a home is on.
fn installed(system: &dyn Reader, home: &Home) -> Option<u32> {
    let users = home.path.parent().filter(|users| users.file_name().is_some_and(|name| name == "Users"))?;
    let path = StorePath::root(users.parent()?).join("System/Library/CoreServices/SystemVersion.plist")?;
    let document = plist::open(&system.read(&path).ok().flatten()?).ok()?;
    let version = document.get(&crate::document::Key::raw("ProductVersion"))?.as_text()?.to_owned();
    let mut numbers = version.split('.').map(|number| number.parse::<u32>().ok());
    match (numbers.next()??, numbers.next().flatten()) {
        (10, Some(minor)) => Some(minor),
        (major @ 11.., _) => major.checked_add(5),
        _ => None,
    }
}

/// The property list of accounts, else the preferences.
fn list(
    system: &dyn Reader,
    library: &StorePath,
    generation: Option<(u32, String)>,
    version: Option<u32>,
) -> Result<Kept, Problem> {
    let own = generation.filter(|_| version.is_none_or(|version| version >= FIRST_OF_ITS_OWN));
    let own = own.map(|(_, name)| format!("Mail/{name}/MailData/Accounts.plist"));
    let is_there =
        |path: &String| library.join(path).is_some_and(|path| system.read(&path).map_or(true, |bytes| bytes.is_some()));
    if let Some(path) = own.filter(is_there) {
        return Ok(Kept::List(path, version.unwrap_or(FIRST_OF_ITS_OWN).max(FIRST_OF_ITS_OWN)));
    }
    let version = version.unwrap_or(LAST_IN_PREFERENCES).min(LAST_IN_PREFERENCES);
    Ok(preferences(system, library, "")?.map_or(Kept::Nothing, |path| Kept::List(path, version)))
}

/// The preferences in `Library` or in a container of its shape; the letter case of the name differs.
///
/// # Errors
/// The folder can't be listed.
pub(super) fn preferences(system: &dyn Reader, library: &StorePath, container: &str) -> Result<Option<String>, Problem> {
    let folder = format!("{container}Preferences");
    let names = names(system, library, &folder)?;
    // Where letter case matters both can be there: Mail's own is in small letters.
    let name = names.into_iter().filter(|name| name.eq_ignore_ascii_case("com.apple.mail.plist")).max();
    Ok(name.map(|name| format!("{folder}/{name}")))
}

fn names(system: &dyn Reader, library: &StorePath, folder: &str) -> Result<Vec<String>, Problem> {
    let Some(folder) = library.join(folder) else { return Ok(Vec::new()) };
    match system.list(&folder) {
        Ok(names) => Ok(names.into_iter().filter_map(|(name, _)| name.into_string().ok()).collect()),
        Err(error) => {
            let problem = Problem::new(Code::Unreadable, format!("can't be listed: {error}")).at(folder.full());
            let denied = error.kind() == io::ErrorKind::PermissionDenied;
            Err(if denied { problem.hint(FULL_DISK_ACCESS) } else { problem })
        }
    }
}

/// Since 10.14 neither a file's mode nor root opens what the system guards.
pub(super) const FULL_DISK_ACCESS: &str =
    "on a Mac, allow Full Disk Access for the program that runs waxseal (Privacy & Security in the system's settings)";

fn no_database(library: &StorePath, folder: &str) -> Problem {
    let what = format!("Mail's folder {folder} is of a system that keeps accounts in the Accounts database, and there is none");
    Problem::new(Code::UnsupportedClient, what)
        .at(library.full().join("Mail").join(folder))
        .hint("take Library/Accounts into the copy, with the files beside the database")
}

fn never_opened(library: &StorePath) -> Problem {
    let what = "the system is of 10.13 or later, but Mail was last opened before: which accounts it has can't be told";
    Problem::new(Code::UnsupportedClient, what)
        .at(library.full().join("Mail"))
        .hint("open Mail once, so that it takes its accounts over, then plan again")
}

#[cfg(test)]
mod tests {
    use super::{Kept, kept};
    use crate::home::{Home, StorePath};
    use crate::system::Memory;

    fn found(files: &[(&str, &str)]) -> Result<Kept, String> {
        let system =
            files.iter().fold(Memory::new(), |system, (path, content)| system.with(format!("/Volumes/Old/{path}"), *content));
        let home = Home { path: "/Volumes/Old/Users/rosa".into(), os: None, live: false };
        kept(&system, &home, &StorePath::root(&home.path).join("Library").unwrap()).map_err(|problem| problem.message)
    }

    const SYSTEM: &str = "System/Library/CoreServices/SystemVersion.plist";
    const V2: (&str, &str) = ("Users/rosa/Library/Mail/V2/MailData/Accounts.plist", "x");
    const V10: (&str, &str) = ("Users/rosa/Library/Mail/V10/MailData/Accounts.plist", "x");
    const THIRD: (&str, &str) = ("Users/rosa/Library/Accounts/Accounts3.sqlite", "x");
    const FOURTH: (&str, &str) = ("Users/rosa/Library/Accounts/Accounts4.sqlite", "x");
    const PREFERENCES: (&str, &str) = ("Users/rosa/Library/Preferences/com.apple.Mail.plist", "x");

    fn of(version: &str) -> String {
        format!("<plist><dict><key>ProductVersion</key><string>{version}</string></dict></plist>")
    }

    #[test]
    fn the_systems_version_decides() {
        let list = |path: &str, version| Ok(Kept::List(path.to_owned(), version));
        let database = |name: &str, version| Ok(Kept::Database(format!("Accounts/{name}"), version));
        let all = [V2, V10, THIRD, FOURTH, PREFERENCES];
        for (version, expected) in [
            ("10.2.8", list("Preferences/com.apple.Mail.plist", 2)),
            ("10.6.8", list("Preferences/com.apple.Mail.plist", 6)),
            ("10.9.5", list("Mail/V10/MailData/Accounts.plist", 9)),
            ("10.11.6", database("Accounts4.sqlite", 11)),
            ("14.5", database("Accounts4.sqlite", 19)),
        ] {
            let version = of(version);
            assert_eq!(found(&[&all[..], &[(SYSTEM, &version)]].concat()), expected);
        }
    }

    #[test]
    fn without_it_the_number_of_mails_folder_does() {
        let list = |path: &str, version| Ok(Kept::List(path.to_owned(), version));
        assert_eq!(found(&[PREFERENCES]), list("Preferences/com.apple.Mail.plist", 6));
        assert_eq!(found(&[PREFERENCES, V2]), list("Mail/V2/MailData/Accounts.plist", 7));
        assert_eq!(found(&[PREFERENCES, V2, THIRD]), list("Mail/V2/MailData/Accounts.plist", 7));
        assert_eq!(found(&[PREFERENCES, V2, V10, FOURTH]), Ok(Kept::Database("Accounts/Accounts4.sqlite".to_owned(), 18)));
        assert_eq!(found(&[PREFERENCES, THIRD]), Ok(Kept::Database("Accounts/Accounts3.sqlite".to_owned(), 11)));
        assert_eq!(found(&[]), Ok(Kept::Nothing));
        assert!(found(&[V10]).unwrap_err().contains("and there is none"));
        assert!(found(&[V2, FOURTH]).unwrap_err().contains("can't be told"));
    }
}
