//! `tenon bench` from end to end on one kernel: that Go's benchmarks and criterion run, and that what they print is understood.
//! No time is looked at.

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::Outcome;
use crate::process::Program;
use crate::repo::Repo;

/// The kernel that is measured: both its sides are quick.
const KERNEL: &str = "kernels/utf8check";

pub(super) fn check(repo: &Repo) -> Result<Outcome> {
    let command = [
        "run",
        "--release",
        "--quiet",
        "--package",
        "tenon-cli",
        "--",
    ];
    let bench = ["bench", KERNEL, "--quick", "--json", "--quiet"];
    let printed = Program::cargo()
        .args(command)
        .args(bench)
        .dir(&repo.root)
        .output()?;
    let report: Value = serde_json::from_str(&printed).context("`tenon bench --json`")?;
    let sizes = checked(&report).with_context(|| format!("`tenon bench` printed {printed}"))?;
    Ok(Outcome::passed(format!("{KERNEL}: {sizes} sizes")))
}

/// How many sizes a report has; an error where one of them lacks a figure.
fn checked(report: &Value) -> Result<usize> {
    ensure!(report["format"] == 1, "another format");
    ensure!(report["quick"] == true, "not a smoke run");
    let benchmarks = report["benchmarks"].as_array().context("no benchmarks")?;
    let mut count = 0;
    for benchmark in benchmarks {
        let name = &benchmark["name"];
        let words = benchmark["break_even"].as_str().unwrap_or_default();
        ensure!(!words.is_empty(), "{name}: no break-even size");
        for size in benchmark["sizes"].as_array().into_iter().flatten() {
            let figures = [
                &size["kernel"]["ns"],
                &size["baseline"]["ns"],
                &size["native_ns"],
                &size["ratio"],
            ];
            for figure in figures {
                let value = figure["value"].as_f64().unwrap_or_default();
                ensure!(
                    value > 0.0,
                    "{name} at {}: a figure is missing",
                    size["size"]
                );
            }
            ensure!(size["verdict"].is_string(), "{name}: no verdict");
            count += 1;
        }
    }
    ensure!(count > 0, "nothing was measured");
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_without_a_figure_is_found_out() {
        let figure = serde_json::json!({"value": 1.0});
        let whole = serde_json::json!({
            "format": 1, "quick": true,
            "benchmarks": [{"name": "ascii", "break_even": "none: Go is faster at every size measured", "sizes": [{
                "size": 16, "kernel": {"ns": figure}, "baseline": {"ns": figure}, "native_ns": figure, "ratio": figure,
                "verdict": "go",
            }]}],
        });
        assert_eq!(checked(&whole).unwrap(), 1);
        for missing in ["kernel", "baseline", "native_ns", "ratio", "verdict"] {
            let mut report = whole.clone();
            report["benchmarks"][0]["sizes"][0][missing] = Value::Null;
            assert!(checked(&report).is_err(), "{missing}");
        }
        assert!(
            checked(&serde_json::json!({"format": 1, "quick": true, "benchmarks": []})).is_err()
        );
    }
}
