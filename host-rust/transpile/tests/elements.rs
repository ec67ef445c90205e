//! Element segments outside their tables: the module that leaves transpile looks before it starts.

use tenon_transpile::{Options, transpile};
use wasmparser::{ElementItems, ElementKind, Operator, Parser, Payload, Validator, WasmFeatures};

/// The last core module of a component with these definitions, valid for the engines.
fn module(definitions: &str) -> Vec<u8> {
    let component = wat::parse_str(format!("(component {definitions})")).expect("the case is WAT");
    let mut transpiled = transpile(&component, &Options::default()).expect("it is valid");
    let module = transpiled.modules.pop().expect("it has a module");
    Validator::new_with_features(WasmFeatures::WASM2)
        .validate_all(&module)
        .expect("what leaves transpile is valid");
    module
}

/// A module of its own.
fn alone(fields: &str) -> Vec<u8> {
    module(&format!(
        "(core module $m {fields}) (core instance (instantiate $m))"
    ))
}

/// What the start function of a module does.
#[derive(Debug, PartialEq)]
enum Start {
    /// There is none.
    None,
    /// It is the module's own.
    Own,
    /// It checks so many segments, and calls this function next.
    Check(usize, Option<u32>),
}

fn start(module: &[u8]) -> Start {
    let (mut start, mut imported, mut defined) = (None, 0, 0);
    let mut last = Vec::new();
    for payload in Parser::new(0).parse_all(module) {
        match payload.expect("it is valid") {
            Payload::ImportSection(section) => {
                imported = section
                    .into_imports()
                    .filter(|import| {
                        matches!(
                            import.as_ref().expect("valid").ty,
                            wasmparser::TypeRef::Func(_)
                        )
                    })
                    .count() as u32;
            }
            Payload::FunctionSection(section) => defined = section.count(),
            Payload::StartSection { func, .. } => start = Some(func),
            Payload::CodeSectionEntry(body) => {
                let ops = body.get_operators_reader().expect("valid");
                last = ops.into_iter().collect::<Result<_, _>>().expect("valid");
            }
            _ => {}
        }
    }
    let Some(start) = start else {
        return Start::None;
    };
    let checks = last
        .iter()
        .filter(|op| matches!(op, Operator::TableSize { .. }))
        .count();
    if start + 1 != imported + defined || checks == 0 {
        return Start::Own;
    }
    let next = last.iter().find_map(|op| match op {
        Operator::Call { function_index } => Some(*function_index),
        _ => None,
    });
    Start::Check(checks, next)
}

/// Tables and lengths of the active segments.
fn segments(module: &[u8]) -> Vec<(u32, u32)> {
    let mut found = Vec::new();
    for payload in Parser::new(0).parse_all(module) {
        let Payload::ElementSection(section) = payload.expect("it is valid") else {
            continue;
        };
        for element in section {
            let element = element.expect("valid");
            if let ElementKind::Active { table_index, .. } = element.kind {
                let len = match element.items {
                    ElementItems::Functions(items) => items.count(),
                    ElementItems::Expressions(_, items) => items.count(),
                };
                found.push((table_index.unwrap_or(0), len));
            }
        }
    }
    found
}

#[test]
fn segments_that_fit_are_left_alone() {
    for fields in [
        "(func)",
        "(table 2 funcref) (func $f) (elem (i32.const 1) func $f)",
        "(table 0 funcref) (elem (i32.const 0) func)",
        "(table 2 funcref) (elem (i32.const 2) func)",
        "(table 1 funcref) (func $f) (elem func $f) (elem declare func $f)",
        "(table 1 funcref) (table $t 8 funcref) (func $f) (elem (table $t) (i32.const 6) funcref (ref.func $f) (ref.null func))",
    ] {
        assert_eq!(start(&alone(fields)), Start::None, "{fields}");
    }
    let module = alone("(table 2 funcref) (func $f) (elem (i32.const 1) func $f) (start $f)");
    assert_eq!(start(&module), Start::Own);
}

#[test]
fn segments_that_do_not_fit_are_checked() {
    for (fields, checks) in [
        (
            "(table 1 funcref) (func $f) (elem (i32.const 1) func $f)",
            1,
        ),
        (
            "(table 1 funcref) (func $f) (elem (i32.const -1) func $f)",
            1,
        ),
        // An empty segment may begin where the table ends, and not after that.
        ("(table 1 funcref) (elem (i32.const 2) func)", 1),
        // Bad before good, and good before bad.
        (
            "(table 1 funcref) (func $f) (elem (i32.const 1) func $f) (elem (i32.const 0) func $f)",
            1,
        ),
        (
            "(table 1 funcref) (func $f) (elem (i32.const 0) func $f) (elem (i32.const 5) func $f $f)",
            1,
        ),
        (
            "(table 1 funcref) (func $f) (elem (i32.const 1) func $f) (elem (i32.const 2) func $f)",
            2,
        ),
        (
            "(table 9 funcref) (table $t 1 funcref) (func $f) (elem (table $t) (i32.const 1) func $f)",
            1,
        ),
        // A maximum does not help.
        (
            "(table 1 9 funcref) (func $f) (elem (i32.const 1) func $f)",
            1,
        ),
    ] {
        let module = alone(fields);
        assert_eq!(start(&module), Start::Check(checks, None), "{fields}");
        assert!(!segments(&module).is_empty(), "{fields}");
    }
}

#[test]
fn the_own_start_function_comes_after_the_check() {
    let module = alone(
        "(type (func (param i32))) (table 1 funcref) (func) (func $f) (elem (i32.const 1) func $f) (start $f)",
    );
    assert_eq!(start(&module), Start::Check(1, Some(1)));
}

#[test]
fn modules_without_functions_get_their_sections() {
    let module =
        alone("(table 1 funcref) (elem (i32.const 2) func) (memory 1) (data (i32.const 0) \"a\")");
    assert_eq!(start(&module), Start::Check(1, None));
}

#[test]
fn imported_tables_are_as_small_as_their_import_says() {
    let linked = |declared: u32, offset: &str| {
        module(&format!(
            r#"(core module $a (table (export "t") 10 funcref) (global (export "g") i32 (i32.const 3)) (func (export "f")))
               (core instance $a (instantiate $a))
               (core module $b (import "" "f" (func $f)) (import "" "t" (table {declared} funcref))
                 (import "" "g" (global $g i32)) (elem {offset} func $f))
               (core instance (instantiate $b (with "" (instance $a))))"#
        ))
    };
    assert_eq!(start(&linked(10, "(i32.const 9)")), Start::None);
    // The table that it gets is larger, which the check sees when it runs.
    assert_eq!(start(&linked(1, "(i32.const 9)")), Start::Check(1, None));
    // What a global holds is not known before.
    assert_eq!(start(&linked(10, "(global.get $g)")), Start::Check(1, None));
}
