//! `cargo xtask bench`: re-runs the rows of benches/claims.json, judges the claims, records the run
//! and rewrites the README's table.

mod against;
mod drivers;
mod record;
mod stats;
mod table;

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use crate::repo::Repo;
use crate::{Task, Usage};
use stats::Estimate;

/// The rows that are measured, and what is claimed of them.
const CLAIMS: &str = "benches/claims.json";

/// The task as the command line knows it.
pub(crate) const TASK: Task = Task {
    name: "bench",
    usage: "[--quick | --against REV] [NAME]",
    summary: "Measure the rows of benches/claims.json and judge the claims",
    details: "
Prints a line a row: the median quotient of interleaved rounds, its 95 % bootstrap interval, the target
and whether it is met. A run of all rows writes benches/records/DATE.json and the README's table.
Ends with `bench: claims P/N`; exits with 1 where a claim does not hold.

  NAME           only the row of this name; nothing is recorded
  --quick        fewer rounds: to see that the benches run, not to publish; nothing is recorded
  --against REV  the Go host's calls against those of an earlier commit, in turns: a line a row with the
                 quotient of the two times; exits with 1 where the interval lies above 1.03
",
    run,
};

/// What the command line asks for.
#[derive(Debug, Default, PartialEq)]
struct Options {
    /// Fewer rounds: to see that the benches run, not to publish.
    quick: bool,
    /// Compare with this commit instead of judging the claims.
    against: Option<String>,
    /// Only the row of this name.
    name: Option<String>,
}

impl Options {
    fn parse(args: &[String]) -> Result<Self, Usage> {
        let mut options = Self::default();
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--quick" => options.quick = true,
                "--against" => {
                    let revision = args.next().ok_or_else(|| {
                        Usage("--against takes the commit to compare with".to_owned())
                    })?;
                    options.against = Some(revision.clone());
                }
                flag if flag.starts_with('-') => {
                    return Err(Usage(format!(
                        "bench takes no {flag}; see `cargo xtask bench --help`"
                    )));
                }
                _ if options.name.is_some() => {
                    return Err(Usage("bench takes one row's name at most".to_owned()));
                }
                name => options.name = Some(name.to_owned()),
            }
        }
        if options.quick && options.against.is_some() {
            return Err(Usage("--quick and --against do not go together".to_owned()));
        }
        Ok(options)
    }
}

#[derive(Deserialize)]
struct Claims {
    format: u32,
    rows: Vec<Row>,
}

/// One row of the definitions.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct Row {
    name: String,
    what: String,
    driver: Driver,
    quotient: Quotient,
    unit: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<Target>,
    #[serde(skip_serializing_if = "Option::is_none")]
    allocations: Option<f64>,
}

/// The program that measures a row.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Driver {
    Go,
    Rust,
}

/// What is made of a round's two times; the time of `a` alone is in milliseconds.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
enum Quotient {
    #[serde(rename = "a/b")]
    AOverB,
    #[serde(rename = "b/a")]
    BOverA,
    #[serde(rename = "a")]
    A,
}

#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum Target {
    AtLeast(f64),
    AtMost(f64),
}

impl Target {
    fn holds(self, value: f64) -> bool {
        match self {
            Target::AtLeast(bound) => value >= bound,
            Target::AtMost(bound) => value <= bound,
        }
    }
}

