//! What a change costs a user of Outlook: passwords lie in the account's own key, and the history of fetched mail goes by
//! address and account (reference: windows, sections 4 and 10).

use super::graph;
use crate::client::{Answer, Consequence};
use crate::document::Key;
use crate::effects::Effects;
use crate::lens::Places;
use crate::setting::Setting;
use crate::value::{Auth, Protocol, Value};

/// Judges one account's changes.
pub(super) fn effects(effects: &Effects<'_>) -> Consequence {
    let mut cost = Consequence::none();
    passwords(effects, &mut cost);
    mail(effects, &mut cost);
    let store = effects.scope.listed_in.unwrap_or_default();
    let version = effects.scope.version.unwrap_or_default();
    if effects.changes(Setting::JunkLevel) || effects.changes(Setting::JunkSafeSenders) {
        cost.notes.extend(graph::overruled(effects.workspace, store, version));
    }
    if graph::is_locked(effects.workspace, store, version) {
        cost.notes
            .push("a policy keeps the user from the account settings (ModifyAccounts): a mistake is undone here only".to_owned());
    }
    if let Some(all) = effects.scope.hole(graph::DORMANT) {
        cost.notes.push(format!("profiles of an older Outlook are dormant and stay as they are: {all}"));
    }
    cost
}

/// Whether the account's own key has a value.
fn has(effects: &Effects<'_>, name: &str) -> bool {
    let (Some(profile), Some(account), Some(store)) =
        (effects.scope.hole("profile.."), effects.scope.hole("account"), effects.scope.listed_in)
    else {
        return false;
    };
    let key = Key::raw(graph::account(profile, account)).child(&format!("@{name}"));
    effects.workspace.raw(&(store, key)).is_some()
}

fn passwords(effects: &Effects<'_>, cost: &mut Consequence) {
    let ask = |cost: &mut Consequence, why: &str| {
        cost.password_asked_again = Answer::Yes;
        cost.why.push(why.to_owned());
    };
    if effects.changes(Setting::IncomingUsername) {
        ask(cost, "the saved password was given for the old user name");
    }
    let silent = |value: Option<&Value>| matches!(value, None | Some(Value::Auth(Auth::None)));
    let logs_in = !silent(effects.becomes(Setting::OutgoingAuth));
    let own = effects.becomes(Setting::OutgoingUsername) != effects.becomes(Setting::IncomingUsername);
    if logs_in && effects.changes(Setting::OutgoingUsername) && own {
        ask(cost, "the outgoing server's user has no saved password of its own yet");
    } else if logs_in && silent(effects.was(Setting::OutgoingAuth)) && own && !has(effects, "SMTP Password") {
        ask(cost, "the outgoing server asked for no password so far");
    }
    let moved = [Setting::IncomingHost, Setting::OutgoingHost].into_iter().any(|host| effects.changes(host));
    if !moved || cost.password_asked_again != Answer::No {
        return;
    }
    let kind = effects.scope.hole("kind").unwrap_or_default();
    if has(effects, &format!("{kind} Password")) {
        cost.why.push("passwords are kept in the account, not under its server".to_owned());
    } else {
        cost.password_asked_again = Answer::Unknown;
        cost.why.push("the account holds no password: it is asked for each time, or kept elsewhere by Windows".to_owned());
    }
}

fn mail(effects: &Effects<'_>, cost: &mut Consequence) {
    let moved = effects.changes(Setting::IncomingHost) || effects.changes(Setting::IncomingUsername);
    match effects.scope.protocol {
        Some(Protocol::Pop3) if moved => {
            cost.why.push("the history of fetched mail goes by address and account, not by server".to_owned());
        }
        Some(Protocol::Imap) if moved => {
            cost.mail_fetched_again = Answer::Unknown;
            cost.why.push("whether the copy of an IMAP mailbox is filled anew is not known".to_owned());
        }
        _ => {}
    }
}
