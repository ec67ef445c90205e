//! One instance of a module in an engine of its own: what it may take, the calls, and its state afterwards.

use crate::build::contract::{WarmCall, Zero};
use crate::failure::{Failure, Result};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;
use tenon_host::wasmtime::{
    self, Config, Engine, Func, Instance, Linker, Module, ResourceLimiter, Store, Trap, Val,
    WasmBacktrace,
};
use wasmtime_wizer::{InstanceState, SnapshotVal, ValType};

/// The most names of functions that an error shows.
const SHOWN_FRAMES: usize = 12;

/// What a module may take while it runs. It is somebody's code, and need not end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// How long it may run; `None` is for ever.
    pub(super) time: Option<Duration>,
    /// Bytes of its memories together: as much as hosts give an instance by default.
    pub(super) memory: usize,
    /// Elements that one table may have.
    pub(super) table: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Bounds {
            time: Some(Duration::from_secs(60)),
            memory: 256 << 20,
            table: 65_536,
        }
    }
}

/// Counts what an instance takes.
struct Meter {
    bounds: Bounds,
    memory: usize,
}

impl ResourceLimiter for Meter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let total = self.memory.saturating_add(desired.saturating_sub(current));
        if total > self.bounds.memory {
            // To be told that there is no more, a kernel would end in a trap that does not say so.
            return Err(TooMuch::Memory(self.bounds.memory).into());
        }
        self.memory = total;
        Ok(true)
    }

    fn table_growing(
        &mut self,
        _: usize,
        desired: usize,
        _: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if desired > self.bounds.table {
            return Err(TooMuch::Table(self.bounds.table).into());
        }
        Ok(true)
    }
}

/// What an instance wanted more of than it may have.
#[derive(Debug)]
enum TooMuch {
    Memory(usize),
    Table(usize),
}

impl std::fmt::Display for TooMuch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            TooMuch::Memory(bytes) => write!(f, "it wants more than {} MiB of memory", bytes >> 20),
            TooMuch::Table(elements) => {
                write!(f, "it wants a table of more than {elements} elements")
            }
        }
    }
}

impl std::error::Error for TooMuch {}

/// An instance that runs, or has run.
pub(super) struct Running<'a> {
    name: &'a str,
    engine: Engine,
    store: Store<Meter>,
    instance: Instance,
}

impl<'a> Running<'a> {
    /// Compiles and instantiates a module, whose start function runs.
    pub(super) fn new(module: &[u8], name: &'a str, bounds: Bounds) -> Result<Self> {
        let failed = |error: wasmtime::Error| {
            Failure::new(format!("{name}: the kernel cannot be pre-initialised"))
                .found(format!("{error:#}"))
                .help("build without pre-initialisation")
        };
        let mut config = Config::new();
        config
            .epoch_interruption(true)
            // Else the bits of a result that is no number are the machine's.
            .cranelift_nan_canonicalization(true);
        let engine = Engine::new(&config).map_err(failed)?;
        let module = Module::new(&engine, module).map_err(failed)?;
        let mut store = Store::new(&engine, Meter { bounds, memory: 0 });
        store.limiter(|meter| meter);
        store.set_epoch_deadline(1);
        // The tables of a kernel's own resources are all that it may import, and no warm-up call may leave a handle there.
        let mut linker = Linker::new(&engine);
        linker
            .define_unknown_imports_as_traps(&module)
            .map_err(failed)?;
        let instance = within(bounds.time, &engine, || {
            linker.instantiate(&mut store, &module)
        });
        let instance =
            instance.map_err(|error| ended(name, "the start function", bounds, &error))?;
        Ok(Running {
            name,
            engine,
            store,
            instance,
        })
    }

    /// Makes the calls, and gives back what their answers lie in.
    pub(super) fn call(&mut self, calls: &[WarmCall]) -> Result<()> {
        let bounds = self.store.data().bounds;
        let engine = self.engine.clone();
        // The time of the start function may have run out just as that ended.
        self.store.set_epoch_deadline(1);
        let mut failed = None;
        let made = within(bounds.time, &engine, || {
            calls
                .iter()
                .try_for_each(|call| self.call_one(call).inspect_err(|_| failed = Some(call)))
        });
        let Err(error) = made else { return Ok(()) };
        let export = failed.map_or("", |call| &call.export);
        let failure = ended(self.name, export, bounds, &error);
        Err(failure.note("panic", self.panic()))
    }

    fn call_one(&mut self, call: &WarmCall) -> wasmtime::Result<()> {
        let func = self.func(&call.export)?;
        let args: Vec<Val> = call.args.iter().map(|zero| value(*zero)).collect();
        let results = func.ty(&self.store).results().len();
        let mut results = vec![Val::I32(0); results];
        func.call(&mut self.store, &args, &mut results)?;
        match self.func(&call.post_return()) {
            Ok(post_return) => post_return.call(&mut self.store, &results, &mut []),
            Err(_) => Ok(()),
        }
    }

