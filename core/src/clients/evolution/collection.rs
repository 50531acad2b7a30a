//! Collections: a parent source whose saved password its children use as long as host, user and method agree; and what
//! a change costs (reference: linux, section 1.6).

use super::graph::{enabled, has, text};
use crate::client::{Answer, Consequence, Follow, How};
use crate::document::{Key, Raw};
use crate::effects::Effects;
use crate::lens::{Places, StoreId};
use crate::setting::Setting;
use crate::value::{Auth, Value};
use crate::workspace::{Tokens, Workspace};

const HOST: &str = "Authentication/Host";
const USER: &str = "Authentication/User";
const METHOD: &str = "Authentication/Method";

/// The parts of an account: what its file is called, what its collection's, and in words.
const PARTS: [(&str, &str); 2] = [("incoming", "incoming-collection"), ("outgoing", "outgoing-collection")];

/// Host, user and method of the collection go with its children's, once no child needs the old ones.
pub(super) const FOLLOWS: &[Follow] = &[
    follow("collection-host", &[("incoming-collection", HOST)], |tokens| shared(tokens, 0, HOST)),
    follow("collection-host", &[("outgoing-collection", HOST)], |tokens| shared(tokens, 1, HOST)),
    follow("collection-user", &[("incoming-collection", USER)], |tokens| shared(tokens, 0, USER)),
    follow("collection-user", &[("outgoing-collection", USER)], |tokens| shared(tokens, 1, USER)),
    follow("collection-auth", &[("incoming-collection", METHOD)], |tokens| shared(tokens, 0, METHOD)),
    follow("collection-auth", &[("outgoing-collection", METHOD)], |tokens| shared(tokens, 1, METHOD)),
];

