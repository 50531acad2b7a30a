//! Claws Mail (reference: linux, section 3). Its `config_version` is what says which meaning a number has.

use std::path::PathBuf;

use md5::{Digest, Md5};

use super::sylpheed_kin::{
    AT_STARTUP, COMMON, DELETE_AFTER_DAYS, Kind, LEAVE_ON_SERVER, OUTGOING_PORT, OUTGOING_USERNAME, PORT, PROFILE_INTERVAL,
    SECURITY, accounts, effects, flag, int, interval, raw, text, unit,
};
use crate::client::{Client, Consequence, Side, StoreDef};
use crate::codec::{Codec, Cx, Got, Put, Tok, fits, unknown};
use crate::discover::Finder;
use crate::effects::Effects;
use crate::formats::ini;
use crate::home::{Home, Os, StorePath};
use crate::lens::{Prim, Row, absent, row};
use crate::setting::Setting;
use crate::system::Sign;
use crate::value::{Auth, Protocol, Value};

/// The table.
pub(super) static CLAWS: Client = Client {
    name: "claws",
    title: "Claws Mail",
    versions: "3.0 to today (config_version 0 to 5)",
    source: "claws-mail: src/prefs_account.c, prefs_common.c, prefs_migration.c, prefs_gtk.c, inc.c, pop.c, main.c",
    find,
    marks: &["accountrc", "clawsrc"],
    stores: &[
        StoreDef { role: "accounts", file: "accountrc", open: ini::open_claws, under: None, sides: None },
        StoreDef { role: COMMON, file: "clawsrc", open: ini::open_claws, under: None, sides: None },
    ],
    accounts: |workspace| accounts(workspace, kind),
    tables: &[(Side::Incoming(Protocol::Pop3), POP3), (Side::Incoming(Protocol::Imap), IMAP), (Side::Outgoing, SMTP)],
    open_follows: |_| {},
    follows: &[],
    part: None,
    running: &[Sign::Socket(socket), Sign::Socket(socket_without_session)],
    effects: costs,
};

fn find(finder: &mut Finder<'_>) {
    if finder.os(Os::Linux) && finder.has(".claws-mail") {
        finder.folders(".claws-mail").into_iter().for_each(|folder| finder.profile("claws-mail", folder));
    }
}

/// Before version 1 two protocols stood between POP3 and IMAP.
fn kind(number: i64, version: u32) -> Option<Kind> {
    match (number, version) {
        (0, _) | (1, 0) => Some(Kind::Fetches(Protocol::Pop3)),
        (2, 0) => Some(Kind::Gone("RPOP, which no server does any more")),
        (3, 0) | (1, 1..) => Some(Kind::Fetches(Protocol::Imap)),
        (4..=6, 0) | (2..=4, 1..) => Some(Kind::OnlySends),
        _ => None,
    }
}

