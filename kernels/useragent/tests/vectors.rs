//! The golden cases that every implementation and both hosts must pass.

use serde_json::{Value, json};
use tenon_kernel_useragent::{Software, parse};

fn answer(ua: &Value) -> Value {
    let agent = parse(ua.as_str().expect("a user agent is a string"));
    json!({
        "browser": software(&agent.browser),
        "os": software(&agent.os),
        "device": {
            "family": agent.device.family,
            "brand": agent.device.brand,
            "model": agent.device.model,
        },
    })
}

fn software(software: &Software) -> Value {
    json!({
        "family": software.family,
        "major": software.major,
        "minor": software.minor,
        "patch": software.patch,
        "patch-minor": software.patch_minor,
    })
}

#[test]
fn golden_cases() {
    let file: Value =
        serde_json::from_str(include_str!("../../../wit/vectors/useragent.json")).unwrap();
    let cases = file["cases"].as_array().unwrap();
    assert!(cases.len() > 10, "{}", cases.len());
    for case in cases {
        let arg = &case["args"][0];
        let got = match case["func"].as_str().unwrap() {
            "parse" => answer(arg),
            "parse-all" => arg.as_array().unwrap().iter().map(answer).collect(),
            other => panic!("the contract has no function {other}"),
        };
        assert_eq!(got, case["result"], "{arg}");
    }
}
