//! How long and how much a kernel may run, and how its caller can stop it.

use crate::clock::Watch;
use crate::fault::{Fault, FaultKind};
use crate::key::Key;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use wasmtime::UpdateDeadline;

/// How long a call on a slot may run where nothing else is said.
pub(crate) const SLOT_DEADLINE: Duration = Duration::from_secs(2);

/// The same for calls by name, which are those of tools.
pub(crate) const TOOL_DEADLINE: Duration = Duration::from_secs(10);

/// What a caller keeps to stop a call that runs; clones stop the same.
///
/// A kernel that is stopped ends with a fault of kind `canceled` within a few milliseconds, and with it its instance. The
/// baseline does not answer for it. A token cannot be used again.
///
/// ```
/// # fn main() -> Result<(), tenon_host::Fault> {
/// use tenon_host::{CallOptions, Cancel, Config, Engine, FaultKind, contracts::scalar};
///
/// let engine = Engine::new(&Config::default())?;
/// let kernel = engine.load_file("../../host-go/internal/fixture/scalar/scalar.wasm")?;
/// let slot = engine.slot::<scalar::Contract>("sums").kernel(&kernel).build()?;
///
/// let cancel = Cancel::new();
/// let options = CallOptions { cancel: Some(cancel.clone()), ..CallOptions::default() };
/// assert_eq!(slot.call_with(&options, |k| k.add(40, 2))?, 42);
///
/// cancel.cancel();       // from any thread
/// let fault = slot.call_with(&options, |k| k.add(40, 2)).unwrap_err();
/// assert_eq!(fault.kind(), FaultKind::Canceled);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// A token that nobody has used.
    pub fn new() -> Cancel {
        Cancel::default()
    }

    /// Stops the calls that were given this token, and those that will be.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Whether it was used.
    pub fn is_canceled(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    /// What a call ends with that had not begun.
    pub(crate) fn fault() -> Fault {
        Fault::new(
            FaultKind::Canceled,
            "the caller gave up before the kernel ran",
        )
    }
}

/// A budget of fuel for some calls; clones are the same budget.
///
/// WebAssembly instructions cost a unit each, some nothing, bulk operations a unit a byte. The same call on an instance in the same state
/// spends the same and stops at the same place, on every run of one version of this crate. What is over is noticed where a loop turns, a function
/// begins or a bulk operation does. The engine must be made with [`Config::fuel`](crate::Config::fuel).
///
/// ```
/// # fn main() -> Result<(), tenon_host::Fault> {
/// use tenon_host::{CallOptions, Config, Engine, FaultKind, Fuel, contracts::scalar};
///
/// let engine = Engine::new(&Config { fuel: true, ..Config::default() })?;
/// let kernel = engine.load_file("../../host-go/internal/fixture/scalar/scalar.wasm")?;
/// let slot = engine.slot::<scalar::Contract>("sums").kernel(&kernel).build()?;
///
/// let fuel = Fuel::new(10_000);
/// let options = CallOptions { fuel: Some(fuel.clone()), ..CallOptions::default() };
/// slot.call_with(&options, |k| k.sum(&[1, 2, 3]))?;
/// assert!(fuel.used() > 0);
///
/// let fault = slot.call_with(&options, |k| k.sum(&[1; 100_000])).unwrap_err();
/// assert_eq!(fault.kind(), FaultKind::Fuel);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Fuel(Arc<Tank>);

#[derive(Debug)]
struct Tank {
    budget: u64,
    used: AtomicU64,
}

impl Fuel {
    /// A budget of so many units.
    pub fn new(units: u64) -> Fuel {
        Fuel(Arc::new(Tank {
            budget: units,
            used: AtomicU64::new(0),
        }))
    }

    /// Units that calls have spent. Calls that run at the same time are each given what is left when they begin, so together they
    /// may spend more than the budget.
    pub fn used(&self) -> u64 {
        self.0.used.load(Ordering::Relaxed)
    }

    /// Units that are left.
    pub fn left(&self) -> u64 {
        self.0.budget.saturating_sub(self.used())
    }

    pub(crate) fn spend(&self, units: u64) {
        self.0.used.fetch_add(units, Ordering::Relaxed);
    }
}

