//! The programs that measure: they get row names and print a line of JSON a row.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::built;
use crate::process::Program;
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
        Driver::Go => go(repo, rows.iter().any(|row| row.needs_c()))?,
        Driver::Rust => {
            let mut driver = Command::new(built::path(repo, "bin", "tenon-benches")?);
            driver.current_dir(&repo.root);
            driver
        }
    };
    if rows.iter().any(|row| row.guests) {
        command.env("TENON_HOSTILE", guests(repo)?);
    }
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

/// The Go driver: without cgo, as services are built, or with the kernels' native code linked by it.
fn go(repo: &Repo, native: bool) -> Result<Command> {
    let mut go = Command::new("go");
    go.arg("run").current_dir(repo.path("benches/go"));
    go.env("GOWORK", repo.go().join("go.work"));
    if native {
        let library = built::library(repo, "tenon-benches-native")?;
        let folder = library.parent().context("a library without a folder")?;
        let folder = folder.display();
        go.args(["-tags", "tenon_native"]).env("CGO_ENABLED", "1");
        go.env("CGO_LDFLAGS", format!("-L{folder} -Wl,-rpath,{folder}"));
    } else {
        go.env("CGO_ENABLED", "0");
    }
    go.arg(".");
    Ok(go)
}

/// The folder with the guests of kernels/hostile as the hosts load them, made again for every run.
fn guests(repo: &Repo) -> Result<PathBuf> {
    let assembler = built::path(repo, "example", "hostile")?;
    let folder = assembler.with_file_name("hostile-guests");
    Program::new(assembler)
        .args(["--assemble"])
        .args([&repo.path("kernels/hostile"), &folder])
        .inherit()?;
    Ok(folder)
}
