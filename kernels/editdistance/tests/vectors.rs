//! The golden cases that every implementation and both hosts must pass.

use serde_json::{Value, json};
use tenon_kernel_editdistance::{Match, distance, distances, nearest, nearest_lines, within};

fn text(value: &Value) -> &str {
    value.as_str().expect("a string")
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().expect("a list").iter().map(text).collect()
}

fn number(value: &Value) -> u32 {
    value
        .as_u64()
        .and_then(|n| n.try_into().ok())
        .expect("a u32")
}

fn matches(matches: Vec<Match>) -> Value {
    matches
        .iter()
        .map(|m| json!({"index": m.index, "distance": m.distance}))
        .collect()
}

#[test]
fn golden_cases() {
    let file: Value =
        serde_json::from_str(include_str!("../../../wit/vectors/editdistance.json")).unwrap();
    for case in file["cases"].as_array().unwrap() {
        let args = &case["args"];
        let first = text(&args[0]);
        let got = match text(&case["func"]) {
            "distance" => json!(distance(first, text(&args[1]))),
            "within" => json!(within(first, text(&args[1]), number(&args[2]))),
            "distances" => json!(distances(first, &texts(&args[1]))),
            "nearest" => matches(nearest(first, &texts(&args[1]), number(&args[2]))),
            "nearest-lines" => matches(nearest_lines(first, text(&args[1]), number(&args[2]))),
            other => panic!("the contract has no function {other}"),
        };
        assert_eq!(got, case["result"], "{case}");
    }
}
