//! Components of other tool chains, as wit/vectors/guests.json tells what they answer. The Go host is asked the same.

use serde_json::Value;
use std::path::Path;
use tenon_host::{Config, Engine, Fault, Instance, LoadOptions, Wasi};

const ROOT: &str = "../..";

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or("")
}

/// What happened, in the words of the file: a result, or a fault's kind and message.
fn outcome(result: &Result<String, Fault>) -> (Option<&str>, &str, String) {
    match result {
        Ok(result) => (Some(result), "", String::new()),
        Err(fault) => (None, fault.kind().as_str(), fault.to_string()),
    }
}

fn call(instance: &Instance, call: &Value) {
    let args = call["args"].as_array().expect("arguments");
    let args: Vec<_> = args.iter().map(|arg| arg.as_str().expect("WAVE")).collect();
    let answer = instance.call_wave(text(call, "export"), &args);
    let (result, kind, message) = outcome(&answer);
    assert_eq!(result, call["result"].as_str(), "{call}: {message}");
    assert_eq!(kind, text(call, "fault"), "{call}: {message}");
    assert!(message.contains(text(call, "message")), "{call}: {message}");
}

#[test]
fn guests_of_other_tool_chains_answer_as_written() {
    let file = std::fs::read(Path::new(ROOT).join("wit/vectors/guests.json")).expect("the vectors");
    let file: Value = serde_json::from_slice(&file).expect("JSON");
    assert_eq!(file["format"], 1);
    let engine = Engine::new(&Config::default()).unwrap();
    let cases = file["cases"].as_array().expect("cases");
    for case in cases {
        let wasi = match text(case, "wasi") {
            "none" => Wasi::None,
            "stub" => Wasi::Stub,
            other => panic!("{other} is no way to grant WASI"),
        };
        let options = LoadOptions {
            wasi,
            ..LoadOptions::default()
        };
        let path = Path::new(ROOT).join(text(case, "file"));
        let kernel = match engine.load_file_with(&path, &options) {
            Ok(kernel) => kernel,
            Err(fault) => {
                assert_eq!(fault.kind().as_str(), text(case, "fault"), "{fault}");
                assert!(fault.to_string().contains(text(case, "message")), "{fault}");
                continue;
            }
        };
        assert_eq!(text(case, "fault"), "", "{} loads", path.display());
        let stubs = kernel.grants().iter().filter(|it| it.ends_with(" by stub"));
        assert_eq!(stubs.count(), kernel.grants().len());
        assert_eq!(kernel.is_pure(), kernel.grants().is_empty());
        let instance = kernel.open().unwrap();
        for step in case["calls"].as_array().expect("calls") {
            call(&instance, step);
        }
    }
    assert!(cases.len() > 10);
}
