//! `cargo xtask spec`: suites of the component model through both hosts, directive by directive.

mod base;
mod ratchet;
mod verdicts;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail, ensure};

use self::base::Base;
use self::ratchet::Ratchet;
use self::verdicts::{Host, Suite, Verdict};
use crate::built;
use crate::process::{Program, Stream};
use crate::repo::Repo;
use crate::tally::Tally;
use crate::{Task, Usage};

pub(crate) const TASK: Task = Task {
    name: "spec",
    usage: "[DIR] [--bless]",
    summary: "Run suites of the component model on both hosts and compare their verdicts",
    details: "
Runs every suite below DIR: folders at any depth with t.json and binaries, as `wasm-tools json-from-wast` writes
them. Without DIR it runs the reference suite that TENON_SPEC names, if it does, and our own suites of
wit/vectors/suites. The components may import what wasmtime's own suite expects of its host.

Prints a table by file, every directive that failed or on which the hosts disagree (in the verdict or in the
class of an expected fault), and the reasons of skips. Of the reference suite, all base directives must pass: those
that component-model-expected.json counts, where it lies beside the suite's folder. A file's passes may
not fall below those in host-rust/xtask/spec-ratchet.json. Ends with the line
`spec: go P/N rust P/N skipped S`: passes of all directives that the host ran, and the directives that one
of the hosts did not run.

  DIR      The suites, as JSON commands and binaries
  --bless  Write the passes of this run of the reference suite into the ratchet file

Exit code: 0 when nothing failed, the hosts agree, no base directive was skipped and no file fell below the
ratchet; 1 otherwise.

Environment:
  TENON_SPEC  The folder of the reference suite, or the one above it",
    run,
};

/// A folder name that the suite is looked for under, where the folder above it is given.
const SUITE: &str = "component-model";

/// Where our own suites are, from the top of the checkout.
const OWN: &str = "wit/vectors/suites";

/// What the names of their files begin with.
const OWN_PREFIX: &str = "own/";

/// The Rust host's program, an example of host-rust/host, which also converts suites.
const RUST_HOST: &str = "spec";

/// What a run is made of.
struct Run {
    suite: Suite,
    base: Option<Base>,
    /// Whether the reference suite is part of it.
    reference: bool,
}

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
    let done = match folder {
        Some(folder) => given_suites(repo, &folder)?,
        None => all_suites(repo)?,
    };
    if bless {
        if !done.reference {
            bail!("--bless records the reference suite, which this run has not: set TENON_SPEC");
        }
        Ratchet::of(&done.suite).write(repo)?;
        println!("wrote {}", ratchet::FILE);
    }
    let wrong = report(repo, &done)?;
    println!("{}", last_line(&done.suite));
    Ok(if wrong.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The suites as one check of `cargo xtask test`.
pub(crate) fn check(repo: &Repo) -> Result<(Tally, String)> {
    let done = all_suites(repo)?;
    let wrong = report(repo, &done)?;
    let last = last_line(&done.suite);
    if let Some(first) = wrong.first() {
        return Ok((Tally::FAILED, format!("{first}; {last}")));
    }
    if done.reference {
        return Ok((Tally::PASSED, last));
    }
    let mut tally = Tally::PASSED;
    tally += Tally::SKIPPED;
    let note = "TENON_SPEC is not set: the reference suite did not run";
    Ok((tally, format!("{note}; {last}")))
}

/// The folder that was named on the command line.
fn given_suites(repo: &Repo, folder: &Path) -> Result<Run> {
    let folder = found(folder)?;
    let mut suite = Suite::default();
    run_both(repo, &folder, "", &mut suite)?;
    Ok(Run {
        reference: Ratchet::read(repo)?.speaks_of(&suite),
        base: Base::beside(&folder)?,
        suite,
    })
}

/// The reference suite where the environment names it, and our own.
fn all_suites(repo: &Repo) -> Result<Run> {
    let named = std::env::var_os("TENON_SPEC").filter(|value| !value.is_empty());
    let mut done = match named {
        Some(folder) => given_suites(repo, Path::new(&folder))?,
        None => Run {
            suite: Suite::default(),
            base: None,
            reference: false,
        },
    };
    let converted = repo.target().join("suites");
    // A suite that is gone must not run on.
    if converted.exists() {
        std::fs::remove_dir_all(&converted)?;
    }
    let sources = repo.path(OWN);
    built::example(repo, RUST_HOST)?
        .args([Path::new("--convert"), &sources, &converted])
        .inherit()?;
    run_both(repo, &converted, OWN_PREFIX, &mut done.suite)?;
    Ok(done)
}

fn found(folder: &Path) -> Result<PathBuf> {
    let folder = folder
        .canonicalize()
        .with_context(|| format!("no folder {}", folder.display()))?;
    let inside = folder.join(SUITE);
    Ok(if inside.is_dir() { inside } else { folder })
}

fn run_both(repo: &Repo, folder: &Path, prefix: &str, suite: &mut Suite) -> Result<()> {
    let go = Program::new("go")
        .args(["run", "./cmd/tenon-spec"])
        .args([folder])
        .dir(repo.go());
    let rust = built::example(repo, RUST_HOST)?.args([folder]);
    for (host, program) in [(Host::Go, go), (Host::Rust, rust)] {
        println!("{}", program.shown());
        let before = suite.count(host);
        let mut wrong = None;
        let status = program.lines(|stream, line| match stream {
            Stream::Out if wrong.is_none() => wrong = suite.add(host, prefix, line).err(),
            Stream::Out => {}
            Stream::Err => println!("{line}"),
        })?;
        if let Some(error) = wrong {
            return Err(error.context(format!("what the {} host prints", host.name())));
        }
        // A program that found failures may say so with its status; one that told nothing has not run.
        ensure!(
            suite.count(host) > before,
            "the {} host ran no directive ({status})",
            host.name()
        );
    }
    Ok(())
}

/// Prints everything but the last line, and returns what must not be.
fn report(repo: &Repo, done: &Run) -> Result<Vec<String>> {
    let suite = &done.suite;
    println!("\n{}", suite.table());
    for line in suite.skip_reasons() {
        println!("{line}");
    }
    let mut wrong = suite.failures();
    wrong.extend(suite.disagreements());
    if let Some(base) = &done.base {
        let [go, rust] = Host::ALL.map(|host| base.passed(suite, host));
        let total = base.total();
        println!("base: go {go}/{total} rust {rust}/{total}");
        wrong.extend(base.missed(suite));
    }
    let mut risen = Vec::new();
    if done.reference {
        let ratchet = Ratchet::read(repo)?;
        let fallen = ratchet.fallen(suite).into_iter();
        wrong.extend(fallen.map(|line| format!("below the ratchet: {line}")));
        risen = ratchet.risen(suite);
    }
    for line in &wrong {
        println!("{line}");
    }
    if !risen.is_empty() {
        println!("above the ratchet, record it with `cargo xtask spec --bless`:");
        for line in risen {
            println!("  {line}");
        }
    }
    Ok(wrong)
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
