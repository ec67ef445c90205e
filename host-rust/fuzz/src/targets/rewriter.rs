//! Core modules into the rewriter: what they compute before and after.

use crate::random::Random;
use std::fmt;
use std::sync::OnceLock;
use tenon_host::wasmtime::{
    Caller, Config, Engine, Error, Extern, ExternType, Instance, Linker, Module, OperatorCost,
    Store, StoreLimits, StoreLimitsBuilder, Trap, Val, ValType,
};
use tenon_transpile::Kind;
use tenon_transpile::harden::{Gate, Hardening, MODULE, REFUSED, STACK, TAP, harden};

/// What the Go host asks for.
fn hardening(gate: Option<Gate>) -> Hardening {
    Hardening {
        gate,
        floats: true,
        ..Hardening::default()
    }
}

/// Instructions that a module may run before it is hardened, in one go; what goes on longer counts as endless.
const FUEL: u64 = 100_000;

/// Instructions that the hardened module may run: many times as many. One that uses them up hides work from the tap.
const FUEL_HARDENED: u64 = 40_000_000;

/// Units that the tap grants at a time, and in all before it stops the module.
const GRANT: i64 = 10_000;
const UNITS: i64 = 2_000_000;

/// Memory and table elements that a module may have. All of it is compared.
const MEMORY: usize = 4 << 20;
const ELEMENTS: usize = 100_000;

/// What tells a hardened module's end by its gate from a trap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stop {
    Units,
    Depth,
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "stopped for {self:?}")
    }
}

impl std::error::Error for Stop {}

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq)]
enum End {
    Results(Vec<String>),
    Trap(String),
    /// Without fuel, or with the native stack used up: where exactly is the engine's business.
    Cut(Trap),
    Stop(Stop),
}

/// Everything that can be seen of a run from outside.
#[derive(Debug)]
struct Outcome {
    /// Instantiation, then each exported function.
    calls: Vec<End>,
    /// Globals, and digests of memories and tables.
    state: Vec<String>,
}

/// A core module that is valid computes the same when it is hardened: answers, traps, memories, globals and tables. If it
/// runs on, its tap stops it.
pub fn rewriter(wasm: &[u8]) -> &'static str {
    let hardened = match harden(wasm, &hardening(Some(Gate::Owner))) {
        Ok(hardened) => hardened,
        Err(error) => {
            assert_ne!(error.kind, Kind::Internal, "{error}");
            return error.kind.as_str();
        }
    };
    for gate in [None, Some(Gate::Member)] {
        if let Err(error) = harden(wasm, &hardening(gate)) {
            panic!("as {gate:?} it is refused: {error}");
        }
    }
    let [before, after] = engines();
    let seed = digest(wasm);
    let Some(want) = run(before, wasm, FUEL, seed) else {
        return "unlinked";
    };
    let got = run(after, &hardened, FUEL_HARDENED, seed).expect("the gate links");
    compare(&want, &got)
}

fn compare(want: &Outcome, got: &Outcome) -> &'static str {
    for (number, (want, got)) in want.calls.iter().zip(&got.calls).enumerate() {
        if let End::Cut(Trap::OutOfFuel) = got {
            panic!("call {number}: the tap is not asked, or the code takes far longer");
        }
        match want {
            // Where it ends now depends on prices; that it ends has been seen.
            End::Cut(Trap::OutOfFuel) => return "endless",
            End::Cut(_) => return "deep",
            _ => assert_eq!(got, want, "call {number}"),
        }
    }
    assert_eq!(want.calls.len(), got.calls.len());
    assert_eq!(want.state, got.state);
    "same"
}

