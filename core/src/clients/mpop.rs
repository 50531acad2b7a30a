//! mpop, which fetches mail by POP3 (reference: linux, section 11.5).

use super::msmtprc::{
    PORT, SECURITY, TLS, USER, address, default_port, effective, find, listed, password, scope, sections, text,
};
use crate::client::{Answer, Client, Consequence, Follow, How, Side, StoreDef};
use crate::codec::{Codec, Cx, Got, Put, Tok, unknown};
use crate::document::Raw;
use crate::effects::Effects;
use crate::formats::{msmtp, uidls};
use crate::home::StorePath;
use crate::lens::{Cell, Holes, Prim, Row, Scope, absent, row};
use crate::setting::{self, Setting};
use crate::value::{Auth, Protocol, Value};
use crate::workspace::Workspace;

const FILE: &str = ".mpoprc";

/// Where mpop keeps the list of what it fetched, unless it is told otherwise: by user and host.
const LIST: &str = "~/.mpop_uidls/%U_at_%H";

const FETCHED: &str = "fetched-list";

/// The table.
pub(super) static MPOP: Client = Client {
    name: "mpop",
    title: "mpop",
    versions: "1.0 to today",
    source: "marlam/mpop: src/conf.c, src/mpop.c, src/uidls.c, src/password.c, NEWS",
    find: |finder| find(finder, FILE, "mpop"),
    marks: &[FILE],
    stores: &[
        StoreDef { role: "config", file: "", open: msmtp::open, under: None, sides: None },
        StoreDef { role: "uidls", file: "", open: uidls::open, under: None, sides: None },
    ],
    accounts: |workspace| sections(workspace, FILE).into_iter().map(|section| account(workspace, section)).collect(),
    tables: &[(Side::Incoming(Protocol::Pop3), POP3)],
    open_follows,
    // The list's file stays (the rows of host and user see to that); inside, it is filed under host and user.
    follows: &[Follow {
        name: FETCHED,
        token: |tokens| mailbox(tokens.places, &tokens.scope.layers),
        at: &[("uidls", "list/*/server")],
        how: How::Whole,
        unless: &[],
        copy: None,
        unique: false,
    }],
    // It runs for as long as it fetches.
    part: None,
    running: &[],
    effects,
};

fn account(workspace: &Workspace<'_>, section: super::msmtprc::Section) -> Scope {
    let emails = address(effective(workspace, &section.layers, "user"));
    Scope { protocol: Some(Protocol::Pop3), ..scope(section, emails) }
}

/// What an account's list is filed under; without mail left on the server it is of no use.
fn mailbox(workspace: &Workspace<'_>, layers: &[Holes]) -> Option<String> {
    let keep = workspace.nearest("", "{section}/keep", layers);
    (leaves(keep.as_ref().and_then(Raw::as_text)) == Some(true)).then_some(())?;
    Some(format!("{} {}", effective(workspace, layers, "host")?, effective(workspace, layers, "user")?))
}

/// Where an account's list is, if that is in this home.
fn list(workspace: &Workspace<'_>, layers: &[Holes]) -> Option<StorePath> {
    let part = |keyword: &str| effective(workspace, layers, keyword);
    let path = part("uidls_file").unwrap_or_else(|| LIST.to_owned());
    let path = path.replace("%U", &part("user")?).replace("%H", &part("host")?);
    let home = StorePath::root(workspace.profile.folder.base());
    match path.strip_prefix("~/") {
        // A profile that was named by its own folder does not say where its home is.
        Some(below) if workspace.profile.folder.below().ends_with(".config/mpop") => home.join(below),
        Some(below) if workspace.stores().iter().any(|store| store.path.name() == FILE && store.doc.is_some()) => {
            home.join(below)
        }
        Some(_) => None,
        None => home.join(std::path::Path::new(&path).strip_prefix(&workspace.profile.home.path).ok()?),
    }
}

fn open_follows(workspace: &mut Workspace<'_>) {
    let lists: Vec<StorePath> = workspace
        .originally(|workspace| listed(workspace).iter().filter_map(|section| list(workspace, &section.layers)).collect());
    for path in lists {
        workspace.open_path("uidls", path);
    }
}

