//! A named place in a service where a contract is served: by a kernel, with the baseline behind it.

use crate::contract::{Baseline, Contract};
use crate::engine::Engine;
use crate::fault::{Fault, FaultKind};
use crate::kernel::Kernel;
use crate::limits::{Budget, CallOptions, Cancel, Limits, SLOT_DEADLINE};
use crate::pinned::Pinned;
use crate::pool::{Mode, Pool, Unavailable};
use crate::stats::{Counters, Stats, count};
use crate::version::Version;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// How long a call waits for an instance where nothing else is said.
const MAX_WAIT: Duration = Duration::from_secs(1);

/// Makes a [`Slot`]; begun by [`Engine::slot`].
pub struct SlotBuilder<C: Contract> {
    engine: Engine,
    name: String,
    baseline: Option<Arc<C::Native>>,
    kernel: Option<Kernel>,
    instances: usize,
    max_wait: Duration,
    limits: Limits,
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
            limits: Limits::of(Some(SLOT_DEADLINE)),
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
            .map_err(|fault| fault.in_slot(&self.name))?;
        let slot = Slot {
            name: self.name,
            engine: self.engine,
            baseline: self.baseline,
            pool: Pool::new(self.instances),
            max_wait: self.max_wait,
            limits: self.limits,
            turn: Mutex::new(()),
            counters: Counters::default(),
        };
        if let Some(kernel) = &self.kernel {
            slot.put_in_force(Some(kernel))?;
        }
        Ok(slot)
    }
}

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
    name: String,
    engine: Engine,
    baseline: Option<Arc<C::Native>>,
    pool: Arc<Pool<C>>,
    max_wait: Duration,
    /// What bounds calls where they say nothing else.
    limits: Limits,
    /// Held by whoever swaps or closes.
    turn: Mutex<()>,
    counters: Counters,
}

impl<C: Contract> Slot<C> {
    /// Runs `work` on one instance of the version in force, or on the baseline.
    ///
    /// All that `work` calls runs on the same version. When the kernel faults, the same `work` runs once more on the
    /// baseline, so it must be able to run twice; what a caller sees then is the baseline's answer. The kernel has left no
    /// traces of the first run, unless it was granted functions of the host: the fault of such a kernel is the caller's,
    /// and nothing runs twice.
    ///
    /// Resources that `work` makes end with it; [`pin`](Slot::pin) keeps some for longer. `work` must not call, swap or close the same slot: with one instance it would wait for itself.
    #[inline]
    pub fn call<T>(&self, work: impl FnMut(&C::Api) -> Result<T, Fault>) -> Result<T, Fault> {
        self.run(None, work)
    }

    /// As [`call`](Slot::call), with limits of its own and a way to stop it; see [`CallOptions`], [`Cancel`] and
    /// [`Fuel`](crate::Fuel) for examples.
    ///
    /// The baseline answers after a deadline or a spent budget as it does after any fault, but not for a caller who gave up. A
    /// budget of fuel is a fault of kind `policy` where the engine does not count fuel.
    pub fn call_with<T>(
        &self,
        options: &CallOptions,
        work: impl FnMut(&C::Api) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let limits = self.limits.with(options);
        limits
            .check(self.engine.config().fuel)
            .map_err(|fault| fault.in_slot(&self.name))?;
        self.run(Some(&limits), work)
    }

