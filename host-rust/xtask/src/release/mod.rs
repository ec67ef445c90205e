//! `cargo xtask release-check`: licences and known vulnerabilities of everything that is depended on, and a bill of it.

mod crates;
mod deny;
mod licence;
mod modules;
mod sbom;
mod vulnerabilities;

use std::process::{ExitCode, ExitStatus};

use anyhow::Result;

use crate::process::Program;
use crate::repo::Repo;
use crate::tally::Tally;
use crate::{Task, Usage};

pub(crate) const TASK: Task = Task {
    name: "release-check",
    usage: "[--no-install] [--strict]",
    summary: "Check licences and known vulnerabilities of all dependencies, and write an SBOM",
    details: "
Looks at the packages of Cargo.lock and at the modules of host-go/go.work, but not at the guests and test packages that are
workspaces of their own. Checks:

  Rust licences    `cargo deny check licenses bans sources`, by host-rust/xtask/deny.toml; tests and benchmarks, too
  Rust advisories  `cargo deny check advisories`: RustSec's database, and yanked versions
  Go licences      the licence files of each linked module, from its root to the linked packages; on Linux, macOS and Windows,
                   without what only tests need
  Go advisories    `govulncheck ./...` in each module: Go's vulnerability database, by the functions that are reached
  Rust SBOM        target/sbom/rust.cdx.json, and that each package of Cargo.lock is in it
  Go SBOM          target/sbom/go.cdx.json, and that each module of the build list with a line in a go.sum is in it

The bills are CycloneDX 1.5, and the same each time for the same dependencies. A component that only tests and
benchmarks need (Rust), or that no package needs (Go), has the scope `excluded`. The modules' versions are those that go.work selects.

A check that cannot be made is skipped with the reason, and never counts as passed: so do both advisories where
their database cannot be reached. cargo-deny is taken from PATH or from target/tools, govulncheck from target/tools; one that
is missing is installed there first, which takes minutes for cargo-deny.

  --no-install  Install nothing: print the command that would, and skip the check
  --strict      A skipped check fails, too

Exit code: 0 when nothing failed, 1 otherwise.

Environment:
  SOURCE_DATE_EPOCH  The bills' time stamp, in seconds since 1970; none unless set
  GOVULNDB           Where Go's vulnerability database is: https://… or file://…; its own place unless set",
    run,
};

/// The command line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Options {
    no_install: bool,
    strict: bool,
}

fn parse(args: &[String]) -> Result<Options, Usage> {
    let mut options = Options::default();
    for arg in args {
        match arg.as_str() {
            "--no-install" => options.no_install = true,
            "--strict" => options.strict = true,
            _ => {
                return Err(Usage(format!(
                    "`release-check` takes --no-install and --strict, not `{arg}`"
                )));
            }
        }
    }
    Ok(options)
}

/// How a check ended, and what there is to say about it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Verdict {
    Passed(String),
    Failed(String),
    Skipped(String),
}

impl Verdict {
    /// The word for the table, what is said beside it, and what it counts.
    fn parts(&self) -> (&'static str, &str, Tally) {
        match self {
            Self::Passed(note) => ("passed", note, Tally::PASSED),
            Self::Failed(note) => ("failed", note, Tally::FAILED),
            Self::Skipped(note) => ("skipped", note, Tally::SKIPPED),
        }
    }
}

/// A check that could not even be asked has failed, and says why.
impl From<Result<Verdict>> for Verdict {
    fn from(result: Result<Verdict>) -> Self {
        result.unwrap_or_else(|error| Self::Failed(format!("{error:#}")))
    }
}

/// A tool: at hand, or not, with the reason.
enum Tool {
    Ready(std::path::PathBuf),
    Missing(String),
}

