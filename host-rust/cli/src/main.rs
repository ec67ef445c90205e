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
mod registry;
mod wit;

use args::registry::Key;
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
        Command::Publish(args) => registry::publish::run(&args),
        Command::Ls(args) => registry::list::run(&args),
        Command::Show(args) => registry::show::run(&args),
        Command::Activate(args) => registry::activate::run(&args),
        Command::Rollback(args) => registry::activate::back(&args),
        Command::Verify(args) => registry::verify::run(&args),
        Command::Gc(args) => registry::collect::run(&args),
        Command::Log(args) => registry::log::run(&args),
        Command::Key(Key::New(args)) => registry::key::run(&args),
        Command::Sign(args) => registry::sign::run(&args),
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
