//! A wish to stop, Ctrl-C or a friendly kill: while stores are written, what is begun is ended first. A second one ends the
//! process at once; recovery takes it from there.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

/// What a shell shows for a process that Ctrl-C has ended.
const ENDED: i32 = 130;

static WISHED: OnceLock<Arc<AtomicBool>> = OnceLock::new();

/// From here on a wish to stop is heeded instead of obeyed at once.
pub(crate) fn heed() {
    let wished = WISHED.get_or_init(Arc::default);
    for signal in [SIGINT, SIGTERM] {
        // Where a signal can't be caught it ends the process, as it always did.
        let _ = flag::register_conditional_shutdown(signal, ENDED, wished.clone());
        let _ = flag::register(signal, wished.clone());
    }
}

/// Whether somebody wishes to stop.
pub(crate) fn is_wished() -> bool {
    WISHED.get().is_some_and(|wished| wished.load(Ordering::Relaxed))
}
