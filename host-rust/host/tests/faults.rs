//! Bad input and bad guests: each ends in a typed fault, and the host serves on.

use tenon_host::contracts::redact;
use tenon_host::contracts::scalar;
use tenon_host::wasmtime::component::Val;
use tenon_host::{Config, Engine, Fault, FaultKind, Kernel};

const SCALAR: &str = "../../host-go/internal/fixture/scalar/scalar.wasm";

fn engine() -> Engine {
    Engine::new(&Config {
        memory_limit: 4 << 20,
        answer_limit: 1 << 20,
        max_instances: 8,
        ..Config::default()
    })
    .unwrap()
}

/// A component whose function `f` is a core function `f`, in a world without a package.
fn kernel(engine: &Engine, core: &str, ty: &str, options: &str) -> Result<Kernel, Fault> {
    let text = format!(
        r#"(component
            (core module $m {core})
            (core instance $i (instantiate $m))
            (func (export "f") {ty} (canon lift (core func $i "f") {options})))"#
    );
    engine.load(&wat::parse_str(text).unwrap())
}

/// The fault of calling `f` without arguments.
fn fault(core: &str) -> Fault {
    let kernel = kernel(&engine(), core, "", "").unwrap();
    kernel.call_dynamic("f", &[]).unwrap_err()
}

/// The fault of calling an `f` that answers with what the core function points at.
fn lift_fault(core: &str, result: &str) -> Fault {
    let memory = r#"(memory (core memory $i "memory"))"#;
    let kernel = kernel(&engine(), core, &format!("(result {result})"), memory).unwrap();
    kernel.call_dynamic("f", &[]).unwrap_err()
}

#[test]
fn bytes_that_are_no_component_are_refused() {
    let engine = engine();
    let scalar = std::fs::read(SCALAR).unwrap();
    let core = wat::parse_str("(module)").unwrap();
    let cases: [(&[u8], FaultKind); 4] = [
        (b"", FaultKind::Malformed),
        (b"GIF89a", FaultKind::Malformed),
        (&scalar[..scalar.len() / 2], FaultKind::Malformed),
        (&core, FaultKind::Malformed),
    ];
    for (bytes, kind) in cases {
        let fault = engine.load(bytes).unwrap_err();
        assert_eq!(fault.kind(), kind, "{fault}");
        assert!(!fault.help().is_empty(), "{fault} says what to do");
    }
}

#[test]
fn a_fault_of_loading_names_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("picture.wasm");
    std::fs::write(&path, "GIF89a").unwrap();
    let fault = engine().load_file(&path).unwrap_err();
    assert_eq!(fault.kind(), FaultKind::Malformed);
    assert!(fault.to_string().contains("picture.wasm"), "{fault}");
    assert_eq!(fault.file(), path.display().to_string());
}

