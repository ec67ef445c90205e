//! The definitions: what benches/claims.json says is measured, and what is claimed of it.

use std::collections::BTreeMap;
use std::fmt;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tenon_stats::Statistic;

use crate::repo::Repo;

/// The file with the definitions.
pub(super) const FILE: &str = "benches/claims.json";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    #[serde(rename = "format")]
    _format: u32,
    /// What functions are called with; the drivers know how to make it.
    inputs: BTreeMap<String, Value>,
    calls: BTreeMap<String, Call>,
    rows: Vec<Row>,
}

/// A function of a kernel, what it is called with, and what it answers. The drivers check the answer.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Call {
    input: String,
    #[serde(rename = "kernel")]
    _kernel: String,
    #[serde(rename = "function")]
    _function: String,
    #[serde(rename = "expect")]
    _expect: String,
}

/// Every row, in the file's order.
pub(super) fn read(repo: &Repo) -> Result<Vec<Row>> {
    let text = std::fs::read_to_string(repo.path(FILE)).context(FILE)?;
    parse(&text).context(FILE)
}

fn parse(text: &str) -> Result<Vec<Row>> {
    let format: Value = serde_json::from_str(text)?;
    if format["format"] != 3 {
        bail!("format {} is not known here, only 3", format["format"]);
    }
    let claims: Claims = serde_json::from_str(text)?;
    for (name, call) in &claims.calls {
        if !claims.inputs.contains_key(&call.input) {
            bail!("the call {name}: no input is called {}", call.input);
        }
    }
    for row in &claims.rows {
        row.check(&claims)
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
    /// What is called; without it the driver knows by the row's name what is measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) call: Option<String>,
    /// How the call is measured, where it is not by sides that take turns.
    #[serde(skip_serializing_if = "Option::is_none")]
    measure: Option<Measure>,
    /// The engines of the sides.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    sides: BTreeMap<Side, Caller>,
    /// How many rounds there are, where they are not as many as usual.
    #[serde(skip_serializing_if = "Option::is_none")]
    rounds: Option<u32>,
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
    /// Figures that are shown beside the row's own; nothing is claimed of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) beside: Vec<Beside>,
}

impl Row {
    /// The name under which the driver knows what is measured.
    pub(super) fn measured_as(&self) -> &str {
        self.of.as_deref().unwrap_or(&self.name)
    }

    /// Whether one of the engines is native code in the Go process, which only a C compiler can link.
    pub(super) fn needs_c(&self) -> bool {
        let by_cgo = |side: &Caller| matches!(side.engine(), "cgo" | "h3-go");
        self.sides.values().any(by_cgo)
    }

    fn check(&self, claims: &Claims) -> Result<()> {
        let beside = self.beside.iter().map(|beside| beside.quotient);
        for quotient in beside.chain([self.quotient]) {
            if matches!(quotient, Quotient::Ratio(..)) != (self.unit == Unit::Times) {
                bail!("{quotient} is not a number of {}", self.unit.symbol());
            }
            let takes_turns = self.call.is_some() && self.measure.is_none();
            if let Some(side) = quotient.sides().find(|side| !self.sides.contains_key(side))
                && takes_turns
            {
                bail!("{quotient}: there is no side {side}");
            }
        }
        match &self.call {
            None if self.measure.is_some() || !self.sides.is_empty() || self.rounds.is_some() => {
                bail!("without a call, the driver knows what is measured, and how")
            }
            Some(call) if !claims.calls.contains_key(call) => bail!("no call is called {call}"),
            Some(_) if !self.sides.contains_key(&Side::A) => bail!("there is no side a"),
            _ => {}
        }
        for side in self.sides.values() {
            if !self.driver.engines().contains(&side.engine()) {
                bail!(
                    "the {:?} driver has no engine {}",
                    self.driver,
                    side.engine()
                );
            }
        }
        Ok(())
    }
}

/// How a call is measured otherwise.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Measure {
    /// From a component to its first answer, with nothing cached.
    Load,
    /// The same with plan and code cached.
    LoadCached,
    /// The same until the code is there: without an instance, and what it does when it is made and first called.
    LoadCachedCode,
    /// Each call by itself, under load: the median is side a, p99 side b and p99.9 side c.
    Latency,
}

