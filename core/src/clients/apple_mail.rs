//! Apple Mail, whose accounts have been in three places (reference: apple, sections 1 and 2): `com.apple.mail.plist` up to
//! Mac OS X 10.6, `Accounts.plist` from 10.7 to 10.10, the system's Accounts database since.

mod codecs;
mod database;
mod effects;
mod era;
mod graph;
mod part;
mod rows;

use crate::client::{Client, Follow, How, Side, StoreDef};
use crate::discover::Finder;
use crate::document::{Document, Refusal};
use crate::formats::plist;
use crate::home::Os;
use crate::lens::{Scope, StoreId};
use crate::problem::Code;
use crate::system::Sign;
use crate::value::Protocol;
use crate::workspace::{Store, Workspace};
use era::Kept;

/// The table.
pub(super) static APPLE_MAIL: Client = Client {
    name: "apple-mail",
    title: "Apple Mail",
    versions: "Mac OS X 10.0 to today",
    source: "published property lists and database schemas, and the readers, editors and admin scripts that were written for them",
    find,
    marks: &[],
    stores: &[
        StoreDef { role: ACCOUNTS, file: "", open, under: None, sides: None },
        StoreDef { role: PREFERENCES, file: "", open: plist::open, under: None, sides: None },
        database::STORE,
    ],
    accounts,
    tables: &[
        (Side::Incoming(Protocol::Pop3), rows::POP3),
        (Side::Incoming(Protocol::Pop3), database::POP3),
        (Side::Incoming(Protocol::Imap), rows::IMAP),
        (Side::Incoming(Protocol::Imap), database::IMAP),
        (Side::Outgoing, rows::SMTP),
        (Side::Outgoing, database::SMTP),
    ],
    open_follows: |_| {},
    // An account's own link; those of all where all of them move, of a provider's accounts too.
    follows: &[
        link(&[(ACCOUNTS, "MailAccounts/{account}/SMTPIdentifier")]),
        link(&[(ACCOUNTS, "MailAccounts/*/SMTPIdentifier")]),
    ],
    part: Some(part::PART),
    running: &[Sign::Process(&["Mail"])],
    effects: effects::effects,
};

const fn link(at: &'static [(&'static str, &'static str)]) -> Follow {
    Follow { name: "outgoing-link", token: graph::link, at, how: How::Whole, unless: &[], copy: None, unique: false }
}

/// The property list of accounts.
const ACCOUNTS: &str = "accounts";
/// Where the check interval and the junk filter are, where accounts have a store of their own.
const PREFERENCES: &str = "preferences";
/// The preferences of a Mail that runs in a sandbox.
const CONTAINER: &str = "Containers/com.apple.mail/Data/Library/";

fn open(bytes: &[u8]) -> Result<Box<dyn Document>, Refusal> {
    plist::open_with(bytes, &[(graph::MAIL, &["uniqueId", "AccountPath"]), (graph::DELIVERY, &["uniqueId"])])
}

/// A profile is the `Library` folder: preferences and accounts lie in different folders of it.
fn find(finder: &mut Finder<'_>) {
    if !finder.os(Os::Macos) {
        return;
    }
    for library in finder.folders("Library") {
        match era::kept(finder.system, finder.home, &library) {
            Ok(Kept::Nothing) => {}
            Ok(_) => finder.profile(finder.home.user(), library),
            Err(problem) => finder.problem(problem),
        }
    }
}

/// Opens the stores and lists the accounts.
fn accounts(workspace: &mut Workspace<'_>) -> Vec<Scope> {
    let library = workspace.profile.folder.clone();
    let (role, path, version) = match era::kept(workspace.system, &workspace.profile.home, &library) {
        Ok(Kept::List(path, version)) => (ACCOUNTS, path, version),
        Ok(Kept::Database(path, version)) => (database::DATABASE, path, version),
        Ok(Kept::Nothing) => return Vec::new(),
        Err(problem) => {
            workspace.problems.push(problem);
            return Vec::new();
        }
    };
    workspace.version = version;
    let store = open_guarded(workspace, role, &path);
    if version >= era::FIRST_OF_ITS_OWN {
        open_preferences(workspace);
    }
    match store {
        Some(store) if role == ACCOUNTS => graph::accounts(workspace, store),
        Some(store) => database::accounts(workspace, store),
        None => Vec::new(),
    }
}

/// Opens a store of those that the system guards: one that can't be read, or that reads as empty, is not permitted.
fn open_guarded(workspace: &mut Workspace<'_>, role: &'static str, path: &str) -> Option<StoreId> {
    let known = workspace.problems.len();
    let opened = workspace.open_at(role, path);
    let empty = workspace.stores().last().is_some_and(Store::is_empty);
    for problem in workspace.problems.iter_mut().skip(known).filter(|problem| problem.code == Code::Unreadable || empty) {
        problem.code = Code::Unreadable;
        problem.hint.get_or_insert_with(|| era::FULL_DISK_ACCESS.to_owned());
    }
    opened
}

fn open_preferences(workspace: &mut Workspace<'_>) {
    for container in [CONTAINER, ""] {
        match era::preferences(workspace.system, &workspace.profile.folder, container) {
            Ok(Some(path)) => {
                open_guarded(workspace, PREFERENCES, &path);
                return;
            }
            Ok(None) => {}
            Err(problem) => workspace.problems.push(problem),
        }
    }
}
