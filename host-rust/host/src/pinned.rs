//! One instance in the hands of one caller, for longer than a call.

use crate::contract::Contract;
use crate::guest::Guest;
use crate::pool::{Lease, Pool};
use crate::refill::Refiller;
use crate::stats::{Counters, count};
use std::fmt;
use std::ops::Deref;

/// One instance of a slot's version, or its baseline, as the contract's interface; made by
/// [`Slot::pin`](crate::Slot::pin).
///
/// Resources that it makes borrow from it, so they end before it does. Dropping it gives the instance back to the pool.
///
/// ```
/// # fn main() -> Result<(), tenon_host::Fault> {
/// use tenon_host::contracts::scalar::{self, Calls};
/// use tenon_host::{Config, Engine, FaultKind, Pinned};
///
/// fn twice(calls: &Pinned<'_, scalar::Contract>) -> Result<u32, tenon_host::Fault> {
///     calls.add(calls.add(1, 2)?, 3)
/// }
///
/// # let engine = Engine::new(&Config::default())?;
/// # let kernel = engine.load_file("../../host-go/internal/fixture/scalar/scalar.wasm")?;
/// let slot = engine.slot::<scalar::Contract>("sums").kernel(&kernel).build()?;
/// let pin = slot.pin()?;
/// assert_eq!(twice(&pin)?, 6);
/// assert_eq!(pin.fail("the end").unwrap_err().kind(), FaultKind::Trap);
/// assert_eq!(twice(&pin).unwrap_err().kind(), FaultKind::Closed);    // until the next pin
/// # Ok(())
/// # }
/// ```
pub struct Pinned<'a, C: Contract> {
    on: On<'a, C>,
    counters: &'a Counters,
}

enum On<'a, C: Contract> {
    /// The lease is there until the pin is dropped.
    Kernel(Option<Lease<'a, C>>, &'a Pool<C>, &'a Refiller),
    Baseline(&'a C::Native),
}

impl<'a, C: Contract> Pinned<'a, C> {
    pub(crate) fn kernel(
        lease: Lease<'a, C>,
        pool: &'a Pool<C>,
        refiller: &'a Refiller,
        counters: &'a Counters,
    ) -> Pinned<'a, C> {
        Pinned {
            on: On::Kernel(Some(lease), pool, refiller),
            counters,
        }
    }

    pub(crate) fn baseline(native: &'a C::Native, counters: &'a Counters) -> Pinned<'a, C> {
        Pinned {
            on: On::Baseline(native),
            counters,
        }
    }

    /// Whether a kernel is pinned, and not the baseline.
    pub fn is_kernel(&self) -> bool {
        matches!(self.on, On::Kernel(..))
    }

    fn guest(&self) -> Option<&Guest<C::Bindings>> {
        match &self.on {
            On::Kernel(Some(lease), ..) => lease.guest(),
            _ => None,
        }
    }
}

impl<C: Contract> Deref for Pinned<'_, C> {
    type Target = C::Api;

    fn deref(&self) -> &C::Api {
        match (&self.on, self.guest()) {
            (On::Baseline(native), _) => C::native(native),
            (On::Kernel(..), Some(guest)) => C::guest(guest),
            // The pool gives no lease without an instance, and nothing takes it out of one.
            (On::Kernel(..), None) => unreachable!("a pin without an instance"),
        }
    }
}

impl<C: Contract> Drop for Pinned<'_, C> {
    /// A pin counts as one call.
    fn drop(&mut self) {
        let fault = self.guest().and_then(Guest::ended);
        match &mut self.on {
            On::Baseline(_) => count(&self.counters.baseline),
            On::Kernel(lease, pool, refiller) => {
                if let Some(lease) = lease.take() {
                    pool.give_back(lease, fault.is_none(), refiller);
                }
            }
        }
        if let Some(kind) = fault {
            self.counters.fault(kind);
            count(&self.counters.failed);
        }
    }
}

impl<C: Contract> fmt::Debug for Pinned<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.guest() {
            Some(guest) => write!(f, "Pinned({:?})", guest.kernel()),
            None => f.write_str("Pinned(baseline)"),
        }
    }
}
