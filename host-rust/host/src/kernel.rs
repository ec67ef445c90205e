//! One version of a kernel: verified, compiled, immutable, shareable.

use crate::engine::Engine;
use crate::facts::{ContractId, ExportName, Facts};
use crate::fault::{Fault, FaultKind, version_name};
use crate::guest::State;
use std::fmt;
use std::sync::Arc;
use wasmtime::component::{Component, InstancePre, Linker};

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
    pre: InstancePre<State>,
    /// The exported functions that warm an instance up.
    warm: Vec<String>,
}

impl Kernel {
    pub(crate) fn new(
        engine: &Engine,
        facts: Facts,
        component: &Component,
    ) -> Result<Kernel, Fault> {
        let pre = Linker::new(engine.wasmtime())
            .instantiate_pre(component)
            .map_err(|error| {
                Fault::new(FaultKind::Policy, format!("{error:#}")).in_kernel(&facts)
            })?;
        let warm = facts.warm();
        Ok(Kernel(Arc::new(Inner {
            engine: engine.clone(),
            facts,
            pre,
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

    /// Full names of the imports. They name types only: nothing that would reach the host is granted.
    pub fn imports(&self) -> &[String] {
        &self.0.facts.imports
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

    pub(crate) fn facts(&self) -> &Facts {
        &self.0.facts
    }

    pub(crate) fn pre(&self) -> &InstancePre<State> {
        &self.0.pre
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
