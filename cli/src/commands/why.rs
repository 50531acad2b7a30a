//! `waxseal plan --why ACCOUNT`: which rules match an account and which do not and why, and what comes of each wanted
//! setting. Writes nothing.

use std::thread;

use waxseal::account::Account;
use waxseal::discover::Profile;
use waxseal::plan::AccountPlan;
use waxseal::policy::{Policy, Rule, Subject};
use waxseal::probe::Unproven;
use waxseal::setting::{Setting, Side};
use waxseal::system::Disk;

use crate::args::Plan;
use crate::exit::{DONE, PARTLY, Stop};
use crate::view::why::{Fate, RuleSeen, Wish};
use crate::{homes, policy, state, view};

/// Explains.
pub(crate) fn run(args: &Plan, pattern: &str) -> Result<u8, Stop> {
    let policy = policy::from(&args.rules, &args.accounts)?;
    let homes = homes::from(&args.homes)?;
    state::look(&args.state);
    let system = Disk::new();
    let mut view = view::on_stdout(&args.output);
    let (mut any, mut problems, mut known) = (false, 0, Vec::new());
    thread::scope(|threads| -> Result<(), Stop> {
        for found in homes.readings(threads, &system) {
            let (reading, profile) = match found {
                Ok(found) => found,
                Err(problem) => {
                    problems += 1;
                    view.problem(&problem)?;
                    continue;
                }
            };
            let wanted = |account: &&Account| Subject::of(account).is_called(pattern);
            if !reading.accounts.iter().any(|account| wanted(&account)) {
                known.extend(reading.accounts.iter().take(MENTIONED).filter_map(|account| account.email()).map(str::to_owned));
                continue;
            }
            let plan = waxseal::plan(&system, &profile, &policy, &Unproven);
            for account in reading.accounts.iter().filter(wanted) {
                any = true;
                let Some(planned) = plan.accounts.iter().find(|known| known.id == account.id) else { continue };
                view.why(&profile, planned, &seen(&policy, &profile, account, planned))?;
            }
            for problem in &plan.problems {
                problems += 1;
                view.problem(problem)?;
            }
        }
        Ok(())
    })?;
    view.flush()?;
    if !any {
        known.truncate(MENTIONED);
        let hint =
            if known.is_empty() { "waxseal list shows the accounts".to_owned() } else { format!("known: {}", known.join(", ")) };
        return Err(Stop::usage(format!("no account is called \"{pattern}\""), hint));
    }
    Ok(if problems == 0 { DONE } else { PARTLY })
}

/// How many accounts are named to somebody who named none of them.
const MENTIONED: usize = 8;

/// Every rule, as the account meets it.
fn seen<'a>(policy: &'a Policy, profile: &Profile, account: &Account, plan: &AccountPlan) -> Vec<RuleSeen<'a>> {
    let (home, user) = (profile.home.path.to_string_lossy(), profile.home.user());
    let subject = Subject { client: &profile.client, home: &home, user: &user, ..Subject::of(account) };
    let wins = policy.wants(&subject);
    let rules = policy.rules.iter().map(|rule| {
        let misses: Vec<_> = rule
            .misses(&subject)
            .map(|(what, globs)| (what, globs.to_vec(), subject.values(what).iter().map(ToString::to_string).collect()))
            .collect();
        let wishes = match misses.is_empty() {
            true => rule
                .set
                .iter()
                .map(|(setting, wanted)| Wish {
                    setting: *setting,
                    wanted: wanted.to_string(),
                    fate: fate(*setting, rule, wins.get(setting).map(|(_, winner)| winner.as_str()), account, plan),
                })
                .collect(),
            false => Vec::new(),
        };
        RuleSeen { name: &rule.name, excluded: !policy.includes(&subject), misses, wishes }
    });
    rules.collect()
}

/// What comes of a rule's wish.
fn fate(setting: Setting, rule: &Rule, winner: Option<&str>, account: &Account, plan: &AccountPlan) -> Fate {
    match winner {
        Some(winner) if winner != rule.name => return Fate::Overridden(winner.to_owned()),
        None => return Fate::Excluded,
        Some(_) => {}
    }
    let is_there = match (setting.side(), account.protocol()) {
        (Side::Outgoing, _) => account.outgoing().is_some(),
        (_, Some(protocol)) => setting.applies_to(protocol),
        (_, None) => false,
    };
    if !is_there {
        return Fate::NoSuch;
    }
    if let Some(change) = plan.changes.iter().find(|change| change.cause.setting() == Some(setting)) {
        return Fate::Changes { before: change.before.clone(), after: change.after.clone() };
    }
    if let Some(unsupported) = plan.unsupported.iter().find(|known| known.setting == setting) {
        return Fate::Unsupported(unsupported.why.clone());
    }
    match account.settings.get(&setting) {
        Some(value) if plan.wants.get(&setting).is_some_and(|want| want.value == *value) => Fate::Already,
        _ if plan.problems.is_empty() => Fate::Already,
        _ => Fate::Refused,
    }
}
