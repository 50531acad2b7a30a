//! What a change costs a user of Netscape 4.

use crate::client::{Answer, Consequence};
use crate::clients::mozilla::layers;
use crate::document::{Key, Raw};
use crate::effects::Effects;
use crate::lens::Places;
use crate::setting::Setting;
use crate::value::{Protocol, Security, Value};

/// Judges one account's changes.
pub(super) fn effects(effects: &Effects<'_>) -> Consequence {
    let mut cost = Consequence::none();
    password(effects, &mut cost);
    mail(effects, &mut cost);
    notes(effects, &mut cost);
    cost
}

fn password(effects: &Effects<'_>, cost: &mut Consequence) {
    if effects.changes(Setting::IncomingUsername) || effects.changes(Setting::OutgoingUsername) {
        let differ = effects.becomes(Setting::IncomingUsername) != effects.becomes(Setting::OutgoingUsername);
        if differ && effects.scope.protocol.is_some() && effects.becomes(Setting::OutgoingUsername).is_some() {
            cost.password_asked_again = Answer::Unknown;
            cost.why.push("it tries the incoming password on the outgoing server, and asks where that is refused".to_owned());
        }
    }
    if effects.changes(Setting::IncomingHost) && effects.scope.protocol == Some(Protocol::Imap) {
        cost.why.push("a saved password moves with the server's other settings".to_owned());
    }
}

fn mail(effects: &Effects<'_>, cost: &mut Consequence) {
    if effects.changes(Setting::IncomingUsername) {
        cost.mail_fetched_again = Answer::Unknown;
        cost.why.push("whether the new user name is the same mailbox is known to the server only".to_owned());
        return;
    }
    if !effects.changes(Setting::IncomingHost) {
        return;
    }
    match effects.scope.protocol {
        Some(Protocol::Imap) => {
            cost.mail_fetched_again = Answer::Yes;
            cost.why.push(
                "copies for reading offline are kept in a folder of the old server's name, which it looks for no more".to_owned(),
            );
        }
        Some(Protocol::Pop3) if effects.followed("pop-state") > 0 => {
            cost.why.push("the list of fetched messages stays with the account".to_owned());
        }
        Some(Protocol::Pop3) if effects.was(Setting::LeaveOnServer) == Some(&Value::Bool(true)) => {
            cost.mail_fetched_again = Answer::Unknown;
            cost.why.push("the list of fetched messages is not where it is by default".to_owned());
        }
        _ => {}
    }
}

fn notes(effects: &Effects<'_>, cost: &mut Consequence) {
    let named_after = |at: &str| {
        let store = effects.workspace.first("")?;
        let count = effects.workspace.keys(store, &format!("imap/{at}/")).len();
        (count > 0).then_some(count)
    };
    let server = effects.scope.hole("imap");
    let place = |at: &str| Some((effects.workspace.first("")?, Key::of(["imap", at])));
    if let Some(at) = server
        && let Some(place) = place(at)
        && let (Some(Raw::Text(old)), Some(Raw::Text(new))) =
            (effects.workspace.originally_stored(&place), effects.workspace.raw(&place))
        && old != new
    {
        if let Some(count) = named_after(at) {
            cost.notes.push(format!("{count} preferences mail.imap.server.{old}.* are renamed to mail.imap.server.{new}.*"));
        }
        cost.notes.push("message filters of this server are in the folder of its old name, and have to be made again".to_owned());
    }
    let on = |setting: Setting| {
        effects.changes(setting)
            && matches!(effects.becomes(setting), Some(Value::Security(Security::ImplicitTls | Security::StartTls)))
    };
    if on(Setting::IncomingSecurity) || on(Setting::OutgoingSecurity) {
        cost.notes.push("Communicator 4 speaks SSL 3 and TLS 1.0 only, which many servers refuse today".to_owned());
    }
    let roams = effects
        .workspace
        .first("")
        .is_some_and(|prefs| effects.workspace.raw(&(prefs, Key::of(["li.enabled"]))) == Some(Raw::Bool(true)));
    if roams {
        cost.notes.push(
            "roaming is on (li.enabled): at sign-in the server's copy of the preferences can bring the old ones back".to_owned(),
        );
    }
    cost.notes.extend(layers::in_vain(effects));
    if !effects.left.is_empty() {
        cost.notes.push(format!("these preferences still hold the old folder address: {}", effects.left.join(", ")));
    }
}
