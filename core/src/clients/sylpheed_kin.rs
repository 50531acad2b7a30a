//! What Sylpheed and its fork Claws Mail share: `[Account: N]` sections, a file for the whole profile, the codecs over
//! both, and what is filed under a server's name (reference: linux, section 3). Each one's own table says the rest.

use crate::client::{Answer, Consequence};
use crate::codec::{Codec, Cx, Got, Put, Tok, fits, unknown};
use crate::document::{Key, Raw};
use crate::effects::Effects;
use crate::lens::{Cell, DECIMAL, ONE_ZERO, Places, Prim, Scope, TEXT};
use crate::problem::{Code, Problem};
use crate::setting::Setting;
use crate::value::{Auth, Protocol, Security, Value};
use crate::workspace::Workspace;

/// The role of the file for the whole profile.
pub(super) const COMMON: &str = "common";

/// A number.
pub(super) const fn int(at: &'static str) -> Cell {
    Cell::new(at, &[&DECIMAL])
}

/// A switch.
pub(super) const fn flag(at: &'static str) -> Cell {
    Cell::new(at, &[&ONE_ZERO])
}

/// Text.
pub(super) const fn text(at: &'static str) -> Cell {
    Cell::new(at, &[&TEXT])
}

/// What the number of `protocol` means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A server that mail is fetched from.
    Fetches(Protocol),
    /// No such server: news, a local mailbox, or nothing.
    OnlySends,
    /// Something that no program speaks any more.
    Gone(&'static str),
}

/// Lists the accounts of `accountrc` in its order; `kind` knows what the number of a protocol means in a version.
pub(super) fn accounts(workspace: &mut Workspace<'_>, kind: fn(i64, u32) -> Option<Kind>) -> Vec<Scope> {
    let Some(store) = workspace.open("accounts") else { return Vec::new() };
    let troubles = workspace.problems.len();
    workspace.open(COMMON);
    if workspace.problems.len() > troubles {
        // What the numbers in accountrc mean stands in that file.
        return Vec::new();
    }
    let common = workspace.text(COMMON, "Common/config_version");
    match version(common.as_deref()) {
        Some(version) => workspace.version = version.unwrap_or(0),
        None => {
            let what = format!("config_version: expected a number, found \"{}\"", common.unwrap_or_default());
            let problem = Problem::new(Code::UnknownValue, what);
            let place = workspace.first(COMMON).map(|id| (id, Key::raw("Common/config_version")));
            workspace.problems.push(workspace.at(&[place], problem));
            return Vec::new();
        }
    }
    let mut sections: Vec<(usize, String)> = Vec::new();
    for key in workspace.keys(store, "") {
        let line = workspace.stores().get(store).and_then(|store| store.doc.as_ref()).map_or(0, |doc| doc.line(&key));
        let Some(section) = key.segments().next().filter(|section| section.starts_with("Account: ")) else { continue };
        match sections.iter_mut().find(|(_, known)| *known == section) {
            Some((first, _)) => *first = line.min(*first),
            None => sections.push((line, section)),
        }
    }
    sections.sort();
    sections.into_iter().filter_map(|(_, section)| scope(workspace, section, kind)).collect()
}

/// A version as stored: none where it is absent or -1; the outer `None` is what no number is.
fn version(text: Option<&str>) -> Option<Option<u32>> {
    match text {
        None | Some("-1") => Some(None),
        Some(text) => text.parse().ok().map(Some),
    }
}

