//! `cargo xtask test`: everything that must hold before a change lands.

mod cross;
mod direction;
mod equality;
mod followers;
pub(crate) mod go;
mod go_events;
mod new;
pub(crate) mod oracle;
mod preinit;
mod readme;
mod rust;
mod sweep;
mod tracked;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::repo::Repo;
use crate::tally::Tally;
use crate::{Task, Usage, hostile, setup, spec, vectors};

pub(crate) const TASK: Task = Task {
    name: "test",
    usage: "[STEP]...",
    summary: "Run every test and check of both hosts",
    details: "
Runs all steps, also after one has failed, prints a table of them, and ends with the line
`N passed, N failed, N skipped`: the tests of all runners added up, each check counted as one.

  STEP    Run only these steps, by their names in the table
  --list  Print the names of the steps, and stop

Exit code: 0 when nothing failed, 1 otherwise.

Environment:
  TENON_SPEC  The folder of the component model's reference suite; without it `spec` is skipped
  TENON_DATA  The folder of openssh_2k.log; without it the tests on that log are skipped
  CC          The C compiler; without one Go's race detector is left out",
    run,
};

/// A named part of the whole.
struct Step {
    name: &'static str,
    run: fn(&Repo) -> Result<Outcome>,
}

/// How a step ended. A step that cannot be run at all returns an error instead and counts as failed.
struct Outcome {
    tally: Tally,
    /// What the table says beside the counts: the reason of a skip, a figure.
    note: String,
}

impl Outcome {
    fn passed(note: impl Into<String>) -> Self {
        Self {
            tally: Tally::PASSED,
            note: note.into(),
        }
    }

    fn failed(note: impl Into<String>) -> Self {
        Self {
            tally: Tally::FAILED,
            note: note.into(),
        }
    }

    fn skipped(reason: impl Into<String>) -> Self {
        Self {
            tally: Tally::SKIPPED,
            note: reason.into(),
        }
    }
}

/// The steps: first what takes seconds, then the builds, then what needs the builds.
const STEPS: &[Step] = &[
    Step {
        name: "setup",
        run: machine,
    },
    Step {
        name: "rust-format",
        run: rust::format,
    },
    Step {
        name: "go-format",
        run: go::format,
    },
    Step {
        name: "paths",
        run: tracked::paths,
    },
    Step {
        name: "registry-hosts",
        run: tracked::registry_hosts,
    },
    Step {
        name: "rust-imports",
        run: direction::check,
    },
    Step {
        name: "go-vet",
        run: go::vet,
    },
    Step {
        name: "go-without-cgo",
        run: go::build_without_cgo,
    },
    Step {
        name: "cross",
        run: cross::check,
    },
    Step {
        name: "go-tests",
        run: go::tests,
    },
    Step {
        name: "go-race",
        run: go::race,
    },
    Step {
        name: "vectors",
        run: fresh_vectors,
    },
    Step {
        name: "clippy",
        run: rust::clippy,
    },
    Step {
        name: "clippy-wasm",
        run: rust::clippy_wasm,
    },
    Step {
        name: "rust-tests",
        run: rust::tests,
    },
    Step {
        name: "rust-features",
        run: rust::feature_tests,
    },
    Step {
        name: "new",
        run: new::check,
    },
    Step {
        name: "readme",
        run: readme::check,
    },
    Step {
        name: "tenon-bench",
        run: sweep::check,
    },
    Step {
        name: "both-hosts",
        run: equality::check,
    },
    Step {
        name: "preinit",
        run: preinit::check,
    },
    Step {
        name: "oracle",
        run: oracle::check,
    },
    Step {
        name: "hostile",
        run: hostile_guests,
    },
    Step {
        name: "spec",
        run: reference_suite,
    },
];

/// One line of the closing table.
struct Row {
    name: &'static str,
    outcome: Outcome,
    took: Duration,
}

