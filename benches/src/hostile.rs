//! The guests of kernels/hostile: how soon they are refused, and how soon they are stopped.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use tenon_host::{CallOptions, Config, Engine, Fault, FaultKind, Kernel};
use tenon_transpile::{Options, transpile};

use crate::definitions::repository;
use crate::rounds::{self, Sides};

/// How long one file is refused over and over in a round: there are many files.
const REFUSAL_SLICE: Duration = Duration::from_millis(5);

/// Malformed and excessive files, refused by the transpiler natively.
pub(crate) fn refuse_native(name: &str, quick: bool) -> Result<Value> {
    let options = Options {
        gate: true,
        floats: true,
        ..Options::default()
    };
    let mut parts = Vec::new();
    for guest in guests(&["load"], &["malformed", "limit"])? {
        let refuse = |n: u64| {
            for _ in 0..n {
                let refusal = transpile(&guest.bytes, &options).err();
                let kind = refusal.map(|error| error.kind.as_str());
                ensure!(
                    kind == Some(guest.expect.as_str()),
                    "{}: refused as {kind:?}, not as {}",
                    guest.name,
                    guest.expect
                );
            }
            Ok(())
        };
        let sides = Sides {
            a: Box::new(refuse),
            b: None,
            c: None,
            slice: REFUSAL_SLICE,
        };
        parts.push(rounds::measure(&guest.name, sides, quick)?);
    }
    Ok(rounds::in_parts(name, parts))
}

/// A short deadline, so that many runs fit: the overshoot does not depend on it.
const DEADLINE: Duration = Duration::from_millis(10);

/// Runs of a guest.
const RUNS: usize = 100;

/// How long after its deadline a call on the Rust host is over.
pub(crate) fn host_overshoot(name: &str, quick: bool) -> Result<Value> {
    let engine = Engine::new(&Config {
        start_timeout: Some(DEADLINE),
        ..Config::default()
    })?;
    let mut parts = Vec::new();
    for guest in guests(&["start", "call"], &["deadline"])? {
        let kernel = engine.load(&guest.bytes)?;
        let mut rounds = Vec::new();
        for _ in 0..if quick { RUNS / 10 } else { RUNS } {
            let (outcome, took) = attack(&kernel, &guest)?;
            match outcome {
                Err(fault) if fault.kind() == FaultKind::Deadline => {}
                other => bail!("{}: ended with {other:?}, not at its deadline", guest.name),
            }
            let late = took.saturating_sub(DEADLINE).as_nanos().max(1);
            rounds.push(json!({ "a_ns": late as f64 }));
        }
        parts.push(json!({ "name": guest.name, "rounds": rounds }));
    }
    Ok(rounds::in_parts(name, parts))
}

/// One attack by a fresh instance: how it ended, and after what time.
fn attack(kernel: &Kernel, guest: &Guest) -> Result<(Result<(), Fault>, Duration)> {
    if guest.when == "start" {
        let start = Instant::now();
        return Ok((kernel.open().map(drop), start.elapsed()));
    }
    let mut instance = kernel.open()?;
    instance.set_limits(&CallOptions {
        deadline: Some(DEADLINE),
        ..CallOptions::default()
    })?;
    let start = Instant::now();
    let outcome = instance.call_wave("attack", &guest.args).map(drop);
    Ok((outcome, start.elapsed()))
}

/// An entry of kernels/hostile/index.json, with its file.
struct Guest {
    name: String,
    when: String,
    expect: String,
    args: Vec<String>,
    bytes: Vec<u8>,
}

/// The guests of these times that are expected to end so; families of files are left out.
fn guests(when: &[&str], expect: &[&str]) -> Result<Vec<Guest>> {
    let folder = std::env::var_os("TENON_HOSTILE")
        .context("TENON_HOSTILE is not set: run this row by `cargo xtask bench`")?;
    let index = repository("kernels/hostile/index.json");
    let index = std::fs::read(&index).with_context(|| index.display().to_string())?;
    let index: Value = serde_json::from_slice(&index)?;
    let entries = index["guests"].as_array().context("an index of guests")?;
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let mut guests = Vec::new();
    for entry in entries {
        let field = |key: &str| text(&entry[key]).with_context(|| format!("{key} of {entry}"));
        let (name, at, end) = (field("name")?, field("when")?, field("expect")?);
        if !when.contains(&&*at) || !expect.contains(&&*end) || entry.get("family").is_some() {
            continue;
        }
        let path = PathBuf::from(&folder).join(&name).with_extension("wasm");
        let args = entry["args"].as_array();
        guests.push(Guest {
            name,
            when: at,
            expect: end,
            args: args.into_iter().flatten().filter_map(text).collect(),
            bytes: std::fs::read(&path).with_context(|| path.display().to_string())?,
        });
    }
    Ok(guests)
}
