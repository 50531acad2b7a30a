//! Generates homes: `homes FOLDER COUNT`. Each has one profile with an account in clear text, 300 other prefs, saved logins
//! and filters.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use waxseal_bench::{OLD, PROFILE, STORES};

fn main() {
    let [folder, count] = std::env::args().skip(1).collect::<Vec<_>>().try_into().expect("homes FOLDER COUNT");
    for at in 0..count.parse::<usize>().expect("a number") {
        home(&Path::new(&folder).join(format!("user{at:05}")), at).expect("a home");
    }
}

fn home(home: &Path, at: usize) -> std::io::Result<()> {
    let profile = home.join(PROFILE);
    fs::create_dir_all(profile.join("ImapMail").join(OLD))?;
    let name = PROFILE.rsplit('/').next().unwrap_or_default();
    fs::write(
        home.join(".thunderbird/profiles.ini"),
        format!("[Profile0]\nName=default-esr\nIsRelative=1\nPath={name}\nDefault=1\n\n[General]\nStartWithLastProfile=1\nVersion=2\n"),
    )?;
    fs::write(
        profile.join("compatibility.ini"),
        "[Compatibility]\nLastVersion=140.3.0_20250915120000/20250915120000\nLastOSABI=Linux_x86_64-gcc3\n",
    )?;
    let texts = [prefs(at), logins(at), filters(at)];
    STORES.iter().zip(texts).try_for_each(|(store, text)| fs::write(profile.join(store), text))
}

fn prefs(at: usize) -> String {
    let mut text = String::from("// Mozilla User Preferences\n\n");
    let mut pref = |name: &str, value: &str| _ = writeln!(text, "user_pref(\"{name}\", {value});");
    (0..150).for_each(|n| pref(&format!("calendar.list.rule{n:03}.enabled"), if (n + at) % 2 == 0 { "true" } else { "false" }));
    pref("mail.account.account1.identities", "\"id1\"");
    pref("mail.account.account1.server", "\"server1\"");
    pref("mail.account.lastKey", "1");
    pref("mail.accountmanager.accounts", "\"account1\"");
    pref("mail.accountmanager.defaultaccount", "\"account1\"");
    for (folder, name) in [("draft", "Drafts"), ("fcc", "Sent"), ("stationery", "Templates"), ("archive", "Archives")] {
        pref(&format!("mail.identity.id1.{folder}_folder"), &format!("\"imap://user{at}@{OLD}/{name}\""));
    }
    pref("mail.identity.id1.fullName", &format!("\"User {at}\""));
    pref("mail.identity.id1.smtpServer", "\"smtp1\"");
    pref("mail.identity.id1.useremail", &format!("\"user{at}@old.example\""));
    pref("mail.identity.id1.valid", "true");
    pref("mail.server.server1.directory-rel", &format!("\"[ProfD]ImapMail/{OLD}\""));
    pref("mail.server.server1.hostname", &format!("\"{OLD}\""));
    pref("mail.server.server1.name", &format!("\"user{at}@old.example\""));
    pref("mail.server.server1.port", "143");
    pref("mail.server.server1.socketType", "0");
    pref("mail.server.server1.type", "\"imap\"");
    pref("mail.server.server1.userName", &format!("\"user{at}\""));
    pref("mail.smtpserver.smtp1.authMethod", "3");
    pref("mail.smtpserver.smtp1.hostname", "\"smtp.old.example\"");
    pref("mail.smtpserver.smtp1.port", "587");
    pref("mail.smtpserver.smtp1.try_ssl", "2");
    pref("mail.smtpserver.smtp1.username", &format!("\"user{at}\""));
    pref("mail.smtpservers", "\"smtp1\"");
    (0..150).for_each(|n| pref(&format!("services.feature.setting{n:03}"), &format!("\"{:x} — some value\"", n * 7919 + at)));
    text
}

fn logins(at: usize) -> String {
    let login = |id: usize, origin: &str| {
        format!(
            r#"{{"id":{id},"hostname":"{origin}","httpRealm":"{origin}","formSubmitURL":null,"usernameField":"","passwordField":"","encryptedUsername":"MDIEEPgAAAAAAAAAAAAAAAAAAAEwFAYIKoZIhvcNAwcECN{at:05}AAA","encryptedPassword":"MDoEEPgAAAAAAAAAAAAAAAAAAAEwFAYIKoZIhvcNAwcECN{at:05}BBB","guid":"{{0f3c6f2e-0000-4000-8000-{at:012}}}","encType":1,"timeCreated":1700000000000,"timeLastUsed":1700000000000,"timePasswordChanged":1700000000000,"timesUsed":1}}"#
        )
    };
    let all = [login(1, &format!("imap://{OLD}")), login(2, "smtp://smtp.old.example"), login(3, "https://calendar.example")];
    format!(r#"{{"nextId":4,"logins":[{}],"potentiallyVulnerablePasswords":[],"dismissedBreachAlertsByLoginGUID":{{}},"version":3}}"#, all.join(","))
}

fn filters(at: usize) -> String {
    let filter = |n: usize| {
        format!(
            "name=\"List {n}\"\nenabled=\"yes\"\ntype=\"17\"\naction=\"Move to folder\"\nactionValue=\"imap://user{at}@{OLD}/List{n}\"\ncondition=\"AND (subject,contains,[list{n}])\"\n"
        )
    };
    let head = "version=\"9\"\nlogging=\"no\"\n".to_owned();
    (0..8).map(filter).fold(head, |all, filter| all + &filter)
}