const fn follow(
    name: &'static str,
    at: &'static [(&'static str, &'static str)],
    token: fn(&Tokens<'_>) -> Option<String>,
) -> Follow {
    Follow { name, token, at, how: How::Whole, unless: &[], copy: None, unique: false }
}

/// A part's file and its collection's.
fn pair(workspace: &Workspace<'_>, layers: &[crate::lens::Holes], part: usize) -> Option<(StoreId, StoreId)> {
    let (own, collection) = PARTS.get(part)?;
    let holes = layers.first()?;
    Some((workspace.store(own, holes)?, workspace.store(collection, holes)?))
}

/// What a part says where its collection says the same, and uses that one's password.
fn shared(tokens: &Tokens<'_>, part: usize, key: &str) -> Option<String> {
    let workspace = tokens.places;
    let (own, collection) = pair(workspace, &tokens.scope.layers, part)?;
    let original = |id: StoreId, key: &str| match workspace.originally_stored(&(id, Key::raw(key))) {
        Some(Raw::Text(text)) => Some(text),
        _ => None,
    };
    if !usable(original, collection, own) || others_need(workspace, collection, key) {
        return None;
    }
    let theirs = original(collection, key).filter(|text| says(text))?;
    Some(text(workspace, own, key).filter(|text| says(text)).unwrap_or(theirs))
}

/// Whether text says something: `none` is how no method is written.
fn says(text: &str) -> bool {
    !text.is_empty() && text != "none"
}

/// Whether a child uses the collection's password: the server's own rule.
fn usable(read: impl Fn(StoreId, &str) -> Option<String>, collection: StoreId, child: StoreId) -> bool {
    let both = |key: &str| (read(child, key).unwrap_or_default(), read(collection, key).unwrap_or_default());
    let (host, user, method) = (both(HOST), both(USER), both(METHOD));
    let same = |(a, b): &(String, String)| a.eq_ignore_ascii_case(b);
    let none = |method: &str| method.is_empty() || method.eq_ignore_ascii_case("none");
    (same(&host) || host.0.is_empty() || host.1.is_empty())
        && (same(&user) || user.0.is_empty())
        && (same(&method) || none(&method.0))
}

/// Whether a child that is no account here (a calendar, an account that is switched off) goes by the same value.
fn others_need(workspace: &Workspace<'_>, collection: StoreId, key: &str) -> bool {
    let uid = workspace.stores().get(collection).map(|store| store.path.name()).unwrap_or_default();
    let uid = uid.strip_suffix(".source").unwrap_or_default();
    let value = |id: StoreId| workspace.originally_stored(&(id, Key::raw(key))).and_then(|raw| raw.as_text().map(str::to_owned));
    let theirs = value(collection);
    workspace.of_role("source").any(|id| {
        let account = has(workspace, id, "Mail Account") || has(workspace, id, "Mail Transport");
        let child = text(workspace, id, "Data Source/Parent").as_deref() == Some(uid);
        let agrees = value(id).zip(theirs.clone()).is_some_and(|(mine, theirs)| mine.eq_ignore_ascii_case(&theirs));
        child && agrees && !(account && enabled(workspace, id))
    })
}

/// Judges one account's changes. Saved passwords and mail that was fetched are filed under a source's id, which stays.
pub(super) fn effects(effects: &Effects<'_>) -> Consequence {
    let mut cost = Consequence::none();
    password(effects, &mut cost);
    mail(effects, &mut cost);
    administered(effects, &mut cost);
    cost
}

fn password(effects: &Effects<'_>, cost: &mut Consequence) {
    let mut asks = Vec::new();
    for (part, words, auth) in [(0, "incoming", Setting::IncomingAuth), (1, "outgoing", Setting::OutgoingAuth)] {
        let is = |value: Option<&Value>, auth: Auth| value == Some(&Value::Auth(auth));
        let (was, becomes) = (effects.was(auth), effects.becomes(auth));
        if is(was, Auth::OAuth2) && !is(becomes, Auth::OAuth2) {
            asks.push(format!("the {words} server was signed in to by OAuth, so no password is saved"));
        } else if is(was, Auth::None) && !is(becomes, Auth::None) {
            asks.push(format!("the {words} server asked for no password so far"));
        }
        if part == 1 && effects.parted && !is(becomes, Auth::None) {
            asks.push("the copy of the outgoing server is a source of its own, under which no password is filed".to_owned());
        }
        let Some((own, collection)) = pair(effects.workspace, &effects.scope.layers, part) else { continue };
        let workspace = effects.workspace;
        let original = |id: StoreId, key: &str| match workspace.originally_stored(&(id, Key::raw(key))) {
            Some(Raw::Text(text)) => Some(text),
            _ => None,
        };
        if usable(original, collection, own) && !usable(|id, key| text(workspace, id, key), collection, own) {
            asks.push(format!("the {words} server's password is its collection's, of which other parts stay as they are"));
        }
    }
    if !asks.is_empty() {
        cost.password_asked_again = Answer::Yes;
        cost.why.extend(asks);
        return;
    }
    let moved = [Setting::IncomingHost, Setting::IncomingUsername, Setting::OutgoingHost, Setting::OutgoingUsername];
    if moved.iter().any(|setting| effects.changes(*setting)) {
        cost.why.push("the saved password is filed under the account, whatever its server and user".to_owned());
    }
}

fn mail(effects: &Effects<'_>, cost: &mut Consequence) {
    if effects.changes(Setting::IncomingUsername) {
        cost.mail_fetched_again = Answer::Unknown;
        cost.why.push("whether the new user name is the same mailbox is known to the server only".to_owned());
    } else if effects.changes(Setting::IncomingHost) {
        cost.why.push("what was fetched is filed under the account".to_owned());
    }
}

/// A source that an administrator's file is copied over whenever that file's revision changes.
fn administered(effects: &Effects<'_>, cost: &mut Consequence) {
    for (own, _) in PARTS {
        let store = effects.scope.layers.first().and_then(|holes| effects.workspace.store(own, holes));
        let Some((id, store)) = store.and_then(|id| Some((id, effects.workspace.stores().get(id)?))) else { continue };
        if let Some(revision) = text(effects.workspace, id, "Autoconfig/Revision").filter(|_| !store.edits.is_empty()) {
            cost.notes.push(format!(
                "an administrator's {} (autoconfig, revision {revision}) is copied over this account's when its revision \
                 changes: change that file too",
                store.path.name()
            ));
        }
    }
}
