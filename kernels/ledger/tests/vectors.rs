//! The golden cases of the contract.

use serde_json::{Value, json};
use tenon_kernel_ledger::{Entry, Page, enter};

fn shown(sequence: u64, entry: Entry) -> Value {
    json!({
        "sequence": sequence, "before": entry.before, "kept": entry.kept, "after": entry.after,
        "line": entry.line, "check": entry.check, "receipt": entry.receipt,
    })
}

#[test]
fn golden_cases() {
    let file: Value =
        serde_json::from_str(include_str!("../../../wit/vectors/ledger.json")).unwrap();
    let cases = file["cases"].as_array().unwrap();
    assert!(!cases.is_empty());
    for case in cases {
        assert_eq!(case["func"], "enter");
        let sequence = case["args"][0].as_u64().unwrap();
        let payload: Vec<u8> = serde_json::from_value(case["args"][1].clone()).unwrap();
        assert_eq!(shown(sequence, enter(sequence, &payload)), case["result"]);
    }
}

#[test]
fn a_page_counts_its_lines() {
    let page = Page::new();
    assert_eq!(page.enter(7, b"x").line, 1);
    let second = page.enter(8, b"x");
    assert_eq!(
        second,
        Entry {
            line: 2,
            ..enter(8, b"x")
        }
    );
}
