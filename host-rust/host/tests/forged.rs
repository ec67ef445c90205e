//! Components that declare types of their own choosing for what they import, to come by handles that nobody gave them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tenon_host::wasmtime::component::{Resource, Val};
use tenon_host::{Config, Engine, FaultKind, Import, LoadOptions, Wasi};

/// Declares that stdout is a sink, which is a resource of another import: `steal` uses what it is given as one, `kill` drops
/// it.
const FORGE: &str = r#"(component
    (import "test:wat/env@1.2.0" (instance $env
        (export "sink" (type $sink (sub resource)))
        (export "use" (func (param "s" (borrow $sink)) (result u32)))))
    (alias export $env "sink" (type $sink))
    (import "wasi:cli/stdout@0.2.3" (instance $stdout
        (export "output-stream" (type $o (eq $sink)))
        (export "get-stdout" (func (result (own $o))))))
    (core func $use (canon lower (func $env "use")))
    (core func $get (canon lower (func $stdout "get-stdout")))
    (core func $drop (canon resource.drop $sink))
    (core module $m
        (import "" "use" (func $use (param i32) (result i32)))
        (import "" "get" (func $get (result i32)))
        (import "" "drop" (func $drop (param i32)))
        (func (export "steal") (result i32) (call $use (call $get)))
        (func (export "kill") (result i32) (call $drop (call $get)) (i32.const 1)))
    (core instance $i (instantiate $m (with "" (instance
        (export "use" (func $use)) (export "get" (func $get)) (export "drop" (func $drop))))))
    (func (export "steal") (result u32) (canon lift (core func $i "steal")))
    (func (export "kill") (result u32) (canon lift (core func $i "kill"))))"#;

/// Handles know the host's type behind them: a function that answers with one of another type, or with a number, has
/// failed, and the component has nothing.
#[test]
fn a_handle_is_of_the_type_that_its_owner_gave_it() {
    struct Sink;
    struct Other;
    let component = wat::parse_str(FORGE).unwrap();
    let used = Arc::new(AtomicU32::new(0));
    let number =
        Import::interface("wasi:cli/stdout@0.2.3").func("get-stdout", |_, _| Ok(Some(Val::U32(0))));
    let other = Import::interface("wasi:cli/stdout@0.2.3")
        .func("get-stdout", |call, _| call.give(Other).map(Some));
    let calls = Arc::clone(&used);
    let env = Import::interface("test:wat/env@1.2.0")
        .resource::<Sink>("sink")
        .func("use", move |_, _| {
            calls.fetch_add(1, Ordering::SeqCst);
            Ok(Some(Val::U32(42)))
        });
    let load = |imports| {
        let options = LoadOptions {
            imports,
            wasi: Wasi::Stub,
        };
        let engine = Engine::new(&Config::default()).unwrap();
        engine.load_with(&component, &options)
    };
    let fault = load(vec![env.clone()]).unwrap_err();
    assert_eq!(fault.kind(), FaultKind::Contract, "{fault}");
    assert!(
        fault
            .message()
            .starts_with("import wasi:cli/stdout@0.2.3.get-stdout: "),
        "{fault}"
    );
    for stdout in [number, other] {
        let kernel = load(vec![env.clone(), stdout]).unwrap();
        for export in ["steal", "kill"] {
            let instance = kernel.open().unwrap();
            let fault = instance.call_wave(export, &[""; 0]).unwrap_err();
            assert_eq!(fault.kind(), FaultKind::Trap, "{fault}");
            assert!(fault.message().contains("a wrong result"), "{fault}");
        }
    }
    assert_eq!(used.load(Ordering::SeqCst), 0);

    // Typed functions are held to their types when the component is loaded.
    let typed = Import::interface("wasi:cli/stdout@0.2.3").typed(
        || (),
        |instance| {
            instance.func_wrap("get-stdout", |_, (): ()| {
                Ok((Resource::<Other>::new_own(0),))
            })
        },
    );
    let fault = load(vec![env, typed]).unwrap_err();
    assert_eq!(fault.kind(), FaultKind::Contract, "{fault}");
    assert!(fault.to_string().contains("get-stdout"), "{fault}");
}