#[test]
fn imports_and_features_that_are_not_granted_are_refused() {
    let engine = engine();
    let load = |text: &str| engine.load(&wat::parse_str(text).unwrap()).unwrap_err();
    let fault =
        load(r#"(component (import "wasi:cli/environment@0.2.0" (instance (export "f" (func)))))"#);
    assert_eq!(fault.kind(), FaultKind::Policy, "{fault}");
    assert!(
        fault.to_string().contains("wasi:cli/environment@0.2.0"),
        "{fault}"
    );
    let fault = load(r#"(component (import "f" (func (result (future u32)))))"#);
    assert_eq!(fault.kind(), FaultKind::Unsupported, "{fault}");
}

#[test]
fn a_component_that_starts_too_large_is_refused_at_load() {
    let fault = kernel(&engine(), r#"(memory 65) (func (export "f"))"#, "", "").unwrap_err();
    assert_eq!(fault.kind(), FaultKind::Policy, "{fault}");
    let fault = kernel(
        &engine(),
        r#"(table 100000 funcref) (func (export "f"))"#,
        "",
        "",
    )
    .unwrap_err();
    assert_eq!(fault.kind(), FaultKind::Policy, "{fault}");
}

#[test]
fn a_component_of_another_contract_does_not_fit_the_slot() {
    let engine = engine();
    let kernel = engine.load_file(SCALAR).unwrap();
    let fault = engine
        .slot::<redact::Contract>("logs")
        .kernel(&kernel)
        .build()
        .unwrap_err();
    assert_eq!(fault.kind(), FaultKind::Contract);
    assert_eq!(fault.slot(), "logs");
    assert!(fault.to_string().contains("tenon:scalar@1.0.0"), "{fault}");
    assert!(fault.to_string().contains("tenon:redact@1.0.0"), "{fault}");
}

#[test]
fn a_component_with_other_types_does_not_fit_the_slot() {
    let text = r#"(component
        (core module $m (func (export "add") (param i32 i64) (result i32) unreachable))
        (core instance $i (instantiate $m))
        (func $add (param "a" u32) (param "b" u64) (result u32) (canon lift (core func $i "add")))
        (instance $calls (export "add" (func $add)))
        (export "tenon:scalar/calls@1.0.0" (instance $calls)))"#;
    let engine = engine();
    let kernel = engine.load(&wat::parse_str(text).unwrap()).unwrap();
    let fault = engine
        .slot::<scalar::Contract>("sums")
        .kernel(&kernel)
        .build()
        .unwrap_err();
    assert_eq!(fault.kind(), FaultKind::Contract, "{fault}");
}

#[test]
fn traps_are_faults_with_a_backtrace() {
    let cases = [
        ("(func $boom (export \"f\") unreachable)", "unreachable"),
        (
            "(func $boom (export \"f\") (drop (i32.div_s (i32.const 1) (i32.const 0))))",
            "integer divide by zero",
        ),
        (
            "(memory 1) (func $boom (export \"f\") (drop (i32.load (i32.const -4))))",
            "memory out of bounds",
        ),
        (
            "(table 1 funcref) (func $boom (export \"f\") (call_indirect (i32.const 7)))",
            "table out of bounds",
        ),
        (
            "(table 1 funcref) (elem (i32.const 0) $g) (func $g (param i32)) (func $boom (export \"f\") (call_indirect (i32.const 0)))",
            "indirect call mismatch",
        ),
        (
            "(func $boom (export \"f\") (drop (i32.trunc_f32_s (f32.const nan))))",
            "invalid conversion",
        ),
    ];
    for (core, message) in cases {
        let fault = fault(core);
        assert_eq!(fault.kind(), FaultKind::Trap, "{fault}");
        assert_eq!(fault.message(), message);
        assert_eq!(fault.backtrace(), ["boom"], "{message}");
        assert_eq!(fault.export(), "f");
    }
}

#[test]
fn a_panic_tells_its_message_and_place() {
    let kernel = engine().load_file(SCALAR).unwrap();
    let fault = kernel
        .call_dynamic("fail", &[Val::String("no such \u{1f980}".into())])
        .unwrap_err();
    assert_eq!(fault.kind(), FaultKind::Trap);
    assert!(fault.message().ends_with(": no such \u{1f980}"), "{fault}");
    assert!(fault.message().contains("lib.rs:"), "{fault}");
    assert_eq!(fault.export(), "tenon:scalar/calls@1.0.0#fail");
    assert!(
        fault.backtrace().iter().any(|frame| frame.contains("fail")),
        "{fault:?}"
    );
    assert_eq!(
        (fault.kernel(), fault.version()),
        ("scalar", kernel.digest())
    );
}

#[test]
fn endless_recursion_is_a_fault_of_the_stack() {
    assert_eq!(
        fault(r#"(func $f (export "f") (call $f))"#).kind(),
        FaultKind::Stack
    );
}

#[test]
fn a_trap_after_refused_memory_is_a_fault_of_memory() {
    let greedy = r#"(memory 1) (func (export "f")
        (if (i32.eq (memory.grow (i32.const 1000)) (i32.const -1)) (then unreachable)))"#;
    assert_eq!(fault(greedy).kind(), FaultKind::Memory);
}

#[test]
fn an_answer_that_breaks_the_abi_is_a_fault() {
    let string = |pointer: u32, length: u32, data: &str| {
        format!(
            r#"(memory (export "memory") 1) (data (i32.const 16) "{data}")
            (func (export "f") (result i32)
                (i32.store (i32.const 0) (i32.const {pointer})) (i32.store (i32.const 4) (i32.const {length})) (i32.const 0))"#
        )
    };
    let scalar = |value: &str| {
        format!(
            r#"(memory (export "memory") 1) (func (export "f") (result i32) (i32.const {value}))"#
        )
    };
    let cases = [
        (string(16, 3, r"\ff\fe\fd"), "string"),
        (string(65_535, 2, ""), "string"),
        (string(2, 4_294_967_295, ""), "(list u32)"),
        (string(1, 1, ""), "(list u32)"),
        (scalar("0xd800"), "char"),
        (string(2, 0, ""), "(option u8)"),
        (scalar("1"), "string"),
        (scalar("-4"), "string"),
    ];
    for (core, result) in cases {
        let fault = lift_fault(&core, result);
        assert_eq!(fault.kind(), FaultKind::Abi, "{result}: {fault}");
        assert!(!fault.message().is_empty());
    }
}

#[test]
fn an_answer_over_the_limit_is_a_fault_of_memory() {
    // Four million unit-sized elements of one page, seen through lists that share it.
    let core = r#"(memory (export "memory") 32)
        (func (export "f") (result i32) (local $i i32)
            (i32.store (i32.const 0) (i32.const 8)) (i32.store (i32.const 4) (i32.const 100))
            (loop
                (i32.store (i32.add (i32.const 8) (i32.mul (local.get $i) (i32.const 8))) (i32.const 0))
                (i32.store (i32.add (i32.const 12) (i32.mul (local.get $i) (i32.const 8))) (i32.const 65536))
                (local.set $i (i32.add (local.get $i) (i32.const 1)))
                (br_if 0 (i32.lt_u (local.get $i) (i32.const 100))))
            (i32.const 0))"#;
    let fault = lift_fault(core, "(list (list u8))");
    assert_eq!(fault.kind(), FaultKind::Memory, "{fault}");
    assert!(fault.help().contains("answer_limit"), "{fault}");
}

#[test]
fn an_instance_ends_with_its_first_fault() {
    let kernel = engine().load_file(SCALAR).unwrap();
    let instance = kernel.open().unwrap();
    assert_eq!(instance.call_wave("add", &["1", "2"]).unwrap(), "3");
    assert_eq!(
        instance
            .call_wave("fail", &[r#""boom""#])
            .unwrap_err()
            .kind(),
        FaultKind::Trap
    );
    assert_eq!(
        instance.call_wave("add", &["1", "2"]).unwrap_err().kind(),
        FaultKind::Closed
    );
}

#[test]
fn calls_by_name_explain_themselves() {
    let kernel = engine().load_file(SCALAR).unwrap();
    let instance = kernel.open().unwrap();
    for name in [
        "add",
        "calls#add",
        "calls.add",
        "tenon:scalar/calls#add",
        "tenon:scalar/calls@1.0.0#add",
    ] {
        assert_eq!(
            instance.call_wave(name, &["1", "2"]).unwrap(),
            "3",
            "{name}"
        );
    }
    let unknown = instance.call_wave("ad", &["1"]).unwrap_err();
    assert_eq!(unknown.kind(), FaultKind::Contract);
    assert!(
        unknown.help().contains("tenon:scalar/calls@1.0.0#add"),
        "{unknown}"
    );
    let few = instance.call_wave("add", &["1"]).unwrap_err();
    assert!(
        few.to_string().contains("2 arguments, 1 given") && few.help().contains("a: u32"),
        "{few}"
    );
    let wrong = instance.call_wave("add", &["1", "two"]).unwrap_err();
    assert_eq!(wrong.kind(), FaultKind::Abi);
    assert!(
        wrong.to_string().contains("argument b is not a u32"),
        "{wrong}"
    );
    // None of these were the instance's fault.
    assert_eq!(instance.call_wave("add", &["1", "2"]).unwrap(), "3");
}

#[test]
fn without_instances_to_be_had_a_call_is_overloaded() {
    let engine = Engine::new(&Config {
        max_instances: 1,
        ..Config::default()
    })
    .unwrap();
    let kernel = engine.load_file(SCALAR).unwrap();
    let held = kernel.open().unwrap();
    let fault = kernel.call_wave("add", &["1", "2"]).unwrap_err();
    assert_eq!(fault.kind(), FaultKind::Overloaded, "{fault}");
    assert!(fault.help().contains("max_instances"), "{fault}");
    drop(held);
    assert_eq!(kernel.call_wave("add", &["1", "2"]).unwrap(), "3");
}

#[test]
fn without_a_baseline_the_caller_sees_the_fault() {
    let engine = engine();
    let kernel = engine.load_file(SCALAR).unwrap();
    let slot = engine
        .slot::<scalar::Contract>("sums")
        .kernel(&kernel)
        .build()
        .unwrap();
    let fault = slot.call(|k| k.fail("boom")).unwrap_err();
    assert_eq!((fault.kind(), fault.slot()), (FaultKind::Trap, "sums"));
    assert_eq!(slot.call(|k| k.add(1, 2)).unwrap(), 3);
    let empty = engine.slot::<scalar::Contract>("none").build().unwrap_err();
    assert_eq!(empty.kind(), FaultKind::Policy);
}
