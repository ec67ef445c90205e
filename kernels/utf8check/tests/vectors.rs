//! The golden cases that every implementation and both hosts must pass.

use serde_json::{Value, json};
use tenon_kernel_utf8check::first_error;

#[test]
fn golden_cases() {
    let file: Value =
        serde_json::from_str(include_str!("../../../wit/vectors/utf8check.json")).unwrap();
    for case in file["cases"].as_array().unwrap() {
        let bytes: Vec<u8> = serde_json::from_value(case["args"][0].clone()).unwrap();
        assert_eq!(json!(first_error(&bytes)), case["result"], "{case}");
    }
}
