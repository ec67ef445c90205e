//! One instance of a kernel: single-threaded, and of no more use after a fault.

use crate::fault::{Fault, FaultKind};
use crate::kernel::Kernel;
use crate::trap;
use std::cell::{Cell, RefCell};
use wasmtime::component::Instance;
use wasmtime::{ResourceLimiter, Store};

/// What travels with a store: the instance's limits, and whether it ran into one.
pub struct State {
    memory_limit: usize,
    table_limit: usize,
    /// Whether the kernel was refused memory in the current call.
    pub(crate) refused: bool,
}

impl ResourceLimiter for State {
    fn memory_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let granted = desired <= self.memory_limit;
        self.refused |= !granted;
        Ok(granted)
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let granted = desired <= self.table_limit;
        self.refused |= !granted;
        Ok(granted)
    }
}

/// An instance together with the typed functions of its exports, `B`.
///
/// Made by the host; the code that [`contract!`](crate::contract) writes calls it.
pub struct Guest<B> {
    store: RefCell<Store<State>>,
    instance: Instance,
    bindings: B,
    kernel: Kernel,
    poisoned: Cell<bool>,
}

/// A fresh instance in a store of its own.
pub(crate) fn instantiate(kernel: &Kernel) -> Result<(Store<State>, Instance), Fault> {
    let config = kernel.engine().config();
    let state = State {
        memory_limit: config.memory_limit,
        table_limit: config.table_limit,
        refused: false,
    };
    let mut store = Store::new(kernel.engine().wasmtime(), state);
    store.limiter(|state| state);
    store.set_hostcall_fuel(config.answer_limit);
    match kernel.pre().instantiate(&mut store) {
        Ok(instance) => Ok((store, instance)),
        Err(error) => Err(trap::fault(error, &mut store, kernel.facts())),
    }
}

impl<B> Guest<B> {
    /// An instance of `kernel` with bindings made by `bind`.
    pub(crate) fn new(
        kernel: &Kernel,
        bind: impl FnOnce(&mut Store<State>, &Instance) -> Result<B, Fault>,
    ) -> Result<Guest<B>, Fault> {
        let (mut store, instance) = instantiate(kernel)?;
        let bindings = bind(&mut store, &instance)?;
        Ok(Guest {
            store: RefCell::new(store),
            instance,
            bindings,
            kernel: kernel.clone(),
            poisoned: Cell::new(false),
        })
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
        if self.poisoned.get() {
            return Err(self.unusable(export, "ended by an earlier fault"));
        }
        store.data_mut().refused = false;
        match call(&self.bindings, &mut store) {
            Ok(answer) => Ok(answer),
            Err(error) => {
                self.poisoned.set(true);
                Err(trap::fault(error, &mut store, self.kernel.facts())
                    .in_export(self.export_name(export)))
            }
        }
    }

    #[cold]
    fn unusable(&self, export: &str, why: &str) -> Fault {
        let facts = self.kernel.facts();
        Fault::new(FaultKind::Closed, format!("the instance {why}"))
            .in_kernel(facts)
            .in_export(self.export_name(export))
    }

    /// The full name of an export that the bindings know by a Rust name.
    fn export_name(&self, function: &str) -> String {
        let function = function.replace('_', "-");
        let found = self
            .kernel
            .exports()
            .iter()
            .find(|export| export.name == function);
        found.map_or(function, |export| export.to_string())
    }

    /// Whether a fault has ended this instance.
    pub(crate) fn is_poisoned(&self) -> bool {
        self.poisoned.get()
    }

    pub(crate) fn instance(&self) -> Instance {
        self.instance
    }

    pub(crate) fn kernel(&self) -> &Kernel {
        &self.kernel
    }
}
