//! What a change costs a user of Apple Mail (reference: apple, sections 1.3, 2.3, 2.4 and 2.5). Up to 10.10 the keychain has
//! passwords under host, user and port; with the Accounts database under the account's own identifier. Mail lies in a folder
//! that keeps its name.

use super::era::FIRST_IN_DATABASE;
use crate::client::{Answer, Consequence};
use crate::effects::Effects;
use crate::setting::Setting;
use crate::value::{Auth, Value};

/// Judges one account's changes.
pub(super) fn effects(effects: &Effects<'_>) -> Consequence {
    let mut cost = Consequence::none();
    for side in SIDES {
        match effects.workspace.version >= FIRST_IN_DATABASE {
            true => by_identifier(effects, &side, &mut cost),
            false => by_server(effects, &side, &mut cost),
        }
    }
    if effects.changes(Setting::IncomingUsername) {
        cost.mail_fetched_again = Answer::Unknown;
        cost.why.push("whether the new user name is the same mailbox is known to the server only".to_owned());
    } else if effects.changes(Setting::IncomingHost) {
        cost.why.push("the mail folder and its list of fetched messages keep their place".to_owned());
    }
    cost.notes.extend(notes(effects));
    cost
}

struct Side {
    name: &'static str,
    host: Setting,
    port: Setting,
    security: Setting,
    user: Setting,
    auth: Setting,
}

const SIDES: [Side; 2] = [
    Side {
        name: "incoming",
        host: Setting::IncomingHost,
        port: Setting::IncomingPort,
        security: Setting::IncomingSecurity,
        user: Setting::IncomingUsername,
        auth: Setting::IncomingAuth,
    },
    Side {
        name: "outgoing",
        host: Setting::OutgoingHost,
        port: Setting::OutgoingPort,
        security: Setting::OutgoingSecurity,
        user: Setting::OutgoingUsername,
        auth: Setting::OutgoingAuth,
    },
];

/// Whether no password is asked for.
fn silent(value: Option<&Value>) -> bool {
    matches!(value, None | Some(Value::Auth(Auth::None)))
}

fn by_server(effects: &Effects<'_>, side: &Side, cost: &mut Consequence) {
    let name = side.name;
    if silent(effects.becomes(side.auth)) {
        return;
    }
    if effects.changes(side.host) || effects.changes(side.user) {
        cost.password_asked_again = Answer::Yes;
        cost.why.push(format!("the keychain has the {name} password under the old host and user"));
    } else if silent(effects.was(side.auth)) {
        cost.password_asked_again = Answer::Yes;
        cost.why.push(format!("the {name} server asked for no password so far"));
    } else if effects.changes(side.port) {
        if cost.password_asked_again == Answer::No {
            cost.password_asked_again = Answer::Unknown;
        }
        cost.why.push(format!("whether the keychain tells the {name} password by its port differs between versions"));
    }
}

fn by_identifier(effects: &Effects<'_>, side: &Side, cost: &mut Consequence) {
    let name = side.name;
    if silent(effects.becomes(side.auth)) {
        return;
    }
    if effects.changes(side.auth) && silent(effects.was(side.auth)) {
        cost.password_asked_again = Answer::Yes;
        cost.why.push(format!("the {name} server asked for no password so far"));
    } else if effects.changes(side.user) {
        if cost.password_asked_again == Answer::No {
            cost.password_asked_again = Answer::Unknown;
        }
        cost.why.push(format!("the keychain keeps the {name} password, which may not be the new user's"));
    } else if effects.changes(side.host) {
        cost.why.push(format!("the keychain has the {name} password under the account, whatever its server is called"));
    }
}

/// What a running Mac keeps in mind besides its files.
fn notes(effects: &Effects<'_>) -> Vec<String> {
    /// The first system whose agent keeps preferences and writes them when it likes.
    const FIRST_WITH_AGENT: u32 = 8;
    let version = effects.workspace.version;
    let mut notes = Vec::new();
    if !effects.workspace.profile.home.live {
        return notes;
    }
    let preferences = [Setting::CheckEveryMinutes, Setting::JunkLevel];
    if version >= FIRST_WITH_AGENT && preferences.into_iter().any(|setting| effects.changes(setting)) {
        notes.push(
            "the system's agent for preferences may still hold the old ones: log out and in before Mail is opened".to_owned(),
        );
    }
    let servers = SIDES.iter().flat_map(|side| [side.host, side.security, side.port, side.user, side.auth]);
    let mut in_database = servers.chain([Setting::JunkDeleteAfterDays]);
    if version >= FIRST_IN_DATABASE && in_database.any(|setting| effects.changes(setting)) {
        notes.push(
            "the system's agent for accounts may still hold the old settings: log out and in before Mail is opened".to_owned(),
        );
    }
    notes
}
