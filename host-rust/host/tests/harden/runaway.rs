//! Modules that would run for hours: each stops when its budget is spent.

use crate::run::{Budget, engine, hardened, run};
use std::fmt::Write as _;
use std::time::Instant;

/// Runs a module with the units of some milliseconds, and tells whether it was stopped.
fn stops(name: &str, text: &str) {
    let wasm = wat::parse_str(text).unwrap_or_else(|error| panic!("{name}: {error}"));
    let start = Instant::now();
    let (outcome, taps) = run(&engine(), &hardened(&wasm), Budget::Units(2_000_000));
    assert!(outcome.stopped(), "{name}: {outcome:?}");
    assert_eq!(taps, 2, "{name}");
    eprintln!("{name}: {:?}", start.elapsed());
}

#[test]
fn loops_stop() {
    stops(
        "an empty loop",
        r#"(module (func (export "f") (loop (br 0))))"#,
    );
    stops(
        "a start function",
        "(module (func $f (loop (br 0))) (start $f))",
    );
    stops(
        "a loop through a table",
        r#"(module (table 1 funcref) (elem (i32.const 0) $f) (func $f (local i64) (call_indirect (i32.const 0)))
            (func (export "f") (loop (call $g) (br 0))) (func $g (block (br_if 0 (i32.const 1)) (call $f))))"#,
    );
    stops(
        "a loop whose branch back is rare",
        r#"(module (func (export "f") (local $i i32)
            (loop $l (block $b (br_if $b (local.tee $i (i32.add (local.get $i) (i32.const 1)))) (return)) (br $l))))"#,
    );
}

/// 2^40 calls in 614 bytes and no loop.
#[test]
fn exponential_chains_of_calls_stop() {
    let mut text = String::from("(module (func $f0)");
    for n in 1..=40 {
        let callee = n - 1;
        write!(text, "(func $f{n} (call $f{callee}) (call $f{callee}))").unwrap();
    }
    text += r#"(export "f" (func $f40)))"#;
    stops("calls", &text);
}

#[test]
fn straight_code_with_long_fills_stops() {
    let fill = "(memory.fill (i32.const 0) (i32.const 1) (i32.const 0x1000000))".repeat(4_000);
    stops(
        "fills",
        &format!(r#"(module (memory 256) (func (export "f") {fill}))"#),
    );
    stops(
        "one copy, again and again",
        r#"(module (memory 512) (func (export "f") (loop
            (memory.copy (i32.const 1) (i32.const 0) (i32.const 0x1ffffff)) (br 0))))"#,
    );
    stops(
        "tables",
        r#"(module (table $t 5000000 funcref) (func (export "f") (loop
            (table.copy $t $t (i32.const 1) (i32.const 0) (i32.const 4999999)) (br 0))))"#,
    );
}

/// More instructions than may be paid at once, on ways that meet again.
#[test]
fn long_straight_code_pays_on_each_way() {
    let add = "(global.set $n (i32.add (global.get $n) (i32.const 1)))".repeat(6_000);
    let text = format!(
        r#"(module (global $n (export "n") (mut i32) (i32.const 0))
            (func $dear (param i32)
              (block $out
                (if (local.get 0) (then {add} (br_if $out (global.get $n))) (else (br $out)))
                {add})
              (br_if 0 (i32.eqz (local.get 0)))
              {add})
            (func (export "f") (param i32) (loop (call $dear (i32.const 0)) (call $dear (i32.const 1)) (br 0))))"#
    );
    stops("long code", &text);
}