/// An engine for modules as they are, and one for hardened ones, which has more of the native stack: theirs has to
/// end first.
fn engines() -> &'static [Engine; 2] {
    static ENGINES: OnceLock<[Engine; 2]> = OnceLock::new();
    ENGINES.get_or_init(|| {
        [128 << 10, 1 << 20].map(|stack| {
            let mut config = Config::new();
            // A growth that is refused takes no time, however large it would be.
            let mut costs = OperatorCost::default();
            costs.variable.table_grow_per_element = 0;
            config
                .consume_fuel(true)
                .operator_cost(costs)
                .cranelift_nan_canonicalization(true)
                .max_wasm_stack(stack)
                .memory_reservation(2 * MEMORY as u64)
                .memory_guard_size(1 << 16);
            Engine::new(&config).expect("an engine")
        })
    })
}

struct State {
    granted: i64,
    limits: StoreLimits,
}

/// Instantiates a module and calls its exports in turn; none if its imports have no default values.
fn run(engine: &Engine, wasm: &[u8], fuel: u64, seed: u64) -> Option<Outcome> {
    let module = Module::new(engine, wasm).expect("a valid module");
    let limits = StoreLimitsBuilder::new()
        .memory_size(MEMORY)
        .table_elements(ELEMENTS)
        .build();
    let mut store = Store::new(engine, State { granted: 0, limits });
    store.limiter(|state| &mut state.limits);
    store.set_fuel(fuel).expect("the engine counts fuel");
    let mut linker = Linker::new(engine);
    gate(&mut linker).expect("each function once");
    linker
        .define_unknown_imports_as_default_values(&mut store, &module)
        .ok()?;
    let mut outcome = Outcome {
        calls: Vec::new(),
        state: Vec::new(),
    };
    match linker.instantiate(&mut store, &module) {
        Ok(instance) => {
            outcome.calls.push(End::Results(Vec::new()));
            call_all(&mut store, &module, instance, seed, &mut outcome.calls);
            outcome.state = observe(&mut store, instance);
        }
        Err(error) => outcome.calls.push(end(&error)),
    }
    Some(outcome)
}

fn gate(linker: &mut Linker<State>) -> tenon_host::wasmtime::Result<()> {
    linker.func_wrap(
        MODULE,
        TAP,
        |mut caller: Caller<'_, State>, countdown: i64| {
            assert!(countdown < 0, "the tap is called for nothing");
            let state = caller.data_mut();
            // What is below zero was used beyond what was granted: by one dear operation, perhaps.
            if state.granted.saturating_sub(countdown) >= UNITS {
                return Err(Error::from(Stop::Units));
            }
            state.granted += GRANT;
            Ok(countdown.saturating_add(GRANT))
        },
    )?;
    linker.func_wrap(MODULE, STACK, || Err::<(), _>(Error::from(Stop::Depth)))?;
    linker.func_wrap(MODULE, REFUSED, || ())?;
    Ok(())
}

fn call_all(
    store: &mut Store<State>,
    module: &Module,
    instance: Instance,
    seed: u64,
    calls: &mut Vec<End>,
) {
    let mut random = Random::new(seed);
    for export in module.exports() {
        let ExternType::Func(ty) = export.ty() else {
            continue;
        };
        let func = instance.get_func(&mut *store, export.name());
        let func = func.expect("it is exported");
        let args: Vec<Val> = ty.params().map(|ty| argument(&ty, &mut random)).collect();
        let mut results = vec![Val::I32(0); ty.results().len()];
        let result = func.call(&mut *store, &args, &mut results);
        calls.push(match result {
            Ok(()) => End::Results(results.iter().map(text).collect()),
            Err(error) => end(&error),
        });
    }
}

fn end(error: &Error) -> End {
    if let Some(stop) = error.downcast_ref::<Stop>() {
        return End::Stop(*stop);
    }
    match error.downcast_ref::<Trap>() {
        Some(trap @ (Trap::OutOfFuel | Trap::StackOverflow)) => End::Cut(*trap),
        Some(trap) => End::Trap(trap.to_string()),
        None => End::Trap(error.to_string()),
    }
}

