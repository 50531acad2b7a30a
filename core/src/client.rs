//! What a client's table is made of: where it keeps profiles, its stores, its rows, its follows, and the few things
//! that a table can't say, as small named functions. No I/O: functions get a `Finder` or a `Workspace` to look through.

use crate::discover::Finder;
use crate::document::Open;
use crate::effects::Effects;
pub use crate::image::Sides;
use crate::lens::{Row, Scope};
use crate::setting::Setting;
use crate::system::Sign;
use crate::value::Protocol;
use crate::workspace::{Tokens, Workspace};

/// A mail program, as a table.
#[derive(Debug)]
pub struct Client {
    /// Its name on the command line and in JSON.
    pub name: &'static str,
    /// Its name in sentences.
    pub title: &'static str,
    /// Which versions this table is about.
    pub versions: &'static str,
    /// Where the facts come from.
    pub source: &'static str,
    /// Finds its profiles in a home.
    pub find: fn(&mut Finder<'_>),
    /// Files by which a profile's own folder is known when it is named directly, `*` for any text: all of them must be there.
    pub marks: &'static [&'static str],
    /// Its stores; keys that name none are in the first.
    pub stores: &'static [StoreDef],
    /// Opens the stores that say which accounts there are, and lists those.
    pub accounts: fn(&mut Workspace<'_>) -> Vec<Scope>,
    /// The rows of each protocol's incoming side, then those of the outgoing side.
    pub tables: &'static [(Side, &'static [Row])],
    /// Opens the stores that only follows need.
    pub open_follows: fn(&mut Workspace<'_>),
    /// What has to change elsewhere when a server or a user does.
    pub follows: &'static [Follow],
    /// Gives accounts an outgoing server of their own; `None` where none is shared, or none can be made.
    pub part: Option<Part>,
    /// How it shows that it runs.
    pub running: &'static [Sign],
    /// What a change costs its user: is the password asked again, is mail fetched again.
    pub effects: fn(&Effects<'_>) -> Consequence,
}

/// How accounts that share an outgoing server with others get a copy of it.
#[derive(Debug)]
pub struct Part {
    /// The hole that an outgoing server's key fills.
    pub hole: &'static str,
    /// Drafts the copy, and points to it from what holds the server's key for these accounts, all of which have that server;
    /// the copy's key. None, and nothing drafted, if there is something that it can't copy.
    pub copy: fn(&mut Workspace<'_>, &[&Scope], &str) -> Option<String>,
    /// What the client tells outgoing servers apart by, if not by a key: a copy has to differ in it.
    pub link: Option<fn(&Tokens<'_>) -> Option<String>>,
}

/// Which rows a table of a client holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Those of an incoming server of this protocol, with retention, checking and junk.
    Incoming(Protocol),
    /// Those of an outgoing server.
    Outgoing,
}

/// One kind of store that a client keeps.
#[derive(Debug)]
pub struct StoreDef {
    /// What rows and follows call it.
    pub role: &'static str,
    /// Its path below the profile's folder, with the holes of a scope; empty if only the client's functions know.
    pub file: &'static str,
    /// Opens it.
    pub open: Open,
    /// A store of the same grammar whose keys win over this one's: both are changed where both have the key.
    pub under: Option<&'static str>,
    /// Files beside it that hold a part of what it says.
    pub sides: Option<&'static Sides>,
}

/// Places that hold something made of a server's name: they follow when it changes.
#[derive(Debug)]
pub struct Follow {
    /// What it is called in plans.
    pub name: &'static str,
    /// What the places hold for an account: a URI's authority, a login's origin. Read from raw keys, not from settings.
    pub token: fn(&Tokens<'_>) -> Option<String>,
    /// Where: the role of a store, and a key with `*`. A store whose path has holes is the account's own, else all of the role;
    /// a key with holes is the account's own.
    pub at: &'static [(&'static str, &'static str)],
    /// How a value holds the token.
    pub how: How,
    /// A change of one of these keeps the places as they are.
    pub unless: &'static [Setting],
    /// How an entry is copied when another account still needs the old one.
    pub copy: Option<Copying>,
    /// Whether two accounts with one token are one account to the client, so that a change must not lead there.
    pub unique: bool,
}

/// How a value holds a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// It is the token, letter case aside.
    Whole,
    /// It is a URI that begins with the token: `scheme://user@host`.
    Uri,
    /// It is a list of such URIs with this between them.
    UriList(char),
}

/// How an entry is copied: which of its members change.
#[derive(Debug, Clone, Copy)]
pub struct Copying {
    /// The member that names the entry.
    pub id: &'static str,
    /// The key of the next free name.
    pub next: &'static str,
    /// A member that must be fresh in every entry.
    pub fresh: &'static str,
}

/// An answer to a question about what a change costs.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// It does not happen.
    No,
    /// It happens; of a password: once.
    Yes,
    /// It can't be known.
    Unknown,
}

/// What a change costs the user of the account.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Consequence {
    /// Whether the client asks for the password again.
    pub password_asked_again: Answer,
    /// Whether the client fetches mail again that it has.
    pub mail_fetched_again: Answer,
    /// Why, in words, each a clause.
    pub why: Vec<String>,
    /// What else the user should know.
    pub notes: Vec<String>,
}

impl Consequence {
    /// Nothing is asked, nothing fetched.
    pub fn none() -> Consequence {
        Consequence { password_asked_again: Answer::No, mail_fetched_again: Answer::No, why: Vec::new(), notes: Vec::new() }
    }
}

impl Client {
    /// The rows of an account's incoming side, then those of its outgoing side.
    pub fn rows(&self, protocol: Option<Protocol>, sends: bool) -> impl Iterator<Item = &'static Row> {
        self.tables
            .iter()
            .filter(move |(side, _)| match side {
                Side::Incoming(of) => protocol == Some(*of),
                Side::Outgoing => sends,
            })
            .flat_map(|(_, rows)| rows.iter())
    }

    /// The store of a role; the first for the empty role.
    pub fn store(&self, role: &str) -> Option<&'static StoreDef> {
        let stores: &'static [StoreDef] = self.stores;
        if role.is_empty() { stores.first() } else { stores.iter().find(|store| store.role == role) }
    }
}
