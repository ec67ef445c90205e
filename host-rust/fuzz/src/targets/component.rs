//! Components into the Rust host: loaded, instantiated, and each export called, all within limits.

use super::arguments::Arguments;
use crate::random::Random;
use std::sync::OnceLock;
use std::time::Duration;
use tenon_host::wasmtime::component::Val;
use tenon_host::{CallOptions, Config, Engine, Fault, FaultKind, Instance, Kernel, LoadOptions};
use tenon_transpile::plan::{Func, Plan, Shape};

/// The host in which everything runs, with a kernel that has to answer whatever happens beside it.
struct Host {
    engine: Engine,
    healthy: Kernel,
}

const HEALTHY: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../host-go/internal/fixture/scalar/scalar.wasm"
);

/// How long a start function or a call may run.
const DEADLINE: Duration = Duration::from_millis(20);

/// Exports that are called, and instances that are made for them at most: each fault ends one.
const CALLS: usize = 24;
const INSTANCES: usize = 6;

/// A component is refused, or runs within limits: every call has an answer or a fault that blames the kernel. A healthy kernel
/// in the same engine answers as ever.
pub fn component(bytes: &[u8]) -> &'static str {
    let host = host();
    let options = LoadOptions {
        wasi: tenon_host::Wasi::Stub,
        ..LoadOptions::default()
    };
    let kernel = match host.engine.load_with(bytes, &options) {
        Ok(kernel) => kernel,
        Err(fault) => return judged(&fault).as_str(),
    };
    // The host does the same when it loads; here it tells what the functions take.
    let transpiled = tenon_transpile::transpile(bytes, &Default::default());
    let plan = transpiled.expect("the host has loaded it").plan;
    let faults = call_all(&kernel, &plan, bytes.len() as u64);
    let sum = host.healthy.call_wave("add", &["40", "2"]);
    assert_eq!(sum.expect("a healthy kernel"), "42");
    if faults == 0 { "answered" } else { "faulted" }
}

fn host() -> &'static Host {
    static HOST: OnceLock<Host> = OnceLock::new();
    HOST.get_or_init(|| {
        let engine = Engine::new(&Config {
            memory_limit: 16 << 20,
            max_instances: 16,
            table_limit: 10_000,
            answer_limit: 4 << 20,
            start_timeout: Some(DEADLINE),
            ..Config::default()
        });
        let engine = engine.expect("an engine");
        let healthy = engine.load_file(HEALTHY).expect("a healthy kernel");
        Host { engine, healthy }
    })
}

/// The kind of a fault, which has to be one that a guest can cause.
fn judged(fault: &Fault) -> FaultKind {
    match fault.kind() {
        FaultKind::Malformed
        | FaultKind::Limit
        | FaultKind::Unsupported
        | FaultKind::Contract
        | FaultKind::Policy
        | FaultKind::Trap
        | FaultKind::Abi
        | FaultKind::Stack
        | FaultKind::Memory
        | FaultKind::Deadline => {}
        kind => panic!("a fault of kind {kind}: {fault}"),
    }
    // Transpile has accepted what the engine compiles, so the engine finds nothing invalid in it.
    let invalid = fault.kind() == FaultKind::Policy && fault.message().contains("(at offset");
    assert!(!invalid, "the engine is given invalid code: {fault}");
    assert!(!fault.message().is_empty(), "a fault without a message");
    assert!(fault.to_string().len() < 1 << 16, "a fault without end");
    fault.kind()
}

/// Calls the exports in turn, and counts faults.
fn call_all(kernel: &Kernel, plan: &Plan, seed: u64) -> usize {
    let mut random = Random::new(seed);
    let mut faults = 0;
    let mut open: Option<Instance> = None;
    let mut arguments = Arguments::new(plan);
    for func in plan.funcs.iter().take(CALLS) {
        let mut instance = match open.take() {
            Some(instance) => instance,
            None if faults >= INSTANCES => break,
            None => {
                arguments = Arguments::new(plan);
                match kernel.open_cold() {
                    Ok(instance) => instance,
                    Err(fault) => {
                        judged(&fault);
                        faults += 1;
                        continue;
                    }
                }
            }
        };
        let options = CallOptions {
            deadline: Some(DEADLINE),
            ..CallOptions::default()
        };
        let limited = instance.set_limits(&options);
        limited.expect("a deadline can always be set");
        let Some(args) = arguments.of(&func.params, &mut random) else {
            open = Some(instance);
            continue;
        };
        match instance.call(&full_name(func), &args) {
            Ok(results) => {
                keep(plan, func, results, &mut arguments);
                open = Some(instance);
            }
            Err(fault) => {
                judged(&fault);
                faults += 1;
            }
        }
    }
    faults
}

fn full_name(func: &Func) -> String {
    match &func.interface {
        Some(interface) => format!("{interface}#{}", func.name),
        None => func.name.clone(),
    }
}

/// A resource is good for calls that follow.
fn keep(plan: &Plan, func: &Func, results: Vec<Val>, arguments: &mut Arguments<'_>) {
    let shape = func.result.map(|ty| &plan.types[ty as usize].shape);
    if let (Some(Shape::Own { resource }), Some(value)) = (shape, results.into_iter().next()) {
        arguments.keep(*resource, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(wat: &str) -> &'static str {
        component(&wat::parse_str(wat).expect("WAT"))
    }

    #[test]
    fn components_end_each_in_their_way() {
        assert_eq!(component(b""), "malformed");
        assert_eq!(outcome("(component)"), "answered");
        assert_eq!(outcome(r#"(component (import "a" (func)))"#), "policy");
        assert_eq!(
            outcome(
                r#"(component (core module $m (func (export "f") (loop br 0))) (core instance $i (instantiate $m))
                    (func (export "f") (canon lift (core func $i "f"))))"#
            ),
            "faulted"
        );
        assert_eq!(
            outcome(
                r#"(component (core module $m (func (export "f") (param i32) (result i32) (local.get 0)))
                    (core instance $i (instantiate $m))
                    (func (export "f") (param "x" u32) (result u32) (canon lift (core func $i "f"))))"#
            ),
            "answered"
        );
    }
}
