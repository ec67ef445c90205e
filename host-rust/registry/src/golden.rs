//! golden.json: the answers that every version of a contract gives.

use crate::format;
use crate::{Error, Reason, Result};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::path::Path;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    #[expect(dead_code, reason = "read before the rest")]
    format: u32,
    contract: String,
    #[expect(dead_code, reason = "the hosts' business")]
    tolerance: Option<f64>,
    cases: Vec<Map<String, Value>>,
}

/// Looks whether a text has golden cases of a contract. What they are is the hosts' business.
pub(crate) fn check(text: &[u8], contract: &str, path: &Path) -> Result<()> {
    let malformed = |message: String| {
        Err(Error::new(Reason::GoldenMalformed, message)
            .at(path)
            .help("wit/vectors/README.md says how golden cases are written"))
    };
    let content: Content = format::parse(text, path, Reason::GoldenMalformed)?;
    let (package, _) = content
        .contract
        .split_once('@')
        .unwrap_or((&content.contract, ""));
    if package != contract {
        return malformed(format!("golden cases of contract {:.80}", content.contract));
    }
    let nameless = content
        .cases
        .iter()
        .position(|case| !case.get("func").is_some_and(Value::is_string));
    match nameless {
        Some(at) => malformed(format!("case {at} (from 0) names no func")),
        None => Ok(()),
    }
}
