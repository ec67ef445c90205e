//! The `tenon` command: writes, builds, inspects, measures and calls kernels.
//!
//! Each subcommand is a module with a function `run` that takes its arguments from [`args`]. What
//! goes wrong is a [`failure::Failure`], printed here and nowhere else.

mod args;
mod bench;
mod build;
#[cfg(feature = "host")]
mod call;
mod deadline;
mod external;
mod failure;
mod input;
mod inspect;
mod new;
mod output;
mod progress;
mod wit;

use args::{Cli, Command};
use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::New(args) => new::run(&args),
        Command::Build(args) => build::run(&args),
        Command::Inspect(args) => inspect::run(&args),
        Command::Hotspots(args) => external::run(&external::HOTSPOTS, &args.args),
        Command::Bench(args) => bench::run(&args),
        Command::Wit(args) => wit::run(&args),
        #[cfg(feature = "host")]
        Command::Call(args) => call::run(&args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            failure.exit_code()
        }
    }
}
