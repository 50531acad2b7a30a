//! msmtp, which sends mail (reference: linux, section 12.1).

use super::msmtprc::{
    PORT, SECURITY, TLS, USER, address, default_port, effective, find, password, problem, scope, sections, text,
};
use crate::client::{Client, Side, StoreDef};
use crate::codec::{Codec, Tok};
use crate::formats::msmtp;
use crate::lens::{Row, Scope, row};
use crate::problem::Code;
use crate::setting::{self, Setting};
use crate::value::Auth;
use crate::workspace::Workspace;

const FILE: &str = ".msmtprc";

/// The table.
pub(super) static MSMTP: Client = Client {
    name: "msmtp",
    title: "msmtp",
    versions: "1.4 to today",
    source: "marlam/msmtp: src/conf.c, src/msmtp.c, src/password.c, src/tools.c (get_userconfig)",
    find: |finder| find(finder, FILE, "msmtp"),
    marks: &[FILE],
    stores: &[StoreDef { role: "config", file: "", open: msmtp::open, under: None, sides: None }],
    accounts,
    tables: &[(Side::Outgoing, SMTP)],
    open_follows: |_| {},
    follows: &[],
    part: None,
    // It reads its configuration once, for each mail that it sends.
    running: &[],
    effects: |effects| password(effects, setting::Side::Outgoing, "msmtp"),
};

fn accounts(workspace: &mut Workspace<'_>) -> Vec<Scope> {
    let mut scopes = Vec::new();
    for section in sections(workspace, FILE) {
        if effective(workspace, &section.layers, "protocol").is_some_and(|protocol| protocol != "smtp") {
            let what = format!("account {} does not speak SMTP", section.name);
            workspace.problems.push(problem(workspace, Code::UnsupportedAccount, what).account(&section.name));
            continue;
        }
        let emails = address(effective(workspace, &section.layers, "from"));
        scopes.push(Scope { sends: true, ..scope(section, emails) });
    }
    scopes
}

/// `on` lets msmtp choose: a safe method if the server has one, the password itself only inside TLS. Every version knows
/// `cram-md5`; the safer words came later.
const AUTH: Codec = Codec::Auth(&[
    (Tok::S("on"), Auth::Password),
    (Tok::S(""), Auth::Password),
    (Tok::S("plain"), Auth::Password),
    (Tok::S("login"), Auth::Password),
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
    (Tok::S("off"), Auth::None),
]);

const SMTP: &[Row] = &[
    row(Setting::OutgoingHost, &[text("{section}/host")], Codec::Text),
    row(Setting::OutgoingPort, PORT, Codec::Port(&[]))
        .with(TLS)
        .default(|cx| default_port(cx, 465, 25))
        .note("absent: 465 inside TLS, else 25"),
    row(Setting::OutgoingSecurity, TLS, SECURITY).note("tls alone is STARTTLS; TLS from the first byte needs tls_starttls off"),
    row(Setting::OutgoingAuth, &[text("{section}/auth").or(Tok::S("off"))], AUTH)
        .note("on: msmtp chooses, and sends the password itself only inside TLS"),
    row(Setting::OutgoingUsername, &[USER], Codec::Text),
];
