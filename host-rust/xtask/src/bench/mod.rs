//! `cargo xtask bench`: re-runs the rows of benches/claims.json, judges the claims, records the run
//! and rewrites the README's table.

mod against;
mod claims;
mod drivers;
mod judge;
mod record;
mod table;

use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::repo::Repo;
use crate::{Task, Usage, setup};
use claims::{Driver, Row};

/// The task as the command line knows it.
pub(crate) const TASK: Task = Task {
    name: "bench",
    usage: "[--quick | --against REV] [NAME]",
    summary: "Measure the rows of benches/claims.json and judge the claims",
    details: "
Prints a line a row: what interleaved rounds give, its 95 % bootstrap interval, the target and whether it
is met; under it, of a row that is measured in parts, the parts. A run of all rows writes benches/records/DATE.json and the README's table.
Rows on cgo are left out where there is no C compiler. Ends with `bench: claims P/N`; exits with 1 where a claim does not
hold.

  NAME           only the row of this name; nothing is recorded
  --quick        fewer rounds: to see that the benches run, not to publish; nothing is recorded
  --against REV  the Go host's calls against those of an earlier commit, in turns: a line a row that both
                 have, with the quotient of the two times; exits with 1 where the interval lies above 1.03
",
    run,
};

/// What the command line asks for.
#[derive(Debug, Default, PartialEq)]
struct Options {
    /// Fewer rounds: to see that the benches run, not to publish.
    quick: bool,
    /// Compare with this commit instead of judging the claims.
    against: Option<String>,
    /// Only the row of this name.
    name: Option<String>,
}

impl Options {
    fn parse(args: &[String]) -> Result<Self, Usage> {
        let mut options = Self::default();
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--quick" => options.quick = true,
                "--against" => {
                    let revision = args.next().ok_or_else(|| {
                        Usage("--against takes the commit to compare with".to_owned())
                    })?;
                    options.against = Some(revision.clone());
                }
                flag if flag.starts_with('-') => {
                    return Err(Usage(format!(
                        "bench takes no {flag}; see `cargo xtask bench --help`"
                    )));
                }
                _ if options.name.is_some() => {
                    return Err(Usage("bench takes one row's name at most".to_owned()));
                }
                name => options.name = Some(name.to_owned()),
            }
        }
        if options.quick && options.against.is_some() {
            return Err(Usage("--quick and --against do not go together".to_owned()));
        }
        Ok(options)
    }
}

fn run(repo: &Repo, args: &[String]) -> Result<ExitCode> {
    let options = Options::parse(args)?;
    let rows = select(claims::read(repo)?, &options)?;
    if let Some(revision) = &options.against {
        return against::compare(repo, revision, &rows);
    }
    let c_compiler = setup::c_compiler_version(repo).is_some();
    let (rows, skipped): (Vec<Row>, Vec<Row>) = rows
        .into_iter()
        .partition(|row| c_compiler || !row.needs_c());
    for row in &skipped {
        println!("{:<16} skipped: no C compiler, which cgo needs", row.name);
    }
    let order: Vec<String> = rows.iter().map(|row| row.name.clone()).collect();
    let mut outcomes = Vec::new();
    // Rows on cgo have a program of their own: all others are measured as services are built, without.
    for (driver, native) in [
        (Driver::Go, false),
        (Driver::Go, true),
        (Driver::Rust, false),
    ] {
        let chosen = |row: &&Row| row.driver == driver && row.needs_c() == native;
        let wanted: Vec<&Row> = rows.iter().filter(chosen).collect();
        if wanted.is_empty() {
            continue;
        }
        let measured = drivers::measure(repo, driver, &wanted, options.quick)?;
        for row in wanted {
            let found = measured
                .iter()
                .find(|m| m.name == row.measured_as())
                .with_context(|| {
                    format!(
                        "the {driver:?} driver printed no rounds for row {}",
                        row.measured_as()
                    )
                })?;
            let outcome = judge::judge(row, found)?;
            println!("{}", table::line(&outcome));
            outcomes.push(outcome);
        }
    }
    outcomes.sort_by_key(|outcome| order.iter().position(|name| *name == outcome.row.name));
    if !options.quick && options.name.is_none() {
        let record = record::write(repo, &outcomes)?;
        table::publish(repo, &outcomes, &record)?;
    }
    let claims: Vec<bool> = outcomes.iter().filter_map(|o| o.met).collect();
    let met = claims.iter().filter(|met| **met).count();
    println!("bench: claims {met}/{}", claims.len());
    Ok(if met == claims.len() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn select(rows: Vec<Row>, options: &Options) -> Result<Vec<Row>, Usage> {
    let Some(name) = &options.name else {
        return Ok(rows);
    };
    let names: Vec<&str> = rows.iter().map(|r| r.name.as_str()).collect();
    if !names.contains(&name.as_str()) {
        return Err(Usage(format!(
            "no row is called {name}; there are {}",
            names.join(", ")
        )));
    }
    Ok(rows.into_iter().filter(|r| r.name == *name).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_takes_one_name_and_no_other_flag() {
        let parse = |words: &[&str]| {
            Options::parse(&words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>())
        };
        let one = Options {
            quick: true,
            name: Some("redact".into()),
            ..Options::default()
        };
        assert_eq!(parse(&["--quick", "redact"]).unwrap(), one);
        assert!(parse(&["redact", "scalar"]).is_err());
        assert!(parse(&["--fast"]).is_err());
        let against = parse(&["--against", "HEAD~1", "echo"]).unwrap();
        assert_eq!(against.against.as_deref(), Some("HEAD~1"));
        assert!(parse(&["--against"]).is_err());
        assert!(parse(&["--quick", "--against", "HEAD"]).is_err());
    }

    #[test]
    fn the_commands_of_the_kernels_guides_are_ones() {
        const COMMAND: &str = "`cargo xtask bench ";
        let repo = Repo::find().unwrap();
        let rows = claims::read(&repo).unwrap();
        let mut commands = 0;
        for folder in std::fs::read_dir(repo.path("kernels")).unwrap() {
            let guide = folder.unwrap().path().join("README.md");
            let Ok(text) = std::fs::read_to_string(&guide) else {
                continue;
            };
            for rest in text.split(COMMAND).skip(1) {
                let (words, _) = rest.split_once('`').expect("a command ends");
                let words: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
                let selected =
                    Options::parse(&words).and_then(|options| select(rows.clone(), &options));
                if let Err(Usage(why)) = selected {
                    panic!("{}: {COMMAND}{}`: {why}", guide.display(), words.join(" "));
                }
                commands += 1;
            }
        }
        assert!(commands >= 5, "only {commands} commands");
    }
}
