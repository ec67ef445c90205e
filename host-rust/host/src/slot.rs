//! A named place in a service where a contract is served: by a kernel, with the baseline behind it.

use crate::contract::Contract;
use crate::engine::Engine;
use crate::kernel::Kernel;
use crate::limits::Limits;
use crate::pool::Pool;
use crate::route::Route;
use crate::stats::{Counters, Stats, VersionState};
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A named place where a contract is served. Any number of threads may call, swap and close at the same time.
///
/// ```
/// # fn main() -> Result<(), tenon_host::Fault> {
/// use tenon_host::contracts::scalar::{self, Calls};
/// use tenon_host::{Config, Engine, Fault, FaultKind};
///
/// struct Native;
///
/// impl Calls for Native {
///     fn add(&self, a: u32, b: u32) -> Result<u32, Fault> { Ok(a.wrapping_add(b)) }
///     fn sum(&self, values: &[u32]) -> Result<u64, Fault> { Ok(values.iter().map(|value| u64::from(*value)).sum()) }
///     fn echo_bytes(&self, bytes: &[u8]) -> Result<Vec<u8>, Fault> { Ok(bytes.to_vec()) }
///     fn echo_string(&self, text: &str) -> Result<String, Fault> { Ok(text.to_owned()) }
///     fn fail(&self, _: &str) -> Result<(), Fault> { Ok(()) }
/// }
///
/// let engine = Engine::new(&Config::default())?;
/// let kernel = engine.load_file("../../host-go/internal/fixture/scalar/scalar.wasm")?;
/// let slot = engine.slot::<scalar::Contract>("sums").baseline(Native).kernel(&kernel).build()?;
/// assert_eq!(slot.call(|k| k.sum(&[1, 2, 3]))?, 6);
///
/// slot.call(|k| k.fail("this traps"))?;      // the kernel faults, the baseline answers
/// assert_eq!(slot.stats().faults(FaultKind::Trap), 1);
/// # Ok(())
/// # }
/// ```
pub struct Slot<C: Contract> {
    pub(crate) name: String,
    pub(crate) engine: Engine,
    pub(crate) baseline: Option<Arc<C::Native>>,
    pub(crate) route: Route,
    /// Those of the two sides: one serves, the other is staged.
    pub(crate) pools: [Arc<Pool<C>>; 2],
    pub(crate) max_wait: Duration,
    pub(crate) drain_timeout: Duration,
    /// What bounds calls where they say nothing else.
    pub(crate) limits: Limits,
    /// Held by whoever changes what is served.
    pub(crate) turn: Mutex<()>,
    pub(crate) counters: Counters,
}

impl<C: Contract> Slot<C> {
    /// The version in force; `None` where the baseline alone answers.
    pub fn kernel(&self) -> Option<Kernel> {
        self.now(0)
    }

    /// The version that is staged; `None` where none is. See [`stage`](Slot::stage).
    pub fn staged(&self) -> Option<Kernel> {
        self.now(1)
    }

    /// The version that serves, 0, or is staged, 1. What turns between the look at the route and the look at the side, and
    /// changes there, is looked at again.
    fn now(&self, which: usize) -> Option<Kernel> {
        loop {
            let word = self.route.words()[which];
            if let Ok(version) = self.pools[word.side()].version_of(word) {
                return version.map(|version| version.kernel().clone());
            }
        }
    }

    /// The version of a side.
    pub(crate) fn on(&self, side: usize) -> Option<Kernel> {
        let version = self.pools[side].version();
        version.map(|version| version.kernel().clone())
    }

    /// The slot's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The engine it belongs to.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// What has been counted.
    pub fn stats(&self) -> Stats {
        let mut stats = self.counters.read();
        let serving = self.route.serving();
        for side in [serving, 1 - serving] {
            let (pool, tripped) = (&self.pools[side], self.route.is_tripped(side));
            let state = match side == serving {
                _ if tripped => VersionState::Tripped,
                true => VersionState::Serving,
                false => VersionState::Staged,
            };
            stats.kernel += pool.answers();
            stats.replaced += pool.replaced();
            stats.leaked += pool.leaked();
            stats.tripped |= tripped;
            stats.versions.extend(pool.stats(side == serving, state));
        }
        stats
            .versions
            .sort_by_key(|version| version.state == VersionState::Draining);
        stats.instances = self.pools[serving].size();
        stats.trips = self.route.trips();
        stats.share = self.route.share();
        stats
    }
}

impl<C: Contract> fmt::Debug for Slot<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Slot({}: {:?})", self.name, self.kernel())
    }
}
