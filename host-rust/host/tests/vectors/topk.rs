//! Each case is asked twice: of the function that takes the matrix, and of an index that keeps it.

use super::{Answer, Case, first, golden};
use serde_json::{Value, json};
use tenon_host::contracts::topk::{self, Failure, Hit, Metric, Searcher};
use tenon_host::{Fault, FaultKind};

fn answer(k: &(dyn Searcher + 'static), case: &Case) -> Result<Answer, Fault> {
    let (once, kept) = match &*case.func {
        "search-int8" => {
            let (matrix, dims, query, metric, n): (Vec<i8>, u32, Vec<i8>, String, u32) =
                case.args();
            let metric = self::metric(&metric);
            let kept = match k.int8_index(&matrix, dims, metric)? {
                Ok(index) => k.search_int8_index(&index, &query, n)?,
                Err(failure) => Err(failure),
            };
            (k.search_int8(&matrix, dims, &query, metric, n)?, kept)
        }
        "search-float32" => {
            let (matrix, dims, query, metric, n): (Vec<f32>, u32, Vec<f32>, String, u32) =
                case.args();
            let metric = self::metric(&metric);
            let kept = match k.float32_index(&matrix, dims, metric)? {
                Ok(index) => k.search_float32_index(&index, &query, n)?,
                Err(failure) => Err(failure),
            };
            (k.search_float32(&matrix, dims, &query, metric, n)?, kept)
        }
        other => panic!("the contract has no function {other}"),
    };
    if once != kept {
        let differ = format!("{once:?} and {kept:?}");
        return Err(Fault::new(FaultKind::Internal, differ));
    }
    let hit = |it: &Hit| json!({"row": it.row, "score": it.score});
    Ok(once
        .map(|hits| -> Value { hits.iter().map(hit).collect() })
        .map_err(|failure| match failure {
            Failure::Dims(n) => json!({ "dims": n }),
            Failure::Matrix(n) => json!({ "matrix": n }),
            Failure::Query(n) => json!({ "query": n }),
            Failure::K(n) => json!({ "k": n }),
        }))
}

fn metric(name: &str) -> Metric {
    match name {
        "dot" => Metric::Dot,
        "cosine" => Metric::Cosine,
        other => panic!("there is no metric {other}"),
    }
}

#[test]
fn golden_cases() {
    assert!(golden(&first::<topk::Contract>("topk"), answer) >= 30);
}
