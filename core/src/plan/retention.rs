//! Deleting mail is not undoable: whether a change makes a client delete more from the server, the three retention
//! settings judged together, before against after.

use crate::codec::Got;
use crate::model::Model;
use crate::setting::Setting;
use crate::value::Value;

/// What more is deleted after than before, in words; `None` if nothing is.
pub(super) fn deletes_more(before: &Model, after: &Model) -> Option<String> {
    let (old, new) = (Keeping::of(before)?, Keeping::of(after)?);
    if !old.leaves {
        return None;
    }
    if !new.leaves {
        return Some("mail is deleted from the server as soon as it is fetched".to_owned());
    }
    match (old.days, new.days) {
        (before, Some(days)) if before.is_none_or(|before| days < before) => {
            return Some(format!("mail older than {days} days is deleted from the server"));
        }
        _ => {}
    }
    (new.with_local && !old.with_local).then(|| "mail that is deleted here is deleted from the server too".to_owned())
}

struct Keeping {
    leaves: bool,
    days: Option<u32>,
    with_local: bool,
}

impl Keeping {
    /// A client that can't say when it deletes keeps what it leaves.
    fn of(model: &Model) -> Option<Keeping> {
        let got = |setting| model.get(&setting).map(|seen| &seen.got);
        let Some(Got::Is(Value::Bool(leaves))) = got(Setting::LeaveOnServer) else { return None };
        Some(Keeping {
            leaves: *leaves,
            days: match got(Setting::DeleteAfterDays) {
                Some(Got::Is(Value::Days(days))) => *days,
                _ => None,
            },
            with_local: matches!(got(Setting::DeleteWhenDeletedLocally), Some(Got::Is(Value::Bool(true)))),
        })
    }
}
