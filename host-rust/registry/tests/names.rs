//! The words that both hosts use: `wit/vectors/names.json`.

use serde_json::Value;
use std::path::Path;
use tenon_registry::Reason;

#[test]
fn reasons_and_their_kinds_are_those_of_both_hosts() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit/vectors/names.json");
    let names: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let mut expected: Vec<_> = names["reasons"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            (
                row["name"].as_str().unwrap(),
                row["kind"].as_str().unwrap_or(""),
            )
        })
        .collect();
    let mut reasons: Vec<_> = Reason::ALL
        .iter()
        .map(|reason| (reason.as_str(), reason.kind()))
        .collect();
    expected.sort_unstable();
    reasons.sort_unstable();
    assert_eq!(expected, reasons);
}
