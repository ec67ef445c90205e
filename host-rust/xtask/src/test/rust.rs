//! The Rust side's formatting, lints and tests.

use anyhow::Result;

use super::Outcome;
use crate::kernels::kernels;
use crate::process::Program;
use crate::repo::Repo;
use crate::tally::Tally;

/// The target that kernels are built for.
const WASM: &str = "wasm32-unknown-unknown";

pub(super) fn format(repo: &Repo) -> Result<Outcome> {
    Program::cargo()
        .args(["fmt", "--all", "--check"])
        .dir(&repo.root)
        .inherit()?;
    Ok(Outcome::passed(""))
}

/// In the profile of the tests: what build scripts make is made once.
pub(super) fn clippy(repo: &Repo) -> Result<Outcome> {
    let lint = Program::cargo().args(["clippy", "--release", "--workspace", "--all-targets"]);
    lint.args(["--", "-D", "warnings"])
        .dir(&repo.root)
        .inherit()?;
    Ok(Outcome::passed(""))
}

/// The code that only a kernel's target compiles.
pub(super) fn clippy_wasm(repo: &Repo) -> Result<Outcome> {
    let mut lint = Program::cargo().args([
        "clippy",
        "--release",
        "--target",
        WASM,
        "-p",
        "tenon-transpile",
    ]);
    for kernel in kernel_crates(repo)? {
        lint = lint.args(["-p", &kernel]);
    }
    lint.args(["--", "-D", "warnings"])
        .dir(&repo.root)
        .inherit()?;
    Ok(Outcome::passed(""))
}

/// The names of the workspace's members under kernels/.
fn kernel_crates(repo: &Repo) -> Result<Vec<String>> {
    let folder = repo.path("kernels");
    let packages = super::direction::packages(repo)?;
    let below = packages
        .into_iter()
        .filter(|package| package.manifest.starts_with(&folder));
    Ok(below.map(|package| package.name).collect())
}

/// Unit tests, integration tests and the examples in documentation.
pub(super) fn tests(repo: &Repo) -> Result<Outcome> {
    cargo_test(repo, &["--workspace"])
}

/// The kernels' tests once more, with the features of their further builds: the tests above run without them.
pub(super) fn feature_tests(repo: &Repo) -> Result<Outcome> {
    let mut all = Outcome {
        tally: Tally::default(),
        note: String::new(),
    };
    for kernel in kernels(repo)? {
        for build in kernel
            .builds
            .iter()
            .filter(|build| !build.features.is_empty())
        {
            let features = build.features.join(",");
            let chosen = ["--package", &kernel.package, "--features", &features];
            let one = cargo_test(repo, &chosen)?;
            all.tally += one.tally;
            if !one.note.is_empty() {
                all.note = format!("{features}: {}", one.note);
            }
        }
    }
    Ok(all)
}

fn cargo_test(repo: &Repo, chosen: &[&str]) -> Result<Outcome> {
    let tests = Program::cargo().args(["test", "--release", "--no-fail-fast"]);
    counted(tests.args(chosen).dir(&repo.root))
}

/// Runs a `cargo test` and adds up what its test binaries count.
pub(super) fn counted(tests: Program) -> Result<Outcome> {
    let mut tally = Tally::default();
    let status = tests.lines(|_, line| match summary(line) {
        Some(counts) => tally += counts,
        None if is_news(line) => println!("{line}"),
        None => {}
    })?;
    let note = if status.success() {
        String::new()
    } else {
        format!("cargo test: {status}")
    };
    Ok(Outcome {
        tally: tally.of_run(status.success()),
        note,
    })
}

/// The counts in the line that ends each of cargo's test binaries, as in
/// `test result: ok. 5 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s`.
fn summary(line: &str) -> Option<Tally> {
    let counts = line.strip_prefix("test result: ")?.split_once(". ")?.1;
    let count = |word: &str| -> Option<u64> {
        let part = counts
            .split("; ")
            .find_map(|part| part.strip_suffix(word))?;
        part.trim().parse().ok()
    };
    Some(Tally {
        passed: count("passed")?,
        failed: count("failed")?,
        skipped: count("ignored")?,
    })
}

/// Whether a reader wants to see the line: all but tests that passed and what frames them.
fn is_news(line: &str) -> bool {
    let passed = line.starts_with("test ") && line.ends_with(" ... ok");
    let frame = line.is_empty()
        || (line.starts_with("running ") && line.trim_end_matches('s').ends_with(" test"));
    !passed && !frame
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_from_cargos_lines_only() {
        let line = "test result: FAILED. 5 passed; 2 failed; 1 ignored; 0 measured; 7 filtered out; finished in 0.01s";
        assert_eq!(
            summary(line),
            Some(Tally {
                passed: 5,
                failed: 2,
                skipped: 1
            })
        );
        assert_eq!(summary("test result: "), None);
        assert_eq!(summary("test tests::result ... ok"), None);
    }

    #[test]
    fn passed_tests_are_no_news() {
        assert!(!is_news("test a::b ... ok"));
        assert!(!is_news("running 1 test"));
        assert!(!is_news("running 12 tests"));
        assert!(is_news("test a::b ... FAILED"));
        assert!(is_news("test a::b ... ignored, needs TENON_DATA"));
        assert!(is_news("   Compiling xtask v0.1.0"));
    }
}
