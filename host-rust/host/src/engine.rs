//! The engine: one a process or tenant; it holds the caches and the limits.

use crate::cache::Cache;
use crate::config::Config;
use crate::contract::Contract;
use crate::facts::{self, Facts};
use crate::fault::{Fault, FaultKind};
use crate::kernel::Kernel;
use crate::refill::Refiller;
use crate::slot::SlotBuilder;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use wasmtime::component::Component;

/// Loads kernels and makes slots. Cloning is cheap: all clones are the same engine.
///
/// ```
/// # fn main() -> Result<(), tenon_host::Fault> {
/// use tenon_host::{Config, Engine};
///
/// let engine = Engine::new(&Config::default())?;
/// let kernel = engine.load_file("../../host-go/internal/fixture/scalar/scalar.wasm")?;
/// assert_eq!(kernel.call_wave("add", &["40", "2"])?, "42");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

struct Inner {
    wasmtime: wasmtime::Engine,
    config: Config,
    cache: Option<Cache>,
    refiller: Refiller,
}

impl Engine {
    /// An engine with the given limits and cache.
    ///
    /// A fault of kind `limit` tells that the machine grants less address space than the limits ask for, one of kind
    /// `policy` that the cache folder is not this user's alone.
    pub fn new(config: &Config) -> Result<Engine, Fault> {
        let wasmtime = config.engine()?;
        let cache = config
            .cache_dir
            .as_deref()
            .map(|dir| Cache::open(dir, &wasmtime))
            .transpose()?;
        Ok(Engine(Arc::new(Inner {
            wasmtime,
            config: config.clone(),
            cache,
            refiller: Refiller::default(),
        })))
    }

    /// Loads the bytes of a component: validates, compiles (or takes compiled code from the cache), links.
    pub fn load(&self, component: &[u8]) -> Result<Kernel, Fault> {
        let digest = facts::digest(component);
        if let Some(cache) = &self.0.cache
            && let Some((facts, code)) = cache.get(&digest)
            // SAFETY: the code is what this user's own process wrote: the entry's authentication code says so. wasmtime
            // checks that the code was compiled by this version and for this configuration.
            && let Ok(component) = unsafe { Component::deserialize(&self.0.wasmtime, code) }
        {
            return Kernel::new(self, facts, &component);
        }
        let facts = Facts::of(component)?;
        // Validation has passed, so what is left to fail is a limit of this engine's instances.
        let compiled = Component::new(&self.0.wasmtime, component).map_err(|error| {
            Fault::new(
                FaultKind::Policy,
                format!(
                    "it needs more than an instance is granted: {}",
                    error.root_cause()
                ),
            )
            .in_kernel(&facts)
            .with_help(
                "raise Config::memory_limit or Config::table_limit, or build the kernel with less",
            )
        })?;
        if let Some(cache) = &self.0.cache
            && let Ok(code) = compiled.serialize()
        {
            // Where the entry cannot be kept, the next load compiles again: slower, not wrong.
            let _ = cache.put(&facts, &code);
        }
        Kernel::new(self, facts, &compiled)
    }

    /// Loads a component from a file; faults name the file.
    ///
    /// ```
    /// # fn main() -> Result<(), tenon_host::Fault> {
    /// # use tenon_host::{Config, Engine, FaultKind};
    /// # let engine = Engine::new(&Config::default())?;
    /// let fault = engine.load_file("no-such-file.wasm").unwrap_err();
    /// assert!(fault.to_string().contains("no-such-file.wasm"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn load_file(&self, path: impl AsRef<Path>) -> Result<Kernel, Fault> {
        let path = path.as_ref();
        let limit = tenon_transpile::limits::INPUT_SIZE as u64;
        let read = match fs::metadata(path) {
            Ok(file) if file.len() > limit => {
                return Err(Fault::new(
                    FaultKind::Limit,
                    format!("the file has {} bytes; {limit} is the most", file.len()),
                )
                .in_file(path.display().to_string()));
            }
            Ok(_) => fs::read(path),
            Err(error) => Err(error),
        };
        let bytes = read.map_err(|error| {
            Fault::new(
                FaultKind::Malformed,
                format!("the file cannot be read: {error}"),
            )
            .in_file(path.display().to_string())
            .with_help("give the path of a component, as `tenon build` writes it")
            .with_source(error)
        })?;
        self.load(&bytes)
            .map_err(|fault| fault.in_file(path.display().to_string()))
    }

    /// Begins a slot for a contract, named for stats and faults.
    ///
    /// ```
    /// # fn main() -> Result<(), tenon_host::Fault> {
    /// use tenon_host::{Config, Engine, contracts::scalar};
    ///
    /// let engine = Engine::new(&Config::default())?;
    /// let kernel = engine.load_file("../../host-go/internal/fixture/scalar/scalar.wasm")?;
    /// let slot = engine.slot::<scalar::Contract>("sums").kernel(&kernel).build()?;
    /// assert_eq!(slot.call(|k| k.add(40, 2))?, 42);
    /// # Ok(())
    /// # }
    /// ```
    pub fn slot<C: Contract>(&self, name: impl Into<String>) -> SlotBuilder<C> {
        SlotBuilder::new(self.clone(), name.into())
    }

    /// The limits in force.
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// The engine underneath, for what this crate does not cover.
    pub fn wasmtime(&self) -> &wasmtime::Engine {
        &self.0.wasmtime
    }

    pub(crate) fn refiller(&self) -> &Refiller {
        &self.0.refiller
    }
}