    #[inline]
    fn run<T>(
        &self,
        limits: Option<&Limits>,
        mut work: impl FnMut(&C::Api) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let cancel = limits.and_then(|limits| limits.cancel.as_ref());
        if cancel.is_some_and(Cancel::is_canceled) {
            return self.fall_back(Cancel::fault(), false, work);
        }
        let word = self.pool.word();
        if word.mode() != Mode::Kernel {
            return self.answer_without_kernel(word.mode(), work);
        }
        let lease = match self.pool.checkout(word) {
            Some(lease) => lease,
            None => match self
                .pool
                .wait(self.engine.refiller(), self.max_wait, cancel)
            {
                Ok(lease) => lease,
                Err(Unavailable::NoKernel) => {
                    return self.answer_without_kernel(self.pool.word().mode(), work);
                }
                Err(Unavailable::Full) => return self.fall_back(self.full(), true, work),
                Err(Unavailable::Canceled) => return self.fall_back(Cancel::fault(), false, work),
            },
        };
        // A lease without an instance does not leave the pool; this spares the hot path a panic.
        let result = match (lease.guest(), limits) {
            (Some(guest), None) => work(C::guest(guest)),
            (Some(guest), Some(limits)) => {
                guest.set_limits(limits.clone());
                let result = work(C::guest(guest));
                guest.set_limits(self.limits.clone());
                result
            }
            (None, _) => Err(Fault::new(
                FaultKind::Internal,
                "a lease without an instance",
            )),
        };
        let again = result.is_ok() || lease.guest().is_none_or(|it| it.kernel().is_pure());
        self.pool
            .give_back(lease, result.is_ok(), self.engine.refiller());
        match result {
            Ok(answer) => Ok(answer),
            Err(fault) => {
                let again = again && fault.kind() != FaultKind::Canceled;
                self.fall_back(fault, again, work)
            }
        }
    }

    #[cold]
    fn answer_without_kernel<T>(
        &self,
        mode: Mode,
        mut work: impl FnMut(&C::Api) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let result = match &self.baseline {
            Some(native) if mode != Mode::Closed => work(C::native(native)),
            _ => Err(self.closed()),
        };
        count(if result.is_ok() {
            &self.counters.baseline
        } else {
            &self.counters.failed
        });
        result
    }

    /// What the baseline answers to a call that the kernel did not, if the same may be asked `again`: the caller sees only that.
    #[cold]
    fn fall_back<T>(
        &self,
        fault: Fault,
        again: bool,
        mut work: impl FnMut(&C::Api) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.counters.fault(fault.kind());
        let Some(native) = self.baseline.as_ref().filter(|_| again) else {
            count(&self.counters.failed);
            return Err(fault.in_slot(&self.name));
        };
        let result = work(C::native(native));
        count(if result.is_ok() {
            &self.counters.baseline
        } else {
            &self.counters.failed
        });
        // Where both failed, the input is to blame rather than the version; a full pool is nobody's fault.
        if result.is_ok() && fault.kind() != FaultKind::Overloaded {
            count(&self.counters.attributed);
        }
        result
    }

