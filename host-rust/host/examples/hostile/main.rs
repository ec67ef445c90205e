//! Runs hostile guests of kernels/hostile on the Rust host: `cargo xtask hostile` starts it, one process a guest.
//!
//! `hostile ENTRY FILE RUNS CACHE` attacks the host by the guest in FILE as the index's ENTRY, a JSON object, says, so many
//! times, and prints what came of it as one line of JSON. A heart beats beside it, and healthy calls of the kernel in
//! the environment's TENON_HEALTHY go on. CACHE is a folder for compiled code.
//!
//! `hostile --assemble SUITE FOLDER` writes every guest of a suite as a file that both hosts run, `hostile --assemble-file
//! TEXT FILE` one.

mod assemble;
mod attack;
mod beside;
mod bytes;
mod entry;
mod made;
mod memory;
mod target;

use attack::{Attacker, Report};
use beside::Beside;
use entry::{Entry, When};
use serde_json::{Value, json};
use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;
use tenon_host::contracts::redact;
use tenon_host::{Config, Engine, FaultKind};

/// What start functions may take: little, since one guest uses it up, but enough to warm the healthy kernel.
const START_TIMEOUT: Duration = Duration::from_secs(2);

/// What an answer may take on the host: enough for what is honest.
const ANSWER_LIMIT: usize = 16 << 20;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        ["--assemble", suite, target] => {
            let count = assemble::suite(Path::new(suite), Path::new(target))?;
            eprintln!("{count} guests");
        }
        ["--assemble-file", source, target] => {
            assemble::file(Path::new(source), Path::new(target))?;
        }
        [entry, file, runs, cache] => {
            let entry: Entry = serde_json::from_str(entry)?;
            println!("{}", run(&entry, file, runs.parse()?, cache)?);
        }
        _ => return Err("usage: hostile ENTRY FILE RUNS CACHE".into()),
    }
    Ok(ExitCode::SUCCESS)
}

fn run(entry: &Entry, file: &str, runs: u32, cache: &str) -> Result<Value, Box<dyn Error>> {
    let engine = Engine::new(&Config {
        cache_dir: Some(cache.into()),
        answer_limit: ANSWER_LIMIT,
        start_timeout: Some(START_TIMEOUT),
        ..Config::default()
    })?;
    let healthy = std::env::var("TENON_HEALTHY")?;
    let healthy = engine.load_file(&healthy)?;
    let slot = engine.slot::<redact::Contract>("healthy");
    let beside = Beside::start(slot.kernel(&healthy).build()?)?;
    let beats = || beside.beats.load(Relaxed);
    let mut attacker = Attacker {
        engine: &engine,
        entry,
        bytes: std::fs::read(file)?,
        beats: &beats,
        report: Report::default(),
    };
    attacker.run(runs);
    let report = attacker.report;
    let (gap, healthy) = beside.stop();

    let limit = match entry.when {
        When::Start => START_TIMEOUT,
        _ => entry.deadline(),
    };
    let late = report.outcomes.contains_key(FaultKind::Deadline.as_str());
    let samples = report.samples.iter();
    Ok(json!({
        "name": entry.name,
        "outcomes": report.outcomes,
        "message": report.message,
        "backtrace": report.backtrace,
        "answer": report.answer,
        "millis": samples.clone().map(|it| millis(it.took)).collect::<Vec<_>>(),
        "overshoot_millis": samples
            .clone()
            .filter(|_| late)
            .map(|it| millis(it.took.saturating_sub(limit)))
            .collect::<Vec<_>>(),
        "peak_bytes": samples.clone().map(|it| it.peak).collect::<Vec<_>>(),
        "beats": samples.map(|it| it.beats).collect::<Vec<_>>(),
        "heartbeat_gap_millis": millis(gap),
        "healthy_calls": healthy.calls,
        "healthy_failed": healthy.failed,
        "healthy_message": healthy.message,
        "wrong": report.wrong,
    }))
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
