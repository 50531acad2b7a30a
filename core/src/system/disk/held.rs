//! The handles of the homes in which something is held. Each is opened once, by whoever comes first, and serves all that is
//! done in that home while it is held: so that it is done in that very folder, and quickly.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::open::Base;

/// By their paths' letters: a home that is spelled in two ways has two handles.
static HELD: Mutex<BTreeMap<OsString, Weak<Base>>> = Mutex::new(BTreeMap::new());

/// The handle of a home that is held.
pub(super) fn base(root: &Path) -> Option<Arc<Base>> {
    HELD.lock().unwrap_or_else(PoisonError::into_inner).get(root.as_os_str()).and_then(Weak::upgrade)
}

/// A home's handle; it is the one that all use until the last who holds it drops it.
pub(crate) fn hold(root: &Path) -> io::Result<Arc<Base>> {
    let base = Base::open(root)?;
    let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
    // Not each time: there can be hundreds.
    if held.len().is_power_of_two() {
        held.retain(|_, base| base.strong_count() > 0);
    }
    held.insert(root.as_os_str().to_owned(), Arc::downgrade(&base));
    Ok(base)
}
