//! What many homes have alike, shown once with a count. Alike is what differs in nothing but whose it is: people's
//! addresses and logins stand for themselves, everything else counts.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{self, Write};

use waxseal::account::Account;
use waxseal::audit::Finding;
use waxseal::discover::Profile;
use waxseal::document::Raw;
use waxseal::plan::{AccountPlan, Change, ProfilePlan};
use waxseal::problem::Problem;
use waxseal::setting::Setting;
use waxseal::value::Value;

use super::diff::below;
use crate::view::style::{FAINT, clean};

/// How many are kept until they are written: what is kept must not grow with the homes.
const KEPT: usize = 256;

/// How many places are named beside the count.
const NAMED: usize = 3;

/// What has been said so far, each with how many say the same.
#[derive(Default)]
pub(super) struct Groups {
    groups: Vec<Group>,
    at: HashMap<Shape, usize>,
}

struct Group {
    text: Vec<u8>,
    more: u64,
    places: Vec<String>,
}

impl Groups {
    /// Counts one more of a shape that is known; whether it is.
    pub(super) fn count(&mut self, shape: &Shape, place: &str) -> bool {
        let Some(group) = self.at.get(shape).and_then(|at| self.groups.get_mut(*at)) else { return false };
        group.more += 1;
        if group.places.len() < NAMED {
            group.places.push(clean(place));
        }
        true
    }

    /// Keeps the first of its shape; whether there are enough now.
    pub(super) fn add(&mut self, shape: Shape, text: Vec<u8>) -> bool {
        // What says nothing is not counted either.
        if !text.is_empty() {
            self.at.insert(shape, self.groups.len());
            self.groups.push(Group { text, more: 0, places: Vec::new() });
        }
        self.groups.len() >= KEPT
    }

    /// Writes all, in the order of their first.
    pub(super) fn write(self, out: &mut impl Write) -> io::Result<()> {
        for group in self.groups {
            out.write_all(&group.text)?;
            if group.more > 0 {
                let more = if group.more > group.places.len() as u64 { ", …" } else { "" };
                let places = group.places.join(", ");
                writeln!(out, "and {} more alike: {places}{more}  {FAINT}(--full shows each){FAINT:#}", group.more)?;
                if group.text.ends_with(b"\n\n") {
                    writeln!(out)?;
                }
            }
        }
        Ok(())
    }
}

/// What is compared.
#[derive(PartialEq, Eq, Hash)]
pub(super) struct Shape(String);

impl Shape {
    /// Of a profile's plan: everything that is shown of it, but for whose it is.
    pub(super) fn of(plan: &ProfilePlan, what: &str) -> Shape {
        let mut text = format!("{what} {}\n", plan.profile.client);
        plan.problems.iter().for_each(|problem| of_problem(&mut text, problem));
        for account in &plan.accounts {
            let whose = Whose::of(&plan.profile, account);
            for change in &account.changes {
                whose.change(&mut text, &plan.profile, change);
            }
            for unsupported in &account.unsupported {
                let _ = writeln!(text, "{} {} {}", unsupported.setting, unsupported.wanted, unsupported.why);
            }
            account.problems.iter().for_each(|problem| of_problem(&mut text, problem));
            if let Some(consequence) = &account.consequence {
                let _ = writeln!(text, "{:?} {:?}", consequence.password_asked_again, consequence.mail_fetched_again);
                consequence.why.iter().chain(&consequence.notes).for_each(|line| text += &whose.masked(line));
            }
        }
        Shape(text)
    }

    /// Of what is wrong with a profile's accounts.
    pub(super) fn of_findings(profile: &Profile, each: &[(&Account, Vec<Finding>)]) -> Shape {
        let mut text = format!("findings {}\n", profile.client);
        for (account, findings) in each.iter().filter(|(_, findings)| !findings.is_empty()) {
            let whose = Whose::named(profile, account.email());
            for Finding { setting, actual, wanted, message } in findings {
                let is_login = is_login(Some(*setting));
                let actual = whose.shown(actual.as_ref().map(ToString::to_string), is_login);
                let wanted = whose.shown(Some(wanted.to_string()), is_login);
                let _ = writeln!(text, "{setting} {actual} {wanted} {}", whose.masked(message));
            }
            text.push('\n');
        }
        Shape(text)
    }

    /// Of a change that was shown before.
    pub(super) fn changed(client: &str) -> Shape {
        Shape(format!("changed {client}"))
    }

    /// Of problems: their kind, and what they say.
    pub(super) fn of_problems<'a>(what: &str, problems: impl Iterator<Item = &'a Problem>) -> Shape {
        let mut text = format!("{what}\n");
        problems.for_each(|problem| of_problem(&mut text, problem));
        Shape(text)
    }
}

