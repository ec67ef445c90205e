use super::{Answer, Case, first, golden};
use serde_json::{Value, json};
use tenon_host::Fault;
use tenon_host::contracts::editdistance::{self, Comparer, Match};

fn answer(k: &(dyn Comparer + 'static), case: &Case) -> Result<Answer, Fault> {
    Ok(Ok(match &*case.func {
        "distance" => {
            let (a, b): (String, String) = case.args();
            json!(k.distance(&a, &b)?)
        }
        "within" => {
            let (a, b, cutoff): (String, String, u32) = case.args();
            json!(k.within(&a, &b, cutoff)?)
        }
        "distances" => {
            let (query, others): (String, Vec<String>) = case.args();
            json!(k.distances(&query, &lent(&others))?)
        }
        "nearest" => {
            let (query, others, cutoff): (String, Vec<String>, u32) = case.args();
            matches(&k.nearest(&query, &lent(&others), cutoff)?)
        }
        "nearest-lines" => {
            let (query, lines, cutoff): (String, String, u32) = case.args();
            matches(&k.nearest_lines(&query, &lines, cutoff)?)
        }
        other => panic!("the contract has no function {other}"),
    }))
}

fn lent(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}

fn matches(matches: &[Match]) -> Value {
    let each = |it: &Match| json!({"index": it.index, "distance": it.distance});
    matches.iter().map(each).collect()
}

#[test]
fn golden_cases() {
    assert!(golden(&first::<editdistance::Contract>("editdistance"), answer) >= 25);
}
