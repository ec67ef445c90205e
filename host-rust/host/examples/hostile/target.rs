//! A slot for hostile guests: its contract is one function, `attack`, of whatever type the guest gives it.

use std::any::Any;
use tenon_host::wasmtime::component::{Func, Instance, InstancePre, Val};
use tenon_host::wasmtime::{self, Store};
use tenon_host::{Contract, Fault, Guest, State};

/// The interface that a guest exports to be served by a slot.
const INTERFACE: &str = "tenon:hostile/guest@1.0.0";

/// The guest's one function.
pub(crate) const ATTACK: &str = "attack";

/// The contract.
pub(crate) struct Hostile;

/// The contract as the slot serves it.
pub(crate) trait Attack {
    /// Calls the function; the arguments are WAVE.
    fn attack(&self, args: &[String]) -> Result<(), Fault>;
}

impl Attack for Guest<Func> {
    fn attack(&self, args: &[String]) -> Result<(), Fault> {
        self.call(ATTACK, |func, store| {
            let types = func.ty(&*store);
            let args = types.params().zip(args);
            let args: Vec<Val> = args
                .map(|((_, ty), text)| Val::from_wave(&ty, text))
                .collect::<wasmtime::Result<_>>()?;
            let mut results = vec![Val::Bool(false); types.results().len()];
            func.call(store, &args, &mut results)
        })
    }
}

impl Contract for Hostile {
    const PACKAGE: &'static str = "tenon:hostile";
    const VERSION: &'static str = "1.0.0";
    type Api = dyn Attack;
    // There is never a baseline: a fault shall be seen.
    type Native = dyn Any + Send + Sync;
    type Indices = ();
    type Bindings = Func;

    fn find(_: &InstancePre<State>) -> wasmtime::Result<()> {
        Ok(())
    }

    fn bind((): &(), store: &mut Store<State>, instance: &Instance) -> wasmtime::Result<Func> {
        let pre = instance.instance_pre(&*store);
        let component = pre.component();
        let index = component
            .get_export_index(None, INTERFACE)
            .and_then(|interface| component.get_export_index(Some(&interface), ATTACK));
        index
            .and_then(|index| instance.get_func(store, index))
            .ok_or_else(|| wasmtime::format_err!("there is no {INTERFACE}#{ATTACK}"))
    }

    fn guest(guest: &Guest<Func>) -> &(dyn Attack + 'static) {
        guest
    }

    fn native(_: &Self::Native) -> &(dyn Attack + 'static) {
        unreachable!("slots of this contract have no baseline")
    }
}
