//! What a kernel's Cargo.toml claims of its speed, and whether a run bears it out.

use super::report::Report;
use super::verdict::Verdict;
use crate::failure::{Failure, Result};
use serde::{Deserialize, Serialize};
use std::fmt;
use tenon_stats::Estimate;

/// An entry of `[[package.metadata.tenon.claims]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "Entry")]
pub(crate) struct Claim {
    /// The benchmark's name in kebab case.
    bench: String,
    /// The size that it is about.
    size: u64,
    what: What,
}

/// What is claimed.
#[derive(Clone, Copy, Debug, PartialEq)]
enum What {
    /// The baseline takes at least so many times as long as the kernel.
    AtLeast(f64),
    /// Which one is faster.
    Verdict(Verdict),
}

/// A claim as it is written.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Entry {
    bench: String,
    size: u64,
    at_least: Option<f64>,
    verdict: Option<Verdict>,
}

impl TryFrom<Entry> for Claim {
    type Error = String;

    fn try_from(entry: Entry) -> std::result::Result<Self, String> {
        let what = match (entry.at_least, entry.verdict) {
            (Some(ratio), None) if ratio.is_finite() && ratio > 0.0 => What::AtLeast(ratio),
            (None, Some(verdict)) => What::Verdict(verdict),
            _ => {
                return Err(format!(
                    "the claim of {} at {} has not one of at-least, a number above 0, and verdict",
                    entry.bench, entry.size
                ));
            }
        };
        let (bench, size) = (entry.bench, entry.size);
        Ok(Claim { bench, size, what })
    }
}

/// A claim with what this run says of it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Judged {
    bench: String,
    size: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    at_least: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<Verdict>,
    measured: Estimate,
    measured_verdict: Verdict,
    /// Whether it holds: of the median where a number is claimed, of the interval where a verdict is.
    pub(crate) met: bool,
}

impl Claim {
    /// Whether the benchmarks of this name are claimed something of.
    pub(crate) fn is_about(&self, bench: &str) -> bool {
        self.bench == bench
    }

    /// Judges the claim. One about what was not measured is an error, for it would hold for ever.
    pub(crate) fn judge(&self, report: &Report) -> Result<Judged> {
        let Claim { bench, size, what } = self;
        let fault = |found: String| {
            Failure::new(format!("the claim of `{bench}` at {size} cannot be judged"))
                .found(found)
                .help("mend [[package.metadata.tenon.claims]] in Cargo.toml, or the Go benchmark")
        };
        let Some(of) = report.benchmarks.iter().find(|it| it.name == *bench) else {
            let names: Vec<&str> = report.benchmarks.iter().map(|it| &*it.name).collect();
            return Err(fault(format!("the benchmarks {}", names.join(", "))));
        };
        let Some(found) = report.size(bench, *size) else {
            let sizes: Vec<String> = of.sizes.iter().map(|it| it.size.to_string()).collect();
            return Err(fault(format!("the sizes {}", sizes.join(", "))));
        };
        let (Some(measured), Some(measured_verdict)) = (found.ratio, found.verdict) else {
            return Err(fault("no baseline to compare with".into()));
        };
        let (at_least, verdict, met) = match *what {
            What::AtLeast(least) => (Some(least), None, measured.value >= least),
            What::Verdict(verdict) => (None, Some(verdict), measured_verdict == verdict),
        };
        Ok(Judged {
            bench: bench.clone(),
            size: *size,
            at_least,
            verdict,
            measured,
            measured_verdict,
            met,
        })
    }
}

impl fmt::Display for Judged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}: ", self.bench, self.size)?;
        let met = if self.met { "met" } else { "NOT MET" };
        match (self.at_least, self.verdict) {
            (Some(least), _) => write!(
                f,
                "at least {least} x, measured {:.2} x: {met}",
                self.measured.value
            ),
            (None, Some(verdict)) => write!(
                f,
                "verdict {verdict}, measured {}: {met}",
                self.measured_verdict
            ),
            (None, None) => f.write_str(met),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::report::tests::report;
    use super::*;

    fn claim(json: &str) -> Claim {
        serde_json::from_str(json).unwrap_or_else(|error| panic!("{json}: {error}"))
    }

    #[test]
    fn a_number_is_judged_by_the_median_and_a_verdict_by_the_interval() {
        let rounds = [
            (64, 10.0, Some(40.0)),
            (64, 10.0, Some(41.0)),
            (64, 10.0, Some(9.0)),
        ];
        let report = report(&rounds);
        let judged = |what: &str| {
            let json = format!(r#"{{"bench": "sum-all", "size": 64, {what}}}"#);
            claim(&json).judge(&report).expect("measured")
        };
        assert!(judged(r#""at-least": 4.0"#).met);
        assert!(!judged(r#""at-least": 4.01"#).met);
        assert!(judged(r#""verdict": "no difference""#).met);
        assert!(!judged(r#""verdict": "kernel""#).met);
        assert_eq!(
            judged(r#""verdict": "go""#).to_string(),
            "sum-all at 64: verdict Go, measured no difference: NOT MET"
        );
        assert_eq!(
            judged(r#""at-least": 3"#).to_string(),
            "sum-all at 64: at least 3 x, measured 4.00 x: met"
        );
    }

    #[test]
    fn what_was_not_measured_cannot_be_claimed() {
        let with = report(&[(64, 10.0, Some(40.0))]);
        let fault = |json: &str, report: &Report| {
            claim(json)
                .judge(report)
                .expect_err("not measured")
                .to_string()
        };
        let other = r#"{"bench": "nearest", "size": 64, "at-least": 2}"#;
        assert!(fault(other, &with).contains("the benchmarks sum-all"));
        let size = r#"{"bench": "sum-all", "size": 65, "at-least": 2}"#;
        assert!(fault(size, &with).contains("the sizes 64"));
        let alone = report(&[(64, 10.0, None)]);
        let right = r#"{"bench": "sum-all", "size": 64, "at-least": 2}"#;
        assert!(fault(right, &alone).contains("no baseline"));
    }

    #[test]
    fn a_claim_says_one_thing() {
        for wrong in [
            r#"{"bench": "a", "size": 1}"#,
            r#"{"bench": "a", "size": 1, "at-least": 2, "verdict": "go"}"#,
            r#"{"bench": "a", "size": 1, "at-least": 0}"#,
            r#"{"bench": "a", "size": 1, "at-least": -3}"#,
            r#"{"bench": "a", "size": 1, "at-least": 1e999}"#,
            r#"{"bench": "a", "size": 1, "verdict": "rust"}"#,
            r#"{"bench": "a", "size": -1, "verdict": "go"}"#,
            r#"{"bench": "a", "size": 1, "verdict": "go", "at-most": 3}"#,
        ] {
            assert!(serde_json::from_str::<Claim>(wrong).is_err(), "{wrong}");
        }
    }
}
