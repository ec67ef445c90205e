//! Each ranking is asked for twice: of the function that takes the lines, and of an index that keeps them.

use super::{Answer, Case, first, golden};
use serde_json::{Value, json};
use tenon_host::contracts::fuzzyrank::{self, Failure, Match, Ranker};
use tenon_host::{Fault, FaultKind};

fn answer(k: &(dyn Ranker + 'static), case: &Case) -> Result<Answer, Fault> {
    let answer = match &*case.func {
        "rank" => {
            let (query, lines, limit): (String, String, u32) = case.args();
            let once = k.rank(&query, &lines, limit)?;
            let kept = k.rank_index(&k.index(&lines)?, &query, limit)?;
            if once != kept {
                let differ = format!("{once:?} and {kept:?}");
                return Err(Fault::new(FaultKind::Internal, differ));
            }
            let each = |it: &Match| json!({"index": it.index, "score": it.score});
            once.map(|ranking| {
                let best: Value = ranking.best.iter().map(each).collect();
                json!({"total": ranking.total, "best": best})
            })
        }
        "positions" => {
            let (query, line): (String, String) = case.args();
            k.positions(&query, &line)?.map(|places| json!(places))
        }
        other => panic!("the contract has no function {other}"),
    };
    Ok(answer.map_err(|failure| match failure {
        Failure::Query(n) => json!({ "query": n }),
        Failure::Line(n) => json!({ "line": n }),
    }))
}

#[test]
fn golden_cases() {
    assert!(golden(&first::<fuzzyrank::Contract>("fuzzyrank"), answer) >= 30);
}
