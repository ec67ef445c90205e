//! Developer tasks. `cargo xtask --help` lists them; `cargo xtask TASK --help` explains one.

mod bench;
mod built;
mod clients;
mod demo;
mod hostile;
mod kernels;
mod process;
mod release;
mod repo;
mod scratch;
mod setup;
mod soak;
mod spec;
mod tally;
mod test;
mod vectors;

use std::process::ExitCode;

use anyhow::Result;

use crate::repo::Repo;

/// Every task, in the order of the help. A further task is a module with a `TASK` and a line here.
const TASKS: &[&Task] = &[
    &setup::TASK,
    &demo::TASK,
    &test::TASK,
    &spec::TASK,
    &test::oracle::TASK,
    &hostile::TASK,
    &soak::TASK,
    &bench::TASK,
    &vectors::TASK,
    &release::TASK,
];

/// One task: what the command line calls it, what the help says, and what it does.
pub(crate) struct Task {
    /// The word after `cargo xtask`.
    pub(crate) name: &'static str,
    /// What may follow the name.
    pub(crate) usage: &'static str,
    /// One line for the list of tasks.
    pub(crate) summary: &'static str,
    /// The rest of `cargo xtask NAME --help`: every option, every variable of the environment.
    pub(crate) details: &'static str,
    /// Does it. An error is printed with its causes and ends the process with 1, a [`Usage`] with 2.
    pub(crate) run: fn(&Repo, &[String]) -> Result<ExitCode>,
}

/// The command line is at fault, not the work.
#[derive(Debug)]
pub(crate) struct Usage(pub(crate) String);

impl std::fmt::Display for Usage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&args) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(if error.is::<Usage>() { 2 } else { 1 })
        }
    }
}

fn dispatch(args: &[String]) -> Result<ExitCode> {
    let wants_help = |word: &String| word == "--help" || word == "-h";
    let Some((name, rest)) = args.split_first() else {
        print!("{}", help());
        return Ok(ExitCode::from(2));
    };
    if wants_help(name) || name == "help" {
        print!("{}", help());
        return Ok(ExitCode::SUCCESS);
    }
    let Some(task) = TASKS.iter().find(|task| task.name == name) else {
        let names: Vec<&str> = TASKS.iter().map(|task| task.name).collect();
        return Err(Usage(format!(
            "there is no task `{name}`; there are {}",
            names.join(", ")
        ))
        .into());
    };
    if rest.iter().any(wants_help) {
        print!("{}", task.help());
        return Ok(ExitCode::SUCCESS);
    }
    (task.run)(&Repo::find()?, rest)
}

impl Task {
    fn help(&self) -> String {
        let line = format!("cargo xtask {} {}", self.name, self.usage);
        format!(
            "{}\n\nUsage: {}\n\n{}\n",
            self.summary,
            line.trim_end(),
            self.details.trim()
        )
    }
}

fn help() -> String {
    let mut text =
        String::from("Developer tasks of Tenon\n\nUsage: cargo xtask TASK [ARGS]\n\nTasks:\n");
    let width = TASKS.iter().map(|task| task.name.len()).max().unwrap_or(0);
    for task in TASKS {
        text += &format!("  {:width$}  {}\n", task.name, task.summary);
    }
    text += "\nOptions:\n  -h, --help  What a task does and takes: cargo xtask TASK --help\n";
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_task_explains_itself() {
        for task in TASKS {
            assert!(help().contains(task.summary), "{} is in no help", task.name);
            assert!(task.help().contains(task.details.trim()), "{}", task.name);
            assert!(
                !task.summary.ends_with('.') && !task.details.trim().is_empty(),
                "{}",
                task.name
            );
        }
    }

    #[test]
    fn an_unknown_task_is_a_usage_error_that_names_the_known_ones() {
        let error = dispatch(&["no-such".to_owned()]).unwrap_err();
        assert!(error.is::<Usage>());
        assert!(error.to_string().contains(TASKS[0].name), "{error}");
    }
}
