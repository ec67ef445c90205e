//! What comes out of transpile when it is asked to harden.

use std::collections::BTreeSet;
use tenon_transpile::harden::{COUNTDOWN, STACK_LEFT};
use tenon_transpile::{Kind, Options, Transpiled, plan, transpile};
use wasmparser::{Parser, Payload, TypeRef, Validator, WasmFeatures};

const GATED: Options = Options {
    gate: true,
    floats: true,
    table_elements: tenon_transpile::limits::TABLE_ELEMENTS,
    digest: None,
};

fn parse(text: &str) -> Vec<u8> {
    wat::parse_str(text).expect("the case is WAT")
}

fn gated(text: &str) -> Transpiled {
    transpile(&parse(text), &GATED).unwrap_or_else(|error| panic!("{error}"))
}

/// What a module imports, module and name.
fn imports(wasm: &[u8]) -> BTreeSet<(String, String)> {
    let mut imports = BTreeSet::new();
    for payload in Parser::new(0).parse_all(wasm) {
        if let Payload::ImportSection(section) = payload.expect("valid") {
            for import in section.into_imports() {
                let import = import.expect("valid");
                imports.insert((import.module.to_owned(), import.name.to_owned()));
            }
        }
    }
    imports
}

fn exports(wasm: &[u8]) -> BTreeSet<String> {
    let mut exports = BTreeSet::new();
    for payload in Parser::new(0).parse_all(wasm) {
        if let Payload::ExportSection(section) = payload.expect("valid") {
            for export in section {
                exports.insert(export.expect("valid").name.to_owned());
            }
        }
    }
    exports
}

const LOOP: &str = r#"(core module $m (func (export "f") (loop br 0)))"#;

#[test]
fn the_first_core_instance_owns_the_counters() {
    let transpiled = gated(&format!(
        "(component {LOOP} (core instance (instantiate $m)) (core instance (instantiate $m)) (core instance (instantiate $m)))"
    ));
    // One module, once as the owner and once for all others.
    assert_eq!(transpiled.modules.len(), 2);
    assert!(matches!(
        transpiled.plan.steps[..],
        [
            plan::Step::Instantiate { module: 0 },
            plan::Step::Instantiate { module: 1 },
            plan::Step::Instantiate { module: 1 }
        ]
    ));
    let gate = transpiled.plan.gate.expect("it was asked for");
    assert_eq!(
        (gate.instance, gate.countdown, gate.stack),
        (0, COUNTDOWN, STACK_LEFT)
    );
    let counters = [COUNTDOWN, STACK_LEFT].map(str::to_owned);
    assert!(exports(&transpiled.modules[0]).is_superset(&counters.clone().into()));
    let member = imports(&transpiled.modules[1]);
    assert!(
        member.contains(&("i0".into(), COUNTDOWN.into())),
        "{member:?}"
    );
    assert!(exports(&transpiled.modules[1]).is_disjoint(&counters.into()));
    for module in &transpiled.modules {
        assert!(imports(module).contains(&("g".into(), "tap".into())));
    }
}

#[test]
fn nothing_is_hardened_unasked() {
    let component = parse(&format!(
        "(component {LOOP} (core instance (instantiate $m)))"
    ));
    let transpiled = transpile(&component, &Options::default()).expect("valid");
    assert_eq!(transpiled.plan.gate, None);
    assert!(imports(&transpiled.modules[0]).is_empty());
    // Nor is there a gate where nothing runs.
    assert_eq!(gated("(component)").plan.gate, None);
    assert_eq!(gated(&format!("(component {LOOP})")).plan.gate, None);
}

/// Every golden component, adapters and accessors included.
#[test]
fn all_modules_are_hardened() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut adapters = 0;
    for file in std::fs::read_dir(folder)
        .expect("the golden folder")
        .flatten()
    {
        if file
            .path()
            .extension()
            .is_none_or(|extension| extension != "wat")
        {
            continue;
        }
        let component = wat::parse_file(file.path()).expect("valid");
        let transpiled = transpile(&component, &GATED)
            .unwrap_or_else(|error| panic!("{}: {error}", file.path().display()));
        adapters += transpiled
            .plan
            .modules
            .iter()
            .filter(|it| it.adapter)
            .count();
        for (module, told) in transpiled.modules.iter().zip(&transpiled.plan.modules) {
            assert_eq!(told.size, module.len() as u64);
            Validator::new_with_features(WasmFeatures::WASM2)
                .validate_all(module)
                .expect("an engine takes it");
            let from: Vec<_> = imports(module).into_iter().map(|(from, _)| from).collect();
            let known =
                |from: &String| ["g", "t", "f"].contains(&from.as_str()) || from.starts_with('i');
            assert!(from.iter().all(known), "{from:?}");
        }
    }
    assert!(adapters >= 2, "only {adapters} adapters");
}

/// The declared maximum of the table that a module defines.
fn table_maximum(wasm: &[u8]) -> Option<u64> {
    Parser::new(0)
        .parse_all(wasm)
        .find_map(|payload| match payload.expect("valid") {
            Payload::TableSection(section) => {
                let mut tables = section.into_iter();
                tables.next()?.expect("valid").ty.maximum
            }
            Payload::ImportSection(section) => {
                section
                    .into_imports()
                    .find_map(|import| match import.expect("valid").ty {
                        TypeRef::Table(ty) => ty.maximum,
                        _ => None,
                    })
            }
            _ => None,
        })
}

#[test]
fn tables_that_grow_have_a_maximum() {
    const GROW: &str =
        r#"(func (export "f") (result i32) (table.grow (ref.null func) (i32.const 1)))"#;
    let with = |table: &str, code: &str, instances: usize| {
        let instances = "(core instance (instantiate $m))".repeat(instances);
        let text = format!("(component (core module $m {table} {code}) {instances})");
        table_maximum(&gated(&text).modules[0])
    };
    assert_eq!(with("(table 2 funcref)", GROW, 1), Some(65_536));
    assert_eq!(with("(table 2 4000000000 funcref)", GROW, 1), Some(65_536));
    assert_eq!(with("(table 2 7 funcref)", GROW, 1), Some(7));
    assert_eq!(with("(table 7 7 funcref)", GROW, 1), Some(7));
    // All together stay within their limit.
    assert_eq!(
        with("(table 100 funcref)", GROW, 500),
        Some((1 << 20) / 500 - 100)
    );
    assert_eq!(with("(table 2 funcref)", "", 1), None, "it cannot grow");
}

#[test]
fn names_of_the_gate_are_taken() {
    for name in [COUNTDOWN, STACK_LEFT] {
        let text = format!(
            r#"(component (core module) (core module (global (export "{name}") i32 (i32.const 0))))"#
        );
        for options in [GATED, Options::default()] {
            let error = transpile(&parse(&text), &options).expect_err("the name is taken");
            assert_eq!(error.kind, Kind::Unsupported, "{error}");
            assert_eq!(error.path.as_deref(), Some("core module 1"));
        }
    }
}

#[test]
fn a_digest_that_the_host_knows_is_taken() {
    let component = parse(&format!(
        "(component {LOOP} (core instance (instantiate $m)))"
    ));
    let known = Options {
        digest: Some([0xab; 32]),
        ..Options::default()
    };
    let plan = transpile(&component, &known).expect("valid").plan;
    assert_eq!(plan.component.digest, "ab".repeat(32));
    assert_eq!(plan.modules[0].digest, "");
}
