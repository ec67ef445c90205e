//! `cargo xtask bench --against REV`: whether a call costs more than at an earlier commit.
//!
//! The Go driver of both commits is built, and the two programs take turns. What is compared is side a of each row,
//! the product's own; noise that lasts longer than a turn falls on both.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tenon_stats::{Estimate, Statistic};

use super::claims::{self, Driver, Quotient, Row};
use super::judge::Measured;
use crate::process::Program;
use crate::repo::Repo;

/// Pairs of turns a row.
const TURNS: usize = 24;

/// A row counts as slower when even the lower end of its interval lies above this.
const TOLERANCE: f64 = 1.03;

/// Compares the calls among the rows with those of `revision`, which may lack some.
pub(super) fn compare(repo: &Repo, revision: &str, rows: &[Row]) -> Result<ExitCode> {
    let rows: Vec<&Row> = rows
        .iter()
        .filter(|row| row.driver == Driver::Go && is_call(row))
        .collect();
    ensure!(!rows.is_empty(), "no row of the Go host's calls is chosen");
    let folder = std::env::temp_dir().join(format!("tenon-against-{}", std::process::id()));
    std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let tree = Worktree::add(repo, revision, folder.join("tree"))?;
    let outcome = turns(repo, &tree, &folder, revision, &rows);
    drop(tree);
    // What is left behind is in the system's own folder for such files.
    let _ = std::fs::remove_dir_all(&folder);
    outcome
}

/// A row whose side a is one short operation: parts would take minutes, and what stands alone is no call.
fn is_call(row: &Row) -> bool {
    row.parts.is_none() && !row.needs_c() && !matches!(row.quotient, Quotient::One(_))
}

fn turns(
    repo: &Repo,
    tree: &Worktree<'_>,
    folder: &Path,
    revision: &str,
    rows: &[&Row],
) -> Result<ExitCode> {
    let now = build(&repo.root, &folder.join("now"))?;
    let then = build(&tree.path, &folder.join("then"))?;
    let theirs = std::fs::read_to_string(tree.path.join(claims::FILE)).context(claims::FILE)?;
    let theirs = names(&theirs).with_context(|| format!("{} of {revision}", claims::FILE))?;
    let (mut slower, mut compared) = (0, 0);
    for row in rows {
        if !theirs.contains(&row.name) {
            println!("{:<16} not measured at {revision}", row.name);
            continue;
        }
        compared += 1;
        let mut quotients = Vec::new();
        for turn in 0..TURNS {
            // Neither program always runs on the caches that the other left.
            let (ours, theirs) = ((&now, &repo.root), (&then, &tree.path));
            let (a, b) = if turn % 2 == 0 {
                let a = time(ours, &row.name)?;
                (a, time(theirs, &row.name)?)
            } else {
                let b = time(theirs, &row.name)?;
                (time(ours, &row.name)?, b)
            };
            quotients.push(a / b);
        }
        let Estimate { value, low, high } = tenon_stats::estimate(&quotients, Statistic::Median)
            .with_context(|| format!("row {}: no usable times", row.name))?;
        let verdict = if low > TOLERANCE { "SLOWER" } else { "ok" };
        slower += usize::from(low > TOLERANCE);
        println!(
            "{:<16} {value:.3} x ({low:.3}–{high:.3})  {verdict}",
            row.name
        );
    }
    println!("bench: against {revision} slower {slower}/{compared}");
    Ok(if slower == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The rows of the definitions of any commit, whatever else their format says.
fn names(claims: &str) -> Result<Vec<String>> {
    let claims: Value = serde_json::from_str(claims)?;
    let rows = claims["rows"].as_array().context("it has no rows")?;
    let name = |row: &Value| row["name"].as_str().map(str::to_owned);
    Ok(rows.iter().filter_map(name).collect())
}

/// The Go driver of the checkout at `root`.
fn build(root: &Path, program: &Path) -> Result<PathBuf> {
    let program = program.with_extension(std::env::consts::EXE_EXTENSION);
    Program::new("go")
        .args(["build", "-o"])
        .args([&program])
        .args(["."])
        .env("GOWORK", root.join("host-go").join("go.work"))
        .dir(root.join("benches/go"))
        .inherit()?;
    Ok(program)
}

/// Side a of one row in nanoseconds: the median over the rounds of a short run of a driver, in its own checkout.
fn time((driver, root): (&PathBuf, &PathBuf), row: &str) -> Result<f64> {
    let printed = Program::new(driver)
        .args(["-quick", row])
        .dir(root.join("benches/go"))
        .output()?;
    let measured: Measured =
        serde_json::from_str(printed.trim()).with_context(|| format!("row {row}: {printed:?}"))?;
    let mut times: Vec<f64> = measured.rounds.iter().map(|round| round.a).collect();
    ensure!(!times.is_empty(), "row {row}: no rounds");
    Ok(tenon_stats::median(&mut times))
}

/// A further work tree of the repository, removed at the end.
struct Worktree<'a> {
    repo: &'a Repo,
    path: PathBuf,
}

impl<'a> Worktree<'a> {
    fn add(repo: &'a Repo, revision: &str, path: PathBuf) -> Result<Self> {
        Program::new("git")
            .args(["worktree", "add", "--detach", "--quiet"])
            .args([&path])
            .args([revision])
            .dir(&repo.root)
            .inherit()?;
        Ok(Self { repo, path })
    }
}

impl Drop for Worktree<'_> {
    fn drop(&mut self) {
        let remove = Program::new("git")
            .args(["worktree", "remove", "--force"])
            .args([&self.path])
            .dir(&self.repo.root);
        if let Err(error) = remove.inherit() {
            eprintln!("warning: {error:#}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_from_definitions_of_any_format() {
        let text = r#"{"format": 7, "rows": [{"name": "a", "new": 1}, {"name": "b"}]}"#;
        assert_eq!(names(text).unwrap(), ["a", "b"]);
        assert!(names("{}").is_err());
    }

    #[test]
    fn loads_and_rows_in_parts_are_no_calls() {
        let row = |more: &str| -> Row {
            let text = format!(r#"{{"name": "r", "what": "w", "driver": "go", {more}}}"#);
            serde_json::from_str(&text).unwrap()
        };
        assert!(is_call(&row(r#""quotient": "a-b", "unit": "ns""#)));
        assert!(!is_call(&row(r#""quotient": "a", "unit": "ms""#)));
        assert!(!is_call(&row(
            r#""quotient": "a/b", "unit": "x", "parts": "median""#
        )));
    }
}
