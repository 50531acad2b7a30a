//! Sylpheed (reference: linux, section 3), from which Claws Mail was forked. It has no config_version.

use std::path::PathBuf;

use super::sylpheed_kin::{
    AT_STARTUP, COMMON, DELETE_AFTER_DAYS, Kind, LEAVE_ON_SERVER, OUTGOING_PORT, OUTGOING_USERNAME, PORT, PROFILE_INTERVAL,
    SECURITY, accounts, effects, flag, int, text,
};
use crate::client::{Client, Side, StoreDef};
use crate::codec::{Codec, Cx, Got, Put, Tok, unknown};
use crate::discover::Finder;
use crate::formats::ini;
use crate::home::{Home, Os, StorePath};
use crate::lens::{Prim, Row, absent, row};
use crate::setting::Setting;
use crate::system::Sign;
use crate::value::{Auth, Level, Protocol, Value};

/// The table.
pub(super) static SYLPHEED: Client = Client {
    name: "sylpheed",
    title: "Sylpheed",
    versions: "1.0 to 3.8",
    source: "sylpheed: libsylph/prefs_account.c, prefs_common.c, prefs.c, pop.c, imap.c, smtp.h, src/inc.c, src/main.c",
    find,
    marks: &["accountrc", "sylpheedrc"],
    stores: &[
        StoreDef { role: "accounts", file: "accountrc", open: ini::open_sylpheed, under: None, sides: None },
        StoreDef { role: COMMON, file: "sylpheedrc", open: ini::open_sylpheed, under: None, sides: None },
    ],
    accounts: |workspace| accounts(workspace, kind),
    tables: &[(Side::Incoming(Protocol::Pop3), POP3), (Side::Incoming(Protocol::Imap), IMAP), (Side::Outgoing, SMTP)],
    open_follows: |_| {},
    follows: &[],
    part: None,
    running: &[Sign::Socket(socket)],
    effects: |of| effects(of, list),
};

/// The folder of version 1 counts only until a newer version has taken it over.
fn find(finder: &mut Finder<'_>) {
    let Some(name) = [".sylpheed-2.0", ".sylpheed"].into_iter().find(|name| finder.has(name)) else { return };
    if finder.os(Os::Linux) {
        finder.folders(name).into_iter().for_each(|folder| finder.profile("sylpheed", folder));
    }
}

fn kind(number: i64, _: u32) -> Option<Kind> {
    match number {
        0 | 1 => Some(Kind::Fetches(Protocol::Pop3)),
        2 => Some(Kind::Gone("RPOP, which no server does any more")),
        3 => Some(Kind::Fetches(Protocol::Imap)),
        4 | 5 => Some(Kind::OnlySends),
        _ => None,
    }
}

fn socket(_: &Home, _: &StorePath, owner: u32) -> Option<PathBuf> {
    Some(PathBuf::from(format!("/tmp/sylpheed-{owner}")))
}

/// Own cells: `use_apop_auth`, `pop_auth_method` (8, OAuth, wins over it; the other methods are not looked at), `protocol`
/// (aside: 1 is APOP in the oldest files).
const POP_AUTH: Codec = Codec::Fn { get: get_pop_auth, put: put_pop_auth };

const OAUTH: i64 = 8;

fn get_pop_auth(cx: &Cx<'_>) -> Got {
    Got::Is(Value::Auth(match (cx.int(1), cx.bool(0), cx.int(2)) {
        (Some(OAUTH), ..) => Auth::OAuth2,
        (Some(0 | 1 | 2 | 4), _, Some(1)) | (Some(0 | 1 | 2 | 4), Some(true), _) => Auth::EncryptedPassword,
        (Some(0 | 1 | 2 | 4), ..) => Auth::Password,
        (method, ..) => return unknown(&Prim::Int(method.unwrap_or(0))),
    }))
}

fn put_pop_auth(value: &Value, cx: &Cx<'_>) -> Put {
    let (apop, oauth) = match value {
        Value::Auth(Auth::Password) => (Some(false), false),
        Value::Auth(Auth::EncryptedPassword) => (Some(true), false),
        Value::Auth(Auth::OAuth2) => (cx.bool(0), true),
        other => return Err(format!("it has no word for {other}")),
    };
    let fits = |now: &i64| if oauth { *now == OAUTH } else { matches!(now, 0 | 1 | 2 | 4) };
    let method = cx.int(1).filter(fits).unwrap_or(if oauth { OAUTH } else { 0 });
    // The oldest word for APOP is turned into today's, as the client does on load.
    let protocol = cx.int(2).map(|now| if now == 1 { 0 } else { now });
    Ok(vec![apop.map(Prim::Bool), Some(Prim::Int(method)), protocol.map(Prim::Int)])
}

// 0 is "automatic": what the server offers, the strongest first.

const IMAP_AUTH: Codec = Codec::Auth(&[
    (Tok::I(0), Auth::Password),
    (Tok::I(1), Auth::Password),
    (Tok::I(4), Auth::Password),
    (Tok::I(2), Auth::EncryptedPassword),
    (Tok::I(8), Auth::OAuth2),
]);

