//! What msmtp and mpop share: where their configuration is, how its accounts hang together, and what its words mean
//! (reference: linux, sections 11.5 and 12.1). Each one's own table says the rest.

use crate::client::{Answer, Consequence};
use crate::codec::{Codec, Cx, Got, Put, Tok};
use crate::discover::Finder;
use crate::document::Raw;
use crate::effects::Effects;
use crate::formats::msmtp::{ACCOUNTS, INHERITS};
use crate::home::{Os, StorePath};
use crate::lens::{Cell, DECIMAL, Form, Holes, ON_OFF, Prim, Scope, TEXT};
use crate::problem::{Code, Problem};
use crate::setting::{Setting, Side};
use crate::value::{Auth, Security, Value};
use crate::workspace::Workspace;

/// Finds `~/.config/NAME/config`, which counts only where the file directly in the home is missing (that one is found by
/// its mark), and the folder itself where it was named.
pub(super) fn find(finder: &mut Finder<'_>, file: &str, name: &str) {
    if finder.has(file) || !(finder.os(Os::Linux) || finder.os(Os::Macos)) {
        return;
    }
    if finder.home.user() == name && finder.has("config") {
        finder.profile(name, StorePath::root(&finder.home.path));
    }
    for folder in finder.folders(&format!(".config/{name}")) {
        if finder.system.list(&folder).is_ok_and(|names| names.iter().any(|(known, _)| known == "config")) {
            finder.profile(name, folder);
        }
    }
}

/// An account that has a host, and where its keys are.
pub(super) struct Section {
    pub(super) name: String,
    pub(super) layers: Vec<Holes>,
}

/// Opens the configuration and lists its accounts. An alias (one parent, nothing of its own) is none, and neither is a
/// section without a host, which others only inherit from.
pub(super) fn sections(workspace: &mut Workspace<'_>, file: &str) -> Vec<Section> {
    let Some(store) = workspace.open_at("config", file).or_else(|| workspace.open_at("config", "config")) else {
        return Vec::new();
    };
    // The programs stop at each line that they don't understand, so all of those matter.
    let odd = workspace.stores().get(store).and_then(|store| store.doc.as_ref()).map(|doc| doc.odd().to_vec());
    for hidden in odd.iter().flatten().filter_map(|odd| odd.hides.as_ref()) {
        workspace.stored(store, hidden);
    }
    listed(workspace)
}

/// The accounts of the configuration, which is open.
pub(super) fn listed(workspace: &Workspace<'_>) -> Vec<Section> {
    let names = workspace.text("", ACCOUNTS).unwrap_or_default();
    let sections = names.split(',').filter(|name| !name.is_empty()).filter_map(|name| section(workspace, name));
    sections.filter(|section| effective(workspace, &section.layers, "host").is_some()).collect()
}

fn section(workspace: &Workspace<'_>, name: &str) -> Option<Section> {
    let own = format!("account={name}");
    let above = inherits(workspace, &own);
    let mut parents = above.iter().filter(|name| name.starts_with("account="));
    let alias = match parents.next() {
        Some(parent) => {
            let theirs = inherits(workspace, parent);
            let only = parents.eq(theirs.iter().filter(|name| name.starts_with("account=")));
            only && workspace.keys(workspace.first("")?, crate::document::Key::of([own.as_str()]).as_str()).len() == 1
        }
        None => false,
    };
    let layers = [own].into_iter().chain(above).map(|section| vec![("section", section)]).collect();
    (!alias).then(|| Section { name: name.to_owned(), layers })
}

