//! golden.json: the answers that every version of a contract gives.

use crate::format;
use crate::{Error, Reason, Result};
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use std::fmt;
use std::path::Path;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    #[expect(dead_code, reason = "read before the rest")]
    format: u32,
    contract: String,
    #[expect(dead_code, reason = "the hosts' business")]
    tolerance: Option<f64>,
    cases: Vec<Case>,
}

/// What is kept of a case.
struct Case {
    /// Whether `func` is a string.
    named: bool,
}

impl<'de> Deserialize<'de> for Case {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        from.deserialize_map(Case { named: false })
    }
}

impl<'de> Visitor<'de> for Case {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a case")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut from: A) -> std::result::Result<Self, A::Error> {
        while let Some(key) = from.next_key::<String>()? {
            if key == "func" {
                self.named = from.next_value::<&RawValue>()?.get().starts_with('"');
            } else {
                from.next_value::<IgnoredAny>()?;
            }
        }
        Ok(self)
    }
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
    let nameless = content.cases.iter().position(|case| !case.named);
    match nameless {
        Some(at) => malformed(format!("case {at} (from 0) names no func")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(cases: &str) -> std::result::Result<(), String> {
        let text =
            format!(r#"{{"format": 1, "contract": "tenon:sums@1.0.0", "cases": [{cases}]}}"#);
        let result = check(text.as_bytes(), "tenon:sums", Path::new("golden.json"));
        result.map_err(|error| error.to_string())
    }

    #[test]
    fn each_case_names_its_function() {
        checked("").unwrap();
        checked(r#"{"args": [[1], {"func": 2}], "func": "add"}, {"func": "add"}"#).unwrap();
        for (cases, wrong) in [
            (
                r#"{"func": "add"}, {"args": []}"#,
                "case 1 (from 0) names no func",
            ),
            (r#"{"func": ["add"]}"#, "case 0 (from 0) names no func"),
            (r#"{"func": null}"#, "case 0 (from 0) names no func"),
            ("[]", "expected a case"),
            ("7", "expected a case"),
            (r#"{"func": "add""#, "golden.json"),
        ] {
            let error = checked(cases).unwrap_err();
            assert!(error.contains(wrong), "{cases}: {error}");
        }
    }
}
