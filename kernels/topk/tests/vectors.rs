//! The golden cases that every implementation and both hosts must pass.

use serde_json::Value;
use tenon_kernel_topk::{Element, Failure, Hit, Index, Metric, search};

fn list<T>(value: &Value, number: impl Fn(f64) -> T) -> Vec<T> {
    let numbers = value.as_array().unwrap();
    numbers
        .iter()
        .map(|n| number(n.as_f64().unwrap()))
        .collect()
}

fn small(value: &Value) -> u32 {
    value.as_u64().unwrap().try_into().unwrap()
}

fn expected(case: &Value) -> Result<Vec<Hit>, Failure> {
    let Some(error) = case["error"].as_object() else {
        let hits = case["result"].as_array().unwrap();
        return Ok(hits
            .iter()
            .map(|hit| Hit {
                row: small(&hit["row"]),
                score: hit["score"].as_f64().unwrap(),
            })
            .collect());
    };
    let (name, n) = error.iter().next().unwrap();
    Err(match (name.as_str(), small(n)) {
        ("dims", n) => Failure::Dims(n),
        ("matrix", n) => Failure::Matrix(n),
        ("query", n) => Failure::Query(n),
        ("k", n) => Failure::K(n),
        other => panic!("{other:?}"),
    })
}

fn check<T: Element>(case: &Value, number: impl Fn(f64) -> T) {
    let args = &case["args"];
    let (matrix, query) = (list(&args[0], &number), list(&args[2], &number));
    let (dims, k) = (small(&args[1]), small(&args[4]));
    let metric = match args[3].as_str().unwrap() {
        "dot" => Metric::Dot,
        "cosine" => Metric::Cosine,
        other => panic!("{other}"),
    };
    let expected = expected(case);
    let once = search(&matrix, dims, &query, metric, k);
    let index = Index::new(matrix, dims, metric);
    let kept = index.and_then(|index| index.search(&query, k));
    assert_eq!(once, kept, "{case}");
    assert!(close(&once, &expected), "{case}: {once:?}");
}

/// Whether two answers are equal but for the last bit of a score, to which serde_json may read a number wrong.
fn close(a: &Result<Vec<Hit>, Failure>, b: &Result<Vec<Hit>, Failure>) -> bool {
    let (Ok(a), Ok(b)) = (a, b) else {
        return a == b;
    };
    let near = |(a, b): (&Hit, &Hit)| {
        a.row == b.row && (a.score - b.score).abs() <= f64::EPSILON * b.score.abs()
    };
    a.len() == b.len() && a.iter().zip(b).all(near)
}

#[test]
fn golden_cases() {
    let file: Value = serde_json::from_str(include_str!("../../../wit/vectors/topk.json")).unwrap();
    let cases = file["cases"].as_array().unwrap();
    for case in cases {
        match case["func"].as_str().unwrap() {
            "search-int8" => check(case, |n| n as i8),
            "search-float32" => check(case, |n| n as f32),
            other => panic!("{other}"),
        }
    }
    assert!(cases.len() > 30, "{}", cases.len());
}
