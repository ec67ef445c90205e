//! Calls through a slot: to the version that its route says, or to the baseline, or first to the one and then to the other.

use crate::contract::Contract;
use crate::events;
use crate::fault::{Fault, FaultKind};
use crate::key::Key;
use crate::limits::{CallOptions, Cancel, Limits};
use crate::pinned::Pinned;
use crate::pool::{Lease, Pool, Unavailable};
use crate::route::{Mode, To, Trial, Word};
use crate::slot::Slot;
use crate::stats::{Tally, count};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// A call that a kernel has not answered.
struct Failed {
    fault: Fault,
    /// Whether the same may be asked again.
    again: bool,
    /// Who is to blame if the baseline answers.
    version: Option<(Word, Option<Arc<Tally>>)>,
}

impl Failed {
    /// Before it reached a version.
    fn early(fault: Fault, again: bool) -> Failed {
        Failed {
            fault,
            again,
            version: None,
        }
    }
}

impl<C: Contract> Slot<C> {
    /// Runs `work` on one instance of the version in force, or on the baseline.
    ///
    /// All that `work` calls runs on the same version. When the kernel faults, the same `work` runs once more on the
    /// baseline, so it must be able to run twice; what a caller sees then is the baseline's answer. The kernel has left no
    /// traces of the first run, unless it was granted functions of the host: the fault of such a kernel is the caller's,
    /// and nothing runs twice.
    ///
    /// Resources that `work` makes end with it; [`pin`](Slot::pin) keeps some for longer. `work` had better not call the same slot, for
    /// with one instance it would wait for itself, nor change or close it, which would wait for this very call until
    /// [`SlotBuilder::drain_timeout`](crate::SlotBuilder::drain_timeout) is over.
    #[inline]
    pub fn call<T>(&self, work: impl FnMut(&C::Api) -> Result<T, Fault>) -> Result<T, Fault> {
        self.run(None, None, work)
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
        self.run(Some(&limits), options.key, work)
    }

    #[inline]
    fn run<T>(
        &self,
        limits: Option<&Limits>,
        key: Option<Key>,
        mut work: impl FnMut(&C::Api) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        if limits.is_some_and(Limits::is_canceled) {
            return self.fall_back(Failed::early(Cancel::fault(), false), None, work);
        }
        let word = self.route.word();
        if word.mode() == Mode::Kernel {
            let pool = &self.pools[word.side()];
            if let Some(lease) = pool.checkout(word) {
                return match self.ask(pool, lease, limits, &mut work) {
                    Ok(answer) => Ok(answer),
                    Err(failed) => self.fall_back(failed, None, work),
                };
            }
        }
        self.detour(limits, key, work)
    }

    /// What one instance answers.
    #[inline]
    fn ask<T>(
        &self,
        pool: &Pool<C>,
        lease: Lease<'_, C>,
        limits: Option<&Limits>,
        work: &mut impl FnMut(&C::Api) -> Result<T, Fault>,
    ) -> Result<T, Failed> {
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
        let result = result.map_err(|fault| Failed::of(fault, &lease));
        pool.give_back(lease, result.is_ok(), self.engine.refiller());
        result
    }

    /// A call that is out of the ordinary: no instance was there at once, or the route says more than one word.
    #[cold]
    fn detour<T>(
        &self,
        limits: Option<&Limits>,
        key: Option<Key>,
        mut work: impl FnMut(&C::Api) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let cancel = limits.and_then(|limits| limits.cancel.as_ref());
        loop {
            let (side, trial) = match self.direct(key, true) {
                To::Side(side, trial) => (side, trial),
                To::Baseline => return self.answer_without_kernel(work),
                To::Closed => {
                    count(&self.counters.failed);
                    return Err(self.closed());
                }
            };
            let pool = &self.pools[side];
            let lease = match pool.take(self.engine.refiller(), self.max_wait, cancel) {
                Ok(lease) => lease,
                Err(Unavailable::NoKernel) => continue, // it has just gone
                Err(Unavailable::Full) => {
                    return self.fall_back(Failed::early(self.full(), true), trial, work);
                }
                Err(Unavailable::Canceled) => {
                    return self.fall_back(Failed::early(Cancel::fault(), false), trial, work);
                }
            };
            let word = lease.word();
            return match self.ask(pool, lease, limits, &mut work) {
                Ok(answer) => {
                    if trial.is_some() && self.route.passed(word) {
                        self.recovered(side);
                    }
                    Ok(answer)
                }
                Err(failed) => self.fall_back(failed, trial, work),
            };
        }
    }

