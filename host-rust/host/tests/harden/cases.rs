//! Modules by hand: each way that code can flow, and each bulk operation at its edges.

use crate::run::{Budget, compare, engine, hardened, run};

/// A name and a module; all functions that it exports are called.
const CASES: &[(&str, &str)] = &[
    ("nothing", "(module)"),
    (
        "an import and nothing else",
        r#"(module (import "a" "b" (func)))"#,
    ),
    ("an empty function", r#"(module (func (export "f")))"#),
    (
        "constants",
        r#"(module (func (export "f") (result i32) i32.const 7))"#,
    ),
    (
        "nested loops",
        r#"(module (func (export "f") (result i32) (local $i i32) (local $j i32) (local $n i32)
            (loop $outer
              (local.set $j (i32.const 0))
              (loop $inner
                (local.set $n (i32.add (local.get $n) (i32.const 1)))
                (local.set $j (i32.add (local.get $j) (i32.const 1)))
                (br_if $inner (i32.lt_u (local.get $j) (i32.const 30)))
                (br_if $outer (i32.eq (i32.rem_u (local.get $n) (i32.const 97)) (i32.const 5))))
              (local.set $i (i32.add (local.get $i) (i32.const 1)))
              (br_if $outer (i32.lt_u (local.get $i) (i32.const 200))))
            (local.get $n)))"#,
    ),
    (
        "small loops that are left in each way and at each turn",
        r#"(module (global (export "g") (mut i32) (i32.const 0))
            (func $f (param $way i32) (param $turns i32) (result i32) (local $i i32)
              (block $out
                (block $near (loop $l
                  (local.set $i (i32.add (local.get $i) (i32.const 1)))
                  (br_if $l (i32.lt_u (local.get $i) (local.get $turns)))
                  (if (i32.eq (local.get $way) (i32.const 1)) (then (return (i32.const 1000))))
                  (br_if $near (i32.eq (local.get $way) (i32.const 2)))
                  (if (i32.eq (local.get $way) (i32.const 3)) (then (br $out)))
                  (block (br_if 1 (i32.lt_u (local.get $i) (i32.const 12))))
                  (drop (call_indirect (result i32) (local.get $way)))))
                (local.set $i (i32.add (local.get $i) (i32.const 10000)))
                (loop $m
                  (local.set $i (i32.add (local.get $i) (i32.const 1)))
                  (br_if $out (i32.gt_u (local.get $i) (i32.mul (local.get $turns) (i32.const 1700))))
                  (if (i32.eq (i32.rem_u (local.get $i) (local.get $turns)) (i32.const 1)) (then (return (local.get $i))))
                  (br $m)))
              (local.get $i))
            (table 5 funcref) (elem (i32.const 0) $zero)
            (func $zero (result i32) (global.set 0 (i32.const 5)) (i32.const 0))
            (func (export "all") (local $way i32) (local $turns i32) (local $sum i32)
              (loop $l
                (global.set 0 (i32.add (i32.mul (global.get 0) (i32.const 31)) (call $f (local.get $way) (local.get $turns))))
                (local.set $way (i32.rem_u (i32.add (local.get $way) (i32.const 1)) (i32.const 4)))
                (if (i32.eqz (local.get $way)) (then (local.set $turns (i32.add (local.get $turns) (i32.const 1)))))
                (br_if $l (i32.lt_u (local.get $turns) (i32.const 20))))))"#,
    ),
    (
        "a tree that is walked by recursion in a loop",
        r#"(module
            (func $walk (param $depth i32) (result i32) (local $i i32) (local $n i32)
              (block $done (loop $l
                (br_if $done (i32.ge_u (local.get $i) (local.get $depth)))
                (local.set $i (i32.add (local.get $i) (i32.const 1)))
                (local.set $n (i32.add (local.get $n) (call $walk (i32.sub (local.get $depth) (local.get $i)))))
                (br $l)))
              (i32.add (local.get $n) (i32.const 1)))
            (func (export "f") (result i32) (call $walk (i32.const 12))))"#,
    ),
    (
        "short fills and copies at their edges",
        r#"(module (memory (export "m") 1)
            (func (export "f") (param i32) (local $n i32)
              (local.set $n (i32.const 500))
              (loop $l
                (memory.fill (i32.mul (local.get $n) (i32.const 7)) (local.get $n) (local.get $n))
                (memory.copy (i32.mul (local.get $n) (i32.const 9)) (i32.mul (local.get $n) (i32.const 8)) (local.get $n))
                (local.set $n (i32.add (local.get $n) (i32.const 1)))
                (br_if $l (i32.lt_u (local.get $n) (i32.const 530)))))
            (func (export "g") (memory.fill (i32.const 65025) (i32.const 1) (i32.const 512)))
            (func (export "h") (memory.copy (i32.const 0) (i32.const 65500) (i32.const 37))))"#,
    ),
    (
        "loops with parameters and results",
        r#"(module (func (export "f") (result i32 i64) (local $i i32)
            (i32.const 1) (i64.const 2)
            (loop $l (param i32 i64) (result i32 i64)
              (i64.add (i64.const 3))
              (local.set $i (i32.add (local.get $i) (i32.const 1)))
              (br_if $l (i32.lt_u (local.get $i) (i32.const 999))))))"#,
    ),
    (
        "br_table out of a loop",
        r#"(module (func $f (export "f") (result i32) (local $i i32) (local $n i32)
            (block $out (loop $l
              (block $a (block $b (block $c
                (br_table $a $b $c $l $out (local.get $i)))
                (local.set $n (i32.add (local.get $n) (i32.const 100))))
                (local.set $n (i32.add (local.get $n) (i32.const 10))))
              (local.set $n (i32.add (local.get $n) (i32.const 1)))
              (local.set $i (i32.add (local.get $i) (i32.const 1)))
              (if (i32.eq (local.get $i) (i32.const 3)) (then (local.set $i (i32.const 9))))
              (br $l)))
            (local.get $n)))"#,
    ),
    (
        "code behind br, return and unreachable",
        r#"(module (global (export "g") (mut i32) (i32.const 0))
            (func (export "a") (result i32)
              (block $b (result i32) (br $b (i32.const 4)) (loop $dead (br $dead)) (memory.fill) (call 0) (drop)))
            (func (export "b") (result i32)
              (return (i32.const 5)) (loop (result i32) (if (result i32) (i32.const 1) (then (i32.const 2)) (else (i32.const 3)))))
            (func (export "c") (result i32)
              (global.set 0 (i32.const 3)) (unreachable) (block (loop (br 1))))
            (memory 1))"#,
    ),
    (
        "if without else around loops",
        r#"(module (func $g (export "g") (param i32) (result i32) (local $n i32)
              (if (i32.and (local.get 0) (i32.const 1)) (then
                (loop $l (local.set $n (i32.add (local.get $n) (i32.const 1)))
                  (br_if $l (i32.lt_u (local.get $n) (local.get 0))))))
              (if (i32.and (local.get 0) (i32.const 2)) (then (return (i32.const -1))) (else (loop)))
              (local.get $n))
            (func (export "f") (result i32 i32 i32)
              (call $g (i32.const 4)) (call $g (i32.const 2001)) (call $g (i32.const 3))))"#,
    ),
    (
        "recursion by two functions and by a table",
        r#"(module (type $t (func (param i64) (result i64)))
            (table 2 funcref) (elem (i32.const 0) $even $odd)
            (func $even (param i64) (result i64)
              (if (result i64) (i64.eqz (local.get 0)) (then (i64.const 1)) (else (call $odd (i64.sub (local.get 0) (i64.const 1))))))
            (func $odd (param i64) (result i64)
              (if (result i64) (i64.eqz (local.get 0)) (then (i64.const 0))
                (else (call_indirect (type $t) (i64.sub (local.get 0) (i64.const 1)) (i32.const 0)))))
            (func (export "f") (result i64 i64) (call $even (i64.const 700)) (call $odd (i64.const 700))))"#,
    ),
    (
        "a start function, with imports of each kind",
        r#"(module (import "a" "f" (func $f (param i32) (result i32))) (import "a" "g" (global $g i32))
            (global $own (export "g") (mut i32) (i32.const 1)) (global $ref (export "r") funcref (ref.func $s))
            (table (export "t") 6 funcref) (elem (i32.const 1) func $f $s) (elem (i32.const 3) funcref (ref.func $s) (ref.null func) (ref.func $f))
            (func $s (loop $l (global.set $own (i32.mul (i32.const 3) (global.get $own)))
              (br_if $l (i32.lt_u (global.get $own) (i32.const 100000)))) (drop (call $f (global.get $g))))
            (start $s) (export "f" (func $f)) (export "s" (func $s))
            (func (export "again") (result i32) (call_indirect (i32.const 2)) (call_indirect (i32.const 3)) (global.get $own)))"#,
    ),
    (
        "references to functions",
        r#"(module (table $t (export "t") 4 funcref) (elem declare func $f) (elem $e func $f $g $f)
            (func $f (result i32) (i32.const 11)) (func $g (result i32) (i32.const 22))
            (func (export "a") (result i32) (table.set $t (i32.const 1) (ref.func $f)) (call_indirect (result i32) (i32.const 1)))
            (func (export "b") (result i32 i32) (table.init $t $e (i32.const 1) (i32.const 0) (i32.const 3))
              (call_indirect (result i32) (i32.const 2)) (table.grow $t (ref.func $g) (i32.const 2)))
            (func (export "c") (result i32) (elem.drop $e) (table.copy (i32.const 0) (i32.const 4) (i32.const 2))
              (call_indirect (result i32) (i32.const 1)))
            (func (export "d") (table.fill $t (i32.const 5) (ref.null func) (i32.const 2)))
            (func (export "e") (result i32) (table.grow $t (ref.func $g) (i32.const -1)))
            (func (export "f") (table.init $t $e (i32.const 0) (i32.const 0) (i32.const 1))))"#,
    ),
    (
        "vectors",
        r#"(module (memory (export "m") 1)
            (func (export "f") (result v128) (local $v v128) (local $i i32)
              (loop $l (result v128)
                (local.set $v (i32x4.add (local.get $v) (i32x4.splat (local.get $i))))
                (v128.store offset=16 (local.get $i) (local.get $v))
                (local.set $i (i32.add (local.get $i) (i32.const 1)))
                (local.get $v)
                (br_if $l (i32.lt_u (local.get $i) (i32.const 1000))))))"#,
    ),
    (
        "a call chain without a loop",
        r#"(module (global $n (export "n") (mut i32) (i32.const 0))
            (func $a (global.set $n (i32.add (global.get $n) (i32.const 1))))
            (func $b (call $a) (call $a)) (func $c (call $b) (call $b)) (func $d (call $c) (call $c))
            (func $e (call $d) (call $d)) (func $f (call $e) (call $e)) (func (export "f") (call $f) (call $f)))"#,
    ),
];

