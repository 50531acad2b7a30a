//! The objects of the JSON form: members in the order in which they are added, raws as scalars.

use serde_json::{Map, Value as Member, json};
use waxseal::client::{Answer, Consequence, Side};
use waxseal::discover::Profile;
use waxseal::document::Raw;
use waxseal::lens::{Held, Row};
use waxseal::plan::{AccountPlan, Cause, Change, Moved, Unsupported};
use waxseal::value::Value;

/// One object, its members in the order in which they are added.
pub(super) struct Line(pub(super) Map<String, Member>);

impl Line {
    pub(super) fn of(kind: &str) -> Line {
        Line(Map::new()).with("type", kind)
    }

    pub(super) fn with(mut self, name: &str, value: impl Into<Member>) -> Line {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    pub(super) fn maybe(self, name: &str, value: Option<impl Into<Member>>) -> Line {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    pub(super) fn profile(self, profile: &Profile) -> Line {
        self.with("home", profile.home.path.to_string_lossy().as_ref())
            .with("client", profile.client.as_str())
            .with("profile", profile.folder.to_string())
    }

    pub(super) fn account(self, profile: &Profile, account: &AccountPlan) -> Line {
        self.profile(profile).with("account", account.id.as_str())
    }
}

pub(super) fn of_change(profile: &Profile, account: &AccountPlan, change: &Change) -> Line {
    let line = Line::of("change").account(profile, account);
    let line = match &change.cause {
        Cause::Set(setting) | Cause::Shared(setting) | Cause::Pinned(setting) => line.with("setting", setting.name()),
        Cause::Follow(name) => line.with("follow", name.as_str()),
    };
    let cause = match change.cause {
        Cause::Shared(_) => Some("shared"),
        Cause::Pinned(_) => Some("pinned"),
        Cause::Set(_) | Cause::Follow(_) => None,
    };
    let value = |value: &Option<Value>| value.as_ref().map_or(Member::Null, Value::to_json);
    line.with("before", value(&change.before))
        .with("after", value(&change.after))
        .maybe("rule", change.rule.clone())
        .maybe("cause", cause)
        .maybe("deletes", change.deletes.clone())
        .with("keys", change.keys.iter().map(of_key).collect::<Vec<_>>())
}

fn of_key(moved: &Moved) -> Member {
    let raw = |raw: &Option<Raw>| raw.as_ref().map_or(Member::Null, of_raw);
    json!({
        "store": moved.store.to_string(),
        "key": moved.key.as_str(),
        "before": raw(&moved.before),
        "after": raw(&moved.after),
    })
}

/// A raw as a scalar; bytes as `hex:` and their digits.
fn of_raw(raw: &Raw) -> Member {
    match raw {
        Raw::Bool(on) => (*on).into(),
        Raw::Int(n) => (*n).into(),
        Raw::Text(text) => text.as_str().into(),
        Raw::Bytes(bytes) | Raw::Other { bytes, .. } => {
            bytes.iter().fold("hex:".to_owned(), |text, byte| format!("{text}{byte:02x}")).into()
        }
    }
}

pub(super) fn of_consequence(profile: &Profile, account: &AccountPlan, consequence: &Consequence) -> Line {
    let answer = |answer: &Answer, yes: &'static str| match answer {
        Answer::No => "no",
        Answer::Yes => yes,
        Answer::Unknown => "unknown",
    };
    Line::of("consequence")
        .account(profile, account)
        .with("password_asked_again", answer(&consequence.password_asked_again, "once"))
        .with("mail_fetched_again", answer(&consequence.mail_fetched_again, "yes"))
        .maybe("why", (!consequence.why.is_empty()).then(|| consequence.why.join("; ")))
        .maybe("notes", (!consequence.notes.is_empty()).then(|| consequence.notes.clone()))
}

pub(super) fn of_unsupported(profile: &Profile, account: &AccountPlan, unsupported: &Unsupported) -> Line {
    Line::of("unsupported")
        .account(profile, account)
        .with("setting", unsupported.setting.name())
        .with("wanted", unsupported.wanted.to_json())
        .with("why", unsupported.why.as_str())
}

pub(super) fn of_row(side: Side, row: &Row) -> Member {
    let side = match side {
        Side::Incoming(protocol) => protocol.name(),
        Side::Outgoing => "outgoing",
    };
    let mut line = Line(Map::new()).with("of", side).with("setting", row.setting.name());
    line = match row.held {
        Held::Keys { .. } => line.with("holds", true).maybe("note", (!row.note.is_empty()).then_some(row.note)),
        Held::Absent(why) => line.with("holds", false).with("why", why),
    };
    line.maybe("since", (row.since > 0).then_some(row.since)).maybe("until", (row.until < u32::MAX).then_some(row.until)).0.into()
}

#[cfg(test)]
mod tests {
    use waxseal::document::Raw;

    use super::of_raw;

    #[test]
    fn raws_are_scalars() {
        assert_eq!(of_raw(&Raw::Int(995)), 995);
        assert_eq!(of_raw(&Raw::Bool(true)), true);
        assert_eq!(of_raw(&Raw::Text("x".to_owned())), "x");
        assert_eq!(of_raw(&Raw::Bytes(vec![0x0f, 0xe4])), "hex:0fe4");
    }
}
