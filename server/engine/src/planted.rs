//! Which planted bug is active: none, or one of five, for the test that the fuzzer finds them.
//!
//! They stand in the engine and in the server, each a line behind the feature; `docs/fuzzing.md` lists them.

use std::sync::atomic::{AtomicU8, Ordering};

static ACTIVE: AtomicU8 = AtomicU8::new(0);

/// Makes a bug active, before the first command; 0: none.
pub fn activate(bug: u8) {
    ACTIVE.store(bug, Ordering::Relaxed);
}

/// Tells whether a bug is active.
pub fn bug(bug: u8) -> bool {
    ACTIVE.load(Ordering::Relaxed) == bug
}
