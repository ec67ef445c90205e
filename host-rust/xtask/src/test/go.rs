//! The Go side's formatting, vet and tests: every module of host-go/go.work.

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::Outcome;
use super::go_events::{Events, SKIP};
use crate::process::{Program, Stream};
use crate::repo::Repo;
use crate::setup;
use crate::tally::Tally;

pub(super) fn format(repo: &Repo) -> Result<Outcome> {
    // Most modules lie in the folder of the first one, which is `.`.
    let folders = modules(repo)?
        .into_iter()
        .filter(|module| !module.starts_with("./"));
    let unformatted = Program::new("gofmt")
        .args(["-l"])
        .args(folders)
        .dir(repo.go())
        .output()?;
    if !unformatted.trim().is_empty() {
        bail!(
            "not formatted (run `gofmt -w` on them):\n{}",
            unformatted.trim_end()
        );
    }
    Ok(Outcome::passed(""))
}

/// Each module by itself, as its users get it: its own go.mod and go.sum must suffice.
pub(super) fn vet(repo: &Repo) -> Result<Outcome> {
    let mut tally = Tally::default();
    let modules = modules(repo)?;
    for module in &modules {
        let vet = Program::new("go")
            .args(["vet", "./..."])
            .env("GOWORK", "off")
            .dir(repo.go().join(module));
        match vet.inherit() {
            Ok(()) => tally += Tally::PASSED,
            Err(error) => {
                println!("{module}: {error:#}");
                tally += Tally::FAILED;
            }
        }
    }
    Ok(Outcome {
        tally,
        note: format!("{} modules", modules.len()),
    })
}

pub(super) fn build_without_cgo(repo: &Repo) -> Result<Outcome> {
    let build = Program::new("go").args(["build"]).args(patterns(repo)?);
    build.env("CGO_ENABLED", "0").dir(repo.go()).inherit()?;
    Ok(Outcome::passed(""))
}

/// The tests of all modules, without cgo as services are built.
pub(super) fn tests(repo: &Repo) -> Result<Outcome> {
    let (tally, note) = run_tests(repo, &[], "0", Shown::All)?;
    Ok(Outcome { tally, note })
}

/// The same tests under the race detector. They are counted once, by [`tests`]: this run is one check, whose failures
/// count as they are. Some tests leave themselves out here, where time and memory are no measure.
pub(super) fn race(repo: &Repo) -> Result<Outcome> {
    if setup::c_compiler_version(repo).is_none() {
        return Ok(Outcome::skipped(
            "no C compiler, which Go's race detector needs",
        ));
    }
    let (tests, note) = run_tests(repo, &["-race"], "1", Shown::ButSkips)?;
    if tests.failed > 0 {
        let tally = Tally {
            failed: tests.failed,
            ..Tally::default()
        };
        return Ok(Outcome { tally, note });
    }
    Ok(Outcome::passed(format!(
        "{} tests, {} left out",
        tests.passed, tests.skipped
    )))
}

/// What of a test run is printed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// All but what passed.
    All,
    /// Failures only.
    ButSkips,
}

fn run_tests(repo: &Repo, flags: &[&str], cgo: &str, shown: Shown) -> Result<(Tally, String)> {
    let tests = Program::new("go")
        // Go's own cache of passed tests sees no file outside of the module: sources of kernels, vectors, real input.
        .args(["test", "-count=1", "-json", "-timeout", "30m"])
        .args(flags)
        .args(patterns(repo)?)
        .env("CGO_ENABLED", cgo)
        .dir(repo.go());
    counted(tests, shown)
}

/// Runs a `go test -json` and adds up its events.
pub(super) fn counted(tests: Program, shown: Shown) -> Result<(Tally, String)> {
    let mut events = Events::default();
    let status = tests.lines(|stream, line| match stream {
        Stream::Err => println!("{line}"),
        Stream::Out => events.line(line, &mut |text| {
            if shown == Shown::All || !text.starts_with(SKIP) {
                println!("{text}");
            }
        }),
    })?;
    let tally = events.tally().of_run(status.success());
    let note = if status.success() {
        String::new()
    } else {
        format!("go test: {status}")
    };
    Ok((tally, note))
}

/// The folders of the workspace's modules, relative to host-go.
pub(crate) fn modules(repo: &Repo) -> Result<Vec<String>> {
    let printed = Program::new("go")
        .args(["work", "edit", "-json"])
        .dir(repo.go())
        .output()?;
    let work: Value = serde_json::from_str(&printed).context("`go work edit -json`")?;
    let paths = work["Use"]
        .as_array()
        .context("host-go/go.work uses no module")?;
    let path = |module: &Value| module["DiskPath"].as_str().map(str::to_owned);
    paths
        .iter()
        .map(path)
        .collect::<Option<_>>()
        .context("host-go/go.work: a module without a path")
}

/// The packages of all modules: `./...` does not cross into a module further down.
pub(crate) fn patterns(repo: &Repo) -> Result<Vec<String>> {
    Ok(modules(repo)?
        .into_iter()
        .map(|module| format!("{module}/..."))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_module_of_the_workspace_is_found() {
        let repo = Repo::find().unwrap();
        let modules = modules(&repo).unwrap();
        for known in [".", "./kernels", "./registry"] {
            assert!(
                modules.iter().any(|module| module == known),
                "{known} is not in {modules:?}"
            );
        }
        assert!(
            modules
                .iter()
                .all(|module| repo.go().join(module).join("go.mod").is_file())
        );
    }
}
