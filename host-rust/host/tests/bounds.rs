//! What a small component may not make the host spend, and what one instance may have.

use tenon_host::wasmtime::component::Val;
use tenon_host::{Config, Engine, FaultKind, Kernel};

fn engine() -> Engine {
    Engine::new(&Config {
        memory_limit: 4 << 20,
        max_instances: 4,
        ..Config::default()
    })
    .unwrap()
}

fn load(text: &str) -> Result<Kernel, tenon_host::Fault> {
    engine().load(&wat::parse_str(text).unwrap())
}

/// A function of a parameter that has a field with a long name 2^12 times.
fn names(warm: &str) -> String {
    let (name, mut last) = ("a".repeat(500), "$r".to_owned());
    let mut types = String::new();
    for level in 0..12 {
        types += &format!("(type $t{level} (tuple {last} {last}))");
        last = format!("$t{level}");
    }
    format!(
        r#"(component
            (type $r' (record (field "{name}" u8))) (export $r "r" (type $r')) {types}
            (core module $m (memory (export "m") 1)
                (func (export "r") (param i32 i32 i32 i32) (result i32) i32.const 0) (func (export "f") (param i32)))
            (core instance $i (instantiate $m))
            (func (export "f") (param "x" {last}) (canon lift (core func $i "f") (memory (core memory $i "m")) (realloc (core func $i "r"))))
            {warm})"#
    )
}

#[test]
fn zeros_for_warming_up_are_bounded() {
    let kernel = load(&names(r#"(@custom "tenon:kernel" "{\"warm\":[\"f\"]}")"#)).unwrap();
    let fault = kernel.open().err().unwrap();
    assert_eq!(fault.kind(), FaultKind::Limit, "{fault}");
    assert_eq!(fault.export(), "f");
}

#[test]
fn faults_about_types_are_brief() {
    let kernel = load(&names("")).unwrap();
    let instance = kernel.open().unwrap();
    for fault in [
        instance.call("f", &[]).unwrap_err(),
        instance.call("f", &[Val::U8(1)]).unwrap_err(),
        instance.call_wave("f", &["1", "2"]).unwrap_err(),
        instance.call_wave("f", &["1"]).unwrap_err(),
    ] {
        let text = fault.to_string();
        assert_eq!(fault.kind(), FaultKind::Abi);
        assert!(text.len() < 4096 && text.contains('…'), "{}", text.len());
    }
}

/// The kind of fault of a function `f`, whose module has the memory, that grows it by so many pages or traps.
fn growing(memory: &str, pages: u32) -> FaultKind {
    let kernel = load(&format!(
        r#"(component
            (core module $m {memory}
                (func (export "f") (if (i32.eq (memory.grow (i32.const {pages})) (i32.const -1)) (then unreachable))))
            (core instance $i (instantiate $m)) (core instance $j (instantiate $m))
            (func (export "f") (canon lift (core func $i "f"))))"#
    ));
    let fault = kernel.unwrap().call_dynamic("f", &[]).unwrap_err();
    fault.kind()
}

#[test]
fn a_maximum_of_the_kernels_own_is_a_trap() {
    assert_eq!(growing("(memory 1 2)", 500), FaultKind::Trap);
    assert_eq!(growing("(memory 1)", 500), FaultKind::Memory);
}

#[test]
fn the_memories_of_an_instance_share_its_limit() {
    assert_eq!(growing("(memory 20)", 30), FaultKind::Memory);
    assert_eq!(growing("(memory 33)", 1), FaultKind::Memory, "at its start");
}

/// A component of so many instances of a module.
fn many(module: &str, count: usize) -> String {
    let instances: String = (0..count)
        .map(|n| format!("(core instance $i{n} (instantiate $m))"))
        .collect();
    format!(
        r#"(component
            (core module $m {module} (func (export "f") (result i32) i32.const 7))
            {instances} (func (export "f") (result u32) (canon lift (core func $i0 "f"))))"#
    )
}

#[test]
fn what_can_never_have_an_instance_is_refused_at_load() {
    for (module, what) in [("(memory 0)", "memories"), ("(table 1 funcref)", "tables")] {
        let fault = load(&many(module, 9)).unwrap_err();
        assert_eq!(fault.kind(), FaultKind::Policy, "{fault}");
        assert!(fault.message().contains(what), "{fault}");
        assert!(fault.help().contains("max_instances"), "{fault}");
    }
    let kernel = load(&many("", 600)).unwrap();
    assert_eq!(kernel.call_dynamic("f", &[]).unwrap(), [Val::U32(7)]);
}
