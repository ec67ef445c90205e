//! Builds for the systems that services run on and this machine is not: what users import and install, without a C compiler.

use anyhow::Result;

use super::Outcome;
use crate::process::Program;
use crate::repo::Repo;
use crate::tally::Tally;

/// GOOS and GOARCH.
const GO: &[(&str, &str)] = &[
    ("linux", "arm64"),
    ("darwin", "amd64"),
    ("darwin", "arm64"),
    ("windows", "amd64"),
];

/// What the Go side gives away. Benchmarks, examples and tools for a developer's machine are built where they run.
const PACKAGES: &[&str] = &[
    "./",
    "./adapters/...",
    "./dropin/...",
    "./golden/...",
    "./kernels/...",
    "./registry/...",
    "./tenontest/...",
    "./cmd/tenon-run",
];

/// The targets of the crate that keeps versions in a folder: the one whose code differs by system. The rest of the Rust
/// side differs in wasmtime only, which is tested by its makers.
const RUST: &[&str] = &[
    "aarch64-unknown-linux-gnu",
    "aarch64-apple-darwin",
    "x86_64-apple-darwin",
    "x86_64-pc-windows-gnu",
];

pub(super) fn check(repo: &Repo) -> Result<Outcome> {
    let mut tally = Tally::default();
    let mut notes = Vec::new();
    for (system, processor) in GO {
        println!("go: {system}/{processor}");
        let build = Program::new("go")
            .args(["build"])
            .args(PACKAGES)
            .env("CGO_ENABLED", "0")
            .env("GOOS", system)
            .env("GOARCH", processor)
            .dir(repo.go());
        tally += one(build);
    }
    for target in RUST {
        println!("rust: {target}");
        if let Err(why) = added(repo, target) {
            println!("{why:#}");
            notes.push(format!("rustup has no {target}"));
            tally += Tally::SKIPPED;
            continue;
        }
        let check = Program::cargo()
            .args(["check", "--release", "--package", "tenon-registry"])
            .args(["--target", target])
            .dir(&repo.root);
        tally += one(check);
    }
    Ok(Outcome {
        tally,
        note: notes.join(", "),
    })
}

fn one(build: Program) -> Tally {
    match build.inherit() {
        Ok(()) => Tally::PASSED,
        Err(error) => {
            println!("{error:#}");
            Tally::FAILED
        }
    }
}

/// Adds a target's standard library where it is missing.
fn added(repo: &Repo, target: &str) -> Result<()> {
    let installed = Program::new("rustup")
        .args(["target", "list", "--installed"])
        .dir(&repo.root)
        .output()?;
    if installed.lines().any(|line| line.trim() == target) {
        return Ok(());
    }
    Program::new("rustup")
        .args(["target", "add", target])
        .dir(&repo.root)
        .output()?;
    Ok(())
}
