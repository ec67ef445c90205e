//! The Go side: `go test -bench` of the package that holds the client and its baseline.

use super::child;
use super::name::pattern;
use super::plan::Plan;
use super::results::Output;
use crate::failure::{Failure, Result};
use crate::progress::Progress;
use std::collections::VecDeque;
use std::path::Path;
use std::process::Command;

/// What tells `tenontest.Sweep` how many rounds to run.
const ROUNDS: &str = "TENON_BENCH_ROUNDS";

/// When Go itself ends a run: a benchmark that never returns shall not keep the caller for ever.
const TIMEOUT: &str = "60m";

/// Runs the sweeps of a Go package, or the one of this name.
pub(crate) fn measure(
    folder: &Path,
    name: Option<&str>,
    plan: &Plan,
    progress: &Progress,
) -> Result<Output> {
    let mut go = Command::new("go");
    go.args(["test", "-run", "^$", "-bench", &pattern(name)]);
    go.args(["-benchtime", &plan.benchtime, "-timeout", TIMEOUT, "."]);
    go.current_dir(folder)
        .env(ROUNDS, plan.rounds.to_string())
        // The shell's folder would hide the one that the program is started in.
        .env("PWD", folder);

    let mut output = Output::default();
    let each = |line: &str| {
        if let Some((name, size)) = output.line(line) {
            progress.detail(&format!("{name}, size {size}"));
        }
    };
    let ended = child::run(&mut go, each, |line| progress.detail(line)).map_err(|error| {
        Failure::new(format!("cannot run `go` in {}", folder.display()))
            .found(error)
            .help("install Go, and make sure that `go version` works in that folder")
    })?;
    let subject = folder.display();
    if !ended.status.success() {
        let said: VecDeque<String> = ended.complaints.into_iter().chain(output.rest).collect();
        return Err(Failure::new(format!(
            "{subject}: the Go benchmarks fail ({})",
            ended.status
        ))
        .found(Vec::from(said).join("\n"))
        .help(format!(
            "mend what `go test -run '^$' -bench . .` in {subject} names"
        )));
    }
    if let Some((line, problem)) = &output.broken {
        return Err(
            Failure::new(format!("{subject}: figures that make no sense: {problem}"))
                .found(line)
                .help(
                    "make the benchmarks with tenontest.Sweep, each name once, and let them print \
                     nothing on standard output",
                ),
        );
    }
    output
        .sweeps
        .retain(|sweep| name.is_none_or(|name| sweep.name == name));
    if output.sweeps.is_empty() {
        let none = match name {
            Some(name) => format!("{subject}: no benchmark `{name}` that sweeps sizes"),
            None => format!("{subject}: no benchmark that sweeps sizes"),
        };
        return Err(Failure::new(none)
            .found(output.rest.back().map_or("", String::as_str))
            .help(
                "write one in bench_test.go with tenontest.Sweep; its name here is in kebab case",
            ));
    }
    if let Some(missing) = output.missing(plan.rounds) {
        return Err(Failure::new(format!("{subject}: rounds are missing"))
            .found(missing)
            .help("make the benchmarks with tenontest.Sweep, which runs as many as it is told"));
    }
    Ok(output)
}
