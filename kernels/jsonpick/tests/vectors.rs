//! The golden cases that every implementation and both hosts must pass.

use serde_json::{Value, json};
use tenon_kernel_jsonpick::{Failure, Kind, Mistake, Picker, Reason};

fn bytes(value: &Value) -> Vec<u8> {
    let list = value.as_array().expect("a list").iter();
    list.map(|byte| {
        byte.as_u64()
            .and_then(|n| n.try_into().ok())
            .expect("a byte")
    })
    .collect()
}

fn values(values: &[tenon_kernel_jsonpick::Value]) -> Value {
    let kind = |kind| match kind {
        Kind::Absent => "absent",
        Kind::Null => "null",
        Kind::Boolean => "boolean",
        Kind::Number => "number",
        Kind::Text => "text",
        Kind::Array => "array",
        Kind::Object => "object",
    };
    values
        .iter()
        .map(|v| json!({"kind": kind(v.kind), "start": v.start, "end": v.end}))
        .collect()
}

fn mistake(mistake: &Mistake) -> Value {
    let reason = match mistake.reason {
        Reason::UnexpectedByte => "unexpected-byte",
        Reason::UnexpectedEnd => "unexpected-end",
        Reason::TooDeep => "too-deep",
        Reason::InvalidUtf8 => "invalid-utf8",
    };
    json!({"line": mistake.line, "offset": mistake.offset, "reason": reason})
}

fn answer(function: &str, paths: &str, document: &[u8]) -> Result<Value, Failure> {
    let mut picker = Picker::new(paths)?;
    match function {
        "pick" => Ok(values(&picker.pick(document)?)),
        "pick-lines" => {
            let table = picker.pick_lines(document)?;
            let mistakes: Value = table.mistakes.iter().map(mistake).collect();
            Ok(json!({"lines": table.lines, "values": values(&table.values), "mistakes": mistakes}))
        }
        other => panic!("the contract has no function {other}"),
    }
}

#[test]
fn golden_cases() {
    let file: Value =
        serde_json::from_str(include_str!("../../../wit/vectors/jsonpick.json")).unwrap();
    for case in file["cases"].as_array().unwrap() {
        let (function, args) = (case["func"].as_str().unwrap(), &case["args"]);
        let document = bytes(&args[1]);
        match answer(function, args[0].as_str().unwrap(), &document) {
            Ok(answer) => assert_eq!(answer, case["result"], "{case}"),
            Err(failure) => {
                let failure = match failure {
                    Failure::Path(line) => json!({"path": line}),
                    Failure::Document(wrong) => json!({"document": mistake(&wrong)}),
                    Failure::TooManyValues => json!("too-many-values"),
                };
                assert_eq!(failure, case["error"], "{case}");
            }
        }
    }
}
