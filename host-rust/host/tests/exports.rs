//! Exports that have names in common.

use tenon_host::{Config, Engine, FaultKind};

/// Two versions of an interface are two interfaces: a name means one of them, or has to say which.
#[test]
fn versions_of_an_export_are_told_apart() {
    let component = r#"(component
        (core module $m
            (func (export "one") (result i32) (i32.const 1))
            (func (export "two") (result i32) (i32.const 2)))
        (core instance $i (instantiate $m))
        (func $one (result u32) (canon lift (core func $i "one")))
        (func $two (result u32) (canon lift (core func $i "two")))
        (instance $a (export "f" (func $one)))
        (instance $b (export "f" (func $two)))
        (export "test:wat/x@1.0.0" (instance $a))
        (export "test:wat/x@2.0.0" (instance $b)))"#;
    let engine = Engine::new(&Config::default()).unwrap();
    let kernel = engine.load(&wat::parse_str(component).unwrap()).unwrap();
    for (name, expected) in [("test:wat/x@1.0.0#f", "1"), ("test:wat/x@2.0.0#f", "2")] {
        assert_eq!(kernel.call_wave(name, &[""; 0]).unwrap(), expected);
    }
    for name in ["f", "x#f", "test:wat/x#f", "test:wat/x@3.0.0#f"] {
        let fault = kernel.call_wave(name, &[""; 0]).unwrap_err();
        assert_eq!(fault.kind(), FaultKind::Contract, "{name}: {fault}");
    }
}
