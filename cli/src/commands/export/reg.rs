//! `waxseal export reg`: registry text for Windows. It is about whoever imports it, so that it holds one user's registry and no more.

use std::collections::BTreeSet;
use std::io::{self, IsTerminal};

use waxseal::export::{Part, as_read, changed, reg};
use waxseal::formats::reg::bytes;

use super::{put, taken};
use crate::args::Export;
use crate::exit::{DONE, PARTLY, Stop};
use crate::{policy, say};

/// Exports.
pub(super) fn run(args: &Export) -> Result<u8, Stop> {
    let policy = policy::on_top(&args.rules, &args.accounts)?;
    let changes = !policy.rules.is_empty();
    let (parts, whole) = taken(args, &policy, |system, profile, plan, accounts| {
        let parts = if changes { changed(plan) } else { as_read(system, profile) };
        let name = |part: &Part| accounts.iter().find(|account| account.id == part.id).map(|account| account.name.clone());
        parts.into_iter().filter_map(|part| Some((name(&part)?, part))).collect()
    })?;
    let registries: BTreeSet<String> =
        parts.iter().flat_map(|(_, part)| &part.values).map(|moved| moved.store.to_string()).collect();
    if registries.len() > 1 {
        let all: Vec<String> = registries.into_iter().collect();
        return Err(Stop::usage(
            format!("registry text is for one user, and these are several: {}", all.join(", ")),
            "export them one by one, with --home",
        ));
    }
    let registry = reg(parts.iter().map(|(_, part)| part));
    let export = registry.export;
    let name = |id: &str| parts.iter().find(|(_, part)| part.id == id).map_or(id, |(name, _)| name).to_owned();
    export.left.iter().for_each(|(id, what)| say::note(&format!("{}: {what}", name(id))));
    if export.accounts == 0 {
        return Err(Stop::usage("there is no account in the registry", "waxseal list shows which accounts there are"));
    }
    if registries.is_empty() {
        say::note("nothing to change");
        return Ok(if whole && export.left.is_empty() { DONE } else { PARTLY });
    }
    match &args.out {
        Some(path) => {
            put(&bytes(&export.text), Some(path))?;
            if changes {
                let undo = path.with_extension("undo.reg");
                put(&bytes(&registry.undo), Some(&undo))?;
                say::note(&format!("{} takes it back", undo.display()));
            }
        }
        None if io::stdout().is_terminal() => put(export.text.as_bytes(), None)?,
        None => put(&bytes(&export.text), None)?,
    }
    Ok(if whole && export.left.is_empty() { DONE } else { PARTLY })
}
