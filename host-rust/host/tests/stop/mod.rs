//! The end of the threads of a test.

use std::sync::atomic::{AtomicBool, Ordering};

/// Ends the threads that look at it, also where their test has failed: a scope waits for them.
pub(crate) struct Stop<'a>(pub(crate) &'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
