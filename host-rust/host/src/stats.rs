//! What a slot counts, as a whole and for each of its versions.

use crate::fault::{Fault, FaultKind};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

/// What a slot has counted since it was built. The numbers are read one by one while calls run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stats {
    /// Calls that a kernel answered.
    pub kernel: u64,
    /// Calls that the baseline answered, fallbacks included.
    pub baseline: u64,
    /// Calls that the baseline took because a kernel had failed.
    pub fallbacks: u64,
    /// Those of them where the baseline panicked; the call ends with the kernel's fault then.
    pub panics: u64,
    /// Calls whose arguments were refused before a kernel saw them: resources of another instance. They are no faults.
    pub refused: u64,
    /// Faults of kernels, by kind, in the order of [`FaultKind::ALL`].
    pub faults: [u64; FaultKind::ALL.len()],
    /// Faults after which the baseline answered the same call: those that speak against the version.
    pub attributed: u64,
    /// Calls that ended with a fault for the caller.
    pub failed: u64,
    /// Swaps to another version, promotions included.
    pub swaps: u64,
    /// Swaps, stagings and promotions that failed, and left everything as it was.
    pub swap_failures: u64,
    /// How long it took, when all was ready, to put the last swap, promotion or staging in force; calls do not wait for it.
    pub last_flip: Duration,
    /// The share of the keys that goes to the staged version.
    pub share: f64,
    /// How often the breaker turned a version off.
    pub trips: u64,
    /// Whether the version that serves, or the staged one, is turned off now.
    pub tripped: bool,
    /// Instances that took the place of lost ones.
    pub replaced: u64,
    /// Resources that were forgotten instead of dropped, and ended with their instance.
    pub leaked: u64,
    /// Instances that a version has.
    pub instances: usize,
    /// The versions that have instances: the serving one first, then the staged one, then those that drain.
    pub versions: Vec<VersionStats>,
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
        self.faults[place(kind)]
    }
}

/// What one version in a slot has counted since it was put there.
///
/// ```
/// # fn main() -> Result<(), tenon_host::Fault> {
/// use tenon_host::{Config, Engine, VersionState, contracts::scalar};
///
/// let engine = Engine::new(&Config::default())?;
/// let kernel = engine.load_file("../../host-go/internal/fixture/scalar/scalar.wasm")?;
/// let slot = engine.slot::<scalar::Contract>("sums").kernel(&kernel).instances(2).build()?;
/// slot.call(|k| k.add(40, 2))?;
/// let version = &slot.stats().versions[0];
/// assert_eq!((version.kernel.as_str(), version.state, version.answers), ("scalar", VersionState::Serving, 1));
/// assert_eq!((version.instances, version.in_use), (2, 0));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionStats {
    /// The kernel's name.
    pub kernel: String,
    /// The SHA-256 of the component, in hexadecimal.
    pub version: String,
    /// The label that the kernel's metadata give; it may be empty.
    pub label: String,
    /// Whether new calls go to it; it may be turned off all the same.
    pub serving: bool,
    /// What it is in the slot.
    pub state: VersionState,
    /// Calls that it answered.
    pub answers: u64,
    /// Its faults, by kind, in the order of [`FaultKind::ALL`].
    pub faults: [u64; FaultKind::ALL.len()],
    /// Faults after which the baseline answered the same call.
    pub blamed: u64,
    /// Instances that exist.
    pub instances: usize,
    /// Instances that are in a call or pinned.
    pub in_use: usize,
    /// Linear memory of all its instances, in bytes.
    pub memory: usize,
    /// Calls that wait for an instance.
    pub waiting: usize,
    /// Instances that were ended by a fault.
    pub poisoned: u64,
}

/// What a version is in a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VersionState {
    /// New calls go to it.
    Serving,
    /// It is warm, and has no calls but for its share.
    Staged,
    /// The breaker has turned it off.
    Tripped,
    /// Its last calls are ending.
    Draining,
}

impl VersionState {
    /// The word for it, as in JSON of both hosts.
    ///
    /// ```
    /// assert_eq!(tenon_host::VersionState::Staged.as_str(), "staged");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            VersionState::Serving => "serving",
            VersionState::Staged => "staged",
            VersionState::Tripped => "tripped",
            VersionState::Draining => "draining",
        }
    }
}

impl fmt::Display for VersionState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

fn place(kind: FaultKind) -> usize {
    FaultKind::ALL
        .iter()
        .position(|other| *other == kind)
        .unwrap_or_default()
}