/// Who calls: one caller of an engine, or as many as there are cores.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(untagged)]
enum Caller {
    One(String),
    Many { engine: String, cores: Cores },
}

#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
enum Cores {
    All,
}

impl Caller {
    fn engine(&self) -> &str {
        match self {
            Self::One(engine) | Self::Many { engine, .. } => engine,
        }
    }
}

/// The program that measures a row.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Driver {
    Go,
    Rust,
}

impl Driver {
    /// The engines that it has for one function or another; benches/README.md says what each does.
    fn engines(self) -> &'static [&'static str] {
        match self {
            Driver::Go => &[
                "go-host",
                "go",
                "go-re2",
                "jsontext",
                "gjson",
                "fastjson",
                "cgo",
                "h3-go",
                "wazero",
                "wazero-stoppable",
                "wazero-in-place",
                "core-in-place",
            ],
            Driver::Rust => &["rust-host", "rust", "wasmtime"],
        }
    }
}

/// What is shown beside a row's own figure, made of the same rounds.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Beside {
    pub(super) what: String,
    pub(super) quotient: Quotient,
}

/// One of the things that take turns in a row's rounds: what is measured of it is a time or a number of bytes.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
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

impl Quotient {
    fn sides(self) -> impl Iterator<Item = Side> {
        let (left, right) = match self {
            Self::One(side) => (side, None),
            Self::Ratio(left, right) | Self::Difference(left, right) => (left, Some(right)),
        };
        std::iter::once(left).chain(right)
    }
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
    #[serde(rename = "us")]
    Microseconds,
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
            Unit::Microseconds => "us",
            Unit::Milliseconds => "ms",
            Unit::Megabytes => "MB",
        }
    }

    /// How much of what the drivers print, nanoseconds or bytes, one of the unit is.
    pub(super) fn size(self) -> f64 {
        match self {
            Unit::Times | Unit::Nanoseconds => 1.0,
            Unit::Microseconds => 1e3,
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

    fn file(row: &str) -> String {
        format!(
            r#"{{"format": 3,
                "inputs": {{"text": {{"text": "t"}}}},
                "calls": {{"echo": {{"kernel": "k", "function": "f", "input": "text", "expect": "t"}}}},
                "rows": [{{"name": "r", "what": "w", "driver": "go", {row}}}]}}"#
        )
    }

    #[test]
    fn a_ratio_has_no_unit_and_a_time_has_one() {
        let row = |quotient: &str, unit: &str| {
            file(&format!(r#""quotient": "{quotient}", "unit": "{unit}""#))
        };
        for (quotient, unit) in [("a/b", "x"), ("a-b", "ns"), ("a", "ms"), ("a", "MB")] {
            parse(&row(quotient, unit)).unwrap();
        }
        for (quotient, unit) in [("a/b", "ns"), ("a-b", "x"), ("a", "s")] {
            assert!(parse(&row(quotient, unit)).is_err(), "{quotient} {unit}");
        }
        let good = row("a", "ms");
        assert!(parse(&good.replace("\"format\": 3", "\"format\": 1")).is_err());
        assert!(parse(&good.replace("\"what\"", "\"why\"")).is_err());
        assert!(parse(&good.replace("\"input\": \"text\"", "\"input\": \"none\"")).is_err());
    }

    #[test]
    fn a_row_names_calls_engines_and_sides_that_there_are() {
        let row = |more: &str| file(&format!(r#""quotient": "a/b", "unit": "x", {more}"#));
        let sides = r#""sides": {"a": {"engine": "go-host", "cores": "all"}, "b": "cgo"}"#;
        let rows = parse(&row(&format!(r#""call": "echo", {sides}"#))).unwrap();
        assert!(rows[0].needs_c());
        for bad in [
            format!(r#""call": "none", {sides}"#),
            sides.to_owned(),
            r#""call": "echo", "sides": {"a": "go-host"}"#.to_owned(),
            r#""call": "echo", "sides": {"a": "go-host", "b": "wasmtime"}"#.to_owned(),
            r#""call": "echo", "sides": {"b": "go"}"#.to_owned(),
            r#""measure": "latency""#.to_owned(),
        ] {
            assert!(parse(&row(&bad)).is_err(), "{bad}");
        }
    }
}
