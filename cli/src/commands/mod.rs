//! The verbs, one a file, and what several of them share: the stream of plans, being told of what happens, questions.

pub(crate) mod apply;
pub(crate) mod audit;
pub(crate) mod clients;
pub(crate) mod completions;
pub(crate) mod demo;
pub(crate) mod export;
pub(crate) mod forget;
pub(crate) mod list;
pub(crate) mod log;
pub(crate) mod man;
pub(crate) mod overview;
pub(crate) mod plan;
pub(crate) mod policy;
pub(crate) mod recover;
pub(crate) mod secure;
pub(crate) mod undo;
pub(crate) mod why;

mod told;
mod watch;

use std::collections::HashSet;
use std::io::{self, IsTerminal, Write};
use std::thread::Scope;

use waxseal::discover::Profile;
use waxseal::plan::ProfilePlan;
use waxseal::policy::Policy;
use waxseal::probe::Unproven;
use waxseal::problem::Problem;
use waxseal::system::Reader;

use crate::exit::Stop;
use crate::homes::Homes;

pub(crate) use told::Told;
pub(crate) use watch::Watch;

/// The plans of all profiles but those that are done, one after the other; what hides a profile is told on the way.
pub(crate) fn plans<'s>(
    threads: &'s Scope<'s, '_>,
    system: &'s dyn Reader,
    homes: &'s Homes,
    policy: &'s Policy,
    done: &'s HashSet<Profile>,
    tell: impl Fn(&Problem) + 's,
) -> impl Iterator<Item = ProfilePlan> + 's {
    let plan = |home: &dyn Reader, found: Result<Profile, Problem>| match found {
        Ok(profile) if done.contains(&profile) => None,
        found => Some(found.map(|profile| waxseal::plan(home, &profile, policy, &Unproven)).map_err(Box::new)),
    };
    homes.each(threads, system, plan).flatten().filter_map(move |planned| planned.map_err(|problem| tell(&problem)).ok())
}

/// How many homes plans are about: those of one home follow each other.
#[derive(Debug, Default)]
pub(crate) struct HomesSeen {
    last: Option<std::path::PathBuf>,
    pub(crate) count: usize,
}

impl HomesSeen {
    pub(crate) fn add(&mut self, plan: &ProfilePlan) {
        if self.last.as_ref() != Some(&plan.profile.home.path) {
            self.last = Some(plan.profile.home.path.clone());
            self.count += 1;
        }
    }
}

/// Whether somebody is there to be asked.
pub(crate) fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

/// The error of a verb that writes, where nobody can be asked.
pub(crate) fn needs_yes(verb: &str) -> Stop {
    let first = match verb {
        "apply" => "waxseal plan shows the change",
        "secure" => "waxseal audit shows what is not secure",
        _ => "waxseal log shows what was done",
    };
    let hint = format!("{first}; with --yes, waxseal {verb} does it without a question");
    Stop::usage(format!("{verb} writes, and there is no terminal to ask on"), hint)
}

/// Asks a question; only a clear yes is one.
pub(crate) fn ask(question: &str) -> bool {
    let mut err = io::stderr();
    let mut answer = String::new();
    let asked = write!(err, "{question} [y/N] ").and_then(|()| err.flush());
    asked.is_ok() && io::stdin().read_line(&mut answer).is_ok() && is_yes(&answer)
}

fn is_yes(answer: &str) -> bool {
    matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
}

#[cfg(test)]
mod tests {
    use super::is_yes;

    #[test]
    fn only_a_clear_yes_is_one() {
        assert!(is_yes("y\n") && is_yes(" YES\r\n"));
        assert!(!is_yes("") && !is_yes("\n") && !is_yes("yep") && !is_yes("n"));
    }
}
