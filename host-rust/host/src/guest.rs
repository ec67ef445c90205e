//! One instance of a kernel: single-threaded, and of no more use after a fault.

use crate::events;
use crate::fault::{Fault, FaultKind};
use crate::kernel::Kernel;
use crate::limits::{Budget, Cancel, Limits};
use crate::state::State;
use crate::stats::{Counted, Tally, count};
use crate::trap;
use std::cell::{Cell, RefCell};
use std::sync::Arc;
use wasmtime::Store;
use wasmtime::component::{Instance, ResourceAny};

/// An instance together with the typed functions of its exports, `B`.
///
/// Made by the host; the code that [`contract!`](crate::contract) writes calls it.
pub struct Guest<B> {
    store: RefCell<Store<State>>,
    instance: Instance,
    bindings: B,
    kernel: Kernel,
    /// The fault that has ended this instance.
    ended: Cell<Option<FaultKind>>,
    /// Resources that the caller holds.
    held: Cell<usize>,
    /// Whether fuel is counted.
    counted: bool,
    /// Where its version in a slot is counted; not for calls by name.
    among: Counted,
}

impl<B> Guest<B> {
    /// An instance of `kernel` with bindings made by `bind`, under the limits for starting.
    pub(crate) fn new(
        kernel: &Kernel,
        tally: Option<Arc<Tally>>,
        bind: impl FnOnce(&mut Store<State>, &Instance) -> Result<B, Fault>,
    ) -> Result<Guest<B>, Fault> {
        let config = kernel.engine().config();
        let memory = tally.as_ref().map(|tally| tally.memory.clone());
        let mut store = kernel.store(Limits::of(config.start_timeout), memory)?;
        if config.fuel {
            fill(&mut store);
        }
        let instance = kernel
            .pre()
            .instantiate(&mut store)
            .map_err(|error| trap::fault(error, &mut store, kernel.facts()))?;
        let bindings = bind(&mut store, &instance)?;
        Ok(Guest {
            store: RefCell::new(store),
            instance,
            bindings,
            kernel: kernel.clone(),
            ended: Cell::new(None),
            held: Cell::new(0),
            counted: config.fuel,
            among: Counted::new(tally),
        })
    }

    /// Puts other limits in force for the calls that follow.
    pub(crate) fn set_limits(&self, limits: Limits) {
        // A call that runs keeps its own; there is none where the host can ask.
        if let Ok(mut store) = self.store.try_borrow_mut() {
            store.data_mut().books.limits = limits;
        }
    }

    /// Calls an export by its bindings; `export` names it in a fault.
    ///
    /// Every error poisons the instance: whatever state the kernel was left in is never met again.
    #[inline]
    pub fn call<R>(
        &self,
        export: &str,
        call: impl FnOnce(&B, &mut Store<State>) -> wasmtime::Result<R>,
    ) -> Result<R, Fault> {
        let Ok(mut store) = self.store.try_borrow_mut() else {
            return Err(self.unusable(export, "is in a call already"));
        };
        if self.is_poisoned() {
            return Err(self.unusable(export, "ended by an earlier fault"));
        }
        if store.data().books.limits.is_canceled() {
            return Err(self.canceled(export));
        }
        store.data_mut().begin();
        let given = if self.counted { fill(&mut store) } else { 0 };
        let unwinding = Unwinding(&self.ended);
        let result = call(&self.bindings, &mut store);
        std::mem::forget(unwinding);
        if self.counted {
            settle(&mut store, given);
        }
        match result {
            Ok(answer) => Ok(answer),
            Err(error) => Err(self.end(error, &mut store, export)),
        }
    }

    #[cold]
    fn end(&self, error: wasmtime::Error, store: &mut Store<State>, export: &str) -> Fault {
        let fault = trap::fault(error, store, self.kernel.facts());
        self.ended.set(Some(fault.kind()));
        let fault = fault.in_export(self.export_name(export));
        if let Some(tally) = self.among.tally() {
            count(&tally.poisoned);
            let told = tally.fault(fault.kind());
            // A caller who gives up is no news.
            if let Some(times) = told.filter(|_| fault.kind() != FaultKind::Canceled) {
                events::kernel_fault(&fault, &tally.slot, &self.kernel, times);
            }
        }
        fault
    }

    /// The fault of a call whose arguments the kernel does not get to see.
    #[cold]
    pub(crate) fn refuse(&self, why: Fault) -> Fault {
        if let Some(tally) = self.among.tally() {
            count(&tally.refused);
        }
        why.before_the_kernel()
    }

    #[cold]
    fn canceled(&self, export: &str) -> Fault {
        Cancel::fault()
            .in_kernel(self.kernel.facts())
            .in_export(self.export_name(export))
    }

    #[cold]
    fn unusable(&self, export: &str, why: &str) -> Fault {
        let facts = self.kernel.facts();
        Fault::new(FaultKind::Closed, format!("the instance {why}"))
            .in_kernel(facts)
            .in_export(self.export_name(export))
    }

    /// The full name of an export that the bindings know by a Rust name: `parse_all`, or `blob.call_read` for a function
    /// of a resource.
    fn export_name(&self, function: &str) -> String {
        let function = function.replace('_', "-");
        let named = |export: &&crate::facts::ExportName| match function.split_once(".call-") {
            Some((resource, "constructor")) => {
                export.name.strip_prefix("[constructor]") == Some(resource)
            }
            Some((resource, method)) => export
                .name
                .split_once(']')
                .and_then(|(_, name)| name.split_once('.'))
                .is_some_and(|it| it == (resource, method)),
            None => export.name == function,
        };
        let found = self.kernel.exports().iter().find(named);
        found.map_or_else(|| function.clone(), ToString::to_string)
    }

    /// Drops a resource of this instance; its destructor may run.
    pub(crate) fn drop_resource(&self, resource: ResourceAny) -> Result<(), Fault> {
        self.call("resource.drop", |_, store| resource.resource_drop(store))
    }

    /// Whether a fault has ended this instance.
    #[inline]
    pub(crate) fn is_poisoned(&self) -> bool {
        self.ended.get().is_some()
    }

    /// The kind of fault that has ended this instance.
    pub(crate) fn ended(&self) -> Option<FaultKind> {
        self.ended.get()
    }

    /// How many of its resources the caller holds.
    #[inline]
    pub(crate) fn held(&self) -> &Cell<usize> {
        &self.held
    }

    /// The counters of its version in a slot.
    pub(crate) fn tally(&self) -> Option<&Arc<Tally>> {
        self.among.tally()
    }

    pub(crate) fn instance(&self) -> Instance {
        self.instance
    }

    pub(crate) fn kernel(&self) -> &Kernel {
        &self.kernel
    }
}

/// Gives a call its fuel, and says how much. Only an engine that does not count fuel refuses it.
#[cold]
fn fill(store: &mut Store<State>) -> u64 {
    let units = store.data().books.limits.fuel.units();
    let _ = store.set_fuel(units);
    units
}

/// Notes what a call has spent of a budget that its caller watches.
#[cold]
fn settle(store: &mut Store<State>, given: u64) {
    if let (Budget::Shared(fuel), Ok(left)) = (&store.data().books.limits.fuel, store.get_fuel()) {
        fuel.spend(given.saturating_sub(left));
    }
}

/// Ends the instance when a call is left by unwinding: a function of the host has panicked.
struct Unwinding<'a>(&'a Cell<Option<FaultKind>>);

impl Drop for Unwinding<'_> {
    fn drop(&mut self) {
        self.0.set(Some(FaultKind::Internal));
    }
}