fn scope(workspace: &mut Workspace<'_>, section: String, kind: fn(i64, u32) -> Option<Kind>) -> Option<Scope> {
    let key = |name: &str| Key::of([section.as_str(), name]);
    let text =
        |workspace: &Workspace<'_>, name: &str| workspace.text("accounts", key(name).as_str()).filter(|text| !text.is_empty());
    let id = section.strip_prefix("Account: ").unwrap_or(&section).to_owned();
    let tell = |workspace: &mut Workspace<'_>, code: Code, name: &str, what: String| {
        let place = workspace.first("accounts").map(|id| (id, key(name)));
        let problem = workspace.at(&[place], Problem::new(code, what).account(&id));
        workspace.problems.push(problem);
    };
    let own = text(workspace, "config_version");
    let Some(own) = version(own.as_deref()) else {
        tell(workspace, Code::UnknownValue, "config_version", format!("account {id}: the config_version is no number"));
        return None;
    };
    let number = text(workspace, "protocol").unwrap_or_else(|| "0".to_owned());
    let kind = number.parse().ok().and_then(|number| kind(number, own.unwrap_or(workspace.version)));
    let protocol = match kind {
        Some(Kind::Fetches(protocol)) => Some(protocol),
        Some(Kind::OnlySends) => None,
        Some(Kind::Gone(what)) => {
            tell(workspace, Code::UnsupportedAccount, "protocol", format!("account {id} speaks {what}"));
            return None;
        }
        None => {
            tell(workspace, Code::UnknownValue, "protocol", format!("account {id}: protocol {number} has no known meaning here"));
            return None;
        }
    };
    let by_command = text(workspace, "use_mail_command").is_some_and(|word| word != "0");
    let sends = text(workspace, "smtp_server").is_some() && !by_command;
    if protocol.is_none() && !sends {
        return None;
    }
    let emails: Vec<String> = text(workspace, "address").into_iter().collect();
    let name = text(workspace, "account_name").or_else(|| emails.first().cloned()).unwrap_or_else(|| section.clone());
    let layers = vec![vec![("account", section)]];
    Some(Scope { id, name, emails, protocol, sends, layers, version: own, ..Scope::default() })
}

/// The words of `ssl_pop`, `ssl_imap` and `ssl_smtp`.
pub(super) const SECURITY: Codec =
    Codec::Security(&[(Tok::I(0), Security::Cleartext), (Tok::I(1), Security::ImplicitTls), (Tok::I(2), Security::StartTls)]);

/// Own cells: a switch and a number, which counts only where the switch is on. Neighbour: the security.
pub(super) const PORT: Codec = Codec::Fn { get: |cx| port(cx, |cx, security| Some(cx.protocol?.port(security))), put: put_port };

/// The same of the outgoing server, whose port without TLS is 25.
pub(super) const OUTGOING_PORT: Codec =
    Codec::Fn { get: |cx| port(cx, |_, security| Some(if security == Security::ImplicitTls { 465 } else { 25 })), put: put_port };

fn port(cx: &Cx<'_>, default: fn(&Cx<'_>, Security) -> Option<u16>) -> Got {
    let security = if cx.near_int(0) == Some(1) { Security::ImplicitTls } else { Security::Cleartext };
    match (cx.bool(0), cx.int(1)) {
        (Some(false), _) => default(cx, security).map_or(Got::Unset, |port| Got::Is(Value::Port(port))),
        (Some(true), Some(number)) => match u16::try_from(number) {
            Ok(port) if port > 0 => Got::Is(Value::Port(port)),
            _ => unknown(&Prim::Int(number)),
        },
        _ => Got::Unset,
    }
}

fn put_port(value: &Value, _: &Cx<'_>) -> Put {
    match value {
        Value::Port(port) => Ok(vec![Some(Prim::Bool(true)), Some(Prim::Int(i64::from(*port)))]),
        other => Err(format!("it can't hold {other}")),
    }
}

/// Own cell: `smtp_user_id`. Neighbour: `user_id`, which counts where the own one is empty.
pub(super) const OUTGOING_USERNAME: Codec = Codec::Fn {
    get: |cx| match cx.text(0).filter(|user| !user.is_empty()).or(cx.near_text(0)) {
        None | Some("") => Got::Unset,
        Some(user) => Got::Is(Value::Text(user.to_owned())),
    },
    put: |value, cx| match value {
        Value::Text(user) => Ok(cx.but(0, Prim::Text(user.clone()))),
        other => Err(format!("it can't hold {other}")),
    },
};

// Two settings in the same keys: `remove_mail`, and the days and hours after which it removes (0: at once).

fn leaving(cx: &Cx<'_>) -> Option<bool> {
    match (cx.bool(0)?, cx.int(1)?, cx.int(2).unwrap_or(0)) {
        (false, _, _) => Some(true),
        (true, 0, 0) => Some(false),
        (true, 0.., 0..) => Some(true),
        _ => None,
    }
}

