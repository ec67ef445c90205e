//! From a driver's rounds to a figure, and whether the claim about it holds.

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use tenon_stats::Estimate;

use super::claims::{Parts, Quotient, Row, Side, Unit};

/// What a driver prints for a row.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Measured {
    pub(super) name: String,
    /// The rounds of a row that is measured as one.
    #[serde(default)]
    pub(super) rounds: Vec<Round>,
    /// The parts of a row that is measured in parts; they have rounds of their own.
    #[serde(default)]
    pub(super) parts: Vec<Measured>,
    /// Heap objects an operation of side a.
    #[serde(default)]
    pub(super) allocations: Option<f64>,
    /// Heap objects an operation of side c.
    #[serde(default)]
    pub(super) beside_allocations: Option<f64>,
}

/// What one round measured of each side, an operation: nanoseconds, or bytes. Side c may sit rounds out.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub(super) struct Round {
    #[serde(rename = "a_ns", alias = "a_bytes")]
    pub(super) a: f64,
    #[serde(rename = "b_ns", alias = "b_bytes")]
    pub(super) b: Option<f64>,
    #[serde(rename = "c_ns", alias = "c_bytes")]
    pub(super) c: Option<f64>,
}

impl Round {
    fn of(&self, side: Side) -> Option<f64> {
        match side {
            Side::A => Some(self.a),
            Side::B => self.b,
            Side::C => self.c,
        }
    }

    fn sample(&self, quotient: Quotient, unit: Unit) -> Option<f64> {
        Some(match quotient {
            Quotient::One(side) => self.of(side)? / unit.size(),
            Quotient::Ratio(left, right) => self.of(left)? / self.of(right)?,
            Quotient::Difference(left, right) => (self.of(left)? - self.of(right)?) / unit.size(),
        })
    }
}

/// A row with what this run says of it.
#[derive(Debug, Serialize)]
pub(super) struct Outcome {
    #[serde(flatten)]
    pub(super) row: Row,
    rounds: usize,
    #[serde(flatten)]
    pub(super) estimate: Estimate,
    #[serde(flatten)]
    sides: Sides,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) allocations_measured: Option<f64>,
    /// The figures beside it, in the definition's order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) beside_measured: Vec<Estimate>,
    /// Heap objects an operation of side c.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) beside_allocations: Option<f64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) parts_measured: Vec<Part>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) met: Option<bool>,
}

/// What is recorded of a part.
#[derive(Debug, Serialize)]
pub(super) struct Part {
    pub(super) name: String,
    rounds: usize,
    #[serde(flatten)]
    pub(super) estimate: Estimate,
    #[serde(flatten)]
    sides: Sides,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) beside: Vec<f64>,
}

/// The medians of what was measured of each side, in nanoseconds or bytes.
#[derive(Debug, Serialize)]
struct Sides {
    a: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    b: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    c: Option<f64>,
}

impl Sides {
    fn of(rounds: &[Round]) -> Self {
        let median = |side| {
            let mut values: Vec<f64> = rounds.iter().filter_map(|round| round.of(side)).collect();
            (!values.is_empty()).then(|| tenon_stats::median(&mut values))
        };
        Self {
            a: median(Side::A).unwrap_or(f64::NAN),
            b: median(Side::B),
            c: median(Side::C),
        }
    }
}

