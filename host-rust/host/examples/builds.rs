//! What builds of one kernel cost beside each other, such as a plain and a pre-initialised one:
//! `builds FUNCTION TEXTS FILE...`, where each line of the file TEXTS is an argument of the function.
//!
//! Rounds take turns over the files; printed is the quickest of each, and the memory that an instance takes from the machine.

use std::time::{Duration, Instant};
use tenon_host::{Config, Engine, Fault, Kernel};

const ROUNDS: usize = 3;

/// Instances of one load.
const INSTANCES: usize = 7;

/// What is measured of one file.
const COLUMNS: [&str; 5] = [
    "cold load",
    "cached load",
    "warm instance",
    "first call",
    "1,000 calls",
];

type Times = [Duration; COLUMNS.len()];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let usage = "usage: builds FUNCTION TEXTS FILE...";
    let function = args.next().ok_or(usage)?;
    let texts = std::fs::read_to_string(args.next().ok_or(usage)?)?;
    let texts: Vec<String> = texts.lines().map(|line| format!("{line:?}")).collect();
    let files: Vec<String> = args.collect();
    let mut quickest = vec![[Duration::MAX; COLUMNS.len()]; files.len()];
    let mut resident = vec![0; files.len()];
    for _ in 0..ROUNDS {
        for (at, file) in files.iter().enumerate() {
            resident[at] = measure(file, &function, &texts, &mut quickest[at])?;
        }
    }
    for ((file, times), kilobytes) in files.iter().zip(&quickest).zip(resident) {
        println!("{file}: {} bytes", std::fs::metadata(file)?.len());
        for (column, time) in COLUMNS.iter().zip(times) {
            println!("  {column:<13} {:>12.3} ms", time.as_secs_f64() * 1e3);
        }
        println!("  {:<13} {kilobytes:>8} KB", "resident");
    }
    Ok(())
}

/// Loads a file twice and makes instances of it, each of which is warmed before its first call; gives the KB that the first of
/// them took.
fn measure(
    file: &str,
    function: &str,
    texts: &[String],
    quickest: &mut Times,
) -> Result<usize, Box<dyn std::error::Error>> {
    let dir = std::env::temp_dir().join(format!("tenon-builds-{}", std::process::id()));
    let config = Config {
        cache_dir: Some(dir.clone()),
        ..Config::default()
    };
    let (cold, _) = loaded(&config, file)?;
    let (cached, kernel) = loaded(&config, file)?;
    // The folder is this run's own.
    let _ = std::fs::remove_dir_all(dir);

    let before = resident();
    let mut took = None;
    for _ in 0..INSTANCES {
        let start = Instant::now();
        let instance = kernel.open()?;
        let made = start.elapsed();
        let start = Instant::now();
        instance.call_wave(function, &[&texts[0]])?;
        let first = start.elapsed();
        let start = Instant::now();
        // Steps that cross the file, so that the texts are unlike each other.
        for text in texts.iter().cycle().step_by(7).take(1000) {
            instance.call_wave(function, &[text])?;
        }
        let calls = start.elapsed();
        took.get_or_insert_with(|| resident().saturating_sub(before));
        for (best, time) in quickest.iter_mut().zip([cold, cached, made, first, calls]) {
            *best = time.min(*best);
        }
    }
    Ok(took.unwrap_or_default())
}

/// A process's first load, up to a kernel that can make instances.
fn loaded(config: &Config, file: &str) -> Result<(Duration, Kernel), Fault> {
    let engine = Engine::new(config)?;
    let start = Instant::now();
    let kernel = engine.load_file(file)?;
    Ok((start.elapsed(), kernel))
}

/// KB that the process has in memory; 0 where the system does not tell in this way.
fn resident() -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = pages.split(' ').nth(1).and_then(|pages| pages.parse().ok());
    pages.unwrap_or(0_usize) * 4
}