/// Small numbers, addresses and edges.
fn argument(ty: &ValType, random: &mut Random) -> Val {
    let number = match random.below(4) {
        0 => random.below(16) as u64,
        1 => random.below(1 << 16) as u64,
        2 => [u64::MAX, 1 << 31, (1 << 31) - 1, 1 << 63][random.below(4)],
        _ => random.bits(),
    };
    match ty {
        ValType::I32 => Val::I32(number as i32),
        ValType::I64 => Val::I64(number as i64),
        ValType::F32 => Val::F32(number as u32),
        ValType::F64 => Val::F64(number),
        ValType::V128 => Val::V128((u128::from(number) << 64 | u128::from(random.bits())).into()),
        _ => Val::null_func_ref(),
    }
}

/// A value to the bit; a reference only by whether it is null.
fn text(value: &Val) -> String {
    match value {
        Val::FuncRef(func) => format!("func {}", func.is_some()),
        value => format!("{value:?}"),
    }
}

fn observe(store: &mut Store<State>, instance: Instance) -> Vec<String> {
    let exports: Vec<(String, Extern)> = instance
        .exports(&mut *store)
        .map(|export| (export.name().to_owned(), export.into_extern()))
        // The gate's own counters.
        .filter(|(name, _)| !name.starts_with("tenon:"))
        .collect();
    let mut seen = Vec::new();
    for (name, export) in exports {
        match export {
            Extern::Global(global) => {
                seen.push(format!("{name} {}", text(&global.get(&mut *store))));
            }
            Extern::Memory(memory) => {
                let bytes = memory.data(&*store);
                seen.push(format!("{name} {} bytes {:x}", bytes.len(), digest(bytes)));
            }
            Extern::Table(table) => {
                let size = table.size(&*store);
                let set = (0..size).map(|at| {
                    let element = table.get(&mut *store, at);
                    u8::from(element.is_some_and(|it| it.as_func().flatten().is_some()))
                });
                let set: Vec<u8> = set.collect();
                seen.push(format!("{name} {size} elements {:x}", digest(&set)));
            }
            _ => {}
        }
    }
    seen
}

fn digest(bytes: &[u8]) -> u64 {
    let mut chunks = bytes.chunks_exact(8);
    let mut sum = bytes.len() as u64;
    let mut add = |word: u64| sum = (sum ^ word).wrapping_mul(0x100_0000_01b3).rotate_left(29);
    for chunk in &mut chunks {
        add(u64::from_le_bytes(chunk.try_into().expect("eight bytes")));
    }
    chunks.remainder().iter().for_each(|&byte| add(byte.into()));
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(wat: &str) -> &'static str {
        rewriter(&wat::parse_str(wat).expect("WAT"))
    }

    #[test]
    fn modules_end_each_in_their_way() {
        assert_eq!(outcome("(module)"), "same");
        assert_eq!(
            outcome(r#"(module (func (export "f") (loop br 0)))"#),
            "endless"
        );
        assert_eq!(
            outcome(r#"(module (func $f (export "f") (call $f) (call $f)))"#),
            "deep"
        );
        assert_eq!(
            outcome(r#"(module (import "a" "b" (global (mut externref))))"#),
            "malformed"
        );
        assert_eq!(rewriter(b"\0asm"), "malformed");
    }

    #[test]
    #[should_panic(expected = "call 1")]
    fn another_answer_is_a_failure() {
        let run = |wat: &str| {
            let wasm = wat::parse_str(wat).expect("WAT");
            run(&engines()[0], &wasm, FUEL, 1).expect("no imports")
        };
        let one = run(r#"(module (func (export "f") (result i32) (i32.const 1)))"#);
        let two = run(r#"(module (func (export "f") (result i32) (i32.const 2)))"#);
        assert_eq!(compare(&one, &one), "same");
        compare(&one, &two);
    }

    #[test]
    #[should_panic(expected = "x I32(1)")]
    fn another_state_is_a_failure() {
        let run = |value: u32| {
            let wat = format!(r#"(module (global (export "x") (mut i32) (i32.const {value})))"#);
            let wasm = wat::parse_str(wat).expect("WAT");
            run(&engines()[0], &wasm, FUEL, 1).expect("no imports")
        };
        compare(&run(1), &run(2));
    }
}