const SMTP_AUTH: Codec = Codec::FlagAndAuth(
    &Auth::None,
    &[
        (Tok::I(0), Auth::Password),
        (Tok::I(1), Auth::Password),
        (Tok::I(8), Auth::Password),
        (Tok::I(2), Auth::EncryptedPassword),
        (Tok::I(4), Auth::EncryptedPassword),
        (Tok::I(16), Auth::OAuth2),
    ],
);

/// Own cells: `enable_junk` and `filter_junk_on_receive`; mail is sorted by itself only where both are on.
const JUNK: Codec = Codec::Fn {
    get: |cx| Got::Is(Value::Level(if cx.bool(0) == Some(true) && cx.bool(1) == Some(true) { Level::On } else { Level::Off })),
    put: |value, cx| match value {
        Value::Level(Level::On) => Ok(vec![Some(Prim::Bool(true)), Some(Prim::Bool(true))]),
        Value::Level(Level::Off) => Ok(cx.but(0, Prim::Bool(false))),
        other => Err(format!("it has no word for {other}")),
    },
};

const AUTOMATIC: &str = "0 (automatic) and the methods that send the password itself read as password; the standing one is kept";
const NO_LOCAL: &str = "the client has no such switch: mail on a POP3 server is deleted by age alone (pop.c)";
const NO_JUNK_DAYS: &str = "junk stays in its folder until somebody deletes it (prefs_common.c)";
const NO_SENDERS: &str = "safe senders are the people in the address book (nofilter_junk_sender_in_book), not settings";

#[rustfmt::skip]
macro_rules! incoming {
    ($ssl:literal, $set:literal, $port:literal, $number:literal; $($more:expr),*) => { &[
        row(Setting::IncomingHost, &[text("{account}/receive_server")], Codec::Text),
        row(Setting::IncomingPort, &[flag($set).or(Tok::B(false)), int($port).or(Tok::I($number))], PORT).with(&[int($ssl).or(Tok::I(0))])
            .note("the number counts only where the switch beside it is on"),
        row(Setting::IncomingSecurity, &[int($ssl).or(Tok::I(0))], SECURITY).explicit(),
        row(Setting::IncomingUsername, &[text("{account}/user_id")], Codec::Text).note("absent: the name of the user on this machine"),
        $($more,)*
        row(Setting::CheckAtStartup, &[flag("Common/check_on_startup").of(COMMON).or(Tok::B(false))], AT_STARTUP)
            .with(&[flag("{account}/receive_at_get_all").or(Tok::B(true))])
            .note("one switch for all accounts of the profile that are in \"get all\""),
        row(Setting::CheckEveryMinutes, &[flag("Common/autochk_newmail").of(COMMON).or(Tok::B(false)), int("Common/autochk_interval").of(COMMON)], PROFILE_INTERVAL)
            .with(&[flag("{account}/receive_at_get_all").or(Tok::B(true))])
            .note("one interval for all accounts of the profile that are in \"get all\""),
        row(Setting::JunkLevel, &[flag("Common/enable_junk").of(COMMON).or(Tok::B(false)), flag("Common/filter_junk_on_receive").of(COMMON).or(Tok::B(false))], JUNK)
            .note("one filter for the whole profile: an outside program (junk_classify_command)"),
        absent(Setting::JunkDeleteAfterDays, NO_JUNK_DAYS),
        absent(Setting::JunkSafeSenders, NO_SENDERS),
    ] };
}

#[rustfmt::skip]
const POP3: &[Row] = incoming!["{account}/ssl_pop", "{account}/set_popport", "{account}/pop_port", 110;
    row(Setting::IncomingAuth, &[flag("{account}/use_apop_auth").or(Tok::B(false)), int("{account}/pop_auth_method").or(Tok::I(0)), int("{account}/protocol").aside()], POP_AUTH),
    row(Setting::LeaveOnServer, &[flag("{account}/remove_mail").or(Tok::B(true)), int("{account}/message_leave_time").or(Tok::I(7))], LEAVE_ON_SERVER),
    row(Setting::DeleteAfterDays, &[flag("{account}/remove_mail").or(Tok::B(true)), int("{account}/message_leave_time").or(Tok::I(7))], DELETE_AFTER_DAYS)
        .note("in the same keys as retention.leave_on_server"),
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
        .with(&[int("{account}/ssl_smtp").or(Tok::I(0))]).note("the number counts only where the switch beside it is on"),
    row(Setting::OutgoingSecurity, &[int("{account}/ssl_smtp").or(Tok::I(0))], SECURITY).explicit(),
    row(Setting::OutgoingAuth, &[flag("{account}/use_smtp_auth").or(Tok::B(false)), int("{account}/smtp_auth_method").or(Tok::I(0))], SMTP_AUTH).explicit().note(AUTOMATIC),
    row(Setting::OutgoingUsername, &[text("{account}/smtp_user_id").or(Tok::S(""))], OUTGOING_USERNAME).with(&[text("{account}/user_id")])
        .note("where it is empty the incoming server's user name is used"),
];

/// The name of the list of fetched messages.
fn list(host: &str, user: &str) -> String {
    let mut name = format!("{host}-");
    for c in user.chars() {
        match c {
            '\t' | '\r' | '\n' | '"' | '\'' | '\\' | '/' | ':' | ';' | '*' | '?' | '<' | '>' | '|' => {
                name.push_str(&format!("%{:02x}", u32::from(c)));
            }
            c => name.push(c),
        }
    }
    name
}
