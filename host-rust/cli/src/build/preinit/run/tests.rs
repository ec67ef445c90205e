//! Modules that behave, and modules that do not.

use super::*;
use crate::build::contract::Zero;
use tenon_host::wasmtime::{Engine, Instance, Module, Store, Val};

/// Builds a table of squares on its first call, in memory that it first has to get, and counts the calls.
const LAZY: &str = r#"
(module
  (memory (export "memory") 1)
  (global $built (mut i32) (i32.const 0))
  (global $calls (mut i64) (i64.const 0))
  (global $vector (mut v128) (v128.const i64x2 0 0))
  (data (i32.const 8) "as compiled")
  (func $build (local $i i32)
    (drop (memory.grow (i32.const 2)))
    (loop $next
      (i32.store offset=65536 (i32.mul (local.get $i) (i32.const 4)) (i32.mul (local.get $i) (local.get $i)))
      (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 1000))))
    (global.set $vector (v128.const i64x2 7 9))
    (global.set $built (i32.const 1)))
  (func (export "a:b/c@1.0.0#square") (param $n i32) (param $text i32) (param $length i32) (result i32)
    (if (i32.eqz (global.get $built)) (then (call $build)))
    (if (i32.ne (local.get $text) (i32.const 16)) (then unreachable))
    (global.set $calls (i64.add (global.get $calls) (i64.const 1)))
    (i32.load offset=65536 (i32.mul (local.get $n) (i32.const 4))))
  (func (export "cabi_post_a:b/c@1.0.0#square") (param $answer i32)
    (global.set $calls (i64.add (global.get $calls) (i64.const 100))))
  (func (export "calls") (result i64) (global.get $calls))
  (func (export "lane") (result i64) (i64x2.extract_lane 1 (global.get $vector)))
  (func (export "byte") (param i32) (result i32) (i32.load8_u (local.get 0))))
"#;

fn warm_up(exports: &[&str], args: &[Zero], bounds: Bounds) -> WarmUp {
    let call = |export: &&str| WarmCall {
        export: (*export).to_owned(),
        args: args.to_owned(),
    };
    WarmUp {
        calls: exports.iter().map(call).collect(),
        bounds,
    }
}

fn wat(text: &str) -> Vec<u8> {
    wat::parse_str(text).expect("a module")
}

fn lazy() -> Vec<u8> {
    let args = [Zero::I32, Zero::Nowhere, Zero::I32];
    let warm_up = warm_up(&["a:b/c@1.0.0#square"], &args, Bounds::default());
    warm_up.run(&wat(LAZY), "lazy").expect("a snapshot")
}

/// Instantiates a module anew and calls it.
fn ask(module: &[u8], export: &str, args: &[Val]) -> Val {
    let engine = Engine::default();
    let module = Module::new(&engine, module).expect("a module");
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module, &[]).expect("an instance");
    let func = instance.get_func(&mut store, export).expect("an export");
    let mut results = [Val::I32(0)];
    func.call(&mut store, args, &mut results)
        .expect("an answer");
    results[0]
}

#[test]
fn an_instance_begins_where_the_calls_ended() {
    let snapshot = lazy();
    // One call, and one that gave its answer back.
    assert_eq!(ask(&snapshot, "calls", &[]).i64(), Some(101));
    assert_eq!(ask(&wat(LAZY), "calls", &[]).i64(), Some(0));
    assert_eq!(ask(&snapshot, "lane", &[]).i64(), Some(9));
    assert_eq!(
        ask(&snapshot, "byte", &[Val::I32(8)]).i32(),
        Some(b'a'.into())
    );
    // The table is there, in memory that the module did not have.
    let last = 65_536 + 999 * 4;
    assert_eq!(ask(&snapshot, "byte", &[Val::I32(last)]).i32(), Some(0x71));
    let thirty = [Val::I32(30), Val::I32(16), Val::I32(0)];
    for module in [&snapshot, &wat(LAZY)] {
        assert_eq!(ask(module, "a:b/c@1.0.0#square", &thirty).i32(), Some(900));
    }
}

#[test]
fn the_same_module_gives_the_same_bytes() {
    assert!(lazy() == lazy());
}

#[test]
fn a_start_function_runs_once() {
    let module = wat(r#"(module (memory (export "memory") 1)
        (func $start (i32.store8 (i32.const 0) (i32.add (i32.load8_u (i32.const 0)) (i32.const 1))))
        (start $start)
        (func (export "f"))
        (func (export "byte") (result i32) (i32.load8_u (i32.const 0))))"#);
    let snapshot = warm_up(&["f"], &[], Bounds::default()).run(&module, "started");
    let snapshot = snapshot.expect("a snapshot");
    assert_eq!(ask(&snapshot, "byte", &[]).i32(), Some(1));
}

/// What is said of a module whose function `f` is called under bounds that are soon reached, but for the time.
fn refused(text: &str) -> String {
    refused_within(Duration::from_secs(60), text)
}

fn refused_within(time: Duration, text: &str) -> String {
    let bounds = Bounds {
        time: Some(time),
        memory: 4 << 20,
        ..Bounds::default()
    };
    let run = warm_up(&["f"], &[], bounds).run(&wat(text), "hostile");
    run.expect_err(text).to_string()
}

