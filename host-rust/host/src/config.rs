//! What an engine is made with, and how that becomes wasmtime's own configuration.

use crate::fault::{Fault, FaultKind};
use std::path::PathBuf;
use std::time::Duration;
use wasmtime::{InstanceAllocationStrategy, PoolingAllocationConfig, WasmFeatures};

/// What an [`Engine`](crate::Engine) is made with. The default works.
///
/// ```
/// # fn main() -> Result<(), tenon_host::Fault> {
/// use tenon_host::{Config, Engine};
///
/// let engine = Engine::new(&Config { max_instances: 8, ..Config::default() })?;
/// # drop(engine);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Config {
    /// Folder for compiled code, made with mode 0700 where it is missing; `None` compiles at every load.
    pub cache_dir: Option<PathBuf>,
    /// Bytes that the compiled code in `cache_dir` may take; what was used longest ago goes first. Of several processes
    /// that share a folder the smallest limit holds. `u64::MAX` is no limit.
    pub cache_limit: u64,
    /// Bytes that the linear memories of one instance may have together. A component with a memory that starts larger is refused.
    pub memory_limit: usize,
    /// Bytes that the linear memories of all instances of the engine may have together. A kernel that would grow beyond is refused
    /// the memory; where not even a new instance has room, the fault is of kind `overloaded`.
    pub total_memory: usize,
    /// Instances that may live at a time, over all slots. Each reserves address space (not memory): 4 GiB a linear memory.
    pub max_instances: u32,
    /// Elements that one table may grow to. A component with a table that starts larger is refused.
    pub table_limit: usize,
    /// Bytes of native stack that a kernel may use; more is a fault of kind `stack`. Threads that call kernels need as much, and
    /// what the host itself uses besides.
    pub stack_limit: usize,
    /// How long start functions may run when an instance is made, all together, and each warm-up call after them; `None` sets no limit.
    pub start_timeout: Option<Duration>,
    /// Whether fuel is counted, for [`SlotBuilder::fuel`](crate::SlotBuilder::fuel) and [`Fuel`](crate::Fuel). All code of the
    /// engine pays for it: it runs at a fraction of its speed.
    pub fuel: bool,
    /// Bytes on the host that one call's answer may take; more is a fault of kind `memory`.
    pub answer_limit: usize,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            cache_dir: None,
            cache_limit: 1 << 30,
            memory_limit: 256 << 20,
            total_memory: 4 << 30,
            max_instances: 64,
            table_limit: 65_536,
            stack_limit: 512 << 10,
            start_timeout: Some(Duration::from_secs(30)),
            fuel: false,
            answer_limit: 256 << 20,
        }
    }
}

/// What a core module may use: WebAssembly 2.0, which includes 128-bit vectors.
///
/// Multi-memory is not granted to kernels (transpile refuses it), yet the engine needs it: the adapters that the
/// translator makes between nested components import the memories of both sides.
///
/// `externref` is outside too: wasmtime needs its garbage collector for it, which is not built in.
const FEATURES: WasmFeatures = WasmFeatures::WASM2
    .union(WasmFeatures::COMPONENT_MODEL)
    .union(WasmFeatures::MULTI_MEMORY)
    .difference(WasmFeatures::GC_TYPES);

/// Core instances of one component. They are only counted, so that there are always enough of them: no component that
/// transpile lets pass has as many.
const CORE_INSTANCES_PER_COMPONENT: u32 = tenon_transpile::limits::CORE_INSTANCES as u32;

/// Most kernels have one memory, composed ones some; twice as many memories as instances suits a mix.
const MEMORIES_PER_COMPONENT: u32 = 2;

impl Config {
    pub(crate) fn engine(&self) -> Result<wasmtime::Engine, Fault> {
        let mut config = wasmtime::Config::new();
        config
            .wasm_features(WasmFeatures::all().difference(FEATURES), false)
            .wasm_features(FEATURES, true)
            .concurrency_support(false)
            .max_wasm_stack(self.stack_limit)
            .coredump_on_trap(true)
            .epoch_interruption(true)
            .consume_fuel(self.fuel)
            .allocation_strategy(InstanceAllocationStrategy::Pooling(self.pooling()));
        wasmtime::Engine::new(&config).map_err(|error| {
            Fault::new(
                FaultKind::Limit,
                format!("the engine cannot be set up: {error:#}"),
            )
            .with_help("lower max_instances or memory_limit where address space is short")
        })
    }

    /// Linear memories that may live at a time, over all instances.
    pub(crate) fn total_memories(&self) -> u32 {
        let instances = self.max_instances.max(1);
        instances.saturating_mul(MEMORIES_PER_COMPONENT)
    }

    /// Tables that may live at a time, over all instances.
    pub(crate) fn total_tables(&self) -> u32 {
        self.total_memories()
    }

    fn pooling(&self) -> PoolingAllocationConfig {
        let mut pooling = PoolingAllocationConfig::default();
        let instances = self.max_instances.max(1);
        pooling
            .total_component_instances(instances)
            .total_core_instances(instances.saturating_mul(CORE_INSTANCES_PER_COMPONENT))
            .total_memories(self.total_memories())
            .total_tables(self.total_tables())
            .max_tables_per_module(4)
            .table_elements(self.table_limit)
            .max_memory_size(self.memory_limit);
        pooling
    }
}
