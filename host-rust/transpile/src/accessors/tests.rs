use super::*;
use wasmparser::{Parser, Payload};

fn run(text: &str) -> Result<Split, Error> {
    let wasm = wat::parse_str(text).expect("the case is WAT");
    let facts = Facts::read(&wasm, TRANSLATOR, &Default::default()).expect("valid");
    split(&wasm, &facts)
}

/// All instructions of a module.
fn code(wasm: &[u8]) -> Vec<Operator<'_>> {
    let bodies = Parser::new(0)
        .parse_all(wasm)
        .filter_map(|payload| match payload {
            Ok(Payload::CodeSectionEntry(body)) => Some(body),
            _ => None,
        });
    let bodies = bodies.map(|body| body.get_operators_reader().expect("code"));
    bodies
        .flatten()
        .map(|op| op.expect("an instruction"))
        .collect()
}

const STATE: &str = r#"(import "flags" "a" (global $flags (mut i32)))
    (import "callee" "f" (func $callee (param i32) (result i32)))
    (import "memory" "m0" (memory $kept 1))
    (import "memory" "m1" (memory $second 2 7))
    (import "host" "trap" (func $trap))
    (import "memory" "m2" (memory $third 1))"#;

#[test]
fn every_instruction_on_a_memory() {
    const LOADS: [(&str, &str); 14] = [
        ("i32.load", "i32"),
        ("i64.load", "i64"),
        ("f32.load", "f32"),
        ("f64.load", "f64"),
        ("i32.load8_s", "i32"),
        ("i32.load8_u", "i32"),
        ("i32.load16_s", "i32"),
        ("i32.load16_u", "i32"),
        ("i64.load8_s", "i64"),
        ("i64.load8_u", "i64"),
        ("i64.load16_s", "i64"),
        ("i64.load16_u", "i64"),
        ("i64.load32_s", "i64"),
        ("i64.load32_u", "i64"),
    ];
    const STORES: [(&str, &str); 9] = [
        ("i32.store", "i32"),
        ("i64.store", "i64"),
        ("f32.store", "f32"),
        ("f64.store", "f64"),
        ("i32.store8", "i32"),
        ("i32.store16", "i32"),
        ("i64.store8", "i64"),
        ("i64.store16", "i64"),
        ("i64.store32", "i64"),
    ];
    let loads = LOADS.map(|(op, _)| format!("(drop ({op} $second (i32.const 9)))"));
    let stores = STORES.map(|(op, ty)| format!("({op} $second (i32.const 9) ({ty}.const 1))"));
    let split = run(&format!(
        "(module {STATE} (func (export \"adapter0\") {} {} (drop (memory.size $second))))",
        loads.concat(),
        stores.concat()
    ));
    let split = split.expect("an adapter");
    assert_eq!(split.kept, [0, 1, 2, 4], "the memories 3 and 5 are gone");
    assert_eq!(split.accessors.len(), 1, "the third memory is not used");
    let accessor = &split.accessors[0];
    assert_eq!(accessor.import, 3);
    let types = Validator::new_with_features(ENGINE)
        .validate_all(&accessor.wasm)
        .expect("an accessor is valid without multi-memory");
    let types = types.as_ref();
    let imports: Vec<_> = types.core_imports().expect("a module").collect();
    assert!(
        matches!(imports[..], [(.., wasmparser::types::EntityType::Memory(ty))] if ty.initial == 2 && ty.maximum == Some(7))
    );
    let mut exports: Vec<_> = types
        .core_exports()
        .expect("a module")
        .map(|(name, _)| name)
        .collect();
    let mut names: Vec<_> = LOADS.iter().chain(&STORES).map(|(op, _)| *op).collect();
    names.push("memory.size");
    exports.sort();
    names.sort();
    assert_eq!(exports, names);
    // Each function is one instruction on its parameters.
    let ops = code(&accessor.wasm);
    assert_eq!(ops.len(), 3 * LOADS.len() + 4 * STORES.len() + 2);
    let calls = code(&split.wasm)
        .iter()
        .filter(|op| matches!(op, Operator::Call { .. }))
        .count();
    assert_eq!(calls, names.len());
}

#[test]
fn offsets_stay_offsets() {
    let split = run(&format!(
        r#"(module {STATE} (func (export "adapter0") (result i32)
            (i32.store $third offset=4294967295 (i32.const -1) (i32.const 5))
            (i32.store $third offset=4 (i32.const -1) (i32.const 5))
            (i32.store $third offset=4 (i32.const 8) (i32.load $second offset=4 (i32.const 8)))
            (i32.load $kept offset=4294967295 (i32.const -1))))"#
    ));
    let split = split.expect("an adapter");
    let offsets = |wasm| -> Vec<u64> {
        let ops = code(wasm);
        // Nothing is added up in the code, where it would wrap.
        assert!(!ops.iter().any(|op| matches!(op, Operator::I32Add)));
        let offset = |op: &Operator<'_>| match op {
            Operator::I32Store { memarg } | Operator::I32Load { memarg } => Some(memarg.offset),
            _ => None,
        };
        ops.iter().filter_map(offset).collect()
    };
    assert_eq!(
        split
            .accessors
            .iter()
            .map(|it| it.import)
            .collect::<Vec<_>>(),
        [3, 5]
    );
    assert_eq!(offsets(&split.accessors[0].wasm), [4]);
    assert_eq!(offsets(&split.accessors[1].wasm), [4, 4_294_967_295]);
    assert_eq!(
        offsets(&split.wasm),
        [4_294_967_295],
        "the first memory's own"
    );
}

#[test]
fn functions_keep_calling_each_other() {
    let split = run(&format!(
        r#"(module {STATE}
            (func $helper (param i32) (result i32) (i32.load8_u $second (call $callee (local.get 0))))
            (func (export "adapter0") (param i32) (result i32)
              (if (i32.eqz (global.get $flags)) (then (call $trap)))
              (drop (memory.size $third)) (call $helper (local.get 0)))
            (func (export "adapter1") (param i32) (result i32) (call $helper (i32.const 3))))"#
    ));
    let split = split.expect("an adapter");
    let calls: Vec<u32> = code(&split.wasm)
        .iter()
        .filter_map(|op| match op {
            Operator::Call { function_index } => Some(*function_index),
            _ => None,
        })
        .collect();
    // Imported are callee and trap, then an accessor for each further memory; the helper comes after.
    assert_eq!(calls, [0, 2, 1, 3, 4, 4]);
    let facts = Facts::read(&split.wasm, ENGINE, &Default::default()).expect("valid");
    let exports: Vec<_> = facts
        .exports
        .iter()
        .map(|(name, _, index)| (*name, *index))
        .collect();
    assert_eq!(exports, [("adapter0", 5), ("adapter1", 6)]);
}

#[test]
fn what_no_adapter_does_is_refused() {
    for body in [
        "(memory.copy $second $kept (i32.const 0) (i32.const 0) (i32.const 1))",
        "(memory.fill $second (i32.const 0) (i32.const 0) (i32.const 1))",
        "(drop (memory.grow $second (i32.const 1)))",
        "(drop (v128.load $second (i32.const 1)))",
    ] {
        let split = run(&format!(
            r#"(module {STATE} (func (export "adapter0") {body}))"#
        ));
        let error = split.err().expect(body);
        assert_eq!(error.kind, crate::Kind::Internal, "{body}: {error}");
    }
}
