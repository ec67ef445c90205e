//! The words that both hosts use in logs, metrics and JSON: `wit/vectors/names.json`.

use serde_json::Value;
use std::error::Error;
use std::path::Path;
use tenon_host::{Config, Engine, Fault, FaultKind, TrapCode};

fn names() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit/vectors/names.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// The strings that a list of objects has under a name.
fn column<'a>(names: &'a Value, list: &str, field: &str) -> Vec<&'a str> {
    let rows = names[list].as_array().unwrap().iter();
    rows.map(|row| row[field].as_str().unwrap()).collect()
}

#[test]
fn kinds_and_codes_are_those_of_both_hosts() {
    let names = names();
    let kinds = FaultKind::ALL.map(FaultKind::as_str);
    assert_eq!(column(&names, "kinds", "name"), kinds);
    let mut expected: Vec<_> = column(&names, "codes", "name")
        .into_iter()
        .zip(column(&names, "codes", "kind"))
        .collect();
    let mut codes = TrapCode::ALL.map(|code| (code.as_str(), code.kind().as_str()));
    expected.sort_unstable();
    codes.sort_unstable();
    assert_eq!(expected, codes);
}

/// A fault's JSON, every field of which must be one of both hosts'.
fn json(fault: &Fault) -> Value {
    let json: Value = serde_json::from_str(&fault.to_json()).unwrap();
    let names = names();
    let known = column(&names, "fault", "name");
    for (name, value) in json.as_object().unwrap() {
        assert!(known.contains(&name.as_str()), "{name}");
        assert!(!value.is_null() && *value != "", "{name} is left out");
    }
    json
}

#[test]
fn a_fault_of_a_call_has_its_parts_in_json() {
    let engine = Engine::new(&Config {
        max_instances: 1,
        ..Config::default()
    })
    .unwrap();
    let text = r#"(component
        (core module $m (func $inner unreachable) (func $outer (export "f") (call $inner)))
        (core instance $i (instantiate $m))
        (func (export "f") (canon lift (core func $i "f"))))"#;
    let kernel = engine.load(&wat::parse_str(text).unwrap()).unwrap();
    let json = json(&kernel.call_dynamic("f", &[]).unwrap_err());
    let expected = serde_json::json!({
        "kind": "trap", "code": "unreachable", "kernel": "component", "version": kernel.digest(), "export": "f",
        "message": "unreachable", "backtrace": ["inner", "outer"],
    });
    assert_eq!(json, expected);
}

#[test]
fn a_fault_of_a_file_has_its_parts_in_json() {
    let engine = Engine::new(&Config::default()).unwrap();
    let missing = engine.load_file("no-such-file.wasm").unwrap_err();
    let json_of_missing = json(&missing);
    assert_eq!(json_of_missing["file"], "no-such-file.wasm");
    assert_eq!(
        json_of_missing["cause"],
        missing.source().unwrap().to_string()
    );
    let broken = json(&engine.load(b"\0asm\x0d\0\x01\0\x01").unwrap_err());
    assert_eq!(broken["kind"], "malformed");
    assert!(broken["offset"].is_u64(), "{broken}");
    assert!(broken.get("code").is_none() && broken.get("slot").is_none());
}
