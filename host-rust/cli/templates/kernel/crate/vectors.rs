//! The golden cases that every implementation and both hosts must pass.

use serde_json::{Value, json};
use tenon_kernel_{{snake}}::{Counts, Failure, count};

const CASES: &str = include_str!("../../../wit/vectors/{{name}}.json");

fn answer(case: &Value) -> Result<Value, Value> {
    let text = |i: usize| case["args"][i].as_str().expect("a text");
    match case["func"].as_str().expect("a name") {
        "count" => match count(text(0)) {
            Ok(Counts {
                lines,
                words,
                characters,
            }) => Ok(json!({"lines": lines, "words": words, "characters": characters})),
            Err(Failure::Binary(at)) => Err(json!({ "binary": at })),
        },
        other => panic!("the contract has no function {other}"),
    }
}

#[test]
fn golden_cases() {
    let file: Value = serde_json::from_str(CASES).expect("JSON");
    let cases = file["cases"].as_array().expect("a list");
    assert!(cases.len() >= 12, "only {} cases", cases.len());
    for case in cases {
        let expected = match (case.get("result"), case.get("error")) {
            (Some(result), None) => Ok(result.clone()),
            (None, Some(error)) => Err(error.clone()),
            _ => panic!("{case} has not one of result and error"),
        };
        assert_eq!(answer(case), expected, "{case}");
    }
}