fn inherits(workspace: &Workspace<'_>, section: &str) -> Vec<String> {
    let key = crate::document::Key::of([section, INHERITS]);
    let text = workspace.text("", key.as_str()).unwrap_or_default();
    text.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// What a setting amounts to: the account's own, else the nearest that it inherits; an empty one is none.
pub(super) fn effective(workspace: &Workspace<'_>, layers: &[Holes], keyword: &str) -> Option<String> {
    match workspace.nearest("", &format!("{{section}}/{keyword}"), layers)? {
        Raw::Text(text) if !text.is_empty() => Some(text),
        _ => None,
    }
}

/// An address, as far as text is one.
pub(super) fn address(text: Option<String>) -> Vec<String> {
    text.filter(|text| text.contains('@')).into_iter().collect()
}

/// A keyword without a value.
const BARE: Form = Form {
    name: "nothing",
    get: |raw| raw.as_text()?.is_empty().then_some(Prim::Bool(true)),
    put: |prim| (*prim == Prim::Bool(true)).then(|| Raw::text("")),
};

/// A keyword with text.
pub(super) const fn text(at: &'static str) -> Cell {
    Cell::new(at, &[&TEXT])
}

const fn switch(at: &'static str) -> Cell {
    Cell::new(at, &[&ON_OFF, &BARE])
}

/// The port; what its absence means is each program's own.
pub(super) const PORT: &[Cell] = &[Cell::new("{section}/port", &[&DECIMAL])];

/// The name that proves who one is; an empty one is none.
pub(super) const USER: Cell = text("{section}/user").or(Tok::S(""));

/// The cells of security. The last one is the word of version 1.2 for `tls_starttls off`.
pub(super) const TLS: &[Cell] = &[
    switch("{section}/tls").or(Tok::B(false)),
    switch("{section}/tls_starttls").or(Tok::B(true)),
    text("{section}/tls_nostarttls").aside(),
];

/// Both directions of security.
pub(super) const SECURITY: Codec = Codec::Fn { get: security, put: put_security };

fn security(cx: &Cx<'_>) -> Got {
    match (cx.bool(0), cx.bool(1), cx.text(2)) {
        (_, _, Some(_)) => Got::Unknown("tls_nostarttls is of version 1.2: say tls_starttls off instead".to_owned()),
        (Some(false), _, None) => Got::Is(Value::Security(Security::Cleartext)),
        (Some(true), Some(true), None) => Got::Is(Value::Security(Security::StartTls)),
        (Some(true), Some(false), None) => Got::Is(Value::Security(Security::ImplicitTls)),
        _ => Got::Unset,
    }
}

fn put_security(value: &Value, cx: &Cx<'_>) -> Put {
    let on = |starttls: bool| Ok(vec![Some(Prim::Bool(true)), Some(Prim::Bool(starttls)), None]);
    match value {
        Value::Security(Security::Cleartext) => {
            Ok(vec![Some(Prim::Bool(false)), Some(Prim::Bool(cx.bool(1).unwrap_or(true))), None])
        }
        Value::Security(Security::StartTls) => on(true),
        Value::Security(Security::ImplicitTls) => on(false),
        Value::Security(Security::StartTlsIfOffered) => {
            Err("it has no STARTTLS that may be missing: without one it stops".to_owned())
        }
        other => Err(format!("it can't hold {other}")),
    }
}

/// The port that follows from the cells of security as neighbours: inside TLS this, else that; none where they have no
/// known meaning.
pub(super) fn default_port(cx: &Cx<'_>, inside_tls: u16, else_port: u16) -> Option<Value> {
    let inside = match (cx.near_bool(0)?, cx.near_bool(1)?, cx.near_text(2)) {
        (on, starttls, None) => on && !starttls,
        _ => return None,
    };
    Some(Value::Port(if inside { inside_tls } else { else_port }))
}

/// What a change costs: the password, and what else is tied to the old server.
pub(super) fn password(effects: &Effects<'_>, side: Side, program: &str) -> Consequence {
    let mut cost = Consequence::none();
    let part = |name: &str| Setting::of(side, name);
    let (Some(host), Some(user), Some(auth)) = (part("host"), part("username"), part("auth")) else { return cost };
    let own = |keyword: &str| effective(effects.workspace, &effects.scope.layers, keyword);
    let asks = match effects.becomes(auth) {
        Some(Value::Auth(auth)) => !matches!(auth, Auth::None | Auth::Gssapi | Auth::ClientCertificate),
        _ => false,
    };
    let silent = |auth: Option<&Value>| auth == Some(&Value::Auth(Auth::None));
    let starts = silent(effects.was(auth)) && asks;
    if asks && (effects.changes(host) || effects.changes(user) || starts) {
        if let Some(command) = own("passwordeval") {
            if named(effects.was(host)).is_some_and(|old| command.contains(old) && effects.changes(host)) {
                cost.password_asked_again = Answer::Unknown;
                cost.why.push("the command of passwordeval names the old host".to_owned());
            }
        } else if own("password").is_none() {
            cost.password_asked_again = Answer::Yes;
            cost.why.push(format!(
                "the configuration holds no password, and the keyring and .netrc file theirs under host and user: without a \
                 terminal to ask on, {program} fails until it is filed there"
            ));
        }
    }
    if asks && effects.becomes(user).is_none() {
        cost.notes.push(format!("no user is set, so {program} can't log in"));
    }
    if effects.changes(host) {
        for (keyword, what) in [
            ("tls_fingerprint", "pins the old server's certificate: the new one is refused until it is changed"),
            ("tls_host_override", "names the host that the certificate has to be for, whatever the host is"),
        ] {
            if own(keyword).is_some() {
                cost.notes.push(format!("{keyword} {what}"));
            }
        }
    }
    if let Some(file) = own("tls_trust_file").filter(|file| file != "system" && effects.changes(host)) {
        cost.notes.push(format!("the new server's certificate has to be signed by an authority in {file} (tls_trust_file)"));
    }
    if own("tls_certcheck").is_some_and(|word| word == "off") || own("tls_nocertcheck").is_some() {
        cost.notes.push("tls_certcheck is off: whose certificate it is isn't checked".to_owned());
    }
    cost
}

fn named(value: Option<&Value>) -> Option<&str> {
    if let Some(Value::Text(text)) = value { Some(text) } else { None }
}

/// A problem of the configuration.
pub(super) fn problem(workspace: &Workspace<'_>, code: Code, message: String) -> Problem {
    let problem = Problem::new(code, message);
    match workspace.first("").and_then(|id| workspace.stores().get(id)) {
        Some(store) => problem.at(store.path.full()),
        None => problem,
    }
}

/// The scope of an account.
pub(super) fn scope(section: Section, emails: Vec<String>) -> Scope {
    Scope { id: section.name.clone(), name: section.name, emails, layers: section.layers, ..Scope::default() }
}
