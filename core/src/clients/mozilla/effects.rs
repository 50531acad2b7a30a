//! What a change costs a user of the Mozilla family: whether the password is asked again, whether mail is fetched again
//! (reference: mozilla, section 5).

use super::codecs::NO_REAL_NAMES;
use super::layers;
use crate::client::{Answer, Consequence};
use crate::document::Raw;
use crate::effects::Effects;
use crate::lens::Places;
use crate::setting::Setting;
use crate::value::{Auth, Protocol, Value};
use crate::workspace::{Store, Tokens};

/// Judges one account's changes.
pub(in crate::clients) fn effects(effects: &Effects<'_>) -> Consequence {
    let mut cost = Consequence::none();
    password(effects, &mut cost);
    mail(effects, &mut cost);
    cost.notes.extend(stale(effects));
    cost.notes.extend(layers::locked(effects));
    if !effects.left.is_empty() {
        cost.notes.push(format!("these preferences still hold the old folder address: {}", effects.left.join(", ")));
    }
    cost
}

fn password(effects: &Effects<'_>, cost: &mut Consequence) {
    let mut ask = |why: &str| {
        cost.password_asked_again = Answer::Yes;
        cost.why.push(why.to_owned());
    };
    for (side, user, auth) in [
        ("incoming", Setting::IncomingUsername, Setting::IncomingAuth),
        ("outgoing", Setting::OutgoingUsername, Setting::OutgoingAuth),
    ] {
        if effects.changes(user) {
            ask(&format!("the saved {side} password is filed under the old user name, in encrypted form"));
        }
        let oauth = |value: Option<&Value>| matches!(value, Some(Value::Auth(Auth::OAuth2)));
        let silent = |value: Option<&Value>| matches!(value, Some(Value::Auth(Auth::None)));
        let (was, becomes) = (effects.was(auth), effects.becomes(auth));
        if oauth(becomes) && !oauth(was) {
            ask(&format!("the {side} server is asked for a new OAuth sign-in"));
        } else if oauth(was) && !oauth(becomes) {
            ask(&format!("the {side} server was signed in to by OAuth, so no password is saved"));
        } else if silent(was) && !silent(becomes) {
            ask(&format!("the {side} server asked for no password so far"));
        }
    }
    let moved = effects.changes(Setting::IncomingHost) || effects.changes(Setting::OutgoingHost);
    if !moved || cost.password_asked_again == Answer::Yes {
        return;
    }
    if elsewhere(effects) {
        cost.password_asked_again = Answer::Unknown;
        cost.why.push("this profile keeps its logins in logins.db, which can't be re-filed".to_owned());
    } else if effects.workspace.first("logins").is_none() && effects.workspace.problems.iter().any(names_logins) {
        cost.password_asked_again = Answer::Unknown;
        cost.why.push("the saved passwords can't be read".to_owned());
    } else if let Some(file) = old_logins(effects) {
        cost.password_asked_again = Answer::Yes;
        cost.why.push(format!("the saved passwords are in {file}, which can't be re-filed"));
    } else if effects.followed("saved-password") + effects.followed("saved-outgoing-password") > 0 {
        cost.why.push("the saved passwords move with the server".to_owned());
    } else if let Some(store) = effects.workspace.stores().iter().find(|store| strange(store)) {
        cost.password_asked_again = Answer::Yes;
        cost.why.push(format!("the saved passwords are in {}, of which this generation is not known", store.path.name()));
    } else {
        cost.why.push("no password is saved for the old server, so it is asked for as before".to_owned());
    }
}

/// Logins of versions 3 to 31, which are not re-filed: the client looks for them under the new name and finds none.
fn old_logins(effects: &Effects<'_>) -> Option<String> {
    let is_there = |store: &&Store| store.exists() && ["signons.sqlite", "signons3.txt"].contains(&store.path.name().as_str());
    let found = effects.workspace.stores().iter().find(is_there).map(|store| store.path.name());
    found.filter(|_| effects.workspace.first("logins").is_none())
}

/// A text file of saved passwords of another generation.
fn strange(store: &Store) -> bool {
    store.role == "signons" && store.doc.as_ref().is_some_and(|doc| !doc.odd().is_empty())
}

/// A name that stays beside the one that the client goes by, and that a later version will take.
fn stale(effects: &Effects<'_>) -> Vec<String> {
    let tokens = Tokens { places: effects.workspace, scope: effects.scope };
    let pairs = [("host", "realhostname", "hostname"), ("user", "realuserName", "userName")];
    let told = |(what, now, later): (&str, &str, &str)| {
        let now = tokens.text(&format!("mail.server.{{server}}.{now}")).filter(|text| !text.is_empty())?;
        let later = tokens.text(&format!("mail.server.{{server}}.{later}")).filter(|text| *text != now)?;
        (effects.workspace.version < NO_REAL_NAMES)
            .then(|| format!("the incoming {what} is {now}; version {NO_REAL_NAMES} and later will take {later}"))
    };
    pairs.into_iter().filter_map(told).collect()
}

fn names_logins(problem: &crate::problem::Problem) -> bool {
    problem.path.as_ref().is_some_and(|path| path.ends_with("logins.json"))
}

/// Whether the profile has turned to the other store of logins.
fn elsewhere(effects: &Effects<'_>) -> bool {
    let switch = crate::document::Key::raw("signon.storage.rust.enabled");
    effects.workspace.first("").is_some_and(|prefs| effects.workspace.raw(&(prefs, switch)) == Some(Raw::Bool(true)))
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
        Some(Protocol::Pop3)
            if effects
                .workspace
                .problems
                .iter()
                .any(|problem| problem.path.as_ref().is_some_and(|path| path.ends_with("popstate.dat"))) =>
        {
            cost.mail_fetched_again = Answer::Unknown;
            cost.why.push("the list of messages that were fetched already can't be read".to_owned());
        }
        Some(_) => cost.why.push("the folders and the list of fetched messages stay with the account".to_owned()),
        None => {}
    }
}