/// Own cells: `host`, `uidls_file` (aside). Neighbour: `keep`.
const HOST: Codec = Codec::Fn { get: |cx| Codec::Text.get(cx), put: |value, cx| move_name(value, cx, "%H") };

/// Own cells: `user`, `uidls_file` (aside). Neighbour: `keep`.
const USERNAME: Codec = Codec::Fn { get: |cx| Codec::Text.get(cx), put: |value, cx| move_name(value, cx, "%U") };

/// Puts a name. Where mail is left on the server the list of what was fetched keeps its place, under the old name.
fn move_name(value: &Value, cx: &Cx<'_>, pattern: &str) -> Put {
    let Value::Text(name) = value else { return Err(format!("it can't hold {value}")) };
    let mut own = cx.but(0, Prim::Text(name.clone()));
    let leaves = matches!(leaves(cx.near_text(0)), Some(true));
    if let (Some(old), Some(path), Some(cell)) = (cx.text(0).filter(|old| !old.is_empty()), cx.text(1), own.get_mut(1))
        && leaves
        && path.contains(pattern)
    {
        *cell = Some(Prim::Text(path.replace(pattern, old)));
    }
    Ok(own)
}

/// Whether this word of `keep` leaves mail on the server; `None` where it is no such word.
fn leaves(word: Option<&str>) -> Option<bool> {
    match word? {
        "" | "on" => Some(true),
        "off" => Some(false),
        age => seconds(age).map(|seconds| seconds > 0),
    }
}

/// An age like `7d12h`, which version 1.4.23 brought.
fn seconds(age: &str) -> Option<u64> {
    let mut total: u64 = 0;
    for part in age.split_inclusive(|c: char| !c.is_ascii_digit()) {
        let unit = part.chars().next_back()?;
        let length = match unit {
            'd' => 86_400,
            'h' => 3_600,
            'm' => 60,
            's' => 1,
            _ => return None,
        };
        let number: u64 = part.strip_suffix(unit)?.parse().ok()?;
        total = total.checked_add(number.checked_mul(length)?)?;
    }
    Some(total)
}

/// Own cell: `keep`.
const LEAVE: Codec = Codec::Fn {
    get: |cx| match (leaves(cx.text(0)), cx.own.first().and_then(Option::as_ref)) {
        (Some(on), _) => Got::Is(Value::Bool(on)),
        (None, Some(prim)) => unknown(prim),
        (None, None) => Got::Unset,
    },
    put: |value, cx| match value {
        Value::Bool(true) if leaves(cx.text(0)) == Some(true) => Ok(cx.own.to_vec()),
        Value::Bool(on) => Ok(cx.but(0, Prim::Text(if *on { "on" } else { "off" }.to_owned()))),
        other => Err(format!("it can't hold {other}")),
    },
};

/// Own cell: `keep`. An age is read, but not written: older versions stop at it.
const AGE: Codec = Codec::Fn {
    get: |cx| match (cx.text(0), cx.own.first().and_then(Option::as_ref)) {
        (Some("" | "on" | "off"), _) => Got::Is(Value::Days(None)),
        (Some(age), Some(prim)) => match seconds(age).map(|seconds| (seconds / 86_400, seconds % 86_400)) {
            Some((0, 0)) => Got::Is(Value::Days(None)),
            Some((days, 0)) if days <= 30_000 => Got::Is(Value::Days(u32::try_from(days).ok())),
            _ => unknown(prim),
        },
        (_, Some(prim)) => unknown(prim),
        (_, None) => Got::Unset,
    },
    put: |value, cx| match value {
        Value::Days(None) => Ok(cx.but(0, Prim::Text("on".to_owned()))),
        Value::Days(Some(_)) => {
            Err("only version 1.4.23 and later can, others stop at it, and which one reads this file it does not say".to_owned())
        }
        other => Err(format!("it can't hold {other}")),
    },
};

