//! Safe senders of the Mozilla family (reference: mozilla, sections 4 and 6): domains in `mail.trusteddomains`, which a
//! server heeds while its white list is on, and addresses in one filter of the account that scores their mail as no junk.
//! Both are only added to.

use std::collections::BTreeSet;

use crate::codec::{Codec, Cx, Got, Put};
use crate::lens::Prim;
use crate::value::{Value, senders};

/// The name of the filter that holds the addresses.
pub(super) const FILTER: &str = "Safe senders (waxseal)";

/// Runs on new mail and by hand, before the junk filter, which leaves alone what has a score.
const TYPE: &str = "17";
const VERSION: &str = "9";
const INBOX: i64 = 1;

/// Own cells: `mail.trusteddomains`; of the filter condition, name, enabled, type, action and its value; of the file
/// version (aside). Neighbour: `useWhiteList`.
pub(in crate::clients) const SAFE_SENDERS: Codec = Codec::Fn { get, put };

const DOMAINS: usize = 0;
const CONDITION: usize = 1;
const NAME: usize = 2;
const ENABLED: usize = 3;
const KIND: usize = 4;
const ACTION: usize = 5;
const SCORE: usize = 6;
const FILE_VERSION: usize = 7;

/// What stands in the account's filter.
enum Stands {
    /// There is none.
    Nothing,
    /// These senders, and whether the client acts on it.
    Listed(Vec<String>, bool),
    /// It is not as it was written.
    Changed(&'static str),
}

fn stands(cx: &Cx<'_>) -> Stands {
    if (CONDITION..=SCORE).all(|at| cx.own.get(at).is_none_or(Option::is_none)) {
        return Stands::Nothing;
    }
    if cx.text(NAME) != Some(FILTER) || cx.text(ACTION) != Some("JunkScore") || cx.text(SCORE) != Some("0") {
        return Stands::Changed("does something else");
    }
    let kind = cx.text(KIND).and_then(|kind| kind.parse::<i64>().ok());
    let runs = cx.text(ENABLED) == Some("yes") && kind.is_some_and(|kind| kind & INBOX != 0);
    match cx.text(CONDITION).and_then(listed) {
        Some(entries) => Stands::Listed(entries, runs),
        None => Stands::Changed("has conditions of another kind"),
    }
}

/// The senders of a condition that this module wrote, also after the client has written it anew.
fn listed(condition: &str) -> Option<Vec<String>> {
    if condition.is_empty() {
        return Some(Vec::new());
    }
    let terms = condition.strip_prefix("OR (")?.strip_suffix(')')?;
    let entry = |term: &str| {
        let found = match (term.strip_prefix("from,is,"), term.strip_prefix("from,ends with,")) {
            (Some(address), _) if !address.starts_with('@') => address,
            (_, Some(domain)) if domain.starts_with('@') => domain,
            _ => return None,
        };
        (fits(found) && senders(std::iter::once(found)).is_ok_and(|known| known.len() == 1)).then(|| found.to_owned())
    };
    terms.split(") OR (").map(entry).collect()
}

/// Whether a condition can hold it without quotes.
fn fits(sender: &str) -> bool {
    !sender.contains(['(', ')', '"', '\\', ',']) && sender.chars().all(|c| !c.is_control())
}

fn term(sender: &String) -> String {
    let how = if sender.starts_with('@') { "ends with" } else { "is" };
    format!("OR (from,{how},{sender})")
}

/// The domains that the client finds in the list: blanks before one are skipped, and what is no domain matches nobody.
fn domains(cx: &Cx<'_>) -> Vec<String> {
    let entries = cx.text(DOMAINS).unwrap_or_default().split(',').map(|entry| entry.trim_start_matches([' ', '\t']));
    entries.filter_map(|entry| senders(std::iter::once(format!("@{entry}").as_str())).ok()?.pop()).collect()
}

/// Whether the server heeds trusted domains.
fn heeds(cx: &Cx<'_>) -> bool {
    cx.near_bool(0) != Some(false)
}

fn get(cx: &Cx<'_>) -> Got {
    let mut found: BTreeSet<String> = if heeds(cx) { domains(cx).into_iter().collect() } else { BTreeSet::new() };
    match stands(cx) {
        Stands::Listed(entries, true) => found.extend(entries.iter().map(|entry| entry.to_lowercase())),
        Stands::Changed(how) => return Got::Unknown(format!("the filter \"{FILTER}\" {how}")),
        Stands::Nothing | Stands::Listed(_, false) => {}
    }
    if found.is_empty() { Got::Unset } else { Got::Is(Value::Senders(found.into_iter().collect())) }
}

fn put(value: &Value, cx: &Cx<'_>) -> Put {
    let Value::Senders(wanted) = value else { return Err(format!("it can't hold {value}")) };
    if let Some(odd) = wanted.iter().find(|sender| !fits(sender)) {
        return Err(format!("a filter can't hold {odd}"));
    }
    if matches!(get(cx), Got::Is(there) if value.is_met_by(&there)) {
        return Ok(cx.own.to_vec());
    }
    let stands = stands(cx);
    let (held, runs) = match &stands {
        Stands::Listed(entries, runs) => (entries.clone(), *runs),
        _ => (Vec::new(), false),
    };
    // What was changed by hand is unknown to the plan, and never comes here from there.
    let in_list = heeds(cx) && !matches!(stands, Stands::Changed(_));
    let (trusted, filtered): (Vec<&String>, Vec<&String>) = wanted.iter().partition(|sender| in_list && sender.starts_with('@'));
    let mut own = cx.own.to_vec();
    let mut set = |at: usize, text: String| own.get_mut(at).into_iter().for_each(|cell| *cell = Some(Prim::Text(text.clone())));
    let known = domains(cx);
    let new: Vec<&str> =
        trusted.into_iter().filter(|domain| !known.contains(domain)).filter_map(|domain| domain.get(1..)).collect();
    if !new.is_empty() {
        let list = cx.text(DOMAINS).map(|list| list.trim_end_matches([',', ' ', '\t'])).filter(|list| !list.is_empty());
        set(DOMAINS, list.into_iter().chain(new).collect::<Vec<_>>().join(","));
    }
    let missing = filtered.iter().any(|sender| !runs || !held.iter().any(|entry| entry.eq_ignore_ascii_case(sender)));
    if missing || matches!(stands, Stands::Changed(_)) {
        let more = filtered.into_iter().filter(|sender| !held.iter().any(|entry| entry.to_lowercase() == **sender));
        let terms: Vec<String> = held.iter().chain(more).map(term).collect();
        set(CONDITION, terms.join(" "));
        set(NAME, FILTER.to_owned());
        set(ENABLED, "yes".to_owned());
        set(ACTION, "JunkScore".to_owned());
        set(SCORE, "0".to_owned());
        if !runs {
            set(KIND, TYPE.to_owned());
        }
        if cx.text(FILE_VERSION).is_none() {
            set(FILE_VERSION, VERSION.to_owned());
        }
    }
    Ok(own)
}
