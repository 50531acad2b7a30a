//! Evolution, whose accounts the Evolution Data Server keeps: a file each for account, identity and transport, in one
//! folder (reference: linux, section 1).

mod codecs;
mod collection;
mod graph;
mod part;

use crate::client::{Client, Side, StoreDef};
use crate::codec::{Codec, Tok};
use crate::discover::Finder;
use crate::formats::ini;
use crate::home::Os;
use crate::lens::{Cell, DECIMAL, FILLED, Form, ONE_ZERO, Row, TEXT, TRUE_FALSE, absent, row};
use crate::problem::{Code, Problem};
use crate::setting::Setting;
use crate::system::Sign;
use crate::value::Protocol;
use codecs::{DAYS, IMAP_PORT, IMAP_SECURITY, INCOMING_AUTH, OUTGOING_AUTH, PORT, SECURITY, SUBMISSION_PORT};

/// The table. One file is one store; the other roles say which of them an account's parts are.
///
/// The server's registry runs in every GNOME session, whether Evolution was ever opened or not. It keeps no lock, and
/// watches the folder: a file that is renamed into place is read again some three seconds later, so editing under it is
/// how it means to be edited. It writes a source only when a program changes that one; the program which does that to
/// mail accounts is Evolution itself, and that is what must not run.
pub(super) static EVOLUTION: Client = Client {
    name: "evolution",
    title: "Evolution",
    versions: "3.6 to today",
    source: "GNOME/evolution-data-server: src/libedataserver/e-source*.c, src/camel/providers/*; GNOME/evolution: src/libemail-engine",
    find,
    marks: &["*.source"],
    stores: &[
        StoreDef { role: "source", file: "", open: ini::open_gkeyfile, under: None, sides: None },
        StoreDef { role: "incoming", file: "{incoming}.source", open: ini::open_gkeyfile, under: None, sides: None },
        StoreDef { role: "outgoing", file: "{outgoing}.source", open: ini::open_gkeyfile, under: None, sides: None },
        StoreDef {
            role: "incoming-collection",
            file: "{incoming-collection}.source",
            open: ini::open_gkeyfile,
            under: None,
            sides: None,
        },
        StoreDef {
            role: "outgoing-collection",
            file: "{outgoing-collection}.source",
            open: ini::open_gkeyfile,
            under: None,
            sides: None,
        },
    ],
    accounts: graph::accounts,
    tables: &[(Side::Incoming(Protocol::Pop3), POP3), (Side::Incoming(Protocol::Imap), IMAP), (Side::Outgoing, SMTP)],
    open_follows: |_| {},
    follows: collection::FOLLOWS,
    part: Some(part::PART),
    running: &[Sign::Process(&["evolution"])],
    effects: collection::effects,
};

fn find(finder: &mut Finder<'_>) {
    if !finder.os(Os::Linux) {
        return;
    }
    for pattern in [".config/evolution/sources", ".var/app/org.gnome.Evolution/config/evolution/sources"] {
        for folder in finder.folders(pattern) {
            match finder.system.list(&folder) {
                Ok(names) if names.iter().any(|(name, _)| name.to_str().is_some_and(|name| name.ends_with(".source"))) => {
                    finder.profile(folder.name(), folder);
                }
                Ok(_) => {}
                Err(error) => {
                    finder.problem(Problem::new(Code::Unreadable, format!("can't be listed: {error}")).at(folder.full()));
                }
            }
        }
    }
    before_3_6(finder);
}

/// Accounts of Evolution before 3.6, in GConf: one list of XML texts. Servers up to 3.58 take them over and delete them.
fn before_3_6(finder: &mut Finder<'_>) {
    for pattern in [".gconf/apps/evolution/mail/%gconf.xml", ".gconf/%gconf-tree.xml"] {
        for path in finder.folders(pattern) {
            let bytes = finder.read(&path).unwrap_or_default();
            let holds = |text: &[u8]| bytes.windows(text.len()).any(|window| window == text);
            if holds(b"name=\"accounts\"") && holds(b"&lt;account ") {
                let problem =
                    Problem::new(Code::UnsupportedClient, "accounts of Evolution before 3.6, kept in GConf, can't be changed");
                let hint = "start an Evolution from 3.6 to 3.58 once: it takes them over, then plan again";
                finder.problem(problem.at(path.full()).hint(hint));
            }
        }
    }
}

