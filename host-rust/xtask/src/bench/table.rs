//! The rows as a person reads them: on the terminal and in the README.

use std::fmt::Write as _;

use anyhow::{Context, Result};
use tenon_stats::{Estimate, Statistic};

use crate::repo::Repo;

use super::claims::{Target, Unit};
use super::judge::Outcome;
use super::record::Written;

const README: &str = "README.md";
const GUIDE: &str = "kernels/README.md";
const START: &str = "<!-- bench:start -->";
const END: &str = "<!-- bench:end -->";

/// One row for the terminal, and a line for each of its parts.
pub(super) fn line(outcome: &Outcome) -> String {
    let verdict = match outcome.met {
        Some(true) => "met",
        Some(false) => "NOT MET",
        None => "",
    };
    let mut text = format!(
        "{:<16} {:>22}  {:<10} {:<8} {}",
        outcome.row.name,
        value(outcome),
        target(outcome),
        verdict,
        outcome.row.what
    )
    .trim_end()
    .to_owned();
    for part in &outcome.parts_measured {
        let unit = outcome.row.unit;
        let _ = write!(
            text,
            "\n  {:<14} {:>22}",
            part.name,
            estimate(&part.estimate, unit)
        );
        for beside in &part.beside {
            let _ = write!(
                text,
                "  {:>10}",
                format!("{} {}", figure(*beside), unit.symbol())
            );
        }
    }
    text
}

/// Rewrites the table between the README's two markers, and the figures in the kernels' guide.
pub(super) fn publish(repo: &Repo, outcomes: &[Outcome], record: &Written) -> Result<()> {
    let path = repo.path(README);
    let text = std::fs::read_to_string(&path).context(README)?;
    let text = replace(&text, &markdown(outcomes, record))?;
    std::fs::write(&path, text).context(README)?;

    let path = repo.path(GUIDE);
    let text = std::fs::read_to_string(&path).context(GUIDE)?;
    let text = fill(&text, |name| {
        let outcome = outcomes.iter().find(|outcome| outcome.row.name == name)?;
        let unit = outcome.row.unit.symbol();
        Some(format!("{} {unit}", figure(outcome.estimate.value)))
    })?;
    std::fs::write(&path, text).context(GUIDE)
}

/// Rewrites what stands between `<!-- row NAME -->` and `<!-- / -->`.
fn fill(guide: &str, figure: impl Fn(&str) -> Option<String>) -> Result<String> {
    const ROW: &str = "<!-- row ";
    const CLOSE: &str = "<!-- / -->";
    let mut text = String::new();
    let mut rest = guide;
    while let Some((head, tail)) = rest.split_once(ROW) {
        let (name, tail) = tail
            .split_once(" -->")
            .with_context(|| format!("{GUIDE}: a row's marker does not end"))?;
        let (_, tail) = tail
            .split_once(CLOSE)
            .with_context(|| format!("{GUIDE}: no {CLOSE} behind the row {name}"))?;
        let figure = figure(name).with_context(|| format!("{GUIDE}: no row {name}"))?;
        let _ = write!(text, "{head}{ROW}{name} -->{figure}{CLOSE}");
        rest = tail;
    }
    Ok(text + rest)
}

fn replace(readme: &str, table: &str) -> Result<String> {
    let missing = || format!("{README}: the markers {START} and {END} are not there in this order");
    let (head, rest) = readme.split_once(START).with_context(missing)?;
    let (_, tail) = rest.split_once(END).with_context(missing)?;
    Ok(format!("{head}{START}\n{table}{END}{tail}"))
}

fn markdown(outcomes: &[Outcome], record: &Written) -> String {
    let mut text = String::from("| row | measured (95 % interval) | target |\n|---|---|---|\n");
    for outcome in outcomes {
        let _ = writeln!(
            text,
            "| `{}`: {} | {} | {} |",
            outcome.row.name,
            outcome.row.what,
            value(outcome),
            target(outcome)
        );
    }
    let _ = writeln!(
        text,
        "\nMeasured on {} ({}); all of it: `cargo xtask bench`, one row: `cargo xtask bench NAME`; the record is `{}`.",
        record.date, record.machine, record.file
    );
    text
}

fn value(outcome: &Outcome) -> String {
    let unit = outcome.row.unit;
    let mut text = match outcome.row.statistic {
        Statistic::Median => String::new(),
        Statistic::P99 => "p99 ".to_owned(),
    };
    text.push_str(&estimate(&outcome.estimate, unit));
    if let (Some(_), Some(found)) = (outcome.row.allocations, outcome.allocations_measured) {
        let _ = write!(text, ", {found:.0} allocs");
    }
    for (row, beside) in outcome.row.beside.iter().zip(&outcome.beside_measured) {
        let value = figure(beside.value);
        let _ = write!(text, "; {}: {value} {}", row.what, unit.symbol());
        if let Some(found) = outcome.beside_allocations {
            let _ = write!(text, ", {found:.0} allocs");
        }
    }
    text
}

fn estimate(estimate: &Estimate, unit: Unit) -> String {
    format!(
        "{} {} ({}–{})",
        figure(estimate.value),
        unit.symbol(),
        figure(estimate.low),
        figure(estimate.high)
    )
}

fn target(outcome: &Outcome) -> String {
    match outcome.row.target {
        Some(Target::AtLeast(bound)) => format!("≥ {bound} {}", outcome.row.unit.symbol()),
        Some(Target::AtMost(bound)) => format!("≤ {bound} {}", outcome.row.unit.symbol()),
        None => "–".to_owned(),
    }
}

/// Three significant digits.
fn figure(value: f64) -> String {
    match value.abs() {
        v if v >= 100.0 => format!("{value:.0}"),
        v if v >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_between_the_markers_is_replaced() {
        let readme = format!("before\n{START}\nold\n{END}\nafter\n");
        let text = replace(&readme, "new\n").unwrap();
        assert_eq!(text, format!("before\n{START}\nnew\n{END}\nafter\n"));
        assert!(replace("no markers", "new").is_err());
    }

    #[test]
    fn figures_of_the_guide_are_those_of_their_rows() {
        let guide = "a <!-- row x -->old<!-- / --> b <!-- row y --><!-- / -->.";
        let text = fill(guide, |name| Some(format!("{name}!"))).unwrap();
        assert_eq!(
            text,
            "a <!-- row x -->x!<!-- / --> b <!-- row y -->y!<!-- / -->."
        );
        assert!(fill(guide, |name| (name == "x").then(String::new)).is_err());
        assert!(fill("<!-- row x -->", |_| Some(String::new())).is_err());
    }

    #[test]
    fn the_guide_names_rows_that_there_are() {
        let repo = Repo::find().unwrap();
        let guide = std::fs::read_to_string(repo.path(GUIDE)).unwrap();
        let claims = std::fs::read_to_string(repo.path("benches/claims.json")).unwrap();
        let claims: serde_json::Value = serde_json::from_str(&claims).unwrap();
        let rows = claims["rows"].as_array().unwrap();
        let known = |name: &str| rows.iter().any(|row| row["name"] == name);
        fill(&guide, |name| known(name).then(String::new)).unwrap();
    }

    #[test]
    fn figures_keep_three_digits() {
        assert_eq!([123.4, 12.34, 1.234].map(figure), ["123", "12.3", "1.23"]);
    }
}
