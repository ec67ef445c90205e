//! The programs that measure: they get row names and print a line of JSON a row.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::built;
use crate::repo::Repo;

use super::claims::{Driver, Row};
use super::judge::Measured;

/// Runs a driver for the wanted rows; its progress goes to standard error.
pub(super) fn measure(
    repo: &Repo,
    driver: Driver,
    rows: &[&Row],
    quick: bool,
) -> Result<Vec<Measured>> {
    let mut command = match driver {
        Driver::Go => {
            let mut go = Command::new("go");
            go.args(["run", "."]).current_dir(repo.path("benches/go"));
            go.env("GOWORK", repo.go().join("go.work"));
            go
        }
        Driver::Rust => {
            let mut driver = Command::new(built::path(repo, "bin", "tenon-benches")?);
            driver.current_dir(&repo.root);
            driver
        }
    };
    if quick {
        command.arg("-quick");
    }
    // Several claims may be made of one measurement.
    let mut names: Vec<&str> = Vec::new();
    for row in rows {
        if !names.contains(&row.measured_as()) {
            names.push(row.measured_as());
        }
    }
    command.args(names);
    let shown = format!("{command:?}");
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("{shown} did not start"))?;
    ensure!(
        output.status.success(),
        "{shown} ended with {}",
        output.status
    );
    let text = String::from_utf8(output.stdout).with_context(|| shown.clone())?;
    text.lines()
        .map(|line| serde_json::from_str(line).with_context(|| format!("{shown} printed {line:?}")))
        .collect()
}