fn of_problem(text: &mut String, problem: &Problem) {
    let client = problem.client.as_deref().unwrap_or_default();
    // Where it is belongs to the place, not to what is alike.
    let (home, folder) = (problem.home.as_ref().map(|home| home.display().to_string()), &problem.profile);
    let mut message = problem.message.clone();
    for place in [folder.as_ref(), home.as_ref()].into_iter().flatten().filter(|place| !place.is_empty()) {
        message = message.replace(place.as_str(), "~");
    }
    let _ = writeln!(text, "{} {client} {message} {:?}", problem.code, problem.hint);
}

fn is_login(setting: Option<Setting>) -> bool {
    matches!(setting, Some(Setting::IncomingUsername | Setting::OutgoingUsername))
}

/// The names of the person whose account it is.
struct Whose<'a> {
    email: &'a str,
    local: &'a str,
    user: String,
}

impl<'a> Whose<'a> {
    fn of(profile: &Profile, account: &'a AccountPlan) -> Whose<'a> {
        Whose::named(profile, account.email.as_deref())
    }

    fn named(profile: &Profile, email: Option<&'a str>) -> Whose<'a> {
        let email = email.unwrap_or_default();
        Whose { email, local: email.split('@').next().unwrap_or_default(), user: profile.home.user() }
    }

    fn change(&self, text: &mut String, profile: &Profile, change: &Change) {
        let is_login = is_login(change.cause.setting());
        let value = |value: &Option<Value>| value.as_ref().map(ToString::to_string);
        let raw = |raw: &Option<Raw>| raw.as_ref().map(|raw| raw.to_string().trim_matches('"').to_owned());
        let (before, after) = self.both(value(&change.before), value(&change.after), is_login);
        let _ = writeln!(text, "{:?} {before} {after} {:?} {} {:?}", change.cause, change.rule, change.named, change.deletes);
        for moved in &change.keys {
            let (store, key) = (self.masked(&below(profile, &moved.store)), self.masked(moved.key.as_str()));
            let (before, after) = self.both(raw(&moved.before), raw(&moved.after), is_login);
            let _ = writeln!(text, "{store} {key} {before} {after}");
        }
    }

    /// Two values, without whose they are. What becomes of one's own login is one's own, as a table of users has it.
    fn both(&self, before: Option<String>, after: Option<String>, is_login: bool) -> (String, String) {
        let was_own = is_login && before.as_deref().is_some_and(|name| self.is_own(name));
        let after = if was_own && after.is_some() { "{new}".to_owned() } else { self.shown(after, is_login) };
        (self.shown(before, is_login), after)
    }

    /// A value, without whose it is.
    fn shown(&self, value: Option<String>, is_login: bool) -> String {
        match value {
            Some(name) if is_login && self.is_own(&name) => "{own}".to_owned(),
            Some(value) => self.masked(&value),
            None => "{none}".to_owned(),
        }
    }

    fn is_own(&self, name: &str) -> bool {
        [self.email, self.local, &self.user].contains(&name)
    }

    /// The text without the account's address, and without any login before a server's name.
    fn masked(&self, text: &str) -> String {
        // Most is about no person.
        if !text.contains('@') && self.email.contains('@') {
            return text.to_owned();
        }
        let text = if self.email.is_empty() { text.to_owned() } else { text.replace(self.email, "{email}") };
        let mut parts = text.split("//");
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |all, part| match part.split_once('@') {
            Some((login, after)) if !login.contains(['/', ' ']) => format!("{all}//{{login}}@{after}"),
            _ => format!("{all}//{part}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use waxseal::problem::{Code, Problem};

    use super::{Groups, Shape};

    fn shape(problem: &Problem) -> Shape {
        Shape::of_problems("problem", std::iter::once(problem))
    }

    #[test]
    fn what_is_alike_is_written_once_with_a_count_and_places() {
        let mut groups = Groups::default();
        for n in 1..=5 {
            let problem =
                Problem { home: Some(format!("/h/{n}").into()), ..Problem::new(Code::Unreadable, format!("/h/{n}: no")) };
            if !groups.count(&shape(&problem), &format!("/h/{n}")) {
                assert!(!groups.add(shape(&problem), format!("first {n}\n").into_bytes()));
            }
        }
        let other = Problem::new(Code::Unreadable, "something else");
        assert!(!groups.count(&shape(&other), "x"));
        groups.add(shape(&other), b"other\n".to_vec());
        let mut out = Vec::new();
        groups.write(&mut anstream::StripStream::new(&mut out)).unwrap();
        out.flush().unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "first 1\nand 4 more alike: /h/2, /h/3, /h/4, …  (--full shows each)\nother\n"
        );
    }

    #[test]
    fn what_is_kept_does_not_grow_for_ever() {
        let mut groups = Groups::default();
        let mut full = 0;
        for n in 0..1000 {
            let problem = Problem::new(Code::Unreadable, format!("{n}"));
            if groups.add(shape(&problem), b"x\n".to_vec()) {
                full += 1;
                groups = Groups::default();
            }
        }
        assert_eq!(full, 3);
    }
}