fn kept(cx: &Cx<'_>, remove: bool, days: i64) -> Vec<Option<Prim>> {
    let mut own = cx.but(0, Prim::Bool(remove));
    for (cell, number) in own.iter_mut().skip(1).zip([days, 0]) {
        *cell = Some(Prim::Int(number));
    }
    own
}

/// Own cells: `remove_mail`, `message_leave_time`, and where there is one `message_leave_hour`.
pub(super) const LEAVE_ON_SERVER: Codec = Codec::Fn {
    get: |cx| leaving(cx).map_or_else(|| odd_time(cx), |leaves| Got::Is(Value::Bool(leaves))),
    put: |value, cx| match value {
        Value::Bool(true) => Ok(cx.but(0, Prim::Bool(false))),
        Value::Bool(false) => Ok(kept(cx, true, 0)),
        other => Err(format!("it can't hold {other}")),
    },
};

/// The same cells. Hours beyond whole days are passed over in reading.
pub(super) const DELETE_AFTER_DAYS: Codec = Codec::Fn {
    get: |cx| match (cx.bool(0), cx.int(1), leaving(cx)) {
        (Some(false), ..) | (_, _, Some(false)) => Got::Is(Value::Days(None)),
        (_, Some(days @ 1..), Some(true)) => {
            u32::try_from(days).map_or_else(|_| odd_time(cx), |days| Got::Is(Value::Days(Some(days))))
        }
        _ => odd_time(cx),
    },
    put: |value, cx| match value {
        Value::Days(None) if leaving(cx) == Some(false) => Ok(cx.own.to_vec()),
        Value::Days(None) => Ok(cx.but(0, Prim::Bool(false))),
        Value::Days(Some(_)) if leaving(cx) == Some(false) => {
            Err("it deletes mail at once, and a number of days would make it leave mail on the server".to_owned())
        }
        Value::Days(Some(days)) => Ok(kept(cx, true, fits(*days)?)),
        other => Err(format!("it can't hold {other}")),
    },
};

fn odd_time(cx: &Cx<'_>) -> Got {
    let number = |at: usize| cx.int(at).unwrap_or(0);
    Got::Unknown(format!("mail is deleted after {} days and {} hours, which is no number of days", number(1), number(2)))
}

/// Why an account is never looked at by itself.
const LEFT_OUT: &str = "the account is left out of \"get all\" (receive_at_get_all), and only what is in it is checked";

/// Own cells: `autochk_newmail` and `autochk_interval` of the profile. Neighbours: `receive_at_get_all`, and the version
/// from which the interval is in seconds, where there is one.
pub(super) const PROFILE_INTERVAL: Codec = Codec::Fn {
    get: |cx| match cx.near_bool(0) {
        Some(false) => Got::Is(Value::Minutes(None)),
        _ => interval(cx.bool(0), cx.int(1), unit(cx.near_int(1))),
    },
    put: |value, cx| match value {
        Value::Minutes(Some(_)) if cx.near_bool(0) == Some(false) => Err(LEFT_OUT.to_owned()),
        Value::Minutes(None) => Ok(cx.but(0, Prim::Bool(false))),
        Value::Minutes(Some(n)) => Ok(vec![Some(Prim::Bool(true)), Some(Prim::Int(fits(*n)? * unit(cx.near_int(1))))]),
        other => Err(format!("it can't hold {other}")),
    },
};

/// How much of the profile's interval a minute is: it is in seconds from version 2 on.
pub(super) fn unit(version: Option<i64>) -> i64 {
    if version.is_some_and(|version| version >= 2) { 60 } else { 1 }
}

/// What a switch and an interval mean; an absent one is ten minutes.
pub(super) fn interval(on: Option<bool>, number: Option<i64>, unit: i64) -> Got {
    match (on, number.unwrap_or(10 * unit)) {
        (Some(true), number) => match u32::try_from(number / unit) {
            Ok(minutes @ 1..) if number % unit == 0 => Got::Is(Value::Minutes(Some(minutes))),
            _ if unit == 60 => Got::Unknown(format!("{number} seconds is no whole number of minutes")),
            _ => unknown(&Prim::Int(number)),
        },
        _ => Got::Is(Value::Minutes(None)),
    }
}