    fn func(&mut self, export: &str) -> wasmtime::Result<Func> {
        let func = self.instance.get_func(&mut self.store, export);
        func.ok_or_else(|| wasmtime::format_err!("the module exports no function `{export}`"))
    }

    /// The report that a kernel with `tenon_kernel::kernel!()` leaves; empty without one.
    fn panic(&mut self) -> String {
        let address = self.instance.get_global(&mut self.store, "tenon_panic");
        let address = address.and_then(|global| global.get(&mut self.store).i32());
        let memory = self.instance.get_memory(&mut self.store, "memory");
        let (Some(address), Some(memory)) = (address, memory) else {
            return String::new();
        };
        let report = memory.data(&self.store).get(address as u32 as usize..);
        let report = report.and_then(|bytes| bytes.split_first_chunk::<4>());
        let text =
            report.and_then(|(length, text)| text.get(..u32::from_le_bytes(*length) as usize));
        // A report is short; what is long is no report.
        let text = text.filter(|text| text.len() <= 1024).unwrap_or_default();
        let text = String::from_utf8_lossy(text);
        text.replace(|sign: char| sign.is_control(), "\u{fffd}")
    }
}

/// Runs a guest for so long at most.
fn within<R>(time: Option<Duration>, engine: &Engine, run: impl FnOnce() -> R) -> R {
    let Some(time) = time else { return run() };
    std::thread::scope(|scope| {
        let (done, waiting) = channel::<()>();
        scope.spawn(move || {
            if waiting.recv_timeout(time) == Err(RecvTimeoutError::Timeout) {
                engine.increment_epoch();
            }
        });
        let result = run();
        drop(done);
        result
    })
}

/// The failure of what did not come to its end.
fn ended(name: &str, function: &str, bounds: Bounds, error: &wasmtime::Error) -> Failure {
    let what = Failure::new(format!(
        "{name}: {function} failed as the kernel was pre-initialised"
    ));
    let frames = error.downcast_ref::<WasmBacktrace>();
    let frames = frames.map(|trace| trace.frames()).unwrap_or_default();
    let names = frames.iter().take(SHOWN_FRAMES).map(|frame| {
        let name = frame.func_name().unwrap_or("a function without a name");
        name.replace(|sign: char| sign.is_control(), "\u{fffd}")
    });
    let stack = names.collect::<Vec<_>>().join("\n");
    let (found, help) = match (
        error.downcast_ref::<Trap>(),
        error.downcast_ref::<TooMuch>(),
    ) {
        (Some(Trap::Interrupt), _) => (
            format!(
                "it ran for {:?} and did not end",
                bounds.time.unwrap_or_default()
            ),
            "give it more time with --preinit-timeout, or let the kernel build less on its first call",
        ),
        (_, Some(too_much)) => (
            too_much.to_string(),
            "let the kernel build less on its first call, or build without pre-initialisation",
        ),
        _ => (
            error.root_cause().to_string(),
            "mend the kernel: its first call fails so in a host too",
        ),
    };
    what.found(found).note("stack", stack).help(help)
}

fn value(zero: Zero) -> Val {
    /// A multiple of every alignment.
    const NOWHERE: i32 = 16;
    match zero {
        Zero::I32 => Val::I32(0),
        Zero::I64 => Val::I64(0),
        Zero::F32 => Val::F32(0),
        Zero::F64 => Val::F64(0),
        Zero::Nowhere => Val::I32(NOWHERE),
        Zero::WideNowhere => Val::I64(NOWHERE.into()),
    }
}

impl InstanceState for Running<'_> {
    async fn global_get(&mut self, name: &str, _: ValType) -> SnapshotVal {
        let global = self.instance.get_global(&mut self.store, name);
        match global.map(|global| global.get(&mut self.store)) {
            Some(Val::I32(it)) => SnapshotVal::I32(it),
            Some(Val::I64(it)) => SnapshotVal::I64(it),
            Some(Val::F32(it)) => SnapshotVal::F32(it),
            Some(Val::F64(it)) => SnapshotVal::F64(it),
            Some(Val::V128(it)) => SnapshotVal::V128(it.as_u128()),
            _ => unreachable!("wizer exports each mutable global, and refuses those of references"),
        }
    }

    async fn memory_contents(&mut self, name: &str, contents: impl FnOnce(&[u8]) + Send) {
        let memory = self.instance.get_memory(&mut self.store, name);
        let memory = memory.expect("wizer exports each memory");
        contents(memory.data(&self.store));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_that_ends_as_its_time_does_costs_the_calls_nothing() {
        let module = wat::parse_str("(module (func (export \"f\")))").expect("a module");
        let running = Running::new(&module, "late", Bounds::default());
        let mut running = running.expect("an instance");
        running.engine.increment_epoch();
        let call = WarmCall {
            export: "f".to_owned(),
            args: Vec::new(),
        };
        assert!(running.call(&[call]).is_ok());
    }
}
