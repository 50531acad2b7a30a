//! The objects of the JSON form: members in the order in which they are added, values and raws as scalars.

use std::collections::BTreeMap;
use std::io;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value as Member, json};
use waxseal::client::{Answer, Consequence, Side};
use waxseal::discover::Profile;
use waxseal::document::Raw;
use waxseal::lens::{Held, Row};
use waxseal::plan::{AccountPlan, Cause, Change, Moved, Unsupported};
use waxseal::setting::Setting;
use waxseal::value::Value;

/// One object as text, its members in the order in which they are added; or why one of them could not be written.
pub(super) struct Line(serde_json::Result<Vec<u8>>);

impl Line {
    pub(super) fn of(kind: &str) -> Line {
        Line(Ok(Vec::with_capacity(512))).with("type", kind)
    }

    pub(super) fn with(self, name: &str, value: impl Serialize) -> Line {
        Line(self.0.and_then(|mut text| {
            text.push(if text.is_empty() { b'{' } else { b',' });
            serde_json::to_writer(&mut text, name)?;
            text.push(b':');
            serde_json::to_writer(&mut text, &value)?;
            Ok(text)
        }))
    }

    pub(super) fn maybe(self, name: &str, value: Option<impl Serialize>) -> Line {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    pub(super) fn profile(self, profile: &Profile) -> Line {
        self.with("home", profile.home.path.to_string_lossy())
            .with("client", &profile.client)
            .with("profile", profile.folder.full().to_string_lossy())
    }

    pub(super) fn account(self, profile: &Profile, account: &AccountPlan) -> Line {
        self.profile(profile).with("account", &account.id)
    }

    /// The object, with a line end.
    pub(super) fn text(self) -> io::Result<Vec<u8>> {
        let mut text = self.0?;
        text.extend_from_slice(b"}\n");
        Ok(text)
    }
}

/// Settings with their values.
pub(super) struct Settings<'a>(pub(super) &'a BTreeMap<Setting, Value>);

impl Serialize for Settings<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(self.0.iter().map(|(setting, value)| (setting, value.to_json())))
    }
}

pub(super) fn of_change(profile: &Profile, account: &AccountPlan, change: &Change) -> Line {
    let line = Line::of("change").account(profile, account);
    let line = match &change.cause {
        Cause::Set(setting) | Cause::Shared(setting) | Cause::Pinned(setting) => line.with("setting", setting.name()),
        Cause::Follow(name) => line.with("follow", name),
    };
    let cause = match change.cause {
        Cause::Shared(_) => Some("shared"),
        Cause::Pinned(_) => Some("pinned"),
        Cause::Set(_) | Cause::Follow(_) => None,
    };
    line.with("before", change.before.as_ref().map(Value::to_json))
        .with("after", change.after.as_ref().map(Value::to_json))
        .maybe("rule", change.rule.as_ref())
        .maybe("cause", cause)
        .maybe("deletes", change.deletes.as_ref())
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
        .maybe("notes", (!consequence.notes.is_empty()).then_some(&consequence.notes))
}

pub(super) fn of_unsupported(profile: &Profile, account: &AccountPlan, unsupported: &Unsupported) -> Line {
    Line::of("unsupported")
        .account(profile, account)
        .with("setting", unsupported.setting.name())
        .with("wanted", unsupported.wanted.to_json())
        .with("why", &unsupported.why)
}

pub(super) fn of_row(side: Side, row: &Row) -> Member {
    let side = match side {
        Side::Incoming(protocol) => protocol.name(),
        Side::Outgoing => "outgoing",
    };
    let mut members = Map::new();
    let mut with = |name: &str, value: Member| drop(members.insert(name.to_owned(), value));
    with("of", side.into());
    with("setting", row.setting.name().into());
    with("holds", matches!(row.held, Held::Keys { .. }).into());
    match row.held {
        Held::Keys { .. } if row.note.is_empty() => {}
        Held::Keys { .. } => with("note", row.note.into()),
        Held::Absent(why) => with("why", why.into()),
    }
    if row.since > 0 {
        with("since", row.since.into());
    }
    if row.until < u32::MAX {
        with("until", row.until.into());
    }
    members.into()
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
