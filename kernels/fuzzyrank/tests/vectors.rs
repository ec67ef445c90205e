//! The golden cases that every implementation and both hosts must pass.

use serde_json::Value;
use tenon_kernel_fuzzyrank::{Failure, Index, Match, Ranking, positions, rank};

fn small(value: &Value) -> u32 {
    value.as_u64().unwrap().try_into().unwrap()
}

fn list<T>(value: &Value, of: impl Fn(&Value) -> T) -> Vec<T> {
    value.as_array().unwrap().iter().map(of).collect()
}

fn expected<T>(case: &Value, result: impl Fn(&Value) -> T) -> Result<T, Failure> {
    let error = &case["error"];
    if let Some(length) = error.get("query") {
        return Err(Failure::Query(small(length)));
    }
    if let Some(length) = error.get("line") {
        return Err(Failure::Line(small(length)));
    }
    Ok(result(&case["result"]))
}

fn ranking(value: &Value) -> Ranking {
    let of = |value: &Value| Match {
        index: small(&value["index"]),
        score: small(&value["score"]),
    };
    Ranking {
        total: small(&value["total"]),
        best: list(&value["best"], of),
    }
}

#[test]
fn golden_cases() {
    let file = include_str!("../../../wit/vectors/fuzzyrank.json");
    let file: Value = serde_json::from_str(file).unwrap();
    let cases = file["cases"].as_array().unwrap();
    for case in cases {
        let args = &case["args"];
        let (query, text) = (args[0].as_str().unwrap(), args[1].as_str().unwrap());
        match case["func"].as_str().unwrap() {
            "rank" => {
                let expected = expected(case, ranking);
                let limit = small(&args[2]);
                let index = Index::new(text.into());
                assert_eq!(rank(query, text, limit), expected, "{case}");
                assert_eq!(index.rank(query, limit), expected, "{case}");
            }
            "positions" => {
                let places = |value: &Value| (!value.is_null()).then(|| list(value, small));
                assert_eq!(positions(query, text), expected(case, places), "{case}");
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(cases.len() > 40, "{}", cases.len());
}
