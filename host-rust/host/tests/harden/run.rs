//! Runs a module with a countdown, and the same module without.

use tenon_host::wasmtime::{
    Config, Engine, Error, Extern, ExternType, Instance, Linker, Module, Store, Trap, Val, ValType,
};
use tenon_transpile::harden::{COUNTDOWN, Gate, Hardening, MODULE, STACK_LEFT, TAP, harden};

const GATE: Hardening = Hardening {
    gate: Some(Gate::Owner),
    floats: false,
    table_elements: None,
    stack: None,
    lean: false,
};

/// What the tap does when it is called with an overdrawn countdown.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Budget {
    /// Grants 10,000 units each time.
    Ample,
    /// Grants so many in all, to the unit.
    Units(i64),
}

/// The tap's trap.
#[derive(Debug)]
pub(crate) struct Spent;

impl std::fmt::Display for Spent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the budget is spent")
    }
}

impl std::error::Error for Spent {}

struct State {
    budget: Budget,
    /// Units granted so far.
    granted: i64,
    taps: u64,
}

/// What is left of a run: everything that can be seen from outside.
#[derive(Debug, PartialEq)]
pub(crate) struct Outcome {
    /// How instantiation ended, then each call: results, or a trap in wasmtime's words.
    pub(crate) calls: Vec<Result<Vec<String>, String>>,
    /// Exported globals and a digest of each exported memory.
    state: Vec<String>,
}

impl Outcome {
    /// Whether the tap stopped something.
    pub(crate) fn stopped(&self) -> bool {
        let spent = Spent.to_string();
        self.calls
            .iter()
            .any(|call| call.as_ref().is_err_and(|trap| *trap == spent))
    }
}

pub(crate) fn engine() -> Engine {
    let mut config = Config::new();
    config.max_wasm_stack(256 << 10);
    Engine::new(&config).expect("an engine")
}

pub(crate) fn hardened(wasm: &[u8]) -> Vec<u8> {
    harden(wasm, &GATE).expect("a valid module")
}

/// Runs all exported functions of a module in turn, and tells how many taps there were.
pub(crate) fn run(engine: &Engine, wasm: &[u8], budget: Budget) -> (Outcome, u64) {
    let module = Module::new(engine, wasm).expect("a valid module");
    let state = State {
        budget,
        granted: 0,
        taps: 0,
    };
    let mut store = Store::new(engine, state);
    let mut linker = Linker::new(engine);
    let tap = |mut caller: tenon_host::wasmtime::Caller<'_, State>, countdown: i64| {
        let state = caller.data_mut();
        assert!(countdown < 0, "the tap is called for nothing");
        state.taps += 1;
        let grant = match state.budget {
            Budget::Ample => {
                // One operation may use more than is granted at once.
                let more = countdown.abs() / 10_000;
                state.taps += more as u64;
                10_000 * (1 + more)
            }
            Budget::Units(units) if state.granted == 0 => units,
            Budget::Units(_) => return Err(Error::from(Spent)),
        };
        state.granted += grant;
        // What was used too much is taken from the grant, so that the sum is exact.
        Ok(grant + countdown)
    };
    linker.func_wrap(MODULE, TAP, tap).expect("one tap");
    linker
        .define_unknown_imports_as_default_values(&mut store, &module)
        .expect("imports have default values");
    let mut calls = Vec::new();
    let mut left = Vec::new();
    match linker.instantiate(&mut store, &module) {
        Ok(instance) => {
            calls.push(Ok(Vec::new()));
            call_all(&mut store, &module, instance, &mut calls);
            left = observe(&mut store, instance);
        }
        Err(error) => calls.push(Err(words(&error))),
    }
    let outcome = Outcome { calls, state: left };
    (outcome, store.data().taps)
}

fn call_all(
    store: &mut Store<State>,
    module: &Module,
    instance: Instance,
    calls: &mut Vec<Result<Vec<String>, String>>,
) {
    for export in module.exports() {
        let ExternType::Func(ty) = export.ty() else {
            continue;
        };
        let func = instance
            .get_func(&mut *store, export.name())
            .expect("it is exported");
        let args: Vec<Val> = ty.params().map(|ty| argument(&ty)).collect();
        let mut results = vec![Val::I32(0); ty.results().len()];
        let result = func.call(&mut *store, &args, &mut results);
        calls.push(match result {
            Ok(()) => Ok(results.iter().map(text).collect()),
            Err(error) => Err(words(&error)),
        });
    }
}

fn argument(ty: &ValType) -> Val {
    match ty {
        ValType::I32 => Val::I32(7),
        ValType::I64 => Val::I64(-3),
        ValType::F32 => Val::F32(1.5_f32.to_bits()),
        ValType::F64 => Val::F64((-2.25_f64).to_bits()),
        ValType::V128 => Val::V128(0x0123_4567_89ab_cdef_0011_2233_4455_6677.into()),
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

/// How a call ended: wasmtime's trap, or the tap's.
fn words(error: &Error) -> String {
    match (error.downcast_ref::<Trap>(), error.downcast_ref::<Spent>()) {
        (Some(trap), _) => trap.to_string(),
        (_, Some(spent)) => spent.to_string(),
        _ => format!("{error:?}"),
    }
}

fn observe(store: &mut Store<State>, instance: Instance) -> Vec<String> {
    let exports: Vec<(String, Extern)> = instance
        .exports(&mut *store)
        .map(|export| (export.name().to_owned(), export.into_extern()))
        .collect();
    exports
        .into_iter()
        .filter(|(name, _)| ![COUNTDOWN, STACK_LEFT].contains(&name.as_str()))
        .filter_map(|(name, export)| match export {
            Extern::Global(global) => Some(format!("{name} {}", text(&global.get(&mut *store)))),
            Extern::Memory(memory) => {
                let bytes = memory.data(&*store);
                let sum = bytes.iter().fold(0_u64, |sum, byte| {
                    (sum ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3)
                });
                Some(format!("{name} {} bytes {sum:x}", bytes.len()))
            }
            Extern::Table(table) => {
                let size = table.size(&*store);
                let set: Vec<bool> = (0..size)
                    .filter_map(|at| table.get(&mut *store, at))
                    .map(|element| element.as_func().flatten().is_some())
                    .collect();
                Some(format!("{name} {set:?}"))
            }
            _ => None,
        })
        .collect()
}

/// The units of a run, by bisection: with so many it ends as without a countdown, with one less the tap stops it.
pub(crate) fn units(engine: &Engine, hardened: &[u8], taps: u64) -> i64 {
    // The ample run granted 10,000 units a tap and used all but the last grant's rest.
    let (mut low, mut high) = (0, 10_000 * taps as i64);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        let (outcome, _) = run(engine, hardened, Budget::Units(middle));
        if outcome.stopped() {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

/// Compares a module with itself made interruptible. Gives the number of taps.
pub(crate) fn compare(engine: &Engine, name: &str, wasm: &[u8]) -> u64 {
    let (want, _) = run(engine, wasm, Budget::Ample);
    let hardened = hardened(wasm);
    let (got, taps) = run(engine, &hardened, Budget::Ample);
    assert_eq!(got, want, "{name}");
    if taps > 1 {
        let (small, _) = run(engine, &hardened, Budget::Units(1));
        assert!(small.stopped(), "{name}: {small:?}");
        // Up to where it is stopped, it does what it did.
        let until = small
            .calls
            .iter()
            .position(|call| matches!(call, Err(text) if *text == Spent.to_string()));
        let until = until.expect("it is stopped");
        assert_eq!(small.calls[..until], want.calls[..until], "{name}");
    }
    taps
}
