//! What rules make of one account, as both forms show it.

use waxseal::policy::Match;
use waxseal::setting::Setting;
use waxseal::value::Value;

/// A rule, as an account meets it.
pub(crate) struct RuleSeen<'a> {
    /// Its name.
    pub(crate) name: &'a str,
    /// Whether `--account` leaves the account out.
    pub(crate) excluded: bool,
    /// What of its match the account does not fit: what is looked at, what would fit, what is there.
    pub(crate) misses: Vec<(Match, Vec<String>, Vec<String>)>,
    /// What it wants of the account; nothing if it doesn't match.
    pub(crate) wishes: Vec<Wish>,
}

/// One setting that a rule wants.
pub(crate) struct Wish {
    /// Which.
    pub(crate) setting: Setting,
    /// The value, as the policy has it.
    pub(crate) wanted: String,
    /// What comes of it.
    pub(crate) fate: Fate,
}

/// What comes of a wish.
pub(crate) enum Fate {
    /// It changes.
    Changes { before: Option<Value>, after: Option<Value> },
    /// It is so already.
    Already,
    /// A later rule, this one, wants something else.
    Overridden(String),
    /// The client can't hold it, and why.
    Unsupported(String),
    /// It is refused; the account's problems say why.
    Refused,
    /// The account has no such setting.
    NoSuch,
    /// The account is left out.
    Excluded,
}

impl RuleSeen<'_> {
    /// Whether it matches.
    pub(crate) fn matches(&self) -> bool {
        self.misses.is_empty() && !self.excluded
    }
}

impl Fate {
    /// A word for programs.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Fate::Changes { .. } => "changes",
            Fate::Already => "already",
            Fate::Overridden(_) => "overridden",
            Fate::Unsupported(_) => "unsupported",
            Fate::Refused => "refused",
            Fate::NoSuch => "no-such-setting",
            Fate::Excluded => "excluded",
        }
    }

    /// In words.
    pub(crate) fn sentence(&self) -> String {
        let shown = |value: &Option<Value>| value.as_ref().map_or("not set".to_owned(), ToString::to_string);
        match self {
            Fate::Changes { before, after } => format!("changes: {} → {}", shown(before), shown(after)),
            Fate::Already => "is so already".to_owned(),
            Fate::Overridden(by) => format!("no: the later rule \"{by}\" wins"),
            Fate::Unsupported(why) => format!("unsupported: {why}"),
            Fate::Refused => "refused, see below".to_owned(),
            Fate::NoSuch => "passed over: the account has no such setting".to_owned(),
            Fate::Excluded => "no: --account leaves the account out".to_owned(),
        }
    }
}
