//! The golden cases that every implementation and both hosts must pass.

use serde_json::{Value, json};
use tenon_kernel_redact::redact;

/// The label that this build of the kernel carries.
const LABEL: &str = match (cfg!(feature = "url"), cfg!(feature = "trap")) {
    (false, false) => "1.0.0",
    (true, false) => "1.1.0",
    (true, true) => "1.2.0-trap",
    (false, true) => "no label: the defect alone",
};

fn answer(text: &str) -> Value {
    let answer = redact(text);
    let findings: Vec<Value> = answer
        .findings
        .iter()
        .map(|f| json!({"kind": f.kind.name(), "start": f.start, "end": f.end}))
        .collect();
    json!({"text": answer.text, "findings": findings})
}

#[test]
fn golden_cases() {
    let file: Value =
        serde_json::from_str(include_str!("../../../wit/vectors/redact.json")).unwrap();
    let mut checked = 0;
    for case in file["cases"].as_array().unwrap() {
        let labels = case["kernels"].as_array();
        if labels.is_some_and(|labels| !labels.contains(&json!(LABEL))) {
            continue;
        }
        checked += 1;
        let text = case["args"][0].as_str().unwrap();
        let got = std::panic::catch_unwind(|| answer(text));
        match (case.get("fault"), got) {
            (None, Ok(got)) => assert_eq!(got, case["result"], "{text:?}"),
            (Some(_), Err(panic)) => {
                let message = panic.downcast_ref::<String>().expect("a formatted message");
                assert!(
                    message.contains(case["message"].as_str().unwrap()),
                    "{message}"
                );
            }
            (_, got) => panic!("{text:?}: {got:?}, expected {case}"),
        }
    }
    assert!(checked > 15, "{checked}");
}
