//! The committed record of a full run: what was measured, when, and on which machine.

use std::process::Command;

use anyhow::{Context, Result};
use serde::Serialize;

use crate::repo::Repo;

use super::judge::Outcome;

#[derive(Serialize)]
struct Record<'a> {
    format: u32,
    date: &'a str,
    machine: &'a str,
    rustc: String,
    go: String,
    rows: &'a [Outcome],
}

/// Where a run was recorded, and what the README says of it.
pub(super) struct Written {
    pub(super) file: String,
    pub(super) date: String,
    pub(super) machine: String,
}

/// Writes `benches/records/<date>.json`; a second run of a day replaces the first.
pub(super) fn write(repo: &Repo, outcomes: &[Outcome]) -> Result<Written> {
    let date = first_line("date", &["-u", "+%Y-%m-%d"])?;
    let machine = machine();
    let record = Record {
        format: 2,
        date: &date,
        machine: &machine,
        rustc: first_line("rustc", &["--version"])?,
        go: first_line("go", &["version"])?,
        rows: outcomes,
    };
    let file = format!("benches/records/{date}.json");
    let mut text = serde_json::to_string_pretty(&record).with_context(|| file.clone())?;
    text.push('\n');
    std::fs::write(repo.path(&file), text).with_context(|| file.clone())?;
    Ok(Written {
        file,
        date,
        machine,
    })
}

fn first_line(program: &str, args: &[&str]) -> Result<String> {
    let output = Command::new(program)
        .args(args)
        .output()
        .with_context(|| program.to_owned())?;
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

/// The processor's name and the number of its cores.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let model = std::fs::read_to_string("/proc/cpuinfo")
        .ok()
        .and_then(|info| {
            let line = info.lines().find(|l| l.starts_with("model name"))?;
            Some(line.split_once(':')?.1.trim().to_owned())
        });
    let model =
        model.unwrap_or_else(|| format!("{} {}", std::env::consts::OS, std::env::consts::ARCH));
    format!("{model}, {cores} cores")
}