    /// Where a call goes.
    fn direct(&self, key: Option<Key>, may_try: bool) -> To<'_> {
        self.route.direct(key, may_try, |side| {
            self.pools[side].word().mode() == Mode::Kernel
        })
    }

    #[cold]
    fn answer_without_kernel<T>(
        &self,
        mut work: impl FnMut(&C::Api) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let result = match &self.baseline {
            Some(native) => work(C::native(native)),
            None => Err(self.closed()),
        };
        self.counters.answered(&result);
        result
    }

    /// What the baseline answers to a call that the kernel did not, if the same may be asked again: the caller sees only that.
    /// A baseline that panics here has not brought the caller down without the kernel's fault, so that is what the caller gets.
    #[cold]
    fn fall_back<T>(
        &self,
        failed: Failed,
        trial: Option<Trial<'_>>,
        mut work: impl FnMut(&C::Api) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let Failed {
            fault,
            again,
            version,
        } = failed;
        if !fault.is_refusal() {
            self.counters.fault(fault.kind());
        }
        let Some(native) = self.baseline.as_ref().filter(|_| again) else {
            count(&self.counters.failed);
            return Err(fault.in_slot(&self.name));
        };
        count(&self.counters.fallbacks);
        // What `work` leaves half done is the caller's, as after a fault.
        let caught = catch_unwind(AssertUnwindSafe(|| work(C::native(native))));
        let result = caught.unwrap_or_else(|panic| {
            let panic = said(panic.as_ref());
            if let Some(times) = self.counters.panic() {
                events::baseline_panicked(&self.name, fault.export(), panic, times);
            }
            let why = format!("the baseline panicked, too: {panic}");
            Err(fault.and(&why).in_slot(&self.name))
        });
        self.counters.answered(&result);
        // Where both failed, the input is to blame rather than the version; a full pool is nobody's fault.
        if let (Ok(_), Some((word, tally))) = (&result, version) {
            count(&self.counters.attributed);
            if let Some(tally) = tally {
                count(&tally.blamed);
            }
            let kernel = self.on(word.side());
            if let (Some(tripped), Some(kernel)) = (self.route.blame(word, trial.is_some()), kernel)
            {
                events::tripped(&self.name, &kernel, tripped);
            }
        }
        result
    }

    #[cold]
    fn recovered(&self, side: usize) {
        if let Some(kernel) = self.on(side) {
            events::recovered(&self.name, &kernel);
        }
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
    /// A pin counts against the slot's instances, whichever version serves by now: other calls do without it. A swap and a close wait
    /// for it as they wait for calls, up to [`SlotBuilder::drain_timeout`](crate::SlotBuilder::drain_timeout); the thread that holds
    /// the pin would wait for itself so long. The pin stays on its version, which goes when the pin is dropped; one that is forgotten
    /// by `mem::forget` keeps its instance until the slot is dropped. There is no falling back within a pin: a fault is the caller's,
    /// and ends the instance with all that lives in it. Where the pool is full, the baseline is pinned, or the fault is `overloaded`.
    pub fn pin(&self) -> Result<Pinned<'_, C>, Fault> {
        let (refiller, counters) = (self.engine.refiller(), &self.counters);
        let lease = loop {
            // A pin is never a trial: it may last.
            let To::Side(side, _) = self.direct(None, false) else {
                break Err(Unavailable::NoKernel);
            };
            let pool = &self.pools[side];
            match pool.take(refiller, self.max_wait, None) {
                Err(Unavailable::NoKernel) => {} // it has just gone
                lease => break lease.map(|lease| (lease, pool)),
            }
        };
        let fault = match lease {
            Ok((lease, pool)) => return Ok(Pinned::kernel(lease, pool, refiller, counters)),
            Err(Unavailable::Full) => {
                counters.fault(FaultKind::Overloaded);
                self.full().in_slot(&self.name)
            }
            Err(Unavailable::NoKernel | Unavailable::Canceled) => self.closed(),
        };
        match &self.baseline {
            Some(native) if self.route.word().mode() != Mode::Closed => {
                Ok(Pinned::baseline(native.as_ref(), counters))
            }
            _ => {
                count(&counters.failed);
                Err(fault)
            }
        }
    }

    fn full(&self) -> Fault {
        let instances = self.pools[0].size();
        Fault::new(
            FaultKind::Overloaded,
            format!(
                "all {instances} instances were busy for {:?}",
                self.max_wait
            ),
        )
        .with_help("give the slot more instances, or a longer max_wait")
    }

    pub(crate) fn closed(&self) -> Fault {
        Fault::new(FaultKind::Closed, "the slot is closed")
            .with_help("build another one")
            .in_slot(&self.name)
    }
}

impl Failed {
    #[cold]
    fn of<C: Contract>(fault: Fault, lease: &Lease<'_, C>) -> Failed {
        let guest = lease.guest();
        let pure = guest.is_none_or(|guest| guest.kernel().is_pure());
        Failed {
            again: pure && fault.kind() != FaultKind::Canceled && !fault.is_refusal(),
            version: guest.map(|guest| (lease.word(), guest.tally().cloned())),
            fault,
        }
    }
}

/// What a panic says.
fn said(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("it does not say why")
}
