//! What travels with an instance: its limits, and what the host keeps for it.

use crate::config::Config;
use std::any::{Any, TypeId};
use std::sync::Arc;
use wasmtime::ResourceLimiter;
use wasmtime::component::ResourceTable;

/// Resources of the host that one instance may hold at a time, and handles of any kind.
pub(crate) const MAX_HANDLES: usize = 1 << 20;

/// A value of the host that each instance has for itself, and its type.
#[derive(Clone)]
pub(crate) struct Maker {
    pub(crate) ty: TypeId,
    pub(crate) make: Arc<dyn Fn() -> Box<dyn Any + Send> + Send + Sync>,
}

/// What travels with a store: the instance's limits, and the values of the host that its imports work with.
///
/// Each instance has its own, made with it and dropped with it.
///
/// ```
/// use tenon_host::wasmtime::component::LinkerInstance;
/// use tenon_host::{Import, State};
///
/// #[derive(Default)]
/// struct Counter { calls: u32 }
///
/// // Each instance counts for itself.
/// let import = Import::interface("acme:shop/counter@1.0.0").typed(Counter::default, |instance: &mut LinkerInstance<'_, State>| {
///     instance.func_wrap("count", |mut store, (): ()| {
///         let counter = store.data_mut().host::<Counter>();
///         counter.calls += 1;
///         Ok((counter.calls,))
///     })
/// });
/// assert_eq!(import.name(), "acme:shop/counter@1.0.0");
/// ```
pub struct State {
    memory_limit: usize,
    table_limit: usize,
    /// Whether the kernel was refused memory in the current call.
    pub(crate) refused: bool,
    hosts: Vec<(TypeId, Box<dyn Any + Send>)>,
    resources: ResourceTable,
    /// Where the generator of WASI's stub stands.
    pub(crate) random: u64,
}

impl State {
    pub(crate) fn new(config: &Config, makers: &[Maker]) -> State {
        let mut resources = ResourceTable::new();
        resources.set_max_capacity(MAX_HANDLES);
        State {
            memory_limit: config.memory_limit,
            table_limit: config.table_limit,
            refused: false,
            hosts: makers.iter().map(|it| (it.ty, (it.make)())).collect(),
            resources,
            random: 0,
        }
    }

    /// This instance's value of type `H`, which implements imports for it; see [`Import::typed`](crate::Import::typed).
    ///
    /// # Panics
    ///
    /// If none of the imports that the kernel was loaded with is implemented by `H`. The functions that an import of `H`
    /// links exist only beside it, so the code of [`contract!`](crate::contract) cannot meet this.
    pub fn host<H: 'static>(&mut self) -> &mut H {
        self.find().unwrap_or_else(|| {
            panic!(
                "the kernel was loaded without an import by {}",
                std::any::type_name::<H>()
            )
        })
    }

    /// This instance's value of type `H`, if an import is implemented by one.
    pub fn find<H: 'static>(&mut self) -> Option<&mut H> {
        let ty = TypeId::of::<H>();
        let found = self.hosts.iter_mut().find(|(other, _)| *other == ty);
        found.and_then(|(_, host)| host.downcast_mut())
    }

    /// The values behind the handles that host functions have given to the instance.
    pub fn resources(&mut self) -> &mut ResourceTable {
        &mut self.resources
    }
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
