use super::{Answer, Case, golden, slot};
use serde_json::json;
use tenon_host::Fault;
use tenon_host::contracts::scalar::{self, Calls};

fn answer(k: &(dyn Calls + 'static), case: &Case) -> Result<Answer, Fault> {
    let text = || case.args::<(String,)>().0;
    Ok(Ok(match &*case.func {
        "add" => {
            let (a, b) = case.args();
            json!(k.add(a, b)?)
        }
        "sum" => json!(k.sum(&case.args::<(Vec<u32>,)>().0)?),
        "echo-bytes" => json!(k.echo_bytes(&case.args::<(Vec<u8>,)>().0)?),
        "echo-string" => json!(k.echo_string(&text())?),
        "fail" => json!(k.fail(&text())?),
        other => panic!("the contract has no function {other}"),
    }))
}

#[test]
fn golden_cases() {
    let slot = slot::<scalar::Contract>("host-go/internal/fixture/scalar/scalar.wasm");
    assert_eq!(golden(&slot, answer), 10);
}
