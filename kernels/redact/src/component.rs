//! The WIT glue: the contract's function, handed to the pure one.

tenon_kernel::kernel!();

wit_bindgen::generate!({
    path: "../../wit/redact",
    world: "kernel",
});

use exports::tenon::redact::redactor as contract;

struct Component;

export!(Component);

impl contract::Guest for Component {
    fn redact(text: String) -> contract::Redaction {
        let answer = crate::redact(&text);
        let findings = answer
            .findings
            .into_iter()
            .map(|finding| contract::Finding {
                kind: kind(finding.kind),
                start: finding.start,
                end: finding.end,
            });
        contract::Redaction {
            text: answer.text,
            findings: findings.collect(),
        }
    }
}

fn kind(kind: crate::Kind) -> contract::Kind {
    use crate::Kind;
    match kind {
        Kind::Ipv4 => contract::Kind::Ipv4,
        Kind::Ipv6 => contract::Kind::Ipv6,
        Kind::Host => contract::Kind::Host,
        Kind::Email => contract::Kind::Email,
        Kind::User => contract::Kind::User,
        Kind::Token => contract::Kind::Token,
        Kind::Card => contract::Kind::Card,
        Kind::Url => contract::Kind::Url,
    }
}
