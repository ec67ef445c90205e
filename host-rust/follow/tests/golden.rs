//! Kernels held against golden cases: those of the repository, and files that are wrong.

use std::fs;
use std::time::Duration;
use tenon_follow::golden::{self, Error, Options};
use tenon_host::{Config, Engine, Kernel};

fn engine() -> Engine {
    Engine::new(&Config::default()).unwrap()
}

fn scalar(engine: &Engine) -> Kernel {
    engine
        .load_file("../../host-go/internal/fixture/scalar/scalar.wasm")
        .unwrap()
}

#[test]
fn the_kernels_of_the_repository_pass_their_cases() {
    let engine = engine();
    let ran = |name: &str, component: &str| {
        let kernel = engine.load_file(component).unwrap();
        let file = fs::read(format!("../../wit/vectors/{name}.json")).unwrap();
        let report = golden::run(&kernel, &file, &Options::default());
        report.unwrap_or_else(|error| panic!("{name}: {error}")).ran
    };
    assert!(
        ran(
            "scalar",
            "../../host-go/internal/fixture/scalar/scalar.wasm"
        ) > 3
    );
    for name in [
        "redact",
        "useragent",
        "jsonpick",
        "geohex",
        "utf8check",
        "topk",
    ] {
        let component = format!("../../host-go/kernels/{name}/{name}-1.0.0.wasm");
        assert!(ran(name, &component) > 5, "{name}");
    }
}

fn run(cases: &str) -> Result<(), Error> {
    let file = format!(r#"{{"format": 1, "contract": "tenon:scalar@1.0.0", "cases": [{cases}]}}"#);
    golden::run(&scalar(&engine()), file.as_bytes(), &Options::default()).map(drop)
}

#[test]
fn what_differs_is_told_with_its_place() {
    let error = run(
        r#"{"func": "add", "args": [1, 2], "result": 3}, {"func": "echo-bytes", "args": [[1, 2]], "result": [1, 3]}"#,
    );
    let text = error.unwrap_err().to_string();
    assert_eq!(text, "golden case 1: echo-bytes: result[1]: want 3, got 2");
    let error = run(r#"{"func": "fail", "args": ["x"], "result": null}"#).unwrap_err();
    assert!(matches!(&error, Error::Failed { case: 0, .. }), "{error}");
    assert!(
        run(r#"{"func": "fail", "args": ["boom"], "fault": "trap", "message": "boom"}"#).is_ok()
    );
    let error = run(r#"{"func": "fail", "args": ["boom"], "fault": "deadline"}"#).unwrap_err();
    assert!(matches!(error, Error::Failed { .. }));
    let error = run(r#"{"func": "gone", "args": [], "result": 1}"#).unwrap_err();
    assert!(matches!(error, Error::Failed { .. }));
    assert!(run(r#"{"func": "gone", "kernels": ["9.9.9"], "args": [], "result": 1}"#).is_ok());
}

#[test]
fn files_that_are_wrong_say_where() {
    for (cases, place) in [
        (r#"{"args": []}"#, "cases[0]"),
        (r#"{"func": "add", "args": [1, 2]}"#, "cases[0]"),
        (
            r#"{"func": "add", "args": [1, 2], "result": 3, "error": 4}"#,
            "cases[0]",
        ),
        (
            r#"{"func": "add", "args": [1], "result": 3}"#,
            "cases[0].args",
        ),
        (
            r#"{"func": "add", "args": [1, -2], "result": 3}"#,
            "cases[0].args[1]",
        ),
        (
            r#"{"func": "add", "args": [1, 4294967296], "result": 3}"#,
            "cases[0].args[1]",
        ),
        (
            r#"{"func": "add", "args": [1, 2], "result": "3"}"#,
            "cases[0].result",
        ),
        (
            r#"{"func": "add", "args": [1, 2], "error": 3}"#,
            "cases[0].error",
        ),
        (
            r#"{"func": "add", "args": [1, 2], "result": 3, "surprise": 1}"#,
            "cases[0]",
        ),
        (
            r#"{"func": "echo-bytes", "args": [[1, 256]], "result": []}"#,
            "cases[0].args[0][1]",
        ),
    ] {
        match run(cases).unwrap_err() {
            Error::Malformed { path, .. } => assert_eq!(path, place, "{cases}"),
            error => panic!("{cases}: {error}"),
        }
    }
    let kernel = scalar(&engine());
    for file in [
        "",
        "[]",
        r#"{"format": 2}"#,
        r#"{"format": 1, "contract": "tenon:other@1.0.0", "cases": []}"#,
        r#"{"format": 1, "contract": "tenon:scalar@1.0.0", "tolerance": -1, "cases": []}"#,
        r#"{"format": 1, "contract": "tenon:scalar@1.0.0", "cases": [], "surprise": 1}"#,
    ] {
        let error = golden::run(&kernel, file.as_bytes(), &Options::default()).unwrap_err();
        assert!(matches!(error, Error::Malformed { .. }), "{file}: {error}");
    }
    let many = vec![r#"{"func": "add", "args": [1, 2], "result": 3}"#; golden::limits::CASES + 1]
        .join(",");
    let tiny = vec!["0"; 1_000_000].join(",");
    // As it stands in the file, blanks included.
    let blanks = " ".repeat(golden::limits::CASE_SIZE);
    let long = format!(r#"{{"func": "add", "args": [1, 2],{blanks}"result": 3}}"#);
    for (cases, wrong) in [
        (many, "cases: 10001, more than 10000"),
        (tiny, "cases: 1000000, more than 10000"),
        (long, "cases[0]: 1048619 bytes, more than 1048576"),
    ] {
        let error = run(&cases).unwrap_err().to_string();
        assert!(error.contains(wrong), "{error}");
    }
}

#[test]
fn all_cases_have_one_time_together() {
    let file = br#"{"format": 1, "contract": "tenon:scalar@1.0.0", "cases": [{"func": "add", "args": [1, 2], "result": 3}]}"#;
    let options = Options {
        timeout: Duration::ZERO,
        ..Options::default()
    };
    let error = golden::run(&scalar(&engine()), file, &options).unwrap_err();
    assert!(error.to_string().contains("no end in that time"), "{error}");
}
