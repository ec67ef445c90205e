//! `cargo xtask spec`: the component model's reference suite through both hosts, directive by directive.

mod ratchet;
mod verdicts;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};

use self::ratchet::Ratchet;
use self::verdicts::{Host, Suite, Verdict};
use crate::process::{Program, Stream};
use crate::repo::Repo;
use crate::tally::Tally;
use crate::{Task, Usage};

pub(crate) const TASK: Task = Task {
    name: "spec",
    usage: "[DIR] [--bless]",
    summary: "Run the component model's reference suite on both hosts and compare their verdicts",
    details: "
Prints a table by file, every directive that failed or on which the hosts disagree, and the reasons of
skips. A file's passes may not fall below those in host-rust/xtask/spec-ratchet.json. Ends with the line
`spec: go P/N rust P/N skipped S`: passes of all directives that the host ran, and the directives that one
of the hosts did not run.

  DIR      The suite, as JSON commands and binaries; default: TENON_SPEC
  --bless  Write the passes of this run into the ratchet file

Exit code: 0 when no file fell below the ratchet, 1 otherwise, also where there is no suite.

Environment:
  TENON_SPEC  The folder of the suite, or the one above it",
    run,
};

/// A folder name that the suite is looked for under, where the folder above it is given.
const SUITE: &str = "component-model";

fn run(repo: &Repo, args: &[String]) -> Result<ExitCode> {
    let mut folder = None;
    let mut bless = false;
    for arg in args {
        match arg.as_str() {
            "--bless" => bless = true,
            flag if flag.starts_with('-') => {
                return Err(Usage(format!(
                    "`spec` has no option {flag}; see `cargo xtask spec --help`"
                ))
                .into());
            }
            _ if folder.is_some() => {
                return Err(Usage("`spec` takes one folder at most".to_owned()).into());
            }
            given => folder = Some(PathBuf::from(given)),
        }
    }
    let folder = folder.or_else(folder_of_environment).ok_or_else(|| {
        Usage("name the folder of the reference suite, as an argument or in TENON_SPEC".to_owned())
    })?;

    let suite = run_both(repo, &folder)?;
    if bless {
        Ratchet::of(&suite).write(repo)?;
        println!("wrote {}", ratchet::FILE);
    }
    let fallen = report(&suite, &Ratchet::read(repo)?);
    println!("{}", last_line(&suite));
    Ok(if fallen.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The suite as one check of `cargo xtask test`.
pub(crate) fn check(repo: &Repo) -> Result<(Tally, String)> {
    let Some(folder) = folder_of_environment() else {
        return Ok((
            Tally::SKIPPED,
            "TENON_SPEC is not set: the reference suite did not run".to_owned(),
        ));
    };
    let suite = run_both(repo, &folder)?;
    let fallen = report(&suite, &Ratchet::read(repo)?);
    let last = last_line(&suite);
    Ok(if fallen.is_empty() {
        (Tally::PASSED, last)
    } else {
        (Tally::FAILED, format!("{}; {last}", fallen[0]))
    })
}

fn folder_of_environment() -> Option<PathBuf> {
    std::env::var_os("TENON_SPEC")
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
}

fn run_both(repo: &Repo, folder: &Path) -> Result<Suite> {
    let folder = folder
        .canonicalize()
        .with_context(|| format!("no folder {}", folder.display()))?;
    let inside = folder.join(SUITE);
    let folder = if inside.is_dir() { inside } else { folder };

    let go = Program::new("go")
        .args(["run", "./cmd/tenon-spec"])
        .args([&folder])
        .dir(repo.go());
    let rust = Program::cargo().args([
        "run",
        "--quiet",
        "--release",
        "--package",
        "tenon-host",
        "--example",
        "spec",
        "--",
    ]);
    let rust = rust.args([&folder]).dir(&repo.root);
    let mut suite = Suite::default();
    for (host, program) in [(Host::Go, go), (Host::Rust, rust)] {
        println!("{}", program.shown());
        let mut wrong = None;
        let status = program.lines(|stream, line| match stream {
            Stream::Out if wrong.is_none() => wrong = suite.add(host, line).err(),
            Stream::Out => {}
            Stream::Err => println!("{line}"),
        })?;
        if let Some(error) = wrong {
            return Err(error.context(format!("what the {} host prints", host.name())));
        }
        // A program that found failures may say so with its status; one that told nothing has not run.
        ensure!(
            suite.count(host) > 0,
            "the {} host ran no directive ({status})",
            host.name()
        );
    }
    Ok(suite)
}

/// Prints everything but the last line, and returns what is below the ratchet.
fn report(suite: &Suite, ratchet: &Ratchet) -> Vec<String> {
    println!("\n{}", suite.table());
    for line in suite.failures() {
        println!("{line}");
    }
    for line in suite.disagreements() {
        println!("{line}");
    }
    for line in suite.skip_reasons() {
        println!("{line}");
    }
    let fallen = ratchet.fallen(suite);
    for line in &fallen {
        println!("below the ratchet: {line}");
    }
    let risen = ratchet.risen(suite);
    if !risen.is_empty() {
        println!("above the ratchet, record it with `cargo xtask spec --bless`:");
        for line in risen {
            println!("  {line}");
        }
    }
    fallen
}

fn last_line(suite: &Suite) -> String {
    let of = |host| {
        let (passed, failed) = (
            suite.total(host, Verdict::Pass),
            suite.total(host, Verdict::Fail),
        );
        format!("{passed}/{}", passed + failed)
    };
    format!(
        "spec: go {} rust {} skipped {}",
        of(Host::Go),
        of(Host::Rust),
        suite.skipped()
    )
}