fn run(repo: &Repo, args: &[String]) -> Result<ExitCode> {
    let options = parse(args)?;
    let mut rows: Vec<(&str, Verdict)> = Vec::new();
    let mut row = |name, result: Result<Verdict>| rows.push((name, result.into()));

    match deny::find(repo, options)? {
        Tool::Ready(deny) => {
            eprintln!("Rust licences and advisories…");
            row("Rust licences", deny::licences(repo, &deny));
            row("Rust advisories", deny::advisories(repo, &deny));
        }
        Tool::Missing(why) => {
            row("Rust licences", Ok(Verdict::Skipped(why.clone())));
            row("Rust advisories", Ok(Verdict::Skipped(why)));
        }
    }
    eprintln!("Go licences…");
    let modules = modules::read(repo);
    let reviewed = match &modules {
        Ok(modules) => modules.verdict(),
        Err(error) => Verdict::Failed(format!("{error:#}")),
    };
    row("Go licences", Ok(reviewed));
    match vulnerabilities::find(repo, options)? {
        Tool::Ready(govulncheck) => {
            eprintln!("Go advisories…");
            row("Go advisories", vulnerabilities::check(repo, &govulncheck));
        }
        Tool::Missing(why) => row("Go advisories", Ok(Verdict::Skipped(why))),
    }
    eprintln!("SBOM…");
    row("Rust SBOM", crates::bill(repo));
    match &modules {
        Ok(modules) => row("Go SBOM", modules.bill(repo)),
        Err(_) => row("Go SBOM", Ok(Verdict::Failed("as for Go licences".into()))),
    }

    let (text, tally) = table(&rows);
    print!("{text}");
    Ok(code(tally, options))
}

/// The table of all checks with the line of their counts under it, and the counts.
fn table(rows: &[(&str, Verdict)]) -> (String, Tally) {
    let mut text = String::new();
    let mut tally = Tally::default();
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    for (name, verdict) in rows {
        let (word, note, one) = verdict.parts();
        let indent = format!("\n{:1$}", "", 11 + width + 2);
        let note = note.trim_end().replace('\n', &indent);
        text += &format!("  {word:7}  {name:width$}  {note}\n");
        tally += one;
    }
    text += &format!("release-check: {tally}\n");
    (text, tally)
}

fn code(tally: Tally, options: Options) -> ExitCode {
    if tally.failed > 0 || (options.strict && tally.skipped > 0) {
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// Runs a program to its end: its status, and the lines of both its outputs.
fn transcript(program: Program) -> Result<(ExitStatus, String)> {
    let mut text = String::new();
    let status = program.lines(|_, line| {
        text += line;
        text.push('\n');
    })?;
    Ok((status, text))
}

/// The last line that says anything, for a reason in the table.
fn last_line(text: &str) -> &str {
    let mut lines = text.lines().rev().map(str::trim);
    lines.find(|line| !line.is_empty()).unwrap_or("no words")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_two_options_are_taken() {
        let parsed =
            |args: &[&str]| parse(&args.iter().map(|arg| (*arg).into()).collect::<Vec<_>>());
        let both = parsed(&["--strict", "--no-install"]).unwrap_or_else(|usage| panic!("{usage}"));
        assert!(both.strict && both.no_install);
        assert!(
            parsed(&["--fast"])
                .unwrap_err()
                .to_string()
                .contains("--fast")
        );
    }

    #[test]
    fn the_table_counts_and_says_why() {
        let rows = [
            ("one", Verdict::Passed("40 modules".into())),
            ("three", Verdict::Skipped("no database".into())),
            ("two", Verdict::Failed("A-1\nA-2".into())),
        ];
        let (text, tally) = table(&rows);
        assert!(text.contains("  skipped  three  no database\n"), "{text}");
        assert!(
            text.contains("  failed   two    A-1\n                  A-2\n"),
            "{text}"
        );
        assert!(
            text.ends_with("release-check: 1 passed, 1 failed, 1 skipped\n"),
            "{text}"
        );
        assert_eq!((tally.passed, tally.failed, tally.skipped), (1, 1, 1));
    }

    #[test]
    fn a_skipped_check_fails_only_a_strict_run() {
        let same = |one: ExitCode, other: ExitCode| format!("{one:?}") == format!("{other:?}");
        let strict = Options {
            strict: true,
            ..Options::default()
        };
        assert!(same(
            code(Tally::SKIPPED, Options::default()),
            ExitCode::SUCCESS
        ));
        assert!(same(code(Tally::SKIPPED, strict), ExitCode::FAILURE));
        assert!(same(code(Tally::PASSED, strict), ExitCode::SUCCESS));
        assert!(same(
            code(Tally::FAILED, Options::default()),
            ExitCode::FAILURE
        ));
    }

    #[test]
    fn a_check_that_breaks_off_has_failed() {
        let verdict = Verdict::from(Err(anyhow::anyhow!("no such folder")));
        assert_eq!(verdict, Verdict::Failed("no such folder".into()));
    }
}