/// What a driver prints for a row: interleaved rounds, in nanoseconds an operation.
#[derive(Debug, Deserialize)]
struct Measured {
    name: String,
    rounds: Vec<Round>,
    #[serde(default)]
    allocations: Option<f64>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
struct Round {
    a_ns: f64,
    #[serde(default)]
    b_ns: f64,
}

/// A row with what this run says of it.
#[derive(Debug, Serialize)]
struct Outcome {
    #[serde(flatten)]
    row: Row,
    rounds: usize,
    median: f64,
    low: f64,
    high: f64,
    a_ns: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    b_ns: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    allocations_measured: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    met: Option<bool>,
}

fn run(repo: &Repo, args: &[String]) -> Result<ExitCode> {
    let options = Options::parse(args)?;
    let rows = select(read_claims(repo)?, &options)?;
    if let Some(revision) = &options.against {
        return against::compare(repo, revision, &rows);
    }
    let mut outcomes = Vec::new();
    for driver in [Driver::Go, Driver::Rust] {
        let wanted: Vec<&Row> = rows.iter().filter(|r| r.driver == driver).collect();
        if wanted.is_empty() {
            continue;
        }
        let measured = drivers::measure(repo, driver, &wanted, options.quick)?;
        for row in wanted {
            let found = measured
                .iter()
                .find(|m| m.name == row.name)
                .with_context(|| {
                    format!(
                        "the {driver:?} driver printed no rounds for row {}",
                        row.name
                    )
                })?;
            let outcome = judge(row, found)?;
            println!("{}", table::line(&outcome));
            outcomes.push(outcome);
        }
    }
    if !options.quick && options.name.is_none() {
        let record = record::write(repo, &outcomes)?;
        table::publish(repo, &outcomes, &record)?;
    }
    let claims: Vec<bool> = outcomes.iter().filter_map(|o| o.met).collect();
    let met = claims.iter().filter(|met| **met).count();
    println!("bench: claims {met}/{}", claims.len());
    Ok(if met == claims.len() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn read_claims(repo: &Repo) -> Result<Vec<Row>> {
    let text = std::fs::read_to_string(repo.path(CLAIMS)).context(CLAIMS)?;
    let claims: Claims = serde_json::from_str(&text).context(CLAIMS)?;
    if claims.format != 1 {
        bail!(
            "{CLAIMS}: format {} is not known here, only 1",
            claims.format
        );
    }
    Ok(claims.rows)
}

fn select(rows: Vec<Row>, options: &Options) -> Result<Vec<Row>, Usage> {
    let Some(name) = &options.name else {
        return Ok(rows);
    };
    let names: Vec<&str> = rows.iter().map(|r| r.name.as_str()).collect();
    if !names.contains(&name.as_str()) {
        return Err(Usage(format!(
            "no row is called {name}; there are {}",
            names.join(", ")
        )));
    }
    Ok(rows.into_iter().filter(|r| r.name == *name).collect())
}

fn judge(row: &Row, measured: &Measured) -> Result<Outcome> {
    let samples: Vec<f64> = measured
        .rounds
        .iter()
        .map(|round| match row.quotient {
            Quotient::AOverB => round.a_ns / round.b_ns,
            Quotient::BOverA => round.b_ns / round.a_ns,
            Quotient::A => round.a_ns / 1e6,
        })
        .collect();
    let Estimate { median, low, high } = stats::estimate(&samples)
        .with_context(|| format!("row {}: the driver's rounds hold no usable times", row.name))?;
    let side = |pick: fn(&Round) -> f64| {
        let times: Vec<f64> = measured.rounds.iter().map(pick).collect();
        stats::estimate(&times).map_or(f64::NAN, |e| e.median)
    };
    let allocations_hold = match (row.allocations, measured.allocations) {
        (Some(bound), Some(found)) => found <= bound,
        (Some(_), None) => false,
        (None, _) => true,
    };
    Ok(Outcome {
        rounds: samples.len(),
        median,
        low,
        high,
        a_ns: side(|r| r.a_ns),
        b_ns: (!matches!(row.quotient, Quotient::A)).then(|| side(|r| r.b_ns)),
        allocations_measured: measured.allocations,
        met: row.target.map(|t| t.holds(median) && allocations_hold),
        row: row.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(quotient: Quotient, target: Target, allocations: Option<f64>) -> Row {
        Row {
            name: "r".into(),
            what: "w".into(),
            driver: Driver::Go,
            quotient,
            unit: "x".into(),
            target: Some(target),
            allocations,
        }
    }

    fn measured(a_ns: f64, b_ns: f64, allocations: Option<f64>) -> Measured {
        Measured {
            name: "r".into(),
            rounds: vec![Round { a_ns, b_ns }; 5],
            allocations,
        }
    }

    #[test]
    fn a_claim_is_judged_on_its_own_quotient() {
        let faster = row(Quotient::BOverA, Target::AtLeast(3.0), None);
        assert_eq!(
            judge(&faster, &measured(10.0, 40.0, None)).unwrap().met,
            Some(true)
        );
        assert_eq!(
            judge(&faster, &measured(20.0, 40.0, None)).unwrap().met,
            Some(false)
        );
        let cheap = row(Quotient::AOverB, Target::AtMost(4.0), None);
        assert_eq!(
            judge(&cheap, &measured(50.0, 10.0, None)).unwrap().met,
            Some(false)
        );
    }

    #[test]
    fn a_claim_on_allocations_fails_without_a_measurement() {
        let free = row(Quotient::AOverB, Target::AtMost(4.0), Some(0.0));
        assert_eq!(
            judge(&free, &measured(10.0, 10.0, None)).unwrap().met,
            Some(false)
        );
        assert_eq!(
            judge(&free, &measured(10.0, 10.0, Some(1.0))).unwrap().met,
            Some(false)
        );
        assert_eq!(
            judge(&free, &measured(10.0, 10.0, Some(0.0))).unwrap().met,
            Some(true)
        );
    }

    #[test]
    fn the_command_line_takes_one_name_and_no_other_flag() {
        let parse = |words: &[&str]| {
            Options::parse(&words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>())
        };
        let one = Options {
            quick: true,
            name: Some("redact".into()),
            ..Options::default()
        };
        assert_eq!(parse(&["--quick", "redact"]).unwrap(), one);
        assert!(parse(&["redact", "scalar"]).is_err());
        assert!(parse(&["--fast"]).is_err());
        let against = parse(&["--against", "HEAD~1", "echo"]).unwrap();
        assert_eq!(against.against.as_deref(), Some("HEAD~1"));
        assert!(parse(&["--against"]).is_err());
        assert!(parse(&["--quick", "--against", "HEAD"]).is_err());
    }

    #[test]
    fn rounds_without_times_are_an_error() {
        let any = row(Quotient::AOverB, Target::AtMost(4.0), None);
        assert!(judge(&any, &measured(1.0, 0.0, None)).is_err());
    }
}
