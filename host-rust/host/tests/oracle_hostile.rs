//! Guests that break the canonical ABI, from wit/vectors/hostile-abi: each case ends in its fault, the instance with it, and
//! another instance serves on. What a guest says never sizes an allocation of the host before it is checked.

#[path = "oracle/values.rs"]
mod values;

use std::alloc::{GlobalAlloc, Layout, System};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use serde_json::Value as Json;
use tenon_host::wasmtime::component::types::ComponentItem;
use tenon_host::wasmtime::component::{Component, Val};
use tenon_host::{Config, Engine, FaultKind, Instance, Kernel};
use values::{decode, encode};

/// Counts what is allocated.
struct Counting;

static ALLOCATED: AtomicU64 = AtomicU64::new(0);

// SAFETY: all work is the system allocator's.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATED.fetch_add(layout.size() as u64, Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(ptr, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// What one answer may take.
const ANSWER_LIMIT: usize = 16 << 20;

/// What a case may allocate in all: its answer, growing lists twice over, the fault with a dump of the guest's core.
const ALLOWANCE: u64 = 4 * ANSWER_LIMIT as u64;

/// A guest of the folder.
struct Guest {
    kernel: Kernel,
    component: Component,
}

impl Guest {
    fn load(engine: &Engine, path: &Path) -> Guest {
        let bytes = fs::read(path).unwrap();
        let kernel = engine
            .load(&bytes)
            .unwrap_or_else(|fault| panic!("{}: {fault}", path.display()));
        let component = Component::new(engine.wasmtime(), &bytes).unwrap();
        Guest { kernel, component }
    }

    /// Values of the export's parameters.
    fn args(&self, export: &str, args: &Json) -> Vec<Val> {
        let engine = self.kernel.engine().wasmtime();
        let exports = self.component.component_type();
        let Some(ComponentItem::ComponentFunc(func)) =
            exports.get_export(engine, export).map(|export| export.ty)
        else {
            panic!("no function {export}");
        };
        let args = args.as_array().into_iter().flatten();
        func.params()
            .zip(args)
            .map(|((_, ty), arg)| decode(&ty, arg, &[]))
            .collect()
    }
}

#[test]
fn each_case_ends_in_its_fault_and_the_host_serves_on() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit/vectors/hostile-abi");
    let index: Json =
        serde_json::from_slice(&fs::read(folder.join("index.json")).unwrap()).unwrap();
    let engine = Engine::new(&Config {
        max_instances: 8,
        answer_limit: ANSWER_LIMIT,
        ..Config::default()
    })
    .unwrap();
    let mut guests = BTreeMap::new();
    let mut complaints = Vec::new();
    for case in index["cases"].as_array().unwrap() {
        let file = case["file"].as_str().unwrap();
        let guest = guests
            .entry(file.to_owned())
            .or_insert_with(|| Guest::load(&engine, &folder.join(file)));
        if let Err(complaint) = check(guest, case) {
            complaints.push(format!("{complaint}\n  {case}"));
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

fn check(guest: &Guest, case: &Json) -> Result<(), String> {
    let export = case["export"].as_str().unwrap();
    let want = case["fault"].as_str().unwrap();
    let args = guest.args(export, &case["args"]);
    let instance = guest.kernel.open().map_err(|fault| fault.to_string())?;
    let before = ALLOCATED.load(Relaxed);
    let called = instance.call(export, &args);
    let allocated = ALLOCATED.load(Relaxed) - before;
    if allocated > ALLOWANCE {
        return Err(format!("{allocated} bytes are allocated"));
    }
    match called {
        Ok(results) if want == "ok" => {
            let got = results.first().map(|val| encode(val, &[]));
            if got.as_ref() != case.get("result") && case.get("result").is_some() {
                return Err(format!("it gives {got:?}"));
            }
            return Ok(());
        }
        Ok(results) => return Err(format!("it gives {results:?}")),
        Err(fault) if fault.kind().to_string() != want => return Err(fault.to_string()),
        Err(_) => {}
    }
    let again = instance.call("ok", &[]).map_err(|fault| fault.kind());
    if again != Err(FaultKind::Closed) {
        return Err(format!("the instance lives on: {again:?}"));
    }
    drop(instance);
    serves(&guest.kernel.open().map_err(|fault| fault.to_string())?)
}

/// A new instance works.
fn serves(instance: &Instance) -> Result<(), String> {
    match instance.call("ok", &[]) {
        Ok(results) if results == [Val::U32(42)] => Ok(()),
        other => Err(format!("another instance: {other:?}")),
    }
}