#[test]
fn what_does_not_end_well_is_told() {
    for (text, parts) in [
        (
            "(module (func $boom (export \"f\") unreachable))",
            &["hostile: f failed", "unreachable", "stack: boom"][..],
        ),
        (
            "(module (func $turn (export \"f\") (loop (br 0))))",
            &[
                "ran for 100ms and did not end",
                "stack: turn",
                "--preinit-timeout",
            ],
        ),
        (
            "(module (func $turn (loop (br 0))) (start $turn) (func (export \"f\")))",
            &["the start function failed", "did not end"],
        ),
        (
            "(module (memory (export \"memory\") 1) (func (export \"f\") (loop (drop (memory.grow (i32.const 16))) (br 0))))",
            &["more than 4 MiB of memory"],
        ),
        (
            "(module (memory (export \"memory\") 40) (memory 40) (func (export \"f\")))",
            &["the start function failed", "more than 4 MiB of memory"],
        ),
        (
            "(module (table 70000 funcref) (func (export \"f\")))",
            &["a table of more than 65536 elements"],
        ),
        (
            "(module (func $deeper (export \"f\") (call $deeper)))",
            &["call stack exhausted"],
        ),
        (
            "(module (memory (export \"memory\") 1) (func (export \"f\") (drop (i32.load (i32.const -4)))))",
            &["out of bounds memory access"],
        ),
        (
            "(module (import \"[export]a:b/c\" \"[resource-new]r\" (func (param i32) (result i32))) \
             (func (export \"f\") (drop (call 0 (i32.const 0)))))",
            &["unknown import", "[resource-new]r"],
        ),
        (
            "(module (func (export \"g\")))",
            &["the module exports no function `f`"],
        ),
        (
            "(module (func (export \"f\") (param i64)))",
            &["expected 1 arguments, got 0"],
        ),
    ] {
        let said = if parts.iter().any(|part| part.contains("did not end")) {
            refused_within(Duration::from_millis(100), text)
        } else {
            refused(text)
        };
        for part in parts {
            assert!(said.contains(part), "{text}\n{said}");
        }
        assert!(said.contains("\n  help:  "), "{said}");
    }
}

#[test]
fn a_panics_report_is_told() {
    let said = refused(
        r#"(module (memory (export "memory") 1) (global (export "tenon_panic") i32 (i32.const 64))
        (data (i32.const 64) "\10\00\00\00src/lib.rs:7:9:\n")
        (func (export "f") unreachable))"#,
    );
    assert!(
        said.contains("\n  panic: src/lib.rs:7:9:\u{fffd}"),
        "{said}"
    );
    for (global, length) in [
        ("(i32.const -1)", "\\10\\00"),
        ("(i32.const 64)", "\\ff\\ff"),
    ] {
        let said = refused(&format!(
            "(module (memory (export \"memory\") 1) (global (export \"tenon_panic\") i32 {global}) \
             (data (i32.const 64) \"{length}\\00\\00src/lib.rs\") (func (export \"f\") unreachable))"
        ));
        assert!(!said.contains("panic:"), "{said}");
    }
}

#[test]
fn what_a_snapshot_does_not_hold_is_refused() {
    let body = |code: &str| {
        format!(
            "(module (memory (export \"memory\") 1) (table 1 funcref) (data $d \"x\") (elem $e func 0) \
             (func (export \"f\") {code}))"
        )
    };
    for (text, found) in [
        (
            body("(table.set (i32.const 0) (ref.null func))"),
            "table.set",
        ),
        (
            body("(drop (table.grow (ref.null func) (i32.const 1)))"),
            "table.grow",
        ),
        (
            body("(table.fill (i32.const 0) (ref.null func) (i32.const 0))"),
            "table.fill",
        ),
        (
            body("(table.copy (i32.const 0) (i32.const 0) (i32.const 0))"),
            "table.copy",
        ),
        (
            body("(table.init $e (i32.const 0) (i32.const 0) (i32.const 0))"),
            "table.init",
        ),
        (body("(data.drop $d)"), "data.drop"),
        (body("(elem.drop $e)"), "elem.drop"),
        (
            "(module (import \"env\" \"memory\" (memory 1)) (func (export \"f\")))".to_owned(),
            "imported memories",
        ),
        (
            "(module (import \"env\" \"table\" (table 1 funcref)) (func (export \"f\")))"
                .to_owned(),
            "imported tables",
        ),
        (
            "(module (import \"env\" \"g\" (global (mut i32))) (func (export \"f\")))".to_owned(),
            "imported globals",
        ),
        (
            "(module (global (mut funcref) (ref.null func)) (func (export \"f\")))".to_owned(),
            "mutable global containing a reference",
        ),
    ] {
        let said = refused(&text);
        assert!(
            said.contains("hostile: the kernel cannot be pre-initialised") && said.contains(found),
            "{text}\n{said}"
        );
        assert!(
            said.contains("a snapshot holds the kernel's own memory"),
            "{said}"
        );
    }
}

#[test]
fn bytes_that_are_no_module_are_refused() {
    let whole = wat(LAZY);
    for bytes in [&b"hello"[..], &whole[..whole.len() / 2], b""] {
        let said = warm_up(&["f"], &[], Bounds::default()).run(bytes, "cut");
        let said = said.expect_err("no module").to_string();
        assert!(
            said.contains("cut: the kernel cannot be pre-initialised"),
            "{said}"
        );
    }
}