    /// One instance of the version in force for as long as the guard lives, or the baseline: for resources that outlive a
    /// call, and for several that have to meet in one.
    ///
    /// ```
    /// # fn main() -> Result<(), tenon_host::Fault> {
    /// # use tenon_host::{Config, Engine, contracts::scalar};
    /// # let engine = Engine::new(&Config::default())?;
    /// # let kernel = engine.load_file("../../host-go/internal/fixture/scalar/scalar.wasm")?;
    /// let slot = engine.slot::<scalar::Contract>("sums").kernel(&kernel).build()?;
    /// let pin = slot.pin()?;
    /// assert_eq!(pin.add(40, 2)?, 42);
    /// assert_eq!(pin.add(1, 2)?, 3);     // on the same instance
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// A pin counts against the slot's instances: other calls do without it. A swap and a close wait for it as they wait
    /// for calls, so neither may be asked for by the thread that holds it, and both wait for ever for one that is
    /// forgotten by `mem::forget`. There is no falling back within a pin: a fault is the caller's, and ends the instance
    /// with all that lives in it. Where the pool is full, the baseline is pinned, or the fault is `overloaded`.
    pub fn pin(&self) -> Result<Pinned<'_, C>, Fault> {
        let word = self.pool.word();
        let (refiller, counters) = (self.engine.refiller(), &self.counters);
        let lease = match word.mode() {
            Mode::Kernel => match self.pool.checkout(word) {
                Some(lease) => Ok(lease),
                None => self.pool.wait(refiller, self.max_wait, None),
            },
            _ => Err(Unavailable::NoKernel),
        };
        let fault = match lease {
            Ok(lease) => return Ok(Pinned::kernel(lease, &self.pool, refiller, counters)),
            Err(Unavailable::Full) => {
                counters.fault(FaultKind::Overloaded);
                self.full().in_slot(&self.name)
            }
            Err(Unavailable::NoKernel | Unavailable::Canceled) => self.closed(),
        };
        match &self.baseline {
            Some(native) if self.pool.word().mode() != Mode::Closed => {
                Ok(Pinned::baseline(native.as_ref(), counters))
            }
            _ => {
                count(&counters.failed);
                Err(fault)
            }
        }
    }

    fn full(&self) -> Fault {
        let instances = self.pool.size();
        Fault::new(
            FaultKind::Overloaded,
            format!(
                "all {instances} instances were busy for {:?}",
                self.max_wait
            ),
        )
        .with_help("give the slot more instances, or a longer max_wait")
    }

    fn closed(&self) -> Fault {
        Fault::new(FaultKind::Closed, "the slot is closed")
            .with_help("build another one")
            .in_slot(&self.name)
    }

    /// Puts another version in force: checks its contract, makes and warms its instances, flips, lets the calls of the
    /// old version finish, and drops its instances. `None` leaves the baseline alone in force.
    ///
    /// Calls go on all the while; on a fault the old version stays in force. Swapping to the version in force does
    /// nothing.
    ///
    /// ```
    /// # fn main() -> Result<(), tenon_host::Fault> {
    /// # use tenon_host::{Config, Engine, contracts::scalar};
    /// # let engine = Engine::new(&Config::default())?;
    /// # let (v1, v2) = {
    /// #     let kernel = engine.load_file("../../host-go/internal/fixture/scalar/scalar.wasm")?;
    /// #     (kernel.clone(), kernel)
    /// # };
    /// let slot = engine.slot::<scalar::Contract>("sums").kernel(&v1).build()?;
    /// slot.swap(&v2)?;
    /// assert_eq!(slot.kernel().expect("in force").digest(), v2.digest());
    /// # Ok(())
    /// # }
    /// ```
    pub fn swap<'k>(&self, kernel: impl Into<Option<&'k Kernel>>) -> Result<(), Fault> {
        let kernel = kernel.into();
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        if self.pool.word().mode() == Mode::Closed {
            return Err(self.closed());
        }
        let same = match (&self.kernel(), kernel) {
            (None, None) => true,
            (Some(old), Some(new)) => old.is_same(new),
            _ => false,
        };
        if same {
            return Ok(());
        }
        if kernel.is_none() && self.baseline.is_none() {
            return Err(
                Fault::new(FaultKind::Policy, "there is no baseline to swap to")
                    .with_help("swap to a kernel, or close the slot")
                    .in_slot(&self.name),
            );
        }
        self.put_in_force(kernel)?;
        count(&self.counters.swaps);
        Ok(())
    }

    /// All that can fail or take long comes before the flip.
    fn put_in_force(&self, kernel: Option<&Kernel>) -> Result<(), Fault> {
        let Some(kernel) = kernel else {
            self.pool.flip(Mode::Baseline, None, Vec::new());
            return Ok(());
        };
        let built = Version::new(kernel, self.limits.clone()).and_then(|version| {
            let guests = version.build_many(self.pool.size())?;
            Ok((version, guests))
        });
        let (version, guests) = built.map_err(|fault| fault.in_slot(&self.name))?;
        self.pool
            .flip(Mode::Kernel, Some(Arc::new(version)), guests);
        Ok(())
    }

    /// Ends the slot: running calls finish, later ones end with a fault of kind `closed`. Closing twice is fine.
    pub fn close(&self) {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        self.pool.flip(Mode::Closed, None, Vec::new());
    }

    /// The version in force; `None` where the baseline alone answers.
    pub fn kernel(&self) -> Option<Kernel> {
        self.pool.version().map(|version| version.kernel().clone())
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
        stats.kernel = self.pool.answers();
        stats.replaced = self.pool.replaced();
        stats.leaked = self.pool.leaked();
        stats.instances = self.pool.size();
        stats
    }
}

impl<C: Contract> Drop for Slot<C> {
    fn drop(&mut self) {
        self.close();
    }
}

impl<C: Contract> fmt::Debug for Slot<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Slot({}: {:?})", self.name, self.kernel())
    }
}
