//! What a change costs a user of Apple Mail: passwords are in the keychain, filed under host, user and port; mail lies
//! in a folder that keeps its name (reference: apple, sections 1.3 and 2.4).

use crate::client::{Answer, Consequence};
use crate::effects::Effects;
use crate::setting::Setting;
use crate::value::{Auth, Value};

/// Judges one account's changes.
pub(super) fn effects(effects: &Effects<'_>) -> Consequence {
    let mut cost = Consequence::none();
    for (side, host, port, user, auth) in [
        ("incoming", Setting::IncomingHost, Setting::IncomingPort, Setting::IncomingUsername, Setting::IncomingAuth),
        ("outgoing", Setting::OutgoingHost, Setting::OutgoingPort, Setting::OutgoingUsername, Setting::OutgoingAuth),
    ] {
        let silent = |value: Option<&Value>| matches!(value, None | Some(Value::Auth(Auth::None)));
        if silent(effects.becomes(auth)) {
            continue;
        }
        if effects.changes(host) || effects.changes(user) {
            cost.password_asked_again = Answer::Yes;
            cost.why.push(format!("the keychain has the {side} password under the old host and user"));
        } else if silent(effects.was(auth)) {
            cost.password_asked_again = Answer::Yes;
            cost.why.push(format!("the {side} server asked for no password so far"));
        } else if effects.changes(port) {
            if cost.password_asked_again == Answer::No {
                cost.password_asked_again = Answer::Unknown;
            }
            cost.why.push(format!("whether the keychain tells the {side} password by its port differs between versions"));
        }
    }
    if effects.changes(Setting::IncomingUsername) {
        cost.mail_fetched_again = Answer::Unknown;
        cost.why.push("whether the new user name is the same mailbox is known to the server only".to_owned());
    } else if effects.changes(Setting::IncomingHost) {
        cost.why.push("the mail folder and its list of fetched messages keep their place".to_owned());
    }
    cost
}
