//! `tenon-soak LEDGER.wasm [--swaps N] [--cycles N] [--callers N] [--pause MILLISECONDS] [--cache DIR]
//! [--through registry]`: the proof on the Rust host that a swap loses nothing; `cargo xtask soak` starts it.
//!
//! It calls the ledger kernel on all cores while its versions change N times, books every call, and ends with the line
//!
//! ```text
//! soak: swaps N calls C lost L wrong W torn T
//! ```
//!
//! With `--cycles` it first loads, calls and retires N versions, and prints what the process holds on to meanwhile; `--swaps 0`
//! does only that. `--cache` is a folder for compiled code; without it every version is compiled. With `--through registry` versions are activated in the folder of a registry, which the slot follows. The exit code is 0 when no call was lost, wrong or torn and nothing has grown, 1 otherwise, 2 for wrong usage.

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;
use tenon_soak::{Options, Through, cycle, grown, run};

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let Some((file, options, cycles)) = parse(&args) else {
        eprintln!(
            "usage: tenon-soak LEDGER.wasm [--swaps N] [--cycles N] [--callers N] [--pause MILLISECONDS] [--cache DIR] [--through registry]"
        );
        return ExitCode::from(2);
    };
    match soak(file, &options, cycles) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tenon-soak: {error}");
            ExitCode::FAILURE
        }
    }
}

fn parse(args: &[String]) -> Option<(&str, Options, u32)> {
    let (file, flags) = args.split_first()?;
    let (mut options, mut cycles) = (Options::default(), 0);
    for flag in flags.chunks(2) {
        let [name, value] = flag else { return None };
        let number = || value.parse::<u32>().ok();
        match name.as_str() {
            "--swaps" => options.changes = number()? as usize,
            "--cycles" => cycles = number()?,
            "--callers" => {
                options.callers = number().filter(|number| *number > 0)? as usize;
                options.config.max_instances = Options::engine(options.callers).max_instances;
            }
            "--pause" => options.pause = Duration::from_millis(number()?.into()),
            "--cache" => options.config.cache_dir = Some(value.into()),
            "--through" if value == "registry" => options.through = Through::Registry,
            _ => return None,
        }
    }
    Some((file, options, cycles))
}

fn soak(file: &str, options: &Options, cycles: u32) -> Result<(), Box<dyn Error>> {
    let component = std::fs::read(file).map_err(|error| format!("{file}: {error}"))?;
    let mut verdict = Ok(());
    if cycles > 0 {
        let mut samples = Vec::new();
        cycle(&component, &options.config, (cycles, 11), |sample| {
            println!("{sample}");
            samples.push(sample.holdings);
        })?;
        if let (Some(first), Some(last)) = (samples.first(), samples.last()) {
            verdict = grown(first, last);
        }
    }
    if options.changes > 0 {
        let report = run(&component, options)?;
        print!("{report}");
        verdict = verdict.and(report.verdict());
    }
    Ok(verdict?)
}
