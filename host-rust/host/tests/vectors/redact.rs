use super::{Answer, Case, golden, slot};
use serde_json::{Value, json};
use tenon_host::Fault;
use tenon_host::contracts::redact::{self, Finding, Kind, Redactor};

fn answer(k: &(dyn Redactor + 'static), case: &Case) -> Result<Answer, Fault> {
    assert_eq!(case.func, "redact");
    let (text,): (String,) = case.args();
    let answer = k.redact(&text)?;
    let finding = |it: &Finding| json!({"kind": kind(it.kind), "start": it.start, "end": it.end});
    let findings: Value = answer.findings.iter().map(finding).collect();
    Ok(Ok(json!({"text": answer.text, "findings": findings})))
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Ipv4 => "ipv4",
        Kind::Ipv6 => "ipv6",
        Kind::Host => "host",
        Kind::Email => "email",
        Kind::User => "user",
        Kind::Token => "token",
        Kind::Card => "card",
        Kind::Url => "url",
    }
}

#[test]
fn golden_cases_of_each_version() {
    for label in ["1.0.0", "1.1.0", "1.2.0-trap"] {
        let file = format!("host-go/kernels/redact/redact-{label}.wasm");
        assert!(golden(&slot::<redact::Contract>(&file), answer) > 15);
    }
}