#[test]
fn modules_compute_the_same() {
    let engine = engine();
    for (name, text) in CASES {
        let wasm = wat::parse_str(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        compare(&engine, name, &wasm);
    }
}

/// Three arguments and what becomes of the memory, of 80 pages, or of the table, of 200,000 elements.
#[test]
fn bulk_operations_in_pieces_do_what_they_do_whole() {
    let engine = engine();
    let (mib, page) = (1 << 20, 1 << 16);
    let memory = 80 * page;
    let lengths = [0, 1, mib - 1, mib, mib + 1, 2 * mib, 3 * mib + 17];
    for length in lengths {
        let places = [0, 5, mib, memory - length, memory - length + 1, -1];
        for to in places {
            for from in [0, 3, mib / 2, 2 * mib, memory - length, memory - length + 1] {
                memory_operations(&engine, to, from, length);
            }
        }
    }
    let elements = 200_000;
    for length in [0, 65_536, 65_537, 150_000] {
        for to in [0, 7, elements - length, elements - length + 1] {
            for from in [0, 40_000, elements - length, elements - length + 1] {
                table_operations(&engine, to, from, length);
            }
        }
    }
}

fn memory_operations(engine: &tenon_host::wasmtime::Engine, to: i32, from: i32, length: i32) {
    let data = "x0123456789abcdef".repeat(80_000);
    let text = format!(
        r#"(module (memory (export "m") 80) (data $d "{data}")
            (func (export "seed") (local $i i32)
              (loop $l (i32.store (local.get $i) (i32.mul (local.get $i) (i32.const 0x9E3779B1)))
                (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 4096))) (i32.const 0x500000)))))
            (func (export "copy") (memory.copy (i32.const {to}) (i32.const {from}) (i32.const {length})))
            (func (export "init") (memory.init $d (i32.const {to}) (i32.const {from}) (i32.const {length})))
            (func (export "fill") (memory.fill (i32.const {to}) (i32.const 0xab) (i32.const {length})))
            (func (export "drop") (data.drop $d))
            (func (export "dropped") (memory.init $d (i32.const {to}) (i32.const {from}) (i32.const {length}))))"#
    );
    // The data makes the text long; most of a case's time would go into reading it.
    if from % 5 != 0 && length > 1 << 20 {
        return;
    }
    let wasm = wat::parse_str(text).unwrap();
    compare(
        engine,
        &format!("to {to} from {from} length {length}"),
        &wasm,
    );
}

