use super::{Answer, Case, first, golden};
use serde_json::{Value, json};
use tenon_host::Fault;
use tenon_host::contracts::useragent::{self, Agent, Parser, Software};

fn answer(k: &(dyn Parser + 'static), case: &Case) -> Result<Answer, Fault> {
    Ok(Ok(match &*case.func {
        "parse" => agent(&k.parse(&case.args::<(String,)>().0)?),
        "parse-all" => {
            let (texts,): (Vec<String>,) = case.args();
            let texts: Vec<_> = texts.iter().map(String::as_str).collect();
            k.parse_all(&texts)?.iter().map(agent).collect()
        }
        other => panic!("the contract has no function {other}"),
    }))
}

fn agent(agent: &Agent) -> Value {
    let device = &agent.device;
    json!({
        "browser": software(&agent.browser),
        "os": software(&agent.os),
        "device": {"family": device.family, "brand": device.brand, "model": device.model},
    })
}

fn software(it: &Software) -> Value {
    json!({
        "family": it.family,
        "major": it.major,
        "minor": it.minor,
        "patch": it.patch,
        "patch-minor": it.patch_minor,
    })
}

#[test]
fn golden_cases() {
    assert!(golden(&first::<useragent::Contract>("useragent"), answer) >= 10);
}
