//! Inherited values that no rule wanted changed: where what an account inherits from changes, its old values are written
//! into its own section, as they stood. Knows no client.

use std::collections::BTreeSet;

use crate::document::Edit;
use crate::lens::{self, Row, Scope, Standing};
use crate::model::{Model, rows};
use crate::setting::Setting;
use crate::workspace::Workspace;

/// Pins what accounts inherited; which settings of which. A setting is `free` if no rule wants it of this account.
pub(super) fn pin(
    workspace: &mut Workspace<'_>,
    scopes: &[Scope],
    before: &[Model],
    free: impl Fn(usize, Setting) -> bool,
) -> BTreeSet<(usize, Setting)> {
    let mut pinned = BTreeSet::new();
    for (at, scope) in scopes.iter().enumerate().filter(|(_, scope)| scope.layers.len() > 1) {
        let rows: Vec<&Row> = rows(workspace, scope).filter(|row| free(at, row.setting)).collect();
        let moved = |workspace: &Workspace<'_>, row: &Row| {
            lens::main_places(row, scope, workspace).any(|place| workspace.moved(&place).is_some())
        };
        let untouched: Vec<&Row> = rows.iter().copied().filter(|row| !moved(workspace, row)).collect();
        for row in &rows {
            if as_it_stood(workspace, scope, row) {
                pinned.insert((at, row.setting));
            }
        }
        // What still reads differently was nowhere before, and can't be written as it stood.
        for row in untouched {
            let Some(value) = before.get(at).and_then(|model| model.get(&row.setting)?.got.value()) else { continue };
            if lens::get(row, scope, workspace).got.value() == Some(value) {
                continue;
            }
            for (place, edit) in lens::put(row, scope, workspace, value, true).unwrap_or_default() {
                pinned.insert((at, row.setting));
                workspace.draft(place, edit);
            }
        }
    }
    pinned
}

/// Writes out what a row's keys amounted to, each that amounts to something else now and is not edited itself.
fn as_it_stood(workspace: &mut Workspace<'_>, scope: &Scope, row: &Row) -> bool {
    let stood = workspace.originally(|workspace| lens::standing(row, scope, workspace));
    let stands = lens::standing(row, scope, workspace);
    let mut any = false;
    for (was, is) in stood.into_iter().zip(stands) {
        let (Some(was), Some(is)) = (was, is) else { continue };
        let Standing { place, raw: Some(raw), .. } = &was else { continue };
        if !was.amounts_to(&is) && workspace.moved(place).is_none() {
            workspace.draft(place.clone(), Edit::Put(raw.clone()));
            any = true;
        }
    }
    any
}
