//! Pre-initialised builds answer as the plain ones do, on both hosts: the golden cases and the real access log.

use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::Outcome;
use super::equality::{self, REDACT, USERAGENT};
use super::rust;
use crate::built;
use crate::process::Program;
use crate::repo::Repo;
use crate::tally::Tally;

/// The kernels that build something on their first call.
const KERNELS: [&str; 2] = ["redact", "useragent"];

pub(super) fn check(repo: &Repo) -> Result<Outcome> {
    let folder = std::env::temp_dir().join(format!("tenon-preinit-{}", std::process::id()));
    std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let outcome = check_in(repo, &folder);
    // What is left behind is in the system's own folder for such files.
    let _ = std::fs::remove_dir_all(&folder);
    outcome
}

fn check_in(repo: &Repo, folder: &Path) -> Result<Outcome> {
    let tenon = built::path(repo, "bin", "tenon")?;
    for name in KERNELS {
        Program::new(&tenon)
            .args(["build", "--preinit", "--locked", "--quiet", "--output"])
            .args([folder.join(name).with_extension("wasm")])
            .args([repo.path("kernels").join(name)])
            .dir(&repo.root)
            .inherit()?;
    }
    let mut tally = go(repo, folder)?;

    let golden = [
        "test",
        "--release",
        "--workspace",
        "--test",
        "vectors",
        "golden",
    ];
    let golden = Program::cargo()
        .args(golden)
        .env("TENON_PREINIT", folder)
        .dir(&repo.root);
    tally += rust::counted(golden)?.tally;

    let [redact, useragent] = KERNELS.map(|name| folder.join(name).with_extension("wasm"));
    let (plain, ready) = (folder.join("plain.jsonl"), folder.join("ready.jsonl"));
    equality::run_rust_service(repo, &repo.path(USERAGENT), &repo.path(REDACT), &plain)?;
    equality::run_rust_service(repo, &useragent, &redact, &ready)?;
    let difference = equality::first_difference(&std::fs::read(&plain)?, &std::fs::read(&ready)?);
    tally += if difference.is_none() {
        Tally::PASSED
    } else {
        Tally::FAILED
    };
    Ok(Outcome {
        tally,
        note: difference.unwrap_or_default(),
    })
}

/// Both builds in instances of the Go host, on all that is known of their answers.
fn go(repo: &Repo, folder: &Path) -> Result<Tally> {
    let mut passed = false;
    let status = Program::new("go")
        .args([
            "test",
            "-count=1",
            "-v",
            "-run",
            "TestPreinitialisedBuildsAnswerAlike",
        ])
        .args(["./kernels"])
        .env("TENON_PREINIT", folder)
        .dir(repo.go())
        .lines(|_, line| {
            passed |= line.starts_with("--- PASS: TestPreinitialisedBuildsAnswerAlike");
            println!("{line}");
        })?;
    // One that is skipped is none.
    ensure!(
        !status.success() || passed,
        "the test of the Go host did not run"
    );
    Ok(if status.success() {
        Tally::PASSED
    } else {
        Tally::FAILED
    })
}