const fn incoming(at: &'static str, forms: &'static [&'static Form]) -> Cell {
    Cell::new(at, forms).of("incoming").alone()
}
const fn outgoing(at: &'static str, forms: &'static [&'static Form]) -> Cell {
    Cell::new(at, forms).of("outgoing").alone()
}

// An empty one of a collection's child is the collection's.
const fn inherited(at: &'static str, role: &'static str) -> Cell {
    Cell::new(at, &[&FILLED]).of(role).lenient()
}

const FLAG: &[&Form] = &[&TRUE_FALSE, &ONE_ZERO];
const NO_TLS: Tok = Tok::S("none");
const SHELL: Cell = incoming("Imapx Backend/UseShellCommand", FLAG).or(Tok::B(false)).aside();
const AT_STARTUP: &str = "one for all accounts, in dconf: /org/gnome/evolution/mail/send-recv-on-start";
const JUNK: &str = "one for all accounts, in dconf: /org/gnome/evolution/mail/junk-check-incoming";
const JUNK_DAYS: &str =
    "one for all accounts, in dconf: /org/gnome/evolution/mail/junk-empty-on-exit and junk-empty-on-exit-days";
const SAFE_SENDERS: &str =
    "it has no list of safe senders, only its address books: /org/gnome/evolution/mail/junk-lookup-addressbook in dconf";

#[rustfmt::skip]
macro_rules! mailbox {
    ($($more:expr),*) => { &[
        row(Setting::IncomingHost, &[inherited("Authentication/Host", "incoming")], Codec::Text),
        row(Setting::IncomingAuth, &[incoming("Authentication/Method", &[&TEXT]).or(Tok::S("none"))], INCOMING_AUTH)
            .note("none: the password itself, by the protocol's own command"),
        row(Setting::IncomingUsername, &[inherited("Authentication/User", "incoming")], Codec::Text),
        row(Setting::CheckEveryMinutes, &[incoming("Refresh/Enabled", FLAG).or(Tok::B(true)), incoming("Refresh/IntervalMinutes", &[&DECIMAL]).or(Tok::I(60))], Codec::FlagAndMinutes),
        absent(Setting::CheckAtStartup, AT_STARTUP),
        absent(Setting::JunkLevel, JUNK),
        absent(Setting::JunkDeleteAfterDays, JUNK_DAYS),
        absent(Setting::JunkSafeSenders, SAFE_SENDERS),
        $($more),*
    ] };
}

#[rustfmt::skip]
const POP3: &[Row] = mailbox![
    row(Setting::IncomingPort, &[incoming("Authentication/Port", &[&DECIMAL])], PORT)
        .with(&[incoming("Security/Method", &[&TEXT])])
        .note("absent, and 0: 995 inside TLS, else 110"),
    row(Setting::IncomingSecurity, &[incoming("Security/Method", &[&TEXT]).or(NO_TLS)], SECURITY),
    row(Setting::LeaveOnServer, &[incoming("Pop Backend/KeepOnServer", FLAG).or(Tok::B(true))], Codec::Bool),
    row(Setting::DeleteAfterDays, &[incoming("Pop Backend/DeleteAfterDays", &[&DECIMAL]).or(Tok::I(0))], DAYS).note("365 at most"),
    row(Setting::DeleteWhenDeletedLocally, &[incoming("Pop Backend/DeleteExpunged", FLAG).or(Tok::B(false))], Codec::Bool)
];

#[rustfmt::skip]
const IMAP: &[Row] = mailbox![
    row(Setting::IncomingPort, &[incoming("Authentication/Port", &[&DECIMAL]), SHELL], IMAP_PORT)
        .with(&[incoming("Security/Method", &[&TEXT])])
        .note("absent, and 0: 993 inside TLS, else 143"),
    row(Setting::IncomingSecurity, &[incoming("Security/Method", &[&TEXT]).or(NO_TLS), SHELL], IMAP_SECURITY)
        .note("unknown where a shell command makes the connection")
];

#[rustfmt::skip]
const SMTP: &[Row] = &[
    row(Setting::OutgoingHost, &[inherited("Authentication/Host", "outgoing")], Codec::Text),
    row(Setting::OutgoingPort, &[outgoing("Authentication/Port", &[&DECIMAL])], SUBMISSION_PORT)
        .with(&[outgoing("Security/Method", &[&TEXT])])
        .note("absent, and 0: 465 inside TLS, else 25, with STARTTLS too"),
    row(Setting::OutgoingSecurity, &[outgoing("Security/Method", &[&TEXT]).or(NO_TLS)], SECURITY),
    row(Setting::OutgoingAuth, &[outgoing("Authentication/Method", &[&TEXT]).or(Tok::S("none"))], OUTGOING_AUTH)
        .note("none: no login"),
    row(Setting::OutgoingUsername, &[inherited("Authentication/User", "outgoing")], Codec::Text),
];