/// What one call is given instead of what its slot says; the default changes nothing.
///
/// The limits hold for each function of the kernel that the call's closure runs; a budget of fuel for all of them together.
///
/// ```
/// # fn main() -> Result<(), tenon_host::Fault> {
/// use std::time::Duration;
/// use tenon_host::{CallOptions, Config, Engine, contracts::scalar};
///
/// # let engine = Engine::new(&Config::default())?;
/// # let kernel = engine.load_file("../../host-go/internal/fixture/scalar/scalar.wasm")?;
/// let slot = engine.slot::<scalar::Contract>("sums").kernel(&kernel).build()?;
/// let options = CallOptions { deadline: Some(Duration::from_millis(50)), ..CallOptions::default() };
/// assert_eq!(slot.call_with(&options, |k| k.add(40, 2))?, 42);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct CallOptions {
    /// Stops the call from outside.
    pub cancel: Option<Cancel>,
    /// How long a function of the kernel may run, its destructors and host functions included; `None` leaves what the slot
    /// or instance says, [`Duration::MAX`] is no limit.
    pub deadline: Option<Duration>,
    /// What all functions together may spend.
    pub fuel: Option<Fuel>,
    /// Which version answers where a slot divides its calls; see [`Slot::divide`](crate::Slot::divide).
    pub key: Option<Key>,
}

/// What bounds the calls of an instance.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    pub(crate) deadline: Option<Duration>,
    pub(crate) fuel: Budget,
    pub(crate) cancel: Option<Cancel>,
}

/// What a call may spend.
#[derive(Clone, Debug)]
pub(crate) enum Budget {
    Unlimited,
    EachCall(u64),
    Shared(Fuel),
}

impl Limits {
    /// A deadline, and nothing else.
    pub(crate) fn of(deadline: Option<Duration>) -> Limits {
        Limits {
            deadline: deadline.filter(|it| *it != Duration::MAX),
            fuel: Budget::Unlimited,
            cancel: None,
        }
    }

    /// These limits where `options` say nothing else.
    pub(crate) fn with(&self, options: &CallOptions) -> Limits {
        let mut limits = match options.deadline {
            Some(_) => Limits::of(options.deadline),
            None => Limits::of(self.deadline),
        };
        limits.fuel = match &options.fuel {
            Some(fuel) => Budget::Shared(fuel.clone()),
            None => self.fuel.clone(),
        };
        limits.cancel = options.cancel.clone().or_else(|| self.cancel.clone());
        limits
    }

    /// Refuses a budget that nobody would count.
    pub(crate) fn check(&self, counted: bool) -> Result<(), Fault> {
        match self.fuel {
            Budget::Unlimited => Ok(()),
            _ if counted => Ok(()),
            _ => Err(
                Fault::new(FaultKind::Policy, "the engine does not count fuel")
                    .with_help("make it with Config { fuel: true }, or give no budget"),
            ),
        }
    }

    #[inline]
    pub(crate) fn is_canceled(&self) -> bool {
        self.cancel.as_ref().is_some_and(Cancel::is_canceled)
    }
}

impl Budget {
    /// Units for a call that begins now; what is not counted has no end.
    pub(crate) fn units(&self) -> u64 {
        match self {
            Budget::Unlimited => u64::MAX,
            Budget::EachCall(units) => *units,
            Budget::Shared(fuel) => fuel.left(),
        }
    }
}

/// The books of the call that runs on an instance.
pub(crate) struct Books {
    watch: Watch,
    pub(crate) limits: Limits,
    /// When the clock was first seen to tick in this call: at most a tick after its beginning.
    since: Option<Instant>,
    /// Why the host has stopped it.
    stopped: Option<Stopped>,
}

/// Why the host stopped a kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stopped {
    Deadline(Duration),
    Canceled,
}

impl Books {
    pub(crate) fn new(watch: Watch, limits: Limits) -> Books {
        Books {
            watch,
            limits,
            since: None,
            stopped: None,
        }
    }

    /// A call begins. The clock is not read: most calls end before it ticks.
    #[inline]
    pub(crate) fn begin(&mut self) {
        self.since = None;
    }

    pub(crate) fn stopped(&self) -> Option<Stopped> {
        self.stopped
    }

    /// What a kernel that sees a new epoch has to do. It asks again when the clock ticks next.
    pub(crate) fn look(&mut self) -> UpdateDeadline {
        self.watch.running();
        let now = Instant::now();
        let since = *self.since.get_or_insert(now);
        self.stopped = match self.limits.deadline {
            _ if self.limits.is_canceled() => Some(Stopped::Canceled),
            Some(limit) if now.duration_since(since) >= limit => Some(Stopped::Deadline(limit)),
            _ => return UpdateDeadline::Continue(1),
        };
        UpdateDeadline::Interrupt
    }
}
