//! The definitions: what benches/claims.json says is measured, and what is claimed of it.

use std::fmt;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use crate::repo::Repo;

/// The file with the definitions.
pub(super) const FILE: &str = "benches/claims.json";

#[derive(Deserialize)]
struct Claims {
    format: u32,
    rows: Vec<Row>,
}

/// Every row, in the file's order.
pub(super) fn read(repo: &Repo) -> Result<Vec<Row>> {
    let text = std::fs::read_to_string(repo.path(FILE)).context(FILE)?;
    parse(&text).context(FILE)
}

fn parse(text: &str) -> Result<Vec<Row>> {
    let claims: Claims = serde_json::from_str(text)?;
    if claims.format != 2 {
        bail!("format {} is not known here, only 2", claims.format);
    }
    for row in &claims.rows {
        row.check()
            .with_context(|| format!("the row {}", row.name))?;
    }
    Ok(claims.rows)
}

/// One row: a figure, and the claim about it if there is one.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) what: String,
    pub(super) driver: Driver,
    /// The driver's row that is judged, where several claims are made of one measurement; else it has this row's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    of: Option<String>,
    /// Whether the driver needs the files of kernels/hostile.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) guests: bool,
    pub(super) quotient: Quotient,
    /// What is made of a row's rounds.
    #[serde(default, skip_serializing_if = "Statistic::is_median")]
    pub(super) statistic: Statistic,
    /// What is made of the parts' figures, for a row that is measured in parts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) parts: Option<Parts>,
    pub(super) unit: Unit,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) target: Option<Target>,
    /// The most heap objects that an operation of side a may take.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) allocations: Option<f64>,
    /// A figure that is shown beside the row's own; nothing is claimed of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) beside: Option<Beside>,
}

impl Row {
    /// The name under which the driver knows what is measured.
    pub(super) fn measured_as(&self) -> &str {
        self.of.as_deref().unwrap_or(&self.name)
    }

    fn check(&self) -> Result<()> {
        let beside = self.beside.as_ref().map(|beside| beside.quotient);
        for quotient in [Some(self.quotient), beside].into_iter().flatten() {
            if matches!(quotient, Quotient::Ratio(..)) != (self.unit == Unit::Times) {
                bail!("{quotient} is not a number of {}", self.unit.symbol());
            }
        }
        Ok(())
    }
}

/// The program that measures a row.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Driver {
    Go,
    Rust,
}

/// What is shown beside a row's own figure, made of the same rounds.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Beside {
    pub(super) what: String,
    pub(super) quotient: Quotient,
}

/// One of the things that take turns in a row's rounds: what is measured of it is a time or a number of bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Side {
    A,
    B,
    C,
}

/// What is made of a round: of one side, or of two.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(try_from = "String", into = "String")]
pub(super) enum Quotient {
    One(Side),
    Ratio(Side, Side),
    Difference(Side, Side),
}

impl TryFrom<String> for Quotient {
    type Error = anyhow::Error;

    fn try_from(text: String) -> Result<Self> {
        let side = |text: &str| match text {
            "a" => Ok(Side::A),
            "b" => Ok(Side::B),
            "c" => Ok(Side::C),
            _ => bail!("{text:?} is no side: there are a, b and c"),
        };
        Ok(if let Some((left, right)) = text.split_once('/') {
            Self::Ratio(side(left)?, side(right)?)
        } else if let Some((left, right)) = text.split_once('-') {
            Self::Difference(side(left)?, side(right)?)
        } else {
            Self::One(side(&text)?)
        })
    }
}

impl From<Quotient> for String {
    fn from(quotient: Quotient) -> Self {
        quotient.to_string()
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Side::A => "a",
            Side::B => "b",
            Side::C => "c",
        })
    }
}

impl fmt::Display for Quotient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(side) => side.fmt(f),
            Self::Ratio(left, right) => write!(f, "{left}/{right}"),
            Self::Difference(left, right) => write!(f, "{left}-{right}"),
        }
    }
}

/// What stands for all rounds.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Statistic {
    #[default]
    Median,
    /// The 99th percentile: the smallest value that 99 of 100 rounds do not exceed.
    P99,
}

impl Statistic {
    fn is_median(&self) -> bool {
        *self == Self::Median
    }
}

/// What stands for all parts.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Parts {
    Median,
    Highest,
}

/// What a figure is shown in.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) enum Unit {
    #[serde(rename = "x")]
    Times,
    #[serde(rename = "ns")]
    Nanoseconds,
    #[serde(rename = "ms")]
    Milliseconds,
    #[serde(rename = "MB")]
    Megabytes,
}

impl Unit {
    pub(super) fn symbol(self) -> &'static str {
        match self {
            Unit::Times => "x",
            Unit::Nanoseconds => "ns",
            Unit::Milliseconds => "ms",
            Unit::Megabytes => "MB",
        }
    }

    /// How much of what the drivers print, nanoseconds or bytes, one of the unit is.
    pub(super) fn size(self) -> f64 {
        match self {
            Unit::Times | Unit::Nanoseconds => 1.0,
            Unit::Milliseconds => 1e6,
            Unit::Megabytes => 1e6,
        }
    }
}

#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Target {
    AtLeast(f64),
    AtMost(f64),
}

impl Target {
    pub(super) fn holds(self, value: f64) -> bool {
        match self {
            Target::AtLeast(bound) => value >= bound,
            Target::AtMost(bound) => value <= bound,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotients_are_read_as_they_are_written() {
        for text in ["a", "c", "a/b", "b/a", "c/b", "a-b", "c-b"] {
            let quotient = Quotient::try_from(text.to_owned()).unwrap();
            assert_eq!(quotient.to_string(), text);
        }
        for text in ["", "d", "a*b", "a/", "a-b-c", "a/b/c"] {
            assert!(Quotient::try_from(text.to_owned()).is_err(), "{text}");
        }
    }

    #[test]
    fn the_committed_definitions_are_sound() {
        let rows = read(&Repo::find().unwrap()).unwrap();
        for row in &rows {
            let same = rows.iter().filter(|other| other.name == row.name);
            assert_eq!(same.count(), 1, "{}", row.name);
        }
    }

    #[test]
    fn a_ratio_has_no_unit_and_a_time_has_one() {
        let file = |quotient: &str, unit: &str| {
            format!(
                r#"{{"format": 2, "rows": [{{"name": "r", "what": "w", "driver": "go", "quotient": "{quotient}", "unit": "{unit}"}}]}}"#
            )
        };
        for (quotient, unit) in [("a/b", "x"), ("a-b", "ns"), ("a", "ms"), ("a", "MB")] {
            parse(&file(quotient, unit)).unwrap();
        }
        for (quotient, unit) in [("a/b", "ns"), ("a-b", "x"), ("a", "s")] {
            assert!(parse(&file(quotient, unit)).is_err(), "{quotient} {unit}");
        }
        assert!(parse(&file("a", "ms").replace("\"format\": 2", "\"format\": 1")).is_err());
        assert!(parse(&file("a", "ms").replace("\"what\"", "\"why\"")).is_err());
    }
}
