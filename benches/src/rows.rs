//! The rows: the Rust host against native Rust and against wasmtime by itself.

use std::hint::black_box;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::Value;
use tenon_host::contracts::{redact, scalar};
use tenon_host::{Config, Engine};
use wasmtime::Store;
use wasmtime::component::{Component, Linker};

use crate::rounds::{self, Sides, each_of};
use crate::{gate, hostile};

/// Every row that this driver knows.
pub(crate) const NAMES: [&str; 5] = [
    "host-redact",
    "host-scalar",
    "host-loops",
    "host-overshoot",
    "refuse-native",
];

/// Measures a row and returns its line.
pub(crate) fn measure(name: &str, quick: bool) -> Result<Value> {
    match name {
        "host-redact" => host_redact(name, quick),
        "host-scalar" => host_scalar(name, quick),
        "host-loops" => gate::host_loops(name, quick),
        "host-overshoot" => hostile::host_overshoot(name, quick),
        "refuse-native" => hostile::refuse_native(name, quick),
        _ => bail!("no row is called {name}; there are {}", NAMES.join(", ")),
    }
}

fn host_redact(name: &str, quick: bool) -> Result<Value> {
    let log = access_log()?;
    let lines: Vec<&str> = log.lines().collect();
    let engine = Engine::new(&Config::default())?;
    let kernel = engine.load_file(component("kernels/redact/redact-1.0.0.wasm"))?;
    let slot = engine
        .slot::<redact::Contract>("redact")
        .kernel(&kernel)
        .build()?;
    let sides = Sides::two(
        each_of(&lines, |line| {
            black_box(slot.call(|k| k.redact(line))?);
            Ok(())
        }),
        each_of(&lines, |line| {
            black_box(tenon_kernel_redact::redact(line));
            Ok(())
        }),
    );
    rounds::measure(name, sides, quick)
}

fn host_scalar(name: &str, quick: bool) -> Result<Value> {
    let file = component("internal/fixture/scalar/scalar.wasm");
    let engine = Engine::new(&Config::default())?;
    let kernel = engine.load_file(&file)?;
    let slot = engine
        .slot::<scalar::Contract>("scalar")
        .kernel(&kernel)
        .build()?;

    // The same call without slot and pool, in a store as bare as wasmtime has them.
    let mut config = wasmtime::Config::new();
    config.concurrency_support(false);
    let bare = wasmtime::Engine::new(&config).map_err(anyhow::Error::from)?;
    let bytes = Component::from_file(&bare, &file).map_err(anyhow::Error::from)?;
    let mut store = Store::new(&bare, ());
    let instance = Linker::new(&bare)
        .instantiate(&mut store, &bytes)
        .map_err(anyhow::Error::from)?;
    let calls = bytes
        .get_export_index(None, "tenon:scalar/calls@1.0.0")
        .context("the fixture exports no calls")?;
    let add = bytes
        .get_export_index(Some(&calls), "add")
        .context("the fixture has no add")?;
    let add = instance
        .get_typed_func::<(u32, u32), (u32,)>(&mut store, add)
        .map_err(anyhow::Error::from)?;

    let inputs: Vec<u32> = (0..1024).collect();
    let sides = Sides::two(
        each_of(&inputs, |&n| {
            black_box(slot.call(|k| k.add(n, 2))?);
            Ok(())
        }),
        each_of(&inputs, |&n| {
            black_box(add.call(&mut store, (n, 2)).map_err(anyhow::Error::from)?);
            Ok(())
        }),
    );
    rounds::measure(name, sides, quick)
}

/// A file of the Go host's folder: both hosts run the same components.
pub(crate) fn component(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../host-go")
        .join(path)
}

fn access_log() -> Result<String> {
    let path = component("examples/accesslog/data/access.log");
    std::fs::read_to_string(&path).with_context(|| path.display().to_string())
}