fn run(repo: &Repo, args: &[String]) -> Result<ExitCode> {
    if args.iter().any(|arg| arg == "--list") {
        for step in STEPS {
            println!("{}", step.name);
        }
        return Ok(ExitCode::SUCCESS);
    }
    let rows: Vec<Row> = selected(args)?
        .into_iter()
        .map(|step| run_step(repo, step))
        .collect();
    let mut total = Tally::default();
    for row in &rows {
        total += row.outcome.tally;
    }
    println!("\n{}", table(&rows));
    println!("{total}");
    Ok(if total.failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn selected(args: &[String]) -> Result<Vec<&'static Step>, Usage> {
    if args.is_empty() {
        return Ok(STEPS.iter().collect());
    }
    let find = |name: &String| {
        let step = STEPS.iter().find(|step| step.name == name);
        step.ok_or_else(|| {
            Usage(format!(
                "there is no step `{name}`; `cargo xtask test --list` names them"
            ))
        })
    };
    args.iter().map(find).collect()
}

fn run_step(repo: &Repo, step: &Step) -> Row {
    println!("\n== {}", step.name);
    let start = Instant::now();
    let outcome = (step.run)(repo).unwrap_or_else(|error| {
        println!("error: {error:#}");
        let first = format!("{error:#}")
            .lines()
            .next()
            .unwrap_or_default()
            .to_owned();
        Outcome::failed(first)
    });
    if !outcome.note.is_empty() {
        println!("{}: {}", step.name, outcome.note);
    }
    Row {
        name: step.name,
        outcome,
        took: start.elapsed(),
    }
}

fn table(rows: &[Row]) -> String {
    let width = rows
        .iter()
        .map(|row| row.name.len())
        .max()
        .unwrap_or(0)
        .max(4);
    let mut text = format!(
        "{:width$}  {:>6}  {:>6}  {:>7}  {:>8}  note\n",
        "step", "passed", "failed", "skipped", "time"
    );
    for Row {
        name,
        outcome,
        took,
    } in rows
    {
        let Tally {
            passed,
            failed,
            skipped,
        } = outcome.tally;
        let line = format!(
            "{name:width$}  {passed:>6}  {failed:>6}  {skipped:>7}  {:>7.1}s  {}",
            took.as_secs_f64(),
            shortened(&outcome.note)
        );
        text += line.trim_end();
        text.push('\n');
    }
    text
}

/// A note as one line that fits beside the counts.
fn shortened(note: &str) -> String {
    let line = note.lines().next().unwrap_or_default();
    match line.char_indices().nth(100) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

fn machine(repo: &Repo) -> Result<Outcome> {
    setup::ensure_ready(repo)?;
    Ok(Outcome::passed(""))
}

fn fresh_vectors(repo: &Repo) -> Result<Outcome> {
    let code = (vectors::TASK.run)(repo, &["--check".to_owned()])?;
    Ok(if code == ExitCode::SUCCESS {
        Outcome::passed("")
    } else {
        Outcome::failed("committed files are stale; run `cargo xtask vectors`")
    })
}

fn hostile_guests(repo: &Repo) -> Result<Outcome> {
    let (tally, note) = hostile::check(repo)?;
    Ok(Outcome { tally, note })
}

fn reference_suite(repo: &Repo) -> Result<Outcome> {
    let (tally, note) = spec::check(repo)?;
    Ok(Outcome { tally, note })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_found_by_name_only() {
        let names = |args: &[&str]| {
            let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
            selected(&args).map(|steps| steps.iter().map(|step| step.name).collect::<Vec<_>>())
        };
        assert_eq!(names(&[]).unwrap().len(), STEPS.len());
        assert_eq!(names(&["spec", "paths"]).unwrap(), ["spec", "paths"]);
        assert!(names(&["spce"]).unwrap_err().to_string().contains("spce"));
    }

    #[test]
    fn an_error_in_a_step_is_a_failure_with_its_reason() {
        let step = Step {
            name: "broken",
            run: |_| anyhow::bail!("no such thing"),
        };
        let row = run_step(&Repo::find().unwrap(), &step);
        assert_eq!(row.outcome.tally, Tally::FAILED);
        assert!(table(&[row]).contains("no such thing"));
    }

    #[test]
    fn a_long_note_is_cut_at_a_character() {
        assert_eq!(shortened(&"é".repeat(101)), format!("{}…", "é".repeat(100)));
        assert_eq!(shortened("one\ntwo"), "one");
    }
}
