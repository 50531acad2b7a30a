//! What a change costs a user of the Mozilla family: whether the password is asked again, whether mail is fetched again
//! (reference: mozilla, section 5).

use super::codecs::{NO_REAL_NAMES, split_port};
use super::follows::{OF_LOGINS, bracketed, scheme};
use super::{exceptions, layers};
use crate::client::{Answer, Consequence};
use crate::document::{Document, Raw};
use crate::effects::Effects;
use crate::lens::{Places, fill};
use crate::setting::Setting;
use crate::value::{Auth, Protocol, Value};
use crate::workspace::{Store, Tokens};

/// Judges one account's changes.
pub(in crate::clients) fn effects(effects: &Effects<'_>) -> Consequence {
    let mut cost = Consequence::none();
    password(effects, &mut cost);
    mail(effects, &mut cost);
    cost.notes.extend(stale(effects));
    cost.notes.extend(layers::in_vain(effects));
    cost.notes.extend(exceptions::left_behind(effects));
    if !effects.left.is_empty() {
        cost.notes.push(format!("these preferences still hold the old folder address: {}", effects.left.join(", ")));
    }
    cost
}

fn password(effects: &Effects<'_>, cost: &mut Consequence) {
    let tokens = Tokens { places: effects.workspace, scope: effects.scope };
    let mut answer = |answer: Answer, why: String| {
        if cost.password_asked_again != Answer::Yes {
            cost.password_asked_again = answer;
        }
        cost.why.push(why);
    };
    for (side, user, auth, host, issuer) in [
        (
            "incoming",
            Setting::IncomingUsername,
            Setting::IncomingAuth,
            Setting::IncomingHost,
            "mail.server.{server}.oauth2.issuer",
        ),
        (
            "outgoing",
            Setting::OutgoingUsername,
            Setting::OutgoingAuth,
            Setting::OutgoingHost,
            "mail.smtpserver.{smtp}.oauth2.issuer",
        ),
    ] {
        if effects.changes(user) {
            answer(Answer::Yes, format!("the saved {side} password is filed under the old user name, in encrypted form"));
        }
        let oauth = |value: Option<&Value>| matches!(value, Some(Value::Auth(Auth::OAuth2)));
        let silent = |value: Option<&Value>| matches!(value, Some(Value::Auth(Auth::None)));
        let (was, becomes) = (effects.was(auth), effects.becomes(auth));
        if oauth(becomes) && !oauth(was) {
            answer(Answer::Yes, format!("the {side} server is asked for a new OAuth sign-in"));
        } else if oauth(was) && !oauth(becomes) {
            answer(Answer::Yes, format!("the {side} server was signed in to by OAuth, so no password is saved"));
        } else if silent(was) && !silent(becomes) {
            answer(Answer::Yes, format!("the {side} server asked for no password so far"));
        } else if oauth(becomes) && effects.changes(host) && tokens.text(issuer).is_none_or(|issuer| issuer.is_empty()) {
            let why = "server's name tells the client whom to ask for the OAuth sign-in: with a name that it doesn't know it can't sign in";
            answer(Answer::Unknown, format!("the {side} {why}"));
        }
    }
    let moved = effects.changes(Setting::IncomingHost) || effects.changes(Setting::OutgoingHost);
    if !moved || cost.password_asked_again == Answer::Yes {
        return;
    }
    if elsewhere(effects) {
        cost.password_asked_again = Answer::Unknown;
        cost.why.push("this profile keeps its logins in logins.db, which can't be re-filed".to_owned());
    } else if effects.workspace.stores().iter().any(|store| store.broken && OF_LOGINS.contains(&store.role)) {
        cost.password_asked_again = Answer::Unknown;
        cost.why.push("the saved passwords can't be read".to_owned());
    } else if let Some(file) = left_behind(effects) {
        cost.password_asked_again = Answer::Yes;
        cost.why.push(format!("another account still needs the saved password, and {file} can't hold a copy of it"));
    } else if effects.followed("saved-password") + effects.followed("saved-outgoing-password") > 0 {
        cost.why.push("the saved passwords move with the server".to_owned());
    } else if let Some(store) = effects.workspace.stores().iter().find(|store| strange(store)) {
        cost.password_asked_again = Answer::Yes;
        cost.why.push(format!("the saved passwords are in {}, of which this generation is not known", store.path.name()));
    } else {
        cost.why.push("no password is saved for the old server, so it is asked for as before".to_owned());
    }
}

/// The file in which a saved password stays under the old name, since another account needs it there.
fn left_behind(effects: &Effects<'_>) -> Option<String> {
    let prefs = effects.workspace.first("")?;
    let moved = |template: &str| {
        let key = fill(template, effects.scope.layers.first()?)?;
        effects.workspace.moved(&(prefs, key))?.before?.as_text().map(|host| bracketed(split_port(host).0))
    };
    let tokens = Tokens { places: effects.workspace, scope: effects.scope };
    let kind = tokens.text("mail.server.{server}.type").unwrap_or_default();
    let sides = [
        ("saved-password", scheme(&kind), "mail.server.{server}.hostname"),
        ("saved-outgoing-password", Some("smtp"), "mail.smtpserver.{smtp}.hostname"),
    ];
    sides.into_iter().filter(|(follow, ..)| effects.followed(follow) == 0).find_map(|(_, scheme, template)| {
        let origin = format!("{}://{}", scheme?, moved(template)?);
        let holds = |doc: &dyn Document| {
            doc.entries().values().any(|raw| raw.as_text().is_some_and(|text| text.eq_ignore_ascii_case(&origin)))
        };
        let of_logins = effects.workspace.stores().iter().filter(|store| OF_LOGINS.contains(&store.role));
        of_logins.filter(|store| store.doc.as_deref().is_some_and(holds)).map(|store| store.path.name()).next()
    })
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
