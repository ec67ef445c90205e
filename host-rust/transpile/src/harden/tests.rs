//! Where functions pay and how much. What hardened modules do is tested with an engine: `host/tests/harden`.

use super::input::Input;
use super::{Gate, Hardening, cost, graph, harden};
use crate::error::Kind;
use std::fmt::Write;
use wasmparser::{Operator, Parser, Payload};

const GATE: Hardening = Hardening {
    gate: Some(Gate::Owner),
    floats: false,
    table_elements: None,
    stack: None,
    lean: false,
};

/// What each function pays at its places, in order; the functions that hardening adds are left out.
fn paid(text: &str) -> Vec<Vec<u64>> {
    let wasm = wat::parse_str(text).unwrap();
    let input = Input::read(&wasm, None).unwrap();
    let priced = graph::price(&input).unwrap();
    let costs = |function: &super::paths::Priced| {
        let places = function.places();
        places.map(|place| place.cost()).collect()
    };
    harden(&wasm, &GATE).unwrap();
    priced.iter().map(costs).collect()
}

#[test]
fn a_small_function_is_paid_for_by_its_callers() {
    let text = r#"(module (func $leaf nop (drop (i32.const 1))) (func (export "f") (call $leaf) (call $leaf)))"#;
    assert_eq!(paid(text), [vec![], vec![2 * (cost::CALL + 2)]]);
}

#[test]
fn the_dearest_way_counts_and_a_loop_pays_for_itself() {
    let text = r#"(module (func (export "f") (param i32)
        (if (local.get 0) (then (nop)) (else (drop (i32.div_u (local.get 0) (i32.const 3)))))
        (loop (br_if 0 (local.get 0)))
        (drop (i32.const 1))))"#;
    // local.get, if, local.get, i32.const, i32.div_u, drop; loop; i32.const, drop. Inside: local.get, br_if.
    assert_eq!(paid(text), [vec![5 + cost::DIVISION + 1 + 2, 2]]);
}

#[test]
fn long_straight_code_pays_in_several_places() {
    let code = "(drop (i32.const 1))".repeat(25_000);
    assert_eq!(
        paid(&format!(r#"(module (func (export "f") {code}))"#)),
        [vec![cost::SPLIT, cost::SPLIT, 10_000]]
    );
}

#[test]
fn ways_that_paid_in_different_places_pay_where_they_meet() {
    let code = "(drop (i32.const 1))".repeat(11_000);
    let text = format!(
        r#"(module (func (export "f") (param i32) (if (local.get 0) (then {code})) (drop (i32.const 1))))"#
    );
    assert_eq!(paid(&text), [vec![cost::SPLIT, 2_002, 2]]);
}

#[test]
fn recursion_pays() {
    let text =
        r#"(module (func $a (call $b)) (func $b (call $c)) (func $c (call $a)) (func (call $b)))"#;
    let paid = paid(text);
    let cycle: usize = paid[..3].iter().map(Vec::len).sum();
    assert!(cycle > 0, "{paid:?}");
    assert!(paid[3].is_empty(), "nobody calls it");
}

#[test]
fn prices_of_chains_of_calls_stay_bounded() {
    let mut text = String::from("(module (func $f0)");
    for n in 1..=1_000 {
        let callee = n - 1;
        write!(text, "(func $f{n} (call $f{callee}) (call $f{callee}))").unwrap();
    }
    text.push(')');
    let paid = paid(&text);
    let most = 2 * (cost::CALL + cost::INLINE);
    assert!(paid.iter().flatten().all(|cost| *cost <= most), "{paid:?}");
    let silent = paid.iter().skip(1).filter(|places| places.is_empty());
    assert!(silent.count() > 500);
}

#[test]
fn what_may_be_entered_from_elsewhere_pays() {
    let text = r#"(module (table 1 funcref) (elem (i32.const 0) $in_table) (elem declare func $referred) (start $start)
        (func $in_table) (func $start) (func $referred) (func (export "e") (drop (ref.func $referred))) (func))"#;
    let counts: Vec<usize> = paid(text).iter().map(Vec::len).collect();
    assert_eq!(counts, [1, 1, 1, 1, 0]);
}

#[test]
fn bulk_operations_become_calls() {
    let text = r#"(module (memory 1) (func (export "f") (memory.fill (i32.const 0) (i32.const 0) (i32.const 9))
        (memory.fill (i32.const 0) (i32.const 0) (i32.const 9))))"#;
    let hardened = harden(&wat::parse_str(text).unwrap(), &GATE).unwrap();
    let mut fills = Vec::new();
    for payload in Parser::new(0).parse_all(&hardened) {
        if let Payload::CodeSectionEntry(body) = payload.unwrap() {
            let ops = body.get_operators_reader().unwrap().into_iter();
            let is_fill = |op: &wasmparser::Result<Operator<'_>>| {
                matches!(op, Ok(Operator::MemoryFill { .. }))
            };
            fills.push(ops.filter(is_fill).count());
        }
    }
    // The function does short ones itself; what calls the tap; one helper: in pieces, and the rest.
    assert_eq!(fills, [2, 0, 2]);
}

#[test]
fn what_is_not_valid_or_grows_too_large_is_refused() {
    let refused = |wasm: &[u8]| harden(wasm, &GATE).unwrap_err().kind;
    assert_eq!(refused(b"GIF89a"), Kind::Malformed);
    let valid = wat::parse_str(r#"(module (func (export "f")))"#).unwrap();
    assert_eq!(refused(&valid[..valid.len() - 1]), Kind::Malformed);
    let two = wat::parse_str("(module (memory 1) (memory 1))").unwrap();
    assert_eq!(refused(&two), Kind::Malformed, "two memories");
    let loops = "(loop)".repeat(1_000_000);
    let large = wat::parse_str(format!("(module (func {loops}))")).unwrap();
    assert_eq!(refused(&large), Kind::Limit);
}

#[test]
fn damaged_names_are_left_out() {
    let mut wasm = wat::parse_str(r#"(module (func (export "f")))"#).unwrap();
    // A name for a function of the highest index, then a map that ends early.
    for names in [
        &b"\x01\x08\x01\xff\xff\xff\xff\x0f\x01a"[..],
        b"\x01\x02\x05\x00",
    ] {
        let mut section = vec![4];
        section.extend_from_slice(b"name");
        section.extend_from_slice(names);
        wasm.push(0);
        wasm.push(section.len() as u8);
        wasm.extend(section);
        harden(&wasm, &GATE).unwrap();
    }
}
