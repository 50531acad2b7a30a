#![no_main]

use std::path::PathBuf;

use waxseal::document::{Key, Raw};
use waxseal::formats::reg::{bytes, make};
use waxseal::home::{Home, Os};
use waxseal::policy::Policy;
use waxseal::probe::Unproven;
use waxseal::system::Memory;

const PROFILE: &str = "Software/Microsoft/Office/16.0/Outlook/Profiles/Outlook";
const ACCOUNTS: &str = "9375CFF0413111d3B88A00104B2A6676";
const KINDS: [&str; 4] = [
    "{ED475411-B0D6-11D2-8C3B-00104B2A6676}",
    "{ED475412-B0D6-11D2-8C3B-00104B2A6676}",
    "{ED475414-B0D6-11D2-8C3B-00104B2A6676}",
    "",
];
const NAMES: [&str; 16] = [
    "Account Name", "Email", "POP3 Server", "POP3 User", "POP3 Port", "POP3 Use SSL", "IMAP Server", "IMAP Use SSL", "SMTP Server",
    "SMTP Port", "SMTP Secure Connection", "SMTP Use SSL", "SMTP Auth Method", "Leave on Server", "Preferences UID", "Service Name",
];
const POLICY: &str = "[[rule]]\nname = \"r\"\nmatch = {}\nprobe = \"off\"\n[rule.set]\nincoming.host = \"a.example\"\n\
    incoming.security = \"implicit-tls\"\noutgoing.host = \"a.example\"\noutgoing.security = \"starttls\"\n\
    retention.delete_after_days = 9\njunk.safe_senders = [\"@b.example\"]\n";

// A list of accounts and an account of any values: read, planned, and what the plan says is what a second plan finds nothing to do in.
// First a byte of the kind, then records: which value, which type, how many bytes, the bytes; the rest is the list.
libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((&kind, mut rest)) = data.split_first() else { return };
    let account = format!("{PROFILE}/{ACCOUNTS}/00000001");
    let mut values = vec![(format!("{account}/@clsid"), Raw::text(KINDS[usize::from(kind % 4)]))];
    while let [name, form, length, more @ ..] = rest {
        let (data, more) = more.split_at(usize::from(*length).min(more.len()));
        let raw = match form % 4 {
            0 => Raw::Bytes(data.to_vec()),
            1 => Raw::Int(data.iter().take(4).fold(0, |number, byte| number << 8 | i64::from(*byte))),
            2 => Raw::Text(String::from_utf8_lossy(data).replace('\0', "")),
            _ => Raw::Other { tag: 2, bytes: data.to_vec() },
        };
        values.push((format!("{account}/@{}", NAMES[usize::from(name % 16)]), raw));
        rest = more;
    }
    let list = [&[1, 0, 0, 0], rest].concat();
    values.push((format!("{PROFILE}/{ACCOUNTS}/@{{ED475418-B0D6-11D2-8C3B-00104B2A6676}}"), Raw::Bytes(list)));
    let keys: Vec<(Key, Raw)> = values.into_iter().map(|(key, raw)| (Key::raw(key), raw)).collect();
    let Ok(text) = make(keys.iter().map(|(key, raw)| (key, Some(raw)))) else { return };
    let system = Memory::new().with("/home/joe/outlook.reg", bytes(&text));
    let home = Home { path: PathBuf::from("/home/joe"), os: Some(Os::Windows), live: false };
    let policy = Policy::parse(POLICY).expect("a policy");
    let homes = waxseal::discover::Homes { homes: vec![home], clients: vec!["outlook".to_owned()] };
    for profile in waxseal::discover(&system, &homes).flatten() {
        let before = waxseal::read(&system, &profile);
        let plan = waxseal::plan(&system, &profile, &policy, &Unproven);
        assert_eq!(before.accounts.len(), plan.accounts.len());
        let Some(store) = plan.stores.first() else { continue };
        let document = waxseal::formats::reg::open(&bytes(&text)).expect("text opens");
        let new = document.render(&store.edits).expect("a plan's edits are never refused").apply(&bytes(&text));
        system.put("/home/joe/outlook.reg", new);
        let again = waxseal::plan(&system, &profile, &policy, &Unproven);
        assert!(again.is_empty(), "{:?}", again.stores);
    }
});
