//! How a slot is made.

use crate::breaker::Breaker;
use crate::contract::{Baseline, Contract};
use crate::engine::Engine;
use crate::fault::{Fault, FaultKind};
use crate::kernel::Kernel;
use crate::limits::{Budget, Limits, SLOT_DEADLINE};
use crate::pool::Pool;
use crate::route::Route;
use crate::slot::Slot;
use crate::stats::Counters;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// How long a call waits for an instance where nothing else is said.
const MAX_WAIT: Duration = Duration::from_secs(1);

/// How long a change waits for the calls of the version that goes, where nothing else is said.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(60);

/// Makes a [`Slot`]; begun by [`Engine::slot`].
pub struct SlotBuilder<C: Contract> {
    engine: Engine,
    name: String,
    baseline: Option<Arc<C::Native>>,
    kernel: Option<Kernel>,
    instances: usize,
    max_wait: Duration,
    drain_timeout: Duration,
    limits: Limits,
    breaker: Option<Breaker>,
}

impl Engine {
    /// Begins a slot for a contract, named for stats and faults.
    ///
    /// ```
    /// # fn main() -> Result<(), tenon_host::Fault> {
    /// use tenon_host::{Config, Engine, contracts::scalar};
    ///
    /// let engine = Engine::new(&Config::default())?;
    /// let kernel = engine.load_file("../../host-go/internal/fixture/scalar/scalar.wasm")?;
    /// let slot = engine.slot::<scalar::Contract>("sums").kernel(&kernel).build()?;
    /// assert_eq!(slot.call(|k| k.add(40, 2))?, 42);
    /// # Ok(())
    /// # }
    /// ```
    pub fn slot<C: Contract>(&self, name: impl Into<String>) -> SlotBuilder<C> {
        SlotBuilder::new(self.clone(), name.into())
    }
}

impl<C: Contract> SlotBuilder<C> {
    fn new(engine: Engine, name: String) -> SlotBuilder<C> {
        let instances = thread::available_parallelism().map_or(1, usize::from);
        SlotBuilder {
            engine,
            name,
            baseline: None,
            kernel: None,
            instances,
            max_wait: MAX_WAIT,
            drain_timeout: DRAIN_TIMEOUT,
            limits: Limits::of(Some(SLOT_DEADLINE)),
            breaker: Some(Breaker::default()),
        }
    }

    /// The implementation that answers where no kernel does: without a kernel, and after a kernel's fault.
    pub fn baseline<N>(mut self, native: N) -> SlotBuilder<C>
    where
        C: Baseline<N>,
    {
        self.baseline = Some(C::share(native));
        self
    }

    /// The first version; without it the baseline alone answers.
    pub fn kernel(mut self, kernel: &Kernel) -> SlotBuilder<C> {
        self.kernel = Some(kernel.clone());
        self
    }

    /// How many instances of a version there are, and so how many calls run at a time; by default one a processor.
    pub fn instances(mut self, instances: usize) -> SlotBuilder<C> {
        self.instances = instances.max(1);
        self
    }

    /// How long a call waits when all instances are busy; by default a second. After that the baseline answers, or the
    /// call ends with a fault of kind `overloaded`.
    pub fn max_wait(mut self, max_wait: Duration) -> SlotBuilder<C> {
        self.max_wait = max_wait;
        self
    }

    /// How long a swap, a staging and a close wait for the calls and pins of the version that goes; by default a minute. After that
    /// the change is done all the same, and what is in a call goes when the call ends. See [`Slot::swap`].
    ///
    /// ```
    /// # fn main() -> Result<(), tenon_host::Fault> {
    /// # use tenon_host::{Config, Engine, contracts::scalar};
    /// # let engine = Engine::new(&Config::default())?;
    /// # let mut bytes = std::fs::read("../../host-go/internal/fixture/scalar/scalar.wasm").expect("there");
    /// # let v1 = engine.load(&bytes)?;
    /// # bytes.extend_from_slice(&[0, 3, 1, b'v', b'2']);
    /// # let v2 = engine.load(&bytes)?;
    /// use std::time::Duration;
    ///
    /// let slot = engine.slot::<scalar::Contract>("sums").kernel(&v1).instances(2);
    /// let slot = slot.drain_timeout(Duration::from_millis(20)).build()?;
    /// let pin = slot.pin()?;
    /// slot.swap(&v2)?;
    /// assert_eq!(slot.kernel().expect("in force").digest(), v2.digest());
    /// assert_eq!(pin.add(40, 2)?, 42);   // on v1, which drains
    /// # Ok(())
    /// # }
    /// ```
    pub fn drain_timeout(mut self, drain_timeout: Duration) -> SlotBuilder<C> {
        self.drain_timeout = drain_timeout;
        self
    }

    /// How long one function of a kernel may run, its destructors and host functions included; by default two seconds, `None` sets no
    /// limit. After that the kernel is stopped within a few milliseconds, by a fault of kind `deadline`.
    pub fn deadline(mut self, deadline: Option<Duration>) -> SlotBuilder<C> {
        self.limits = Limits {
            fuel: self.limits.fuel,
            ..Limits::of(deadline)
        };
        self
    }

    /// What one function of a kernel may spend, in the units of [`Fuel`](crate::Fuel); by default there is no budget. More is a fault
    /// of kind `fuel`, at the same place on every run. The engine must be made with [`Config::fuel`](crate::Config::fuel).
    pub fn fuel(mut self, units: u64) -> SlotBuilder<C> {
        self.limits.fuel = Budget::EachCall(units);
        self
    }

    /// When a failing version is turned off; `None` is for no breaker: a version serves, whatever it does. Without this there is
    /// [`Breaker::default`].
    pub fn breaker(mut self, breaker: impl Into<Option<Breaker>>) -> SlotBuilder<C> {
        self.breaker = breaker.into();
        self
    }

    /// Checks the kernel against the contract, makes and warms its instances.
    pub fn build(self) -> Result<Slot<C>, Fault> {
        if self.baseline.is_none() && self.kernel.is_none() {
            return Err(Fault::new(
                FaultKind::Policy,
                "there is neither a baseline nor a kernel",
            )
            .with_help("give the builder at least one of them")
            .in_slot(&self.name));
        }
        self.limits
            .check(self.engine.config().fuel)
            .and_then(|()| self.breaker.as_ref().map_or(Ok(()), Breaker::check))
            .map_err(|fault| fault.in_slot(&self.name))?;
        let breaker = self.breaker.filter(|_| self.baseline.is_some());
        let slot = Slot {
            name: self.name,
            engine: self.engine,
            baseline: self.baseline,
            route: Route::new(breaker),
            pools: [0, 1].map(|side| Pool::new(side, self.instances)),
            max_wait: self.max_wait,
            drain_timeout: self.drain_timeout,
            limits: self.limits,
            turn: Mutex::new(()),
            counters: Counters::default(),
        };
        if let Some(kernel) = &self.kernel {
            slot.put(0, Some(kernel))
                .map_err(|fault| fault.in_slot(&slot.name))?;
        }
        Ok(slot)
    }
}