/// Own cell: `check_on_startup` of the profile. Neighbour: `receive_at_get_all`.
pub(super) const AT_STARTUP: Codec = Codec::Fn {
    get: |cx| Got::Is(Value::Bool(cx.bool(0) == Some(true) && cx.near_bool(0) != Some(false))),
    put: |value, cx| match value {
        Value::Bool(true) if cx.near_bool(0) == Some(false) => Err(LEFT_OUT.to_owned()),
        Value::Bool(on) => Ok(cx.but(0, Prim::Bool(*on))),
        other => Err(format!("it can't hold {other}")),
    },
};

/// What a change costs its user. `filed` is the name of a POP3 account's list of fetched messages, for a host and a user.
pub(super) fn effects(effects: &Effects<'_>, filed: fn(&str, &str) -> String) -> Consequence {
    let mut cost = Consequence::none();
    password(effects, &mut cost);
    mail(effects, filed, &mut cost);
    if raw(effects, "set_tunnelcmd").as_deref() == Some("1") && effects.changes(Setting::IncomingHost) {
        cost.notes
            .push("a tunnel command is set, which is what the client talks through, whatever the host and port are".to_owned());
    }
    cost
}

/// A key of the account as it will be.
pub(super) fn raw(effects: &Effects<'_>, name: &str) -> Option<String> {
    let store = effects.workspace.first("accounts")?;
    match effects.workspace.raw(&(store, Key::of([effects.scope.hole("account")?, name])))? {
        Raw::Text(text) => Some(text),
        _ => None,
    }
}

fn password(effects: &Effects<'_>, cost: &mut Consequence) {
    let mut ask = |why: String| {
        cost.password_asked_again = Answer::Yes;
        cost.why.push(why);
    };
    let is = |value: Option<&Value>, auth: Auth| value == Some(&Value::Auth(auth));
    for (side, auth) in [("incoming", Setting::IncomingAuth), ("outgoing", Setting::OutgoingAuth)] {
        let (was, becomes) = (effects.was(auth), effects.becomes(auth));
        if is(becomes, Auth::OAuth2) && !is(was, Auth::OAuth2) {
            ask(format!("the {side} server is asked for a new OAuth sign-in"));
        } else if is(was, Auth::OAuth2) && !is(becomes, Auth::OAuth2) {
            ask(format!("the {side} server was signed in to by OAuth, so no password is saved"));
        }
    }
    let outgoing = (effects.was(Setting::OutgoingAuth), effects.becomes(Setting::OutgoingAuth));
    let own_user = raw(effects, "smtp_user_id").is_some_and(|user| !user.is_empty());
    if own_user && is(outgoing.0, Auth::None) && !is(outgoing.1, Auth::None) {
        ask("the outgoing server asked for no password so far".to_owned());
    }
    let moved = effects.changes(Setting::IncomingHost) || effects.changes(Setting::OutgoingHost);
    if moved && cost.password_asked_again == Answer::No {
        cost.why.push("passwords are filed under the account's number, not under its server".to_owned());
    }
}

fn mail(effects: &Effects<'_>, filed: fn(&str, &str) -> String, cost: &mut Consequence) {
    if !effects.changes(Setting::IncomingHost) && !effects.changes(Setting::IncomingUsername) {
        return;
    }
    let named = |setting| match effects.was(setting) {
        Some(Value::Text(text)) => text.as_str(),
        _ => "",
    };
    let (host, user) = (named(Setting::IncomingHost), named(Setting::IncomingUsername));
    let mut again = |why: String| {
        cost.mail_fetched_again = Answer::Yes;
        cost.why.push(why);
    };
    match effects.scope.protocol {
        Some(Protocol::Imap) => again("the cache is a folder named after host and user, so it is filled anew".to_owned()),
        Some(Protocol::Pop3) if effects.was(Setting::LeaveOnServer) == Some(&Value::Bool(true)) => {
            let list = format!("uidl/{}", filed(host, user));
            let there = effects.workspace.profile.folder.join(&list).map(|path| effects.workspace.system.read(&path));
            match there {
                Some(Ok(None)) | None => cost.why.push("no list of fetched messages is kept for the old server".to_owned()),
                Some(_) => again(format!(
                    "{list} lists what was fetched from the old server: what is left on the new one is fetched once more"
                )),
            }
        }
        _ => {}
    }
}