fn table_operations(engine: &tenon_host::wasmtime::Engine, to: i32, from: i32, length: i32) {
    let text = format!(
        r#"(module (table $t 200000 funcref) (table $u 200000 funcref) (elem declare func $f) (func $f)
            (func (export "seed") (local $i i32)
              (loop $l (table.set $t (local.get $i) (ref.func $f))
                (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 977))) (i32.const 200000)))))
            (func (export "within") (table.copy $t $t (i32.const {to}) (i32.const {from}) (i32.const {length})))
            (func (export "across") (table.copy $u $t (i32.const {to}) (i32.const {from}) (i32.const {length})))
            (func (export "fill") (table.fill $u (i32.const {from}) (ref.func $f) (i32.const {length})))
            (func $sum (param $n i32) (result i32) (local $i i32)
              (loop $l
                (if (ref.is_null (table.get $t (local.get $i))) (then) (else
                  (local.set $n (i32.add (i32.mul (local.get $n) (i32.const 31)) (local.get $i)))))
                (if (ref.is_null (table.get $u (local.get $i))) (then) (else
                  (local.set $n (i32.add (i32.mul (local.get $n) (i32.const 37)) (local.get $i)))))
                (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 200000))))
              (local.get $n))
            (export "sum" (func $sum)))"#
    );
    let wasm = wat::parse_str(text).unwrap();
    compare(
        engine,
        &format!("to {to} from {from} length {length}"),
        &wasm,
    );
}

