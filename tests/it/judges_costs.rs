//! What a plan says of its cost, asked of the real Thunderbird where the answer is not no: the password once, and mail that
//! may be fetched again or may not. The switches of the other judges ask where it is no; Claws Mail's, where mail is fetched again.

use libtest_mimic::{Failed, Trial};
use serde_json::{Value, json};

use crate::judges::{Lab, OLD, expect};
use crate::need::{Need, trial};

pub(crate) fn trials() -> Vec<Trial> {
    let each = [("153", "thunderbird-153"), ("140", "thunderbird-140")].into_iter().flat_map(|(app, judge)| {
        let needs = [Need::Judge(judge), Need::Judge("dovecot"), Need::Judge("aiosmtpd")];
        // A server may know a user by two names; another name may as well be another mailbox.
        [("same", "joe@example.test", 1), ("another", "ann", 2)].map(|(which, user, messages)| {
            let name = format!("judge::thunderbird-{app}::user-name-of-{which}-mailbox");
            trial(name, &needs, move || user_name(app, user, messages))
        })
    });
    each.collect()
}

/// A new user name: the password is asked for, once; how many messages are there in the end is for the server to say.
fn user_name(app: &'static str, user: &str, messages: u64) -> Result<(), Failed> {
    let lab = Lab::start(app, "pop3")?;
    lab.by_hand(&["--pref", "mail.server.server1.leave_on_server=true"])?;
    lab.deliver_to("joe", "to joe")?;
    lab.deliver_to("ann", "to ann")?;
    let first = fetched(&lab, 15)?;
    expect("the messages at first", &first.found["messages"], &json!(1))?;
    expect("the questions at first", &json!(first.asked), &json!(false))?;

    let (home, set) = (lab.home().display().to_string(), format!("incoming.username={user}"));
    let (code, lines) = lab.waxseal(&["apply", "--os", "linux", "--yes", "--home", &home, "--set", &set])?;
    expect("apply's exit", &json!(code), &json!(0))?;
    let cost = lines.iter().find(|line| line["type"] == "consequence").ok_or("no consequence was said")?;
    expect("password asked again", &cost["password_asked_again"], &json!("once"))?;
    expect("mail fetched again", &cost["mail_fetched_again"], &json!("unknown"))?;

    let then = fetched(&lab, 8)?;
    expect("the password is asked for", &json!(then.asked), &json!(true))?;
    let login = json!({ "origin": format!("mailbox://{OLD}"), "username": user, "password": "hunter2" });
    lab.ask(&json!({ "logins": [login] }), &["logins-add.js"])?;
    let last = fetched(&lab, 15)?;
    expect("and once only", &json!(last.asked), &json!(false))?;
    expect("the last fetch", &last.found["status"], &json!("0x0"))?;
    expect("the messages in the end", &last.found["messages"], &json!(messages))
}

/// What a fetch came to, and whether a password was asked for meanwhile.
struct Fetched {
    found: Value,
    asked: bool,
}

fn fetched(lab: &Lab, seconds: u32) -> Result<Fetched, Failed> {
    let said = lab.told(&json!({ "seconds": seconds }), &["fetch.js"])?;
    let prompts = said["prompts"].as_array().cloned().unwrap_or_default();
    let asked = prompts.iter().any(|prompt| prompt.as_str().is_some_and(|prompt| prompt.to_lowercase().contains("password")));
    Ok(Fetched { found: said["results"][0]["value"].clone(), asked })
}
