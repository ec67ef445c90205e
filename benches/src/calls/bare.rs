use anyhow::Result;
use tenon_host::Contract;
use wasmtime::Store;
use wasmtime::component::{Component, ComponentNamedList, Lift, Linker, Lower, TypedFunc};

use super::component;

/// What wasmtime has by itself: a typed function of one instance, in a store as bare as they come, by an engine that has no
/// means to stop a guest and no concurrency.
pub(super) struct Bare<P, R> {
    store: Store<()>,
    function: TypedFunc<P, R>,
}

impl<P, R> Bare<P, R>
where
    P: ComponentNamedList + Lower,
    R: ComponentNamedList + Lift,
{
    /// A function of the one interface that a contract exports.
    pub(super) fn open<C: Contract>(interface: &str, function: &str) -> Result<Self> {
        let file = component(C::PACKAGE)?;
        let interface = format!("{}/{interface}@{}", C::PACKAGE, C::VERSION);
        let mut config = wasmtime::Config::new();
        config.concurrency_support(false);
        let bare = || -> wasmtime::Result<Self> {
            let engine = wasmtime::Engine::new(&config)?;
            let bytes = Component::from_file(&engine, &file)?;
            let mut store = Store::new(&engine, ());
            let instance = Linker::new(&engine).instantiate(&mut store, &bytes)?;
            let interface = bytes.get_export_index(None, &interface);
            let function = bytes
                .get_export_index(interface.as_ref(), function)
                .ok_or_else(|| wasmtime::Error::msg(format!("the kernel has no {function}")))?;
            let function = instance.get_typed_func(&mut store, function)?;
            Ok(Self { store, function })
        };
        bare().map_err(anyhow::Error::from)
    }

    #[inline]
    pub(super) fn call(&mut self, params: P) -> Result<R> {
        let answer = self.function.call(&mut self.store, params);
        answer.map_err(anyhow::Error::from)
    }
}