type Faults = [AtomicU64; FaultKind::ALL.len()];

fn read(faults: &Faults) -> [u64; FaultKind::ALL.len()] {
    std::array::from_fn(|index| faults[index].load(Ordering::Relaxed))
}

/// The counters behind [`Stats`], but for those of the pools and the route.
#[derive(Default)]
pub(crate) struct Counters {
    pub(crate) baseline: AtomicU64,
    pub(crate) fallbacks: AtomicU64,
    panics: AtomicU64,
    pub(crate) attributed: AtomicU64,
    pub(crate) failed: AtomicU64,
    pub(crate) swaps: AtomicU64,
    pub(crate) swap_failures: AtomicU64,
    /// Counted where the arguments are looked at, by the tallies of all versions.
    refused: Arc<AtomicU64>,
    /// In nanoseconds.
    last_flip: AtomicU64,
    faults: Faults,
}

impl Counters {
    pub(crate) fn fault(&self, kind: FaultKind) {
        count(&self.faults[place(kind)]);
    }

    /// Counts a panic of the baseline; see [`Tally::fault`].
    pub(crate) fn panic(&self) -> Option<u64> {
        thinned(&self.panics)
    }

    /// One call that ended well, or not.
    pub(crate) fn answered<T>(&self, result: &Result<T, Fault>) {
        count(match result {
            Ok(_) => &self.baseline,
            Err(_) => &self.failed,
        });
    }

    /// How long putting a version in force took.
    pub(crate) fn flipped(&self, took: Duration) {
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        self.last_flip.store(nanos, Ordering::Relaxed);
    }

    pub(crate) fn read(&self) -> Stats {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Stats {
            baseline: get(&self.baseline),
            fallbacks: get(&self.fallbacks),
            panics: get(&self.panics),
            refused: get(&self.refused),
            faults: read(&self.faults),
            attributed: get(&self.attributed),
            failed: get(&self.failed),
            swaps: get(&self.swaps),
            swap_failures: get(&self.swap_failures),
            last_flip: Duration::from_nanos(get(&self.last_flip)),
            ..Stats::default()
        }
    }
}

/// The counters of one version in a slot. Its instances have them, and so its faults find them.
#[derive(Default)]
pub(crate) struct Tally {
    /// The slot's name.
    pub(crate) slot: String,
    /// Calls that it answered, but for those that its lanes still count.
    pub(crate) answers: AtomicU64,
    pub(crate) blamed: AtomicU64,
    pub(crate) poisoned: AtomicU64,
    /// The slot's, of all versions.
    pub(crate) refused: Arc<AtomicU64>,
    pub(crate) instances: AtomicUsize,
    pub(crate) memory: Arc<AtomicUsize>,
    faults: Faults,
}

impl Tally {
    /// Nothing yet, in a slot.
    pub(crate) fn new(slot: &str, counters: &Counters) -> Tally {
        Tally {
            slot: slot.to_owned(),
            refused: counters.refused.clone(),
            ..Tally::default()
        }
    }

    /// Counts a fault. Of each kind the first, second, fourth, eighth and so on is one to tell of: how many there were then.
    pub(crate) fn fault(&self, kind: FaultKind) -> Option<u64> {
        thinned(&self.faults[place(kind)])
    }

    pub(crate) fn faults(&self) -> [u64; FaultKind::ALL.len()] {
        read(&self.faults)
    }
}

/// An instance, in its version's count for as long as it exists.
pub(crate) struct Counted(Option<Arc<Tally>>);

impl Counted {
    pub(crate) fn new(tally: Option<Arc<Tally>>) -> Counted {
        if let Some(tally) = &tally {
            tally.instances.fetch_add(1, Ordering::Relaxed);
        }
        Counted(tally)
    }

    pub(crate) fn tally(&self) -> Option<&Arc<Tally>> {
        self.0.as_ref()
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        if let Some(tally) = &self.0 {
            tally.instances.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

fn thinned(counter: &AtomicU64) -> Option<u64> {
    let times = 1 + counter.fetch_add(1, Ordering::Relaxed);
    times.is_power_of_two().then_some(times)
}

pub(crate) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ever_fewer_faults_of_a_kind_are_told() {
        let tally = Tally::default();
        let told: Vec<_> = (0..20)
            .filter_map(|_| tally.fault(FaultKind::Trap))
            .collect();
        assert_eq!(told, [1, 2, 4, 8, 16]);
        assert_eq!(
            tally.fault(FaultKind::Stack),
            Some(1),
            "each kind for itself"
        );
    }
}