/// The socket is named after the folder's path.
fn named(profile: &StorePath) -> String {
    let digest = Md5::digest(profile.full().as_os_str().as_encoded_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn socket(_: &Home, profile: &StorePath, owner: u32) -> Option<PathBuf> {
    Some(PathBuf::from(format!("/run/user/{owner}/claws-mail")).join(named(profile)))
}

/// Where the session has no folder of its own, it is in the cache.
fn socket_without_session(home: &Home, profile: &StorePath, _: u32) -> Option<PathBuf> {
    Some(home.path.join(".cache/claws-mail").join(named(profile)))
}

/// The version from which an account has its own interval.
const OWN_INTERVAL: u32 = 3;
/// The version from which POP3 has a choice of methods.
const POP_METHODS: u32 = 4;
/// The version whose defaults are TLS and a login.
const SECURE_DEFAULTS: u32 = 5;

// 0 is "automatic": the strongest method that the server offers and the password allows.

const POP_AUTH: Codec = Codec::FlagAndAuth(
    &Auth::Password,
    &[(Tok::I(1), Auth::EncryptedPassword), (Tok::I(2), Auth::OAuth2), (Tok::I(0), Auth::Password)],
);

const APOP: Codec = Codec::Auth(&[(Tok::B(false), Auth::Password), (Tok::B(true), Auth::EncryptedPassword)]);

const IMAP_AUTH: Codec = Codec::Auth(&[
    (Tok::I(0), Auth::Password),
    (Tok::I(1), Auth::Password),
    (Tok::I(64), Auth::Password),
    (Tok::I(128), Auth::Password),
    (Tok::I(2), Auth::EncryptedPassword),
    (Tok::I(16), Auth::EncryptedPassword),
    (Tok::I(32), Auth::EncryptedPassword),
    (Tok::I(512), Auth::EncryptedPassword),
    (Tok::I(1024), Auth::EncryptedPassword),
    (Tok::I(2048), Auth::EncryptedPassword),
    (Tok::I(4096), Auth::EncryptedPassword),
    (Tok::I(4), Auth::None),
    (Tok::I(8), Auth::Gssapi),
    (Tok::I(256), Auth::OAuth2),
]);

const SMTP_AUTH: Codec = Codec::FlagAndAuth(
    &Auth::None,
    &[
        (Tok::I(0), Auth::Password),
        (Tok::I(1), Auth::Password),
        (Tok::I(16), Auth::Password),
        (Tok::I(2), Auth::EncryptedPassword),
        (Tok::I(4), Auth::EncryptedPassword),
        (Tok::I(32), Auth::OAuth2),
    ],
);

/// Own cells: whether the account goes by the profile's interval, whether it has its own, and that in seconds.
/// Neighbours: the profile's switch and interval, and its version.
const INTERVAL: Codec = Codec::Fn { get: get_interval, put: put_interval };

fn get_interval(cx: &Cx<'_>) -> Got {
    match (cx.bool(0), cx.bool(1), cx.int(2)) {
        (Some(true), ..) => interval(cx.near_bool(0), cx.near_int(1), unit(cx.near_int(2))),
        (_, Some(true), Some(0)) | (_, Some(false), _) => Got::Is(Value::Minutes(None)),
        (_, on, Some(seconds @ 1..)) => interval(on, Some(seconds), 60),
        (_, _, number) => unknown(&Prim::Int(number.unwrap_or(0))),
    }
}

fn put_interval(value: &Value, cx: &Cx<'_>) -> Put {
    let own = |on: bool, seconds: Option<Prim>| Ok(vec![Some(Prim::Bool(false)), Some(Prim::Bool(on)), seconds]);
    match value {
        Value::Minutes(None) => own(false, cx.own.get(2).cloned().flatten()),
        Value::Minutes(Some(minutes)) => own(true, Some(Prim::Int(fits(*minutes)? * 60))),
        other => Err(format!("it can't hold {other}")),
    }
}

const AUTOMATIC: &str = "0 (automatic) and the methods that send the password itself read as password; the standing one is kept";
const NO_LOCAL: &str = "the client has no such switch: mail on a POP3 server is deleted by age alone (pop.c)";
const NO_JUNK: &str =
    "junk is sorted out by plugins (Bogofilter, SpamAssassin, Bsfilter), each with its own settings, if one is loaded";
const NO_SENDERS: &str = "safe senders are an address book that a junk plugin may look into";

#[rustfmt::skip]
macro_rules! incoming {
    ($ssl:literal, $set:literal, $port:literal, $number:literal; $($more:expr),*) => { &[
        row(Setting::IncomingHost, &[text("{account}/receive_server")], Codec::Text),
        row(Setting::IncomingPort, &[flag($set).or(Tok::B(false)), int($port).or(Tok::I($number))], PORT).with(&[int($ssl).or(Tok::I(0))]).until(SECURE_DEFAULTS - 1)
            .note("the number counts only where the switch beside it is on"),
        row(Setting::IncomingPort, &[flag($set).or(Tok::B(false)), int($port).or(Tok::I($number))], PORT).with(&[int($ssl).or(Tok::I(1))]).since(SECURE_DEFAULTS),
        row(Setting::IncomingSecurity, &[int($ssl).or(Tok::I(0))], SECURITY).until(SECURE_DEFAULTS - 1).explicit(),
        row(Setting::IncomingSecurity, &[int($ssl).or(Tok::I(1))], SECURITY).since(SECURE_DEFAULTS).explicit(),
        row(Setting::IncomingUsername, &[text("{account}/user_id")], Codec::Text),
        $($more,)*
        row(Setting::CheckAtStartup, &[flag("Common/check_on_startup").of(COMMON).or(Tok::B(false))], AT_STARTUP)
            .with(&[flag("{account}/receive_at_get_all").or(Tok::B(true))])
            .note("one switch for all accounts of the profile that are in \"get all\""),
        row(Setting::CheckEveryMinutes, &[flag("Common/autochk_newmail").of(COMMON).or(Tok::B(false)), int("Common/autochk_interval").of(COMMON)], PROFILE_INTERVAL)
            .with(&[flag("{account}/receive_at_get_all").or(Tok::B(true)), int("Common/config_version").of(COMMON).or(Tok::I(0))])
            .until(OWN_INTERVAL - 1)
            .note("one interval for all accounts of the profile that are in \"get all\"; in seconds from config_version 2 on"),
        row(Setting::CheckEveryMinutes, &[flag("{account}/autochk_use_default").or(Tok::B(true)), flag("{account}/autochk_use_custom").or(Tok::B(false)), int("{account}/autochk_interval").or(Tok::I(600))], INTERVAL)
            .with(&[flag("Common/autochk_newmail").of(COMMON).or(Tok::B(false)), int("Common/autochk_interval").of(COMMON), int("Common/config_version").of(COMMON).or(Tok::I(0))])
            .since(OWN_INTERVAL)
            .note("in seconds; the profile's own interval stays as it is"),
        absent(Setting::JunkLevel, NO_JUNK),
        absent(Setting::JunkDeleteAfterDays, NO_JUNK),
        absent(Setting::JunkSafeSenders, NO_SENDERS),
    ] };
}

#[rustfmt::skip]
const POP3: &[Row] = incoming!["{account}/ssl_pop", "{account}/set_popport", "{account}/pop_port", 110;
    row(Setting::IncomingAuth, &[flag("{account}/use_apop_auth").or(Tok::B(false))], APOP).until(POP_METHODS - 1),
    row(Setting::IncomingAuth, &[flag("{account}/use_pop_auth").or(Tok::B(false)), int("{account}/pop_auth_method").or(Tok::I(0))], POP_AUTH).since(POP_METHODS),
    row(Setting::LeaveOnServer, &[flag("{account}/remove_mail").or(Tok::B(true)), int("{account}/message_leave_time").or(Tok::I(7)), int("{account}/message_leave_hour").or(Tok::I(0))], LEAVE_ON_SERVER),
    row(Setting::DeleteAfterDays, &[flag("{account}/remove_mail").or(Tok::B(true)), int("{account}/message_leave_time").or(Tok::I(7)), int("{account}/message_leave_hour").or(Tok::I(0))], DELETE_AFTER_DAYS)
        .note("in the same keys as retention.leave_on_server; hours beyond whole days are passed over"),
    absent(Setting::DeleteWhenDeletedLocally, NO_LOCAL)
];

#[rustfmt::skip]
const IMAP: &[Row] = incoming!["{account}/ssl_imap", "{account}/set_imapport", "{account}/imap_port", 143;
    row(Setting::IncomingAuth, &[int("{account}/imap_auth_method").or(Tok::I(0))], IMAP_AUTH).note(AUTOMATIC)
];

#[rustfmt::skip]
const SMTP: &[Row] = &[
    row(Setting::OutgoingHost, &[text("{account}/smtp_server")], Codec::Text),
    row(Setting::OutgoingPort, &[flag("{account}/set_smtpport").or(Tok::B(false)), int("{account}/smtp_port").or(Tok::I(25))], OUTGOING_PORT)
        .with(&[int("{account}/ssl_smtp").or(Tok::I(0))]).until(SECURE_DEFAULTS - 1).note("the number counts only where the switch beside it is on"),
    row(Setting::OutgoingPort, &[flag("{account}/set_smtpport").or(Tok::B(false)), int("{account}/smtp_port").or(Tok::I(25))], OUTGOING_PORT)
        .with(&[int("{account}/ssl_smtp").or(Tok::I(1))]).since(SECURE_DEFAULTS),
    row(Setting::OutgoingSecurity, &[int("{account}/ssl_smtp").or(Tok::I(0))], SECURITY).until(SECURE_DEFAULTS - 1).explicit(),
    row(Setting::OutgoingSecurity, &[int("{account}/ssl_smtp").or(Tok::I(1))], SECURITY).since(SECURE_DEFAULTS).explicit(),
    row(Setting::OutgoingAuth, &[flag("{account}/use_smtp_auth").or(Tok::B(false)), int("{account}/smtp_auth_method").or(Tok::I(0))], SMTP_AUTH).until(SECURE_DEFAULTS - 1).explicit().note(AUTOMATIC),
    row(Setting::OutgoingAuth, &[flag("{account}/use_smtp_auth").or(Tok::B(true)), int("{account}/smtp_auth_method").or(Tok::I(0))], SMTP_AUTH).since(SECURE_DEFAULTS).explicit(),
    row(Setting::OutgoingUsername, &[text("{account}/smtp_user_id").or(Tok::S(""))], OUTGOING_USERNAME).with(&[text("{account}/user_id")])
        .note("where it is empty the incoming server's user name is used"),
];

/// The name of the list of fetched messages.
fn list(host: &str, user: &str) -> String {
    format!("{host}-{}", user.replace(['\t', '\r', '\n', '\\', '/', '*'], "_"))
}

fn costs(of: &Effects<'_>) -> Consequence {
    let mut cost = effects(of, list);
    let tls = |setting| matches!(of.becomes(setting), Some(Value::Security(security)) if security.is_secure());
    let moved = |host, security| (of.changes(host) || of.changes(security)) && tls(security);
    let newly =
        moved(Setting::IncomingHost, Setting::IncomingSecurity) || moved(Setting::OutgoingHost, Setting::OutgoingSecurity);
    let version = of.scope.version.unwrap_or(of.workspace.version);
    let accepts = raw(of, "ssl_certs_auto_accept").map_or(version >= SECURE_DEFAULTS, |word| word != "0");
    if newly && !accepts {
        cost.notes.push(
            "the client shows the server's certificate once and asks, even if it is valid (ssl_certs_auto_accept)".to_owned(),
        );
    }
    cost
}