/// Judges a row by what its driver printed.
pub(super) fn judge(row: &Row, measured: &Measured) -> Result<Outcome> {
    let parts: Vec<&Measured> = match row.parts {
        Some(_) => measured.parts.iter().collect(),
        None => vec![measured],
    };
    ensure!(
        parts.iter().all(|part| !part.rounds.is_empty()) && !parts.is_empty(),
        "row {}: the driver measured {} parts, and the definition says {:?}",
        row.name,
        measured.parts.len(),
        row.parts,
    );
    let estimate = |parts: &[&Measured], quotient| {
        let samples = |part: &&Measured| -> Vec<f64> {
            let rounds = part.rounds.iter();
            rounds
                .filter_map(|round| round.sample(quotient, row.unit))
                .collect()
        };
        let samples: Vec<Vec<f64>> = parts.iter().map(samples).collect();
        let highest = row.parts == Some(Parts::Highest);
        tenon_stats::estimate_parts(&samples, row.statistic, highest).with_context(|| {
            format!(
                "row {}: the driver's rounds hold no usable values for {quotient}",
                row.name
            )
        })
    };
    let beside = |parts: &[&Measured]| {
        let beside = row.beside.iter();
        beside
            .map(|beside| estimate(parts, beside.quotient))
            .collect::<Result<Vec<Estimate>>>()
    };

    let mut parts_measured = Vec::new();
    if row.parts.is_some() {
        for part in &parts {
            parts_measured.push(Part {
                name: part.name.clone(),
                rounds: part.rounds.len(),
                estimate: estimate(&[part], row.quotient)?,
                sides: Sides::of(&part.rounds),
                beside: beside(&[part])?.iter().map(|it| it.value).collect(),
            });
        }
    }
    let whole = estimate(&parts, row.quotient)?;
    let allocations = parts.iter().filter_map(|part| part.allocations);
    let allocations = allocations.reduce(f64::max);
    let allocations_hold = match (row.allocations, allocations) {
        (Some(bound), Some(found)) => found <= bound,
        (Some(_), None) => false,
        (None, _) => true,
    };
    let all: Vec<Round> = parts.iter().flat_map(|part| part.rounds.clone()).collect();
    Ok(Outcome {
        rounds: all.len(),
        estimate: whole,
        sides: Sides::of(&all),
        allocations_measured: allocations,
        beside_measured: beside(&parts)?,
        beside_allocations: measured.beside_allocations,
        parts_measured,
        met: row
            .target
            .map(|target| target.holds(whole.value) && allocations_hold),
        row: row.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::claims::Row;
    use super::*;

    fn row(more: &str) -> Row {
        let text = format!(r#"{{"name": "r", "what": "w", "driver": "go", {more}}}"#);
        serde_json::from_str(&text).unwrap()
    }

    /// Rounds of three sides, and a part of the same name as each letter.
    fn measured(rounds: &[[f64; 3]]) -> Measured {
        let rounds: Vec<Round> = rounds
            .iter()
            .map(|&[a, b, c]| Round {
                a,
                b: Some(b),
                c: (c > 0.0).then_some(c),
            })
            .collect();
        Measured {
            name: "r".into(),
            rounds,
            ..Measured::default()
        }
    }

    fn met(row: &Row, measured: &Measured) -> Option<bool> {
        judge(row, measured).unwrap().met
    }

    #[test]
    fn a_claim_is_judged_on_its_own_quotient() {
        let faster = row(r#""quotient": "b/a", "unit": "x", "target": {"at_least": 3}"#);
        assert_eq!(met(&faster, &measured(&[[10.0, 40.0, 0.0]])), Some(true));
        assert_eq!(met(&faster, &measured(&[[20.0, 40.0, 0.0]])), Some(false));
        let cheap = row(r#""quotient": "a/b", "unit": "x", "target": {"at_most": 4}"#);
        assert_eq!(met(&cheap, &measured(&[[50.0, 10.0, 0.0]])), Some(false));
        let little = row(r#""quotient": "a-b", "unit": "ns", "target": {"at_most": 10}"#);
        assert_eq!(met(&little, &measured(&[[59.0, 50.0, 0.0]])), Some(true));
        assert_eq!(met(&little, &measured(&[[61.0, 50.0, 0.0]])), Some(false));
        let none = row(r#""quotient": "a", "unit": "ms""#);
        let outcome = judge(&none, &measured(&[[3e6, 0.0, 0.0]])).unwrap();
        assert_eq!((outcome.met, outcome.estimate.value), (None, 3.0));
    }

    #[test]
    fn a_percentile_is_judged_by_its_worst_rounds() {
        let mut rounds = vec![[1e6, 0.0, 0.0]; 198];
        let rare =
            row(r#""quotient": "a", "statistic": "p99", "unit": "ms", "target": {"at_most": 5}"#);
        rounds.push([9e6, 0.0, 0.0]);
        assert_eq!(met(&rare, &measured(&rounds)), Some(true));
        rounds.extend([[9e6, 0.0, 0.0]; 3]);
        assert_eq!(met(&rare, &measured(&rounds)), Some(false));
    }

    #[test]
    fn parts_are_judged_together_and_recorded_apart() {
        let parts = Measured {
            name: "r".into(),
            parts: [1.0, 1.1, 1.4]
                .map(|a| measured(&[[a, 1.0, 6.0 * a]]))
                .into(),
            ..Measured::default()
        };
        let beside = r#""beside": [{"what": "stock", "quotient": "c/b"}]"#;
        let median = format!(
            r#""quotient": "a/b", "parts": "median", "unit": "x", "target": {{"at_most": 1.2}}, {beside}"#
        );
        let outcome = judge(&row(&median), &parts).unwrap();
        assert_eq!((outcome.met, outcome.estimate.value), (Some(true), 1.1));
        assert_eq!(outcome.parts_measured.len(), 3);
        let stock = outcome.parts_measured[2].beside[0];
        assert!((stock - 8.4).abs() < 1e-9, "{stock}");
        let highest = median.replace("\"median\"", "\"highest\"");
        assert_eq!(met(&row(&highest), &parts), Some(false));
        assert!(judge(&row(&median), &measured(&[[1.0, 1.0, 1.0]])).is_err());
        let whole = median.replace("\"parts\": \"median\", ", "");
        assert!(judge(&row(&whole), &parts).is_err());
    }

    #[test]
    fn the_figure_beside_is_made_of_the_rounds_that_have_it() {
        let row =
            row(r#""quotient": "a", "unit": "ms", "beside": [{"what": "stock", "quotient": "c"}]"#);
        let outcome = judge(&row, &measured(&[[1e6, 0.0, 8e6], [3e6, 0.0, 0.0]])).unwrap();
        assert_eq!(outcome.estimate.value, 2.0);
        assert_eq!(outcome.beside_measured[0].value, 8.0);
        assert!(judge(&row, &measured(&[[1e6, 0.0, 0.0]])).is_err());
    }

    #[test]
    fn a_claim_on_allocations_fails_without_a_measurement() {
        let free =
            row(r#""quotient": "a/b", "unit": "x", "target": {"at_most": 4}, "allocations": 0"#);
        let mut measured = measured(&[[10.0, 10.0, 0.0]]);
        for (allocations, expected) in [(None, false), (Some(1.0), false), (Some(0.0), true)] {
            measured.allocations = allocations;
            assert_eq!(met(&free, &measured), Some(expected), "{allocations:?}");
        }
    }

    #[test]
    fn times_and_bytes_are_read_from_a_drivers_line() {
        let line = r#"{"name": "r", "rounds": [{"a_bytes": 3000000}, {"a_ns": 1, "c_ns": 2}]}"#;
        let measured: Measured = serde_json::from_str(line).unwrap();
        assert_eq!(measured.rounds[0].a, 3e6);
        assert_eq!(measured.rounds[1].c, Some(2.0));
        let memory = row(r#""quotient": "a", "unit": "MB", "target": {"at_most": 3}"#);
        let first = Measured {
            rounds: measured.rounds[..1].to_vec(),
            ..measured
        };
        assert_eq!(met(&memory, &first), Some(true));
    }

    #[test]
    fn rounds_without_values_are_an_error() {
        let any = row(r#""quotient": "a/b", "unit": "x""#);
        assert!(judge(&any, &measured(&[[1.0, 0.0, 0.0]])).is_err());
        assert!(judge(&any, &Measured::default()).is_err());
    }
}