/// Names of functions move with them, for backtraces.
#[test]
fn names_stay_with_their_functions() {
    let text = r#"(module $mod (import "a" "b" (func $imported)) (func $inner (unreachable)) (func $outer (export "f") (call $inner)))"#;
    let hardened = hardened(&wat::parse_str(text).unwrap());
    let (outcome, _) = run(&engine(), &hardened, Budget::Ample);
    assert!(
        matches!(&outcome.calls[1], Err(trap) if trap.contains("unreachable")),
        "{outcome:?}"
    );
    let names = wasm_names(&hardened);
    assert_eq!(
        names,
        [
            (0, "imported".to_owned()),
            (1, "tenon:tap".to_owned()),
            (2, "inner".to_owned()),
            (3, "outer".to_owned()),
            (4, "tenon:settle".to_owned())
        ]
    );
}

/// Function names of a module, by index.
fn wasm_names(wasm: &[u8]) -> Vec<(u32, String)> {
    let section = wasm
        .windows(5)
        .position(|window| window == b"\x04name")
        .expect("there are names")
        + 5;
    let mut at = section;
    let mut names = Vec::new();
    // Names here are short, so each number is one byte.
    while at < wasm.len() {
        let (id, size) = (wasm[at], wasm[at + 1] as usize);
        at += 2;
        if id == 1 {
            let mut entry = at + 1;
            for _ in 0..wasm[at] {
                let (index, length) = (wasm[entry], wasm[entry + 1] as usize);
                let name = &wasm[entry + 2..entry + 2 + length];
                names.push((u32::from(index), String::from_utf8_lossy(name).into_owned()));
                entry += 2 + length;
            }
        }
        at += size;
    }
    names
}
