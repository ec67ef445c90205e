//! What a slot counts.

use crate::fault::FaultKind;
use std::sync::atomic::{AtomicU64, Ordering};

/// What a slot has counted since it was built. The numbers are read one by one while calls run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Calls that a kernel answered.
    pub kernel: u64,
    /// Calls that the baseline answered, fallbacks included.
    pub baseline: u64,
    /// Faults of kernels, by kind, in the order of [`FaultKind::ALL`].
    pub faults: [u64; FaultKind::ALL.len()],
    /// Faults after which the baseline answered the same call: those that speak against the version.
    pub attributed: u64,
    /// Calls that ended with a fault for the caller.
    pub failed: u64,
    /// Swaps to another version.
    pub swaps: u64,
    /// Instances that took the place of lost ones.
    pub replaced: u64,
    /// Resources that were forgotten instead of dropped, and ended with their instance.
    pub leaked: u64,
    /// Instances that a version has.
    pub instances: usize,
}

impl Stats {
    /// Faults of a kind.
    ///
    /// ```
    /// use tenon_host::{FaultKind, Stats};
    ///
    /// assert_eq!(Stats::default().faults(FaultKind::Trap), 0);
    /// ```
    pub fn faults(&self, kind: FaultKind) -> u64 {
        FaultKind::ALL
            .iter()
            .position(|other| *other == kind)
            .map_or(0, |index| self.faults[index])
    }
}

/// The counters behind [`Stats`], but for those of the pool.
#[derive(Default)]
pub(crate) struct Counters {
    pub(crate) baseline: AtomicU64,
    pub(crate) attributed: AtomicU64,
    pub(crate) failed: AtomicU64,
    pub(crate) swaps: AtomicU64,
    faults: [AtomicU64; FaultKind::ALL.len()],
}

impl Counters {
    pub(crate) fn fault(&self, kind: FaultKind) {
        if let Some(index) = FaultKind::ALL.iter().position(|other| *other == kind) {
            count(&self.faults[index]);
        }
    }

    pub(crate) fn read(&self) -> Stats {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Stats {
            kernel: 0,
            baseline: get(&self.baseline),
            faults: std::array::from_fn(|index| get(&self.faults[index])),
            attributed: get(&self.attributed),
            failed: get(&self.failed),
            swaps: get(&self.swaps),
            replaced: 0,
            leaked: 0,
            instances: 0,
        }
    }
}

pub(crate) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}
