//! `cargo xtask oracle`: both hosts against an independent implementation of the canonical ABI.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};

use super::Outcome;
use super::go::{self, Shown};
use super::rust;
use crate::Task;
use crate::built;
use crate::process::Program;
use crate::repo::Repo;
use crate::tally::Tally;

pub(crate) const TASK: Task = Task {
    name: "oracle",
    usage: "[--types N] [--values N] [--seed N]",
    summary: "Hold both hosts against golden vectors of the canonical ABI, and random values",
    details: "
Makes golden vectors of lift and lower with the tool host-rust/oracle, which knows the specification's rules and
nothing of the hosts, and runs them on both: values, memory and traps must be what the vectors say. Then random
values of random types go through functions that give their argument back, on both hosts, some of them through two
component instances of different string encodings.

Last come random programs on floats, with much `select` and `copysign` and registers short: wazero's interpreter, its compiler
with floats hardened, and wasmtime must agree on each. How often the compiler is wrong without is printed.

  --types N   Types of the second part; 5000 unless told
  --values N  Values of each; 20 unless told
  --seed N    Other vectors and values than the committed digest stands for

Exit code: 0 when both hosts agree with all, 1 otherwise.",
    run,
};

fn run(repo: &Repo, args: &[String]) -> Result<ExitCode> {
    let outcome = agree(repo, args)?;
    println!("{}", outcome.tally);
    Ok(if outcome.tally.failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The same as one step of `cargo xtask test`.
pub(super) fn check(repo: &Repo) -> Result<Outcome> {
    agree(repo, &[])
}

fn agree(repo: &Repo, args: &[String]) -> Result<Outcome> {
    let (folder, note) = make(repo, args)?;
    // Leaves for the Go host what wasmtime computes, and the hardened programs.
    let mut tally = on_rust(repo, &folder)?;
    tally += on_go(repo, &folder)?;
    let figures = folder.join("floats-figures.txt");
    let figures = fs::read_to_string(&figures).with_context(|| figures.display().to_string())?;
    println!("{figures}");
    Ok(Outcome {
        tally,
        note: format!("{note}; {figures}"),
    })
}

/// Makes the vectors, and gives their folder and what the tool says of them.
fn make(repo: &Repo, args: &[String]) -> Result<(PathBuf, String)> {
    let folder = repo.target().join("oracle");
    let said = Program::new(built::path(repo, "bin", "tenon-oracle")?)
        .args(["vectors", "--out"])
        .args([&folder])
        .args(args)
        .output()?;
    let note = said.split(" in ").next().unwrap_or_default().to_owned();
    println!("{note}");
    Program::new(built::path(repo, "bin", "tenon-oracle")?)
        .args(["floats", "--out"])
        .args([&folder])
        .output()?;
    Ok((folder, note))
}

fn on_rust(repo: &Repo, folder: &Path) -> Result<Tally> {
    let tests = Program::cargo()
        .args(["test", "--release", "--workspace"])
        .args(["--test", "oracle", "--", "--ignored"])
        .env("TENON_ORACLE", folder)
        .dir(&repo.root);
    Ok(rust::counted(tests)?.tally)
}

fn on_go(repo: &Repo, folder: &Path) -> Result<Tally> {
    let tests = Program::new("go")
        .args([
            "test",
            // The vectors lie outside of the Go module, where Go's cache of passed tests does not look.
            "-count=1",
            "-json",
            "-run",
            "TestVectors|TestIdentity|TestFloats",
        ])
        .args(["./internal/oracle", "./internal/engine/wazero"])
        .env("TENON_ORACLE", folder)
        .env("CGO_ENABLED", "0")
        .dir(repo.go());
    Ok(go::counted(tests, Shown::All)?.0)
}
