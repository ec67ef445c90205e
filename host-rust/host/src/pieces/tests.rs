//! Operations as they are, against operations in pieces.

use super::*;
use std::hash::{BuildHasher, RandomState};
use wasmtime::{Engine, Instance, Module, Store};

const TEXT: &str = r#"(module
    (import "h" "none" (func))
    (memory (export "memory") 64)
    (func $fill (export "fill") (param i32 i32 i32) (memory.fill (local.get 0) (local.get 1) (local.get 2)))
    (func (export "copy") (param i32 i32 i32) (memory.copy (local.get 0) (local.get 1) (local.get 2)))
    (func (export "init") (param i32 i32 i32) (memory.init 1 (local.get 0) (local.get 1) (local.get 2)))
    (data (i32.const 0) "seed") (data "DATA"))"#;

/// The module with a data segment of some pieces.
fn text() -> Vec<u8> {
    let data = "0123456789abcdef".repeat(3 << 16);
    wat::parse_str(TEXT.replace("DATA", &data)).unwrap()
}

/// Digests of the memory after each of the calls, and which of them trapped.
fn run(
    digest: &RandomState,
    wasm: &[u8],
    calls: &[(&str, [u32; 3])],
) -> Vec<(Option<wasmtime::Trap>, u64)> {
    let engine = Engine::default();
    let module = Module::new(&engine, wasm).unwrap();
    let mut store = Store::new(&engine, ());
    let none = wasmtime::Func::wrap(&mut store, || {});
    let instance = Instance::new(&mut store, &module, &[none.into()]).unwrap();
    let memory = instance.get_memory(&mut store, "memory").unwrap();
    let colour = |memory: &mut [u8]| {
        for (place, byte) in memory.iter_mut().enumerate() {
            *byte = ((place * 31) >> 7) as u8;
        }
    };
    colour(memory.data_mut(&mut store));
    let mut outcomes = Vec::new();
    for (name, args) in calls {
        let func = instance.get_typed_func::<(u32, u32, u32), ()>(&mut store, name);
        let result = func.unwrap().call(&mut store, (*args).into());
        let trap = result.err().map(|error| *error.downcast_ref().unwrap());
        outcomes.push((trap, digest.hash_one(memory.data(&store))));
        if trap.is_some() {
            colour(memory.data_mut(&mut store));
        }
    }
    outcomes
}

#[test]
fn pieces_compute_what_the_whole_does() {
    let (piece, end) = (PIECE as u32, 64 << 16);
    // Compared after each call, but for what a trap beyond a data segment leaves.
    let mut calls = Vec::new();
    for length in [
        0,
        1,
        piece - 1,
        piece,
        piece + 1,
        2 * piece,
        3 * piece - 7,
        end - 9,
    ] {
        calls.push(("fill", [5, length, length]));
        calls.push(("fill", [end - length, 256 + length, length]));
        for (to, from) in [(9, 0), (0, 9), (3, 3), (piece + 1, 0), (0, piece + 1)] {
            calls.push(("copy", [to, from, length]));
        }
        calls.push(("init", [7, 11, length]));
    }
    // What traps writes nothing before, as long as it is.
    for length in [1, piece, 2 * piece, u32::MAX] {
        let place = end - length.min(end) + 1;
        calls.push(("fill", [place, 1, length]));
        calls.push(("copy", [place, 0, length]));
        calls.push(("copy", [0, place, length]));
        calls.push(("init", [place, 0, length]));
        calls.push(("fill", [u32::MAX, 1, length]));
    }
    // Anywhere, of any length.
    let mut random = 1u64;
    let mut below = |end: u32| {
        random = random.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(1);
        ((random >> 32) as u32) % end
    };
    for round in 0..60 {
        let to = below(end);
        let from = match round % 2 {
            0 => below(end),
            _ => (to ^ below(piece)).min(end - 1),
        };
        let name = ["fill", "copy", "copy", "init"][below(4) as usize];
        let room = if name == "init" {
            2 * piece
        } else {
            end - from.max(to)
        };
        let from = if name == "init" { below(piece) } else { from };
        calls.push((name, [to, from, below(room + 1)]));
    }
    let whole = text();
    let pieces = module(&whole).unwrap().unwrap();
    let digest = RandomState::new();
    let (expected, found) = (run(&digest, &whole, &calls), run(&digest, &pieces, &calls));
    assert!(expected.iter().filter(|(trap, _)| trap.is_some()).count() >= 20);
    for (call, (expected, found)) in calls.iter().zip(expected.iter().zip(&found)) {
        assert_eq!(expected.0, found.0, "{call:?}");
        let beyond = expected.0.is_some() && call.0 == "init";
        assert!(
            beyond || expected.1 == found.1,
            "{call:?} leaves another memory"
        );
    }
}

#[test]
fn names_stay_and_added_functions_have_theirs() {
    let pieces = module(&text()).unwrap().unwrap();
    let module = Module::new(&Engine::default(), &pieces).unwrap();
    let names = sections(&pieces)
        .flatten()
        .filter(|(id, _)| *id == CUSTOM)
        .map(|(_, content)| String::from_utf8_lossy(content).into_owned())
        .collect::<String>();
    for name in [
        "fill",
        "tenon:memory.fill",
        "tenon:memory.copy",
        "tenon:memory.init",
    ] {
        assert!(names.contains(name), "{names}");
    }
    assert_eq!(module.exports().count(), 4, "nothing else is exported");
}

#[test]
fn what_has_no_long_operation_stays_as_it_is() {
    let component = wat::parse_str(
        r#"(component (core module (func (export "f")))
            (component (core module (memory 1) (func (memory.fill (i32.const 0) (i32.const 0) (i32.const 9))))))"#,
    )
    .unwrap();
    let pieces = super::component(&component).unwrap();
    assert!(pieces.len() > component.len(), "the inner one has");
    let plain = wat::parse_str("(component (core module (func)) (component))").unwrap();
    assert_eq!(super::component(&plain).unwrap(), plain);
    let cut = &component[..component.len() - 3];
    assert!(super::component(cut).is_err());
}

#[test]
fn short_segments_need_no_pieces() {
    let inits: String = (0..100)
        .map(|n| format!("(memory.init {n} (local.get 0) (local.get 0) (local.get 0))"))
        .collect();
    let text = format!(
        r#"(module (memory 1) (func (param i32) {inits}) {})"#,
        r#"(data "short")"#.repeat(100)
    );
    assert!(module(&wat::parse_str(text).unwrap()).unwrap().is_none());
}

#[test]
fn a_function_that_pieces_make_too_large_is_a_limit() {
    // Beyond 2^14 functions a call has a byte more than a fill.
    let others = "(func)".repeat(1 << 14);
    let fills = "memory.fill ".repeat(1_950_000);
    let wasm = wat::parse_str(format!(
        "(module (memory 1) {others} (func unreachable {fills}))"
    ));
    let error = module(&wasm.unwrap()).unwrap_err();
    assert!(matches!(error, Error::TooLarge(_)), "{error:?}");
}
