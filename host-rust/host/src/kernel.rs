//! One version of a kernel: verified, compiled, immutable, shareable.

use crate::engine::Engine;
use crate::facts::{ContractId, ExportName, Facts};
use crate::fault::{Fault, version_name};
use crate::imports::LoadOptions;
use crate::limits::{Books, Limits};
use crate::link::{Linked, link};
use crate::state::{MAX_HANDLES, State};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use wasmtime::Store;
use wasmtime::component::{Component, InstancePre};

/// One version of a kernel. Cloning is cheap: all clones are the same version.
///
/// ```
/// # fn main() -> Result<(), tenon_host::Fault> {
/// # use tenon_host::{Config, Engine};
/// let engine = Engine::new(&Config::default())?;
/// let kernel = engine.load_file("../../host-go/internal/fixture/scalar/scalar.wasm")?;
/// assert_eq!(kernel.name(), "scalar");
/// assert_eq!(kernel.digest().len(), 64);
/// assert!(kernel.imports().is_empty());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Kernel(Arc<Inner>);

struct Inner {
    engine: Engine,
    facts: Facts,
    linked: Linked,
    /// The exported functions that warm an instance up.
    warm: Vec<String>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.engine.count_kernel(false);
    }
}

impl Kernel {
    pub(crate) fn new(
        engine: &Engine,
        facts: Facts,
        component: &Component,
        options: &LoadOptions,
    ) -> Result<Kernel, Fault> {
        let linked = link(engine.wasmtime(), &facts, component, options)?;
        let warm = facts.warm();
        engine.count_kernel(true);
        Ok(Kernel(Arc::new(Inner {
            engine: engine.clone(),
            facts,
            linked,
            warm,
        })))
    }

    /// The kernel's name: from its metadata, or its contract's package.
    pub fn name(&self) -> &str {
        self.0.facts.name()
    }

    /// The version's label, as `1.0.0`; empty where the metadata has none. It is only a name: the digest is the identity.
    pub fn label(&self) -> &str {
        self.0.facts.label()
    }

    /// The SHA-256 of the component's bytes, in hexadecimal.
    pub fn digest(&self) -> &str {
        &self.0.facts.digest
    }

    /// Bytes of the component.
    pub fn size(&self) -> u64 {
        self.0.facts.size
    }

    /// What the exports promise; `None` when the component exports no interface with a package name.
    pub fn contract(&self) -> Option<&ContractId> {
        self.0.facts.contract.as_ref()
    }

    /// Full names of the imports. Those that name types alone are not granted anything; see [`Kernel::grants`].
    pub fn imports(&self) -> &[String] {
        &self.0.facts.imports
    }

    /// The imports that the host implements for it, as it was loaded; see [`LoadOptions`] for an example: `acme:shop/log@1.0.0`, `acme:shop/log@1.0.0 by
    /// acme:shop/log@1.2.0` where another version of the track was granted, `wasi:cli/stdout@0.2.3 by stub`.
    pub fn grants(&self) -> &[String] {
        &self.0.linked.grants
    }

    /// Whether it is a function of its arguments alone, because nothing is granted to it. What such a kernel was asked may be
    /// asked again elsewhere: it has left no traces.
    pub fn is_pure(&self) -> bool {
        self.0.linked.grants.is_empty()
    }

    /// The exported functions.
    pub fn exports(&self) -> &[ExportName] {
        &self.0.facts.exports
    }

    /// The JSON that `tenon build` left in the component: kernel, version, toolchain and more.
    pub fn metadata(&self) -> Option<&serde_json::Value> {
        self.0.facts.metadata.as_ref()
    }

    /// The engine that loaded it.
    pub fn engine(&self) -> &Engine {
        &self.0.engine
    }

    /// Whether one may serve for the other: clones do, and the same component loaded twice, unless it was granted functions of
    /// the host. Those may be others the second time, whatever their names.
    pub(crate) fn is_same(&self, other: &Kernel) -> bool {
        let pure = self.is_pure() && other.is_pure();
        Arc::ptr_eq(&self.0, &other.0) || pure && self.digest() == other.digest()
    }

    pub(crate) fn facts(&self) -> &Facts {
        &self.0.facts
    }

    pub(crate) fn pre(&self) -> &InstancePre<State> {
        &self.0.linked.pre
    }

    /// A store for one instance, with the engine's limits and the host's values for this instance.
    pub(crate) fn store(
        &self,
        limits: Limits,
        memory: Option<Arc<AtomicUsize>>,
    ) -> Result<Store<State>, Fault> {
        let engine = self.engine();
        let config = engine.config();
        let books = Books::new(engine.watch()?, limits);
        let state = State::new(
            config,
            engine.share().counted(memory),
            books,
            &self.0.linked.makers,
        );
        let mut store = Store::new(engine.wasmtime(), state);
        store.limiter(|state| state);
        store.epoch_deadline_callback(|mut store| Ok(store.data_mut().books.look()));
        store.set_hostcall_fuel(config.answer_limit);
        store.set_max_component_handles(MAX_HANDLES);
        Ok(store)
    }

    pub(crate) fn warm(&self) -> &[String] {
        &self.0.warm
    }
}

impl fmt::Debug for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Kernel({} {})",
            self.name(),
            version_name(self.label(), self.digest())
        )
    }
}
