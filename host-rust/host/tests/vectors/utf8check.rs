use super::{Answer, Case, first, golden};
use serde_json::json;
use tenon_host::Fault;
use tenon_host::contracts::utf8check::{self, Checker};

fn answer(k: &(dyn Checker + 'static), case: &Case) -> Result<Answer, Fault> {
    assert_eq!(case.func, "first-error");
    let (bytes,): (Vec<u8>,) = case.args();
    Ok(Ok(json!(k.first_error(&bytes)?)))
}

#[test]
fn golden_cases() {
    assert!(golden(&first::<utf8check::Contract>("utf8check"), answer) >= 20);
}
