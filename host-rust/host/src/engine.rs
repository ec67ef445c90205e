//! The engine: one a process or tenant; it holds the caches and the limits.

use crate::cache::Cache;
use crate::clock::{Clock, Watch};
use crate::config::Config;
use crate::fault::{Fault, FaultKind};
use crate::memory::{Memory, Share};
use crate::refill::Refiller;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

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
    memory: Arc<Memory>,
    kernels: AtomicUsize,
    clock: Clock,
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
            .map(|dir| Cache::open(dir, config.cache_limit, &wasmtime))
            .transpose()?;
        Ok(Engine(Arc::new(Inner {
            wasmtime,
            config: config.clone(),
            cache,
            refiller: Refiller::default(),
            memory: Memory::new(config.total_memory),
            kernels: AtomicUsize::new(0),
            clock: Clock::new(),
        })))
    }

    /// The limits in force.
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// Bytes that the linear memories of all its instances have now; [`Config::total_memory`] is the most.
    ///
    /// ```
    /// # fn main() -> Result<(), tenon_host::Fault> {
    /// # use tenon_host::{Config, Engine};
    /// let engine = Engine::new(&Config::default())?;
    /// let kernel = engine.load_file("../../host-go/internal/fixture/scalar/scalar.wasm")?;
    /// let instance = kernel.open()?;
    /// assert!(engine.memory() > 0);
    /// drop(instance);
    /// assert_eq!(engine.memory(), 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn memory(&self) -> usize {
        self.0.memory.used()
    }

    /// Kernels that are loaded; clones of one count once.
    ///
    /// ```
    /// # fn main() -> Result<(), tenon_host::Fault> {
    /// # use tenon_host::{Config, Engine};
    /// let engine = Engine::new(&Config::default())?;
    /// let kernel = engine.load_file("../../host-go/internal/fixture/scalar/scalar.wasm")?;
    /// assert_eq!(engine.kernels(), 1);
    /// drop(kernel);
    /// assert_eq!(engine.kernels(), 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn kernels(&self) -> usize {
        self.0.kernels.load(Ordering::Relaxed)
    }

    /// A kernel is loaded, or gone.
    pub(crate) fn count_kernel(&self, loaded: bool) {
        if loaded {
            self.0.kernels.fetch_add(1, Ordering::Relaxed);
        } else {
            self.0.kernels.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// The engine underneath, for what this crate does not cover.
    ///
    /// Compiled code looks at wasmtime's epoch, which rises while kernels run: a store of your own needs a deadline of its own
    /// (`Store::set_epoch_deadline`), and fuel where [`Config::fuel`] is set, or all calls in it end at once.
    pub fn wasmtime(&self) -> &wasmtime::Engine {
        &self.0.wasmtime
    }

    pub(crate) fn cache(&self) -> Option<&Cache> {
        self.0.cache.as_ref()
    }

    pub(crate) fn refiller(&self) -> &Refiller {
        &self.0.refiller
    }

    /// The share of an instance that has no memory yet.
    pub(crate) fn share(&self) -> Share {
        Share::none(&self.0.memory)
    }

    /// The clock, running.
    pub(crate) fn watch(&self) -> Result<Watch, Fault> {
        self.0.clock.watch(&self.0.wasmtime).map_err(|error| {
            Fault::new(
                FaultKind::Overloaded,
                format!("the thread that keeps deadlines cannot be started: {error}"),
            )
            .with_help("raise the limit on the process's threads")
            .with_source(error)
        })
    }
}
