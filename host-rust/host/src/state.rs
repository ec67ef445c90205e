//! What travels with an instance: its limits, and what the host keeps for it.

use crate::config::Config;
use crate::limits::Books;
use crate::memory::Share;
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
    /// Bytes that the instance's memories may have together.
    memory_limit: usize,
    /// What they have of the engine's memory.
    memory: Share,
    /// Bytes that they had before they last grew.
    memory_before: usize,
    table_limit: usize,
    /// Who refused the kernel memory in the current call.
    refused: Option<Refused>,
    pub(crate) books: Books,
    hosts: Vec<(TypeId, Box<dyn Any + Send>)>,
    resources: ResourceTable,
    /// Where the generator of WASI's stub stands.
    pub(crate) random: u64,
}

/// Whose limit was in the way of more memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// That of the instance, or of a table.
    Instance,
    /// That of all instances together.
    Engine,
}

impl State {
    pub(crate) fn new(config: &Config, memory: Share, books: Books, makers: &[Maker]) -> State {
        let mut resources = ResourceTable::new();
        resources.set_max_capacity(MAX_HANDLES);
        State {
            memory_limit: config.memory_limit,
            memory,
            memory_before: 0,
            table_limit: config.table_limit,
            refused: None,
            books,
            hosts: makers.iter().map(|it| (it.ty, (it.make)())).collect(),
            resources,
            random: 0,
        }
    }

    /// A call begins.
    #[inline]
    pub(crate) fn begin(&mut self) {
        self.refused = None;
        self.books.begin();
    }

    pub(crate) fn memory_limit(&self) -> usize {
        self.memory_limit
    }

    pub(crate) fn refused(&self) -> Option<Refused> {
        self.refused
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
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        // What a memory declares not to grow beyond is no refusal of the host's.
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        let before = self.memory.bytes();
        let together = before.saturating_add(desired.saturating_sub(current));
        let refused = if together > self.memory_limit {
            Refused::Instance
        } else if !self.memory.resize(together) {
            Refused::Engine
        } else {
            self.memory_before = before;
            return Ok(true);
        };
        self.refused = Some(refused);
        Ok(false)
    }

    fn memory_grow_failed(&mut self, _: wasmtime::Error) -> wasmtime::Result<()> {
        // Nothing is added, so this has room.
        self.memory.resize(self.memory_before);
        Ok(())
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let granted = desired <= self.table_limit;
        // The pool's own limit, which is the same, stands in for a maximum that is higher or missing.
        let own = maximum.is_some_and(|maximum| maximum < self.table_limit);
        // 2^32 entries no table can have: growing so far fails by the specification.
        let possible = u32::try_from(desired).is_ok();
        if !granted && !own && possible {
            self.refused = Some(Refused::Instance);
        }
        Ok(granted)
    }
}

#[cfg(test)]
impl State {
    /// A state without an instance.
    pub(crate) fn alone(config: &Config, total: &Arc<crate::memory::Memory>) -> State {
        let clock = crate::clock::Clock::new();
        let watch = clock.watch(&wasmtime::Engine::default()).unwrap();
        let books = Books::new(watch, crate::limits::Limits::of(None));
        State::new(config, Share::none(total), books, &[])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::Memory;

    fn state(memory_limit: usize, total: &Arc<Memory>) -> State {
        let config = Config {
            memory_limit,
            table_limit: 10,
            ..Config::default()
        };
        State::alone(&config, total)
    }

    #[test]
    fn all_memories_of_an_instance_share_one_limit() {
        let mut state = state(100, &Memory::new(1000));
        assert!(state.memory_growing(0, 40, None).unwrap());
        assert!(state.memory_growing(0, 40, None).unwrap());
        assert!(!state.memory_growing(40, 61, None).unwrap());
        assert_eq!(state.refused, Some(Refused::Instance));
        assert!(state.memory_growing(40, 60, None).unwrap());
        assert!(!state.memory_growing(40, 41, None).unwrap());
    }

    #[test]
    fn all_instances_share_the_engines_memory() {
        let total = Memory::new(100);
        let (mut one, mut other) = (state(80, &total), state(80, &total));
        assert!(one.memory_growing(0, 80, None).unwrap());
        assert!(!other.memory_growing(0, 21, None).unwrap());
        assert_eq!(other.refused(), Some(Refused::Engine));
        drop(one);
        other.begin();
        assert!(other.memory_growing(0, 21, None).unwrap());
        assert_eq!((other.refused(), total.used()), (None, 21));
    }

    #[test]
    fn growth_that_fails_is_not_counted() {
        let mut state = state(100, &Memory::new(1000));
        assert!(state.memory_growing(0, 60, None).unwrap());
        assert!(state.memory_growing(60, 100, None).unwrap());
        state
            .memory_grow_failed(wasmtime::format_err!("no memory"))
            .unwrap();
        assert_eq!(state.memory.bytes(), 60);
        assert!(state.memory_growing(60, 100, None).unwrap());
    }

    #[test]
    fn a_maximum_of_its_own_is_no_refusal() {
        let mut state = state(100, &Memory::new(1000));
        assert!(!state.memory_growing(0, 200, Some(50)).unwrap());
        assert!(!state.table_growing(0, 20, Some(5)).unwrap());
        assert!(!state.table_growing(1, 1 << 32, None).unwrap());
        assert_eq!(state.refused, None);
        assert!(!state.table_growing(0, 20, Some(10)).unwrap());
        assert_eq!(state.refused, Some(Refused::Instance));
    }
}