/// Without `auth` it is on: mpop chooses, and sends the password itself only inside TLS.
const AUTH: Codec = Codec::Auth(&[
    (Tok::S("on"), Auth::Password),
    (Tok::S(""), Auth::Password),
    (Tok::S("user"), Auth::Password),
    (Tok::S("plain"), Auth::Password),
    (Tok::S("login"), Auth::Password),
    (Tok::S("apop"), Auth::EncryptedPassword),
    (Tok::S("cram-md5"), Auth::EncryptedPassword),
    (Tok::S("digest-md5"), Auth::EncryptedPassword),
    (Tok::S("scram-sha-1"), Auth::EncryptedPassword),
    (Tok::S("scram-sha-256"), Auth::EncryptedPassword),
    (Tok::S("scram-sha-1-plus"), Auth::EncryptedPassword),
    (Tok::S("scram-sha-256-plus"), Auth::EncryptedPassword),
    (Tok::S("ntlm"), Auth::Ntlm),
    (Tok::S("gssapi"), Auth::Gssapi),
    (Tok::S("external"), Auth::ClientCertificate),
    (Tok::S("oauthbearer"), Auth::OAuth2),
    (Tok::S("xoauth2"), Auth::OAuth2),
]);

const KEEP: &[Cell] = &[text("{section}/keep").or(Tok::S("off"))];
const UIDLS: Cell = text("{section}/uidls_file").or(Tok::S(LIST)).aside();
const NO_SCHEDULE: &str = "it fetches when it is started: a timer or cron says when";
const NO_JUNK: &str = "it has no junk filter of its own: filter names a program";

const POP3: &[Row] = &[
    row(Setting::IncomingHost, &[text("{section}/host"), UIDLS], HOST).with(KEEP),
    row(Setting::IncomingPort, PORT, Codec::Port(&[]))
        .with(TLS)
        .default(|cx| default_port(cx, 995, 110))
        .note("absent: 995 inside TLS, else 110"),
    row(Setting::IncomingSecurity, TLS, SECURITY).note("tls alone is STARTTLS; TLS from the first byte needs tls_starttls off"),
    row(Setting::IncomingAuth, &[text("{section}/auth").or(Tok::S("on"))], AUTH)
        .note("on: mpop chooses, and sends the password itself only inside TLS"),
    row(Setting::IncomingUsername, &[USER, UIDLS], USERNAME).with(KEEP),
    row(Setting::LeaveOnServer, KEEP, LEAVE),
    row(Setting::DeleteAfterDays, KEEP, AGE).note("an age in keep is of version 1.4.23; it is read, and not written"),
    absent(Setting::DeleteWhenDeletedLocally, "it hands mail on and does not see what becomes of it"),
    absent(Setting::CheckAtStartup, NO_SCHEDULE),
    absent(Setting::CheckEveryMinutes, NO_SCHEDULE),
    absent(Setting::JunkLevel, NO_JUNK),
    absent(Setting::JunkDeleteAfterDays, NO_JUNK),
    absent(Setting::JunkSafeSenders, NO_JUNK),
];

fn effects(effects: &Effects<'_>) -> Consequence {
    let mut cost = password(effects, setting::Side::Incoming, "mpop");
    let moves = effects.changes(Setting::IncomingHost) || effects.changes(Setting::IncomingUsername);
    if !moves || effects.was(Setting::LeaveOnServer) != Some(&Value::Bool(true)) {
        return cost;
    }
    let layers = &effects.scope.layers;
    let (answer, why) = if effects.changes(Setting::IncomingUsername) {
        (Answer::Unknown, "whether the new user name is the same mailbox is known to the server only")
    } else if effects.followed(FETCHED) > 0 {
        (Answer::No, "the list of fetched messages moves with the server")
    } else {
        // The rows kept the file where it was, so this is the old place.
        match list(effects.workspace, layers)
            .map(|path| effects.workspace.stores().iter().any(|store| store.path == path && store.doc.is_some()))
        {
            Some(false) => (Answer::No, "nothing was fetched so far"),
            Some(true) => {
                (Answer::Yes, "the list of fetched messages is not one of this account alone, so it stays with the old server")
            }
            None => (Answer::Unknown, "the list of fetched messages is outside of this home"),
        }
    };
    cost.mail_fetched_again = answer;
    cost.why.push(why.to_owned());
    cost
}
