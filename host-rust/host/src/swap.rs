//! Changes of what a slot serves: swaps, and a second version that is staged, gets a share and is promoted.

use crate::contract::Contract;
use crate::events;
use crate::fault::{Fault, FaultKind};
use crate::kernel::Kernel;
use crate::route::{Mode, Word};
use crate::slot::Slot;
use crate::stats::{Tally, count};
use crate::version::Version;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

impl<C: Contract> Slot<C> {
    /// Puts another version in force: checks its contract, makes and warms its instances, flips, lets the calls of the
    /// old version finish, and drops its instances. `None` leaves the baseline alone in force.
    ///
    /// Calls go on all the while; on a fault the old version stays in force. Swapping to the version in force does
    /// nothing. A staged kernel is no longer staged then; another one stays so, with its share. See [`promote`](Slot::promote) for a
    /// way that keeps the old version.
    ///
    /// The calls and pins of the old version are waited for as long as
    /// [`SlotBuilder::drain_timeout`](crate::SlotBuilder::drain_timeout) says. Those that last longer go on; the swap is done all the
    /// same, and other changes wait for none of it. Each keeps its instance, which is one fewer for the new version, until it ends;
    /// [`Stats::versions`](crate::Stats) has the old version as *draining* so long.
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
        self.swap_within(kernel, self.drain_timeout)
    }

    /// As [`swap`](Slot::swap), but waits for the calls of the old version no longer than `patience`; for zero, not at all.
    pub fn swap_within<'k>(
        &self,
        kernel: impl Into<Option<&'k Kernel>>,
        patience: Duration,
    ) -> Result<(), Fault> {
        let retired = self.in_turn(|| self.replace(kernel.into()))?;
        self.drain(retired.as_slice(), patience);
        Ok(())
    }

    /// Gives the word of the version that it retires.
    fn replace(&self, kernel: Option<&Kernel>) -> Result<Option<Word>, Fault> {
        let serving = self.route.serving();
        let old = self.on(serving);
        if is_same(old.as_ref(), kernel) {
            return Ok(None);
        }
        if kernel.is_none() && self.baseline.is_none() {
            return Err(
                Fault::new(FaultKind::Policy, "there is no baseline to swap to")
                    .with_help("swap to a kernel, or close the slot"),
            );
        }
        let retired = if kernel.is_some() && is_same(self.staged().as_ref(), kernel) {
            self.turn();
            self.put(serving, None)?
        } else {
            self.put(serving, kernel)?
        };
        events::swapped(&self.name, kernel, old.as_ref());
        count(&self.counters.swaps);
        Ok(retired)
    }

    /// Whether the slot could serve a kernel: its contract, structurally, in an instance apart from the slot's own. A fault of kind
    /// `contract` tells what differs; others, why there is no instance.
    ///
    /// ```
    /// # fn main() -> Result<(), tenon_host::Fault> {
    /// # use tenon_host::{Config, Engine, FaultKind, contracts::{redact, scalar}};
    /// # let engine = Engine::new(&Config::default())?;
    /// # let scalar_kernel = engine.load_file("../../host-go/internal/fixture/scalar/scalar.wasm")?;
    /// # let redact_kernel = engine.load_file("../../host-go/kernels/redact/redact-1.0.0.wasm")?;
    /// let slot = engine.slot::<scalar::Contract>("sums").kernel(&scalar_kernel).build()?;
    /// assert!(slot.check(&scalar_kernel).is_ok());
    /// assert_eq!(slot.check(&redact_kernel).unwrap_err().kind(), FaultKind::Contract);
    /// # Ok(())
    /// # }
    /// ```
    pub fn check(&self, kernel: &Kernel) -> Result<(), Fault> {
        let version = Version::<C>::new(kernel, self.tally(), self.limits.clone());
        let built = version.and_then(|version| version.build());
        built.map(drop).map_err(|fault| fault.in_slot(&self.name))
    }

    /// Makes a second version ready beside the one that serves: checked, with all of its instances, and no calls.
    /// [`promote`](Slot::promote) has it serve, [`divide`](Slot::divide) gives it some calls before. It takes the place of a
    /// version that was staged before, whose calls and pins are waited for as [`swap`](Slot::swap) waits; it begins without
    /// a share of the calls. `None` stages none.
    ///
    /// Staging the staged version does nothing; one that serves already cannot be staged: a fault of kind `policy`. When it
    /// fails, everything stays as it was. The engine needs room for the instances of both versions, and of a third while one is
    /// exchanged; see [`Config::max_instances`](crate::Config::max_instances).
    ///
    /// ```
    /// # fn main() -> Result<(), tenon_host::Fault> {
    /// # use tenon_host::{Config, Engine, contracts::scalar};
    /// # let engine = Engine::new(&Config::default())?;
    /// # let mut bytes = std::fs::read("../../host-go/internal/fixture/scalar/scalar.wasm").expect("there");
    /// # let blue = engine.load(&bytes)?;
    /// # bytes.extend_from_slice(&[0, 3, 1, b'v', b'2']);
    /// # let green = engine.load(&bytes)?;
    /// let slot = engine.slot::<scalar::Contract>("sums").kernel(&blue).build()?;
    /// slot.stage(&green)?;
    /// assert_eq!(slot.staged().expect("ready").digest(), green.digest());
    /// slot.promote()?;       // green serves, blue is warm
    /// slot.promote()?;       // and serves again
    /// assert_eq!(slot.kernel().expect("in force").digest(), blue.digest());
    /// # Ok(())
    /// # }
    /// ```
    pub fn stage<'k>(&self, kernel: impl Into<Option<&'k Kernel>>) -> Result<(), Fault> {
        self.stage_within(kernel, self.drain_timeout)
    }

    /// As [`stage`](Slot::stage), but waits for the calls of the version that was staged before no longer than `patience`.
    pub fn stage_within<'k>(
        &self,
        kernel: impl Into<Option<&'k Kernel>>,
        patience: Duration,
    ) -> Result<(), Fault> {
        let retired = self.in_turn(|| self.restage(kernel.into()))?;
        self.drain(retired.as_slice(), patience);
        Ok(())
    }

    /// Gives the word of the version that it retires.
    fn restage(&self, kernel: Option<&Kernel>) -> Result<Option<Word>, Fault> {
        let serving = self.route.serving();
        let (old, serves) = (self.on(1 - serving), self.on(serving));
        if is_same(old.as_ref(), kernel) {
            return Ok(None);
        }
        if kernel.is_some() && is_same(serves.as_ref(), kernel) {
            let fault = Fault::new(FaultKind::Policy, "the version serves already");
            return Err(fault.with_help("stage another one"));
        }
        let retired = self.put(1 - serving, kernel)?;
        events::staged(&self.name, kernel, old.as_ref());
        Ok(retired)
    }

    /// Directs new calls to the staged version with one store, all of them; see [`stage`](Slot::stage) for an example. The version
    /// that served is staged in its place, warm as it is: `promote` again flips back at once. When the baseline has served alone,
    /// nothing is staged afterwards, and `swap(None)` leads back.
    ///
    /// Without a staged version it is a fault of kind `policy`.
    pub fn promote(&self) -> Result<(), Fault> {
        self.in_turn(|| {
            let (old, next) = (self.kernel(), self.staged());
            if next.is_none() {
                return Err(Fault::new(FaultKind::Policy, "no version is staged")
                    .with_help("call Slot::stage before"));
            }
            self.turn();
            count(&self.counters.swaps);
            events::swapped(&self.name, next.as_ref(), old.as_ref());
            Ok(())
        })
    }

    /// Sends a share of the calls to the staged version, from 0 for none to 1 for all that have a key: those whose
    /// [`CallOptions::key`](crate::CallOptions::key) stands below the share. Calls without a key, and all others, go to the version
    /// that serves, or to the baseline where that serves alone. Calls with one key go to one version as long as the share stays.
    ///
    /// Staging and promoting set the share to 0. A fault of kind `policy` says that nothing is staged, or that the share is no share.
    ///
    /// ```
    /// # fn main() -> Result<(), tenon_host::Fault> {
    /// # use tenon_host::{Config, Engine, contracts::scalar};
    /// # let engine = Engine::new(&Config::default())?;
    /// # let mut bytes = std::fs::read("../../host-go/internal/fixture/scalar/scalar.wasm").expect("there");
    /// # let blue = engine.load(&bytes)?;
    /// # bytes.extend_from_slice(&[0, 3, 1, b'v', b'2']);
    /// # let green = engine.load(&bytes)?;
    /// use tenon_host::CallOptions;
    ///
    /// let slot = engine.slot::<scalar::Contract>("sums").kernel(&blue).build()?;
    /// slot.stage(&green)?;
    /// slot.divide(0.1)?;     // a tenth of the users
    /// for user in 0..100 {
    ///     let options = CallOptions { key: Some(format!("user-{user}").as_str().into()), ..CallOptions::default() };
    ///     slot.call_with(&options, |k| k.add(40, 2))?;
    /// }
    /// let [blue, green] = &slot.stats().versions[..] else { panic!("two versions") };
    /// assert!(blue.answers > green.answers && green.answers > 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn divide(&self, share: f64) -> Result<(), Fault> {
        self.quietly_in_turn(|| {
            let staged = self.staged();
            let wrong = if !(0.0..=1.0).contains(&share) {
                (
                    format!("a share of {share} is none"),
                    "give one from 0 to 1",
                )
            } else if share > 0.0 && staged.is_none() {
                (
                    "no version is staged that could have a share".to_owned(),
                    "call Slot::stage before",
                )
            } else {
                if share != self.route.share() {
                    self.route.divide(share);
                    events::divided(&self.name, staged.as_ref(), share);
                }
                return Ok(());
            };
            Err(Fault::new(FaultKind::Policy, wrong.0).with_help(wrong.1))
        })
    }

    /// The other side serves from now on.
    fn turn(&self) {
        let began = Instant::now();
        self.route.turn();
        self.counters.flipped(began.elapsed());
    }

    /// Changes what is served, one change at a time; one that fails is counted and told.
    fn in_turn<T>(&self, change: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
        self.quietly_in_turn(change).inspect_err(|fault| {
            count(&self.counters.swap_failures);
            events::swap_failed(fault, &self.name, self.kernel().as_ref());
        })
    }

    fn quietly_in_turn<T>(&self, change: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        if self.route.word().mode() == Mode::Closed {
            return Err(self.closed());
        }
        change().map_err(|fault| fault.in_slot(&self.name))
    }

    /// Gives a side another version, or none. All that can fail or take long comes before the flip. It gives the word of the version
    /// that is retired, which [`drain`](Slot::drain) waits for.
    pub(crate) fn put(&self, side: usize, kernel: Option<&Kernel>) -> Result<Option<Word>, Fault> {
        let pool = &self.pools[side];
        let (version, guests) = match kernel {
            Some(kernel) => {
                let version = Version::new(kernel, self.tally(), self.limits.clone())?;
                let guests = version.build_many(pool.size())?;
                (Some(Arc::new(version)), guests)
            }
            None => (None, Vec::new()),
        };
        let (took, retired) = pool.flip(version, guests, |word| self.route.put(word));
        self.counters.flipped(took);
        Ok(retired)
    }

    /// The counters of a version that is new here.
    fn tally(&self) -> Tally {
        Tally::new(&self.name, &self.counters)
    }

    /// Lets the calls of retired versions end, for so long at most, and drops their instances. It is not done in turn: nobody who
    /// wants another change has to wait for a call.
    fn drain(&self, retired: &[Word], patience: Duration) {
        self.drop_idle(retired);
        let deadline = Instant::now().checked_add(patience);
        for pool in &self.pools {
            if !pool.drain(retired, deadline) {
                pool.leave(retired, self.engine.refiller());
            }
        }
    }

    /// Drops the instances of retired versions that are in no call.
    fn drop_idle(&self, retired: &[Word]) {
        let now = Some(Instant::now());
        for pool in &self.pools {
            pool.drain(retired, now);
        }
    }

    /// Lets no call in any more, and gives the words of all versions that have calls yet.
    fn end(&self) -> Vec<Word> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        self.route.close();
        for pool in &self.pools {
            pool.flip(None, Vec::new(), |word| self.route.put(word));
        }
        self.pools.iter().flat_map(|pool| pool.retired()).collect()
    }

    /// Ends the slot: running calls finish, later ones end with a fault of kind `closed`. Closing twice is fine.
    ///
    /// Calls and pins are waited for as [`swap`](Slot::swap) waits. Those that last longer go on, each on its instance, which is dropped
    /// when they end; nothing else of the slot is left. Dropping a slot waits for nothing: whoever calls or pins borrows it.
    pub fn close(&self) {
        self.drain(&self.end(), self.drain_timeout);
    }
}

impl<C: Contract> Drop for Slot<C> {
    fn drop(&mut self) {
        // What is on a lane still was forgotten by its caller, and goes with the lane.
        self.drop_idle(&self.end());
    }
}

fn is_same(one: Option<&Kernel>, other: Option<&Kernel>) -> bool {
    match (one, other) {
        (None, None) => true,
        (Some(one), Some(other)) => one.is_same(other),
        _ => false,
    }
}
