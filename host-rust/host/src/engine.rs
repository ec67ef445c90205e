//! The engine: one a process or tenant; it holds the caches and the limits.

use crate::cache::Cache;
use crate::config::Config;
use crate::fault::Fault;
use crate::refill::Refiller;
use std::sync::Arc;

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
            .map(|dir| Cache::open(dir, config.cache_limit, &wasmtime))
            .transpose()?;
        Ok(Engine(Arc::new(Inner {
            wasmtime,
            config: config.clone(),
            cache,
            refiller: Refiller::default(),
        })))
    }

    /// The limits in force.
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// The engine underneath, for what this crate does not cover.
    pub fn wasmtime(&self) -> &wasmtime::Engine {
        &self.0.wasmtime
    }

    pub(crate) fn cache(&self) -> Option<&Cache> {
        self.0.cache.as_ref()
    }

    pub(crate) fn refiller(&self) -> &Refiller {
        &self.0.refiller
    }
}
