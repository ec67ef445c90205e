//! What transpile costs, natively: time and memory for files, binary or text, and for some that are made to hurt.
//!
//! `cargo run --release -p tenon-transpile --example cost [--ungated] [FILE...]` prints for each file its bytes, the median of
//! the milliseconds, the most bytes of memory that were allocated at a time, and what came of it.

#[path = "../tests/files/mod.rs"]
mod files;

use std::process::ExitCode;
use std::time::{Duration, Instant};
use tenon_transpile::{Options, transpile};

#[global_allocator]
static ALLOCATOR: files::Counting = files::Counting;

fn main() -> ExitCode {
    let mut options = Options {
        gate: true,
        floats: true,
        ..Options::default()
    };
    let mut given = Vec::new();
    for arg in std::env::args().skip(1) {
        if arg == "--ungated" {
            options = Options::default();
            continue;
        }
        match wat::parse_file(&arg) {
            Ok(bytes) => given.push((arg, bytes)),
            Err(error) => {
                eprintln!("{error}");
                return ExitCode::FAILURE;
            }
        }
    }
    let hostile = files::hostile().into_iter();
    let all = given
        .into_iter()
        .chain(hostile.map(|(name, bytes)| (name.to_owned(), bytes)));
    println!(
        "{:>10} {:>9} {:>10}  file: outcome",
        "bytes", "ms", "memory"
    );
    for (name, bytes) in all {
        let mut times = Vec::new();
        let mut last = String::new();
        let (mut memory, begin) = (0, Instant::now());
        while times.len() < 5 || begin.elapsed() < Duration::from_millis(200) {
            let start = Instant::now();
            let (result, peak) = files::peak(|| transpile(&bytes, &options));
            times.push(start.elapsed());
            memory = peak;
            last = match result {
                Ok(transpiled) => format!("{} modules", transpiled.modules.len()),
                Err(error) => error.to_string(),
            };
        }
        times.sort();
        let median = times[times.len() / 2].as_secs_f64() * 1e3;
        last.truncate(120);
        println!(
            "{:>10} {median:>9.2} {memory:>10}  {name}: {last}",
            bytes.len()
        );
    }
    ExitCode::SUCCESS
}
