//! What a change costs a user of Outlook Express: whether a saved password is filed under the server is not known, and TLS
//! ends at 1.0 (reference: windows, sections 2 and 10).

use crate::client::{Answer, Consequence};
use crate::effects::Effects;
use crate::setting::Setting;
use crate::value::{Auth, Protocol, Security, Value};

/// Judges one account's changes.
pub(super) fn effects(effects: &Effects<'_>) -> Consequence {
    let mut cost = Consequence::none();
    let moved = [Setting::IncomingHost, Setting::OutgoingHost].into_iter().any(|host| effects.changes(host));
    if moved {
        cost.password_asked_again = Answer::Unknown;
        cost.why.push("whether Windows files the saved password under the server's name is not known".to_owned());
    }
    let silent = |value: Option<&Value>| matches!(value, None | Some(Value::Auth(Auth::None)));
    let logs_in = !silent(effects.becomes(Setting::OutgoingAuth));
    let own = effects.becomes(Setting::OutgoingUsername) != effects.becomes(Setting::IncomingUsername);
    if effects.changes(Setting::IncomingUsername) {
        cost.password_asked_again = Answer::Yes;
        cost.why.push("the saved password was given for the old user name".to_owned());
    } else if logs_in && own && effects.changes(Setting::OutgoingUsername) {
        cost.password_asked_again = Answer::Yes;
        cost.why.push("the outgoing server's user has no saved password of its own yet".to_owned());
    }
    if effects.changes(Setting::IncomingHost) || effects.changes(Setting::IncomingUsername) {
        cost.mail_fetched_again = Answer::Unknown;
        cost.why.push(match effects.scope.protocol {
            Some(Protocol::Imap) => "whether the copy of an IMAP mailbox is filled anew is not known".to_owned(),
            _ => "whether the list of fetched mail goes by the server's name is not known".to_owned(),
        });
    }
    let secured = |setting| match effects.becomes(setting) {
        Some(Value::Security(security)) => Some(*security).filter(|security| security.is_secure()),
        _ => None,
    };
    let newly = |host, security| secured(security).filter(|_| effects.changes(host) || effects.changes(security));
    let incoming = newly(Setting::IncomingHost, Setting::IncomingSecurity);
    let outgoing = newly(Setting::OutgoingHost, Setting::OutgoingSecurity);
    if incoming.or(outgoing).is_some() {
        cost.notes
            .push("it speaks at most TLS 1.0: a server that demands a newer one can't be reached without a tunnel".to_owned());
    }
    if outgoing == Some(Security::StartTls) {
        cost.notes.push("STARTTLS for outgoing mail needs Windows XP SP3, or the update KB933612".to_owned());
    }
    cost
}
