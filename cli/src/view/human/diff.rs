//! An account's plan for people: each change as old → new, the keys that hold it, and what it costs the user.

use std::io::{self, Write};

use waxseal::client::{Answer, Consequence};
use waxseal::discover::Profile;
use waxseal::document::Raw;
use waxseal::home::StorePath;
use waxseal::plan::{AccountPlan, Cause, Change, ProfilePlan};
use waxseal::value::Value;

use super::Human;
use crate::view::style::{BAD, FAINT, NEW, WARN, clean};

/// Whether each change is followed by the keys that hold it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Keys {
    /// As a plan has it.
    Shown,
    /// As a report of what is done has it.
    Aside,
}

impl Human {
    pub(super) fn account_plan(&mut self, plan: &ProfilePlan, account: &AccountPlan, keys: Keys) -> io::Result<()> {
        let silent = account.changes.is_empty() && account.unsupported.is_empty() && account.problems.is_empty();
        if silent && !self.full {
            return Ok(());
        }
        self.heading(&plan.profile, &account.id, &account.name, account.email.as_deref())?;
        if silent {
            return writeln!(self.out, "  nothing to change\n");
        }
        let width = account.changes.iter().map(|change| name(change).len()).max().unwrap_or(0);
        for change in &account.changes {
            self.change(&plan.profile, change, width, keys)?;
        }
        self.unsupported(account)?;
        for problem in &account.problems {
            self.problem_below(problem, "  ")?;
        }
        if let Some(consequence) = &account.consequence {
            self.consequence(consequence)?;
        }
        writeln!(self.out)
    }

    fn change(&mut self, profile: &Profile, change: &Change, width: usize, keys: Keys) -> io::Result<()> {
        let (before, after) = (value(&change.before), value(&change.after));
        let why = match (&change.cause, &change.rule) {
            (Cause::Shared(_), _) => "shares a key with a setting above".to_owned(),
            (Cause::Pinned(_), _) => "written out, so that it stays".to_owned(),
            (Cause::Follow(_), _) => "follows".to_owned(),
            (Cause::Set(_), Some(rule)) if !change.named => format!("follows: {rule}"),
            (Cause::Set(_), Some(rule)) => rule.clone(),
            (Cause::Set(_), None) => String::new(),
        };
        let why = if why.is_empty() { why } else { format!("  {FAINT}[{}]{FAINT:#}", clean(&why)) };
        writeln!(self.out, "  {:width$}  {before} → {NEW}{after}{NEW:#}{why}", name(change))?;
        if let Some(words) = &change.deletes {
            writeln!(self.out, "    {BAD}deletes mail:{BAD:#} {}", clean(words))?;
        }
        for moved in change.keys.iter().filter(|_| keys == Keys::Shown) {
            let raw = |raw: &Option<Raw>| raw.as_ref().map_or("absent".to_owned(), |raw| clean(&raw.to_string()));
            let place = format!("{}  {}", clean(&below(profile, &moved.store)), clean(moved.key.as_str()));
            match (&moved.before, &moved.after) {
                (None, None) => writeln!(self.out, "    {FAINT}{place}  a copy{FAINT:#}")?,
                (before, after) => writeln!(self.out, "    {FAINT}{place}  {} → {}{FAINT:#}", raw(before), raw(after))?,
            }
        }
        Ok(())
    }

    fn unsupported(&mut self, account: &AccountPlan) -> io::Result<()> {
        for unsupported in &account.unsupported {
            let (wanted, why) = (clean(&unsupported.wanted.to_string()), clean(&unsupported.why));
            writeln!(self.out, "  {WARN}unsupported:{WARN:#} {} = {wanted}: {why}", unsupported.setting)?;
        }
        Ok(())
    }

    fn consequence(&mut self, consequence: &Consequence) -> io::Result<()> {
        let mut say = |question: &str, answer: &Answer, yes: &str| {
            let (style, word) = match answer {
                Answer::No => (NEW, "no"),
                Answer::Yes => (WARN, yes),
                Answer::Unknown => (WARN, "unknown"),
            };
            writeln!(self.out, "  {question:22}{style}{word}{style:#}")
        };
        say("password asked again:", &consequence.password_asked_again, "once")?;
        say("mail fetched again:", &consequence.mail_fetched_again, "yes")?;
        if !consequence.why.is_empty() {
            writeln!(self.out, "    {FAINT}{}{FAINT:#}", clean(&consequence.why.join("; ")))?;
        }
        consequence.notes.iter().try_for_each(|note| writeln!(self.out, "  note: {}", clean(note)))
    }
}

fn name(change: &Change) -> &str {
    match &change.cause {
        Cause::Set(setting) | Cause::Shared(setting) | Cause::Pinned(setting) => setting.name(),
        Cause::Follow(name) => name,
    }
}

fn value(value: &Option<Value>) -> String {
    value.as_ref().map_or("not set".to_owned(), |value| clean(&value.to_string()))
}

/// A store's path below its profile's folder, where it is there.
pub(super) fn below(profile: &Profile, store: &StorePath) -> String {
    let near = (store.base() == profile.folder.base()).then(|| store.below().strip_prefix(profile.folder.below()));
    if let Some(Ok(below)) = near {
        return below.display().to_string();
    }
    let full = store.full();
    full.strip_prefix(profile.folder.full()).unwrap_or(&full).display().to_string()
}
